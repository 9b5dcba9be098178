// Starts the trackers of a configuration and sums them up per instance. A tracker exists once, however many instances
// use it; each instance weighs it as it likes. Trackers tell this shell that something changed, the shell computes the
// whole summary anew and passes it on when it differs: nothing is counted up and down, so nothing can get out of step.

import type { VrrpInstance } from '../config/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Processes } from '../ports/processes.ts';
import type { Tracking, TrackingInputs, TrackingStatus } from '../ports/tracking.ts';
import { aggregate, type Tracked } from './core/aggregate.ts';
import { type InterfaceTracker, startInterfaceTracker } from './trackers/interface.ts';
import { isSameScript, type ScriptTracker, startScriptTracker } from './trackers/script.ts';

export interface TrackingContext {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly log: Log;
}

export function createTracking(context: TrackingContext): Tracking {
  let instances: readonly VrrpInstance[] = [];
  let inputs: TrackingInputs | null = null;
  let scripts = new Map<string, ScriptTracker>();
  let interfaces = new Map<string, InterfaceTracker>();
  const told = new Map<string, string>();

  const summary = (instance: VrrpInstance): TrackingStatus => aggregate(instance.priority, trackedBy(instance, scripts, interfaces));

  const tellChanges = () => {
    for (const instance of instances) {
      const status = summary(instance);
      const text = JSON.stringify(status);
      if (told.get(instance.name) === text) continue;
      told.set(instance.name, text);
      inputs?.onChange(instance.name, status);
    }
  };

  return {
    apply(config, newInputs) {
      const when = inputs ? 'during_reload' : 'at_start';
      instances = config.vrrp_instance;
      inputs = newInputs;
      interfaces = new Map(
        namesOf(instances, (i) => i.track_interface).map((name) => [name, startInterfaceTracker(name, newInputs.linkState(name))]),
      );
      const before = scripts;
      scripts = new Map();
      const used = namesOf(instances, (i) => i.track_script);
      for (const script of config.vrrp_script) {
        if (!used.includes(script.name)) continue;
        const old = before.get(script.name);
        if (old && isSameScript(old.config, script)) {
          old.reconfigure(script);
          before.delete(script.name);
          scripts.set(script.name, old);
        } else {
          scripts.set(script.name, startScriptTracker(script, when, { ...context, onChange: tellChanges }));
        }
      }
      for (const gone of before.values()) gone.stop();
      told.clear();
      for (const instance of instances) told.set(instance.name, JSON.stringify(summary(instance)));
    },
    status(name) {
      const instance = instances.find((i) => i.name === name);
      if (!instance) throw new Error(`no instance ${name} is tracked`);
      return summary(instance);
    },
    scripts: () => [...scripts.values()].map((s) => s.view()),
    linkChanged(name) {
      const tracker = interfaces.get(name);
      if (tracker && inputs && tracker.update(inputs.linkState(name))) tellChanges();
    },
    stop() {
      for (const script of scripts.values()) script.stop();
      // status() goes on answering with what was known last: routers leave after their trackers.
      inputs = null;
    },
  };
}

function namesOf(instances: readonly VrrpInstance[], tracked: (i: VrrpInstance) => readonly { readonly name: string }[]): string[] {
  return [...new Set(instances.flatMap((i) => tracked(i).map((t) => t.name)))];
}

/** A tracked script that the configuration does not define is the configuration's finding, not ours: it is left out. */
function trackedBy(
  instance: VrrpInstance,
  scripts: ReadonlyMap<string, ScriptTracker>,
  interfaces: ReadonlyMap<string, InterfaceTracker>,
): Tracked[] {
  const list: Tracked[] = [];
  for (const { name, weight } of instance.track_interface) {
    const tracker = interfaces.get(name);
    if (tracker) list.push({ kind: 'interface', name, weight, link: tracker.state() });
  }
  for (const { name, weight } of instance.track_script) {
    const tracker = scripts.get(name);
    if (tracker) list.push({ kind: 'script', name, weight, verdict: tracker.verdict(), holds: tracker.holds() });
  }
  return list;
}
