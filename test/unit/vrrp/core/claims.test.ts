// SPDX-License-Identifier: MIT
// How often claims of an address by others are answered, and when a conflict is over.

import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import { add, type Micros, micros, seconds } from '../../../../lib/base/time.ts';
import { type ClaimEffect, type ClaimEvent, type Contention, hearClaim, wakeAt } from '../../../../lib/vrrp/core/claims.ts';

const mac = '02:00:00:00:00:66';
const vip = ip('192.0.2.100');

/** A machine with a wake-up of its own, in a world whose time passes in steps. */
function machine() {
  let contention: Contention | null = null;
  const done: { at: Micros; effect: ClaimEffect }[] = [];
  const feed = (event: ClaimEvent): readonly ClaimEffect[] => {
    const next = hearClaim(contention, event);
    contention = next.contention;
    for (const effect of next.effects) done.push({ at: event.at, effect });
    return next.effects;
  };
  return {
    done,
    claimed: (at: Micros, address = vip) => feed({ kind: 'claimed', at, address, mac }),
    wake: (at: Micros) => (contention !== null && wakeAt(contention) <= at ? feed({ kind: 'woken', at }) : []),
    next: () => (contention === null ? null : wakeAt(contention)),
    times: (kind: ClaimEffect['kind']) => done.filter((d) => d.effect.kind === kind).map((d) => d.at / 1e6),
  };
}

/** Lets time pass until `end`, waking the machine when it wants to be. */
function pass(m: ReturnType<typeof machine>, end: Micros): void {
  for (let at = m.next(); at !== null && at <= end; at = m.next()) m.wake(at);
}

describe('claims of an address by others', () => {
  it('are answered at once and told once', () => {
    const m = machine();
    assert.deepEqual(m.claimed(seconds(10)), [
      { kind: 'announce', addresses: [vip] },
      { kind: 'contested', address: vip, mac },
    ]);
    assert.deepEqual(m.claimed(seconds(10.1)), []);
  });

  it('in a burst are answered once more after its end, so that the last word is ours', () => {
    const m = machine();
    for (let i = 0; i < 5; i++) m.claimed(seconds(10 + i / 1000));
    pass(m, seconds(30));
    assert.deepEqual(m.times('announce'), [10, 11]);
  });

  it('that go on are answered more and more seldom, at last every ten seconds', () => {
    const m = machine();
    for (let at = seconds(0); at < seconds(60); at = add(at, micros(10_000))) {
      m.wake(at);
      m.claimed(at);
    }
    assert.deepEqual(m.times('announce'), [0, 1, 3, 7, 15, 25, 35, 45, 55]);
    assert.equal(m.times('contested').length, 1);
  });

  it('of several addresses are answered together, only those that were claimed', () => {
    const m = machine();
    const other = ip('192.0.2.101');
    m.claimed(seconds(0));
    m.claimed(seconds(0.2), other);
    m.claimed(seconds(0.3), other);
    pass(m, seconds(1));
    assert.deepEqual(m.done.at(-1)?.effect, { kind: 'announce', addresses: [other] });
  });

  it('are over after half a minute without any, which is told with the numbers; the next is a new conflict', () => {
    const m = machine();
    m.claimed(seconds(0));
    m.claimed(seconds(5));
    pass(m, seconds(34.9));
    assert.deepEqual(m.times('resolved'), []);
    pass(m, seconds(35));
    assert.deepEqual(m.done.at(-1), { at: seconds(35), effect: { kind: 'resolved', claims: 2, answers: 2, lasted: seconds(5) } });
    assert.equal(m.next(), null);
    m.claimed(seconds(50));
    assert.equal(m.times('contested').length, 2);
  });

  it('between two routers that answer each other make no storm', () => {
    const [a, b] = [machine(), machine()];
    const sides = [
      [a, b],
      [b, a],
    ] as const;
    // Each announcement is a claim to the other, half a millisecond later.
    let wire: { at: Micros; to: ReturnType<typeof machine> }[] = [{ at: seconds(0), to: a }];
    for (let at = seconds(0); at <= seconds(120); at = add(at, micros(500))) {
      const arriving = wire.filter((w) => w.at <= at);
      wire = wire.filter((w) => w.at > at);
      for (const [me, peer] of sides) {
        const effects = [...me.wake(at), ...arriving.filter((w) => w.to === me).flatMap(() => me.claimed(at))];
        for (const { kind } of effects) if (kind === 'announce') wire.push({ at: add(at, micros(500)), to: peer });
      }
    }
    for (const side of [a, b]) {
      const answers = side.times('announce');
      assert.ok(answers.length <= 5 + 12, `${answers}`);
      assert.equal(side.times('contested').length, 1);
    }
  });

  it('a wake-up without a conflict means nothing', () => {
    assert.deepEqual(hearClaim(null, { kind: 'woken', at: seconds(1) }), { contention: null, effects: [] });
  });
});
