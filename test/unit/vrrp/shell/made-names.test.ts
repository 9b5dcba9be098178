// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { madeInterfaces } from '../../../../lib/config/made-interfaces.ts';
import type { Config } from '../../../../lib/config/model.ts';
import type { Link } from '../../../../lib/native/surface.ts';
import { markText, readMark, settleNames } from '../../../../lib/vrrp/shell/made-names.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { link } from '../../../support/fake-native.ts';
import { createMemoryLog } from '../../../support/memory-log.ts';
import { load } from '../../config/load.ts';

const text = (words: string) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  use_vmac ${words}
  virtual_ipaddress {
    192.0.2.100
  }
}`;

function configOf(words = ''): Config {
  const { config } = load(text(words));
  assert.ok(config);
  return config;
}

const mac = Uint8Array.of(0, 0, 0x5e, 0, 1, 51);
const macvlan = (name: string, changes: Partial<Link> = {}): Link =>
  link(9, name, { linkKind: 'macvlan', mode: 1, parentIndex: 2, mac, ...changes });

function settle(config: Config, ...links: Link[]) {
  const view = createNetworkView();
  view.replace([link(2, 'eth0'), link(3, 'eth1'), ...links], []);
  const log = createMemoryLog();
  const settled = settleNames(config, view, log);
  const [instance] = settled.vrrp_instance;
  assert.ok(instance);
  return { names: madeInterfaces(instance).map((m) => m.name), address: instance.virtual_ipaddress[0]?.made, lines: log.lines };
}

describe('names of made interfaces', () => {
  it('are those of the configuration where nothing is in the way', () => {
    assert.deepEqual(settle(configOf()).names, ['vrrp.51']);
    assert.deepEqual(settle(configOf(), macvlan('vrrp.51')).names, ['vrrp.51']);
  });

  it('are those of an interface that fits, for the addresses too', () => {
    const { names, address, lines } = settle(configOf('wanted'), macvlan('mine'));
    assert.deepEqual([names, address], [['mine'], 'mine']);
    assert.deepEqual(lines, ['(VI_1) Found matching interface mine', '(VI_1) vmac name mismatch wanted <=> mine. changing to mine.']);
  });

  for (const [what, changes] of [
    ['another MAC', { mac: Uint8Array.of(0, 0, 0x5e, 0, 1, 52) }],
    ['another interface below', { parentIndex: 3 }],
    ['another mode', { mode: 4 }],
    ['another kind', { linkKind: 'veth' }],
    ['our own mark', { alias: 'ka-ts 7.100' }],
  ] as const) {
    it(`are not those of one with ${what}`, () => assert.deepEqual(settle(configOf(), macvlan('mine', changes)).names, ['vrrp.51']));
  }

  it('give way to what is no macvlan', () => {
    const { names, lines } = settle(configOf(), link(9, 'vrrp.51'), link(10, 'vrrp1.51'));
    assert.deepEqual(names, ['vrrp2.51']);
    assert.match(lines.join(), /vrrp\.51 already exists and is not a macvlan - using vrrp2\.51/);
  });
});

describe('the mark of what we made', () => {
  it('reads back as it was written', () => {
    const mark = { process: '4711.123456', notes: { arp_ignore: 0, arp_filter: 1, 'all.rp_filter': 2 } };
    assert.deepEqual(readMark(markText(mark)), mark);
    assert.ok(markText({ process: '999999999.12345678901', notes: mark.notes }).length < 128);
  });

  it('is nobody else’s alias, and broken notes are left out', () => {
    for (const alias of ['', 'uplink', 'ka-ts', 'ka-ts x', 'ka-ts -1', 'ka-ts 1;2']) assert.equal(readMark(alias), null, alias);
    assert.deepEqual(readMark('ka-ts 12 arp_ignore=0 arp_filter=x all.rp_filter=12345 =1'), { process: '12', notes: { arp_ignore: 0 } });
  });
});
