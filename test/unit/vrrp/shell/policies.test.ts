// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import { createLog } from '../../../../lib/base/log.ts';
import { createNames } from '../../../../lib/config/iproute-names.ts';
import type { Route, Rule } from '../../../../lib/config/model.ts';
import type { KernelRoute } from '../../../../lib/native/surface.ts';
import { createKernelWriter, STATICS } from '../../../../lib/vrrp/shell/kernel-writer.ts';
import { createNetworkView } from '../../../../lib/vrrp/shell/network-view.ts';
import { instance } from '../../../support/configs.ts';
import { createFakeNative, link } from '../../../support/fake-native.ts';

const position = { file: 'test.conf', line: 1, column: 1 };

function route(address: string, length: number, changes: Partial<Route> = {}): Route {
  return {
    family: 4,
    type: 1,
    destination: { address: ip(address), length },
    from: null,
    src: null,
    tos: 0,
    table: 254,
    vrf: null,
    protocol: 18,
    scope: 0,
    metric: null,
    expires: null,
    pref: null,
    ttl_propagate: null,
    metrics: [],
    congctl: null,
    hops: [{ via: null, dev: 'eth0', weight: 1, onlink: false, realms: null, encap: null }],
    mode: 'prepend',
    no_track: false,
    track_group: null,
    position,
    ...changes,
  };
}

function rule(preference: number): Rule {
  return {
    family: 4,
    action: 'table',
    not: false,
    from: { address: ip('10.0.0.0'), length: 8 },
    to: null,
    table: 5,
    goto: null,
    preference,
    tos: 0,
    fwmark: null,
    realms: null,
    suppress_prefixlength: null,
    suppress_ifgroup: null,
    iif: null,
    oif: null,
    tunnel_id: null,
    uidrange: null,
    ipproto: null,
    sport: null,
    dport: null,
    protocol: 18,
    no_track: false,
    track_group: null,
    position,
  };
}

function kernelRoute(address: string, length: number, changes: Partial<KernelRoute> = {}): KernelRoute {
  return {
    family: 4,
    type: 1,
    protocol: 18,
    tos: 0,
    table: 254,
    metric: 0,
    destination: { address, length },
    source: { address: '0.0.0.0', length: 0 },
    hops: [{ ifindex: 2, gateway: null }],
    ...changes,
  };
}

function setUp() {
  const fake = createFakeNative();
  fake.kernelAnswers = false;
  const view = createNetworkView();
  view.setLink(link(2, 'eth0'));
  const engine = fake.addon.createEngine({ realtimePriority: 0, lockMemory: false, leaseFd: -1 }, () => {});
  return { fake, view, writer: createKernelWriter(fake.addon, engine, view, createLog([], 0)) };
}

const without = { virtual_ipaddress: [] };

describe('the writer of routes and rules', () => {
  it('sets routes before rules and removes them the other way round, as the lease order does', () => {
    const { fake, writer } = setUp();
    writer.own(1, instance({ virtual_routes: [route('10.1.0.0', 16)], virtual_rules: [rule(100)] }));
    assert.equal(writer.removalMessages(1).length, 3);
    writer.release(1);
    assert.deepEqual(fake.takeCalls(), [
      'netlink 1: add 192.0.2.100/32 @2, prepend 10.1.0.0/16, add rule 100',
      'netlink 2: delete rule 100, delete 10.1.0.0/16, delete 192.0.2.100/32 @2',
    ]);
  });

  it('knows its route in what the kernel reports, and puts it back once', () => {
    const { fake, writer } = setUp();
    const config = instance({ ...without, virtual_routes: [route('10.1.0.0', 16), route('10.2.0.0', 16, { no_track: true })] });
    writer.own(1, config);
    assert.equal(writer.routeLost(kernelRoute('10.1.0.0', 16, { metric: 5 })), null, 'another metric is another route');
    assert.equal(writer.routeLost(kernelRoute('10.1.0.0', 16)), 1);
    assert.equal(writer.routeLost(kernelRoute('10.2.0.0', 16)), null, 'not tracked');
    writer.own(1, config);
    writer.own(1, config);
    assert.deepEqual(fake.takeCalls(), ['netlink 1: prepend 10.1.0.0/16, prepend 10.2.0.0/16', 'netlink 2: prepend 10.1.0.0/16']);
  });

  it('does not remove what the kernel refused', () => {
    const { fake, writer } = setUp();
    writer.own(1, instance({ ...without, virtual_routes: [route('10.1.0.0', 16)] }));
    writer.done(1, [101]);
    writer.release(1);
    assert.deepEqual(fake.takeCalls(), ['netlink 1: prepend 10.1.0.0/16']);
  });

  it('removes what somebody took before: the report may be older than what puts it back', () => {
    const { fake, writer } = setUp();
    const config = instance({ ...without, virtual_routes: [route('10.1.0.0', 16)] });
    writer.own(1, config);
    writer.compare([], []);
    writer.own(1, config);
    assert.equal(writer.routeLost(kernelRoute('10.1.0.0', 16)), 1);
    assert.equal(writer.removalMessages(1).length, 1);
    writer.release(1);
    assert.deepEqual(fake.takeCalls().at(-1), 'netlink 3: delete 10.1.0.0/16');
  });

  it('finds out what went without a word', () => {
    const { writer } = setUp();
    writer.own(1, instance({ ...without, virtual_routes: [route('10.1.0.0', 16), route('10.2.0.0', 16)] }));
    assert.deepEqual(writer.compare([kernelRoute('10.1.0.0', 16), kernelRoute('10.2.0.0', 16)], []), []);
    assert.deepEqual(writer.compare([kernelRoute('10.2.0.0', 16)], []), [1]);
  });

  it('replaces a route in place when only its metrics change, and touches nothing else', () => {
    const { fake, writer } = setUp();
    writer.own(1, instance({ ...without, virtual_routes: [route('10.1.0.0', 16), route('10.2.0.0', 16)] }));
    const changed = route('10.1.0.0', 16, { metrics: [{ name: 'mtu', value: 1400, lock: false }] });
    writer.change(1, instance({ ...without, virtual_routes: [changed, route('10.3.0.0', 16)] }));
    assert.deepEqual(fake.takeCalls().slice(1), ['netlink 2: delete 10.2.0.0/16, replace 10.1.0.0/16, prepend 10.3.0.0/16']);
  });

  it('holds static objects for the host', () => {
    const { fake, writer } = setUp();
    const statics = { static_ipaddress: [], static_routes: [route('10.1.0.0', 16)], static_rules: [rule(7)] };
    writer.ownStatics(statics);
    writer.changeStatics({ ...statics, static_rules: [] });
    writer.release(STATICS);
    assert.deepEqual(fake.takeCalls(), [
      'netlink 1: prepend 10.1.0.0/16, add rule 7',
      'netlink 2: delete rule 7',
      'netlink 3: delete 10.1.0.0/16',
    ]);
  });
});

describe('names of iproute2', () => {
  it('are looked up in the tables, the local ones last', () => {
    const texts: Record<string, string> = {
      '/usr/share/iproute2/rt_tables': '10 ten\n0x20 twenty # comment\nnonsense\n',
      '/etc/iproute2/rt_tables': '11 ten\n',
      '/etc/protocols': 'tcp 6 TCP\nfoo 99 FOO BAR\n',
    };
    const names = createNames(
      {
        directory: () => '/',
        glob: () => [],
        read: (path) =>
          texts[path] === undefined ? { ok: false, error: 'missing' } : { ok: true, value: new TextEncoder().encode(texts[path]) },
      },
      null,
      null,
    );
    assert.deepEqual(
      [
        names.lookUp('rt_tables', 'ten'),
        names.lookUp('rt_tables', 'twenty'),
        names.lookUp('rt_tables', 'main'),
        names.lookUp('rt_tables', 'x'),
        names.lookUp('protocols', 'BAR'),
      ],
      [11, 32, 254, null, 99],
    );
  });
});
