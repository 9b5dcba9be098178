// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createLog } from '../../../../lib/base/log.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { createPromotion } from '../../../../lib/vrrp/shell/promote-secondaries.ts';
import { instance } from '../../../support/configs.ts';
import { link } from '../../../support/fake-native.ts';

describe('promote_secondaries', () => {
  it('is set once, again on an interface that came back, and put back only where it was off', () => {
    const values: Record<string, string> = { 'ipv4/conf/eth0/promote_secondaries': '0', 'ipv4/conf/eth1/promote_secondaries': '1' };
    const writes: string[] = [];
    const view = createNetworkView();
    view.setLink(link(2, 'eth0'));
    view.setLink(link(3, 'eth1'));
    const system = {
      readSetting: (path: string) => values[path] ?? null,
      writeSetting: (path: string, value: string) => {
        values[path] = value;
        writes.push(`${path} ${value}`);
        return null;
      },
    };
    const promotion = createPromotion(system, view, createLog([], 0));
    const asking = [instance({ promote_secondaries: true }), instance({ interface: 'eth1', promote_secondaries: true })];
    promotion.apply(asking);
    promotion.apply(asking);
    assert.deepEqual(writes.splice(0), ['ipv4/conf/eth0/promote_secondaries 1']);
    view.removeLink(2);
    view.setLink(link(4, 'eth0'));
    values['ipv4/conf/eth0/promote_secondaries'] = '0';
    promotion.apply(asking);
    promotion.apply([]);
    assert.deepEqual(writes, ['ipv4/conf/eth0/promote_secondaries 1', 'ipv4/conf/eth0/promote_secondaries 0']);
  });
});
