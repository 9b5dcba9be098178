// SPDX-License-Identifier: MIT
// Addresses, routes and rules of ours in a real kernel: as keepalived sets them, put back when somebody takes them, left by
// nobody at the end. `ip` is the judge.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, startDaemon } from '../../lib/lab/daemon.ts';
import type { Host } from '../../lib/lab/host.ts';
import { commandOf, type Kind, untilLogged } from '../support/daemon.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';

/** Every word that keepalived 2.2.7 and this kernel know. */
const everything = `
track_group TG {
    group { VI }
}
static_ipaddress {
    10.5.6.1/24 dev eth0 track_group TG
    10.5.7.1/24 dev eth0 label eth0:x brd + no_track scope link
    2001:db8:5::1/64 dev eth0 home noprefixroute preferred_lft 300000
}
static_routes {
    10.6.0.0/16 via 192.0.2.9 dev eth0 track_group TG
    10.7.1.0/24 dev eth0
    10.7.2.0/24 dev eth0 protocol static no_track
}
static_rules {
    from 10.9.0.0/16 table 77 priority 280 track_group TG iif eth0
    from 10.10.0.0/16 lookup main priority 300 no_track
}
vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    priority 255
    promote_secondaries
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101 label eth0:1
    }
    virtual_ipaddress_excluded {
        2001:db8::77
        2001:db8::78/64 -nodad
        192.0.2.103 peer 192.0.2.200 dev eth1
        10.77.0.1/24 brd -
        10.78.0.1/24 brd 10.78.0.77 noprefixroute
        239.1.1.1/32 autojoin
    }
    virtual_routes {
        10.21.0.0/16 dev eth0
        default via 192.0.2.9 metric 50
        blackhole 10.22.0.0/16
        unreachable 10.22.1.0/24
        prohibit 10.22.2.0/24
        throw 10.22.3.0/24
        multicast 239.1.1.1/32 dev eth0
        10.23.0.0/16 dev eth0 tos 0x10 metric 7 mtu lock 1400 hoplimit 33 advmss lock 1300 rtt 300ms rttvar lock 2000 rto_min 1s \\
            reordering 5 window 9000 cwnd lock 12 ssthresh 13 realms 1/2 initcwnd 14 initrwnd 15 features ecn quickack 1 \\
            congctl reno fastopen_no_cookie 1
        10.25.0.0/16 nexthop via 192.0.2.9 dev eth0 weight 3 nexthop via 198.51.100.9 dev eth1 weight 256 onlink
        10.26.0.0/16 encap ip id 77 dst 198.51.100.3 src 192.0.2.1 tos 4 ttl 5 flags 1 dev eth0
        10.28.0.0/16 encap ip6 id 7 dst 2001:db8::5 tc 4 hoplimit 9 flags 2 dev eth0
        src 192.0.2.100 to 10.29.0.0/16 via 192.0.2.9 dev eth0 table 1000
        10.30.0.0/16 via 192.0.2.10 dev eth0 add
        10.30.0.0/16 via 192.0.2.11 dev eth0 append
        10.30.0.0/16 via 192.0.2.12 dev eth0
        10.31.0.0/16 via 192.0.2.12 or 192.0.2.13
        10.32.0.0/16 dev eth0 ttl-propagate enabled scope link
        2001:db8:20::/48 via 2001:db8::9 dev eth0 metric 9 pref high expires 500000 mtu 1300
        2001:db8:22::/48 from 2001:db8:99::/48 via 2001:db8::9 dev eth0
        blackhole 2001:db8:23::/48
        ::/0 via 2001:db8::9 dev eth0 src 2001:db8::1
        2001:db8:25::/48 nexthop via 2001:db8::9 dev eth0 weight 3 nexthop via 2001:db8:1::9 dev eth1 weight 5
    }
    virtual_rules {
        from 10.40.0.0/16 table 100
        from 10.41.0.0/16 to 10.42.0.0/16 table 101 priority 400
        not to 10.43.0.0/16 lookup 102 order 401
        from all iif eth0 oif eth1 tos 0x10 fwmark 0x5/0xff lookup 1000 priority 402 realms 3/4
        to 2001:db8:40::/48 table 103 priority 403 suppress_prefixlength 5 suppress_ifgroup 7
        from 10.44.0.0/16 blackhole priority 404
        from 10.44.0.0/16 unreachable priority 405
        from 10.44.0.0/16 prohibit priority 406
        from 10.44.0.0/16 type goto 500 priority 407
        from 10.44.0.0/16 nop priority 408
        from 10.45.0.0/16 ipproto udp sport 10-20 dport 30-40 uidrange 5-6 table 104 priority 409 tunnel-id 44
        from 10.46.0.0/16 l3mdev priority 410
        from 10.46.0.0/16 table 5 priority 411 protocol 77 no_track
    }
}
`;
const views = ['-4 route show table all', '-6 route show table all', '-4 rule', '-6 rule', '-4 addr', '-6 addr'];

async function state(host: Host): Promise<string[]> {
  const lines: string[] = [];
  for (const view of views) lines.push(...(await host.run(['ip', '-d', ...view.split(' ')])).stdout.split('\n'));
  return lines
    .map((line) =>
      line
        .replace(/^[0-9]+: (?=\S+[:@])/, '')
        .replace(/@if[0-9]+/, '')
        .replace(/link-netns\S* \S+/, '')
        .replace(/(expires|preferred_lft) [1-9][0-9]*sec/, '$1 N')
        .trimEnd(),
    )
    .filter((line) => line !== '' && !/link\/ether|fe80|veth numtx/.test(line))
    .sort();
}

describe('addresses, routes and rules in the kernel', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  const names = ['a', 'b'] as const;

  beforeEach(async () => {
    network = await createTestNetwork(
      names.map((name, n) => ({
        name,
        interfaces: [
          { name: 'eth0', addresses: [`192.0.2.${n + 1}/24`] },
          { name: 'eth1', addresses: [`198.51.100.${n + 1}/24`] },
        ],
      })),
    );
    for (const name of ['a']) {
      await ip(name, '-6 addr add 2001:db8::1/64 dev eth0 nodad');
      await ip(name, '-6 addr add 2001:db8:1::1/64 dev eth1 nodad');
    }
  });
  afterEach(async () => network.destroy());

  const ip = async (name: string, words: string): Promise<string> => (await network.host(name).run(['ip', ...words.split(' ')])).stdout;
  const start = (name: string, kind: Kind, configuration: string): Daemon => {
    const file = join(network.directory, `${name}.conf`);
    writeFileSync(file, configuration);
    return startDaemon(network.host(name), { command: commandOf(kind), configuration: file, directory: network.directory });
  };
  const isActive = (daemon: Daemon) => untilLogged(daemon, /Entering MASTER STATE/);

  it('are what keepalived makes of the same configuration, and none is left at the end', async () => {
    const before = await state(network.host('a'));
    const promotes = async () => (await network.host('a').run(['sysctl', '-n', 'net.ipv4.conf.eth0.promote_secondaries'])).stdout.trim();
    const play = async (kind: Kind): Promise<string[]> => {
      const daemon = start('a', kind, everything);
      await isActive(daemon);
      const last = () => ip('a', 'rule show priority 411');
      await until('the last rule', async () => (await last()).includes('lookup 5'));
      const found = [await promotes(), ...(await state(network.host('a')))];
      await daemon.stop();
      return found;
    };
    const theirs = await play('keepalived');
    const ours = await play('ka-ts');
    assert.deepEqual(ours, theirs);
    assert.equal(ours[0], '1');
    assert.equal(await promotes(), '0');
    assert.deepEqual(await state(network.host('a')), before);
  });

  it('come back at once when somebody takes them, and the state stays', async () => {
    const daemon = start('a', 'ka-ts', everything);
    await isActive(daemon);
    await until('the last rule', async () => (await ip('a', 'rule show priority 411')).includes('lookup 5'));
    const before = await state(network.host('a'));
    const lines = daemon.lines.length;
    for (const taken of [
      'addr del 192.0.2.101/32 dev eth0',
      'addr del 10.5.6.1/24 dev eth0',
      'route del 10.21.0.0/16',
      'route del blackhole 10.22.0.0/16',
      'route del 10.25.0.0/16',
      '-6 route del 2001:db8:20::/48 metric 9',
      'route del 10.7.1.0/24',
      'rule del priority 404',
      'rule del priority 280',
      '-6 rule del priority 403',
    ]) {
      await ip('a', taken);
      await until(`${taken} undone`, async () => (await state(network.host('a'))).join() === before.join(), { every: 1 });
    }
    assert.ok(!daemon.lines.slice(lines).some((line) => /Entering/.test(line.text)));
    const restored = daemon.lines.filter((line) => /Restoring deleted static/.test(line.text)).map((line) => line.text);
    assert.deepEqual(
      restored.map((text) => text.replace(/^.*Restoring deleted static (\S+).*$/, '$1')),
      ['address', 'route', 'rule'],
    );
    await daemon.stop();
  });

  it('step down with a farewell when it happens again and again', async () => {
    const limited = everything.replace('track_group TG', 'global_defs {\n    ka_ts {\n        restore_limit 2\n    }\n}\ntrack_group TG');
    const daemon = start('a', 'ka-ts', limited);
    await isActive(daemon);
    const present = async () => (await ip('a', 'addr show dev eth0')).includes('192.0.2.101');
    for (let n = 0; n < 3; n++) {
      await until('the address', present);
      await sleep(150);
      await ip('a', 'addr del 192.0.2.101/32 dev eth0');
    }
    await untilLogged(daemon, /removed by somebody else 3 times within a minute, giving up the MASTER state/);
    await untilLogged(daemon, /Entering BACKUP STATE/);
    await daemon.stop();
  });

  it('are found and removed after a crash, and a reload changes only what differs', async () => {
    const before = await state(network.host('a'));
    const daemon = start('a', 'ka-ts', everything);
    await isActive(daemon);
    await until('the last rule', async () => (await ip('a', 'rule show priority 411')).includes('lookup 5'));
    await daemon.kill();
    assert.match(await ip('a', 'route'), /blackhole 10\.22\.0\.0/);
    const again = start('a', 'ka-ts', everything.replace('priority 255', 'priority 100'));
    await untilLogged(again, /Entering BACKUP STATE/);
    await until(
      'left-overs are gone',
      async () => !(await ip('a', 'route')).includes('10.22.0.0') && !(await ip('a', 'rule')).includes('404:'),
    );
    await isActive(again);
    writeFileSync(
      again.spec.configuration,
      everything.replace('priority 255', 'priority 100').replace('blackhole 10.22.0.0/16', 'blackhole 10.99.0.0/16'),
    );
    again.signal('SIGHUP');
    await until('the new route', async () => (await ip('a', 'route')).includes('blackhole 10.99.0.0/16'));
    assert.doesNotMatch(await ip('a', 'route'), /10\.22\.0\.0/);
    await again.stop();
    assert.deepEqual(await state(network.host('a')), before);
  });
});
