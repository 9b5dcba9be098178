// SPDX-License-Identifier: MIT
// rtnetlink: interfaces made, changed and removed. `ip -details -json` and /proc/sys are the judges.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { Link, LinkSpec } from '../../lib/native/surface.ts';
import { until } from '../support/until.ts';
import { type Agent, createLan, type Lan, native } from './engine-lan.ts';

const ENODEV = 19;
const EEXIST = 17;
const EOPNOTSUPP = 95;
const PRIVATE = 1;
const mac = Uint8Array.of(0, 0, 0x5e, 0, 1, 51);

describe('links through rtnetlink', function () {
  this.timeout(20_000);
  let lan: Lan;
  let agent: Agent;

  before(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
  });
  after(async () => lan.destroy());

  const run = async (...messages: Uint8Array[]) => (await agent.call('native', 'executeNetlink', [messages])) as number[];
  const create = (name: string) =>
    native.encodeLink('create', { name, kind: 'macvlan', parent: lan.a.ifindex, mode: PRIVATE, modeFlags: 0, mac, group: 7 });
  const set = (spec: LinkSpec) => native.encodeLink('set', spec);
  const shown = (name: string) => JSON.parse(lan.ip('a', '-details', '-json', 'link', 'show', name))[0];
  const setting = (name: string, key: string) =>
    execFileSync('ip', ['netns', 'exec', lan.a.netns, 'cat', `/proc/sys/net/ipv4/conf/${name}/${key}`], { encoding: 'utf8' }).trim();

  it('makes a private macvlan, sets it up and removes it', async () => {
    const steps = [
      create('vrrp.51'),
      set({
        name: 'vrrp.51',
        alias: 'a note',
        noIpv6Address: true,
        ipv4Settings: { arp_ignore: 1, accept_local: 1, rp_filter: 2, promote_secondaries: 1 },
      }),
      set({ name: 'vrrp.51', up: true }),
    ];
    assert.deepEqual(await run(...steps), [0, 0, 0]);
    const link = shown('vrrp.51');
    assert.deepEqual(
      [link.linkinfo.info_kind, link.linkinfo.info_data.mode, link.address, link.link, link.ifalias, link.inet6_addr_gen_mode],
      ['macvlan', 'private', '00:00:5e:00:01:33', 'e0', 'a note', 'none'],
    );
    assert.ok(link.flags.includes('UP'));
    assert.equal(link.group, '7');
    assert.deepEqual(
      ['arp_ignore', 'arp_filter', 'accept_local', 'rp_filter', 'promote_secondaries'].map((key) => setting('vrrp.51', key)),
      ['1', '0', '1', '2', '1'],
    );
    const { links } = (await agent.call('native', 'networkSnapshot')) as { links: Link[] };
    const seen = links.find(({ name }) => name === 'vrrp.51');
    assert.deepEqual(
      [seen?.linkKind, seen?.mode, seen?.modeFlags, seen?.masterIndex, seen?.group, seen?.alias, seen?.parentIndex],
      ['macvlan', PRIVATE, 0, 0, 7, 'a note', lan.a.ifindex],
    );
    assert.deepEqual(await run(create('vrrp.51')), [EEXIST]);
    assert.deepEqual(await run(native.encodeLink('delete', { ifindex: link.ifindex })), [0]);
    assert.throws(() => shown('vrrp.51'));
  });

  it('renames, changes MTU, MAC and master, takes the alias away', async () => {
    assert.deepEqual(await run(create('vrrp.52')), [0]);
    lan.ip('a', 'link', 'add', 'br9', 'type', 'bridge');
    const { ifindex } = shown('vrrp.52');
    const master = shown('br9').ifindex;
    const other = Uint8Array.of(2, 0, 0, 0, 0, 9);
    assert.deepEqual(
      await run(set({ ifindex, name: 'va', mtu: 1400, mac: other, alias: 'x' }), set({ ifindex, alias: '', master })),
      [0, 0],
    );
    const link = shown('va');
    assert.deepEqual([link.mtu, link.address, link.ifalias, link.master], [1400, '02:00:00:00:00:09', undefined, 'br9']);
    const told = await until('told', () => agent.of('link').find((e) => e.link.name === 'va' && e.link.masterIndex === master));
    assert.equal(told.link.alias, '');
    assert.deepEqual(await run(set({ ifindex, master: 0 }), native.encodeLink('delete', { ifindex })), [0, 0]);
  });

  it('removes a group of links at once, and no others', async () => {
    const group = 0x4b61_7473;
    assert.deepEqual(await run(create('g1')), [0]);
    lan.ip('a', 'link', 'add', 'g2', 'link', 'e0', 'type', 'macvlan');
    const move = (name: string) => set({ ifindex: shown(name).ifindex, group });
    assert.deepEqual(await run(move('g1'), move('g2'), native.encodeLink('delete', { group })), [0, 0, 0]);
    assert.throws(() => shown('g1'));
    assert.throws(() => shown('g2'));
    assert.equal(shown('e0').ifname, 'e0');
    assert.throws(() => native.encodeLink('delete', { group: 0 }), TypeError);
  });

  it('answers each message of a batch with its own errno', async () => {
    const delete9999 = native.encodeLink('delete', { ifindex: 9_999 });
    assert.deepEqual(await run(delete9999, set({ name: 'nobody', up: true })), [ENODEV, ENODEV]);
    const [ipvlan] = await run(native.encodeLink('create', { name: 'ipv', kind: 'ipvlan', parent: lan.a.ifindex, mode: 0, modeFlags: 1 }));
    // A kernel without ipvlan says so.
    if (ipvlan === 0) assert.equal(shown('ipv').linkinfo.info_kind, 'ipvlan');
    else assert.equal(ipvlan, EOPNOTSUPP);
  });

  it('refuses what does not fit', () => {
    const spec = { name: 'vrrp.51', kind: 'macvlan', parent: 1, mode: 1, modeFlags: 0 } as const;
    assert.throws(() => native.encodeLink('create', { ...spec, name: '0123456789abcdef' }), /spec.name.*at most 15/);
    assert.throws(() => native.encodeLink('create', { ...spec, name: '' }), TypeError);
    assert.throws(() => native.encodeLink('create', { ...spec, mac: Uint8Array.of(1, 2) }), /6 bytes/);
    assert.throws(() => native.encodeLink('set', { alias: 'x'.repeat(128) }), /127 bytes/);
    assert.throws(() => native.encodeLink('delete', { ifindex: 0 }), TypeError);
    assert.throws(() => native.executeNetlink([Uint8Array.of(1, 2, 3)]), /complete rtnetlink message/);
  });
});
