// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { address, link } from '../../../support/fake-native.ts';

describe('the view of the network', () => {
  it('calls a link up only when it is UP and RUNNING', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    assert.equal(view.isUp('eth0'), true);
    view.setLink(link(2, 'eth0', { flags: 0x1 }));
    assert.equal(view.isUp('eth0'), false);
    assert.equal(view.isUp('eth9'), false);
  });

  it('calls a macvlan down when its parent is down', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0', { flags: 0x1 }));
    view.setLink(link(3, 'vrrp.51', { linkKind: 'macvlan', parentIndex: 2 }));
    assert.equal(view.isUp('vrrp.51'), false);
  });

  it('follows a renamed link', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    assert.equal(view.setLink(link(2, 'lan'))?.name, 'eth0');
    assert.equal(view.byName('eth0'), undefined);
    assert.equal(view.byName('lan')?.ifindex, 2);
  });

  it('keeps the new holder of a name when the old one goes late', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setLink(link(7, 'eth0'));
    view.removeLink(2);
    assert.equal(view.byName('eth0')?.ifindex, 7);
  });

  it('offers the first address that is not one of our own as the source', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setAddress(address(2, '192.0.2.100', 32));
    view.setAddress(address(2, '192.0.2.1'));
    assert.equal(view.sourceAddress('eth0', 4, new Set(['192.0.2.100/32'])), '192.0.2.1');
  });

  it('prefers a primary address to a secondary one that was reported first', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setAddress(address(2, '192.0.2.7', 24, { flags: 1 }));
    view.setAddress(address(2, '192.0.2.1'));
    assert.equal(view.sourceAddress('eth0', 4, new Set()), '192.0.2.1');
  });

  it('takes only link-local IPv6 addresses that are no longer tentative', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setAddress(address(2, '2001:db8::1', 64));
    view.setAddress(address(2, 'fe80::1', 64, { flags: 0x40 }));
    assert.equal(view.sourceAddress('eth0', 6, new Set()), null);
    view.setAddress(address(2, 'fe80::1', 64));
    assert.equal(view.sourceAddress('eth0', 6, new Set()), 'fe80::1');
  });

  it('forgets the addresses of a removed link', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setAddress(address(2, '192.0.2.1'));
    view.removeLink(2);
    assert.equal(view.has(2, '192.0.2.1', 24), false);
  });
});
