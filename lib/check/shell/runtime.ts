// SPDX-License-Identifier: MIT
// The checker process at work: pools, their checks, the kernel's table and notifications tied together. The pure machines
// decide (check/core); this performs (reference/lvs-and-checkers.md).

import { type Micros, seconds } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { VirtualServer } from '../../config/model-lvs.ts';
import type { CheckerOptions, CheckerShell } from '../../ports/checkers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { OwnAddresses } from '../../ports/own-addresses.ts';
import type { PoolNotifier, PoolObserver } from '../../ports/pool-notifier.ts';
import type { System } from '../../ports/system.ts';
import type { WatchedFiles } from '../../ports/watched-files.ts';
import { reconfigured, serviceIdentity } from '../core/reload.ts';
import { isUp, type ServiceEffect, type ServiceState, type Step, started, stopped as stoppedService } from '../core/service.ts';
import type { MakeProbe } from '../probes/index.ts';
import { countersOf } from './counters.ts';
import { createPingRange } from './ping-range.ts';
import { createPool, type Pool, type PoolContext, type PoolMemory } from './pool.ts';
import { createPresence } from './presence.ts';
import { createRounds, type Member, type Rounds } from './rounds.ts';
import { createTableKeeper, type OpenTable } from './table-keeper.ts';
import { createFileStates, type FileStates } from './track-files.ts';

/** Scripts and mails get this long at stop (reference: process document, section 4). */
const stopLimit = seconds(1);

export interface CheckersContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly makeProbe: MakeProbe;
  readonly files: WatchedFiles;
  readonly notifier: PoolNotifier;
  /** Told after the notifier. */
  readonly observer?: PoolObserver;
  readonly addresses: OwnAddresses;
  readonly startTable: OpenTable;
  readonly options: CheckerOptions;
  readonly system: Pick<System, 'readSetting' | 'writeSetting'>;
  /** 0 up to 1: spreads the first runs. */
  readonly random: () => number;
}

/** Starts the checks of a configuration; resolves when the kernel's table is as it says. */
export async function startCheckers(config: Config, context: CheckersContext): Promise<CheckerShell> {
  const { clock, log, notifier, observer, options } = context;
  const keeper = createTableKeeper(context.startTable, clock, log);
  const files: FileStates = createFileStates(context.files, log, !options.respawned);
  const pingRange = createPingRange(context.system, log);
  let current = config;
  let pools: Pool[] = [];
  let rounds: Rounds = createRounds(clock, context.random);
  /** During a reload: when checks would have run. */
  let due: ReadonlyMap<Member, Micros> = new Map();
  let stopping: Promise<void> | null = null;
  /** While a configuration is being put in force: what happens meanwhile waits, and comes after what the load itself brings. */
  let waiting: (() => void)[] | null = [];

  const states = (): readonly ServiceState[] => pools.map((pool) => pool.state());

  /** Lines at once; whoever is notified finds the table changed. */
  const perform = (pool: Pool, [, effects]: Step, table: 'follows' | 'is loaded' = 'follows'): void => {
    for (const effect of effects) if (effect.kind === 'log') log.info(effect.text);
    const changesTable = effects.some((e) => e.kind === 'add' || e.kind === 'change' || e.kind === 'remove');
    const done = changesTable && table === 'follows' ? keeper.update(pool.index, pool.state()) : null;
    // Only an observer asks: where thousands of servers fail at once it is most of the work.
    const working = new Set(observer ? pool.state().servers.flatMap((server, i) => (isUp(server) ? [i] : [])) : []);
    const tell = () => {
      for (const effect of effects) tellOf(pool.config, effect, working);
    };
    pool.told = done ? Promise.all([pool.told, atMost(done, clock)]).then(tell) : pool.told.then(tell);
  };

  /** Now, or when the load is over. */
  const inTurn = (act: () => void): void => {
    if (waiting) waiting.push(act);
    else act();
  };

  /** The end of a load: the table has what the pools were then. */
  const loaded = (steps: readonly (readonly Step[])[]): void => {
    for (const [i, pool] of pools.entries()) for (const step of steps[i] ?? []) perform(pool, step, 'is loaded');
    const acts = waiting ?? [];
    waiting = null;
    for (const act of acts) act();
  };

  /** `working`: servers that are up; those that go at a stop are taken out as it is told. */
  const tellOf = (vs: VirtualServer, effect: ServiceEffect, working: Set<number>) => {
    if (effect.kind === 'service_changed') {
      if (effect.scripts) notifier.serviceChanged(vs, effect.up, effect.text);
      observer?.quorumChanged(vs, effect.ending ? 'shutdown' : effect.up ? 'met' : 'not met', working.size);
    } else if (effect.kind === 'change') {
      const rs = effect.member === 'sorry' ? undefined : vs.real_server[effect.member];
      if (rs) notifier.weightChanged?.(vs, rs, effect.weight);
    } else if (effect.kind === 'server_gone') {
      notifier.serverChanged(vs, effect.server, false);
      observer?.serverChanged(vs, effect.server, false, working.size);
    } else if (effect.kind === 'server_changed') {
      const rs = vs.real_server[effect.server];
      if (!rs) return;
      if (!effect.up) working.delete(effect.server);
      if (effect.scripts) notifier.serverChanged(vs, rs, effect.up);
      observer?.serverChanged(vs, rs, effect.up, working.size);
    }
  };

  const presence = createPresence({
    addresses: context.addresses,
    log,
    monitor: options.monitorAddresses,
    onChange() {
      for (const pool of pools) pool.lookForAddress();
    },
  });

  const poolContext: PoolContext = {
    log,
    isHere: (vs) => presence.isHere(vs),
    files,
    makeProbe: context.makeProbe,
    dueOf: (former) => due.get(former) ?? null,
    // A pool that the load has replaced has handed its state on.
    perform: (pool, step) => inTurn(() => perform(pool, step, pools[pool.index] === pool ? 'follows' : 'is loaded')),
    mail(pool, server, up, text, changed) {
      const rs = pool.config.real_server[server];
      if (!rs || (current.global_defs.no_checker_emails && !changed)) return;
      inTurn(() => void pool.told.then(() => notifier.mailCheck(pool.config, rs, up, text)));
    },
  };

  const activate = () => {
    rounds.stop();
    rounds = createRounds(clock, context.random);
    for (const pool of pools) for (const member of pool.members()) rounds.add(member);
  };

  notifier.apply(config);
  files.apply(config);
  pingRange.apply(config);
  presence.apply(config);
  pools = config.virtual_server.map((vs, index) => createPool(vs, index, null, poolContext));
  const steps = pools.map((pool) => pool.begin(started(pool.config, config.global_defs.rs_init_notifies)));
  await keeper.load(config, states);
  loaded(steps);
  for (const pool of pools) for (const line of pool.activationLines()) log.info(line);
  if (pools.length > 0) log.info('Activating BFD healthchecker');
  activate();

  return {
    async reload(next) {
      if (stopping) return;
      // Reloads that come more often than a check is due must not keep it from running.
      due = rounds.stop();
      waiting = [];
      notifier.apply(next);
      files.apply(next);
      pingRange.apply(next);
      presence.apply(next);
      const before = new Map(pools.map((pool) => [serviceIdentity(pool.config.key), pool]));
      const staying = new Set(next.virtual_server.map((vs) => serviceIdentity(vs.key)));
      for (const [identity, pool] of before) if (!staying.has(identity)) removeService(pool);
      current = next;
      const old = pools;
      pools = next.virtual_server.map((vs, index) => {
        const former = before.get(serviceIdentity(vs.key));
        return createPool(vs, index, former ? memoryOf(former) : null, poolContext);
      });
      const steps = pools.map((pool) => {
        const former = before.get(serviceIdentity(pool.config.key));
        const step = former
          ? reconfigured(former.config, former.state(), pool.config, pool.carried())
          : started(pool.config, next.global_defs.rs_init_notifies);
        return pool.begin(step);
      });
      for (const pool of old) pool.close();
      await keeper.load(next, states);
      // What was stopped meanwhile begins no checks.
      if (stopping) return;
      loaded(steps);
      due = new Map();
      activate();
    },
    view: () => ({ config: current, pools: pools.map((pool) => pool.view()) }),
    async counters() {
      const entries = await keeper.read();
      return { config: current, pools: countersOf(current, entries) };
    },
    setWeight: (virtualServer, realServer, weight) => waiting === null && (pools[virtualServer]?.setWeight(realServer, weight) ?? false),
    bfdChanged(name, up) {
      for (const pool of pools) pool.bfdChanged(name, up);
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };

  function removeService(pool: Pool): void {
    const { key, name } = pool.config;
    log.info(key.kind === 'group' ? `Removing Virtual Server Group [${key.group}]` : `Removing Virtual Server ${name}`);
    perform(pool, stoppedService(pool.config, pool.state(), 'removed'), 'is loaded');
  }

  async function stopAll(): Promise<void> {
    rounds.stop();
    files.stop();
    pingRange.putBack();
    presence.stop();
    // What is not told by now is not told any more.
    waiting = [];
    if (!options.keepTableAtStop)
      for (const pool of pools)
        perform(pool, stoppedService(pool.config, pool.state(), current.global_defs.lvs_flush_on_stop), 'is loaded');
    await keeper.stop(options.keepTableAtStop);
    await Promise.all(pools.map((pool) => pool.told));
    await notifier.drain(stopLimit);
  }
}

/** A kernel that hangs holds up no notification for longer than this. */
const patience = seconds(1);

function atMost(done: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(patience, resolve);
    void done.finally(() => {
      cancel();
      resolve();
    });
  });
}

function memoryOf(pool: Pool): PoolMemory {
  return { config: pool.config, state: pool.state(), checks: pool.checks() };
}
