// SPDX-License-Identifier: MIT
// SNMP through a real master agent (Debian's snmpd), read by its own tools, beside the packaged keepalived.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../lib/lab/host.ts';
import type { TestNetwork } from '../support/namespaces.ts';
import { type Master, mibFolders, objects, startMaster, trapText } from '../support/snmp-master.ts';
import { until } from '../support/until.ts';
import { endProgram, oneHost, type Running, requireBuild, start, startCommand, writeConfiguration } from './support.ts';

const keepalivedMib = '.1.3.6.1.4.1.9586.100.5';
const rfc2787 = '.1.3.6.1.2.1.68';
const rfc6527 = '.1.3.6.1.2.1.207';

/** Everything that has a table of its own, in a state that both come to within seconds. */
function configuration(socket: string, folder: string): string {
  return `global_defs {
  router_id test-node
  notification_email {
    a@example.org
    b@example.org
  }
  notification_email_from x@example.org
  smtp_server 192.0.2.9 2525
  smtp_connect_timeout 7
  smtp_alert
  smtp_alert_vrrp off
  no_email_faults
  dynamic_interfaces
  enable_traps
  enable_snmp_vrrp
  enable_snmp_rfc
  snmp_socket ${socket}
  script_user root
  vrrp_garp_master_delay 7
}
static_routes {
  10.9.0.0/24 via 192.0.2.1 dev eth0
}
static_ipaddress {
  192.0.2.55/24 dev eth0 label eth0:1
}
track_file tf {
  file ${folder}/tf
  weight 3
}
vrrp_track_process tp {
  process no-such-program
  weight 4
  quorum_max 5
  terminate_delay 1.5
  fork_delay 0.2
}
bfd_instance b1 {
  neighbor_ip 192.0.2.77
  weight 2
}
vrrp_script s1 {
  script "/usr/bin/true -x y"
  interval 3
  timeout 2
  weight 5
  rise 2
  fall 3
}
vrrp_script s2 {
  script /usr/bin/false
  interval 2
  weight -4 reverse
  init_fail
}
vrrp_sync_group G1 {
  group {
    VI_6
  }
  sync_group_tracking_weight
  track_script {
    s1 weight 7
  }
  notify_fault "/usr/bin/true f"
  notify_stop /usr/bin/true
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 150
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass 1111
  }
  virtual_ipaddress {
    192.0.2.100/24 dev eth0 label eth0:v brd 192.0.2.255
    192.0.2.101/32 scope link
  }
  virtual_ipaddress_excluded {
    2001:db8::9/64
  }
  virtual_routes {
    10.7.0.0/24 via 192.0.2.3 dev eth0 metric 5 table 20
    10.66.0.0/16 via 192.0.2.3 dev eth0 mtu 1400 cwnd lock 5 ssthresh lock 7 reordering lock 3 hoplimit 9 initcwnd 11 initrwnd 12 quickack 1 realms 3/4
    blackhole 10.5.0.0/16
    unreachable 10.4.0.0/16
    10.3.0.0/16 nexthop via 192.0.2.3 dev eth0 weight 2 nexthop via 192.0.2.4 dev eth0 weight 3 onlink
    2001:db8:5::/48 via fe80::1 dev eth0 pref high expires 500
  }
  virtual_rules {
    from 10.2.0.0/16 to 10.3.0.0/16 table 30 priority 500
    iif eth0 fwmark 0x12/0xff goto 31000 tos 0x10 priority 501
    not from 10.4.0.0/16 table 31 priority 502 suppress_prefixlength 8
    from 10.5.0.0/16 realms 6/7 table 32 priority 503 oif eth0
    from 10.6.0.0/16 blackhole priority 504
    to 10.8.0.0/16 uidrange 10-20 table 5 priority 505
    from 2001:db8::/64 table 6 priority 506
  }
  track_script {
    s1
    s2
  }
  track_file {
    tf
  }
  track_process {
    tp
  }
  track_bfd {
    b1
  }
  notify_master /usr/bin/true
  notify_stop "/usr/bin/true 1"
  notify_deleted
  smtp_alert
  promote_secondaries
}
vrrp_instance VI_6 {
  interface eth0
  virtual_router_id 66
  priority 90
  version 3
  advert_int 0.5
  virtual_ipaddress {
    fe80::66
    2001:db8::66/64
  }
  nopreempt
}
`;
}

/** Where keepalived 2.2.7 is not followed, and why (docs/operations/differences.md). */
const DIFFERENCES: readonly (readonly [object: RegExp, why: string])[] = [
  [/^5\.1\.1\.0 /, 'version'],
  [/^5\.2\.6\.1\.11\.2\./, '2.2.7 calls only the addresses of the first instance advertised'],
  [/^5\.2\.5\.1\.[34]\.|^5\.2\.1[25679]\.1\.[34]\./, '2.2.7 shows the weight of what is tracked, not of the tracking'],
  [/^5\.2\.7\.1\.25\./, '2.2.7 shows an advmss of 0 where there is only an mtu'],
  [/^68\.1\.3\.1\.7\./, '2.2.7 names no master while it is master itself'],
  [/^(68\.1\.3\.1\.13|207\.1\.1\.1\.1\.12)\./, 'times'],
];

/** In the MIB of 2.4.3, not yet in that of 2.2.7. */
const ADDED = /^5\.(1\.12|2\.3\.1\.36|2\.4\.1\.3|2\.6\.1\.12|2\.8\.1\.3[3-8]|2\.9\.1\.1[0-2])\./;

describe('SNMP', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let host: Host;
  let folder: string;
  let socket: string;
  let master: Master;
  let daemon: Running | undefined;

  before(async () => {
    requireBuild();
    ({ network, host } = await oneHost());
    await host.run(['ip', 'link', 'set', 'lo', 'up']);
    await host.run(['ip', '-6', 'addr', 'add', 'fe80::1234/64', 'dev', 'eth0', 'nodad']);
    // The path of a Unix socket has at most 107 bytes.
    folder = mkdtempSync(join(tmpdir(), 'ka-snmp-'));
    socket = join(folder, 'agentx');
    writeFileSync(join(folder, 'tf'), '5\n');
    master = await startMaster((words, options) => host.spawn(words, options), folder, endProgram);
  });
  afterEach(async () => {
    await daemon?.dismiss();
    daemon = undefined;
  });
  after(async () => {
    await master?.stop();
    await network?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const walk = (root: string) => command(host, 'snmpwalk', '-v2c', '-cpublic', '-On', '-Ox', '-OQ', '-OU', '127.0.0.1:1161', root);
  const state = (index: number) =>
    command(host, 'snmpget', '-v2c', '-cpublic', '-Oqv', '127.0.0.1:1161', `${keepalivedMib}.2.3.1.4.${index}`);
  const settled = () =>
    until('both instances are MASTER', async () => (await state(1)).trim() === '2' && (await state(2)).trim() === '2', { within: 30_000 });
  const all = async () => (await Promise.all([keepalivedMib, rfc2787, rfc6527].map(walk))).flatMap(objects);

  it('tells what keepalived tells of the same configuration in the same state', async () => {
    const text = configuration(socket, folder);
    daemon = startCommand(['keepalived'], host, network.directory, writeConfiguration(network.directory, text));
    await settled();
    const theirs = await all();
    await daemon.stop();

    daemon = start(host, network.directory, text);
    await settled();
    const ours = await all();
    const target = ['127.0.0.1:1161', keepalivedMib];
    const { stdout } = await host.run(['snmpwalk', '-v2c', '-cpublic', '-M', mibFolders, '-m', 'KEEPALIVED-MIB', ...target]);
    const named = stdout.split('\n').filter((line) => line.includes(' = '));
    assert.ok(named.length > 400, `${named.length} objects`);
    assert.deepEqual(
      named.filter((line) => !/^KEEPALIVED-MIB::[a-zA-Z][a-zA-Z0-9]*\./.test(line) || /Wrong Type/.test(line)),
      [],
    );

    const comparable = (list: readonly string[]) =>
      list.filter((line) => !DIFFERENCES.some(([object]) => object.test(line)) && !ADDED.test(line));
    assert.ok(theirs.length > 400, `${theirs.length} objects`);
    assert.deepEqual(comparable(ours), comparable(theirs));
    const names = (list: readonly string[]) => new Set(list.map((line) => line.split(' ', 1)[0]));
    const missing = [...names(comparable(theirs))].filter((name) => !names(ours).has(name));
    assert.deepEqual(missing, []);
  });

  it('sends each trap once', async () => {
    const from = master.traps().length;
    daemon = start(host, network.directory, configuration(socket, folder));
    await settled();
    const traps = () => master.traps().slice(from).map(trapText);
    await until('the traps of the takeover', () => traps().filter((line) => line.includes('207.0.1')).length >= 2);
    await daemon.stop();
    daemon = undefined;
    await until('the farewell', () => traps().some((line) => line.startsWith('100.5.2.10.0.1 "G1" 5')));
    const seen = traps();
    for (const expected of [
      '100.5.2.10.0.2 "VI_1" 1 1 "test-node"',
      '100.5.2.10.0.2 "VI_1" 2 1 "test-node"',
      '100.5.2.10.0.2 "VI_1" 5 1 "test-node"',
      '100.5.2.10.0.1 "G1" 2 "test-node"',
      '100.5.2.10.0.1 "G1" 5 "test-node"',
      '68.0.1 192.0.2.1',
    ])
      assert.equal(seen.filter((line) => line === expected).length, 1, `${expected} in:\n${seen.join('\n')}`);
  });

  it('tells of a wrong password and of a sender too far away, once each', async () => {
    daemon = start(host, network.directory, configuration(socket, folder));
    await settled();
    const from = master.traps().length;
    for (const ttl of ['255', '254', '255', '254']) assert.equal((await host.run(['python3', '-c', forgery, ttl])).status, 0);
    const traps = () => master.traps().slice(from).map(trapText);
    await until('two traps', () => traps().length >= 2);
    assert.deepEqual(traps(), ['68.0.2 192.0.2.77 3', '207.0.2 1']);
  });

  it('changes what may be written, and refuses the rest', async () => {
    daemon = start(host, network.directory, configuration(socket, folder));
    await settled();
    const set = (object: string, type: string, value: string) =>
      host.run(['env', 'MIBS=', 'snmpset', '-v2c', '-cprivate', '-On', '127.0.0.1:1161', `${keepalivedMib}.2.3.1.${object}`, type, value]);
    const get = async (object: string) =>
      (await command(host, 'snmpget', '-v2c', '-cpublic', '-Oqv', '127.0.0.1:1161', `${keepalivedMib}.2.3.1.${object}`)).trim();

    assert.equal((await set('7.1', 'i', '120')).status, 0);
    await daemon.logged(/^\(VI_1\) base priority changed from 150 to 120 via SNMP\.$/);
    await until('the new priority', async () => (await get('7.1')) === '120');
    assert.equal((await set('13.2', 'i', '1')).status, 0);
    await daemon.logged(/^\(VI_6\) preemption enabled with SNMP$/);
    await until('preemption', async () => (await get('13.2')) === '1');
    // A change is not a transition.
    assert.equal(await get('4.1'), '2');
    assert.equal(await get('4.2'), '2');

    for (const [object, type, value, said] of [
      ['7.1', 'i', '256', /wrongValue/],
      ['7.1', 'i', '0', /wrongValue/],
      ['7.1', 's', 'x', /wrongType/],
      ['7.9', 'i', '1', /noCreation|noSuchName/],
      ['3.1', 'u', '9', /notWritable/],
    ] as const) {
      const answer = await set(object, type, value);
      assert.notEqual(answer.status, 0);
      assert.match(answer.stderr, said, `${object} = ${value}`);
    }
    assert.equal(await get('7.1'), '120');
  });

  it('comes back when the master agent does', async () => {
    daemon = start(host, network.directory, configuration(socket, folder));
    await settled();
    await master.stop();
    await daemon.logged(/^AgentX master disconnected us, reconnecting$/);
    const from = daemon.lines.length;
    master = await startMaster((words, options) => host.spawn(words, options), folder, endProgram);
    await daemon.logged(/^AgentX subagent connected$/, { from });
    await settled();
  });
});

/** An IPv4 advert of priority 1 from 192.0.2.77 with the password `wrong`, looped back to this host's own group. */
const forgery = `
import socket, struct, sys
def fold(b):
    s = sum(struct.unpack('!%dH' % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
body = struct.pack('!BBBBBBH4s4s8s', 0x21, 51, 1, 2, 1, 1, 0, socket.inet_aton('192.0.2.100'), socket.inet_aton('192.0.2.101'), b'wrong')
body = body[:6] + struct.pack('!H', fold(body[:16])) + body[8:]
head = struct.pack('!BBHHHBBH4s4s', 0x45, 0xc0, 20 + len(body), 1, 0, int(sys.argv[1]), 112, 0, socket.inet_aton('192.0.2.77'), socket.inet_aton('224.0.0.18'))
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('192.0.2.1'))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
s.sendto(head + body, ('224.0.0.18', 0))
`;

async function command(host: Host, ...words: string[]): Promise<string> {
  const { stdout } = await host.run(['env', 'MIBS=', ...words]);
  return stdout;
}
