// SPDX-License-Identifier: MIT
// Rivals: who goes on is told with its name, who is only passing is not.

import assert from 'node:assert/strict';
import type { Ip } from '../../../../lib/base/address.ts';
import { micros, seconds } from '../../../../lib/base/time.ts';
import { hearRival, type RivalEvent, type Rivals, unidentified } from '../../../../lib/vrrp/core/rivals.ts';
import type { TroubleNews } from '../../../../lib/vrrp/core/troubles.ts';

const other = '192.0.2.66' as Ip;
const settings = { interval: seconds(1), unicast: false };

function play(events: readonly RivalEvent[], s = settings): { rivals: Rivals; news: TroubleNews[] } {
  const news: TroubleNews[] = [];
  let rivals: Rivals = [];
  for (const e of events) {
    const after = hearRival(rivals, s, e);
    rivals = after.rivals;
    news.push(...after.news);
  }
  return { rivals, news };
}
const advert = (at: number, more: Partial<Extract<RivalEvent, { kind: 'advert' }>> = {}): RivalEvent => ({
  ...{ kind: 'advert', at: micros(at * 1e6), source: other, priority: 90, active: true, otherAddresses: false },
  ...more,
});
const refused = (at: number, reason = 'version', source: Ip = other): RivalEvent => ({
  kind: 'refused',
  at: micros(at * 1e6),
  source,
  reason,
});
const identified = (at: number): RivalEvent => ({ kind: 'identified', at: micros(at * 1e6), source: other, mac: '02:66:00:00:00:66' });
const looked = (at: number): RivalEvent => ({ kind: 'looked', at: micros(at * 1e6) });

describe('rivals', () => {
  it('adverts that cross in an election are none', () => {
    assert.deepEqual(play([advert(0), advert(1), { kind: 'left', at: micros(2e6) }, advert(3, { active: false })]).news, []);
    assert.deepEqual(play([advert(0), advert(1), looked(30)]), { rivals: [], news: [] });
    // As fast as one may: it has not had the time to give way.
    assert.deepEqual(play([0, 0.01, 0.02, 0.03, 0.04, 0.05].map((t) => advert(t))).news, []);
  });

  it('a second Active router is told once, with its MAC address, and when it has gone', () => {
    const { news } = play([advert(0), advert(1), identified(1.5), advert(2), advert(3), advert(4), looked(8), looked(14), looked(15)]);
    assert.deepEqual(
      news.map((n) => [n.over, n.trouble.why, n.trouble.address, n.trouble.mac, n.trouble.priority]),
      [
        [false, 'two_active', other, '02:66:00:00:00:66', 90],
        [true, 'two_active', other, '02:66:00:00:00:66', 90],
      ],
    );
    const over = news[1];
    assert.ok(over?.over);
    assert.equal(over.ending, 'silent');
    assert.equal(over.lasted, 4e6);
  });

  it('its MAC address is asked for before it is told, and not waited for without end', () => {
    assert.deepEqual(unidentified(play([advert(0)]).rivals), []);
    assert.equal(unidentified(play([advert(0), advert(1)]).rivals).length, 1);
    assert.equal(play([advert(0), advert(1), advert(2), advert(3)]).news.length, 0);
    assert.equal(play([advert(0), advert(1), advert(2), advert(3), advert(4)]).news[0]?.trouble.mac, null);
    // Behind a router its MAC address says nothing.
    assert.equal(play([advert(0), advert(1), advert(2)], { ...settings, unicast: true }).news.length, 1);
  });

  it('giving way, a farewell and agreement end it', () => {
    const told = [advert(0), identified(0), advert(1), advert(2)];
    const ending = (e: RivalEvent) => play([...told, e]).news.map((n) => (n.over ? n.ending : n.trouble.why));
    assert.deepEqual(ending({ kind: 'left', at: micros(3e6) }), ['two_active', 'gave_way']);
    assert.deepEqual(ending(advert(3, { priority: 0 })), ['two_active', 'farewell']);
    const strange = [refused(0), identified(0), refused(2), advert(3, { active: false })];
    assert.deepEqual(
      play(strange).news.map((n) => (n.over ? n.ending : n.trouble.why)),
      ['refused', 'accepted'],
    );
  });

  it('one damaged advert is none; a stranger that goes on is named with its reason', () => {
    assert.deepEqual(play([refused(0), looked(2), looked(12)]), { rivals: [], news: [] });
    const { news } = play([refused(0), identified(1), refused(2)]);
    const [first] = news;
    assert.ok(first?.trouble.kind === 'contested');
    assert.equal(first.trouble.reason, 'version');
    // What it was called first stays until it is over.
    assert.equal(play([refused(0), identified(1), refused(2), refused(4, 'checksum')]).news.length, 1);
  });

  it('other addresses with our VRID, while we are a backup too', () => {
    const strange = (at: number) => advert(at, { active: false, otherAddresses: true, priority: 200 });
    assert.equal(play([strange(0), identified(0), strange(1), strange(2)]).news[0]?.trouble.why, 'other_addresses');
  });

  it('sources made up by a stranger are bounded', () => {
    const many = Array.from({ length: 500 }, (_, n) => refused(n / 100, 'version', `192.0.2.${n}` as Ip));
    const { rivals, news } = play([...many, ...many]);
    assert.equal(rivals.length, 8);
    assert.ok(news.length <= 8);
  });

  it('any order of events tells of a beginning before its end, and of each once', () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % n;
    };
    for (let run = 0; run < 300; run++) {
      let at = 0;
      const events = Array.from({ length: 60 }, (): RivalEvent => {
        at += random(3000) / 1000;
        const made = [
          advert(at, { priority: random(3) * 45, active: random(2) === 1 }),
          refused(at),
          identified(at),
          looked(at),
          { kind: 'left', at: micros(at * 1e6) } as const,
        ];
        return made[random(made.length)] ?? looked(at);
      });
      const open = new Set<string>();
      for (const { over, trouble } of play(events).news) {
        assert.equal(open.has(trouble.why), over, JSON.stringify(events));
        if (over) open.delete(trouble.why);
        else open.add(trouble.why);
      }
    }
  });
});
