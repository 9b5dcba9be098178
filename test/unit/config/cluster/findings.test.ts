// SPDX-License-Identifier: MIT
// One deliberately broken pair for every rule, and its sound neighbour.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { clusterCodes } from '../../../../lib/config/cluster/codes.ts';
import type { ClusterReport } from '../../../../lib/config/cluster/types.ts';
import { clusterOf, codes, finding, node, outcome, router, script, tracking } from './support.ts';

const master = 'state MASTER;priority 110';
const backup = 'state BACKUP;priority 100';
const unicast = (own: string, ...peers: readonly string[]) => `unicast_src_ip ${own};unicast_peer {;${peers.join(';')};}`;
const pass = (word: string, type = 'PASS') => `authentication {;auth_type ${type};auth_pass ${word};}`;
const hmac = (letter: string, mode = 'enforce') => `auth_hmac {;key 1 "${letter.repeat(32)}";active_key 1;mode ${mode};}`;
const pair = (a: string, b = a) => clusterOf(node(`${master};${a}`), node(`${backup};${b}`));

/** Code → a cluster that shows it. Every code of the rules must be here. */
const broken: Readonly<Record<string, () => ClusterReport>> = {
  'cluster-unusable': () => clusterOf(node(master), 'vrrp_instance VI_1 {\n interface eth0\n}\n'),
  'cluster-vrid': () => clusterOf(node(master), node(backup, { vrid: 52 })),
  'cluster-family': () => clusterOf(node(master), node(backup, { vips: '2001:db8::9' })),
  'cluster-version': () => pair('version 2', 'version 3'),
  'cluster-interval': () => pair('advert_int 1', 'advert_int 2'),
  'cluster-interval-v3': () => pair('version 3;advert_int 1', 'version 3;advert_int 0.5'),
  'cluster-auth-type': () => pair(pass('geheim'), ''),
  'cluster-password': () => pair(pass('geheim1'), pass('geheim2')),
  'cluster-cast': () => pair(unicast('10.0.0.1', '10.0.0.2'), ''),
  'cluster-group': () => pair('mcast_dst_ip 224.0.0.18', 'mcast_dst_ip 224.0.0.19'),
  'cluster-down-timer': () => pair('down_timer_adverts 3', 'down_timer_adverts 5'),
  'cluster-excluded': () => pair('virtual_ipaddress_excluded {;10.1.0.1;}', 'virtual_ipaddress_excluded {;10.1.0.2;}'),
  'cluster-addresses': () => clusterOf(node(master, { vips: '10.0.0.9 10.0.0.8' }), node(backup)),
  'cluster-address-order': () => clusterOf(node(master, { vips: '10.0.0.9 10.0.0.8' }), node(backup, { vips: '10.0.0.8 10.0.0.9' })),
  'cluster-prefix-length': () => clusterOf(node(master, { vips: '10.0.0.9/24' }), node(backup)),
  'cluster-checksum': () => pair('version 3;v3_checksum_as_v2 on', 'version 3'),
  'cluster-hmac': () => pair(hmac('a'), hmac('b')),
  'cluster-source': () => pair('mcast_src_ip 10.0.0.1'),
  'cluster-peer-self': () => pair(unicast('10.0.0.1', '10.0.0.1', '10.0.0.2'), unicast('10.0.0.2', '10.0.0.1')),
  'cluster-peer-missing': () => pair(unicast('10.0.0.1', '10.0.0.3'), unicast('10.0.0.2', '10.0.0.1')),
  'cluster-peer-unknown': () => pair(unicast('10.0.0.1', '10.0.0.2', '10.0.0.3'), unicast('10.0.0.2', '10.0.0.1')),
  'cluster-peer-refused': () => pair(unicast('10.0.0.1', '10.0.0.2'), `${unicast('10.0.0.2', '10.0.0.3')};check_unicast_src`),
  'cluster-peer-ttl': () =>
    pair(`${unicast('10.0.0.1', '10.0.0.2')};unicast_ttl 64`, `${unicast('10.0.0.2', '10.0.0.1 min_ttl 255 max_ttl 255')}`),
  'cluster-missing': () => clusterOf(node(master) + node(master, { name: 'VI_2', vrid: 52, vips: '10.0.0.8' }), node(backup)),
  'cluster-vrid-reused': () => clusterOf(node(master), node(backup, { name: 'WEB', vips: '10.0.0.8' })),
  'cluster-address-elsewhere': () =>
    clusterOf(
      node(master, { vips: '10.0.0.9 10.0.0.8' }) + node(master, { name: 'VI_2', vrid: 52, vips: '10.0.0.7' }),
      node(backup) + node(backup, { name: 'VI_2', vrid: 52, vips: '10.0.0.7 10.0.0.8' }),
    ),
  'cluster-sync-group': () => {
    const two = (lines: string) => node(lines) + node(lines, { name: 'VI_2', vrid: 52, vips: '10.0.0.8' });
    const group = 'vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n';
    return clusterOf(two(master) + group, two(backup));
  },
  'cluster-not-counted': () => clusterOf(node(`${master};track_file {;f;}`, { before: 'track_file f {\n file /run/f\n}\n' }), node(backup)),
  'cluster-owners': () => pair('priority 255'),
  'cluster-same-priority': () => pair('priority 100;state BACKUP'),
  'cluster-equal': () => clusterOf(node(`priority 100;${tracking('a')}`, { before: script('a', 2) }), node('priority 102')),
  'cluster-masters': () => pair('', 'state MASTER'),
  'cluster-state': () => pair('', 'priority 120'),
  'cluster-nopreempt-cleared': () => pair('nopreempt', ''),
  'cluster-one-way': () => pair('state BACKUP;nopreempt'),
  'cluster-nopreempt-blocks': () => weighted('', 'nopreempt', -20),
  'cluster-check-tie': () => weighted('', '', -10),
  'cluster-check-inert': () => weighted('', '', -9),
  'cluster-check-weak': () => {
    const before = script('a', -6) + script('b', -6);
    return clusterOf(node(`${master};${tracking('a', 'b')}`, { before }), node(`${backup};${tracking('a', 'b')}`, { before }));
  },
  'cluster-check-attracts': () =>
    clusterOf(node(master), node(`${backup};${tracking('a weight -20 reverse')}`, { before: script('a', -20) })),
  'cluster-broken-holder': () => {
    const three = [110, 100, 85].map((p) => node(`state BACKUP;priority ${p};${tracking('a')}`, { before: script('a', -20) }));
    return clusterOf(...three);
  },
  'cluster-weight-differs': () =>
    clusterOf(
      node(`${master};${tracking('a')}`, { before: script('a', 20) }),
      node(`${backup};${tracking('a')}`, { before: script('a', -20) }),
    ),
  'cluster-check-missing': () => clusterOf(node(`${master};${tracking('a')}`, { before: script('a', -20) }), node(backup)),
  'cluster-clamped': () => weighted('priority 250', 'priority 240', 20),
  'cluster-nobody': () => weighted('', '', 0),
  'cluster-still-held': () => weighted('', '', 20),
};

/** Both nodes track `a` with this weight; priorities 110 and 100. */
function weighted(one: string, other: string, weight: number): ClusterReport {
  const before = script('a', weight);
  return clusterOf(node(`${master};${tracking('a')};${one}`, { before }), node(`${backup};${tracking('a')};${other}`, { before }));
}

describe('findings of the cluster check', () => {
  for (const [code, cluster] of Object.entries(broken)) {
    it(`[${code}] is found, with a place in a file, its effect and what to do`, () => {
      const report = cluster();
      const all = report.findings.filter((f) => f.code === code);
      assert.ok(all.length > 0, `only ${codes(report).join(', ')}`);
      for (const f of all) assert.ok(f.places.length > 0 && f.effect !== '' && f.advice !== '');
      for (const p of all.flatMap((f) => f.places)) assert.ok(/^lb\d\.conf$/.test(p.file) && p.line >= 1, JSON.stringify(p));
    });
  }

  it('has a broken pair for every code of the rules', () => {
    const folder = new URL('../../../../lib/config/cluster/', import.meta.url);
    const text = readdirSync(folder)
      .filter((name) => name !== 'codes.ts')
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join('');
    const written = new Set([...text.matchAll(/'(cluster-[a-z0-9-]+)'/g)].map((m) => m[1] ?? ''));
    assert.deepEqual([...written].sort(), Object.keys(broken).sort());
    assert.deepEqual(Object.keys(clusterCodes).sort(), [...written].sort(), 'lib/config/cluster/codes.ts');
  });

  it('says nothing about a sound pair with checks on both sides', () => {
    assert.deepEqual(codes(weighted('', '', 20)), ['cluster-still-held']);
    assert.deepEqual(codes(pair(pass('geheim'))), []);
    assert.deepEqual(codes(pair(unicast('10.0.0.1', '10.0.0.2'), unicast('10.0.0.2', '10.0.0.1'))), []);
  });

  it('knows which signatures are accepted: the same key, or a node that does not insist', () => {
    const found = (a: string, b: string) => codes(pair(a, b)).includes('cluster-hmac');
    assert.deepEqual([found(hmac('a'), hmac('a')), found(hmac('a'), hmac('b')), found(hmac('a'), '')], [false, true, true]);
    assert.deepEqual([found(hmac('a', 'receive-only'), ''), found(hmac('a', 'permissive'), hmac('a', 'receive-only'))], [false, false]);
    assert.equal(found(hmac('a', 'enforce'), hmac('a', 'receive-only')), true);
    assert.ok(!JSON.stringify(pair(hmac('a'), hmac('b'))).includes('aaaa'));
  });

  it('never prints a password', () => {
    const report = pair(pass('geheim1'), pass('geheim2'));
    assert.ok(!JSON.stringify(report).includes('geheim'));
    assert.deepEqual(
      finding(report, 'cluster-password').places.map((p) => p.line),
      [12, 12],
    );
  });

  it('points at the line of the setting on each node, or at the instance where it is not written', () => {
    const found = finding(pair('advert_int 2', ''), 'cluster-interval');
    assert.deepEqual(
      found.places.map((p) => [p.node, p.line, p.value]),
      [
        ['lb1', 10, 'advert_int 2 s'],
        ['lb2', 2, 'advert_int 1 s'],
      ],
    );
  });

  it('knows that routers which do not hear each other both hold the addresses', () => {
    const report = clusterOf(node(master), node(backup, { vrid: 52 }));
    const all = outcome(report);
    assert.deepEqual([all.holders, all.why], [['lb1', 'lb2'], 'split']);
  });

  it('finds instances that belong together by their addresses when names differ, and by names when addresses do', () => {
    const byAddress = clusterOf(node(master, { name: 'A' }), node(backup, { name: 'B' }));
    assert.deepEqual(
      router(byAddress).members.map((m) => m.instance),
      ['A', 'B'],
    );
    const swapped = clusterOf(
      node(master) + node(master, { name: 'VI_2', vrid: 52, vips: '10.0.0.8' }),
      node(backup, { name: 'VI_2' }) + node(backup, { name: 'VI_1', vrid: 52, vips: '10.0.0.8' }),
    );
    assert.deepEqual(codes(swapped), []);
  });

  it('says which address decides a tie when the files tell it', () => {
    const report = pair('priority 100;state BACKUP;mcast_src_ip 10.0.0.1', 'priority 100;state BACKUP;mcast_src_ip 10.0.0.2');
    assert.match(finding(report, 'cluster-same-priority').effect, /lb2 wins by its higher address 10\.0\.0\.2/);
    assert.deepEqual([outcome(report).holders, outcome(report).why], [['lb2'], 'address']);
  });

  it('counts fall and the interval for a script, and its timeout when it hangs', () => {
    const before = script('a', -20, 'interval 3;fall 2;timeout 4');
    const report = clusterOf(node(`${master};${tracking('a')}`, { before }), node(`${backup};${tracking('a')}`, { before }));
    const [check] = router(report).checks;
    // Hanging: 3 s to the next run, one more run 6 s later (the run at 3 s is skipped), and 4 s until that one is given up.
    assert.deepEqual(check?.detection, { failing: 6_000_000, hanging: 13_000_000, how: 'every 3 s, fall 2' });
    assert.deepEqual(outcome(report, 'lb1: a').takes, { detection: 6_000_000, takeover: 3_609_375 });
  });

  it('waits only the skew when weight 0 sends the holder to FAULT', () => {
    const failed = outcome(weighted('', '', 0), 'lb1: a');
    assert.deepEqual([failed.holders, failed.takes?.takeover], [['lb2'], 609_375]);
    const both = outcome(weighted('', '', 0), 'lb1: a', 'lb2: a');
    assert.deepEqual([both.holders, both.why, both.takes], [[], 'nobody', null]);
  });

  it('adds a preempt delay to the takeover', () => {
    const failed = outcome(weighted('', 'preempt_delay 30', -20), 'lb1: a');
    // The first lower advert within an interval, 30 s, and a whole down interval.
    assert.deepEqual([failed.holders, failed.takes?.takeover], [['lb2'], 1_000_000 + 30_000_000 + 3_609_375]);
  });

  it('gives advice that does what it says', () => {
    const advised = finding(weighted('', '', 5), 'cluster-check-inert').advice;
    assert.equal(
      advised,
      'give a weight 11 or more on every node, or weight -11 or lower on every node, or weight 0, which sends lb1 to FAULT',
    );
    for (const good of [11, -11, 0]) assert.deepEqual(outcome(weighted('', '', good), 'lb1: a').holders, ['lb2'], String(good));
    for (const bad of [10, -10]) assert.deepEqual(outcome(weighted('', '', bad), 'lb1: a').holders, ['lb1'], String(bad));
  });

  it('shows the sums of a check that cannot move anything', () => {
    const found = finding(weighted('', '', 5), 'cluster-check-inert');
    assert.equal(found.effect, 'lb1 has 110 + 5 = 115 while it succeeds and 110 when it fails; lb2 has 100 + 5 = 105');
  });

  it('leaves out a file that is refused, and says so', () => {
    const report = clusterOf(node(master), 'vrrp_instance VI_1 {\n interface eth0\n}\n', node(backup));
    assert.deepEqual(
      report.nodes.map((n) => n.usable),
      [true, false, true],
    );
    assert.deepEqual(
      router(report).members.map((m) => m.node),
      ['lb1', 'lb3'],
    );
  });
});

describe('the cluster check of processes', () => {
  it('counts their weights as it does those of scripts', () => {
    const before = 'vrrp_track_process httpd {\n process httpd\n weight 2\n terminate_delay 3\n}\n';
    const follows = (lines: string) => node(`${lines};track_process {;httpd;}`, { before });
    const report = clusterOf(follows(master), follows(backup));
    assert.ok(
      report.findings.some((f) => f.code === 'cluster-check-inert' && f.message.includes('httpd')),
      JSON.stringify(report.findings),
    );
    assert.deepEqual(
      report.routers[0]?.checks.map((c) => [c.kind, c.weight, c.detection]),
      [1, 2].map(() => ['process', 2, { failing: 3_000_000, hanging: null, how: 'after 3 s' }]),
    );
  });
});

describe('the cluster check of files and BFD sessions', () => {
  const objects = 'track_file drain {\n file /run/drain\n}\nbfd_instance uplink {\n neighbor_ip 192.0.2.1\n min_rx 20\n multiplier 4\n}\n';
  const checks = (own: string) => {
    const follows = (lines: string) => node(`${lines};${own}`, { before: objects });
    return clusterOf(follows(master), follows(backup));
  };

  it('counts a file that lowers the priority, by the value 1, and one that is a fault; not one that raises it', () => {
    const kinds = (weight: string) =>
      checks(`track_file {;drain weight ${weight};}`).routers[0]?.checks.map((c) => [c.kind, c.weight, c.detection.how]);
    assert.deepEqual(kinds('-7')?.[0], ['file', -7, 'when written']);
    assert.deepEqual(kinds('7 reverse')?.[0], ['file', -7, 'when written']);
    assert.deepEqual(kinds('0')?.[0], ['file', 0, 'when written']);
    assert.deepEqual(kinds('7'), []);
  });

  it('counts a session, which fails after its detection time', () => {
    const report = checks('track_bfd {;uplink weight 2;}');
    assert.deepEqual(
      report.routers[0]?.checks.map((c) => [c.kind, c.weight, c.detection]),
      [1, 2].map(() => ['bfd', 2, { failing: 80_000, hanging: null, how: 'after 0.08 s' }]),
    );
    assert.ok(report.findings.some((f) => f.code === 'cluster-check-inert' && f.message.includes('uplink')));
  });
});
