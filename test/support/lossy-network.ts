// SPDX-License-Identifier: MIT
// What model tests of routers share: a network that loses, delays, reorders and splits, nodes that crash, stop and come back
// while it does, and the judgement that all of them are at peace afterwards. Virtual time.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { add, type Micros, micros, milliseconds, seconds } from '../../lib/base/time.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** As many nodes meet at most. */
export const mostNodes = 5;
/** From then on no node changes its mind, and the network loses nothing. */
export const chaosEnds = seconds(12);
const maxDelay = milliseconds(20);

/** Nodes with the same number hear each other. */
export type Parts = readonly number[];
export const together: Parts = Array.from({ length: mostNodes }, () => 0);

export interface LossyNetwork {
  parts: Parts;
  /** Percent of all deliveries. */
  loss: number;
  /** Calls `deliver` for each of `count` nodes that hears what `from` sends, some time later. */
  broadcast(from: number, count: number, deliver: (to: number) => void): void;
}

export function createLossyNetwork(clock: VirtualClock, random: () => number): LossyNetwork {
  const network: LossyNetwork = {
    parts: together,
    loss: 0,
    broadcast(from, count, deliver) {
      for (let to = 0; to < count; to++) {
        if (to === from || network.parts[to] !== network.parts[from] || random() * 100 < network.loss) continue;
        clock.at(add(clock.now(), micros(random() * maxDelay)), () => deliver(to));
      }
    },
  };
  return network;
}

/** What happens to a node as a whole. */
export type PowerDeed = { readonly kind: 'crash' | 'start' | 'stop'; readonly node: number };
export type NetworkDeed =
  | { readonly kind: 'split'; readonly parts: Parts }
  /** Percent. */
  | { readonly kind: 'lose'; readonly percent: number };

/** Arbitrary parts of a schedule. */
export const anyNode = fc.nat(mostNodes - 1);
export const anyParts = fc.array(fc.nat(1), { minLength: mostNodes, maxLength: mostNodes });
export const powerDeed: fc.Arbitrary<PowerDeed> = fc.record({
  kind: fc.constantFrom('crash', 'start', 'start', 'stop'),
  node: anyNode,
});
export const networkDeed: fc.Arbitrary<NetworkDeed> = fc.oneof(
  fc.record({ kind: fc.constant('split'), parts: anyParts }),
  fc.record({ kind: fc.constant('lose'), percent: fc.constantFrom(0, 10, 50, 90) }),
);
export const anyPreemptDelay = fc.constantFrom(micros(0), micros(0), seconds(2));

export interface Timed<Deed> {
  readonly at: Micros;
  readonly deed: Deed;
}

export function chaos<Deed>(deed: fc.Arbitrary<Deed>): fc.Arbitrary<readonly Timed<Deed>[]> {
  return fc.array(fc.record({ at: fc.nat({ max: chaosEnds }).map(micros), deed }), { maxLength: 16 });
}

export function disturb(network: LossyNetwork, deed: NetworkDeed): void {
  if (deed.kind === 'split') network.parts = deed.parts;
  else network.loss = deed.percent;
}

/** A node that can be switched on and off; `begin` and `end` are called only when they change something. */
export interface Power {
  readonly up: boolean;
  act(kind: PowerDeed['kind']): void;
}

export function createPower(begin: () => void, end: (how: 'crash' | 'stop') => void): Power {
  let up = false;
  return {
    get up() {
      return up;
    },
    act(kind) {
      if (up === (kind === 'start')) return;
      up = !up;
      if (kind === 'start') begin();
      else end(kind);
    },
  };
}

/** Everybody starts within half a second, then the deeds come, then `calm`. */
export function arrange<Deed>(
  clock: VirtualClock,
  random: () => number,
  plan: {
    readonly powers: readonly Power[];
    readonly deeds: readonly Timed<Deed>[];
    act(deed: Deed): void;
    calm(): void;
  },
): void {
  for (const power of plan.powers) clock.at(micros(random() * 500_000), () => power.act('start'));
  for (const { at, deed } of plan.deeds) clock.at(at, () => plan.act(deed));
  clock.at(chaosEnds, plan.calm);
}

export interface Peace {
  readonly clock: VirtualClock;
  /** Changes of state, one line each; grows. */
  readonly changes: readonly string[];
  /** Longest way to peace. */
  readonly settled: Micros;
  readonly end: Micros;
  assertSettled(): void;
}

/** All is settled at that time, still is at the end, and nothing changed its state in between. */
export function assertPeace({ clock, changes, settled, end, assertSettled }: Peace): void {
  clock.runUntil(settled, 500_000);
  assertSettled();
  const before = changes.length;
  clock.runUntil(end, 500_000);
  assertSettled();
  assert.deepEqual(changes.slice(before), [], 'no state changes once settled');
}

/** Settings of a model test from the environment: KA_MODEL_RUNS schedules, KA_MODEL_SEED. */
export function modelRuns(runs: number, seed: number): { readonly numRuns: number; readonly seed: number; readonly verbose: 0 } {
  return { numRuns: Number(process.env.KA_MODEL_RUNS ?? runs), seed: Number(process.env.KA_MODEL_SEED ?? seed), verbose: 0 };
}
