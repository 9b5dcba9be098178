// SPDX-License-Identifier: MIT
// vrrp_track_process: how many processes match (reference/notifications.md section 8). One monitor for all of them: it listens
// to the kernel's process events, or looks through /proc once a second where there are none.

import { type Micros, micros, seconds } from '../../base/time.ts';
import type { TrackProcess } from '../../config/model.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { ProcessEvents, ProcessTable } from '../../ports/process-table.ts';
import type { ProcessView } from '../../ports/vrrp-view.ts';
import { hasQuorum, isSameMatch, matches, shortName } from '../core/process-match.ts';

export interface ProcessMonitorContext {
  readonly clock: Clock;
  readonly table: ProcessTable;
  readonly log: Log;
  /** Quorum gained or lost. */
  readonly onChange: () => void;
}

export interface ReceiveBuffer {
  /** 0: the system's default. */
  readonly bytes: number;
  readonly force: boolean;
}

export interface ProcessMonitor {
  /** First call: counts at once. Later ones: what has the same command keeps its count and its delays. */
  apply(configs: readonly TrackProcess[], buffer: ReceiveBuffer): void;
  /** false for an unknown name. */
  hasQuorum(name: string): boolean;
  views(): readonly ProcessView[];
  /** No onChange afterwards. */
  stop(): void;
}

/** How a count changed decides how long it is waited. */
type Cause = 'fork' | 'exit' | 'at_once';

interface Tracker {
  config: TrackProcess;
  count: number;
  hasQuorum: boolean;
  timer: { readonly kind: 'fork' | 'terminate'; readonly cancel: Cancel } | null;
}

const POLL = seconds(1);
/** Processes looked at in one turn of the event loop, and the pause between two turns. */
const SWEEP = 128;
const PAUSE = micros(1000);
/** After a loss the kernel gets this long to calm down. */
const AFTER_LOSS = seconds(1);
/** What the kernel gives a socket when nobody asks for more (net.core.rmem_default). */
const USUAL_BUFFER = 212_992;

export function createProcessMonitor(context: ProcessMonitorContext): ProcessMonitor {
  const { clock, table, log } = context;
  let trackers = new Map<string, Tracker>();
  /** Process → names of the trackers that count it. */
  let members = new Map<number, ReadonlySet<string>>();
  let events: ProcessEvents | null = null;
  let buffer: ReceiveBuffer = { bytes: 0, force: false };
  let polling = false;
  /** Processes that events told of while a sweep goes on: the events know better. */
  let touched: Set<number> | null = null;
  let cancelSweep: Cancel = () => {};

  const memberOf = (pid: number): ReadonlySet<string> => {
    const facts = table.facts(pid);
    if (!facts) return nobody;
    return new Set([...trackers.values()].filter((t) => matches(t.config, facts)).map((t) => t.config.name));
  };

  /** Takes over who counts for what. */
  const setMember = (pid: number, names: ReadonlySet<string>, cause: Cause): void => {
    const before = members.get(pid) ?? nobody;
    if (names.size > 0) members.set(pid, names);
    else members.delete(pid);
    if (before.size === 0 && names.size > 0) events?.follow(pid, true);
    if (before.size > 0 && names.size === 0) events?.follow(pid, false);
    for (const [name, tracker] of trackers) {
      const difference = Number(names.has(name)) - Number(before.has(name));
      if (difference !== 0) counted(tracker, tracker.count + difference, cause);
    }
  };

  const counted = (tracker: Tracker, count: number, cause: Cause): void => {
    tracker.count = count;
    judge(tracker, cause);
  };

  const judge = (tracker: Tracker, cause: Cause): void => {
    const now = hasQuorum(tracker.config, tracker.count);
    if (now === tracker.hasQuorum) {
      tracker.timer?.cancel();
      tracker.timer = null;
      return;
    }
    const { fork_delay, terminate_delay } = tracker.config;
    const wait = cause === 'at_once' ? 0 : cause === 'fork' ? fork_delay : terminate_delay;
    if (wait === 0) settle(tracker);
    else if (!tracker.timer) {
      tracker.timer = { kind: cause === 'fork' ? 'fork' : 'terminate', cancel: clock.after(wait as Micros, () => settle(tracker)) };
    }
  };

  const settle = (tracker: Tracker): void => {
    tracker.timer?.cancel();
    tracker.timer = null;
    tracker.hasQuorum = hasQuorum(tracker.config, tracker.count);
    log.info(`Quorum ${tracker.hasQuorum ? 'gained' : 'lost'} for tracked process ${tracker.config.name}`);
    context.onChange();
  };

  /** Looks at all processes, a part at a time, and then takes over what was found. */
  const sweep = (after: () => void): void => {
    const left = [...table.pids()];
    const found = new Map<number, ReadonlySet<string>>();
    touched = new Set();
    const part = (): void => {
      for (const pid of left.splice(0, SWEEP)) {
        const names = memberOf(pid);
        if (names.size > 0) found.set(pid, names);
      }
      if (left.length > 0) {
        cancelSweep = clock.after(PAUSE, part);
        return;
      }
      const known = touched ?? new Set();
      touched = null;
      for (const pid of [...members.keys()]) if (!found.has(pid) && !known.has(pid)) setMember(pid, nobody, 'exit');
      for (const [pid, names] of found) if (!known.has(pid)) setMember(pid, names, 'fork');
      after();
    };
    part();
  };

  const poll = (): void => {
    cancelSweep = clock.after(POLL, () => sweep(poll));
  };

  const startPolling = (why: string): void => {
    if (polling) return;
    polling = true;
    events?.close();
    events = null;
    log.notice(`NOTICE: the kernel sends no process events here (${why}); tracked processes are looked for in /proc once a second`);
    cancelSweep();
    touched = null;
    poll();
  };

  const onLost = (): void => {
    cancelSweep();
    touched = null;
    cancelSweep = clock.after(AFTER_LOSS, () => {
      const bytes = (buffer.bytes || USUAL_BUFFER) * 2;
      buffer = { ...buffer, bytes };
      events?.setReceiveBuffer(bytes);
      log.info(`Setting global_def process_monitor_rcv_bufs to ${bytes} - recommend updating configuration file`);
      sweep(() => {});
    });
  };

  const listen = (): void => {
    events = table.listen(
      {
        onFork(pid, parent) {
          touched?.add(pid);
          setMember(pid, members.get(parent) ?? nobody, 'fork');
        },
        onChange(pid) {
          touched?.add(pid);
          setMember(pid, memberOf(pid), 'at_once');
        },
        onExit(pid) {
          touched?.add(pid);
          setMember(pid, nobody, 'exit');
        },
        onLost,
        onUnavailable: startPolling,
      },
      buffer,
    );
  };

  const stop = (): void => {
    cancelSweep();
    touched = null;
    events?.close();
    events = null;
    polling = false;
    for (const { timer } of trackers.values()) timer?.cancel();
  };

  /** The whole truth at once, without delays and without a word: at a start, and for what a reload brings. */
  const countAll = (): void => {
    cancelSweep();
    touched = null;
    for (const pid of members.keys()) events?.follow(pid, false);
    members = new Map();
    for (const pid of table.pids()) {
      const names = memberOf(pid);
      if (names.size === 0) continue;
      members.set(pid, names);
      events?.follow(pid, true);
    }
    for (const [name, tracker] of trackers) {
      tracker.count = [...members.values()].filter((names) => names.has(name)).length;
    }
    if (polling) poll();
  };

  return {
    apply(configs, wanted) {
      const before = trackers;
      if (configs.length === 0) {
        stop();
        trackers = new Map();
        members = new Map();
        return;
      }
      trackers = new Map(
        configs.map((config) => {
          const old = before.get(config.name);
          const kept = old && isSameMatch(old.config, config);
          return [config.name, kept ? Object.assign(old, { config }) : { config, count: 0, hasQuorum: false, timer: null }];
        }),
      );
      for (const [name, old] of before) if (trackers.get(name) !== old) old.timer?.cancel();
      if (wanted.bytes > buffer.bytes) buffer = wanted;
      // Told of events before the look, so that nothing between the two is missed.
      if (!events && !polling) listen();
      const list = [...trackers.values()].map((t) => t.config);
      events?.setNames(
        list.filter((c) => !c.full_command).map((c) => shortName(c.process[0] ?? '')),
        list.some((c) => c.full_command),
      );
      const isSame = before.size === trackers.size && [...trackers].every(([name, t]) => before.get(name) === t);
      if (!isSame) countAll();
      for (const [name, tracker] of trackers) {
        if (before.get(name) !== tracker) tracker.hasQuorum = hasQuorum(tracker.config, tracker.count);
        else if (!tracker.timer) tracker.hasQuorum = hasQuorum(tracker.config, tracker.count);
      }
    },
    hasQuorum: (name) => trackers.get(name)?.hasQuorum ?? false,
    views: () =>
      [...trackers.values()].map(({ config, count, hasQuorum: quorum, timer }) => ({
        config,
        count,
        hasQuorum: quorum,
        timer: timer?.kind ?? null,
      })),
    stop,
  };
}

const nobody: ReadonlySet<string> = new Set();
