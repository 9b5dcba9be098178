// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { started } from '../../../lib/check/core/service.ts';
import { allocateMarks, markRules, noMarks } from '../../../lib/check/shell/group-marks.ts';
import { startServiceTable } from '../../../lib/check/shell/ipvs.ts';
import type { Config } from '../../../lib/config/model.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeIpvs } from '../../support/fake-ipvs.ts';
import { createFakeNft } from '../../support/fake-nft.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { load } from '../config/load.ts';

const group = (name: string, ...entries: string[]) => `virtual_server_group ${name} {\n${entries.join('\n')}\n}\n`;
const user = (name: string, protocol: string, server = '10.0.1.1 8080') =>
  `virtual_server group ${name} {\nprotocol ${protocol}\nlvs_sched rr\nlvs_method NAT\nreal_server ${server} {\n}\n}\n`;
const globals = (more = '') => `global_defs {\nnftables_ipvs\n${more}\n}\n`;

function configOf(...text: string[]): Config {
  const { config } = load(text.join(''));
  assert.ok(config);
  return config;
}

const web = group('WEB', '10.0.0.1 80', '10.0.0.2-4 0');
const marksOf = (config: Config, before = noMarks) => Object.fromEntries(allocateMarks(config, before));

describe('marks of groups', () => {
  it('are one for each protocol, in the order of use, and none where a group has its own', () => {
    const own = group('OWN', '10.0.0.9 80', 'fwmark 7');
    const config = configOf(globals(), own, web, user('WEB', 'UDP'), user('OWN', 'TCP'), user('WEB', 'TCP'), user('WEB', 'UDP'));
    assert.deepEqual(marksOf(config), { 'UDP WEB': 1000, 'TCP WEB': 1001 });
    assert.deepEqual(marksOf(configOf(web, user('WEB', 'UDP'))), {});
  });

  it("stay over a reload, and are nobody else's", () => {
    const other = group('OTHER', '10.0.0.8 80');
    const before = allocateMarks(configOf(globals(), web, other, user('WEB', 'TCP'), user('OTHER', 'TCP')), noMarks);
    const mark = 'virtual_server fwmark 1000 {\nlvs_sched rr\nreal_server 10.0.1.1 80 {\n}\n}\n';
    const next = configOf(globals(), web, other, mark, user('WEB', 'SCTP'), user('OTHER', 'TCP'));
    assert.deepEqual(marksOf(next, before), { 'TCP OTHER': 1001, 'SCTP WEB': 1002 });
    assert.deepEqual(
      marksOf(configOf(globals('nftables_ipvs_start_fwmark 4294967295'), web, other, user('WEB', 'TCP'), user('OTHER', 'TCP'))),
      {
        'TCP WEB': 4294967295,
      },
    );
  });

  it('are set by a map of addresses and ports', () => {
    const six = group('SIX', '2001:db8::1-2 53');
    const config = configOf(globals('nftables_ipvs_priority -5'), web, six, user('WEB', 'TCP'), user('SIX', 'UDP', '2001:db8::9 53'));
    assert.equal(
      markRules(config, allocateMarks(config, noMarks)),
      `add table ip keepalived_ipvs
delete table ip keepalived_ipvs
table ip keepalived_ipvs {
  map tcp_map { type ipv4_addr . inet_service : mark; flags interval; elements = { 10.0.0.1 . 80 : 1000, 10.0.0.2-10.0.0.4 . 0-65535 : 1000 }
  }
  chain in {
    type filter hook input priority -5; policy accept;
    meta l4proto tcp meta mark set ip daddr . tcp dport map @tcp_map counter return
  }
}
add table ip6 keepalived_ipvs
delete table ip6 keepalived_ipvs
table ip6 keepalived_ipvs {
  map udp_map { type ipv6_addr . inet_service : mark; flags interval; elements = { 2001:db8::1-2001:db8::2 . 53 : 1001 }
  }
  chain in {
    type filter hook input priority -5; policy accept;
    meta l4proto udp meta mark set ip6 daddr . udp dport map @udp_map counter return
  }
}
`,
    );
  });
});

describe('a table with marks of groups', () => {
  async function start(config: Config, fault: string | null = null) {
    const [ipvs, nft, log] = [createFakeIpvs(), createFakeNft(), createMemoryLog()];
    nft.fault = fault;
    const context = { openIpvs: async () => ipvs, clock: createFakeClock(), log, tools: nft };
    const pools = (c: Config) => c.virtual_server.map((vs) => started(vs, false)[0]);
    const table = await startServiceTable(config, pools(config), context);
    return { ipvs, nft, log, table, load: (c: Config) => table.load(c, pools(c)) };
  }
  const config = configOf(globals(), web, user('WEB', 'TCP'));

  it('has one service for the group, behind rules that go with it', async () => {
    const { ipvs, nft, table, load } = await start(config);
    assert.deepEqual(ipvs.shown(), ['mark 1000 IPv4 rr', 'mark 1000 IPv4 -> 10.0.1.1:8080 w1']);
    await load(config);
    assert.equal(nft.runs.length, 1, 'nothing to change');
    await table.stop(false);
    assert.deepEqual(ipvs.shown(), []);
    assert.equal(nft.runs.at(-1)?.input.includes('table ip keepalived_ipvs {'), false);
    assert.match(nft.runs.at(-1)?.input ?? '', /delete table ip keepalived_ipvs/);
  });

  it('leaves the rules with the table', async () => {
    const { nft, table } = await start(config);
    await table.stop(true);
    assert.equal(nft.runs.length, 1);
  });

  it('is written where the services are', async () => {
    const { nft } = await start(configOf('net_namespace_ipvs lvs\n', globals(), web, user('WEB', 'TCP')));
    assert.equal(nft.runs[0]?.command, 'nsenter --net=/run/netns/lvs nft -f -');
  });

  it('falls back to a service for each address where there are no rules, and comes back', async () => {
    const { ipvs, nft, log, load } = await start(config, 'Error: Operation not supported\nmore');
    assert.equal(ipvs.shown().filter((l) => !l.includes('->')).length, 4);
    const line =
      'nftables_ipvs: table keepalived_ipvs could not be written (Error: Operation not supported): each address of a group is a service of its own';
    await load(config);
    assert.deepEqual(
      log.lines.filter((l) => l.startsWith('nftables')),
      [line],
    );
    nft.fault = null;
    await load(config);
    assert.deepEqual(ipvs.shown(), ['mark 1000 IPv4 rr', 'mark 1000 IPv4 -> 10.0.1.1:8080 w1']);
  });
});
