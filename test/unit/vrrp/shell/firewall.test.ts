// SPDX-License-Identifier: MIT
// What the firewall has to hold, in the words of nft and of iptables, and when a program runs.

import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import type { FirewallSettings } from '../../../../lib/config/model.ts';
import type { ToolResult, Tools } from '../../../../lib/ports/tools.ts';
import { createFirewall } from '../../../../lib/vrrp/shell/firewall.ts';
import { type FirewallPlan, firewallPlan, needsFirewall } from '../../../../lib/vrrp/shell/firewall-plan.ts';
import { type IptablesSettings, iptablesCommands, type SavedRules } from '../../../../lib/vrrp/shell/iptables-rules.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { nftCommands } from '../../../../lib/vrrp/shell/nft-rules.ts';
import { instance, virtualAddress } from '../../../support/configs.ts';
import { address, link } from '../../../support/fake-native.ts';
import { createMemoryLog } from '../../../support/memory-log.ts';
import { instance as read } from '../../config/load.ts';

const nothing: FirewallPlan = { drop4: [], drop6: [], dropLinkLocal: [], vmacs4: [], vmacs6: [], shared: [] };
const four: FirewallPlan = { ...nothing, drop4: [ip('192.0.2.1'), ip('192.0.2.2')] };
const vmac = { name: 'vrrp.51', ifindex: 7, base: 2 };
const settings = { table: 'keepalived', nftables_priority: -1, nftables_ifindex: false, nftables_counters: false, withoutIgmp: false };

describe('the plan of the firewall', () => {
  const view = createNetworkView();
  view.replace([link(2, 'eth0'), link(7, 'vrrp.51', { linkKind: 'macvlan', parentIndex: 2 })], [address(7, 'fe80::1', 64)]);

  it('drops for no_accept, but not for an owner', () => {
    const held = {
      virtual_ipaddress: [virtualAddress('192.0.2.1')],
      virtual_ipaddress_excluded: [virtualAddress('fe80::9'), virtualAddress('2001:db8::9')],
    };
    const plan = firewallPlan([instance({ ...held, accept: false })], view);
    assert.deepEqual([plan.drop4, plan.drop6], [['192.0.2.1'], ['2001:db8::9']]);
    assert.deepEqual(plan.dropLinkLocal, [{ ip: 'fe80::9', ifindex: 2, ifname: 'eth0' }]);
    assert.deepEqual(firewallPlan([instance({ ...held, accept: false, priority: 255 })], view), nothing);
    assert.equal(needsFirewall([instance(held)]), false);
  });

  it('holds virtual MACs that are there, for the families they carry', () => {
    assert.deepEqual(firewallPlan([read('use_vmac')], view), { ...nothing, vmacs4: [vmac] });
    const six = firewallPlan([read('use_vmac\nvirtual_ipaddress_excluded {\n2001:db8::1\n}')], view);
    assert.deepEqual([six.vmacs4, six.vmacs6], [[vmac], [vmac]]);
    assert.deepEqual(firewallPlan([read('use_vmac other')], view), nothing);
    assert.equal(needsFirewall([read('use_vmac other')]), true);
  });
});

describe('rules in the language of nft', () => {
  it('are written anew where the tables are unknown, and removed when nothing is left', () => {
    const text = nftCommands(four, null, settings);
    assert.match(text, /^add table ip keepalived\ndelete table ip keepalived\ntable ip keepalived \{/);
    assert.match(text, /elements = \{ 192\.0\.2\.1, 192\.0\.2\.2 \}/);
    assert.match(text, /add table ip6 keepalived\ndelete table ip6 keepalived\n$/);
    assert.equal(nftCommands(nothing, four, settings), 'add table ip keepalived\ndelete table ip keepalived\n');
  });

  it('change elements alone where the chains stay, so that counters go on', () => {
    const more = { ...four, drop4: [...four.drop4, ip('192.0.2.3')] };
    assert.equal(
      nftCommands(more, four, settings),
      'flush set ip keepalived vips\nadd element ip keepalived vips { 192.0.2.1, 192.0.2.2, 192.0.2.3 }\n',
    );
    assert.equal(nftCommands(four, four, settings), '');
    const moved = { ...nothing, vmacs4: [{ ...vmac, ifindex: 9 }] };
    assert.equal(
      nftCommands(moved, { ...nothing, vmacs4: [vmac] }, settings),
      'flush map ip keepalived vmac_map\nadd element ip keepalived vmac_map { 9 : 2 }\n',
    );
  });

  it('have no IGMP rule where the kernel itself is silent', () => {
    assert.equal(nftCommands({ ...nothing, vmacs4: [vmac] }, nothing, { ...settings, withoutIgmp: true }), '');
  });

  it('quote what is no plain word', () => {
    assert.match(nftCommands(four, null, { ...settings, table: 'my table"; flush ruleset' }), /table ip "my table; flush ruleset"/);
  });
});

describe('rules of iptables', () => {
  const chains: IptablesSettings = { input: 'INPUT', output: 'OUTPUT', sets: null, withoutIgmp: false };
  const restored = (...lines: string[]) => `iptables-restore --noflush --wait 5\n*filter\n${lines.join('\n')}\nCOMMIT\n`;
  const inputs = (before: FirewallPlan | SavedRules, plan: FirewallPlan, s = chains) =>
    iptablesCommands(plan, before, s).map((c) => `${c.program} ${c.args.join(' ')}\n${c.input}`);

  it('go in at the head, in order, and out again', () => {
    assert.deepEqual(inputs(nothing, { ...nothing, drop4: [ip('192.0.2.1')] }), [
      restored('-I OUTPUT -s 192.0.2.1/32 -j DROP', '-I INPUT -d 192.0.2.1/32 -j DROP'),
    ]);
    assert.deepEqual(inputs({ ...nothing, drop4: [ip('192.0.2.1')] }, nothing), [
      restored('-D INPUT -d 192.0.2.1/32 -j DROP', '-D OUTPUT -s 192.0.2.1/32 -j DROP'),
    ]);
    assert.deepEqual(inputs(four, four), []);
  });

  it('let neighbour discovery pass before addresses are dropped', () => {
    const [run] = inputs(nothing, { ...nothing, drop6: [ip('2001:db8::1')] });
    const lines = (run ?? '')
      .split('\n')
      .filter((l) => l.startsWith('-I INPUT'))
      .reverse();
    assert.deepEqual(
      lines.map((l) => l.slice(9)),
      [
        '-p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT',
        '-p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT',
        '-d 2001:db8::1/128 -j DROP',
      ],
    );
  });

  it('refer to sets, which come before them and go after them', () => {
    const sets = { address4: 's4', address6: 's6', linkLocal: 'l', igmp: 'i', mld: 'm', nd: 'n' };
    const runs = inputs(nothing, four, { ...chains, sets });
    assert.equal(runs[0], 'ipset -exist restore\ncreate s4 hash:ip family inet\nflush s4\nadd s4 192.0.2.1\nadd s4 192.0.2.2\n');
    assert.match(runs[1] ?? '', /-I INPUT -m set --match-set s4 dst -j DROP/);
    assert.equal(inputs(four, nothing, { ...chains, sets }).at(-1), 'ipset destroy s4\n');
  });

  it('stand once where an earlier run left some of them, and what others wrote stays', () => {
    const saved = {
      4: [
        '*filter',
        ':INPUT ACCEPT [0:0]',
        '-A INPUT -d 192.0.2.1/32 -j DROP',
        '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
        '-A INPUT -d 192.0.2.1/32 -j DROP',
        'COMMIT',
      ].join('\n'),
      6: '',
    };
    assert.deepEqual(inputs(saved, { ...nothing, drop4: [ip('192.0.2.1')] }), [
      restored(
        '-D INPUT -d 192.0.2.1/32 -j DROP',
        '-D INPUT -d 192.0.2.1/32 -j DROP',
        '-I OUTPUT -s 192.0.2.1/32 -j DROP',
        '-I INPUT -d 192.0.2.1/32 -j DROP',
      ),
    ]);
  });
});

describe('the writer of firewall rules', () => {
  const none: FirewallSettings = {
    nftables: null,
    nftables_priority: -1,
    nftables_ifindex: false,
    nftables_counters: false,
    vrrp_iptables: null,
    vrrp_ipsets: null,
  };
  const ended = (status = 0, errors = '', output = ''): ToolResult => ({ kind: 'ended', status, errors, output });

  function world(s: Partial<FirewallSettings>, answer: (program: string) => ToolResult = () => ended()) {
    const runs: string[] = [];
    const tools: Tools = {
      run: async (program, args, input) => {
        runs.push(`${program} ${args.join(' ')}: ${input.split('\n')[0]}`);
        return answer(program);
      },
    };
    const log = createMemoryLog();
    return { runs, lines: log.lines, firewall: createFirewall({ ...none, ...s }, false, tools, log) };
  }

  it('runs nothing where nothing is to be written', async () => {
    const { firewall, runs } = world({});
    firewall.apply(null);
    firewall.apply(nothing);
    await firewall.settled(1000);
    assert.deepEqual(runs, []);
  });

  it('runs one program at a time, and leaves out what was overtaken', async () => {
    const { firewall, runs, lines } = world({});
    firewall.apply(four);
    firewall.apply({ ...four, drop4: [ip('192.0.2.9')] });
    firewall.apply(null);
    await firewall.settled(1000);
    firewall.apply(four);
    firewall.apply(null);
    await firewall.settled(1000);
    assert.ok(runs.length <= 3, runs.join());
    assert.match(runs.at(-1) ?? '', /add table ip keepalived/);
    assert.deepEqual(lines, ['use_vmac or no_accept/strict specified, but no firewall configured - using nftables']);
  });

  it('says once why it cannot, and tries again when something changes', async () => {
    const { firewall, lines, runs } = world({ nftables: 't' }, () => ({ kind: 'not_started', text: 'nft is in none of /usr/sbin' }));
    firewall.apply(four);
    await firewall.settled(1000);
    firewall.apply(four);
    firewall.apply({ ...four, drop4: [ip('192.0.2.9')] });
    await firewall.settled(1000);
    assert.deepEqual(lines, ['WARNING: the firewall rules could not be written: nft is in none of /usr/sbin']);
    assert.equal(runs.length, 2);
  });

  it('takes nft where iptables is nft in disguise', async () => {
    const chains = { vrrp_iptables: { input: 'INPUT', output: 'OUTPUT' } };
    const { firewall, lines, runs } = world(chains, (program) => ended(0, '', program === 'iptables' ? 'iptables v1.8.9 (nf_tables)' : ''));
    firewall.apply(four);
    await firewall.settled(1000);
    assert.deepEqual(lines, ['Not using iptables since iptables uses nf_tables - please update configuration']);
    assert.match(runs[1] ?? '', /^nft -f -/);
    const legacy = world(chains, (program) => ended(0, '', program === 'iptables' ? 'iptables v1.8.9 (legacy)' : ''));
    legacy.firewall.apply(four);
    await legacy.firewall.settled(1000);
    assert.match(legacy.runs[1] ?? '', /^iptables-restore/);
  });
});
