// SPDX-License-Identifier: MIT
// Two instances that come to share a wire: the later one is in FAULT while they do.

import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import type { VrrpInstance } from '../../../../lib/config/model.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { vridConflict } from '../../../../lib/vrrp/shell/vrid-conflicts.ts';
import { instance } from '../../../support/configs.ts';
import { link } from '../../../support/fake-native.ts';

const named = (name: string, changes: Partial<VrrpInstance> = {}) =>
  instance({ name, interface: name === 'VI_1' ? 'eth0' : 'mv0', ...changes });

function view(parentIndex: number) {
  const made = createNetworkView();
  for (const one of [link(2, 'eth0'), link(3, 'eth1'), link(9, 'mv0', { linkKind: 'macvlan', parentIndex })]) made.setLink(one);
  return made;
}

describe('one VRID twice on a wire', () => {
  const both = [named('VI_1'), named('VI_2')] as const;

  it('is a fault of the later instance, as long as the interfaces share it', () => {
    assert.equal(vridConflict(both[1], both, view(2)), 'VRID conflict between VI_1 and VI_2 IPv4 vrid 51');
    assert.equal(vridConflict(both[0], both, view(2)), null);
    assert.equal(vridConflict(both[1], both, view(3)), null);
    assert.equal(vridConflict(both[1], both, createNetworkView()), null);
  });

  it('is none for another VRID, family or group, nor for unicast', () => {
    const differing: Partial<VrrpInstance>[] = [
      { virtual_router_id: 52 },
      { family: 6 },
      { mcast_dst_ip: ip('224.0.0.19') },
      { unicast_peer: [{ ip: ip('192.0.2.9'), min_ttl: 0, max_ttl: 255 }] },
    ];
    for (const changes of differing) {
      const other = named('VI_2', changes);
      assert.equal(vridConflict(other, [both[0], other], view(2)), null, JSON.stringify(changes));
    }
  });

  it('ends the search on interfaces stacked in a circle', () => {
    const circle = createNetworkView();
    circle.setLink(link(2, 'eth0', { linkKind: 'macvlan', parentIndex: 9 }));
    circle.setLink(link(9, 'mv0', { linkKind: 'macvlan', parentIndex: 2 }));
    assert.doesNotThrow(() => vridConflict(both[1], both, circle));
  });
});
