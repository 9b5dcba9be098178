// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { instance, instanceText, load, problems } from './load.ts';

const process = (lines: string) => load(`vrrp_track_process p {\n process cmd\n${lines}\n}\n`).config?.vrrp_track_process[0];
const said = (text: string) => problems(load(text)).map((p) => p.replace(/^[0-9]+:[0-9]+ /, ''));

describe('vrrp_track_process', () => {
  it('has keepalived’s defaults', () => {
    const { position: _, ...rest } = process('') ?? assert.fail('none');
    assert.deepEqual(rest, {
      name: 'p',
      process: ['cmd'],
      param_match: 'none',
      weight: { value: 0, reverse: false },
      quorum: 1,
      quorum_max: null,
      terminate_delay: 0,
      fork_delay: 0,
      full_command: false,
    });
  });

  it('parameters ask for the whole command, exactly unless said otherwise', () => {
    const of = (lines: string) => {
      const p = load(`vrrp_track_process p {\n${lines}\n}\n`).config?.vrrp_track_process[0];
      return [p?.process, p?.param_match, p?.full_command];
    };
    assert.deepEqual(of('process cmd "a b" c'), [['cmd', 'a b', 'c'], 'exact', true]);
    assert.deepEqual(of('process cmd a\nparam_match initial'), [['cmd', 'a'], 'initial', true]);
    assert.deepEqual(of('process cmd\nparam_match'), [['cmd'], 'exact', true]);
  });

  it('delay stands for both delays; what is written behind it wins', () => {
    const p = process('fork_delay 2\ndelay 0.5\nterminate_delay 3');
    assert.deepEqual([p?.fork_delay, p?.terminate_delay], [500_000, 3_000_000]);
  });

  it('of two contradicting limits the later one is dropped; quorum_max 0 stands with the default quorum', () => {
    const limits = (lines: string) => {
      const loaded = load(`vrrp_track_process p {\n process cmd\n${lines}\n}\n`);
      const [p] = loaded.config?.vrrp_track_process ?? [];
      return [p?.quorum, p?.quorum_max, ...loaded.findings.map((f) => f.message)];
    };
    assert.deepEqual(limits('quorum 3\nquorum_max 2'), [3, null, 'quorum_max is less than quorum - ignoring']);
    assert.deepEqual(limits('quorum_max 4\nquorum 5'), [1, 4, 'Quorum is greater than quorum_max - ignoring']);
    assert.deepEqual(limits('quorum_max 0'), [1, 0]);
    assert.deepEqual(limits('quorum 1\nquorum_max 0'), [1, 0]);
    assert.deepEqual(limits('quorum 2\nquorum_max 2'), [2, 2]);
  });

  it('refuses second words and a block without a process, as keepalived says it', () => {
    assert.deepEqual(
      said('vrrp_track_process p {\n process a\n process b\n weight 5\n weight 6\n}\nvrrp_track_process q {\n weight 5\n}\n'),
      [
        'keyword-repeated: Process already set for track process p - ignoring b',
        'keyword-repeated: Weight already set for track process p - ignoring 6',
        "track-process-no-process: track process 'q' process name not specified",
      ],
    );
  });
});

describe('what instances track', () => {
  const definitions = [
    'track_file f {\n file /run/f\n weight 2 reverse\n}',
    'track_file f {\n file /run/second\n}',
    'track_file unused {\n file /run/u\n}',
    'vrrp_track_process p {\n process x\n weight 7\n}',
    'bfd_instance b {\n neighbor_ip 192.0.2.1\n weight -3\n}',
    '',
  ].join('\n');
  const lists = 'track_file {\n f\n}\ntrack_process {\n p weight -5 reverse\n}\ntrack_bfd {\n b\n}';

  it('takes the weight of the thing unless it has its own', () => {
    const i = instance(lists, {}, definitions);
    assert.deepEqual(
      [i.track_file, i.track_process, i.track_bfd],
      [
        [{ name: 'f', weight: { value: 2, reverse: true } }],
        [{ name: 'p', weight: { value: -5, reverse: true } }],
        [{ name: 'b', weight: { value: -3, reverse: false } }],
      ],
    );
  });

  it('keeps the first of two files of one name, and only files that somebody tracks', () => {
    const { config } = load(definitions + instanceText(lists));
    assert.deepEqual(
      config?.track_file.map((f) => f.file),
      ['/run/f'],
    );
  });

  it('an address owner drops weighted files and sessions, and keeps what means Fault', () => {
    const more = 'priority 255\ntrack_file {\n f\n}\ntrack_process {\n p\n}\ntrack_bfd {\n b weight 0\n}';
    const i = instance(more, {}, definitions);
    assert.deepEqual([i.track_file, i.track_process.length, i.track_bfd.length], [[], 1, 1]);
    assert.deepEqual(said(definitions + instanceText(more)), [
      'weight-owner: (VI_1) ignoring tracked file f with weight 2 due to address_owner',
    ]);
  });

  it('says what is written twice or is not there', () => {
    assert.deepEqual(said(definitions + instanceText('track_process {\n p\n p\n nop\n}\ntrack_bfd {\n c\n}')), [
      'duplicate: (VI_1) duplicate track_process p - ignoring',
      'track-undefined: (VI_1) track process nop not found, ignoring...',
      'track-undefined: (VI_1) track BFD c not found, ignoring...',
    ]);
  });
});

describe('interface_up_down_delays and linkbeat_interfaces', () => {
  const links = (text: string, options = {}) => {
    const { config } = load(text + instanceText(''), options);
    return [config?.interface_up_down_delays, config?.linkbeat_interfaces];
  };

  it('are read with their defaults, the last entry of an interface counts', () => {
    assert.deepEqual(links('interface_up_down_delays {\n eth1 1\n eth1 2 0.5\n}\nlinkbeat_interfaces {\n eth1 MII\n eth2\n}\n'), [
      [{ name: 'eth1', down: 2_000_000, up: 500_000 }],
      [
        { name: 'eth1', type: 'MII' },
        { name: 'eth2', type: null },
      ],
    ]);
  });

  it('a delay is cut to what lets a backup know in time, as keepalived says it', () => {
    const text = 'interface_up_down_delays {\n eth0 5 1\n}\n';
    assert.deepEqual(links(text)[0], [{ name: 'eth0', down: 1_996_094, up: 1_000_000 }]);
    assert.deepEqual(said(text + instanceText('')), [
      'delay-long: VI_1: interface eth0 debounce timer(s) not less that 2 * advert_int - resetting',
    ]);
  });

  it('entries for interfaces that do not exist are dropped', () => {
    const interfaces = [{ name: 'eth0', mtu: 1500, loopback: false, multicast: true }];
    const text = 'interface_up_down_delays {\n eth7 1\n}\nlinkbeat_interfaces {\n eth7\n}\n';
    assert.deepEqual(links(text, { interfaces }), [[], []]);
    assert.equal(links(`global_defs {\n dynamic_interfaces\n}\n${text}`, { interfaces })[0]?.length, 1);
  });
});
