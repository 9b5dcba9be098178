// SPDX-License-Identifier: MIT
// rtnetlink: addresses with their answers, the change feed, snapshots. `ip -json` is the judge.

import assert from 'node:assert/strict';
import type { AddressSpec, InterfaceAddress, Link } from '../../lib/native/surface.ts';
import { until } from '../support/until.ts';
import { type Agent, createLan, type Lan, native } from './engine-lan.ts';

const EEXIST = 17;
const ENODEV = 19;
const EADDRNOTAVAIL = 99;

describe('the netlink thread', function () {
  this.timeout(20_000);
  let lan: Lan;
  let agent: Agent;

  beforeEach(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
  });
  afterEach(async () => lan.destroy());

  const spec = (changes: Partial<AddressSpec> = {}): AddressSpec => ({
    family: 4,
    ifindex: lan.a.ifindex,
    address: '192.0.2.100',
    prefixLength: 32,
    peer: '',
    broadcast: '',
    label: '',
    scope: 0,
    flags: 0,
    preferredLifetime: 0xffffffff,
    ...changes,
  });
  let lastTicket = 0;
  const submit = async (...messages: Uint8Array[]): Promise<readonly number[]> => {
    const ticket = ++lastTicket;
    await agent.engine.submitNetlink(ticket, messages);
    const done = await until(`answer ${ticket}`, () => agent.of('netlink_done').find((event) => event.ticket === ticket));
    return done.errors;
  };
  type Shown = { local: string; prefixlen: number; broadcast?: string; label?: string; scope: string; protocol?: string; address?: string };
  const shown = (family: 4 | 6 = 4): (Shown & Record<string, unknown>)[] =>
    JSON.parse(lan.ip('a', `-${family}`, '-json', 'addr', 'show', 'dev', 'e0'))[0].addr_info;

  it('adds and deletes addresses and answers each message with its errno', async () => {
    const add = native.encodeAddress('add', spec());
    const remove = native.encodeAddress('delete', spec());
    assert.deepEqual(await submit(add), [0]);
    assert.ok(shown().some((address) => address.local === '192.0.2.100' && address.prefixlen === 32));
    assert.deepEqual(await submit(add, remove, remove, native.encodeAddress('add', spec({ ifindex: 9_999 }))), [
      EEXIST,
      0,
      EADDRNOTAVAIL,
      ENODEV,
    ]);
    assert.ok(!shown().some((address) => address.local === '192.0.2.100'));
    assert.deepEqual(await submit(), []);
  });

  it('passes label, broadcast, scope, peer, flags and lifetime on', async () => {
    const label = native.encodeAddress(
      'add',
      spec({ address: '198.51.100.5', label: 'e0:vip', broadcast: '198.51.100.255', prefixLength: 24, scope: 253 }),
    );
    const peer = native.encodeAddress('add', spec({ address: '203.0.113.1', peer: '203.0.113.9' }));
    const deprecated = native.encodeAddress(
      'add',
      spec({ family: 6, address: '2001:db8::100', prefixLength: 128, flags: 0x02, preferredLifetime: 0 }),
    );
    assert.deepEqual(await submit(label, peer, deprecated), [0, 0, 0]);
    const labelled = shown().find((address) => address.local === '198.51.100.5');
    assert.deepEqual(
      [labelled?.label, labelled?.broadcast, labelled?.scope, labelled?.prefixlen],
      ['e0:vip', '198.51.100.255', 'link', 24],
    );
    assert.equal(shown().find((address) => address.local === '203.0.113.1')?.address, '203.0.113.9');
    const six = shown(6).find((address) => address.local === '2001:db8::100');
    assert.deepEqual([six?.deprecated, six?.nodad, six?.prefixlen], [true, true, 128]);
  });

  it('marks what it adds with protocol 18', async () => {
    await submit(native.encodeAddress('add', spec()));
    const snapshot = (await agent.call('native', 'networkSnapshot')) as { addresses: InterfaceAddress[] };
    const kernelHasIt = await until('told', () => agent.of('address').find((event) => event.address.address === '192.0.2.100'));
    const found = snapshot.addresses.find((address) => address.address === '192.0.2.100');
    assert.equal(found?.protocol, kernelHasIt.address.protocol);
    assert.ok(found?.protocol === 18 || found?.protocol === 0, 'kernels before 5.18 have no IFA_PROTO');
  });

  it('answers 300 messages in order', async () => {
    const messages = Array.from({ length: 300 }, (_, i) =>
      native.encodeAddress('add', spec({ address: `198.18.${i >> 8}.${i & 255}`, ifindex: i % 50 === 49 ? 9_999 : lan.a.ifindex })),
    );
    const errors = await submit(...messages);
    assert.deepEqual(
      errors,
      messages.map((_, i) => (i % 50 === 49 ? ENODEV : 0)),
    );
    assert.equal(shown().filter((address) => address.local.startsWith('198.18.')).length, 294);
  });

  it('tells of links that go down, come up, appear and disappear', async () => {
    const up = (link: Link): boolean => (link.flags & 0x10000) !== 0 && (link.flags & 1) !== 0; // IFF_LOWER_UP, IFF_UP
    lan.ip('b', 'link', 'set', 'e0', 'down');
    await until('carrier lost', () => agent.of('link').some((event) => event.link.name === 'e0' && !up(event.link)));
    lan.ip('b', 'link', 'set', 'e0', 'up');
    await until('carrier back', () =>
      up(
        agent
          .of('link')
          .filter((event) => event.link.name === 'e0')
          .at(-1)?.link as Link,
      ),
    );
    lan.ip('a', 'link', 'add', 'x1', 'type', 'veth', 'peer', 'name', 'x2');
    const x1 = await until('a new link', () => agent.of('link').find((event) => event.link.name === 'x1'));
    assert.deepEqual([x1.change, x1.link.linkKind, x1.link.mac.length, x1.link.type], ['new', 'veth', 6, 1]);
    lan.ip('a', 'link', 'add', 'br0', 'type', 'bridge');
    lan.ip('a', 'link', 'set', 'x1', 'master', 'br0');
    lan.ip('a', 'link', 'set', 'x1', 'nomaster');
    lan.ip('a', 'link', 'del', 'br0');
    await until('the bridge is gone', () => agent.of('link').some((event) => event.change === 'deleted' && event.link.name === 'br0'));
    assert.ok(!agent.of('link').some((event) => event.change === 'deleted' && event.link.name === 'x1'), 'leaving a bridge is no end');
    lan.ip('a', 'link', 'del', 'x1');
    await until(
      'x1 and x2 are gone',
      () => agent.of('link').filter((event) => event.change === 'deleted' && /^x/.test(event.link.name)).length === 2,
    );
  });

  it('tells of addresses that others add and delete', async () => {
    lan.ip('a', 'addr', 'add', '203.0.113.7/28', 'dev', 'e0');
    lan.ip('a', 'addr', 'del', '203.0.113.7/28', 'dev', 'e0');
    await until('both', () => agent.of('address').filter((event) => event.address.address === '203.0.113.7').length === 2);
    const [added, deleted] = agent.of('address').filter((event) => event.address.address === '203.0.113.7');
    assert.deepEqual([added?.change, deleted?.change], ['new', 'deleted']);
    assert.deepEqual(
      [added?.address.prefixLength, added?.address.ifindex, added?.address.label, added?.address.family],
      [28, lan.a.ifindex, 'e0', 4],
    );
  });

  it('tells of an overrun when nobody could follow, and goes on', async () => {
    const blocked = agent.call('agent', 'block', [4_000]);
    // More changes than are kept for a reader that is away: addresses come and go in batches.
    const lines = Array.from(
      { length: 10_000 },
      (_, i) => `addr add 198.19.${(i >> 7) & 127}.${i & 127}/32 dev e0\naddr del 198.19.${(i >> 7) & 127}.${i & 127}/32 dev e0`,
    );
    const { execFileSync } = await import('node:child_process');
    execFileSync('ip', ['-n', lan.a.netns, '-batch', '-'], { input: `${lines.join('\n')}\n` });
    await blocked;
    await until('the overrun is told', () => agent.of('netlink_overrun').length > 0);
    lan.ip('a', 'addr', 'add', '203.0.113.7/28', 'dev', 'e0');
    await until('changes again', () => agent.of('address').some((event) => event.address.address === '203.0.113.7'));
  });

  it('takes a snapshot of what is there', async () => {
    const { links, addresses } = (await agent.call('native', 'networkSnapshot')) as { links: Link[]; addresses: InterfaceAddress[] };
    assert.deepEqual(
      links
        .map((link) => link.name)
        .filter((name) => name === 'lo' || name === 'e0')
        .sort(),
      ['e0', 'lo'],
    );
    const e0 = links.find((link) => link.name === 'e0');
    const judged = JSON.parse(lan.ip('a', '-json', 'link', 'show', 'e0'))[0];
    assert.deepEqual(
      [e0?.ifindex, e0?.mtu, Buffer.from(e0?.mac ?? []).toString('hex'), e0?.linkKind],
      [judged.ifindex, judged.mtu, judged.address.replaceAll(':', ''), 'veth'],
    );
    assert.ok(
      addresses.some((address) => address.address === '192.0.2.1' && address.prefixLength === 24 && address.ifindex === lan.a.ifindex),
    );
    assert.ok(addresses.some((address) => address.address === '2001:db8::1' && address.family === 6));
  });
});
