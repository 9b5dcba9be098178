// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { InterfaceInfo } from '../../../lib/config/options.ts';
import { fakeScripts, instance, instanceText, load, problems, usable } from './load.ts';

const eth = (name: string, more: Partial<InterfaceInfo> = {}): InterfaceInfo => ({
  name,
  mtu: 1500,
  loopback: false,
  multicast: true,
  ...more,
});
const lo = eth('lo', { loopback: true, multicast: false });
const said = (lines: string, options = {}, prefix = '', address?: string) =>
  problems(load(prefix + instanceText(lines, address), options)).map((p) => p.replace(/^[0-9]+:[0-9]+ /, ''));

describe('defaults of an instance', () => {
  it('are those of keepalived', () => {
    const i = instance('');
    assert.deepEqual(
      [
        i.state,
        i.priority,
        i.version,
        i.advert_int,
        i.down_timer_adverts,
        i.nopreempt,
        i.preempt_delay,
        i.mcast_dst_ip,
        i.accept,
        i.owner_ignore_adverts,
      ],
      ['BACKUP', 100, 2, 1_000_000, 3, false, 0, '224.0.0.18', true, false],
    );
    assert.deepEqual(
      [
        i.garp_master_delay,
        i.garp_master_repeat,
        i.garp_master_refresh,
        i.garp_master_refresh_repeat,
        i.garp_lower_prio_delay,
        i.garp_lower_prio_repeat,
      ],
      [5_000_000, 5, 0, 1, 5_000_000, 5],
    );
  });

  it('make state MASTER without a priority the address owner, and the owner start as MASTER', () => {
    assert.equal(instance('state MASTER').priority, 255);
    assert.equal(instance('priority 255').state, 'MASTER');
    assert.equal(instance('state MASTER\npriority 100').priority, 100);
  });

  it('come from global_defs where it says so, wherever that stands', () => {
    const globals =
      'global_defs {\n vrrp_garp_master_repeat 2\n vrrp_garp_lower_prio_delay 7\n vrrp_version 3\n vrrp_down_timer_adverts 5\n vrrp_check_unicast_src\n vrrp_lower_prio_no_advert\n vrrp_mcast_group4 224.0.0.99\n}\n';
    for (const text of [globals + instanceText(''), instanceText('') + globals]) {
      const [i] = load(text).config?.vrrp_instance ?? [];
      assert.deepEqual(
        [i?.garp_master_repeat, i?.garp_lower_prio_repeat, i?.garp_lower_prio_delay, i?.version, i?.down_timer_adverts],
        [2, 2, 7_000_000, 3, 5],
      );
      assert.deepEqual([i?.check_unicast_src, i?.lower_prio_no_advert, i?.mcast_dst_ip], [true, true, '224.0.0.99']);
    }
  });

  it('are one message and no second burst with vrrp_min_garp, but only where nothing was set', () => {
    const i = instance('', {}, 'global_defs {\n vrrp_min_garp\n vrrp_garp_master_delay 2\n}\n');
    assert.deepEqual([i.garp_master_delay, i.garp_master_repeat], [2_000_000, 1]);
  });

  it('choose version 3 and its group for IPv6', () => {
    const [i] = load(instanceText('', 'fe80::1')).config?.vrrp_instance ?? [];
    assert.deepEqual([i?.family, i?.version, i?.mcast_dst_ip], [6, 3, 'ff02::12']);
  });

  it('add up over several global_defs blocks', () => {
    const { config } = load('global_defs {\n router_id a\n}\nglobal_defs {\n log_unknown_vrids\n ka_ts {\n lease 2.5\n }\n}\n');
    assert.deepEqual(
      [config?.global_defs.router_id, config?.global_defs.log_unknown_vrids, config?.global_defs.ka_ts.lease],
      ['a', true, 2_500_000],
    );
  });

  it('are frozen all the way down', () => {
    const { config } = load(instanceText(''));
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config?.vrrp_instance[0]?.virtual_ipaddress[0]));
  });
});

describe('numbers of an instance', () => {
  it('virtual_router_id 09 is 9', () => assert.equal(instance('virtual_router_id 09').virtual_router_id, 9));

  it('a bad priority becomes 100 with both messages', () => {
    assert.equal(instance('state MASTER\npriority 256').priority, 100);
    assert.deepEqual(said('priority 256'), [
      "number-range: number '256' outside range [1, 255]",
      'value-invalid: (VI_1) Priority not valid! must be between 1 & 255. Using default 100',
    ]);
    assert.deepEqual(said('priority $PRI')[0], "number-invalid: invalid number '$PRI'");
  });

  it('a missing or bad VRID stops the daemon', () => {
    const loaded = load('vrrp_instance A {\n interface eth0\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n');
    assert.deepEqual(problems(loaded), ['1:1 vrid-missing: (A) the virtual router id must be set']);
    assert.deepEqual([loaded.config, loaded.startStatus, loaded.testStatus], [null, 2, 5]);
    assert.equal(load(instanceText('').replace('51', '256')).startStatus, 2);
  });

  it('intervals are rounded to what the version can carry', () => {
    assert.equal(instance('advert_int 1.5').advert_int, 2_000_000);
    assert.equal(instance('advert_int 0.2').advert_int, 1_000_000);
    assert.deepEqual(said('advert_int 1.5'), [
      'interval-rounded: (VI_1) VRRPv2 advertisement interval 1.500000s must be an integer. rounding',
    ]);
    assert.equal(instance('version 3\nadvert_int 0.015').advert_int, 20_000);
    assert.equal(instance('version 3\nadvert_int 0.25').advert_int, 250_000);
    assert.equal(instance('version 3\nadvert_int 41').advert_int, 40_950_000);
    assert.deepEqual(said('version 3\nadvert_int 41'), [
      'interval-clamped: (VI_1) VRRPv3 advertisement interval 41.000000s is out of range. Must be less than 40.96s. Setting to 40.95s',
    ]);
    assert.deepEqual(said('advert_int 256')[0], "number-range: number '256' outside range [0.010000, 255.000000]");
  });

  it('a repeat count of 0 becomes 1', () => {
    assert.deepEqual(said('garp_master_repeat 0'), ['value-raised: (VI_1): garp_master_repeat must be greater than 0, setting to 1']);
    assert.deepEqual(said('', {}, 'global_defs {\n vrrp_garp_master_repeat 0\n}\n'), [
      'value-raised: vrrp_garp_master_repeat must be greater than 0, setting to 1',
    ]);
  });
});

describe('contradictions inside an instance', () => {
  it('state: an unknown word means BACKUP', () => {
    assert.deepEqual(said('state Master'), ["word-invalid: (VI_1) unknown state 'Master', defaulting to BACKUP"]);
    assert.equal(instance('priority 255\nstate Master').state, 'BACKUP');
  });

  it('nopreempt and preempt_delay are cleared where they cannot work', () => {
    assert.equal(instance('nopreempt\nstate MASTER\npriority 100').nopreempt, false);
    assert.deepEqual(said('nopreempt\npriority 255'), [
      'nopreempt-owner: (VI_1) nopreempt is incompatible with priority 255. resetting nopreempt',
    ]);
    assert.deepEqual(said('nopreempt\nstate MASTER\npriority 100'), [
      'nopreempt-master: (VI_1) Warning - nopreempt will not work with initial state MASTER - clearing',
    ]);
    assert.deepEqual(said('preempt_delay 5\nnopreempt'), [
      'preempt-delay-nopreempt: (VI_1) preempt_delay is incompatible with nopreempt mode - resetting',
    ]);
    assert.deepEqual(said('preempt_delay 5\nstate MASTER\npriority 100'), [
      'preempt-delay-master: (VI_1) Warning - preempt delay will not work with initial state MASTER - clearing',
    ]);
    assert.equal(instance('preempt_delay 2.5').preempt_delay, 2_500_000);
  });

  it('preempt takes nopreempt back, the last word wins', () => {
    assert.deepEqual([instance('nopreempt\npreempt').nopreempt, instance('preempt\nnopreempt').nopreempt], [false, true]);
  });

  it('authentication is for version 2 and needs a type and a password', () => {
    const auth = (lines: string) => `authentication {\n${lines}\n}`;
    assert.deepEqual(instance(auth('auth_type PASS\nauth_pass 1111')).authentication, { auth_type: 'PASS', auth_pass: '1111' });
    assert.deepEqual(said(`version 3\n${auth('auth_type PASS\nauth_pass x')}`), [
      'auth-v3: (VI_1) VRRP version 3 does not support authentication. Ignoring.',
    ]);
    assert.deepEqual(said(auth('auth_type PASS')), ['auth-no-password: (VI_1) Authentication specified but no password given. Ignoring']);
    assert.deepEqual(said(auth('auth_type MD5\nauth_pass x')), ["word-invalid: (VI_1) unknown authentication type 'MD5'"]);
    assert.deepEqual(said(auth('auth_type PASS\nauth_pass 123456789')), ['auth-pass-cut: Truncating auth_pass to 8 characters']);
    assert.equal(instance(auth('auth_type PASS\nauth_pass 123456789')).authentication?.auth_pass, '12345678');
    assert.deepEqual(said(`state MASTER\npriority 100\n${auth('auth_type AH\nauth_pass x')}`), [
      'state-ah: (VI_1) Initial state master is incompatible with AH authentication - clearing',
    ]);
  });

  it('owner_ignore_adverts belongs to owners', () => {
    assert.deepEqual(
      [instance('priority 255\nowner_ignore_adverts off').owner_ignore_adverts, instance('owner_ignore_adverts').owner_ignore_adverts],
      [true, false],
    );
    assert.equal(said('owner_ignore_adverts').length, 1);
  });

  it('a second notify script is refused', () => {
    assert.deepEqual(said('notify_master /bin/a\nnotify_master /bin/b'), [
      'keyword-repeated: (VI_1) master script already specified - ignoring /bin/b',
    ]);
    assert.deepEqual(instance('notify_master /bin/a\nnotify_master /bin/b').notify_master?.words, ['/bin/a']);
  });
});

describe('strict mode', () => {
  it('corrects what the RFC forbids', () => {
    const i = instance(
      'strict_mode\nstate MASTER\npriority 100\npreempt_delay 3\ndown_timer_adverts 5\nlower_prio_no_advert off\nhigher_prio_send_advert\ngarp_lower_prio_repeat 3',
    );
    assert.deepEqual(
      [
        i.state,
        i.preempt_delay,
        i.down_timer_adverts,
        i.lower_prio_no_advert,
        i.higher_prio_send_advert,
        i.garp_lower_prio_repeat,
        i.garp_lower_prio_delay,
        i.accept,
      ],
      ['BACKUP', 0, 3, true, false, 0, 0, false],
    );
    assert.deepEqual(said('strict_mode\nstate MASTER\npriority 100'), ['state-strict: (VI_1) State MASTER must match being address owner']);
    assert.deepEqual(said('accept', {}, 'global_defs {\n vrrp_strict\n}\n'), [
      'accept-strict: (VI_1) warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting',
    ]);
  });

  it('stops the daemon for unicast and for no address', () => {
    assert.equal(load(instanceText('strict_mode\nunicast_peer {\n 10.0.0.2\n}')).startStatus, 2);
    const none = load('vrrp_instance A {\n interface eth0\n virtual_router_id 1\n strict_mode\n no_virtual_ipaddress\n}\n');
    assert.deepEqual([problems(none), none.startStatus], [['1:1 vip-missing: (A) No VIP specified; at least one is required'], 2]);
  });
});

describe('virtual addresses', () => {
  it('of the other family are dropped with a clear message', () => {
    const loaded = load(instanceText('', '10.0.0.9\n 2001:db8::1'));
    const [finding] = loaded.findings;
    assert.deepEqual([finding?.code, finding?.place?.line, finding?.word], ['family-mismatch', 6, '2001:db8::1']);
    assert.match(finding?.hint ?? '', /virtual_ipaddress_excluded/);
    assert.deepEqual(
      loaded.config?.vrrp_instance[0]?.virtual_ipaddress.map((v) => v.ip),
      ['10.0.0.9'],
    );
  });

  it('of any family may be excluded ones', () => {
    assert.equal(instance('virtual_ipaddress_excluded {\n 2001:db8::1/64\n 10.0.0.10\n}').virtual_ipaddress_excluded.length, 2);
  });

  it('given twice are kept once', () =>
    assert.deepEqual(said('', {}, '', '10.0.0.9\n10.0.0.9'), ['duplicate: (VI_1) VIP 10.0.0.9 already specified - ignoring']));

  it('that do not fit become excluded ones, by the MTU and at most 255', () => {
    const many = Array.from({ length: 300 }, (_, n) => `10.1.${n >> 8}.${n & 255}`).join('\n');
    const count = (mtu: number, lines = '') =>
      load(instanceText(lines, many), { interfaces: [eth('eth0', { mtu })] }).config?.vrrp_instance[0]?.virtual_ipaddress.length;
    assert.deepEqual([count(1500), count(1500, 'version 3'), count(576), count(576, 'version 3')], [255, 255, 131, 133]);
    assert.deepEqual(said('', {}, '', many), [
      'vips-do-not-fit: (VI_1) Number of VIPs (300) exceeds maximum/space available in packet (max 255 addresses) - excess moved to eVIPs',
    ]);
  });

  it('none at all: a warning in version 2, the end in version 3', () => {
    const none = (lines: string) => load(`vrrp_instance A {\n interface eth0\n virtual_router_id 1\n${lines}\n}\n`);
    assert.deepEqual(problems(none('')), ['1:1 vip-missing: (A) No VIP specified; at least one is sensible']);
    assert.equal(none('').startStatus, 0);
    assert.equal(none('version 3').startStatus, 2);
    assert.deepEqual(problems(none('no_virtual_ipaddress')), []);
  });
});

describe('interfaces', () => {
  it('that do not exist stop the daemon, unless they may come later', () => {
    const loaded = load(instanceText(''), { interfaces: [lo, eth('eth1')] });
    assert.deepEqual(problems(loaded), [
      "2:12 interface-unknown: WARNING - interface eth0 for vrrp_instance VI_1 doesn't exist",
      'interfaces-missing: Non-existent interface specified in configuration',
    ]);
    assert.deepEqual([loaded.startStatus, loaded.testStatus], [2, 5]);
    assert.equal(load(`global_defs {\n dynamic_interfaces\n}\n${instanceText('')}`, { interfaces: [lo] }).startStatus, 0);
  });

  it('are also looked for behind dev and in track_interface', () => {
    const interfaces = [lo, eth('eth0')];
    assert.equal(load(instanceText('', '10.0.0.9 dev eth7'), { interfaces }).startStatus, 2);
    assert.equal(load(instanceText('track_interface {\n eth7\n}'), { interfaces }).startStatus, 2);
    assert.equal(load(instanceText('track_interface {\n lo weight -10\n}'), { interfaces }).startStatus, 0);
  });

  it('must be there for multicast, must not be the loopback', () => {
    const text = instanceText('').replace('interface eth0', '');
    assert.equal(load(text).startStatus, 2);
    assert.equal(load(instanceText('').replace('eth0', 'lo'), { interfaces: [lo] }).startStatus, 2);
  });

  it('without multicast hold the instance in FAULT', () => {
    const i = instance('', { interfaces: [eth('eth0', { multicast: false })] });
    assert.deepEqual(i.config_faults, ['interface eth0 does not support multicast, specify unicast peers - disabling']);
  });

  it('of the instance itself are not tracked twice', () => {
    assert.deepEqual(said('track_interface {\n eth0\n}'), [
      'track-own-interface: (VI_1) Ignoring track_interface eth0 since own interface',
    ]);
  });
});

describe('unicast', () => {
  it('takes peers with their TTL limits and checks sources then', () => {
    const i = instance(
      'unicast_src_ip 10.0.0.1\nunicast_peer {\n 10.0.0.2\n 10.0.0.3 min_ttl 254 max_ttl 255\n 10.0.0.2\n}\nunicast_ttl 64',
    );
    assert.deepEqual(i.unicast_peer, [
      { ip: '10.0.0.2', min_ttl: 0, max_ttl: 255 },
      { ip: '10.0.0.3', min_ttl: 254, max_ttl: 255 },
    ]);
    assert.deepEqual([i.check_unicast_src, i.unicast_src_ip, i.mcast_src_ip, i.unicast_ttl], [true, '10.0.0.1', null, 64]);
  });

  it('words without peers mean multicast, or FAULT when asked for', () => {
    assert.match(
      said('unicast_src_ip 10.0.0.1')[0] ?? '',
      /^unicast-no-peers: \(VI_1\) A unicast keyword has been specified without any unicast peers/,
    );
    assert.equal(instance('unicast_src_ip 10.0.0.1').mcast_src_ip, '10.0.0.1');
    assert.equal(instance('unicast_src_ip 10.0.0.1\nunicast_fault_no_peer').config_faults.length, 1);
    assert.deepEqual(said('unicast_ttl 5'), ['ttl-multicast: (VI_1): Cannot use unicast_ttl without unicast peers - resetting']);
  });

  it('without interface needs a source', () => {
    const text = (lines: string) => load(instanceText(lines, '10.0.0.9 dev eth1').replace('interface eth0', ''));
    assert.equal(text('unicast_src_ip 10.0.0.1\nunicast_peer {\n 10.0.0.2\n}').startStatus, 0);
    assert.deepEqual(problems(text('unicast_peer {\n 10.0.0.2\n}')), [
      '1:1 interface-missing: (VI_1): Unicast instances must have unicast_src_ip or interface',
    ]);
  });
});

describe('two instances with one VRID', () => {
  const two = (a: string, b: string) => load(instanceText(a) + instanceText(b, '10.0.0.10').replace('VI_1', 'VI_2'));

  it('on one interface stop the daemon', () => {
    const loaded = two('', '');
    assert.deepEqual(problems(loaded), ['9:1 vrid-duplicate: VI_1 and VI_2 both use VRID 51 with IPv4 on interface eth0']);
    assert.deepEqual([loaded.startStatus, loaded.testStatus], [2, 5]);
  });

  it('on different interfaces, groups, families or kinds do not', () => {
    assert.equal(two('', 'interface eth1').startStatus, 0);
    assert.equal(two('', 'mcast_dst_ip 224.0.0.77').startStatus, 0);
    assert.equal(two('', 'unicast_peer {\n 10.0.0.3\n}').startStatus, 0);
    assert.equal(two('unicast_peer {\n 10.0.0.2\n}', 'unicast_peer {\n 10.0.0.3\n}').startStatus, 0);
  });

  it('and a common peer stop the daemon', () => {
    assert.equal(two('unicast_peer {\n 10.0.0.2\n}', 'unicast_peer {\n 10.0.0.3\n 10.0.0.2\n}').startStatus, 2);
  });

  it('and one name are one instance', () => {
    const loaded = load(instanceText('') + instanceText(''));
    assert.deepEqual(problems(loaded), ['9:15 block-duplicate: vrrp instance VI_1 already defined']);
  });
});

describe('tracked scripts', () => {
  const chk = (lines = '', name = 'chk') => `vrrp_script ${name} {\n script "/bin/check -x"\n${lines}\n}\n`;
  const track = (entry = 'chk') => `track_script {\n ${entry}\n}`;
  const scripts = fakeScripts({ '/bin/check': usable('/bin/check') });

  it('have their defaults: interval 1, timeout as interval, rise and fall 1', () => {
    const { config } = load(chk('interval 2.5') + instanceText(track()));
    const [script] = config?.vrrp_script ?? [];
    assert.deepEqual(
      [script?.interval, script?.timeout, script?.rise, script?.fall, script?.weight, script?.init_fail],
      [2_500_000, 2_500_000, 1, 1, { value: 0, reverse: false }, false],
    );
    assert.deepEqual(script?.script.words, ['/bin/check', '-x']);
  });

  it('pass their weight on, unless the instance has its own', () => {
    const weight = (script: string, entry: string) =>
      load(chk(script) + instanceText(track(entry))).config?.vrrp_instance[0]?.track_script[0]?.weight;
    assert.deepEqual(weight('weight -20', 'chk'), { value: -20, reverse: false });
    assert.deepEqual(weight('weight 5 reverse', 'chk weight 7'), { value: 7, reverse: true });
    assert.deepEqual(weight('weight 5 reverse', 'chk weight 7 noreverse'), { value: 7, reverse: false });
  });

  it('must be defined, and before the instance', () => {
    assert.deepEqual(said(track(), {}, chk('', 'chk2'))[0], 'script-undefined: (VI_1) track script chk not found, ignoring...');
    const loaded = load(instanceText(track()) + chk());
    assert.deepEqual(
      [loaded.findings[0]?.code, loaded.findings[0]?.hint],
      ['script-undefined', 'vrrp_script chk must be defined before the instance'],
    );
  });

  it('have no weight for an address owner', () => {
    assert.deepEqual(said(`priority 255\n${track()}`, {}, chk('weight 5')), [
      'weight-owner: (VI_1) ignoring tracked script chk with weight 5 due to address_owner',
    ]);
    assert.equal(instance(`priority 255\n${track()}`, {}, chk()).track_script.length, 1);
  });

  it('that nobody tracks are not run', () => {
    const loaded = load(chk() + instanceText(''));
    assert.deepEqual(
      [loaded.config?.vrrp_script.length, loaded.findings[0]?.message, loaded.testStatus],
      [0, 'Warning - script chk is not used', 0],
    );
  });

  it('without a command are removed', () => {
    assert.deepEqual(problems(load(`vrrp_script chk {\n interval 1\n}\n${instanceText(track())}`)), [
      '1:1 script-not-set: No script set for vrrp_script chk - removing',
      '11:2 script-undefined: (VI_1) track script chk not found, ignoring...',
    ]);
  });

  it('that do not exist are disabled and dropped from every instance, with a clear message', () => {
    const loaded = load(chk() + instanceText(track()), { scripts: fakeScripts() });
    assert.deepEqual(
      loaded.findings.map((f) => [f.message, f.place?.line]),
      [
        ['Script /bin/check cannot be accessed - No such file or directory', 2],
        ['Disabling track script chk since not found/accessible', 1],
      ],
    );
    assert.deepEqual([loaded.config?.vrrp_instance[0]?.track_script, loaded.config?.vrrp_script, loaded.testStatus], [[], [], 5]);
  });

  it('that exist are run, but not without a word about security', () => {
    const loaded = load(chk() + instanceText(track()), { scripts });
    assert.deepEqual(problems(loaded), [
      'script-security: SECURITY VIOLATION - scripts are being executed but script_security not enabled.',
    ]);
    assert.deepEqual([loaded.config?.vrrp_script[0]?.script.path, loaded.testStatus, loaded.startStatus], ['/bin/check', 6, 0]);
  });

  it('that others may change are run or not as enable_script_security says', () => {
    const unsafe = fakeScripts(
      { '/bin/check': usable('/bin/check', { unsafe: '/bin is writable by group staff' }) },
      { keepalived_script: { uid: 7, gid: 8 } },
    );
    assert.match(problems(load(chk() + instanceText(track()), { scripts: unsafe })).join(), /There are insecure scripts/);
    const loaded = load(`global_defs {\n enable_script_security\n}\n${chk()}${instanceText(track())}`, { scripts: unsafe });
    assert.deepEqual(
      loaded.findings.map((f) => f.message),
      ["Unsafe permissions found for script '/bin/check' - disabling.", 'Disabling track script chk due to insecure'],
    );
    assert.equal(loaded.findings[0]?.hint, '/bin is writable by group staff');
  });

  it('run as their user, else script_user, else keepalived_script, else the daemon', () => {
    const runAs = (globals: string, user: string, users = {}) => {
      const checks = fakeScripts({ '/bin/check': usable('/bin/check') }, users);
      return load(`global_defs {\n${globals}\n}\n${chk(user)}${instanceText(track())}`, { scripts: checks }).config?.vrrp_script[0]?.script
        .run_as;
    };
    assert.deepEqual(runAs('script_user root', 'user nobody'), { uid: 65534, gid: 65534 });
    assert.deepEqual(runAs('script_user nobody', ''), { uid: 65534, gid: 65534 });
    assert.deepEqual(runAs('', '', { keepalived_script: { uid: 7, gid: 8 } }), { uid: 7, gid: 8 });
    assert.equal(runAs('', ''), null);
  });

  it('of an unknown user are removed', () => {
    assert.deepEqual(problems(load(chk('user ghost') + instanceText(track()), { scripts })), [
      "2:9 script-user-unknown: Unable to set uid/gid for script '/bin/check -x'",
      '12:2 script-undefined: (VI_1) track script chk not found, ignoring...',
    ]);
    assert.deepEqual(problems(load(`global_defs {\n script_user ghost\n}\n${chk()}`, { scripts })), [
      '2:14 script-user-unknown: Error setting global script uid/gid',
      '4:1 script-user-unknown: Unable to set default user for vrrp script chk - removing',
    ]);
    assert.match(
      problems(load(`global_defs {\n enable_script_security\n}\n${chk()}`, { scripts })).join(),
      /Unable to set default user keepalived_script for script/,
    );
  });
});

describe('the main file', () => {
  it('that is missing ends a start with 6 and a test with 4', () => {
    const loaded = load('', { file: '/etc/keepalived/none.conf' });
    assert.deepEqual(
      [loaded.findings[0]?.message, loaded.startStatus, loaded.testStatus, loaded.config],
      ["Config files missing '/etc/keepalived/none.conf'.", 6, 4, null],
    );
  });

  it('may be empty: the daemon idles', () => {
    const loaded = load('');
    assert.deepEqual([loaded.config?.vrrp_instance, loaded.startStatus, loaded.testStatus], [[], 0, 0]);
  });

  it('may be a pattern; all matches are read, with a word about it', () => {
    const files = {
      '/etc/keepalived/a.cfg': instanceText(''),
      '/etc/keepalived/b.cfg': instanceText('').replace('VI_1', 'VI_2').replace('51', '52'),
    };
    const loaded = load('', { file: '/etc/keepalived/*.cfg' }, files);
    assert.deepEqual([loaded.config?.vrrp_instance.length, loaded.findings[0]?.class, loaded.testStatus], [2, 'MULTIPLE_FILES', 5]);
  });

  it('includes under include_check are fatal where they are missing', () => {
    const globals = (check: string) => load(`global_defs {\n include_check ${check}\n}\ninclude missing.conf\n`);
    assert.deepEqual(
      [globals('match').startStatus, globals('match').testStatus, globals('read').startStatus, globals('').startStatus],
      [6, 6, 0, 6],
    );
    assert.equal(load('include missing.conf\n', { allIncludes: true }).startStatus, 6);
  });

  it('sets include_check only up to the end of the file that does', () => {
    const files = { '/etc/keepalived/strict.conf': 'global_defs {\n include_check\n}\n' };
    assert.equal(load('include strict.conf\ninclude missing.conf\n', {}, files).startStatus, 0);
  });
});
