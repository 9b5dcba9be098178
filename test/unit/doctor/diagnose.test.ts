// SPDX-License-Identifier: MIT
// Findings from facts: what each piece of evidence leads to, and that a healthy machine leads to nothing.

import assert from 'node:assert/strict';
import { createPaint } from '../../../lib/base/paint.ts';
import { micros } from '../../../lib/base/time.ts';
import { diagnose } from '../../../lib/doctor/core/diagnose.ts';
import type { Facts, HeardFacts, InstanceFacts, LinkFacts } from '../../../lib/doctor/core/facts.ts';
import { reportText } from '../../../lib/doctor/core/report.ts';

const link: LinkFacts = {
  name: 'eth0',
  up: true,
  carrier: true,
  multicast: true,
  mtu: 1500,
  master: null,
  bridge: null,
  mac: '02:00:00:00:00:01',
  addresses: [{ address: '192.0.2.1', prefixLength: 24, usable: true }],
};
const active: InstanceFacts = {
  name: 'VI_1',
  version: 3,
  family: 4,
  vrid: 51,
  priority: 150,
  interval: micros(1e6),
  protocol: 112,
  interface: 'eth0',
  vmac: null,
  link,
  peers: [],
  group: '224.0.0.18',
  source: '192.0.2.1',
  addresses: ['192.0.2.100'],
  held: ['192.0.2.100'],
  member: true,
  advertSize: 32,
  heard: [],
  sent: [{ source: '192.0.2.1', priority: 150, count: 4 }],
  delivered: 0,
  unreachable: [],
  answers: [],
  rpFilter: 0,
  reversePathDrops: 0,
  lost: 0,
};
const other: HeardFacts = {
  source: '192.0.2.2',
  mac: '02:00:00:00:00:02',
  vrid: 51,
  version: 3,
  priority: 100,
  interval: micros(1e6),
  ttl: 255,
  multicast: true,
  addresses: ['192.0.2.100'],
  count: 4,
  longestGap: micros(1e6),
  refused: [],
  addressMismatch: false,
  intervalMismatch: false,
  routeBack: 'eth0',
};
const backup: InstanceFacts = { ...active, held: [], sent: [], delivered: 4, heard: [{ ...other, priority: 200 }] };
const peer = { address: '192.0.2.2', route: 'eth0', neighbour: 'REACHABLE' };

function facts(instance: InstanceFacts, more: Partial<Facts> = {}): Facts {
  const daemon = { state: 'running', pid: 7, pidFile: '/run/keepalived.pid' } as const;
  return { daemon, instances: [instance], chains: [], filterUnread: null, listened: micros(4e6), ...more };
}

const codes = (instance: InstanceFacts, more: Partial<Facts> = {}) =>
  diagnose(facts(instance, more))
    .filter((f) => f.severity !== 'note')
    .map((f) => f.code);
const refused = (reason: string, received = 1, expected = 0) => ({
  ...backup,
  heard: [{ ...other, refused: [{ reason, count: 4, received, expected }] }],
});

describe('diagnose', () => {
  it('has nothing to say of an Active router that is alone, a Backup that hears it, and unicast peers', () => {
    assert.deepEqual(codes(active), []);
    assert.deepEqual(codes(backup), []);
    assert.deepEqual(codes({ ...active, peers: [peer], member: null }), []);
    assert.deepEqual(codes({ ...backup, peers: [peer], member: null, heard: [{ ...other, multicast: false }] }), []);
  });

  const cases: readonly (readonly [string, InstanceFacts, Partial<Facts>?])[] = [
    ['interface_missing', { ...active, link: null }],
    ['interface_down', { ...active, link: { ...link, up: false } }],
    ['no_carrier', { ...active, link: { ...link, carrier: false } }],
    ['no_address', { ...active, source: null, link: { ...link, addresses: [] } }],
    [
      'address_unusable',
      { ...active, source: null, link: { ...link, addresses: [{ address: 'fe80::1', prefixLength: 64, usable: false }] } },
    ],
    ['multicast_off', { ...active, link: { ...link, multicast: false } }],
    ['bridge_port', { ...active, link: { ...link, master: { name: 'br0', kind: 'bridge' } } }],
    ['not_a_member', { ...active, member: false }],
    ['mtu', { ...active, advertSize: 1700 }],
    ['vmac_missing', { ...active, vmac: { name: 'vrrp.51', mac: '00:00:5e:00:01:33', exists: false, rpFilter: null } }],
    ['vmac_reverse_path', { ...active, vmac: { name: 'vrrp.51', mac: '00:00:5e:00:01:33', exists: true, rpFilter: 1 } }],
    ['peer_deaf', { ...active, heard: [other], delivered: 4 }],
    ['deaf', { ...active, heard: [{ ...other, priority: 200 }], delivered: 4 }],
    ['lost_inside', { ...active, heard: [{ ...other, priority: 200 }], delivered: 0 }],
    ['reverse_path', { ...active, heard: [{ ...other, routeBack: 'eth1' }], rpFilter: 1, reversePathDrops: 4 }],
    ['subnet', { ...backup, heard: [{ ...other, source: '198.51.100.2' }] }],
    ['two_owners', { ...active, priority: 255, delivered: 4, heard: [{ ...other, priority: 255 }] }],
    ['duplicate_address', { ...active, heard: [{ ...other, source: '192.0.2.1' }], delivered: 4 }],
    ['stranger', { ...backup, heard: [{ ...other, addresses: ['192.0.2.7'] }] }],
    ['vrid_mismatch', { ...active, heard: [{ ...other, vrid: 52 }] }],
    ['address_list', { ...backup, heard: [{ ...other, addressMismatch: true }] }],
    ['interval', { ...backup, heard: [{ ...other, intervalMismatch: true, interval: micros(5e5) }] }],
    ['gaps', { ...backup, heard: [{ ...other, priority: 200, longestGap: micros(3e6) }] }],
    ['network_drops', { ...active, answers: [{ address: '192.0.2.100', mac: '02:00:00:00:00:02' }] }],
    ['snooping', { ...active, group: '239.1.1.1', link: { ...link, bridge: { snooping: true, querier: false } } }],
    ['no_route', { ...active, peers: [{ ...peer, route: null }] }],
    ['peer_unresolved', { ...active, peers: [{ ...peer, neighbour: 'FAILED' }] }],
    ['unreachable', { ...active, peers: [peer], unreachable: [{ from: '192.0.2.2', destination: '192.0.2.2', code: 13, count: 3 }] }],
    ['silent_active', { ...active, sent: [] }],
    ['address_left', { ...active, sent: [], heard: [{ ...other, priority: 200 }], delivered: 4 }],
    ['nobody_active', { ...active, sent: [], held: [] }],
    ['checksum', refused('checksum')],
    ['authentication', refused('auth_failure')],
    ['version', refused('version', 2, 3)],
    ['ttl', refused('ttl', 64, 255)],
    ['interval', refused('interval', 2, 1)],
    ['cast_kind', refused('cast_kind')],
    ['not_a_peer', refused('unicast_source')],
    ['clock', refused('auth_ext_stale', 40, 30)],
    ['length', refused('length', 24, 20)],
    ['daemon_absent', active, { daemon: { state: 'absent', pid: null, pidFile: '/run/keepalived.pid' } }],
    ['daemon_stopped', { ...active, sent: [] }, { daemon: { state: 'stopped', pid: 7, pidFile: '/run/keepalived.pid' } }],
  ];
  for (const [code, instance, more] of cases)
    it(`names ${code}${more || instance.heard[0]?.refused[0] === undefined ? '' : ` for a refusal: ${instance.heard[0].refused[0].reason}`}`, () => {
      assert.deepEqual([...new Set(codes(instance, more))], [code]);
    });

  it('believes what passed more than what a rule says', () => {
    const chain = {
      family: 'inet',
      table: 't',
      name: 'c',
      hook: 'input',
      priority: 0,
      device: null,
      policy: 'drop',
      rules: [],
      tool: 'nft',
    };
    const chains = [chain] as Facts['chains'];
    assert.deepEqual(codes(backup, { chains }), []);
    assert.deepEqual(codes({ ...backup, delivered: 0 }, { chains }), ['firewall_in']);
    const out = [{ ...chain, hook: 'output' }] as Facts['chains'];
    assert.deepEqual(codes(active, { chains: out }), []);
    assert.deepEqual(codes({ ...active, sent: [] }, { chains: out }), ['firewall_out']);
  });

  it('reports evidence, meaning and remedy, problems first', () => {
    const all = facts({ ...active, heard: [{ ...other, addressMismatch: true }], delivered: 4 });
    const text = reportText(diagnose(all), all, createPaint(false));
    assert.match(
      text,
      /^PROBLEM \(VI_1\) peer_deaf\n {2}seen {3}our adverts .*\n {2}means {2}.*\n {2}mend {3}run ka-ts doctor on 192\.0\.2\.2\n/,
    );
    assert.match(text, /WARNING \(VI_1\) address_list/);
    assert.match(text, /\n1 problem, 1 warning \(listened 4\.0 s on 1 instance\)\n$/);
  });
});
