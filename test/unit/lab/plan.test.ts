// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { builtinConfigurations } from '../../../lib/lab/builtin.ts';
import { planCluster } from '../../../lib/lab/plan.ts';
import { readConfiguration } from '../../../lib/lab/read-configuration.ts';

function instance(extra: string, priority = 100): string {
  return `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 7
  priority ${priority}
  ${extra}
}
`;
}

const plan = (first: string, second: string) => planCluster(readConfiguration({ text: first }), readConfiguration({ text: second }));

describe('the network that the lab makes of two configurations', () => {
  it('plays the built-in pair on documentation addresses', () => {
    const { vip, vrid, nodes, client } = plan(...builtinConfigurations);
    assert.deepEqual([vip, vrid, client.address], ['192.0.2.15', 51, '192.0.2.100']);
    assert.deepEqual(
      nodes.map((n) => [n.name, n.ifname, n.interfaces[0]?.addresses[0]]),
      [
        ['lb1', 'eth0', '192.0.2.11/24'],
        ['lb2', 'eth0', '192.0.2.12/24'],
      ],
    );
    assert.deepEqual(nodes[0].processes, [{ name: 'haproxy', weight: 2, delay: 1_000_000 }]);
  });

  it('takes the sources of multicast and unicast from the files', () => {
    const unicast = (own: string, peer: string) =>
      instance(`unicast_src_ip ${own}\nunicast_peer {\n${peer}\n}\nvirtual_ipaddress {\n10.1.2.3/16\n}`);
    const { nodes, client } = plan(unicast('10.1.9.8', '10.1.9.9'), unicast('10.1.9.9', '10.1.9.8'));
    assert.deepEqual(
      nodes.map((n) => n.interfaces[0]?.addresses[0]),
      ['10.1.9.8/16', '10.1.9.9/16'],
    );
    assert.equal(client.prefixLength, 16);
  });

  it('takes a node’s address from its peer when only that one names it', () => {
    const own = instance('unicast_peer {\n10.1.0.2\n}\nvirtual_ipaddress {\n10.1.0.3/24\n}');
    const peer = instance('unicast_peer {\n10.1.0.1\n}\nvirtual_ipaddress {\n10.1.0.3/24\n}');
    assert.deepEqual(
      plan(own, peer).nodes.map((n) => n.address),
      ['10.1.0.1', '10.1.0.2'],
    );
  });

  it('never invents an address that is in use already, and sees a /24 around a /32', () => {
    const text = instance('virtual_ipaddress {\n192.0.2.11\n192.0.2.100\n}');
    const { nodes, client } = plan(text, text);
    assert.deepEqual([...nodes.map((n) => n.address), client.address], ['192.0.2.12', '192.0.2.13', '192.0.2.101']);
  });

  it('stays within a small network', () => {
    const text = instance('virtual_ipaddress {\n192.0.2.1/29\n}');
    const { nodes, client } = plan(text, text);
    const hosts = [...nodes.map((n) => n.address), client.address].map((a) => Number(a.split('.')[3]));
    assert.ok(hosts.every((h) => h > 1 && h < 7) && new Set(hosts).size === 3, hosts.join());
  });

  it('makes every interface that the files name', () => {
    const text = instance('virtual_ipaddress {\n192.0.2.1/24 dev eth1\n}\ntrack_interface {\neth2\n}');
    assert.deepEqual(
      plan(text, text).nodes[0].interfaces.map((i) => i.name),
      ['eth0', 'eth2', 'eth1'],
    );
  });

  it('steers the scripts that look for a process, and names those it cannot', () => {
    const text = `vrrp_script one {
  script "/usr/bin/killall -0 nginx"
  fall 3
}
vrrp_script two {
  script "/bin/check.sh"
}
${instance('virtual_ipaddress {\n192.0.2.1/24\n}\ntrack_script {\none weight -20\ntwo\n}')}`;
    const [node] = plan(text, text).nodes;
    assert.deepEqual(node.processes, [{ name: 'nginx', weight: -20, delay: 3_000_000 }]);
    assert.deepEqual(node.foreignScripts, ['two']);
  });

  it('says what is wrong with two files that make no cluster', () => {
    const one = instance('virtual_ipaddress {\n192.0.2.1/24\n}');
    const other = one.replace('virtual_router_id 7', 'virtual_router_id 8');
    assert.throws(() => plan(one, other), /share no virtual router: VRIDs 7 here, 8 there/);
    assert.throws(() => plan('global_defs {\n}\n', one), /share no virtual router: VRIDs none here, 7 there/);
  });
});
