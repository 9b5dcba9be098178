// SPDX-License-Identifier: MIT
// Deafness: told when something speaks for it, and never of a router that has no reason to hear anybody.

import assert from 'node:assert/strict';
import type { Ip } from '../../../../lib/base/address.ts';
import { micros, seconds } from '../../../../lib/base/time.ts';
import { type Hearing, type HearingEvent, hear, hearsAll, looksAtLink } from '../../../../lib/vrrp/core/hearing.ts';
import type { TroubleNews } from '../../../../lib/vrrp/core/troubles.ts';

const peer = '192.0.2.2' as Ip;
const settings = { interval: seconds(1), priority: 100, preempt: true };
const t = (at: number) => micros(at * 1e6);

function play(events: readonly HearingEvent[], s = settings): { hearing: Hearing; news: string[]; all: TroubleNews[] } {
  const all: TroubleNews[] = [];
  let hearing = hearsAll;
  for (const e of events) {
    const after = hear(hearing, s, e);
    hearing = after.hearing;
    all.push(...after.news);
  }
  return { hearing, all, news: all.map((n) => (n.over ? `${n.trouble.why} over: ${n.ending}` : n.trouble.why)) };
}
const active = (at: number, priority: number | null = 150): HearingEvent => ({
  kind: 'became_active',
  at: t(at),
  lost: priority === null ? null : { address: peer, priority, lastAt: t(at - 3) },
});
const looked = (at: number, more: Partial<Extract<HearingEvent, { kind: 'looked' }>> = {}): HearingEvent => ({
  ...{ kind: 'looked', at: t(at), heardAt: t(0), linkUp: true, member: true },
  ...more,
});
const arrived = (at: number): HearingEvent => ({ kind: 'arrived', at: t(at), source: peer, mac: '02:00:00:00:00:02', priority: 150 });
const heard = (at: number): HearingEvent => ({ kind: 'heard', at: t(at), source: peer });

describe('deafness', () => {
  it('a router that never had a peer hears all there is, for ever', () => {
    const looks = Array.from({ length: 100 }, (_, n) => looked(20 + 10 * n));
    assert.deepEqual(play([active(10, null), ...looks]).news, []);
  });

  it('a better router that fell silent is missed, and heard again', () => {
    const { news, all } = play([active(10), looked(12), looked(14), looked(16), heard(20), looked(22)]);
    assert.deepEqual(news, ['peer_silent', 'peer_silent over: heard']);
    assert.equal(all[0]?.trouble.address, peer);
    assert.equal(all[0]?.trouble.since, 7e6);
  });

  it('nobody is missed who is worse, who may wait as a backup, or while the link is down', () => {
    assert.deepEqual(play([active(10, 90), looked(20)]).news, []);
    assert.deepEqual(play([active(10), looked(20)], { ...settings, preempt: false }).news, []);
    assert.deepEqual(play([active(10), looked(20, { linkUp: false })]).news, []);
    assert.deepEqual(play([active(10), heard(11), looked(20)]).news, []);
  });

  it('adverts that arrive and do not reach the socket are told, instead of a silent peer', () => {
    const { news, all } = play([active(10), arrived(11), arrived(12), looked(12), arrived(13), looked(14), looked(16)]);
    assert.deepEqual(news, ['dropped_here']);
    assert.equal(all[0]?.trouble.mac, '02:00:00:00:00:02');
    // Without anybody known before, too: the other was there when we came.
    assert.deepEqual(play([active(10, null), arrived(11), arrived(12), arrived(13), looked(14)]).news, ['dropped_here']);
  });

  it('what is heard as well is not dropped', () => {
    assert.deepEqual(play([active(10, null), arrived(11), arrived(12), arrived(13), looked(14, { heardAt: t(12) })]).news, []);
    assert.deepEqual(
      play([active(10, null), arrived(11), arrived(12), heard(12.5), arrived(13), looked(14, { heardAt: t(12.5) })]).news,
      [],
    );
    // A backup hears who is Active; what is seen beside that says nothing.
    assert.deepEqual(play([arrived(1), arrived(2), arrived(3), looked(4)]).news, []);
  });

  it('the end of dropping: received, gone from the link, or another state', () => {
    const dropped = [active(10, null), arrived(11), arrived(12), arrived(13), looked(14)];
    assert.deepEqual(play([...dropped, heard(15)]).news.at(-1), 'dropped_here over: heard');
    assert.deepEqual(play([...dropped, looked(16, { heardAt: t(15) })]).news.at(-1), 'dropped_here over: heard');
    assert.deepEqual(play([...dropped, looked(16), looked(22)]).news.at(-1), 'dropped_here over: arrives_no_more');
    assert.deepEqual(play([...dropped, { kind: 'left', at: t(15) }]).news.at(-1), 'dropped_here over: left');
  });

  it('a lost membership, seen twice, in any state', () => {
    assert.deepEqual(play([looked(1, { member: false }), looked(3)]).news, []);
    const lost = [looked(1, { member: false }), looked(3, { member: false }), looked(5, { member: false })];
    assert.deepEqual(play([...lost, looked(7)]).news, ['not_a_member', 'not_a_member over: member']);
    assert.deepEqual(play([...lost, looked(7, { member: null })]).news, ['not_a_member']);
  });

  it('the link is looked at after a takeover, and now and then while somebody is missed', () => {
    const looks = (events: readonly HearingEvent[], at: number) => looksAtLink(play(events).hearing, settings, t(at));
    assert.equal(looks([], 1), false);
    assert.equal(looks([active(10, null)], 12), true);
    assert.equal(looks([active(10, null)], 20), false);
    assert.equal(looks([active(10)], 20), false);
    assert.equal(looks([active(10)], 71), true);
    assert.equal(looks([active(10, null), arrived(11), arrived(12), arrived(13), looked(14)], 40), true);
  });
});
