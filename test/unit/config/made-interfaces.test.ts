// SPDX-License-Identifier: MIT
// use_vmac, use_ipvlan and what follows from them. The names of the first two suites were seen on keepalived.

import assert from 'node:assert/strict';
import { ip } from '../../../lib/base/address.ts';
import { madeInterfaces } from '../../../lib/config/made-interfaces.ts';
import type { VrrpInstance } from '../../../lib/config/model.ts';
import { instance, load } from './load.ts';

const block = (name: string, vrid: number, lines: string, iface = 'eth0') =>
  `vrrp_instance ${name} {\n interface ${iface}\n virtual_router_id ${vrid}\n${lines}\n}\n`;
const addresses = (kind: string, ...list: string[]) => `${kind} {\n${list.join('\n')}\n}`;
const instances = (text: string) => load(text).config?.vrrp_instance ?? [];
const shown = (i: VrrpInstance | undefined) => madeInterfaces(i ?? instance('')).map((m) => `${m.name} ${m.mac} on ${m.base}`);
const places = (i: VrrpInstance | undefined) =>
  [...(i?.virtual_ipaddress ?? []), ...(i?.virtual_ipaddress_excluded ?? [])].map((a) => `${a.ip} ${a.made}`);
const codes = (text: string) => load(text).findings.map((f) => f.code);

describe('VMACs of an instance and of its addresses', () => {
  const text = `${block(
    'A',
    51,
    `use_vmac\nuse_vmac_addr\n${addresses('virtual_ipaddress', '10.9.0.100/24', '10.9.0.101/24 dev eth0', '10.9.0.102/24 dev eth1')}
    ${addresses('virtual_ipaddress_excluded', '2001:db8::7/64', '2001:db8::8/64 dev eth1', '10.9.0.103/24 dev eth1', '10.9.0.104/24 dev eth0')}`,
  )}${block('B', 53, addresses('virtual_ipaddress', '10.9.0.120/24', '10.9.0.121/24 dev eth0 use_vmac', '10.9.0.122/24 dev eth1 use_vmac'))}`;

  it('have the names that keepalived gives them', () => {
    const [a, b] = instances(text);
    assert.deepEqual(shown(a), [
      'vrrp.51 00:00:5e:00:01:33 on eth0',
      'vrrp1.51 00:00:5e:00:01:33 on eth1',
      'vrrp6.51 00:00:5e:00:02:33 on eth0',
      'vrrp2.51 00:00:5e:00:02:33 on eth1',
    ]);
    assert.deepEqual(shown(b), ['vrrp.53 00:00:5e:00:01:35 on eth0', 'vrrp1.53 00:00:5e:00:01:35 on eth1']);
  });

  it('carry the addresses that keepalived puts on them', () => {
    const [a, b] = instances(text);
    assert.deepEqual(places(a), [
      '10.9.0.100 vrrp.51',
      '10.9.0.101 vrrp.51',
      '10.9.0.102 vrrp1.51',
      '2001:db8::7 vrrp6.51',
      '2001:db8::8 vrrp2.51',
      '10.9.0.103 vrrp1.51',
      '10.9.0.104 vrrp.51',
    ]);
    assert.deepEqual(places(b), ['10.9.0.120 null', '10.9.0.121 vrrp.53', '10.9.0.122 vrrp1.53']);
  });

  it('are not shared by two instances', () => {
    const other = block('C', 51, addresses('virtual_ipaddress', '10.9.0.130/24 dev eth0 use_vmac'), 'eth1');
    assert.ok(codes(text + other).includes('vmac-shared'));
    assert.deepEqual(places(instances(text + other)[2]), ['10.9.0.130 null']);
  });

  it('keep out of the way of names that somebody chose, and fit into 15 bytes', () => {
    const prefix = 'global_defs {\n vmac_prefix averylongprefix\n}\n';
    const [a, b] = instances(
      `${prefix}${block('A', 251, `use_vmac\n${addresses('virtual_ipaddress', '10.9.0.1')}`)}${block('B', 252, `use_vmac averylongpr.251\n${addresses('virtual_ipaddress', '10.9.0.2')}`)}`,
    );
    assert.deepEqual([a?.use_vmac?.name, b?.use_vmac?.name], ['averylongp1.251', 'averylongpr.251']);
  });
});

describe('use_vmac and its words', () => {
  const vmac = (words: string, more = '') => instance(`use_vmac ${words}\n${more}`).use_vmac;

  it('takes a name, a MAC of five or six octets, a group and netlink_notify_msg', () => {
    const made = vmac('name lan 02:00:00:00:07 group 5 netlink_notify_msg');
    assert.deepEqual([made?.name, made?.mac, made?.group, made?.netlink_notify_msg], ['lan', '02:00:00:00:07:33', 5, true]);
    assert.equal(vmac('02:00:00:00:00:07')?.mac, '02:00:00:00:00:07');
  });

  it('refuses multicast MACs and those of the RFC', () => {
    for (const mac of ['03:00:00:00:00:07', '00:00:5e:00:01:07', '00:00:5e:00:02']) assert.equal(vmac(mac)?.mac, '00:00:5e:00:01:33', mac);
  });

  it('has the MAC of the RFC and sends from it in strict mode', () => {
    const i = instance('use_vmac 02:00:00:00:00:07\nvmac_xmit_base\nstrict_mode');
    assert.deepEqual([i.use_vmac?.mac, i.vmac_xmit_base], ['00:00:5e:00:01:33', false]);
  });

  it('sends from the interface below with unicast, and needs one', () => {
    assert.equal(instance('use_vmac\nunicast_peer {\n10.0.0.2\n}').vmac_xmit_base, true);
    const alone = 'vrrp_instance A {\nvirtual_router_id 5\nunicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}\nuse_vmac\n}';
    assert.ok(codes(alone).includes('vmac-no-interface'));
  });

  it('reads group names where the tables are', () => {
    const text = block('A', 51, `use_vmac group uplinks\n${addresses('virtual_ipaddress', '10.9.0.1')}`);
    const table = { '/etc/iproute2/group': '# groups\n0\tdefault\n0x10 uplinks\n' };
    assert.equal(load(text, {}, table).config?.vrrp_instance[0]?.use_vmac?.group, 16);
    assert.ok(load(text).findings.some((f) => f.code === 'link-group-unknown'));
  });
});

describe('use_ipvlan', () => {
  it('puts the addresses on it and sends from its own', () => {
    const i = instance('use_ipvlan ipv 10.0.0.7/24 private');
    assert.deepEqual(
      [i.use_ipvlan?.name, i.use_ipvlan?.mode, i.use_ipvlan?.address, i.mcast_src_ip],
      ['ipv', 'private', { ip: ip('10.0.0.7'), prefixLength: 24 }, '10.0.0.7'],
    );
    assert.deepEqual(places(i), ['10.0.0.9 ipv']);
  });

  it('stays in FAULT without an IPv4 address', () => {
    assert.equal(instance('use_ipvlan').config_faults.length, 1);
    assert.deepEqual(instance('use_ipvlan\nmcast_src_ip 10.0.0.7').config_faults, []);
  });

  it('gives way to use_vmac', () => {
    const i = instance('use_ipvlan ipv 10.0.0.7\nuse_vmac');
    assert.deepEqual([i.use_ipvlan, i.use_vmac?.name], [null, 'vrrp.51']);
  });
});

describe('the firewall of a configuration', () => {
  const firewall = (lines: string) => load(`global_defs {\n${lines}\n}\n`).config?.global_defs.firewall;

  it('has a table of its name, and a priority that a later nftables takes back', () => {
    assert.equal(firewall('nftables')?.nftables, 'keepalived');
    assert.deepEqual([firewall('nftables a\nnftables_priority -7')?.nftables_priority, firewall('')?.nftables], [-7, null]);
    assert.equal(firewall('nftables_priority -7\nnftables a')?.nftables_priority, -1);
  });

  it('has chains and sets', () => {
    assert.deepEqual(firewall('vrrp_iptables')?.vrrp_iptables, { input: 'INPUT', output: 'OUTPUT' });
    assert.deepEqual(firewall('vrrp_iptables IN')?.vrrp_iptables, { input: 'IN', output: '' });
    assert.equal(firewall('vrrp_iptables')?.vrrp_ipsets?.address6, 'keepalived6');
    assert.equal(firewall('vrrp_iptables\nvrrp_ipsets')?.vrrp_ipsets, null);
    assert.deepEqual(firewall('vrrp_iptables\nvrrp_ipsets a b')?.vrrp_ipsets, {
      address4: 'a',
      address6: 'b',
      linkLocal: 'a_if6',
      igmp: 'a_igmp',
      mld: 'a_mld',
      nd: 'a_nd',
    });
  });
});
