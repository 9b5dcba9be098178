// SPDX-License-Identifier: MIT
// A machine with the half of the packet engine that it needs, on virtual time: one deadline, periodic adverts on an
// absolute grid, a closed ear outside Backup and Active.

import type { Ip } from '../../lib/base/address.ts';
import { ip } from '../../lib/base/address.ts';
import { exhaustive } from '../../lib/base/result.ts';
import { add, type Micros, micros, seconds } from '../../lib/base/time.ts';
import type { Cancel } from '../../lib/ports/clock.ts';
import type { VrrpEffect } from '../../lib/vrrp/core/effects.ts';
import type { VrrpEvent } from '../../lib/vrrp/core/events.ts';
import { initial, step } from '../../lib/vrrp/core/instance.ts';
import type { Instance, Settings } from '../../lib/vrrp/core/types.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface Sent {
  readonly source: Ip;
  readonly priority: number;
  readonly interval: Micros;
}

export interface FakeMachineOptions {
  readonly clock: VirtualClock;
  readonly settings: Settings;
  readonly source: Ip;
  /** An advert leaves. */
  readonly send?: (advert: Sent) => void;
  /** A step has been made; its effects are performed after this. */
  readonly onStep?: (event: VrrpEvent, instance: Instance, effects: readonly VrrpEffect[]) => void;
}

export interface FakeMachine {
  readonly instance: Instance;
  readonly settings: Settings;
  readonly ownsAddresses: boolean;
  /** Steps over any event. */
  feed(event: VrrpEvent): void;
  /** Startup without faults, waiting for nothing. */
  startUp(): void;
  /** An advert reaches the socket: dropped unless the machine listens. */
  hear(advert: Sent): void;
  reload(settings: Settings, addressesAdded?: boolean): void;
  /** The process dies: no farewell, addresses and timers gone. */
  crash(): void;
}

/** What the engine and the kernel hold for one router. */
export interface FakeEngine {
  readonly listening: boolean;
  readonly ownsAddresses: boolean;
  perform(effect: VrrpEffect): void;
  /** Everything ends without a word. */
  forget(): void;
}

export interface FakeEngineOptions {
  readonly clock: VirtualClock;
  readonly source: Ip;
  /** Of what it advertises now. */
  readonly settings: () => Settings;
  readonly send?: ((advert: Sent) => void) | undefined;
  readonly expired: (generation: number) => void;
}

export function createFakeEngine({ clock, source, settings, send: out, expired }: FakeEngineOptions): FakeEngine {
  let listening = false;
  let owns = false;
  let priority = 0;
  let every = micros(0);
  let cancelDeadline: Cancel = () => {};
  let cancelAdverts: Cancel = () => {};

  function send(priorityNow: number): void {
    out?.({ source, priority: priorityNow, interval: settings().advertisementInterval });
  }

  function repeatAt(due: Micros): void {
    cancelAdverts = clock.at(due, () => {
      send(priority);
      repeatAt(add(due, every));
    });
  }

  function perform(effect: VrrpEffect): void {
    switch (effect.kind) {
      case 'arm':
        cancelDeadline();
        cancelDeadline = clock.at(effect.due, () => expired(effect.generation));
        return;
      case 'disarm':
        cancelDeadline();
        return;
      case 'listen':
        listening = effect.on;
        return;
      case 'advertise':
        priority = effect.priority;
        every = effect.every;
        if (effect.first === 'next') return;
        cancelAdverts();
        send(priority);
        repeatAt(add(clock.now(), every));
        return;
      case 'quiet':
        cancelAdverts();
        for (let n = 0; n < effect.farewells; n++) send(0);
        return;
      case 'own_addresses':
        owns = true;
        return;
      case 'release_addresses':
        owns = false;
        return;
      case 'announce':
      case 'announce_periodically':
      case 'announce_extra':
      case 'announce_source':
      case 'answer_arp':
      case 'cancel_announcements':
      case 'state_changed':
      case 'heard_lower_priority':
      case 'clear_refusals':
      case 'note':
        return;
      default:
        exhaustive(effect);
    }
  }

  return {
    get listening() {
      return listening;
    },
    get ownsAddresses() {
      return owns;
    },
    perform,
    forget: () => {
      cancelDeadline();
      cancelAdverts();
      listening = false;
      owns = false;
    },
  };
}

export function createFakeMachine(options: FakeMachineOptions): FakeMachine {
  const { clock, source, send } = options;
  let settings = options.settings;
  let instance = initial(settings);
  const engine = createFakeEngine({
    clock,
    source,
    settings: () => settings,
    send,
    expired: (generation) => feed({ kind: 'expired', at: clock.now(), generation }),
  });

  function feed(event: VrrpEvent): void {
    const [next, effects] = step(instance, settings, event);
    instance = next;
    options.onStep?.(event, next, effects);
    for (const effect of effects) engine.perform(effect);
  }

  return {
    get instance() {
      return instance;
    },
    get settings() {
      return settings;
    },
    get ownsAddresses() {
      return engine.ownsAddresses;
    },
    feed,
    startUp: () => feed({ kind: 'startup', at: clock.now(), source, faults: [], trackingDelta: 0, waiting: false, notBefore: micros(0) }),
    hear: (advert) => {
      const { source: sender, priority: theirs, interval } = advert;
      if (engine.listening) feed({ kind: 'advert', at: clock.now(), source: sender, priority: theirs, interval });
    },
    reload: (next, addressesAdded = false) => {
      const before = settings;
      settings = next;
      feed({ kind: 'settings', at: clock.now(), before, addressesAdded });
    },
    crash: () => {
      engine.forget();
      instance = initial(settings);
    },
  };
}

export interface SettingsOverrides extends Partial<Omit<Settings, 'announce'>> {
  readonly announce?: Partial<Settings['announce']>;
}

/** keepalived's defaults: VRRPv2, IPv4, priority 100, 1 s, preempt, five announcements and five more after 5 s. */
export function testSettings(overrides: SettingsOverrides = {}): Settings {
  const { announce, ...rest } = overrides;
  return {
    name: 'VI_1',
    vrid: 51,
    version: 2,
    family: 4,
    priority: 100,
    wantsActive: false,
    unicast: false,
    advertisementInterval: seconds(1),
    preempt: true,
    preemptDelay: micros(0),
    downTimerAdverts: 3,
    silentOnLower: false,
    advertBeforeYield: false,
    restoreLimit: 10,
    yieldsWhenLate: false,
    handover: false,
    sharedMac: false,
    ...rest,
    announce: {
      repeat: 5,
      delay: seconds(5),
      refresh: micros(0),
      refreshRepeat: 1,
      lowerPriorityRepeat: 5,
      lowerPriorityDelay: seconds(5),
      extra: micros(0),
      ...announce,
    },
  };
}

/** Addresses of test routers; later ones are higher. */
export const routerAddress = {
  low: ip('192.0.2.1'),
  ours: ip('192.0.2.2'),
  high: ip('192.0.2.3'),
} as const;
