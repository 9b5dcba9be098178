// SPDX-License-Identifier: MIT
// The three files from a view made by hand, read back by the rules of public exporters.

import assert from 'node:assert/strict';
import { ip } from '../../../lib/base/address.ts';
import { micros, seconds } from '../../../lib/base/time.ts';
import type { MadeInterface, Script, VrrpScript } from '../../../lib/config/model.ts';
import { parentDataLines, vrrpDataLines } from '../../../lib/observe/data-dump.ts';
import { jsonText } from '../../../lib/observe/json-dump.ts';
import { statsText } from '../../../lib/observe/stats.ts';
import { addressText, epochText, masked } from '../../../lib/observe/words.ts';
import type { InstanceView, Statistics, VrrpView } from '../../../lib/ports/vrrp-view.ts';
import { newTally, statisticsOf as sumOf } from '../../../lib/vrrp/shell/statistics.ts';
import { config, instance, virtualAddress } from '../../support/configs.ts';
import { addressAndDevice, instancesOfData, jsonNumbers, scriptsOfData, statisticsOf } from '../../support/exporters.ts';

const facts = { hostName: 'one', umask: 0o177, namespace: null, nextReload: null };
const counted: Statistics = { ...sumOf(newTally(), null), advertReceived: 7, advertSent: 9, becameMaster: 2, authFailure: 3 };

function instanceView(changes: Partial<InstanceView> = {}): InstanceView {
  return {
    config: instance(),
    group: null,
    state: 'MASTER',
    wantState: 'MASTER',
    interfaceFaults: [],
    faults: [],
    configFaults: 0,
    trackerFaults: 0,
    waitingScripts: 0,
    lastTransition: 1_795_270_224_314_140,
    timer: null,
    downInterval: micros(3_414_062),
    source: ip('192.0.2.1'),
    oldUnicastSum: false,
    ifindex: 2,
    master: null,
    heard: null,
    masterInterval: seconds(1),
    effectivePriority: 150,
    totalPriority: 150,
    lastAdvertSent: 1_795_270_225_000_042,
    isSet: [true],
    madeUp: false,
    rules: null,
    statistics: counted,
    claims: 0,
    troubles: [],
    ...changes,
  };
}

function viewOf(...instances: InstanceView[]): VrrpView {
  return {
    config: config(...instances.map((i) => i.config)),
    instances,
    groups: [],
    scripts: [],
    files: [],
    processes: [],
    bfds: [],
    links: [],
    staticsSet: [],
    sockets: [],
    unknownVrids: 0,
    lateness: [],
  };
}

const script = (text: string): Script => ({ words: text.split(' '), user: null, text, path: null, run_as: { uid: 1, gid: 2 } });
const data = (view: VrrpView): string => vrrpDataLines(view, facts).join('\n');
const secret = instance({ authentication: { auth_type: 'PASS', auth_pass: 'geheim' } });

it('the data dump says how late adverts were sent, in powers of two', () => {
  const view = { ...viewOf(), lateness: [0, 3, 0, 1] };
  assert.deepEqual(data(view).split('\n').slice(-3), [
    '------< Adverts sent late >------',
    ' Less than 2 usecs = 3',
    ' Less than 8 usecs = 1',
  ]);
  assert.ok(!data(viewOf()).includes('late'), 'nothing was sent');
});

describe('a virtual MAC in the dumps', () => {
  // As keepalived 2.2.7 writes it.
  const made: MadeInterface = {
    kind: 'macvlan',
    name: 'vx.51',
    named: false,
    base: 'eth0',
    family: 4,
    mac: '00:00:5e:00:01:33',
    mode: 'private',
    group: null,
    netlink_notify_msg: false,
    address: null,
  };
  const vip = virtualAddress('10.9.0.100', { prefixLength: 24, made: 'vx.51' });
  const view: VrrpView = {
    ...viewOf(
      instanceView({
        config: instance({ use_vmac: made, vmac_xmit_base: true, accept: false, virtual_ipaddress: [vip] }),
        madeUp: true,
        rules: 'nftable_set',
      }),
    ),
    links: [
      {
        ...{ name: 'vx.51', ifindex: 4, address4: null, address6: null, mac: new Uint8Array(6), flags: 0x1043, mtu: 1500, type: 1 },
        up: true,
        polled: null,
        delays: { down: micros(0), up: micros(0), running: false },
        made: { kind: 'macvlan', mode: 'private', base: 'eth0', baseFlags: 0x1043, ours: true },
      },
    ],
  };

  it('is named with the interface below, and its addresses with both', () => {
    const lines = data(view);
    for (const line of [
      '   Use VMAC, i/f name vx.51, is_up = true, xmit_base = true\n   Interface = vx.51, vmac on eth0, xmit base i/f\n',
      '     10.9.0.100/24 dev vx.51@eth0 scope global set nftable_set\n',
      '   VMAC type private, underlying interface = eth0, state = UP, RUNNING\n   I/f created by keepalived\n   MTU = 1500\n',
      '   Accept = disabled\n',
    ])
      assert.ok(lines.includes(line), line);
  });

  it('is the interface of the JSON', () => {
    const [one] = JSON.parse(jsonText(view, 1) ?? '[]');
    assert.deepEqual([one.data.vmac_ifname, one.data.ifp_ifname], ['vx.51', 'vx.51']);
    assert.deepEqual(one.data.vips, ['10.9.0.100/24 dev vx.51@eth0 scope global set nftable_set']);
  });
});

describe('the data dump', () => {
  it('gives exporters state, interface, VRID, transition and addresses', () => {
    const view = viewOf(
      instanceView({
        config: instance({ virtual_ipaddress: [virtualAddress('192.0.2.100', { prefixLength: 24 }), virtualAddress('192.0.2.101')] }),
        isSet: [true, false],
      }),
      instanceView({ config: instance({ name: 'VI_2', virtual_router_id: 52 }), state: 'FAULT', interfaceFaults: ['i/f down'] }),
    );
    const found = instancesOfData(data(view));
    assert.deepEqual([...found.keys()], ['VI_1', 'VI_2']);
    const one = found.get('VI_1');
    for (const [key, value] of [
      ['State', 'MASTER'],
      ['Wantstate', 'MASTER'],
      ['Interface', 'eth0'],
      ['Virtual Router ID', '51'],
      ['Gratuitous ARP delay', '5'],
    ] as const)
      assert.equal(one?.values.get(key), value, key);
    assert.match(one?.values.get('Last transition') ?? '', /^1795270224\.314140 \(/);
    assert.deepEqual(one?.addresses.map(addressAndDevice), [
      ['192.0.2.100/24', 'eth0'],
      ['192.0.2.101', 'eth0'],
    ]);
    assert.equal(found.get('VI_2')?.values.get('State'), 'FAULT');
  });

  it('shows the pace of announcements by group and beside each interface', () => {
    const position = { file: '', line: 1, column: 1 };
    const none = { name: '', position, gna_interval: null, interface: null, interfaces: [] };
    const view = viewOf(instanceView(), instanceView({ config: instance({ interface: 'eth9' }) }));
    const global_defs = { ...view.config.global_defs, vrrp_garp_interval: micros(50_000) };
    const garp_group = [
      { ...none, garp_interval: micros(100_000), interface: 'eth0' },
      { ...none, garp_interval: micros(200_000), gna_interval: micros(300_000), interfaces: ['eth1', 'eth2'] },
    ];
    const delays = { down: micros(1_996_094), up: micros(0), running: false };
    const link = {
      name: 'eth1',
      ifindex: 3,
      address4: null,
      address6: null,
      mac: new Uint8Array(6),
      flags: 0x1043,
      mtu: 1500,
      type: 1,
      up: true,
      polled: null,
      delays,
      made: null,
    };
    const text = data({ ...view, config: { ...view.config, global_defs, garp_group }, links: [link] });
    assert.ok(
      text.includes(`------< Gratuitous ARP delays >------
------< GARP delay group 0 >------
 GARP interval = 0.1
 Interfaces
  eth0
------< GARP delay group 1 >------
 GARP interval = 0.2
 GNA interval = 0.3
 Interfaces
  eth1
  eth2
------< GARP delay group 2 >------
 GARP interval = 0.05
 Interfaces
  eth9
`),
      text,
    );
    assert.ok(
      text.includes('   Delayed state change running = false\n   Up debounce timer = 0us\n   Down debounce timer = 1996094us\n'),
      text,
    );
    assert.ok(
      text.includes('   Gratuitous ARP interval 200ms\n   Gratuitous NA interval 300ms\n   Gratuitous ARP aggregation group 1'),
      text,
    );
  });

  it('gives exporters the verdict of each script', () => {
    const chk: VrrpScript = {
      name: 'chk',
      position: { file: 'f', line: 1, column: 1 },
      script: script('/bin/x a'),
      interval: seconds(2),
      timeout: seconds(2),
      weight: { value: -20, reverse: true },
      rise: 2,
      fall: 3,
      init_fail: false,
    };
    const scripts = [
      { config: chk, counter: 4, verdict: 'up', running: true },
      { config: { ...chk, name: 'bad' }, counter: 0, verdict: 'down', running: false },
    ] as const;
    const found = scriptsOfData(data({ ...viewOf(instanceView()), scripts }));
    assert.deepEqual(
      [...found],
      [
        ['chk', { status: 'GOOD', state: 'running' }],
        ['bad', { status: 'BAD', state: 'idle' }],
      ],
    );
    const lines = vrrpDataLines({ ...viewOf(), scripts }, facts);
    assert.ok(lines.includes("   Command = '/bin/x' 'a'") && lines.includes('   Script uid:gid = 1:2'));
  });

  it('leaves out sections that have nothing in them', () => {
    assert.deepEqual(
      vrrpDataLines(viewOf(), facts).filter((line) => line.startsWith('---')),
      ['------< Global definitions >------'],
    );
    assert.ok(parentDataLines(config().global_defs, facts).includes(' Router ID = one'));
  });

  it('says who is master while it is not itself, and in which time it learnt', () => {
    const heard = instanceView({
      config: instance({ version: 3, advert_int: seconds(0.5) }),
      state: 'BACKUP',
      master: { address: ip('192.0.2.9'), priority: 200 },
      masterInterval: seconds(0.25),
    });
    const text = data(viewOf(heard));
    assert.match(text, /Master router = 192\.0\.2\.9\n {3}Master priority = 200\n {3}Master advert interval = 250 milli-sec\n/);
    assert.match(text, /Advert interval = 500 milli-sec\n/);
    assert.doesNotMatch(text, /Authentication type/);
  });

  it('names the interface of a link-local group', () => {
    const six = instance({ family: 6, version: 3, mcast_dst_ip: ip('ff02::12'), virtual_ipaddress: [virtualAddress('fe80::9')] });
    const text = data(viewOf(instanceView({ config: six, ifindex: 3 })));
    assert.match(text, /Using Native IPv6\n/);
    assert.match(text, /Multicast address ff02::12, ifindex 3\n/);
  });

  it('never shows a password or a key', () => {
    const key = 'ab'.repeat(32);
    const hmac = { keys: [{ id: 1, hex: key, file: null }], active_key: 1, time_window: 5, anti_replay: 'time', mode: 'enforce' } as const;
    const view = viewOf(instanceView({ config: secret }), instanceView({ config: { ...instance({ name: 'H' }), auth_hmac: hmac } }));
    const all = [data(view), statsText(view), jsonText(view, 1), jsonText(view, 2)].join('\n');
    assert.doesNotMatch(all, /geheim|abab/);
    assert.ok(all.includes(`Password = ${masked}`) && all.includes(`"auth_data":"${masked}"`));
    assert.match(all, /Keys = 1, active key id = 1\n {3}Mode = enforce\n {3}Anti replay = time, window = 5 sec/);
  });
});

describe('the statistics', () => {
  it('give exporters every counter as a whole number in its section', () => {
    const found = statisticsOf(statsText(viewOf(instanceView(), instanceView({ config: instance({ name: 'VI_2' }) }))));
    assert.deepEqual([...found.keys()], ['VI_1', 'VI_2']);
    const one = found.get('VI_1');
    assert.equal(one?.size, 20);
    assert.equal(one?.get('Advertisements/Received'), 7);
    assert.equal(one?.get('Advertisements/Sent'), 9);
    assert.equal(one?.get('Became master'), 2);
    assert.equal(one?.get('Authentication Errors/Failure'), 3);
    assert.equal(one?.get('Priority Zero/Sent'), 0);
  });
});

describe('the JSON', () => {
  it('is one line that exporters decode as an array of data and stats', () => {
    const text = jsonText(viewOf(instanceView(), instanceView({ config: secret })), 1) ?? '';
    assert.match(text, /^\[[^\n]*\]\n$/);
    const list = JSON.parse(text) as Record<'data' | 'stats', Record<string, unknown>>[];
    assert.equal(list.length, 2);
    for (const entry of list)
      for (const part of ['data', 'stats'] as const)
        for (const key of jsonNumbers[part]) assert.equal(typeof entry[part][key], 'number', `${part}.${key}`);
    assert.equal(list[0]?.data.state, 2);
    assert.equal(list[0]?.data.last_transition, 1795270224.31414);
  });

  it('wraps them in an object as version 2, and is nothing without instances', () => {
    const { vrrp } = JSON.parse(jsonText(viewOf(instanceView()), 2) ?? '');
    assert.equal(vrrp[0].data.iname, 'VI_1');
    assert.equal(jsonText(viewOf(), 1), null);
    assert.equal(jsonText(viewOf(), 2), null);
  });

  it('escapes slashes and control characters, and quotes each word of a command', () => {
    const view = viewOf(instanceView({ config: instance({ name: 'a/"\u0001', notify_master: script('/bin/x y') }) }));
    const text = jsonText(view, 1) ?? '';
    assert.ok(text.includes('"iname":"a\\/\\"\\u0001"'), text);
    assert.ok(text.includes(`"script_master":"'\\/bin\\/x' 'y'"`), text);
  });
});

describe('texts of the dumps', () => {
  it('print times with six digits, whatever their fraction', () => {
    assert.equal(epochText(1_795_270_224_000_042), '1795270224.000042');
    assert.equal(epochText(0), '0.000000');
  });

  it('print an address with all that was configured for it, in order', () => {
    const full = virtualAddress('2001:db8::1', { prefixLength: 64, dev: 'eth1', scope: 253, home: true, no_track: true, preferred_lft: 0 });
    assert.equal(addressText(instance(), full, true), '2001:db8::1/64 dev eth1 scope link home no_track deprecated set');
    const four = virtualAddress('192.0.2.5', { broadcast: ip('192.0.2.255'), label: 'eth0:1', scope: 42 });
    assert.equal(addressText(instance(), four, false), '192.0.2.5 brd 192.0.2.255 dev eth0 scope 42 label eth0:1');
  });
});
