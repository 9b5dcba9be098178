// SPDX-License-Identifier: MIT
// The lease: a stalled JavaScript must not keep the addresses; and the end of an engine, orderly or not.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { micros } from '../../lib/base/time.ts';
import type { LeaseOrder } from '../../lib/native/surface.ts';
import { until } from '../support/until.ts';
import { type Agent, createLan, expectation, frame, type Lan, later, multicast, native, type Wire } from './engine-lan.ts';

describe('the lease of the engine', function () {
  this.timeout(20_000);
  let lan: Lan;
  let agent: Agent;
  let wire: Wire;
  const key = 5;
  const virtual = { family: 4 as const, address: '192.0.2.100', prefixLength: 32, peer: '', broadcast: '', label: '', scope: 0, flags: 0 };

  beforeEach(async () => {
    lan = await createLan();
    agent = await lan.agent('a');
    wire = lan.wire('b');
    const endpoint = await agent.engine.openEndpoint(multicast(lan.a.ifindex));
    await agent.engine.addRouter(key, endpoint, 51, expectation());
  });
  afterEach(async () => lan.destroy());

  const spec = () => ({ ...virtual, ifindex: lan.a.ifindex, preferredLifetime: 0xffffffff });
  const addresses = (): string => lan.ip('a', 'addr', 'show', 'e0');
  async function becomeActive(): Promise<void> {
    const order: LeaseOrder = { farewells: 1, netlink: [native.encodeAddress('delete', spec())] };
    await agent.sequence([
      ['setLeaseOrder', [key, order]],
      ['advertise', [key, frame(), micros(20_000), 0]],
      ['submitNetlink', [1, [native.encodeAddress('add', spec())]]],
      ['listen', [key, true]],
      ['arm', [key, later(60_000), 1]],
    ]);
    await until('the address', () => addresses().includes('192.0.2.100/32'));
  }

  it('that runs out while JavaScript is blocked: priority 0, addresses removed, adverts ended, told afterwards', async () => {
    await becomeActive();
    const until_ = later(300);
    await agent.engine.renewLease(until_);
    const blocked = agent.call('agent', 'block', [1_500]);
    let back = false;
    void blocked.then(() => {
      back = true;
    });
    await until('the address is gone', () => !addresses().includes('192.0.2.100'), { every: 5 });
    assert.equal(back, false, 'JavaScript was still blocked');
    const last = await until('the farewell', () => wire.adverts().find((advert) => advert.what.priority === 0));
    assert.ok(last.at >= until_ && last.at - until_ < 20_000, `farewell ${last.at - until_} µs after the end`);
    await blocked;
    await until('told', () => agent.of('lease_lost').length === 1);
    const total = wire.adverts().length;
    assert.equal(wire.adverts().at(-1), last, 'nothing after the one farewell');
    // What a JavaScript that wakes up late still orders, from what it knew before, is not done.
    await agent.engine.renewLease(later(1_000));
    await agent.sequence([
      ['advertise', [key, frame(), micros(10_000), 0]],
      ['submitNetlink', [2, [native.encodeAddress('add', spec())]]],
    ]);
    await until('the late order is refused', () => agent.of('netlink_done').length === 2);
    assert.deepEqual(agent.of('netlink_done')[1]?.errors, [125], 'ECANCELED');
    assert.equal(wire.adverts().length, total);
    assert.ok(!addresses().includes('192.0.2.100'));
    // Until it says that it knows.
    await agent.engine.renewLease(micros(0));
    await agent.engine.advertise(key, frame(), micros(10_000), 0);
    await until('adverts again', () => wire.adverts().length > total);
  });

  it('that ran out while the whole process was stopped: the first thing on the wire is the farewell', async () => {
    await becomeActive();
    await agent.engine.renewLease(later(200));
    await until('adverts', () => wire.adverts().length > 3);
    agent.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 600));
    const before = wire.adverts().length;
    agent.signal('SIGCONT');
    await until('told', () => agent.of('lease_lost').length === 1);
    await until('the address is gone', () => !addresses().includes('192.0.2.100'));
    assert.deepEqual(
      wire
        .adverts()
        .slice(before)
        .map((advert) => advert.what.priority),
      [0],
    );
  });

  it('that is renewed in time is not lost', async () => {
    await becomeActive();
    for (let i = 0; i < 8; ++i) {
      await agent.engine.renewLease(later(250));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await agent.engine.renewLease(micros(0));
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.deepEqual(agent.of('lease_lost'), []);
    assert.ok(addresses().includes('192.0.2.100'));
    assert.ok(wire.adverts().every((advert) => advert.what.priority === 100));
  });

  it('writes a line to the descriptor given when the addresses are gone', () => {
    // A process of its own, so that the descriptor is one it inherited, as from the parent daemon.
    const script = `
      import { loadNative } from './lib/native/load.ts';
      const native = loadNative();
      const engine = native.createEngine({ realtimePriority: 0, lockMemory: false, leaseFd: 1 }, () => engine.close());
      engine.renewLease(native.now() + 50_000);
      const end = performance.now() + 200;
      while (performance.now() < end);`;
    const output = execFileSync(
      'ip',
      ['netns', 'exec', lan.a.netns, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(output, 'L\n');
  });
});

describe('the end of an engine', function () {
  this.timeout(20_000);
  let lan: Lan;

  beforeEach(async () => {
    lan = await createLan();
  });
  afterEach(async () => lan.destroy());

  const run = (body: string): string =>
    execFileSync(
      'ip',
      [
        ...['netns', 'exec', lan.a.netns, process.execPath, '--import', 'tsx', '--input-type=module', '-e'],
        `import { loadNative } from './lib/native/load.ts';
         const native = loadNative();
         const options = { realtimePriority: 50, lockMemory: true, leaseFd: -1 };
         ${body}`,
      ],
      { encoding: 'utf8', timeout: 10_000 },
    );

  it('is the same when it is closed twice, and every later call has one known error', () => {
    const output = run(`
      const engine = native.createEngine(options, () => {});
      engine.close(); engine.close();
      const names = Object.keys(engine).filter((name) => name !== 'close');
      const codes = new Set(names.map((name) => { try { engine[name](); return 'none'; } catch (error) { return error.code; } }));
      console.log(names.length, [...codes].join());`);
    // A method more is no mistake; none at all would hold nothing.
    const [, count, code] = /^(\d+) (\S*)$/.exec(output.trim()) ?? [];
    assert.ok(Number(count) >= 29, output);
    assert.equal(code, 'ERR_ENGINE_CLOSED');
  });

  it('may come from its own callback', () => {
    const output = run(`
      const engine = native.createEngine(options, (events) => { console.log(events[0].kind); engine.close(); });
      engine.submitNetlink(3, []);`);
    assert.equal(output.trim(), 'netlink_done');
  });

  it('comes by itself when the process ends without close', () => {
    assert.equal(run(`native.createEngine(options, () => {}); console.log('end'); setTimeout(() => process.exit(0), 50);`).trim(), 'end');
  });

  it('does not come from an error thrown by the callback', () => {
    const output = run(`
      process.on('uncaughtException', (error) => console.log('caught', error.message));
      let calls = 0;
      const engine = native.createEngine(options, () => { if (++calls === 2) engine.close(); throw new Error('call ' + calls); });
      engine.submitNetlink(1, []);
      setTimeout(() => engine.submitNetlink(2, []), 50);`);
    assert.deepEqual(output.trim().split('\n'), ['caught call 1', 'caught call 2']);
  });

  it('gives everything back: 50 engines one after the other, with sockets, routers and plans', () => {
    const output = run(`
      import { readdirSync } from 'node:fs';
      const fds = () => readdirSync('/proc/self/fd').length;
      const threads = () => readdirSync('/proc/self/task').length;
      const start = [fds(), threads()];
      for (let i = 0; i < 50; ++i) {
        const engine = native.createEngine({ ...options, lockMemory: false }, () => {});
        const e = engine.openEndpoint({ family: 4, protocol: 112, ifindex: ${lan.a.ifindex}, ifname: 'e0', kind: 'multicast', address: '224.0.0.18', receiveBuffer: 0 });
        engine.addRouter(1, e, 51, { version: 2, authType: 0, authData: new Uint8Array(8), interval: 1000000, addresses: [], peers: [],
          checkUnicastSource: false, v3ChecksumAsV2: false, ignoreAdverts: false, skipAddressCheck: false });
        engine.announce(1, { announcements: [{ ifindex: ${lan.a.ifindex}, address: '192.0.2.9', mac: new Uint8Array(6), router: false }],
          repeat: 5, at: native.now() + 1e6, afterTicket: 0, slot: 0, pacing: 0, clock: 0 });
        engine.arm(1, native.now() + 1e6, 1);
        engine.submitNetlink(1, []);
        if (i % 2) engine.removeRouter(1);
        if (i % 3) engine.closeEndpoint(e);
        engine.close();
      }
      // close() does not wait until the kernel has taken its threads out of the list.
      const deadline = performance.now() + 5000;
      let end = [fds(), threads()];
      while (String(end) !== String(start) && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        end = [fds(), threads()];
      }
      console.log(JSON.stringify({ start, end }));`);
    const { start, end } = JSON.parse(output);
    assert.deepEqual(end, start);
  });

  it('is not needed for endpoints: a closed one frees its group and descriptors', async () => {
    const agent = await lan.agent('a');
    const groups = (): boolean => lan.ip('a', 'maddr', 'show', 'dev', 'e0').includes('224.0.0.18');
    const endpoint = await agent.engine.openEndpoint(multicast(lan.a.ifindex));
    assert.ok(groups());
    await agent.engine.closeEndpoint(endpoint);
    await until('the group is left', () => !groups());
  });

  it('refuses bad arguments with TypeError and impossible sockets with their code', async () => {
    const agent = await lan.agent('a');
    const fails = (call: Promise<unknown>, expected: { name?: string; code?: string }) => assert.rejects(call, expected);
    await fails(agent.engine.openEndpoint({ ...multicast(lan.a.ifindex), address: 'x' }), { name: 'TypeError' });
    await fails(agent.engine.openEndpoint({ ...multicast(lan.a.ifindex), ifname: 'nope' }), { code: 'ENODEV' });
    await fails(agent.engine.openEndpoint({ ...multicast(9999) }), { code: 'ENODEV' });
    await fails(agent.engine.arm(1, micros(0), 1), { name: 'TypeError' });
    await fails(agent.engine.submitNetlink(1, [new Uint8Array(20)]), { name: 'TypeError' });
  });
});
