// SPDX-License-Identifier: MIT
// A sync group with the half of the packet engine that its members need, on virtual time.

import type { Ip } from '../../lib/base/address.ts';
import { micros } from '../../lib/base/time.ts';
import type { VrrpEvent } from '../../lib/vrrp/core/events.ts';
import { type GroupEffect, type GroupStep, type Member, reconcile, startGroup, stepGroup } from '../../lib/vrrp/core/group.ts';
import { initial, type Startup } from '../../lib/vrrp/core/instance.ts';
import type { FaultReason, Settings, State } from '../../lib/vrrp/core/types.ts';
import { createFakeEngine, type Sent } from './fake-machine.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface FakeGroupOptions {
  readonly clock: VirtualClock;
  readonly members: readonly { readonly settings: Settings; readonly source: Ip }[];
  readonly send?: (member: number, advert: Sent) => void;
  /** A step has been made; its effects are performed after this. */
  readonly onStep?: (effects: readonly GroupEffect[], group: FakeGroup) => void;
}

export interface FakeGroup {
  readonly state: State;
  readonly members: readonly Member[];
  owns(member: number): boolean;
  /** An event of one member. */
  feed(member: number, event: VrrpEvent): void;
  /** All members, or those given, begin; `known` is what differs from a healthy one. */
  startUp(known?: Readonly<Record<number, Partial<Startup>>>, which?: readonly number[]): void;
  hear(member: number, advert: Sent): void;
  track(member: number, faults: readonly FaultReason[], more?: { readonly trackingDelta?: number; readonly waiting?: boolean }): void;
  reload(member: number, settings: Settings): void;
  reconcile(): void;
  shutDown(): void;
  crash(): void;
}

export function createFakeGroup(options: FakeGroupOptions): FakeGroup {
  const { clock } = options;
  const settings = options.members.map((m) => m.settings);
  let instances = settings.map(initial);
  let state: State = 'initialize';
  const members = (): Member[] => instances.map((instance, n) => ({ instance, settings: settings[n] as Settings }));

  const engines = options.members.map(({ source }, n) =>
    createFakeEngine({
      clock,
      source,
      settings: () => settings[n] as Settings,
      send: (advert) => options.send?.(n, advert),
      expired: (generation) => feed(n, { kind: 'expired', at: clock.now(), generation }),
    }),
  );

  function take(step: GroupStep): void {
    state = step.state;
    instances = [...step.members];
    options.onStep?.(step.effects, group);
    for (const e of step.effects) if (e.kind === 'member') engines[e.member]?.perform(e.effect);
  }

  function feed(member: number, event: VrrpEvent): void {
    take(stepGroup(state, members(), member, event));
  }

  const sourceOf = (n: number): Ip | null => options.members[n]?.source ?? null;
  const group: FakeGroup = {
    get state() {
      return state;
    },
    get members() {
      return members();
    },
    owns: (n) => engines[n]?.ownsAddresses ?? false,
    feed,
    startUp(known = {}, which = options.members.map((_, n) => n)) {
      const healthy = (n: number): Startup => ({
        kind: 'startup',
        at: clock.now(),
        source: sourceOf(n),
        faults: [],
        trackingDelta: 0,
        waiting: false,
        notBefore: micros(0),
      });
      take(startGroup(state, members(), new Map(which.map((n) => [n, { ...healthy(n), ...known[n] }]))));
    },
    hear(n, { source, priority, interval }) {
      if (engines[n]?.listening) feed(n, { kind: 'advert', at: clock.now(), source, priority, interval });
    },
    track(n, faults, { trackingDelta = 0, waiting = false } = {}) {
      feed(n, { kind: 'tracking', at: clock.now(), faults, trackingDelta, waiting, source: sourceOf(n) });
    },
    reload(n, next) {
      const before = settings[n] as Settings;
      settings[n] = next;
      feed(n, { kind: 'settings', at: clock.now(), before, addressesAdded: false });
    },
    reconcile: () => take(reconcile(state, members(), clock.now())),
    shutDown() {
      for (const n of instances.keys()) feed(n, { kind: 'shutdown', at: clock.now() });
    },
    crash() {
      for (const engine of engines) engine.forget();
      instances = settings.map(initial);
      state = 'initialize';
    },
  };
  return group;
}
