// SPDX-License-Identifier: MIT
// The table's winner is what the real machines do: two to four of them on a virtual network, started together, then some
// of their checks fail at one moment. KA_CLUSTER_RUNS and KA_CLUSTER_SEED change count and seed.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Ip, ip } from '../../../../lib/base/address.ts';
import { add, type Micros, micros, milliseconds, seconds } from '../../../../lib/base/time.ts';
import type { Check } from '../../../../lib/config/cluster/checks-of.ts';
import type { Member } from '../../../../lib/config/cluster/nodes.ts';
import { bit } from '../../../../lib/config/cluster/standings.ts';
import { type World, worldOf } from '../../../../lib/config/cluster/world.ts';
import type { Weight } from '../../../../lib/config/model.ts';
import { aggregate } from '../../../../lib/track/core/aggregate.ts';
import { settingsOf } from '../../../../lib/vrrp/shell/settings.ts';
import { config, instance } from '../../../support/configs.ts';
import { createFakeMachine, type FakeMachine } from '../../../support/fake-machine.ts';
import { createVirtualClock, type VirtualClock } from '../../../support/virtual-clock.ts';

const RUNS = Number(process.env.KA_CLUSTER_RUNS ?? 1500);
const SEED = Number(process.env.KA_CLUSTER_SEED ?? 3768);

/** On the wire: less than the smallest difference between two skews here. */
const DELAY = micros(10);
const SETTLED = seconds(60);

interface NodeSpec {
  readonly priority: number;
  readonly nopreempt: boolean;
  readonly preemptDelay: Micros;
  readonly interval: Micros;
  readonly factor: number;
  readonly silentOnLower: boolean;
  readonly weights: readonly Weight[];
  /** Whom it names as unicast peers, see names(). */
  readonly peers: number;
}

interface ClusterSpec {
  readonly version: 2 | 3;
  readonly unicast: boolean;
  readonly nodes: readonly NodeSpec[];
  readonly failing: number;
}

const weight: fc.Arbitrary<Weight> = fc.record({
  value: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -5, max: 5 }) }, { weight: 1, arbitrary: fc.integer({ min: -253, max: 253 }) }),
  reverse: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const nodeSpec: fc.Arbitrary<NodeSpec> = fc.record({
  priority: fc.oneof(fc.integer({ min: 98, max: 102 }), fc.integer({ min: 1, max: 255 })),
  nopreempt: fc.oneof(fc.constant(false), fc.boolean()),
  preemptDelay: fc.constantFrom(micros(0), micros(0), seconds(2)),
  // Three of the shortest are longer than one of the longest: else a router that starts hears nobody in time (version 3).
  interval: fc.constantFrom(milliseconds(400), milliseconds(700), seconds(1)),
  factor: fc.constantFrom(3, 3, 5),
  silentOnLower: fc.boolean(),
  weights: fc.array(weight, { maxLength: 2 }),
  peers: fc.oneof(fc.constant(15), fc.nat(15)),
});

const clusterSpec: fc.Arbitrary<ClusterSpec> = fc
  .record({
    version: fc.constantFrom(2 as const, 3 as const),
    unicast: fc.boolean(),
    nodes: fc.array(nodeSpec, { minLength: 2, maxLength: 4 }),
    failing: fc.nat(255),
  })
  // Two owners are a fault of their own, with a dance that no table shows (reference/vrrp-protocol.md section 6.5 point 3).
  .filter((c) => c.nodes.filter((n) => n.priority === 255).length < 2)
  .map(withoutRaces);

/**
 * Either delays or different timers: with both, two routers can be due within one interval of each other, and which of
 * them is first is no question of the configuration.
 */
function withoutRaces(c: ClusterSpec): ClusterSpec {
  const [first] = c.nodes;
  const delayed = c.nodes.some((n) => n.preemptDelay > 0);
  return first && delayed ? { ...c, nodes: c.nodes.map((n) => ({ ...n, interval: first.interval, factor: first.factor })) } : c;
}

const addressOf = (n: number): Ip => ip(`10.0.0.${n + 1}`);

/**
 * Any of the four ways in which two may name each other. More than two fall into parts that hear each other: where one
 * hears a second, the second a third, and the third neither, chance decides who is heard first.
 */
function names(spec: ClusterSpec, n: NodeSpec, other: NodeSpec, at: number): boolean {
  return spec.nodes.length > 2 ? n.peers % 2 === other.peers % 2 : (n.peers & (1 << at)) !== 0;
}

function worldFrom(spec: ClusterSpec): World {
  const members = spec.nodes.map((n, i): Member => {
    const peers = spec.nodes.flatMap((other, at) => (at !== i && names(spec, n, other, at) ? [addressOf(at)] : []));
    const owner = n.priority === 255;
    const nopreempt = n.nopreempt && !owner;
    const made = instance({
      version: spec.version,
      state: owner ? 'MASTER' : 'BACKUP',
      priority: n.priority,
      nopreempt,
      // As the builder leaves it: no delay beside nopreempt or state MASTER.
      preempt_delay: owner || nopreempt ? micros(0) : n.preemptDelay,
      advert_int: spec.version === 2 ? seconds(1) : n.interval,
      down_timer_adverts: n.factor,
      lower_prio_no_advert: n.silentOnLower,
      unicast_src_ip: spec.unicast ? addressOf(i) : null,
      mcast_src_ip: spec.unicast ? null : addressOf(i),
      unicast_peer: spec.unicast ? [...peers, ip('192.0.2.250')].map((p) => ({ ip: p, min_ttl: 0, max_ttl: 255 })) : [],
    });
    return { node: { name: `n${i}`, file: `n${i}.conf`, config: config(made), tree: null }, instance: made, source: addressOf(i) };
  });
  const checks = spec.nodes.flatMap((n, member) =>
    n.weights
      // The builder drops weights of an address owner.
      .filter((w) => n.priority !== 255 || w.value === 0)
      .map((w, i): Check => {
        const place = { node: '', file: '', line: 1, column: 1, value: '' };
        return {
          kind: 'script',
          name: `chk${i}`,
          member,
          weight: w,
          place,
          detection: { failing: micros(0), hanging: null, how: '' },
        };
      }),
  );
  return worldOf({ name: 'VI_1', members }, checks);
}

class Simulation {
  readonly clock: VirtualClock = createVirtualClock();
  readonly machines: readonly FakeMachine[];
  readonly lastSent: Micros[];
  lastChange: Micros = micros(0);

  readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.lastSent = world.members.map(() => micros(0));
    this.machines = world.members.map((m, n) =>
      createFakeMachine({
        clock: this.clock,
        settings: settingsOf(m.instance),
        source: addressOf(n),
        send: (advert) => {
          this.lastSent[n] = this.clock.now();
          for (const [to, machine] of this.machines.entries()) {
            if (world.hears(to, n)) this.clock.at(add(this.clock.now(), DELAY), () => machine.hear(advert));
          }
        },
        onStep: (_event, _instance, effects) => {
          if (effects.some((e) => e.kind === 'state_changed' && e.to === 'active')) this.lastChange = this.clock.now();
        },
      }),
    );
  }

  start(): void {
    for (const [n, m] of this.machines.entries())
      m.feed({ kind: 'startup', notBefore: micros(0), at: this.clock.now(), ...this.tracking(n, 0) });
  }

  /** Who comes out of FAULT by this (a reversed check) comes a little later, and hears no farewell of this moment. */
  fail(failing: number): void {
    const told = (n: number) => this.machines[n]?.feed({ kind: 'tracking', at: this.clock.now(), ...this.tracking(n, failing) });
    for (const [n, m] of this.machines.entries()) {
      if (m.instance.state === 'fault') this.clock.at(add(this.clock.now(), micros(100)), () => told(n));
      else told(n);
    }
  }

  /** Lets time pass up to just behind an advert of `holder`: the longest wait for the others. */
  untilJustAdvertised(holder: number): void {
    const before = this.lastSent[holder];
    while (this.lastSent[holder] === before) this.clock.runUntil(add(this.clock.now(), milliseconds(1)));
    this.clock.runUntil(add(this.clock.now(), DELAY));
  }

  active(): number[] {
    return this.machines.flatMap((m, n) => (m.instance.state === 'active' ? [n] : []));
  }

  private tracking(n: number, failing: number) {
    const { members, checks } = this.world;
    const tracked = checks.flatMap((c, i) => {
      const verdict = (failing & (1 << i)) !== 0 ? ('down' as const) : ('up' as const);
      return c.member === n ? [{ kind: 'script' as const, name: c.name, weight: c.weight, verdict, holds: false }] : [];
    });
    const { trackingDelta, faults } = aggregate(members[n]?.instance.priority ?? 0, tracked);
    return { source: addressOf(n), faults, trackingDelta, waiting: false };
  }
}

describe('cluster check against the real machines', function () {
  this.timeout(60_000);

  it('names the holders of the addresses before and after any failures, and a time that is enough', () => {
    fc.assert(
      fc.property(clusterSpec, (spec) => {
        const world = worldFrom(spec);
        const failing = spec.failing % 2 ** world.checks.length;
        const set = world.checks.reduce((sum, _, i) => ((failing & (1 << i)) !== 0 ? sum | bit(i) : sum), 0n);
        const simulation = new Simulation(world);
        simulation.start();
        simulation.clock.runUntil(SETTLED);
        assert.deepEqual(simulation.active(), world.normal, 'while nothing fails');

        const [holder] = world.normal;
        if (holder !== undefined) simulation.untilJustAdvertised(holder);
        const failedAt = simulation.clock.now();
        const before = simulation.lastChange;
        simulation.fail(failing);
        simulation.clock.runUntil(add(failedAt, SETTLED));
        const settled = world.from(world.normal, set);
        assert.deepEqual(simulation.active(), settled.active, 'after the failures');

        if (world.normal.length !== 1 || settled.active.length !== 1 || holder === settled.active[0]) return;
        assert.ok(simulation.lastChange > before, 'somebody became active');
        const took = simulation.lastChange - failedAt;
        const promised = settled.after ?? 0;
        assert.ok(took <= promised + milliseconds(2), `took ${took} µs, promised ${promised}`);
        const [winner = 0] = settled.active;
        // The bound is no exaggeration either: it is met but for one interval of what a preempt delay waits for.
        const slack = (world.members[winner]?.instance.preempt_delay ?? 0) > 0 ? seconds(1.002) : milliseconds(2);
        assert.ok(took >= promised - slack, `took ${took} µs only, promised ${promised}`);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
