// SPDX-License-Identifier: MIT
// Standing orders against the machines they were asked of: whatever adverts and expiries follow, an engine that only knows
// the orders comes to the same deadlines, the same states and the same effects as the machines do when they hear of it later.
// KA_MODEL_RUNS and KA_MODEL_SEED change count and seed.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareIp, type Ip, ip } from '../../../../lib/base/address.ts';
import { add, type Micros, micros, milliseconds, seconds } from '../../../../lib/base/time.ts';
import type { VrrpEvent } from '../../../../lib/vrrp/core/events.ts';
import { type Member, startGroup, stepGroup } from '../../../../lib/vrrp/core/group.ts';
import { initial, step } from '../../../../lib/vrrp/core/instance.ts';
import { type MemberEffect, type Movers, standingOf, type Yielding } from '../../../../lib/vrrp/core/standing.ts';
import type { Instance } from '../../../../lib/vrrp/core/types.ts';
import { testSettings } from '../../../support/fake-machine.ts';

const RUNS = Number(process.env.KA_MODEL_RUNS ?? 2000);
const SEED = Number(process.env.KA_MODEL_SEED ?? 5798);
const START = seconds(100);

interface Heard {
  readonly member: number;
  readonly after: Micros;
  readonly source: Ip;
  readonly priority: number;
  readonly interval: Micros;
}

const sources = [ip('192.0.2.7'), ip('192.0.2.8')];
const heard = fc.record({
  member: fc.nat(2),
  after: fc.integer({ min: 0, max: 1_500_000 }).map(micros),
  source: fc.constantFrom(...sources, ip('192.0.2.0')),
  priority: fc.constantFrom(0, 90, 150, 150, 200),
  interval: fc.constantFrom(seconds(1), seconds(1), milliseconds(500)),
});
const settings = fc.record({
  priority: fc.constantFrom(100, 160, 254, 255),
  version: fc.constantFrom(2 as const, 3 as const),
  preempt: fc.boolean(),
  preemptDelay: fc.constantFrom(micros(0), micros(0), seconds(3)),
  advertBeforeYield: fc.boolean(),
});
const story = fc.record({
  group: fc.boolean(),
  members: fc.array(settings, { minLength: 1, maxLength: 3 }),
  delayed: fc.constantFrom(micros(0), micros(0), micros(0), seconds(2)),
  before: fc.array(heard, { maxLength: 8 }),
  /** All of them, before anything else is asked of them: their deadlines run out and they are Active. */
  alone: fc.boolean(),
  /** Most of what the engine meets is the advert it has an order for. */
  later: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ member: fc.nat(2), after: fc.integer({ min: 0, max: 1_500_000 }).map(micros) }) },
      { weight: 1, arbitrary: heard },
    ),
    {
      maxLength: 14,
    },
  ),
});

type Deed = { readonly member: number; readonly event: VrrpEvent };

/** Machines of routers that move together. */
function machines(group: boolean, members: readonly Member[]) {
  let movers: Movers = { state: group ? 'initialize' : null, members };
  return {
    get movers() {
      return movers;
    },
    startup(at: Micros, notBefore: Micros): void {
      const event = { kind: 'startup', at, source: ip('192.0.2.1'), faults: [], trackingDelta: 0, waiting: false, notBefore } as const;
      if (!group) return void this.feed(0, event);
      const { state, members: next } = startGroup('initialize', members, new Map(members.map((_, n) => [n, event])));
      movers = { state, members: members.map((m, n) => ({ ...m, instance: next[n] as Instance })) };
    },
    feed(index: number, event: VrrpEvent): readonly MemberEffect[] {
      const member = movers.members[index] as Member;
      if (movers.state === null) {
        const [instance, effects] = step(member.instance, member.settings, event);
        movers = { state: null, members: [{ ...member, instance }] };
        return effects.map((effect) => ({ member: 0, effect }));
      }
      const after = stepGroup(movers.state, movers.members, index, event);
      movers = { state: after.state, members: movers.members.map((m, n) => ({ ...m, instance: after.members[n] as Instance })) };
      return after.effects.flatMap((e) => (e.kind === 'member' ? [{ member: e.member, effect: e.effect }] : []));
    },
    at(index: number): Instance {
      return (movers.members[index] as Member).instance;
    },
  };
}

/** What native/engine/core_orders.cc does, in few words; undecided: it would tell JavaScript and do no more. */
function playEngine(movers: Movers, at: Micros, later: readonly (Heard | { readonly member: number; readonly after: Micros })[]) {
  const { stances, takeover, yielding } = standingOf(movers, at);
  const timers = stances.map((s) => ({ ...s, due: movers.members[s.member]?.instance.due ?? micros(0) }));
  const deeds: Deed[] = [];
  let tookOver = false;
  let yielded = false;
  let active = takeover === null && yielding !== null;
  const counts = movers.members.map((m) => m.instance.generation);
  let now = at;
  /** false: JavaScript has to decide. */
  const expire = (until: Micros): boolean => {
    if (active) return true;
    for (;;) {
      const next = timers.reduce<(typeof timers)[number] | null>((a, b) => (a === null || b.due < a.due ? b : a), null);
      if (next === null || next.due > until) return true;
      const leads = timers.every((t) => t === next || t.held);
      if (takeover === null || (!leads && next.wait === 0)) return false;
      deeds.push({ member: next.member, event: { kind: 'expired', at: next.due, generation: next.generation } });
      if (leads) {
        tookOver = true;
        active = true;
        for (const t of timers) counts[t.member] = t.generation;
        return yielding !== null;
      }
      Object.assign(next, { held: true, generation: next.generation + 1, due: add(next.due, next.wait) });
    }
  };
  for (const one of later) {
    const member = one.member % movers.members.length;
    now = add(now, one.after);
    if (!expire(now)) break;
    if (active) {
      const rule = yielding?.concessions.find((c) => c.member === member);
      if (!rule || !('source' in one)) continue;
      const beaten = one.priority > rule.priority || (one.priority === rule.priority && compareIp(one.source, rule.address) > 0);
      if (!beaten || one.interval !== rule.interval) break;
      deeds.push({ member, event: { ...one, kind: 'advert', at: now } });
      yielded = true;
      break;
    }
    const timer = timers.find((t) => t.member === member);
    if (!timer) break;
    const rule = timer.refresh;
    const advert = 'source' in one ? one : rule;
    if (!advert) continue;
    const event: VrrpEvent = { kind: 'advert', at: now, source: advert.source, priority: advert.priority, interval: advert.interval };
    if (advert.priority === 0) {
      if (timer.skew === 0) break;
      deeds.push({ member: timer.member, event });
      Object.assign(timer, { generation: timer.generation + 1, due: add(now, timer.skew) });
    } else if (rule && advert.source === rule.source && advert.priority === rule.priority && advert.interval === rule.interval) {
      if (timer.held) {
        deeds.push({ member: timer.member, event });
        timer.generation++;
      }
      Object.assign(timer, { held: false, due: add(now, rule.down) });
    } else break;
  }
  return { timers, deeds, tookOver, takeover, yielding: yielded ? yielding : null, counts, now };
}

/** What the engine takes from a takeover: the rest depends on whose deadline was the last, and is told later. */
const ordered = (effects: readonly MemberEffect[]): string[] =>
  untimed(effects)
    .filter(({ effect }) => effect.kind !== 'note' && effect.kind !== 'disarm')
    .map((e) => JSON.stringify(e))
    .sort();
/** What the engine does when it gives way. */
function givenWay(
  yielding: Yielding,
  counts: readonly number[],
  at: Micros,
  lastWord: boolean,
  beaten: number,
  made: readonly MemberEffect[],
) {
  const told = made.filter(({ effect: { kind } }) => kind === 'clear_refusals' || kind === 'state_changed');
  const adverts = lastWord ? made.filter(({ effect: e, member }) => e.kind === 'advertise' && e.first === 'now' && member === beaten) : [];
  return yielding.downs
    .flatMap(({ member, down }): MemberEffect[] => [
      { member, effect: { kind: 'quiet', farewells: 0 } },
      { member, effect: { kind: 'arm', due: add(at, down), generation: (counts[member] ?? 0) + 1 } },
      { member, effect: { kind: 'cancel_announcements' } },
      { member, effect: { kind: 'release_addresses' } },
    ])
    .concat(told, adverts);
}
const isArm = ({ effect }: MemberEffect): boolean => effect.kind === 'arm';
/** Times of refresh bursts count from the event; nothing else in a takeover does. */
const untimed = (effects: readonly MemberEffect[]): MemberEffect[] =>
  effects.map((e) => ('firstAt' in e.effect ? { ...e, effect: { ...e.effect, firstAt: micros(0) } } : e));

describe('standing orders', function () {
  this.timeout(60_000);
  it(`lead an engine to where the machines come, in ${RUNS} stories`, () => {
    const met = { refreshed: 0, skewed: 0, held: 0, tookOver: 0, yielded: 0, tookOverAndYielded: 0 };
    fc.assert(
      fc.property(story, ({ group, members, delayed, before, alone, later }) => {
        const grouped = group || members.length > 1;
        const routers = members.map((m, n): Member => {
          const s = testSettings({ ...m, name: `VI_${n}`, version: members[0]?.version ?? 3 });
          return { settings: s, instance: initial(s) };
        });
        const world = machines(grouped, routers);
        world.startup(START, delayed > 0 ? add(START, delayed) : micros(0));
        let now = START;
        for (const one of before) {
          now = add(now, one.after);
          const member = one.member % members.length;
          world.feed(member, { ...one, kind: 'advert', at: now });
        }
        for (let n = 0; alone && n < members.length; n++) {
          const { due, generation } = world.at(n);
          if (due !== null) now = micros(Math.max(now, due));
          if (due !== null) world.feed(n, { kind: 'expired', at: now, generation });
        }
        const { timers, deeds, tookOver, takeover, yielding, counts, now: end } = playEngine(world.movers, now, later);
        const lastWord = yielding?.concessions.find((c) => c.member === deeds.at(-1)?.member)?.lastWord === true;
        for (const [n, { member, event }] of deeds.entries()) {
          const was = world.at(member);
          const real = event.kind === 'expired' ? { ...event, generation: was.generation } : event;
          assert.equal(event.kind === 'expired' ? event.generation : was.generation, was.generation, 'the machine counts like the engine');
          const effects = world.feed(member, real);
          if (yielding && n === deeds.length - 1) {
            assert.deepEqual(ordered(effects), ordered(givenWay(yielding, counts, end, lastWord, member, effects)));
            met.yielded++;
            if (tookOver) met.tookOverAndYielded++;
          } else if (tookOver && n === deeds.length - (yielding ? 2 : 1)) {
            assert.deepEqual(ordered(effects), ordered(takeover ?? []));
            met.tookOver++;
          } else {
            assert.equal(effects.filter(isArm).length, 1);
            assert.ok(effects.every((e) => isArm(e) || e.effect.kind === 'note'));
            if (event.kind === 'expired') met.held++;
            else if (event.kind === 'advert' && event.priority === 0) met.skewed++;
          }
        }
        for (const { member, down } of yielding?.downs ?? []) {
          const i = world.at(member);
          assert.deepEqual([i.state, i.generation, i.due], ['backup', (counts[member] ?? 0) + 1, add(end, down)]);
        }
        for (const t of yielding ? [] : timers) {
          const i = world.at(t.member);
          if (tookOver) assert.equal(i.state, 'active');
          else assert.deepEqual([i.state, i.generation, i.held], ['backup', t.generation, t.held]);
          if (!tookOver && t.due !== i.due) met.refreshed++;
          // What was not told as a deed only moved the deadline: the same advert through the machine comes to the same.
          if (!tookOver && t.refresh && i.due !== t.due) {
            const { source, priority, interval, down } = t.refresh;
            const effects = world.feed(t.member, { kind: 'advert', at: add(t.due, micros(-down)), source, priority, interval });
            assert.deepEqual(
              effects.map((e) => e.effect.kind),
              ['arm'],
            );
            assert.equal(world.at(t.member).due, t.due);
          }
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
    for (const [what, times] of Object.entries(met)) assert.ok(times > RUNS / 250, `${what} only ${times} times`);
  });
});
