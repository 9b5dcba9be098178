// SPDX-License-Identifier: MIT
// The state of links as VRRP shall see it: that of the kernel's messages, or polled from the driver (linkbeat), and a change
// only after it has lasted (interface_up_down_delays). Reference: VRRP document, section 7.2.

import { type Micros, seconds } from '../../base/time.ts';
import type { Config, InterfaceDelay, LinkbeatInterface } from '../../config/model.ts';
import type { NativeAddon } from '../../native/surface.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { NetworkView } from './network-view.ts';

const POLL = seconds(1);
const IFF_UP = 0x1;
const methods = ['mii', 'ethtool', 'ioctl'] as const;

export type PollMethod = (typeof methods)[number];

export interface LinkWatchContext {
  readonly native: Pick<NativeAddon, 'linkStatus'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly view: Pick<NetworkView, 'byName' | 'hasCarrier'>;
  /** The state of a link is another one, by a poll or because it has lasted: all who watch it must look. */
  readonly onChange: (name: string) => void;
}

export interface LinkWatch {
  /** Takes over delays and polled links; running delays of a link that keeps its delays go on. */
  apply(config: Config): void;
  /** The state to be believed; `raw` is that of the kernel's flags. */
  isUp(name: string, raw: boolean): boolean;
  /** The kernel told something of this link, and the view knows it. Never calls onChange. */
  told(name: string): void;
  /** How a link is polled; null: not at all, or it does not answer. */
  method(name: string): PollMethod | null;
  delays(name: string): { readonly down: Micros; readonly up: Micros; readonly running: boolean };
  /** No onChange afterwards. */
  stop(): void;
}

interface Delayed {
  config: InterfaceDelay;
  /** Before the first "up" nothing is delayed. */
  seenUp: boolean;
  up: boolean;
  /** IFF_* when that was decided. */
  flags: number;
  timer: Cancel | null;
}

interface Polled {
  readonly config: LinkbeatInterface;
  method: PollMethod | null;
  up: boolean;
}

export function createLinkWatch(context: LinkWatchContext): LinkWatch {
  const { native, clock, log, view } = context;
  let delayed = new Map<string, Delayed>();
  let polled = new Map<string, Polled>();
  let cancelPoll: Cancel = () => {};

  const sourceOf = (name: string): boolean => polled.get(name)?.up ?? view.hasCarrier(name);

  /** true: another state is to be believed now. */
  const settle = (name: string): boolean => {
    const entry = delayed.get(name);
    const now = sourceOf(name);
    if (!entry) return true;
    const link = view.byName(name);
    if (!link) {
      entry.timer?.();
      Object.assign(entry, { seenUp: false, up: false, flags: 0, timer: null });
      return true;
    }
    if (now === entry.up) {
      if (entry.timer) {
        entry.timer();
        entry.timer = null;
        log.info(`Delay timer for ${name} cancelled`);
      }
      return false;
    }
    const delay = now ? entry.config.up : entry.config.down;
    if (!entry.seenUp || delay === 0) {
      entry.seenUp ||= now;
      entry.up = now;
      entry.flags = link.flags;
      entry.timer?.();
      entry.timer = null;
      return true;
    }
    if (entry.timer) return false;
    const hex = (flags: number) => `0x${flags.toString(16)}`;
    log.info(`${name}: Adding flags change from ${hex(entry.flags)} to ${hex(link.flags)} delay by ${delay}`);
    entry.timer = clock.after(delay, () => {
      entry.timer = null;
      entry.up = now;
      entry.flags = view.byName(name)?.flags ?? 0;
      log.info(`${polled.has(name) ? 'Linkbeat' : 'Netlink'} reports ${name} ${now ? 'up' : 'down'}`);
      context.onChange(name);
    });
    return false;
  };

  /** Asks the driver; true: it says something else than before. */
  const ask = (entry: Polled): boolean => {
    const { name } = entry.config;
    const link = view.byName(name);
    const answer = link && entry.method !== null ? native.linkStatus(name, entry.method) : null;
    const up = link !== undefined && (link.flags & IFF_UP) !== 0 && (answer ?? false);
    const changed = up !== entry.up;
    entry.up = up;
    return changed;
  };

  /** The wanted way, else the first that the driver answers to. */
  const choose = (entry: Polled): void => {
    const { name, type } = entry.config;
    if (!view.byName(name)) return;
    const wanted = type?.toLowerCase() as PollMethod | undefined;
    const order = wanted ? [wanted, ...methods.filter((m) => m !== wanted)] : methods;
    entry.method = order.find((m) => native.linkStatus(name, m) !== null) ?? null;
    if (wanted && entry.method !== null && entry.method !== wanted)
      log.info(`(${name}): Configured linkbeat type ${type} not supported, using ${entry.method.toUpperCase()}`);
  };

  const poll = (): void => {
    cancelPoll = clock.after(POLL, poll);
    for (const entry of polled.values()) {
      const { name } = entry.config;
      // A link that came later, or whose driver changed with it.
      if (entry.method === null) choose(entry);
      if (!ask(entry) || !settle(name)) continue;
      log.info(`Linkbeat reports ${name} ${entry.up ? 'up' : 'down'}`);
      context.onChange(name);
    }
  };

  return {
    apply(config) {
      const beforeDelayed = delayed;
      const beforePolled = polled;
      cancelPoll();
      polled = new Map(polledLinks(config).map((c) => [c.name, { config: c, method: null, up: false }]));
      for (const [name, entry] of polled) {
        choose(entry);
        entry.up = beforePolled.get(name)?.up ?? false;
        ask(entry);
      }
      if (polled.size > 0) {
        if (beforePolled.size === 0) log.info('Using MII-BMSR/ETHTOOL NIC polling thread(s)...');
        cancelPoll = clock.after(POLL, poll);
      }
      delayed = new Map(
        config.interface_up_down_delays.map((c) => {
          const old = beforeDelayed.get(c.name);
          const kept = old && old.config.down === c.down && old.config.up === c.up;
          const up = old?.up ?? sourceOf(c.name);
          return [c.name, kept ? old : { config: c, seenUp: old?.seenUp ?? up, up, flags: view.byName(c.name)?.flags ?? 0, timer: null }];
        }),
      );
      for (const [name, old] of beforeDelayed) if (delayed.get(name) !== old) old.timer?.();
      for (const name of delayed.keys()) settle(name);
    },
    isUp: (name, now) => delayed.get(name)?.up ?? polled.get(name)?.up ?? now,
    told(name) {
      const entry = polled.get(name);
      if (entry) {
        if (entry.method === null) choose(entry);
        ask(entry);
      }
      settle(name);
    },
    method: (name) => polled.get(name)?.method ?? null,
    delays(name) {
      const entry = delayed.get(name);
      return { down: entry?.config.down ?? seconds(0), up: entry?.config.up ?? seconds(0), running: entry?.timer != null };
    },
    stop() {
      cancelPoll();
      for (const { timer } of delayed.values()) timer?.();
      delayed = new Map();
      polled = new Map();
    },
  };
}

/** Those of the list, and with linkbeat_use_polling those of all instances or of one. */
function polledLinks(config: Config): LinkbeatInterface[] {
  const listed = new Map(config.linkbeat_interfaces.map((l) => [l.name, l]));
  for (const i of config.vrrp_instance) {
    if (i.interface === null || !(config.global_defs.linkbeat_use_polling || i.linkbeat_use_polling)) continue;
    if (!listed.has(i.interface)) listed.set(i.interface, { name: i.interface, type: null });
  }
  return [...listed.values()];
}
