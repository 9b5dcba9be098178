// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { micros } from '../../../../lib/base/time.ts';
import type { GarpGroup } from '../../../../lib/config/model.ts';
import type { Link } from '../../../../lib/native/surface.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { paceOf } from '../../../../lib/vrrp/shell/pacing.ts';
import { config } from '../../../support/configs.ts';
import { link } from '../../../support/fake-native.ts';

const group = (changes: Partial<GarpGroup>): GarpGroup => ({
  name: '',
  position: { file: '', line: 1, column: 1 },
  garp_interval: null,
  gna_interval: null,
  interface: null,
  interfaces: [],
  ...changes,
});
const vmac: Link = { ...link(9, 'vrrp.51'), linkKind: 'macvlan', parentIndex: 2 };
const links = [link(2, 'eth0'), link(3, 'eth1'), link(4, 'eth2'), link(5, 'eth3'), vmac];

function paces(groups: readonly GarpGroup[], global = { garp: 0, gna: 0 }) {
  const base = config();
  const global_defs = { ...base.global_defs, vrrp_garp_interval: micros(global.garp), vrrp_gna_interval: micros(global.gna) };
  const view = createNetworkView();
  view.replace(links, []);
  return (name: string, family: 4 | 6 = 4) => paceOf({ global_defs, garp_group: groups }, view, view.byName(name) as Link, family);
}

describe('the pace of announcements', () => {
  it('is none when nothing is configured', () => {
    assert.equal(paces([])('eth0').pacing, 0);
  });

  it('is the global one, each interface and each kind of frame by itself', () => {
    const pace = paces([], { garp: 10, gna: 20 });
    assert.deepEqual([pace('eth0').pacing, pace('eth0', 6).pacing], [10, 20]);
    const clocks = [pace('eth0'), pace('eth0', 6), pace('eth1'), pace('eth1', 6)].map((p) => p.clock);
    assert.equal(new Set(clocks).size, 4, `${clocks}`);
  });

  it('is that of its garp_group, alone for interface and together for interfaces', () => {
    const pace = paces([
      group({ garp_interval: micros(100), interface: 'eth0' }),
      group({ garp_interval: micros(200), gna_interval: micros(300), interfaces: ['eth1', 'eth2'] }),
    ]);
    assert.deepEqual([pace('eth0').pacing, pace('eth1').pacing, pace('eth2', 6).pacing, pace('eth3').pacing], [100, 200, 300, 0]);
    assert.equal(pace('eth1').clock, pace('eth2').clock);
    assert.notEqual(pace('eth1').clock, pace('eth1', 6).clock);
    assert.notEqual(pace('eth0').clock, pace('eth1').clock);
  });

  it('is none for what a group leaves out, whatever is set globally', () => {
    const pace = paces([group({ gna_interval: micros(300), interface: 'eth0' })], { garp: 10, gna: 20 });
    assert.deepEqual([pace('eth0').pacing, pace('eth0', 6).pacing, pace('eth1').pacing], [0, 300, 10]);
  });

  it('is shared by a VMAC and the interface below it', () => {
    const pace = paces([group({ garp_interval: micros(100), interface: 'eth0' })]);
    assert.deepEqual(pace('vrrp.51'), pace('eth0'));
  });
});
