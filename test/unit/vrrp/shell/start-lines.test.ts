// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createLog } from '../../../../lib/base/log.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { channelLines, createSourceLines, socketLine } from '../../../../lib/vrrp/shell/start-lines.ts';
import { instance, virtualAddress } from '../../../support/configs.ts';
import { address, link } from '../../../support/fake-native.ts';

function world() {
  const view = createNetworkView();
  view.replace([link(2, 'eth0'), link(3, 'eth1')], [address(2, '192.0.2.1'), address(2, 'fe80::1')]);
  const lines: string[] = [];
  const sources = createSourceLines(view, createLog([(_level, line) => lines.push(line)], 1), () => new Set(['192.0.2.100/32']));
  return { view, sources, take: () => lines.splice(0) };
}

describe('lines about source addresses', () => {
  it('name those of each interface in use, once', () => {
    const { sources, take } = world();
    sources.tellAll([instance(), instance({ name: 'VI_2' }), instance({ interface: 'eth1' }), instance({ interface: null })]);
    assert.deepEqual(take(), ['Assigned address 192.0.2.1 for interface eth0', 'Assigned address fe80::1 for interface eth0']);
  });

  it('tell when one goes and comes, and nothing when another takes its place', () => {
    const { view, sources, take } = world();
    sources.tellAll([instance()]);
    take();
    view.removeAddress(address(2, '192.0.2.1'));
    sources.tellChanges('eth1');
    assert.deepEqual(take(), []);
    sources.tellChanges('eth0');
    assert.deepEqual(take(), ['Deassigned address 192.0.2.1 from interface eth0']);
    view.setAddress({ ...address(2, '192.0.2.100'), prefixLength: 32 });
    sources.tellChanges();
    assert.deepEqual(take(), [], 'a virtual address is none');
    view.setAddress(address(2, '192.0.2.2'));
    sources.tellChanges();
    assert.deepEqual(take(), ['Assigned address 192.0.2.2 for interface eth0']);
    view.removeAddress(address(2, '192.0.2.2'));
    view.setAddress(address(2, '192.0.2.3'));
    sources.tellChanges();
    assert.deepEqual(take(), []);
  });
});

describe('lines about sockets', () => {
  it('name the channels that the addresses need', () => {
    assert.deepEqual(channelLines([instance()]).slice(2), ['Registering gratuitous ARP shared channel']);
    const v6 = instance({ virtual_ipaddress_excluded: [virtualAddress('fe80::77')] });
    assert.deepEqual(channelLines([v6]).slice(2), [
      'Registering gratuitous ARP shared channel',
      'Registering gratuitous NDISC shared channel',
    ]);
    assert.equal(channelLines([]).length, 2);
  });

  it("are keepalived's, without descriptors", () => {
    const socket = { ifindex: 2, family: 4, protocol: 112, interface: 'eth0', receiveBuffer: 0, instances: [] } as const;
    assert.equal(
      socketLine({ ...socket, kind: 'multicast', address: '224.0.0.18' }),
      'VRRP sockpool: [ifindex(  2), family(IPv4), proto(112), multicast, address(224.0.0.18)]',
    );
  });
});
