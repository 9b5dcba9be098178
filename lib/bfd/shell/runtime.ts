// SPDX-License-Identifier: MIT
// The BFD process at work: the engine keeps time, the pure machine decides, this performs and tells.

import { errorText } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type Micros, seconds } from '../../base/time.ts';
import type { BfdInstance, Config } from '../../config/model.ts';
import type { BfdEngine, BfdEvent, BfdSpec } from '../../native/bfd-surface.ts';
import type { NativeAddon } from '../../native/surface.ts';
import type { BfdChange, BfdShell } from '../../ports/bfd.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import {
  adminDown,
  initial,
  isSteady,
  type Outcome,
  type Session,
  type SessionEvent,
  type Settings,
  step,
  type Wire,
  wireOf,
} from '../core/session.ts';
import { detectionText, expiredText, isNews, stateText } from '../messages.ts';

export interface BfdContext {
  readonly native: Pick<NativeAddon, 'createBfdEngine' | 'now'>;
  readonly clock: Clock;
  readonly log: Log;
  /** For those who track sessions. */
  readonly tell: (change: BfdChange) => void;
  /** A whole number from 1 to 2^32 - 1. */
  readonly random: () => number;
  /** Where the engine itself tells of sessions that end, for VRRP; -1: nowhere. */
  readonly lossFd: number;
}

/** A session without a socket tries again this often. */
const RETRY = seconds(60);
/** Without bfd_rt_priority: as the packet engine of VRRP. */
const ENGINE_PRIORITY = 50;

interface Entry {
  readonly key: number;
  config: BfdInstance;
  settings: Settings;
  session: Session;
  wire: Wire;
  /** null: its socket is open. */
  retry: Cancel | null;
}

/** Starts the sessions. Throws what createBfdEngine throws; a session whose socket cannot be opened waits in AdminDown. */
export function startBfd(config: Config, context: BfdContext): BfdShell {
  const { log, native } = context;
  const engine: BfdEngine = native.createBfdEngine(
    config.global_defs.bfd_rt_priority ?? ENGINE_PRIORITY,
    (events) => {
      for (const event of events) onEvent(event);
    },
    context.lossFd,
  );
  if (engine.realtimeError !== '')
    log.notice(
      `NOTICE: BFD runs without real-time priority (${engine.realtimeError}); sessions may fail on a busy machine. Grant CAP_SYS_NICE or an rt limit.`,
    );
  let entries = new Map<number, Entry>();
  let nextKey = 1;

  function onEvent(event: BfdEvent): void {
    if (event.kind === 'refused') {
      log.detail(`Discarding bogus packet from ${event.source} (${event.reason})`);
      // A neighbour that speaks is worth a try before its time.
      for (const entry of entries.values()) {
        if (entry.retry === null || entry.config.neighbor_ip !== event.source) continue;
        entry.retry();
        open(entry);
      }
      return;
    }
    const entry = entries.get(event.key);
    if (!entry) return;
    if (event.kind === 'send_failed') {
      log.info(`(${entry.config.name}) Error sending packet (errno ${event.errno})`);
      return;
    }
    if (event.kind === 'expired' && entry.session.state !== 'Down')
      log.info(expiredText(entry.config.name, entry.wire.detection, event.late));
    const happened: SessionEvent =
      event.kind === 'expired' ? { kind: 'expired', fresh: fresh() } : { kind: 'packet', packet: event.packet, fresh: fresh() };
    const outcome = step(entry.session, entry.settings, happened);
    const steady = happened.kind === 'packet' && isSteady(outcome.session, entry.settings, happened.packet);
    perform(entry, outcome, steady, event.at);
  }

  /** Packets first, then word to those who track the session, then the log. */
  function perform(entry: Entry, { session, final, tell }: Outcome, steady: boolean, at: Micros): void {
    const { session: before, wire: wireBefore } = entry;
    const wire = wireOf(session, entry.settings);
    entry.session = session;
    entry.wire = wire;
    const moved = session.state !== before.state;
    if (session.discriminator !== before.discriminator) engine.identify(entry.key, session.discriminator);
    engine.watch(entry.key, wire.detection, steady);
    if (final) engine.send(entry.key, { ...wire.packet, poll: false, final: true });
    const asks = session.polling && !before.polling;
    if (moved || asks || JSON.stringify(wire) !== JSON.stringify(wireBefore))
      engine.transmit(entry.key, wire.packet, wire.every, (moved || asks) && wire.every > 0);
    if (tell !== null) {
      setAlarm(entry);
      announce(entry.config, tell === 'up', at);
    }
    const { name } = entry.config;
    if (moved && (isNews(session.state) || log.detailLevel > 1)) log.info(stateText(name, session));
    if (asks) log.detail(`(${name}) Starting poll sequence`);
    if (wire.detection !== wireBefore.detection && session.state !== 'Down')
      log.detail(detectionText(name, wire.detection, wireBefore.detection));
  }

  /** Whom the engine of VRRP hears of when the session ends. */
  function setAlarm({ key, session, config }: Entry): void {
    engine.alarm(key, session.state === 'Up' && followers(config).vrrp ? config.name : '');
  }

  function announce(instance: BfdInstance, up: boolean, at: Micros): void {
    context.tell({ name: instance.name, up, at, ...followers(instance) });
  }

  function fresh(): number {
    for (;;) {
      const number = context.random();
      if (![...entries.values()].some((e) => e.session.discriminator === number)) return number;
    }
  }

  function add(instance: BfdInstance): void {
    const settings = settingsOf(instance);
    const session = initial(fresh());
    const entry: Entry = { key: nextKey++, config: instance, settings, session, wire: wireOf(session, settings), retry: null };
    entries.set(entry.key, entry);
    open(entry);
  }

  function open(entry: Entry): void {
    entry.retry = null;
    try {
      engine.add(entry.key, specOf(entry.config));
    } catch (error) {
      if (entry.session.state !== 'AdminDown') {
        entry.session = adminDown(entry.session);
        log.info(`(${entry.config.name}) Unable to open a socket: ${errorText(error)}`);
        log.info(stateText(entry.config.name, entry.session));
      }
      entry.wire = wireOf(entry.session, entry.settings);
      entry.retry = context.clock.after(RETRY, () => open(entry));
      return;
    }
    if (entry.session.state === 'AdminDown') entry.session = initial(entry.session.discriminator);
    entry.wire = wireOf(entry.session, entry.settings);
    engine.identify(entry.key, entry.session.discriminator);
    engine.transmit(entry.key, entry.wire.packet, entry.wire.every, entry.wire.every > 0);
  }

  function remove(entry: Entry): void {
    entry.retry?.();
    engine.remove(entry.key);
  }

  /** New timers of a session that goes on: one that is up asks the neighbour to confirm them (RFC 5880 6.8.3). */
  function change(entry: Entry, instance: BfdInstance): void {
    const settings = settingsOf(instance);
    const differs = JSON.stringify(settings) !== JSON.stringify(entry.settings);
    entry.config = instance;
    entry.settings = settings;
    setAlarm(entry);
    if (!differs || entry.retry) return;
    const polling = entry.session.polling || entry.session.state === 'Up';
    perform(entry, { session: { ...entry.session, polling }, final: false, tell: null }, false, native.now());
  }

  function begin(instance: BfdInstance): void {
    add(instance);
    announce(instance, false, native.now());
  }

  for (const instance of config.bfd_instance) begin(instance);

  return {
    reload(next) {
      const before = new Map([...entries.values()].map((e) => [e.config.name, e]));
      const kept = new Map<number, Entry>();
      const fresher: BfdInstance[] = [];
      for (const instance of next.bfd_instance) {
        const old = before.get(instance.name);
        if (!old || JSON.stringify(specOf(old.config)) !== JSON.stringify(specOf(instance))) {
          fresher.push(instance);
          continue;
        }
        before.delete(instance.name);
        change(old, instance);
        kept.set(old.key, old);
      }
      for (const gone of before.values()) remove(gone);
      entries = kept;
      for (const { config: c, session } of kept.values()) announce(c, session.state === 'Up', native.now());
      for (const instance of fresher) begin(instance);
    },
    view: () =>
      [...entries.values()].map(({ config: c, session, wire }) => ({
        config: c,
        ...session,
        every: wire.every,
        detection: wire.detection,
      })),
    refused: () => engine.refused(),
    stop() {
      for (const entry of entries.values()) entry.retry?.();
      engine.close();
    },
  };
}

function settingsOf(c: BfdInstance): Settings {
  return { minRx: c.min_rx, minTx: c.min_tx, idleTx: c.idle_tx, multiplier: c.multiplier, passive: c.passive };
}

function specOf(c: BfdInstance): BfdSpec {
  return { neighbour: c.neighbor_ip, source: c.source_ip, ttl: c.ttl, maxHops: c.max_hops, multihop: c.multihop };
}

/** Without a word in the configuration both. */
function followers({ vrrp, checker }: BfdInstance): { readonly vrrp: boolean; readonly checkers: boolean } {
  const both = vrrp === checker;
  return { vrrp: vrrp || both, checkers: checker || both };
}
