// SPDX-License-Identifier: MIT
// The dump files of the real binary: on every signal, beside the packaged keepalived, and where they cannot be written.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../../lib/lab/host.ts';
import { addressAndDevice, instancesOfData, jsonNumbers, statisticsOf } from '../support/exporters.ts';
import { until } from '../support/until.ts';
import { ask, instance, oneHostSuite, type Running, readPid, start, startIn } from './support.ts';

const JSON_SIGNAL = '36';
const CLEAR_SIGNAL = '63';

const configuration = `global_defs {
  router_id lvs1
  enable_script_security
  script_user root
}
vrrp_script chk {
  script "/usr/bin/true"
  interval 2
  timeout 2
  weight 2
}
${instance({
  more: `authentication {
    auth_type PASS
    auth_pass geheim
  }
  virtual_ipaddress_excluded {
    192.0.2.53/24
  }
  track_script {
    chk
  }
  notify_master "/usr/bin/true a b"
  notify /usr/bin/true`,
})}${instance({
  name: 'VI_2',
  vrid: 52,
  more: `nopreempt
  old_unicast_checksum never
  unicast_src_ip 192.0.2.1
  unicast_peer {
    192.0.2.9
  }`,
})}`;

describe('the dumps', () => {
  const stage = oneHostSuite();

  const run = async (): Promise<Running> => {
    stage.daemon = startIn({ TMPDIR: stage.directory }, stage.host, stage.network.directory, configuration);
    await stage.daemon.logged(/^\(VI_1\) Entering MASTER STATE$/);
    await stage.daemon.logged(/^\(VI_2\) Entering MASTER STATE$/);
    await stage.daemon.logged(/^Startup complete$/);
    return stage.daemon;
  };
  const kill = (signal: string, pid: number | undefined) => stage.host.run(['kill', `-${signal}`, String(pid)]);
  const file = (name: string) => join(stage.directory, name);
  const content = (name: string) => until(name, () => existsSync(file(name)) && readFileSync(file(name), 'utf8'));

  it('appear at USR1, for the parent and the VRRP process, readable for their owner alone', async () => {
    const d = await run();
    d.signal('SIGUSR1');
    await d.logged(new RegExp(`^Printing parent data for process\\(${readPid(d.parentFile)}\\) on signal$`));
    await d.logged(new RegExp(`^Printing VRRP data for process\\(${await d.vrrpPid()}\\) on signal$`));
    const found = instancesOfData(await content('keepalived.data'));
    assert.equal(found.get('VI_1')?.values.get('State'), 'MASTER');
    assert.deepEqual([...(found.get('VI_2')?.addresses ?? [])], ['192.0.2.52 dev eth0 scope global set']);
    assert.match(await content('keepalived_parent.data'), /^------< Global definitions >------\n/);
    for (const name of readdirSync(stage.directory)) assert.equal(lstatSync(file(name)).mode & 0o777, 0o600, name);
    assert.deepEqual(readdirSync(stage.directory).sort(), ['keepalived.data', 'keepalived_parent.data']);
  });

  it('count at USR2, and start from zero after SIGRTMAX-1', async () => {
    const d = await run();
    d.signal('SIGUSR2');
    assert.equal(
      statisticsOf(await content('keepalived.stats'))
        .get('VI_1')
        ?.get('Became master'),
      1,
    );
    await kill(CLEAR_SIGNAL, readPid(d.parentFile));
    await d.logged(/^Printing and clearing VRRP stats for process\([0-9]+\) on signal$/);
    const from = d.lines.length;
    await kill('USR2', await d.vrrpPid());
    await d.logged(/^Printing VRRP stats/, { from });
    await until(
      'counters at zero',
      () =>
        statisticsOf(readFileSync(file('keepalived.stats'), 'utf8'))
          .get('VI_1')
          ?.get('Became master') === 0,
    );
    const sent =
      statisticsOf(readFileSync(file('keepalived.stats'), 'utf8'))
        .get('VI_1')
        ?.get('Advertisements/Sent') ?? 99;
    assert.ok(sent <= 2, `${sent} adverts since the clearing`);
  });

  it('are JSON at SIGRTMIN+2, sent to either process', async () => {
    const d = await run();
    for (const pid of [readPid(d.parentFile), await d.vrrpPid()]) {
      const before = existsSync(file('keepalived.json')) ? lstatSync(file('keepalived.json')).ino : 0;
      await kill(JSON_SIGNAL, pid);
      await until('a new file', () => existsSync(file('keepalived.json')) && lstatSync(file('keepalived.json')).ino !== before);
      const list = JSON.parse(readFileSync(file('keepalived.json'), 'utf8'));
      assert.deepEqual(
        list.map((i: { data: { iname: string } }) => i.data.iname),
        ['VI_1', 'VI_2'],
      );
      for (const part of ['data', 'stats'] as const)
        for (const key of jsonNumbers[part]) assert.equal(typeof list[0][part][key], 'number', key);
    }
    assert.equal(d.lines.filter((line) => /json/i.test(line)).length, 0);
  });

  it('come to an exporter that asks the program for its version and its signals', async () => {
    const d = await run();
    assert.match(ask('-v').stderr, /Keepalived v2\.4\.3/);
    const signum = (name: string) => ask(`--signum=${name}`).stdout.trim();
    for (const [name, wanted] of [
      ['DATA', 'keepalived.data'],
      ['STATS', 'keepalived.stats'],
      ['JSON', 'keepalived.json'],
    ] as const) {
      await kill(signum(name), readPid(d.parentFile));
      await content(wanted);
    }
    const [vip = ''] = instancesOfData(await content('keepalived.data')).get('VI_2')?.addresses ?? [];
    assert.deepEqual(addressAndDevice(vip), ['192.0.2.52', 'eth0']);
    assert.deepEqual([...statisticsOf(await content('keepalived.stats')).keys()], ['VI_1', 'VI_2']);
    const list = JSON.parse(await content('keepalived.json')) as { data: { iname: string; vips: string[] } }[];
    assert.deepEqual(
      list.map(({ data }) => [data.iname, ...addressAndDevice(data.vips[0] ?? '')]),
      [
        ['VI_1', '192.0.2.51', 'eth0'],
        ['VI_2', '192.0.2.52', 'eth0'],
      ],
    );
  });

  it('are logged by both processes with -d, and never show a password', async () => {
    stage.daemon = start(stage.host, stage.network.directory, configuration, '-d');
    await stage.daemon.logged(/^Startup complete$/);
    assert.equal(stage.daemon.lines.filter((line) => line === '------< Global definitions >------').length, 2);
    assert.ok(stage.daemon.lines.includes(' VRRP Instance = VI_1'));
    assert.ok(stage.daemon.lines.includes('   Password = ********'));
    assert.doesNotMatch(stage.daemon.raw(), /geheim|no effect yet/);
  });

  it('replace a symbolic link instead of following it', async () => {
    const victim = file('victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, file('keepalived.stats'));
    const d = await run();
    d.signal('SIGUSR2');
    await until('a regular file', () => lstatSync(file('keepalived.stats')).isFile());
    assert.equal(readFileSync(victim, 'utf8'), 'untouched');
  });

  it('that cannot be written are a line in the log and nothing else', async () => {
    const full = join(stage.directory, 'full');
    mkdirSync(full);
    // A host has a mount namespace of its own.
    assert.equal((await stage.host.run(['mount', '-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', full])).status, 0);
    try {
      for (const [where, reason] of [
        [join(stage.directory, 'absent'), 'ENOENT'],
        [full, 'ENOSPC'],
      ] as const) {
        const d = startIn({ TMPDIR: where }, stage.host, stage.network.directory, configuration);
        stage.daemon = d;
        await d.logged(/^\(VI_1\) Entering MASTER STATE$/);
        await d.logged(/^Startup complete$/);
        d.signal('SIGUSR1');
        await d.logged(new RegExp(`^Can't write dump file ${where}/keepalived\\.data: ${reason}`));
        assert.ok((await stage.host.addresses('eth0')).includes('192.0.2.51/32'));
        assert.doesNotMatch(d.lines.join('\n'), /died|exited/);
        assert.equal(await d.stop(), 0);
      }
      assert.deepEqual(
        (await stage.host.run(['ls', '-A', full])).stdout.split('\n').filter((name) => name !== '' && name !== 'keepalived_parent.data'),
        [],
      );
    } finally {
      await stage.host.run(['umount', full]);
    }
  });

  it('are those of the packaged keepalived, but for what 2.4.3 and ka-ts have on purpose', async () => {
    const theirs = join(stage.directory, 'keepalived');
    mkdirSync(theirs);
    await runPackaged(theirs);
    const d = await run();
    d.signal('SIGUSR1');
    d.signal('SIGUSR2');
    await kill(JSON_SIGNAL, readPid(d.parentFile));
    for (const name of ['keepalived.data', 'keepalived_parent.data', 'keepalived.stats', 'keepalived.json']) {
      const [ours, packaged] = [await content(name), readFileSync(join(theirs, name), 'utf8')].map((text) => comparable(text));
      assert.deepEqual(ours, packaged, name);
    }
  });

  /** Runs keepalived 2.2.7 on the same configuration until it is master, and leaves its dumps in a directory. */
  async function runPackaged(target: string): Promise<void> {
    const conf = join(target, 'k.conf');
    writeFileSync(conf, configuration);
    const args = ['-n', '-l', '-G', '-P', '-D', '-f', conf, '-p', join(target, 'k.pid'), '-r', join(target, 'v.pid')];
    const child = stage.host.spawn(['keepalived', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: target },
    });
    const ended = once(child, 'exit');
    let log = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      log += bytes.toString();
    });
    try {
      for (const name of ['VI_1', 'VI_2'])
        await until(`keepalived master of ${name}`, () => log.includes(`(${name}) Entering MASTER STATE`));
      const pid = readPid(join(target, 'k.pid'));
      for (const [signal, name] of [
        ['USR1', 'keepalived_parent.data'],
        ['USR1', 'keepalived.data'],
        ['USR2', 'keepalived.stats'],
        [JSON_SIGNAL, 'keepalived.json'],
      ] as const) {
        await kill(signal, pid);
        await until(name, () => existsSync(join(target, name)));
      }
    } finally {
      const pid = child.pid === undefined ? undefined : childrenOf(child.pid)[0];
      if (pid !== undefined) process.kill(pid, 'SIGTERM');
      await ended;
    }
  }
}).timeout(60_000);

/** Differences on purpose, each with its reason. */
const different: readonly RegExp[] = [
  // 2.4.3 counts tracker and interface faults apart and tells the last advert (reference: process document, section 13).
  /^ {3}Number of (interface and track script|tracker) faults = |^ {3}Flags of interface faults - |^ {3}Last advert sent = /,
  / {2}(Missing|Malformed|Unknown Key|Invalid HMAC|Stale|Replay|Authentication Extension Errors):/,
  // keepalived starts an address owner by a timer of 1 µs and shows it ever after.
  /^ {3}Master down timer = /,
  // The histogram of the engine, when a second has passed.
  /^-+< Adverts sent late >-+$|^ Less than [0-9]+ usecs = /,
  // Masked.
  /^ {3}Password = /,
  // Descriptors and counters of mechanisms that ka-ts does not have (docs/operations/differences.md).
  /^ {1,3}fd_in |^ Socket pair = /,
  /^ (nftables without counters|libnftnl version|Default interface =|Default script uid:gid)/,
  /^ {3}(Seen up|Original |Reset (ARP config|promote_secondaries) counter)/,
  // 2.2.7's parent prints unset values as 4294967295.
  /^ Gratuitous ARP lower priority (delay|repeat) = /,
];

function comparable(text: string): string[] {
  return text
    .replaceAll(/,"auth_ext_\w+":\d+/g, '')
    .replaceAll(/"auth_data":"[^"]*"/g, '"auth_data":X')
    .replaceAll(/[0-9]{10}\.[0-9]{6}( \([^)]*\))?/g, 'TIME')
    .replaceAll(/(Sent: |"advert_sent":)\d+/g, '$1N')
    .split('\n')
    .filter((line) => !different.some((pattern) => pattern.test(line)));
}
