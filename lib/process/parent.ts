// The parent: reads the configuration, watches the children, decides when to reload and when to stop. It owns no engine
// and touches no address, so that nothing it does can disturb a running router.

import { exitStatus } from '../base/errors.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import { versionText } from '../base/version.ts';
import { handoverLimit } from '../base/vrrp-arithmetic.ts';
import type { Config } from '../config/model.ts';
import type { Loaded } from '../config/options.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RunningProcess } from '../ports/processes.ts';
import type { System } from '../ports/system.ts';
import type { ReadConfiguration } from './configuration.ts';
import type { DumpKind } from './dumps.ts';
import type { RunEdgeScript } from './edge-scripts.ts';
import { createManagedChild, type ManagedChild } from './managed-child.ts';
import type { ChildSettings } from './messages.ts';
import type { PidFiles } from './pidfiles.ts';
import type { ServiceManager } from './service-manager.ts';
import type { SpawnChild } from './spawn.ts';

/** Who has not answered a start or reload after this long is ended and started on the new configuration. */
const answerLimit = seconds(30);
const defaultWait = seconds(5);

export interface ParentContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly system: System;
  readonly spawn: SpawnChild;
  readonly pidFiles: PidFiles;
  readonly serviceManager: ServiceManager;
  readonly read: ReadConfiguration;
  /** Why a configuration that can be read is not to be used all the same; null: it is. `old`: the one in force, null at start. */
  readonly objection: (loaded: Loaded, old: Config | null) => string | null;
  /** A configuration is in force from here on. */
  readonly onConfig: (config: Config) => void;
  readonly runEdgeScript: RunEdgeScript;
  readonly settings: ParentSettings;
  /** Writes the parent's own data dump. */
  readonly writeData: (config: Config) => void;
  /** Logs it (-d). */
  readonly logData: (config: Config) => void;
  /** Ends the process; called once. */
  readonly exit: (status: number) => void;
}

export interface ParentSettings {
  readonly runVrrp: boolean;
  /** Run children without configuration too. */
  readonly runAll: boolean;
  readonly respawn: boolean;
  readonly pidFile: string;
  readonly vrrpPidFile: string;
  readonly child: ChildSettings;
  readonly pid: number;
}

export interface Parent {
  /** Signal listeners must stand before. */
  start(): void;
  reload(): void;
  /** USR1 is for the parent itself too, the others for the VRRP process alone. */
  dump(what: DumpKind): void;
  stop(): void;
}

export function createParent(context: ParentContext): Parent {
  const { log, settings, pidFiles, serviceManager, clock } = context;
  let phase: 'idle' | 'starting' | 'loading' | 'running' | 'stopping' = 'idle';
  /** The startup script. */
  let startup: RunningProcess | null = null;
  /** What `loading` is: the words for its end. */
  let firstLoad = true;
  let reloadQueued = false;
  let generation = 0;
  let config: Config | null = null;
  let status: number = exitStatus.ok;
  let cancelLimit: Cancel = () => {};

  const vrrp: ManagedChild = createManagedChild({
    role: 'vrrp',
    label: 'VRRP',
    settings: settings.child,
    spawn: context.spawn,
    clock,
    log,
    respawn: settings.respawn,
    owner: {
      onListening: (pid) => pidFiles.write(settings.vrrpPidFile, pid),
      onLoaded(loaded) {
        if (loaded !== generation) return;
        if (phase === 'loading') finishLoading();
        else processQueued();
      },
      onGone(permanent) {
        status = permanent ?? exitStatus.ok;
        if (permanent !== null) serviceManager.failed(permanent === exitStatus.missingPermission ? 1 : 22);
        stop();
      },
      onStopped: () => finish(),
    },
  });

  const start = () => {
    const loaded = context.read();
    if (!loaded.config) return end(loaded.startStatus || exitStatus.config);
    const objection = context.objection(loaded, null);
    if (objection !== null) {
      log.error(objection);
      return end(exitStatus.config);
    }
    if (pidFiles.take(settings.pidFile) === 'locked') return alreadyRunning();
    if (!wantsVrrp(loaded.config)) pidFiles.discard(settings.vrrpPidFile);
    else if (pidFiles.take(settings.vrrpPidFile) === 'locked') return alreadyRunning();
    pidFiles.write(settings.pidFile, settings.pid);
    prepare(loaded.config);
  };

  /** The startup script has ended before the first child starts. */
  const prepare = (first: Config) => {
    config = first;
    phase = 'starting';
    const { startup_script, startup_script_timeout } = first.global_defs;
    startup = context.runEdgeScript('startup', startup_script, startup_script_timeout, () => {
      if (phase === 'stopping') finish();
      else load(first);
    });
  };

  const load = (next: Config) => {
    config = next;
    context.onConfig(next);
    context.logData(next);
    generation++;
    phase = 'loading';
    if (!vrrp.isWanted() && !wantsVrrp(next)) {
      log.info('Warning - keepalived has no configuration to run');
      return finishLoading();
    }
    // Virtual servers are the checker's: thousands of them must not cross to a child that never looks.
    vrrp.load({ ...next, virtual_server: [], virtual_server_group: [] }, generation);
    awaitAnswer();
  };

  const awaitAnswer = () => {
    cancelLimit = clock.after(answerLimit, () => {
      log.warning('VRRP child process did not load its configuration in time - restarting it');
      vrrp.kill();
      awaitAnswer();
    });
  };

  const finishLoading = () => {
    cancelLimit();
    phase = 'running';
    log.info(firstLoad ? 'Startup complete' : 'Reload complete');
    firstLoad = false;
    serviceManager.ready();
    processQueued();
  };

  /** Also when a child that had died is back: until then a reload could not have reached it. */
  const processQueued = () => {
    if (!reloadQueued || phase !== 'running') return;
    reloadQueued = false;
    log.detail('Processing queued reload');
    reload();
  };

  const reload = () => {
    if (phase === 'stopping' || phase === 'idle') return;
    if (phase === 'starting' || phase === 'loading' || (vrrp.isWanted() && !vrrp.isRunning())) {
      log.info('Reload already in progress, request queued');
      reloadQueued = true;
      return;
    }
    log.info('Reloading ...');
    const loaded = context.read();
    const next = loaded.config;
    // Whatever is wrong with the new one, the old one goes on untouched.
    if (!next) return log.error(`Reload refused: ${reloadRefusal(loaded)} - keeping the running configuration`);
    const objection = context.objection(loaded, config);
    if (objection !== null) return log.error(`Reload refused: ${objection} - keeping the running configuration`);
    if (wantsVrrp(next) && pidFiles.take(settings.vrrpPidFile) === 'locked')
      return log.error(`Reload refused: pid file ${settings.vrrpPidFile} is locked - keeping the running configuration`);
    serviceManager.reloading();
    load(next);
  };

  const stop = () => {
    if (phase === 'stopping') return vrrp.hurry();
    const before = phase;
    phase = 'stopping';
    cancelLimit();
    log.info('Stopping');
    serviceManager.stopping();
    if (before === 'starting') return startup?.kill();
    if (before !== 'idle') vrrp.stop();
    else finish();
    // A child that ended at once has called finish() already.
    if (vrrp.isRunning()) cancelLimit = clock.after(stopTime(config), killSurvivor);
  };

  const killSurvivor = () => {
    log.alert('VRRP process failed to die - forcing termination');
    vrrp.kill();
  };

  const finish = () => {
    cancelLimit();
    if (!config) return sayGoodbye();
    const { shutdown_script, shutdown_script_timeout } = config.global_defs;
    context.runEdgeScript('shutdown', shutdown_script, shutdown_script_timeout, sayGoodbye);
  };

  const sayGoodbye = () => {
    const { user, system, childrenUser, childrenSystem } = context.system.cpuUsage();
    const pair = (own: number, children: number) => `${own.toFixed(6)}/${children.toFixed(6)}`;
    log.detail(`CPU usage (self/children) user: ${pair(user, childrenUser)} system: ${pair(system, childrenSystem)}`);
    end(status);
  };

  const end = (with_: number) => {
    phase = 'stopping';
    pidFiles.removeAll();
    log.info(`Stopped ${versionText}`);
    context.exit(with_);
  };

  const alreadyRunning = () => {
    phase = 'stopping';
    log.info('daemon is already running');
    pidFiles.removeAll();
    context.exit(exitStatus.ok);
  };

  const wantsVrrp = (c: Config) => settings.runVrrp && (settings.runAll || c.vrrp_instance.length > 0 || hasStatics(c));

  const dump = (what: DumpKind) => {
    if (phase === 'stopping') return;
    vrrp.dump(what);
    if (what !== 'data' || !config) return;
    log.info(`Printing parent data for process(${settings.pid}) on signal`);
    context.writeData(config);
  };

  return { start, reload, dump, stop };
}

/** The VRRP process keeps static objects too. */
function hasStatics(c: Config): boolean {
  return c.static_ipaddress.length + c.static_routes.length + c.static_rules.length > 0;
}

/** What a child may take to end: serving until others do is part of it. */
function stopTime(config: Config | null): Micros {
  if (!config) return defaultWait;
  const handovers = config.vrrp_instance.filter((i) => !i.ka_ts.break_before_make).map((i) => handoverLimit(i.version, i.advert_int));
  return micros(config.global_defs.child_wait_time + Math.max(0, ...handovers));
}

function reloadRefusal(loaded: Loaded): string {
  return loaded.startStatus === exitStatus.noConfigFile ? 'the configuration cannot be read' : 'the configuration has errors';
}
