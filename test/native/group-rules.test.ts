// SPDX-License-Identifier: MIT
// nftables_ipvs with nft and the kernel of this machine: the rules are taken, mark what they should, and go.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createGroupRules } from '../../lib/check/shell/group-rules.ts';
import { createTools } from '../../lib/kernel/tools.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { load } from '../unit/config/load.ts';

describe('rules that mark groups', () => {
  const name = `ka${process.pid}-marks`;
  const inside = (...words: string[]) => execFileSync('ip', ['netns', 'exec', name, ...words], { encoding: 'utf8' });
  before(() => {
    execFileSync('ip', ['netns', 'add', name]);
    inside('ip', 'link', 'set', 'lo', 'up');
    for (const address of ['10.0.0.1/32', '10.0.0.3/32', '2001:db8::2/128']) inside('ip', 'addr', 'add', address, 'dev', 'lo', 'nodad');
  });
  after(() => execFileSync('ip', ['netns', 'delete', name]));

  it('are written, mark packets to the addresses and ports, and are taken away', async () => {
    const user = (group: string, protocol: string, server: string) =>
      `virtual_server group ${group} {\nprotocol ${protocol}\nlvs_sched rr\nlvs_method NAT\nreal_server ${server} 80 {\n}\n}\n`;
    const groups = 'virtual_server_group G {\n10.0.0.1 80\n10.0.0.2-4 81\n}\nvirtual_server_group SIX {\n2001:db8::1-2 0\n}\n';
    const { config } = load(
      `net_namespace_ipvs ${name}\nglobal_defs {\nnftables_ipvs\n}\n${groups}${user('G', 'TCP', '10.0.1.1')}${user('G', 'UDP', '10.0.1.1')}${user('SIX', 'UDP', '2001:db8::9')}`,
    );
    assert.ok(config);
    const log = createMemoryLog();
    const rules = createGroupRules(createTools(), log);
    assert.deepEqual(Object.fromEntries(await rules.load(config)), { 'TCP G': 1000, 'UDP G': 1001, 'UDP SIX': 1002 });
    const send = (address: string, port: number) => inside('bash', '-c', `echo > /dev/udp/${address}/${port} || true`);
    for (const [address, port] of [
      ['10.0.0.1', 80],
      ['10.0.0.3', 81],
      ['10.0.0.3', 80],
      ['2001:db8::2', 5060],
    ] as const)
      send(address, port);
    const table = (family: string) => inside('nft', 'list', 'table', family, 'keepalived_ipvs');
    assert.match(table('ip'), /udp dport map @udp_map counter packets 2 /);
    assert.match(table('ip'), /type filter hook input priority -1|type filter hook input priority filter - 1/);
    assert.match(table('ip6'), /udp dport map @udp_map counter packets 1 /);
    await rules.stop();
    assert.equal(inside('nft', 'list', 'ruleset'), '');
    assert.deepEqual(log.lines, []);
  });
});
