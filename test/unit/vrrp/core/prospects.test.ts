// SPDX-License-Identifier: MIT
// What is said of the future is what the machines then do: courses against a plain play of the same routers, advert by advert.

import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import { add, type Micros, micros, seconds } from '../../../../lib/base/time.ts';
import type { VrrpEvent } from '../../../../lib/vrrp/core/events.ts';
import type { Member } from '../../../../lib/vrrp/core/group.ts';
import { initial } from '../../../../lib/vrrp/core/instance.ts';
import { courseOf, type Happening, type Others } from '../../../../lib/vrrp/core/prospects.ts';
import { type Movers, react } from '../../../../lib/vrrp/core/standing.ts';
import { dice } from '../../../support/dice.ts';
import { testSettings } from '../../../support/fake-machine.ts';

const own = ip('192.0.2.1');
const peer = ip('192.0.2.2');

function following(movers: Movers, member: number, event: VrrpEvent): Movers {
  const { instances, state } = react(movers, member, event);
  return { state, members: movers.members.map((m, n) => ({ ...m, instance: instances[n] ?? m.instance })) };
}

const advert = (at: Micros, priority: number, interval: Micros): VrrpEvent => ({ kind: 'advert', at, source: peer, priority, interval });

/** Routers that have begun, and heard a peer or nobody. */
function routers(roll: (n: number) => number, at: Micros): Movers {
  const count = roll(3) === 0 ? 2 + roll(2) : 1;
  const interval = micros([100_000, 300_000, 1_000_000, 2_000_000][roll(4)] ?? 1_000_000);
  const members = Array.from({ length: count }, (): Member => {
    const settings = testSettings({
      version: roll(2) === 0 ? 2 : 3,
      priority: roll(8) === 0 ? 255 : 1 + roll(254),
      wantsActive: roll(4) === 0,
      preempt: roll(3) > 0,
      preemptDelay: roll(3) === 0 ? seconds(1 + roll(30)) : micros(0),
      advertisementInterval: interval,
      handover: roll(2) === 0,
      sharedMac: roll(2) === 0,
    });
    return { settings, instance: initial(settings) };
  });
  let movers: Movers = { state: count === 1 ? null : 'initialize', members };
  for (const n of members.keys()) {
    const faults = roll(10) === 0 ? [{ kind: 'script', name: 'chk' } as const] : [];
    movers = following(movers, n, {
      kind: 'startup',
      at,
      source: own,
      faults,
      trackingDelta: roll(5) * 10,
      waiting: false,
      notBefore: micros(0),
    });
  }
  if (roll(3) === 0)
    for (const [n, { instance }] of movers.members.entries())
      if (instance.due !== null)
        movers = following(movers, n, { kind: 'expired', at: add(at, micros(n)), generation: instance.generation });
  const heard = roll(5) > 0 ? 1 + roll(254) : null;
  for (const n of members.keys())
    if (heard !== null && roll(4) > 0) movers = following(movers, n, advert(add(at, micros(n)), heard, interval));
  return movers;
}

/** The state of a member and when it came to it: nothing is skipped, to a horizon that no deadline passes. */
function play(start: Movers, member: number, what: Happening, others: Others, at: Micros) {
  const speakers = start.members.map(({ instance: i }, n) =>
    i.state === 'backup' && i.heard !== null
      ? { priority: i.heard.priority, every: i.activeAdverInterval, talks: others(n) === 'talks' }
      : null,
  );
  let movers = start;
  const was = start.members[member]?.instance.state;
  const instance = (n: number) => movers.members[n]?.instance ?? assert.fail();
  const done = (time: Micros) => (instance(member).state === was ? null : { state: instance(member).state, after: time - at });
  for (const [n, s] of speakers.entries()) if (s) movers = following(movers, n, advert(at, s.priority, s.every));
  for (const [n, event] of what) movers = following(movers, n, event(at));
  let found = done(at);
  // Each microsecond would take for ever: each moment at which anything can happen.
  const times = new Map<number, Micros>();
  for (const [n, s] of speakers.entries()) if (s?.talks) times.set(n, add(at, s.every));
  const end = add(at, seconds(60));
  while (found === null) {
    const dues = movers.members.flatMap((m, n) => (m.instance.due === null ? [] : [[m.instance.due, 1, n] as const]));
    const speaks = [...times].map(([n, t]) => [t, 0, n] as const);
    const [next] = [...dues, ...speaks].toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    if (!next || next[0] > end) return { state: was, after: null };
    const [time, kind, n] = next;
    const s = speakers[n];
    if (kind === 0 && s) {
      movers = following(movers, n, advert(time, s.priority, s.every));
      times.set(n, add(time, s.every));
    } else movers = following(movers, n, { kind: 'expired', at: time, generation: instance(n).generation });
    found = done(time);
  }
  return found;
}

describe('what would come of something', () => {
  it('is what then comes of it', function () {
    this.timeout(60_000);
    const at = seconds(1000);
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 600; seed++) {
      const roll = dice(seed);
      const movers = routers(roll, at);
      const member = roll(movers.members.length);
      const all = [...movers.members.keys()];
      const tracking = (n: number): readonly [number, (at: Micros) => VrrpEvent] => {
        const faults = roll(3) === 0 ? [{ kind: 'script', name: 'chk' } as const] : [];
        const trackingDelta = 60 - roll(120);
        return [n, (t) => ({ kind: 'tracking', at: t, trackingDelta, faults, waiting: false, source: own })];
      };
      const happenings: readonly Happening[] = [
        [],
        [tracking(member)],
        all.map(tracking),
        [[member, (t) => ({ kind: 'shutdown', at: t })]],
        [[member, (t) => advert(t, 254, seconds(1))]],
        all.map((n) => [n, (t) => advert(t, 0, movers.members[n]?.instance.activeAdverInterval ?? seconds(1))]),
      ];
      const what = happenings[roll(happenings.length)] ?? [];
      const others: Others = roll(2) === 0 ? () => 'talks' : () => 'silent';
      const now = add(at, micros(100));
      const frozen = JSON.stringify(movers);
      const course = courseOf(movers, member, what, others, now);
      assert.equal(JSON.stringify(movers), frozen, 'nothing has happened');
      const played = play(movers, member, what, others, now);
      assert.deepEqual({ state: course.state, after: course.after }, played, `seed ${seed}`);
      const kind = `${movers.members[member]?.instance.state} → ${course.state}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    for (const kind of ['backup → active', 'backup → backup', 'backup → fault', 'active → backup', 'active → fault', 'fault → backup'])
      assert.ok((seen.get(kind) ?? 0) > 5, `${kind}: ${JSON.stringify([...seen])}`);
  });

  it('takes no longer for a delay of a quarter of an hour and adverts a hundred times a second', () => {
    const at = seconds(1000);
    const settings = testSettings({ version: 3, priority: 200, preemptDelay: seconds(900), advertisementInterval: micros(10_000) });
    let movers: Movers = { state: null, members: [{ settings, instance: initial(settings) }] };
    const startup = { kind: 'startup', at, source: own, faults: [], trackingDelta: -150, waiting: false, notBefore: micros(0) } as const;
    movers = following(following(movers, 0, startup), 0, advert(at, 100, micros(10_000)));
    const better: VrrpEvent = { kind: 'tracking', at, trackingDelta: 0, faults: [], waiting: false, source: own };
    const course = courseOf(movers, 0, [[0, () => better]], () => 'talks', at);
    assert.equal(course.state, 'active');
    // The delay begins with the next advert; after its end three intervals and the skew time pass.
    assert.ok(course.after !== null && course.after >= seconds(900) && course.after < seconds(900.2), String(course.after));
  });
});
