// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import { faultsOf, sourceOf } from '../../../../lib/vrrp/shell/faults.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { instance, virtualAddress } from '../../../support/configs.ts';
import { address, link } from '../../../support/fake-native.ts';

const quiet = { trackingDelta: 0, faults: [], waiting: false } as const;

function faults(config: ReturnType<typeof instance>, view: ReturnType<typeof createNetworkView>, tracking = quiet) {
  return faultsOf({
    config,
    view,
    source: sourceOf(config, view, new Set()),
    socketError: null,
    tracking,
    staticDevices: [],
    vridConflict: null,
  });
}

describe('reasons to be in Fault', () => {
  it('are none on a healthy interface with an address', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setAddress(address(2, '192.0.2.1'));
    assert.deepEqual(faults(instance(), view), []);
  });

  it('name a missing interface, and not its address as well', () => {
    assert.deepEqual(faults(instance(), createNetworkView()), [{ kind: 'interface_missing', name: 'eth0' }]);
  });

  it('name an interface that is down', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0', { flags: 0 }));
    view.setAddress(address(2, '192.0.2.1'));
    assert.deepEqual(faults(instance(), view), [{ kind: 'interface_down', name: 'eth0' }]);
    assert.deepEqual(faults(instance({ dont_track_primary: true }), view), []);
  });

  it('name a missing source address', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    assert.deepEqual(faults(instance(), view), [{ kind: 'no_source_address', family: 4 }]);
    assert.deepEqual(faults(instance({ mcast_src_ip: ip('192.0.2.9') }), view), []);
    assert.deepEqual(faults(instance({ mcast_src_ip: ip('192.0.2.9'), track_src_ip: true }), view), [{ kind: 'source_not_configured' }]);
  });

  it('include the interface of a virtual address unless it is not tracked', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setAddress(address(2, '192.0.2.1'));
    const on = (no_track: boolean) => instance({ virtual_ipaddress: [virtualAddress('198.51.100.1', { dev: 'eth1', no_track })] });
    assert.deepEqual(faults(on(false), view), [{ kind: 'interface_missing', name: 'eth1' }]);
    assert.deepEqual(faults(on(true), view), []);
  });

  it('count an interface once when it is also tracked by name', () => {
    const view = createNetworkView();
    view.setLink(link(2, 'eth0', { flags: 0 }));
    view.setAddress(address(2, '192.0.2.1'));
    const tracking = { trackingDelta: 0, faults: [{ kind: 'interface_down', name: 'eth0' }], waiting: false } as const;
    assert.equal(
      faultsOf({ config: instance(), view, source: ip('192.0.2.1'), socketError: null, tracking, staticDevices: [], vridConflict: null })
        .length,
      1,
    );
  });
});
