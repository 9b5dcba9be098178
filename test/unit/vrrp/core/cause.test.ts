// SPDX-License-Identifier: MIT
// Causes that no wire brings about quickly, and what speaks for them; the others: test/topo/causes.test.ts.

import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import { micros, seconds } from '../../../../lib/base/time.ts';
import { causeLine } from '../../../../lib/vrrp/cause-text.ts';
import { type CauseName, classify, type Witness } from '../../../../lib/vrrp/core/cause.ts';
import type { VrrpEvent } from '../../../../lib/vrrp/core/events.ts';
import { initial } from '../../../../lib/vrrp/core/instance.ts';
import type { FaultReason, Instance, Settings, State } from '../../../../lib/vrrp/core/types.ts';
import { testSettings } from '../../../support/fake-machine.ts';

const s: Settings = testSettings({ priority: 100 });
const peer = ip('192.0.2.2');
const at = seconds(100);
const expired: VrrpEvent = { kind: 'expired', at, generation: 1 };
const blank: Witness = {
  lastAdvert: null,
  drops: 0,
  refused: null,
  late: micros(0),
  link: 'up',
  trackers: [],
  occasion: null,
  by: null,
  operated: null,
  follows: null,
  former: { at: seconds(10), cause: 'rival' },
};
const ada = { operation: 'failover', uid: 1000, pid: 7, user: 'ada' };
const heard = (ago: number, priority: number) => ({ at: micros(at - ago * 1e6), source: peer, priority });
const be = (state: State, changes: Partial<Instance> = {}): Instance => ({ ...initial(s), started: true, state, ...changes });

function named(before: Instance, after: Instance, e: VrrpEvent | null, witness: Partial<Witness> = {}, of = s): CauseName {
  return classify(before, after, of, e, { ...blank, ...witness }).cause;
}

describe('the cause of a takeover', () => {
  const takeover = (witness: Partial<Witness>) => named(be('backup'), be('active'), expired, witness);

  const cases: readonly (readonly [CauseName, string, Partial<Witness>])[] = [
    ['peer_silent', 'nothing for a down interval', { lastAdvert: heard(3.6, 150) }],
    ['peer_resigned', 'the last word was priority 0', { lastAdvert: heard(0.6, 0) }],
    ['peer_resigned', 'even when we noticed late', { lastAdvert: heard(0.6, 0), late: seconds(5) }],
    ['preempt', 'a lower one still talks', { lastAdvert: heard(0.4, 50) }],
    ['peer_silent', 'a lower one has gone', { lastAdvert: heard(3.6, 50) }],
    ['own_stall', 'the deadline was noticed more than an interval late', { lastAdvert: heard(3.6, 150), late: seconds(2) }],
    ['own_stall', 'which is why the socket overflowed', { lastAdvert: heard(3.6, 150), late: seconds(2), drops: 9 }],
    ['receive_drops', 'the socket had no room', { lastAdvert: heard(3.6, 150), drops: 3 }],
    [
      'adverts_refused',
      'it still talks and is not understood',
      { lastAdvert: heard(3.6, 150), refused: { count: 3, reason: 'auth_failure', source: peer, at: micros(at - 500_000) } },
    ],
    [
      'peer_silent',
      'somebody else is not understood',
      { lastAdvert: heard(3.6, 150), refused: { count: 3, reason: 'ttl', source: '192.0.2.9', at: micros(at - 500_000) } },
    ],
    [
      'peer_silent',
      'one bad packet long ago',
      { lastAdvert: heard(3.6, 150), refused: { count: 1, reason: 'checksum', source: peer, at: micros(at - 3_000_000) } },
    ],
    ['unopposed', 'what was heard was before it became Backup', { lastAdvert: heard(95, 150) }],
    ['unopposed', 'nobody was ever heard', {}],
    ['start', 'nobody is there at the start', { former: { at: seconds(96), cause: 'start' } }],
    ['reload', 'nobody is there when a reload adds it', { former: { at: seconds(96), cause: 'reload' } }],
    ['sync_group', 'it follows another member', { follows: { group: 'G', leader: 'VI_2', cause: 'peer_silent' } }],
  ];
  it('is the operator who made it better than the one that talks, and nobody else', () => {
    const operated = (otherwise: number) => ({ lastAdvert: heard(0.4, 50), operated: { otherwise, by: ada } });
    assert.equal(takeover(operated(1)), 'operator');
    assert.equal(takeover(operated(50)), 'operator');
    assert.equal(takeover(operated(51)), 'preempt');
    assert.equal(takeover({ ...operated(1), lastAdvert: heard(3.6, 50) }), 'peer_silent');
    const { evidence } = classify(be('backup'), be('active'), s, expired, { ...blank, ...operated(1) });
    assert.deepEqual([evidence.operation, evidence.operator, evidence.operatorUid, evidence.operatorPid], ['failover', 'ada', 1000, 7]);
  });
  for (const [cause, when, witness] of cases) it(`${cause}: ${when}`, () => assert.equal(takeover(witness), cause));
});

describe('the cause of giving up', () => {
  const advert = (priority: number): VrrpEvent => ({ kind: 'advert', at, source: peer, priority, interval: seconds(1) });
  const lost = (effectivePriority: number, witness: Partial<Witness>, heardPriority = 120) =>
    named(be('active', { effectivePriority }), be('backup', { effectivePriority }), advert(heardPriority), witness);
  const script = { kind: 'script', name: 'chk' } as const;

  it('is the rival that is better', () => assert.equal(lost(100, {}), 'rival'));
  it('is the tracker without which we would be better', () => {
    assert.equal(lost(40, { trackers: [{ ...script, adds: -60, best: 0 }] }, 90), 'script');
    assert.equal(lost(100, { trackers: [{ ...script, adds: 0, best: 50 }] }, 120), 'script');
    assert.equal(lost(40, { trackers: [{ kind: 'interface', name: 'eth1', adds: -60, best: 0 }] }, 90), 'link');
  });
  it('is the rival where that tracker would not have helped', () =>
    assert.equal(lost(40, { trackers: [{ ...script, adds: -60, best: 0 }] }, 120), 'rival'));
  it('is the operator who lowered it, also when the better router speaks later', () => {
    assert.equal(lost(1, { occasion: 'operator' }), 'operator');
    assert.equal(lost(1, { operated: { otherwise: 150, by: ada } }), 'operator');
    assert.equal(lost(1, { operated: { otherwise: 255, by: ada } }), 'operator');
  });
  it('is the rival that would have won without the operator too', () => {
    assert.equal(lost(1, { operated: { otherwise: 110, by: ada } }), 'rival');
    assert.equal(lost(110, { operated: { otherwise: 90, by: ada } }), 'rival');
  });
  it('is our own stall where we had to listen first', () =>
    assert.equal(named(be('active', { wokeLate: at }), be('backup'), advert(50)), 'own_stall'));
  it('is the lease', () => assert.equal(named(be('active'), be('initialize'), { kind: 'lease_lost', at }), 'lease_lost'));
  it('is the end, or the reload that took it away', () => {
    assert.equal(named(be('active'), be('initialize'), { kind: 'shutdown', at }), 'stop');
    assert.equal(named(be('active'), be('initialize'), { kind: 'shutdown', at }, { occasion: 'reload' }), 'reload');
  });
});

describe('the cause of a Fault', () => {
  const faults = (list: readonly FaultReason[], before: readonly FaultReason[] = []) =>
    classify(
      be('backup', { faults: before }),
      be('fault', { faults: list }),
      s,
      { kind: 'tracking', at, faults: list, trackingDelta: 0, waiting: false, source: null },
      blank,
    );

  it('is the new reason', () => {
    assert.equal(faults([{ kind: 'bfd', name: 'b' }]).cause, 'bfd');
    assert.equal(faults([{ kind: 'process', name: 'p' }]).cause, 'process');
    assert.equal(faults([{ kind: 'no_source_address', family: 6 }]).cause, 'address_lost');
    assert.deepEqual(faults([{ kind: 'socket', text: 'EMFILE' }]).evidence, { text: 'EMFILE', link: 'up' });
  });
  it('is the link before the addresses that went with it', () => {
    const both: FaultReason[] = [
      { kind: 'no_source_address', family: 6 },
      { kind: 'interface_down', name: 'eth0' },
    ];
    assert.deepEqual(faults(both).evidence, { name: 'eth0', link: 'up' });
  });
});

describe('the line that tells a cause', () => {
  it('has the evidence in words', () => {
    const { cause, evidence } = classify(be('backup'), be('active'), s, expired, { ...blank, lastAdvert: heard(3.609, 150), drops: 2 });
    const record = { at: 0, from: 'backup', to: 'active', priority: 100, cause, evidence } as const;
    assert.deepEqual(causeLine('VI_1', record), {
      text: '(VI_1) BACKUP to MASTER, cause receive_drops: last advert 3.609 s ago from 192.0.2.2, priority 150, the socket dropped 2 packets since then',
      detail: false,
    });
  });
  it('says who asked, by name where there is one', () => {
    const record = { at: 0, from: 'active', to: 'backup', priority: 1, cause: 'operator' } as const;
    const evidence = { operation: 'failover', operator: 'ada', operatorUid: 1000, operatorPid: 7 };
    assert.match(causeLine('VI_1', { ...record, evidence }).text, /cause operator: failover by ada \(uid 1000, pid 7\)$/);
    const { operator: _, ...nameless } = evidence;
    assert.match(causeLine('VI_1', { ...record, evidence: nameless }).text, /failover by uid 1000 \(pid 7\)$/);
    assert.match(causeLine('VI_1', { ...record, evidence: { operation: 'snmp' } }).text, /cause operator: snmp$/);
  });
  it('needs no words for a stop, and is a detail then', () => {
    const record = { at: 0, from: 'active', to: 'initialize', priority: 100, cause: 'stop', evidence: {} } as const;
    assert.deepEqual(causeLine('VI_1', record), { text: '(VI_1) MASTER to INIT, cause stop', detail: true });
  });
});
