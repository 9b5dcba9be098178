// SPDX-License-Identifier: MIT
// The parent: reads the configuration, watches the children, decides when to reload and when to stop. It owns no engine
// and touches no address, so that nothing it does can disturb a running router.

import { errorText, exitStatus } from '../base/errors.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import { version, versionText } from '../base/version.ts';
import { handoverLimit } from '../base/vrrp-arithmetic.ts';
import type { Config } from '../config/model.ts';
import type { Loaded } from '../config/options.ts';
import type { DaemonStatus, EventBody } from '../control/document.ts';
import type { RoleSource } from '../control/shell/gatherer.ts';
import type { BfdChange } from '../ports/bfd.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { LoadReason, Operated, Operator } from '../ports/operator.ts';
import type { RunningProcess } from '../ports/processes.ts';
import type { System } from '../ports/system.ts';
import { type ChildKind, childKinds } from './child-kinds.ts';
import type { ReadConfiguration } from './configuration.ts';
import type { DumpKind } from './dumps.ts';
import type { RunEdgeScript } from './edge-scripts.ts';
import type { Guardian } from './guardian.ts';
import { createManagedChild, type ManagedChild } from './managed-child.ts';
import type { ChildSettings, Role } from './messages.ts';
import type { PidFiles } from './pidfiles.ts';
import type { Predecessor } from './predecessor.ts';
import { lackingRights, lackText } from './rights.ts';
import { rightsOf } from './role-rights.ts';
import type { ServiceManager } from './service-manager.ts';
import type { SpawnChild } from './spawn.ts';
import type { Upgrade } from './upgrade.ts';

/** Who has not answered a start or reload after this long is ended and started on the new configuration. */
const answerLimit = seconds(30);
const defaultWait = seconds(5);
/** Children that nobody relieves after this long stop in order. */
const aloneLimit = seconds(15);

export interface ParentContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly system: System;
  readonly spawn: SpawnChild;
  readonly guardian: Guardian;
  readonly pidFiles: PidFiles;
  readonly serviceManager: ServiceManager;
  readonly read: ReadConfiguration;
  /** Why a configuration that can be read is not to be used all the same; null: it is. `old`: the one in force, null at start. */
  readonly objection: (loaded: Loaded, old: Config | null) => string | null;
  /** A configuration is in force from here on. */
  readonly onConfig: (config: Config) => void;
  readonly runEdgeScript: RunEdgeScript;
  readonly settings: ParentSettings;
  /** For those who watch the daemon. */
  readonly onEvent: (event: EventBody) => void;
  /** A weight was set over SNMP. */
  readonly onWeight: (pool: string, server: string, value: number) => void;
  /** A configuration with what operators have changed. */
  readonly overlaid: (config: Config) => Config;
  /** Which instances that concerns. */
  readonly operated: (config: Config) => readonly Operated[];
  readonly timeOfDay: () => number;
  /** null: this program is never replaced while it runs. */
  readonly upgrade?: Upgrade | null;
  /** This program took the place of another: children of that one go on. */
  readonly predecessors?: ReadonlyMap<Role, Predecessor> | null;
  /** Writes the parent's own data dump. */
  readonly writeData: (config: Config) => void;
  /** Logs it (-d). */
  readonly logData: (config: Config) => void;
  /** Ends the process; called once. */
  readonly exit: (status: number) => void;
}

export interface ParentSettings {
  readonly runVrrp: boolean;
  readonly runCheckers: boolean;
  readonly runBfd: boolean;
  /** Run children without configuration too. */
  readonly runAll: boolean;
  readonly respawn: boolean;
  readonly pidFile: string;
  readonly vrrpPidFile: string;
  readonly checkersPidFile: string;
  readonly bfdPidFile: string;
  readonly child: ChildSettings;
  readonly pid: number;
}

export interface Parent {
  /** Signal listeners must stand before. */
  start(): void;
  /** `by`: who asked for it; null: a signal, or a time that had come. */
  reload(by?: Operator | null): void;
  /** Operators have changed something: the children get the present configuration anew, with that. */
  reapply(by: Operator): void;
  /** USR1 is for the parent itself too, the others for the VRRP process alone. */
  dump(what: DumpKind): void;
  stop(): void;
  state(): ParentState;
  /** Asks the VRRP process. Answers once, with finished JSON; null: it cannot say. */
  askProspects(instance: string, answer: (text: string | null) => void): void;
  /** Its children, for a status. */
  readonly roles: readonly RoleSource[];
}

/** Seconds since 1970 where times are. */
export interface ParentState {
  readonly phase: DaemonStatus['phase'];
  readonly loadedAt: number | null;
  readonly loads: number;
  readonly refused: number;
  readonly lastRefusal: string | null;
}

interface Child {
  readonly kind: ChildKind;
  readonly process: ManagedChild;
}

export function createParent(context: ParentContext): Parent {
  const { log, settings, pidFiles, serviceManager, clock } = context;
  let phase: 'idle' | 'starting' | 'loading' | 'running' | 'upgrading' | 'stopping' = 'idle';
  /** The startup script. */
  let startup: RunningProcess | null = null;
  /** What `loading` is: the words for its end. */
  let firstLoad = true;
  let queuedReload: { readonly by: Operator | null } | null = null;
  let queuedReapply: { readonly by: Operator } | null = null;
  let generation = 0;
  /** Children that have ended after stop(). */
  let stopped = 0;
  let config: Config | null = null;
  let status: number = exitStatus.ok;
  let cancelLimit: Cancel = () => {};
  let loads = 0;
  let loadedAt: number | null = null;
  let refused = 0;
  let lastRefusal: string | null = null;

  /** The last word of each BFD session, for a child that comes later. */
  const sessions = new Map<string, BfdChange>();
  const isFor = ({ kind }: Child, { vrrp, checkers }: BfdChange) => (kind.role === 'vrrp' ? vrrp : kind.role === 'checkers' && checkers);
  const passOn = (change: BfdChange) => {
    sessions.set(change.name, change);
    for (const child of children) if (isFor(child, change)) child.process.hearBfd(change);
  };
  const tellSessions = (child: Child) => {
    for (const change of sessions.values()) if (isFor(child, change)) child.process.hearBfd(change);
  };

  /** Whose answer to the present generation is awaited. */
  const awaited = new Set<Child>();

  const children: readonly Child[] = childKinds(settings).map((kind) => {
    const child: Child = {
      kind,
      process: createManagedChild({
        role: kind.role,
        label: kind.label,
        settings: settings.child,
        spawn: context.spawn,
        clock,
        log,
        respawn: settings.respawn,
        guardian: kind.role === 'vrrp' ? context.guardian : null,
        predecessor: context.predecessors?.get(kind.role) ?? null,
        owner: {
          onListening: (pid) => pidFiles.write(kind.pidFile, pid),
          onLoaded(loaded) {
            tellSessions(child);
            if (loaded !== generation) return;
            awaited.delete(child);
            if (phase !== 'loading') processQueued();
            else if (awaited.size === 0) finishLoading();
          },
          onBfd: passOn,
          onWeight(pool, server, value) {
            // The reload that it is about to hear of undoes it.
            if (awaited.has(child) || config === null) return;
            context.onWeight(pool, server, value);
            child.process.keep(kind.share(context.overlaid(config)));
          },
          onEvent: context.onEvent,
          onGone(permanent) {
            status = permanent ?? exitStatus.ok;
            if (permanent !== null) serviceManager.failed(permanent === exitStatus.missingPermission ? 1 : 22);
            stop();
          },
          onStopped: () => childEnded(),
        },
      }),
    };
    return child;
  });

  const start = () => {
    const loaded = context.read();
    if (!loaded.config) return end(loaded.startStatus || exitStatus.config);
    const objection = context.objection(loaded, null);
    if (objection !== null) {
      log.error(objection);
      return end(exitStatus.config);
    }
    if (refusedForRights(loaded.config) !== null) return end(exitStatus.missingPermission);
    if (pidFiles.take(settings.pidFile) === 'locked') return alreadyRunning();
    for (const { kind } of children) {
      if (!kind.isWanted(loaded.config)) pidFiles.discard(kind.pidFile);
      else if (pidFiles.take(kind.pidFile) === 'locked') return alreadyRunning();
    }
    pidFiles.write(settings.pidFile, settings.pid);
    prepare(loaded.config);
  };

  /** Says what is missing, and with what it breaks; the capability without which there is nothing to start. */
  const refusedForRights = (next: Config): string | null => {
    const rights = context.system.rights();
    if (!rights) return null;
    const wants = (role: string) => children.some(({ kind }) => kind.role === role && kind.isWanted(next));
    const runs = { vrrp: wants('vrrp'), checkers: wants('checkers'), bfd: wants('bfd') };
    const lacks = lackingRights(next, runs, rights.effective, rights.uid);
    for (const lack of lacks) (lack.indispensable ? log.alert : log.warning)(lackText(lack));
    return lacks.find((lack) => lack.indispensable)?.capability ?? null;
  };

  /** The startup script has ended before the first child starts. */
  const prepare = (first: Config) => {
    config = first;
    // It ran when the daemon was started.
    if (context.predecessors) return load(first, 'reload', null);
    phase = 'starting';
    const { startup_script, startup_script_timeout } = first.global_defs;
    startup = context.runEdgeScript('startup', startup_script, startup_script_timeout, () => {
      if (phase === 'stopping') finish();
      else load(first, 'reload', null);
    });
  };

  const load = (next: Config, occasion: LoadReason['occasion'], by: Operator | null) => {
    config = next;
    context.onConfig(next);
    context.logData(next);
    generation++;
    phase = 'loading';
    awaited.clear();
    for (const child of children) if (child.process.isWanted() || child.kind.isWanted(next)) awaited.add(child);
    if (awaited.size === 0) {
      log.info('Warning - keepalived has no configuration to run');
      return finishLoading();
    }
    const effective = context.overlaid(next);
    const reason: LoadReason = { occasion, by, operated: context.operated(next) };
    const uid = context.system.rights()?.uid ?? 0;
    for (const { kind, process } of [...awaited]) {
      const share = kind.share(effective);
      process.load(share, generation, reason, rightsOf(kind.role, share, uid));
    }
    awaitAnswer();
  };

  const awaitAnswer = () => {
    cancelLimit = clock.after(answerLimit, () => {
      for (const { kind, process } of awaited) {
        log.warning(`${kind.label} child process did not load its configuration in time - restarting it`);
        process.kill();
      }
      awaitAnswer();
    });
  };

  const finishLoading = () => {
    cancelLimit();
    phase = 'running';
    loads++;
    loadedAt = context.timeOfDay();
    lastRefusal = null;
    context.onEvent({ kind: 'reload', taken: true, text: firstLoad ? 'start' : 'reload' });
    if (!firstLoad) log.info('Reload complete');
    else if (children.some((child) => child.process.isWanted())) log.info('Startup complete');
    firstLoad = false;
    serviceManager.ready();
    processQueued();
  };

  /** Also when a child that had died is back: until then a reload could not have reached it. */
  const processQueued = () => {
    if (phase !== 'running') return;
    if (queuedReload) {
      const { by } = queuedReload;
      queuedReload = null;
      log.detail('Processing queued reload');
      reload(by);
    } else if (queuedReapply) reapply(queuedReapply.by);
  };

  /** A reload must wait for those that are just being started: it could not reach them. */
  const isBusy = () =>
    phase === 'starting' ||
    phase === 'loading' ||
    phase === 'upgrading' ||
    children.some(({ process }) => process.isWanted() && !process.isRunning());

  /** What operators have changed is another thing now; files are not read. */
  const reapply = (by: Operator) => {
    queuedReapply = isBusy() ? { by } : null;
    if (queuedReapply || phase !== 'running' || config === null) return;
    load(config, 'operator', by);
  };

  const reload = (by: Operator | null = null) => {
    if (phase === 'stopping' || phase === 'idle') return;
    if (isBusy()) {
      log.info('Reload already in progress, request queued');
      queuedReload = { by };
      return;
    }
    log.info('Reloading ...');
    const loaded = readOrRefuse();
    if (!loaded) return;
    const next = loaded.config;
    // Whatever is wrong with the new one, the old one goes on untouched.
    if (!next) return refuse(reloadRefusal(loaded));
    const objection = context.objection(loaded, config);
    if (objection !== null) return refuse(objection);
    const right = refusedForRights(next);
    if (right !== null) return refuse(`${right} is missing`);
    for (const { kind } of children) {
      if (kind.isWanted(next) && pidFiles.take(kind.pidFile) === 'locked') return refuse(`pid file ${kind.pidFile} is locked`);
    }
    serviceManager.reloading();
    if (context.upgrade?.isDue()) tryUpgrade(context.upgrade, next, by);
    else load(next, 'reload', by);
  };

  /** Whatever the system cannot do just now, descriptors that have run out say, must not end a daemon that works. */
  const readOrRefuse = (): Loaded | null => {
    try {
      return context.read();
    } catch (error) {
      refuse(`the configuration cannot be read - ${errorText(error)}`);
      return null;
    }
  };

  const tryUpgrade = (upgrade: Upgrade, next: Config, by: Operator | null) => {
    phase = 'upgrading';
    log.info('The program on disk is another one than this - trying it');
    upgrade.try((result) => {
      if (phase !== 'upgrading') return;
      if ('refusal' in result) {
        log.error(`Upgrade refused: ${result.refusal} - reloading with the program that runs`);
        return load(next, 'reload', by);
      }
      log.info(`Upgrading ka-ts ${version.own} to ${result.version}`);
      void leave(upgrade).then(() => {
        // Still here: it was logged why.
        if (phase === 'upgrading') load(next, 'reload', by);
      });
    });
  };

  const leave = async (upgrade: Upgrade) => {
    const left = await Promise.all(children.filter(({ process }) => process.isWanted()).map(({ process }) => process.leave(aloneLimit)));
    if (phase === 'upgrading')
      upgrade.replace(
        left.filter((child) => child !== null),
        context.guardian.bequeath(),
      );
  };

  const refuse = (why: string) => {
    refused++;
    lastRefusal = why;
    log.error(`Reload refused: ${why} - keeping the running configuration`);
    context.onEvent({ kind: 'reload', taken: false, text: why });
  };

  const stop = () => {
    if (phase === 'stopping') {
      for (const { process } of children) process.hurry();
      return;
    }
    const before = phase;
    phase = 'stopping';
    cancelLimit();
    log.info('Stopping');
    serviceManager.stopping();
    if (before === 'starting') return startup?.kill();
    if (before === 'idle') return finish();
    // VRRP first, as keepalived does: who takes over shall begin while the servers are still here.
    const isVrrp = ({ kind }: Child) => Number(kind.role === 'vrrp');
    for (const { process } of [...children].sort((a, b) => isVrrp(b) - isVrrp(a))) process.stop();
    if (children.some(({ process }) => process.isRunning())) cancelLimit = clock.after(stopTime(config), killSurvivors);
  };

  const childEnded = () => {
    stopped++;
    if (stopped === children.length) finish();
  };

  const killSurvivors = () => {
    for (const { kind, process } of children) {
      if (!process.isRunning()) continue;
      log.alert(`${kind.label} process failed to die - forcing termination`);
      process.kill();
    }
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

  const dump = (what: DumpKind) => {
    if (phase === 'stopping') return;
    for (const { kind, process } of children) if (what === 'data' || kind.hasStatistics) process.dump(what);
    if (what !== 'data' || !config) return;
    log.info(`Printing parent data for process(${settings.pid}) on signal`);
    context.writeData(config);
  };

  const roles = children.map(
    ({ kind, process }): RoleSource => ({
      role: kind.role,
      isWanted: () => process.isWanted(),
      state: () => (process.isListening() ? 'running' : process.isRunning() ? 'starting' : 'dead'),
      pid: () => process.pid(),
      restarts: () => process.restarts(),
      askStatus: (answer) => process.ask({ what: 'status' }, answer),
      heartbeat: () => (kind.role === 'vrrp' ? process.heartbeat() : null),
    }),
  );
  const askProspects = (instance: string, answer: (text: string | null) => void) => {
    const vrrp = children.find(({ kind }) => kind.role === 'vrrp');
    if (vrrp) vrrp.process.ask({ what: 'prospects', instance }, answer);
    else answer(null);
  };
  const shown = () => (phase === 'idle' ? 'starting' : phase === 'upgrading' ? 'loading' : phase);
  const state = (): ParentState => ({ phase: shown(), loadedAt, loads, refused, lastRefusal });

  return { start, reload, reapply, dump, stop, state, askProspects, roles };
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
