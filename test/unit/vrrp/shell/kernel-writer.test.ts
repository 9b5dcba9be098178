// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createLog } from '../../../../lib/base/log.ts';
import { createKernelWriter } from '../../../../lib/vrrp/shell/kernel-writer.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { instance, virtualAddress } from '../../../support/configs.ts';
import { address, createFakeNative, link } from '../../../support/fake-native.ts';

function setUp() {
  const fake = createFakeNative();
  fake.kernelAnswers = false;
  const view = createNetworkView();
  view.setLink(link(2, 'eth0'));
  const lines: string[] = [];
  const log = createLog([(_level, line) => lines.push(line)], 0);
  const engine = fake.addon.createEngine({ realtimePriority: 0, lockMemory: false, leaseFd: -1 }, () => {});
  return { fake, view, lines, writer: createKernelWriter(fake.addon, engine, view, log) };
}

const vip = address(2, '192.0.2.100', 32);

describe('the writer of virtual addresses', () => {
  it('adds what the kernel lacks and removes what it added', () => {
    const { fake, writer, view } = setUp();
    writer.own(1, instance());
    view.setAddress(vip);
    writer.done(1, [0]);
    writer.release(1);
    assert.deepEqual(fake.takeCalls(), ['netlink 1: add 192.0.2.100/32 @2', 'netlink 2: delete 192.0.2.100/32 @2']);
  });

  it('knows its own removals from those of somebody else', () => {
    const { writer, view } = setUp();
    writer.own(1, instance());
    view.setAddress(vip);
    writer.done(1, [0]);
    assert.equal(writer.deletedBy(vip), 1, 'somebody else');
    writer.release(1);
    assert.equal(writer.deletedBy(vip), null, 'ourselves');
  });

  it('is not confused when it removes and adds the same address in quick succession', () => {
    const { fake, writer, view } = setUp();
    writer.own(1, instance());
    view.setAddress(vip);
    writer.release(1);
    writer.own(1, instance());
    assert.deepEqual(fake.takeCalls().slice(1), ['netlink 2: delete 192.0.2.100/32 @2', 'netlink 3: add 192.0.2.100/32 @2']);
    assert.equal(writer.deletedBy(vip), null, 'the late report of our own removal');
    assert.equal(writer.deletedBy(vip), 1, 'a real one after it');
  });

  it('does not wait for the report of a removal that failed', () => {
    const { writer } = setUp();
    writer.own(1, instance());
    writer.release(1);
    writer.done(1, [0]);
    writer.done(2, [99]);
    writer.own(1, instance());
    assert.equal(writer.deletedBy(vip), 1);
  });

  it('says what the kernel refused, but not that an address is there already', () => {
    const { writer, lines } = setUp();
    writer.own(1, instance());
    writer.done(1, [17]);
    assert.deepEqual(lines, []);
    writer.own(1, instance());
    writer.done(2, [1]);
    assert.match(lines[0] ?? '', /Netlink: error: Operation not permitted\(1\), type=RTM_NEWADDR\(20\)/);
  });

  it('removes what an earlier run left behind, and nothing else', () => {
    const { fake, writer, view } = setUp();
    view.setAddress(vip);
    view.setAddress(address(2, '192.0.2.1'));
    writer.clearLeftovers([instance({ virtual_ipaddress: [virtualAddress('192.0.2.100'), virtualAddress('192.0.2.101')] })]);
    assert.deepEqual(fake.takeCalls(), ['netlink 1: delete 192.0.2.100/32 @2']);
  });

  it('changes only the difference of two address lists', () => {
    const { fake, writer, view } = setUp();
    writer.own(1, instance({ virtual_ipaddress: [virtualAddress('192.0.2.100'), virtualAddress('192.0.2.101')] }));
    view.setAddress(vip);
    fake.takeCalls();
    const { added } = writer.change(1, instance({ virtual_ipaddress: [virtualAddress('192.0.2.100'), virtualAddress('192.0.2.102')] }));
    assert.equal(added, true);
    assert.deepEqual(fake.takeCalls(), ['netlink 2: delete 192.0.2.101/32 @2, add 192.0.2.102/32 @2']);
  });

  it('gives a backup its new addresses only when it becomes active', () => {
    const { fake, writer } = setUp();
    assert.deepEqual(writer.change(1, instance()), { ticket: 0, added: false });
    assert.deepEqual(fake.takeCalls(), []);
  });

  it('settles when everything is answered', async () => {
    const { writer } = setUp();
    assert.equal(await writer.settled(1), true);
    writer.own(1, instance());
    const settled = writer.settled(1000);
    writer.done(1, [0]);
    assert.equal(await settled, true);
  });

  it('gives up waiting at the deadline', async () => {
    const { writer } = setUp();
    writer.own(1, instance());
    assert.equal(await writer.settled(5), false);
  });
});
