// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerCall, type BusInstance, type BusWorld, instancePath, statusSignal, vrrpPath } from '../../../lib/dbus/core/objects.ts';

const places = { above: ['blue ns', 'lb1'], noInterface: 'none' };
const router: BusInstance = { name: 'VI_1', interface: 'eth0.10', vrid: 51, family: 4, state: 'Backup' };
const alone: BusInstance = { name: 'VI_2', interface: null, vrid: 52, family: 6, state: 'Fault' };

function world(): BusWorld & { readonly done: string[] } {
  const done: string[] = [];
  return {
    done,
    instances: [router, alone],
    machineId: 'f'.repeat(32),
    perform: (method) => done.push(method),
    sendGarp: (instance) => done.push(`garp ${instance}`),
  };
}

const call = (path: string, member: string, more: { interface?: string; signature?: string; body?: unknown[] } = {}) => ({
  path,
  member,
  interface: '',
  signature: '',
  body: [],
  ...more,
});

describe('objects on the bus', () => {
  it('have paths of letters, digits and underscores, below namespace and instance of the daemon', () => {
    assert.equal(vrrpPath(places), '/org/keepalived/Vrrp1/blue_ns/lb1/Vrrp');
    assert.equal(instancePath(router, places), '/org/keepalived/Vrrp1/blue_ns/lb1/Instance/eth0_10/51/IPv4');
    assert.equal(instancePath(alone, places), '/org/keepalived/Vrrp1/blue_ns/lb1/Instance/none/52/IPv6');
  });

  it('are found from the root, step by step', () => {
    const children = (path: string) => {
      const reply = answerCall(call(path, 'Introspect'), world(), places);
      return reply.kind === 'return' ? [...String(reply.body[0]).matchAll(/<node name="([^"]+)"/g)].map((m) => m[1]) : reply.name;
    };
    assert.deepEqual(children('/'), ['org']);
    assert.deepEqual(children('/org/keepalived/Vrrp1/blue_ns/lb1'), ['Vrrp', 'Instance']);
    assert.deepEqual(children('/org/keepalived/Vrrp1/blue_ns/lb1/Instance'), ['eth0_10', 'none']);
    assert.equal(children('/org/keepalived/Vrrp2'), 'org.freedesktop.DBus.Error.UnknownObject');
  });

  it('answer with properties, and let nobody write them', () => {
    const path = instancePath(router, places);
    const ask = (member: string, signature: string, ...body: unknown[]) =>
      answerCall(call(path, member, { interface: 'org.freedesktop.DBus.Properties', signature, body }), world(), places);
    const own = 'org.keepalived.Vrrp1.Instance';
    assert.deepEqual(ask('Get', 'ss', own, 'State'), { kind: 'return', signature: 'v', body: [['(us)', [1, 'Backup']]] });
    assert.equal(ask('Get', 'ss', own, '__proto__').kind, 'error');
    assert.equal(ask('Get', 'ss', 'other', 'State').kind, 'error');
    assert.equal(ask('Set', 'ssv', own, 'State', ['u', 1]).kind, 'error');
  });

  it('do what they are asked once, and nothing on a wrong call', () => {
    const w = world();
    answerCall(call(vrrpPath(places), 'PrintData', { interface: 'org.keepalived.Vrrp1.Vrrp' }), w, places);
    answerCall(call(instancePath(alone, places), 'SendGarp'), w, places);
    answerCall(call(vrrpPath(places), 'ReloadConfig', { signature: 's', body: ['now'] }), w, places);
    answerCall(call(instancePath(router, places), 'PrintData'), w, places);
    assert.deepEqual(w.done, ['PrintData', 'garp VI_2']);
  });

  it('answer anything with something', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('Introspect', 'Get', 'Set', 'org.freedesktop.DBus.Properties', vrrpPath(places)));
    fc.assert(
      fc.property(word, word, word, word, fc.array(fc.anything()), (path, name, member, signature, body) => {
        const reply = answerCall({ path, interface: name, member, signature, body }, world(), places);
        assert.ok(reply.kind === 'return' || reply.name.startsWith('org.freedesktop.DBus.Error.'));
      }),
      { numRuns: 1_000 },
    );
  });

  it('signal a state as its number', () => {
    assert.deepEqual(statusSignal(router, 'Stop', places), {
      path: instancePath(router, places),
      interface: 'org.keepalived.Vrrp1.Instance',
      member: 'VrrpStatusChange',
      signature: 'u',
      body: [98],
    });
  });
});
