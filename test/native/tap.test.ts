// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { loadNative } from '../../lib/native/load.ts';
import type { PacketTap, TapFrame } from '../../lib/native/surface.ts';
import { until } from '../support/until.ts';
import { root } from './vectors.ts';

const native = loadNative();
const netns = `ka${process.pid}-tap`;
const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

/** A frame of an Ethernet type reserved for experiments, so that the kernel's own chatter is not mistaken for it. */
function numbered(n: number, size = 60): Uint8Array {
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  frame.fill(0xff, 0, 6);
  frame.set([2, 0, 0, 0, 0, 9], 6);
  view.setUint16(12, 0x88b5);
  view.setUint32(14, n);
  return frame;
}
const isOurs = (frame: TapFrame): boolean => frame.bytes[12] === 0x88 && frame.bytes[13] === 0xb5;
const numberOf = (frame: TapFrame): number => new DataView(frame.bytes.slice().buffer).getUint32(14);

describe('a packet tap', function () {
  this.timeout(30_000);
  const open: PacketTap[] = [];

  const listen = (ifname: string, options: Partial<{ snaplen: number; promiscuous: boolean }> = {}) => {
    const frames: TapFrame[] = [];
    const tap = native.openTap({ netns, ifname, snaplen: 2048, promiscuous: false, ...options }, (batch) => {
      frames.push(...batch.filter(isOurs));
    });
    open.push(tap);
    return { ...tap, frames };
  };

  before(() => {
    ip('netns', 'add', netns);
    ip('-n', netns, 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
    ip('-n', netns, 'link', 'set', 'left', 'up');
    ip('-n', netns, 'link', 'set', 'right', 'up');
  });
  afterEach(() => {
    for (const tap of open.splice(0)) tap.close();
  });
  after(() => {
    ip('netns', 'delete', netns);
  });

  it('sees what another one sends, at the far end as incoming and at the near end as outgoing', async () => {
    const sender = listen('left');
    const near = listen('left');
    const far = listen('right');
    const frame = numbered(1, 100);
    const before = native.now();
    sender.send(frame);
    const after = native.now();
    await until('both observers have it', () => near.frames.length > 0 && far.frames.length > 0);
    assert.deepEqual([near.frames[0]?.outgoing, far.frames[0]?.outgoing], [true, false]);
    assert.deepEqual(Buffer.from(far.frames[0]?.bytes ?? []), Buffer.from(frame));
    for (const { at } of [...near.frames, ...far.frames]) {
      // Conversion from the wall clock costs some hundred nanoseconds of accuracy.
      assert.ok(at > before - 50 && at < after + 50, `${at} is not between ${before} and ${after}`);
    }
    assert.equal(sender.frames.length, 0, 'a sender does not see its own frames');
  });

  it('delivers every frame of a burst in order, with growing times', async () => {
    const sender = listen('left');
    const observer = listen('right');
    for (let n = 0; n < 2000; n++) sender.send(numbered(n));
    await until('all 2000 frames arrived', () => observer.frames.length === 2000);
    assert.deepEqual(
      observer.frames.map(numberOf),
      Array.from({ length: 2000 }, (_, n) => n),
    );
    for (const [i, frame] of observer.frames.entries()) {
      assert.ok(i === 0 || frame.at >= (observer.frames[i - 1]?.at ?? 0) - 50, `frame ${i} is older than the one before it`);
    }
    assert.equal(observer.drops(), 0);
  });

  it('cuts frames at snaplen', async () => {
    const sender = listen('left');
    const observer = listen('right', { snaplen: 64, promiscuous: true });
    sender.send(numbered(5, 1000));
    await until('the frame arrived', () => observer.frames.length > 0);
    assert.equal(observer.frames[0]?.bytes.length, 64);
  });

  it('keeps a bounded queue and counts what it could not keep', async () => {
    const sender = listen('left');
    const observer = listen('right');
    // Nobody takes frames while this loop runs: more than the queue's 64 MiB.
    const total = 60_000;
    for (let n = 0; n < total; n++) sender.send(numbered(n, 1400));
    await until('each frame was delivered or counted', () => observer.frames.length + observer.drops() === total);
    assert.ok(observer.drops() > 0);
    assert.ok(observer.frames.length > 30_000, `only ${observer.frames.length} were kept`);
    sender.send(numbered(total));
    await until('the tap goes on', () => observer.frames.some((frame) => numberOf(frame) === total));
  });

  it('goes on after its interface was down', async () => {
    const sender = listen('left');
    const observer = listen('right');
    ip('-n', netns, 'link', 'set', 'right', 'down');
    ip('-n', netns, 'link', 'set', 'right', 'up');
    await until('a frame gets through again', () => {
      // The far end needs a moment for its carrier: until then sending fails or is in vain.
      try {
        sender.send(numbered(1));
      } catch (error) {
        assert.match((error as NodeJS.ErrnoException).code ?? '', /^(ENETDOWN|ENOBUFS)$/);
      }
      return observer.frames.length > 0;
    });
  });

  it('can be closed twice, says so when used afterwards and calls nobody any more', async () => {
    const sender = listen('left');
    const observer = listen('right');
    sender.send(numbered(1));
    await until('the frame arrived', () => observer.frames.length === 1);
    sender.send(numbered(2));
    observer.close();
    observer.close();
    assert.equal(observer.drops(), 0);
    assert.throws(() => observer.send(numbered(3)), { code: 'EBADF', syscall: 'send' });
    const other = listen('right');
    sender.send(numbered(4));
    await until('a later frame arrived elsewhere', () => other.frames.length > 0);
    assert.equal(observer.frames.length, 1);
  });

  it('opens inside the namespace and leaves the process where it was', () => {
    const before = native.networkNamespaceId('');
    listen('left').close();
    assert.equal(native.networkNamespaceId(''), before);
    assert.notEqual(native.networkNamespaceId(`/run/netns/${netns}`), before);
  });

  it('names what is missing', () => {
    const options = { netns, ifname: 'left', snaplen: 2048, promiscuous: false };
    const none = () => undefined;
    assert.throws(() => native.openTap({ ...options, ifname: 'middle' }, none), { code: 'ENODEV', syscall: 'if_nametoindex' });
    assert.throws(() => native.openTap({ ...options, netns: `${netns}-gone` }, none), { code: 'ENOENT', syscall: 'open' });
    assert.throws(() => native.openTap({ ...options, netns: '../../proc/1/ns/net' }, none), { code: 'EINVAL' });
    assert.throws(() => native.openTap({ ...options, snaplen: 1 }, none), { name: 'TypeError', message: /^options\.snaplen/ });
    assert.throws(() => native.openTap(options, 'call me' as never), { name: 'TypeError', message: /^onFrames must be a function$/ });
  });

  /** Runs a script with `tap` open on the left; answers how the process ended. */
  const inChild = (script: string) =>
    spawnSync(
      process.execPath,
      [
        '-e',
        `const native = require('${root}/build/Release/ka_ts.node');
         const sender = native.openTap({ netns: '${netns}', ifname: 'right', snaplen: 128, promiscuous: false }, () => {});
         let onFrames = () => {};
         const tap = native.openTap({ netns: '${netns}', ifname: 'left', snaplen: 128, promiscuous: false }, (f) => onFrames(f));
         ${script}`,
      ],
      { encoding: 'utf8', timeout: 20_000 },
    );

  it('keeps the event loop alive until it is closed, and no longer', () => {
    const done = inChild(`
      sender.close();
      setTimeout(() => { console.log('still here'); tap.close(); }, 100).unref();
      process.on('exit', () => console.log('done'));`);
    assert.deepEqual([done.status, done.stdout, done.stderr], [0, 'still here\ndone\n', '']);
  });

  it('does not stop a process from exiting with open taps', () => {
    const done = inChild(`setTimeout(() => process.exit(3), 50); setInterval(() => sender.send(Buffer.alloc(60)), 1);`);
    assert.deepEqual([done.status, done.signal, done.stderr], [3, null, '']);
  });

  it('turns an exception of its listener into an uncaught one', () => {
    const done = inChild(`
      process.on('uncaughtException', (error) => { console.log(error.message); process.exit(4); });
      onFrames = () => { throw new Error('listener failed'); };
      sender.send(Buffer.alloc(60));`);
    assert.deepEqual([done.status, done.stdout], [4, 'listener failed\n']);
  });

  it('is closed with its worker thread, also when that is busy with its frames', () => {
    const inWorker = `
      const { parentPort, workerData } = require('node:worker_threads');
      const native = require('${root}/build/Release/ka_ts.node');
      const busy = () => { parentPort.postMessage('busy'); while (workerData) parentPort.postMessage; };
      native.openTap({ netns: '${netns}', ifname: 'right', snaplen: 128, promiscuous: false }, busy);
      parentPort.postMessage('open');`;
    const done = inChild(`
      const { Worker } = require('node:worker_threads');
      const { once } = require('node:events');
      (async () => {
        for (const endless of [false, true]) {
          const worker = new Worker(${JSON.stringify(inWorker)}, { eval: true, workerData: endless });
          await once(worker, 'message');
          for (let n = 0; n < 100; n++) tap.send(Buffer.alloc(60, n));
          await once(worker, 'message');
          console.log(await worker.terminate());
        }
        sender.close();
        tap.close();
      })();`);
    assert.deepEqual([done.status, done.stdout, done.stderr], [0, '1\n1\n', '']);
  });
});
