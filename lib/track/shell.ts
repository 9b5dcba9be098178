// SPDX-License-Identifier: MIT
// Starts the trackers of a configuration and sums them up per instance, those of its sync group included. A tracker
// exists once, however many follow it; each weighs it as it likes. Trackers tell this shell that something changed, the
// shell computes the whole summary anew and passes it on when it differs: nothing is counted up and down, so nothing can
// get out of step.

import { withGroupTracking } from '../config/group-tracking.ts';
import type { Config, TrackBfd, TrackedLists, TrackedObject, VrrpInstance } from '../config/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { TellNews } from '../ports/news.ts';
import type { ProcessTable } from '../ports/process-table.ts';
import type { Processes } from '../ports/processes.ts';
import type { Tracking, TrackingFault, TrackingInputs, TrackingStatus } from '../ports/tracking.ts';
import type { WatchedFiles } from '../ports/watched-files.ts';
import { aggregate, contributionsOf, isUp, supposed, type Tracked } from './core/aggregate.ts';
import { createTrackerNews } from './news.ts';
import { type FileTracker, startFileTracker } from './trackers/file.ts';
import { type InterfaceTracker, startInterfaceTracker } from './trackers/interface.ts';
import { createProcessMonitor } from './trackers/processes.ts';
import { isSameScript, type ScriptTracker, startScriptTracker } from './trackers/script.ts';

export interface TrackingContext {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly files: WatchedFiles;
  readonly table: ProcessTable;
  readonly log: Log;
  /** The child before us died: files are not written anew. */
  readonly respawned: boolean;
  /** For those who watch. */
  readonly news?: TellNews;
}

export function createTracking(context: TrackingContext): Tracking {
  const { log } = context;
  let instances: readonly VrrpInstance[] = [];
  let inputs: TrackingInputs | null = null;
  let scripts = new Map<string, ScriptTracker>();
  let files = new Map<string, FileTracker>();
  let interfaces = new Map<string, InterfaceTracker>();
  let sessions = new Map<string, { readonly config: TrackBfd; up: boolean }>();
  const told = new Map<string, TrackingStatus>();
  const watched = createTrackerNews(context.news ?? (() => {}));

  const look = () => ({ scripts: [...scripts.values()].map((s) => s.view()), files: filesNow(), processes: monitor.views() });
  const filesNow = () => [...files.values()].map((f) => ({ config: f.config, value: f.value() }));

  const tellChanges = () => {
    watched.changed(look());
    for (const instance of instances) {
      const status = summary(instance);
      const before = told.get(instance.name);
      if (JSON.stringify(before) === JSON.stringify(status)) continue;
      told.set(instance.name, status);
      for (const line of fileLines(instance.name, before, status)) log.info(line);
      inputs?.onChange(instance.name, status);
    }
  };
  const monitor = createProcessMonitor({ ...context, onChange: tellChanges });
  const summary = (instance: VrrpInstance): TrackingStatus => aggregate(instance.priority, trackedBy(instance));

  /** What the configuration does not define is the configuration's finding, not ours: it is left out. */
  const trackedBy = (c: VrrpInstance): Tracked[] => [
    ...c.track_interface.flatMap(({ name, weight }): Tracked[] => {
      const tracker = interfaces.get(name);
      return tracker ? [{ kind: 'interface', name, weight, link: tracker.state() }] : [];
    }),
    ...c.track_script.flatMap(({ name, weight }): Tracked[] => {
      const tracker = scripts.get(name);
      return tracker ? [{ kind: 'script', name, weight, verdict: tracker.verdict(), holds: tracker.holds() }] : [];
    }),
    ...c.track_file.flatMap(({ name, weight }): Tracked[] => {
      const tracker = files.get(name);
      return tracker ? [{ kind: 'file', name, weight, value: tracker.value() }] : [];
    }),
    ...c.track_process.map(({ name, weight }): Tracked => ({ kind: 'process', name, weight, hasQuorum: monitor.hasQuorum(name) })),
    ...c.track_bfd.map(({ name, weight }): Tracked => ({ kind: 'bfd', name, weight, up: sessions.get(name)?.up ?? false })),
  ];

  const noteSession = (name: string, up: boolean): boolean => {
    const session = sessions.get(name);
    if (!session || !inputs || session.up === up) return false;
    session.up = up;
    for (const c of instances) {
      if (c.track_bfd.some((t) => t.name === name))
        log.info(`VRRP_Instance(${c.name}) Tracked BFD instance ${name} is ${up ? 'UP' : 'DOWN'}`);
    }
    return true;
  };

  const applyScripts = (config: Config, when: 'at_start' | 'during_reload') => {
    const used = namesOf(instances, 'track_script');
    const wanted = config.vrrp_script.filter((s) => used.has(s.name));
    scripts = replaced(scripts, wanted, isSameScript, (s) => startScriptTracker(s, when, { ...context, onChange: tellChanges }));
  };
  const applyFiles = (config: Config, isStart: boolean) => {
    const used = namesOf(instances, 'track_file');
    const wanted = config.track_file.filter((f) => used.has(f.name));
    const start = (f: Config['track_file'][number]) => startFileTracker(f, isStart, { ...context, onChange: tellChanges });
    files = replaced(files, wanted, (a, b) => a.file === b.file, start);
  };

  return {
    apply(config, newInputs) {
      const isFirst = inputs === null;
      instances = withGroupTracking(config);
      inputs = newInputs;
      interfaces = new Map(
        [...namesOf(instances, 'track_interface')].map((name) => [name, startInterfaceTracker(name, newInputs.linkState(name))]),
      );
      sessions = new Map(config.bfd_instance.map((b) => [b.name, { config: b, up: sessions.get(b.name)?.up ?? false }]));
      monitor.apply(config.vrrp_track_process, {
        bytes: Math.min(config.global_defs.process_monitor_rcv_bufs, 0x7fffffff),
        force: config.global_defs.process_monitor_rcv_bufs_force,
      });
      applyFiles(config, isFirst && !context.respawned);
      applyScripts(config, isFirst ? 'at_start' : 'during_reload');
      told.clear();
      for (const instance of instances) told.set(instance.name, summary(instance));
      watched.begin(look());
    },
    status(name) {
      const instance = instances.find((i) => i.name === name);
      if (!instance) throw new Error(`no instance ${name} is tracked`);
      return summary(instance);
    },
    contributions(name) {
      const instance = instances.find((i) => i.name === name);
      return instance ? contributionsOf(instance.priority, trackedBy(instance)) : [];
    },
    followed(name) {
      const instance = instances.find((i) => i.name === name);
      const all = instance ? trackedBy(instance) : [];
      return all.flatMap((t) => (t.kind === 'file' && t.weight.value !== 0 ? [] : [{ kind: t.kind, name: t.name, up: isUp(t) }]));
    },
    statusIf(name, { kind, name: tracker, up }) {
      const instance = instances.find((i) => i.name === name);
      if (!instance) throw new Error(`no instance ${name} is tracked`);
      const all = trackedBy(instance).map((t) => (t.kind === kind && t.name === tracker ? supposed(t, up) : t));
      return aggregate(instance.priority, all);
    },
    scripts: () => [...scripts.values()].map((s) => s.view()),
    files: filesNow,
    processes: () => monitor.views(),
    bfds: () => [...sessions.values()].map(({ config, up }) => ({ config, up })),
    linkChanged(name) {
      const tracker = interfaces.get(name);
      if (tracker && inputs && tracker.update(inputs.linkState(name))) tellChanges();
    },
    bfdChanged(name, up) {
      if (noteSession(name, up)) tellChanges();
    },
    neededSessions(instance) {
      if (sessions.size === 0) return [];
      const tracked = instances.find((i) => i.name === instance)?.track_bfd ?? [];
      return tracked
        .filter(({ name, weight }) => weight.value === 0 && !weight.reverse && sessions.get(name)?.up === true)
        .map(({ name }) => name);
    },
    sessionLost: (name) => void noteSession(name, false),
    tellChanges,
    stop() {
      for (const script of scripts.values()) script.stop();
      for (const file of files.values()) file.stop();
      monitor.stop();
      // status() goes on answering with what was known last: routers leave after their trackers.
      inputs = null;
    },
  };
}

interface Tracker<C> {
  readonly config: C;
  reconfigure(config: C): void;
  stop(): void;
}

/** The trackers of a new configuration: what is the same goes on, the rest is ended or started. */
function replaced<C extends { readonly name: string }, T extends Tracker<C>>(
  before: ReadonlyMap<string, T>,
  wanted: readonly C[],
  isSame: (a: C, b: C) => boolean,
  start: (config: C) => T,
): Map<string, T> {
  const left = new Map(before);
  const after = new Map<string, T>();
  for (const config of wanted) {
    const old = left.get(config.name);
    if (old && isSame(old.config, config)) {
      old.reconfigure(config);
      left.delete(config.name);
      after.set(config.name, old);
    } else {
      after.set(config.name, start(config));
    }
  }
  for (const gone of left.values()) gone.stop();
  return after;
}

function namesOf(instances: readonly VrrpInstance[], list: keyof TrackedLists): ReadonlySet<string> {
  return new Set(instances.flatMap((c): readonly TrackedObject[] => c[list]).map((t) => t.name));
}

function fileLines(instance: string, before: TrackingStatus | undefined, after: TrackingStatus): string[] {
  const faulty = (status: TrackingStatus | undefined) =>
    (status?.faults ?? []).filter((f) => f.kind === 'file').map((f: TrackingFault) => ('name' in f ? f.name : ''));
  const [was, is] = [faulty(before), faulty(after)];
  return [
    ...is.filter((name) => !was.includes(name)).map((name) => `(${instance}): tracked file ${name} now FAULT state`),
    ...was.filter((name) => !is.includes(name)).map((name) => `(${instance}): tracked file ${name} leaving FAULT state`),
  ];
}
