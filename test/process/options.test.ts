// SPDX-License-Identifier: MIT
// The options of the command line that have an effect on a running daemon and no test beside what they belong to.
// docs/conformance/keepalived-daemon.md names a test for each option there is.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { instance, launcher, oneHostSuite, readPid, start, startBare, startWith } from './support.ts';

const none = '# nothing to run\n';

describe('the options of the daemon', () => {
  const stage = oneHostSuite();
  const at = (name: string) => join(stage.directory, name);
  const run = (configuration: string, ...words: string[]) => {
    stage.daemon = start(stage.host, stage.directory, configuration, ...words);
    return stage.daemon;
  };
  const holds = async (vrid = 51) => (await stage.host.addresses('eth0')).includes(`192.0.2.${vrid}/32`);
  const releases = (vrid = 51) => stage.shell(`ip address delete 192.0.2.${vrid}/32 dev eth0`);
  /** A log daemon on a /dev of its own: `log` gets what it hears. Runs `words` to their end; their output and status. */
  const withLogDaemon = async (words: readonly string[]) => {
    const script = at('log-daemon.py');
    writeFileSync(
      script,
      `import os, socket, subprocess, sys
subprocess.check_call(["mount", "-t", "tmpfs", "none", "/dev"])
for name, minor in (("null", 3), ("zero", 5), ("urandom", 9)): os.mknod("/dev/" + name, 0o20666, os.makedev(1, minor))
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("/dev/log"); s.setblocking(False)
p = subprocess.run(sys.argv[1:], stderr=subprocess.PIPE)
heard = []
try:
  while True: heard.append(s.recv(65536).decode())
except BlockingIOError: pass
print("\\n".join(heard))
print(p.stderr.decode(), file=sys.stderr)
sys.exit(p.returncode)
`,
    );
    const command = ['unshare', '--mount', 'python3', script, process.execPath, launcher, ...words];
    const { status, stdout, stderr } = await stage.host.run(command);
    return { status, heard: stdout.trim().split('\n').filter(Boolean), stderr: stderr.trim() };
  };

  it('-f takes a pattern, and reads its files in order', async () => {
    writeFileSync(at('1.conf'), instance());
    writeFileSync(at('2.conf'), instance({ name: 'VI_2', vrid: 52 }));
    stage.daemon = startWith(stage.host, stage.directory, at('[12].conf'));
    for (const vrid of [51, 52]) await until('both addresses', () => holds(vrid));
    assert.deepEqual(
      stage.daemon.lines.filter((line) => line.startsWith('Opening file')).map((line) => line.slice(-8)),
      ["1.conf'.", "2.conf'."],
    );
  });

  it('-C runs no VRRP, and removes the pid files -r, -c and -b that an earlier run left', async () => {
    const stale = ['r', 'c', 'b'].map((letter) => ({ option: `-${letter}`, path: at(`${letter}.pid`) }));
    for (const { path } of stale) writeFileSync(path, '999999\n');
    const d = run(instance(), '-C', ...stale.flatMap(({ option, path }) => [option, path]));
    await d.logged(/^Warning - keepalived has no configuration to run$/);
    for (const { path } of stale) assert.equal(existsSync(path), false, path);
    assert.equal(await holds(), false);
  });

  it('--all runs VRRP without configuration, -C behind it does not', async () => {
    await run(none, '--all').logged(/^Starting VRRP child process, pid=/);
    await stage.daemon.logged(/^Startup complete$/);
    assert.equal(await stage.daemon.stop(), 0);
    await run(none, '--all', '-P', '-B', '-C').logged(/^Warning - keepalived has no configuration to run$/);
    assert.ok(!stage.daemon.lines.some((line) => line.startsWith('Starting VRRP')));
  });

  it('-l logs to standard error, but only of a daemon that stays in the foreground', async () => {
    const d = startBare(stage.host, stage.directory, instance(), '-G', '-P');
    stage.daemon = d;
    await until('the address', holds);
    assert.equal(d.raw(), '');
    assert.equal(await d.stop(), 0);
    const pid = at('forked.pid');
    const words = ['-l', '-G', '-P', '-f', d.file, '-p', pid, '-r', at('forked-vrrp.pid')];
    const { status, stderr } = await stage.host.run([process.execPath, launcher, ...words]);
    assert.deepEqual([status, stderr], [0, '']);
    await stage.shell(`kill ${await until('the pid', () => readPid(pid))}`);
    await until('its end', () => !existsSync(pid));
  });

  it('-D logs details, and those of addresses; twice is more', async () => {
    for (const [words, wanted] of [
      [[], false],
      [['-D'], true],
      [['-D', '-D'], true],
    ] as const) {
      const d = startBare(stage.host, stage.directory, instance(), '-l', '-G', '-P', ...words);
      stage.daemon = d;
      await d.logged(/Entering MASTER STATE/);
      assert.equal(await d.stop(), 0);
      assert.equal(
        d.lines.some((line) => line === '(VI_1) setting VIPs.'),
        wanted,
        words.join(' '),
      );
    }
  });

  it('-S sends to every facility there is, and goes on as daemon after a wrong one', async () => {
    const facilities: [string, number][] = [
      ['user', 1],
      ['daemon', 3],
      ['3', 19],
    ];
    for (let i = 0; i < 8; i++) facilities.push([`local${i}`, 16 + i]);
    for (const [name, number] of facilities) {
      const { status, heard } = await withLogDaemon(['-n', '-S', name, '-f', at('none.conf')]);
      assert.equal(status, 6);
      assert.match(heard[0] ?? '', new RegExp(`^<${number * 8 + 6}>.* Keepalived\\[\\d+\\]: Starting Keepalived v`), name);
      assert.ok(heard.length > 3 && heard.every((line) => Number(/^<(\d+)>/.exec(line)?.[1]) >> 3 === number));
    }
    const { heard, stderr } = await withLogDaemon(['-n', '-S', 'mail', '-f', at('none.conf')]);
    assert.equal(stderr, "Invalid log facility 'mail'");
    assert.match(heard[0] ?? '', /^<30>/);
  });

  it('-G tells the log daemon nothing', async () => {
    assert.deepEqual((await withLogDaemon(['-n', '-G', '-f', at('none.conf')])).heard, []);
  });

  it('-X or not, addresses that were there before go when the master stops', async () => {
    for (const words of [[], ['-X']]) {
      await stage.shell('ip address add 192.0.2.51/32 dev eth0');
      await run(instance(), ...words).logged(/Entering MASTER STATE/);
      assert.equal(await stage.daemon.stop(), 0);
      assert.equal(await holds(), false);
    }
  });

  it('-V leaves the addresses where they are, without a farewell', async () => {
    await run(instance(), '-V').logged(/Entering MASTER STATE/);
    assert.equal(await stage.daemon.stop(), 0);
    assert.ok(await holds());
    assert.ok(!stage.daemon.lines.some((line) => /sent 0 priority|removing VIPs/.test(line)));
    await releases();
  });

  it('-a logs every address, those that are there and those that come and go', async () => {
    const d = run(instance(), '-a');
    await d.logged(/^Netlink reflector reports IP 192\.0\.2\.1 added to eth0$/);
    await d.logged(/^Netlink reflector reports IP 192\.0\.2\.51 added to eth0$/);
    await stage.shell('ip address add 198.51.100.7/24 dev lo; ip address delete 198.51.100.7/24 dev lo');
    await d.logged(/^Netlink reflector reports IP 198\.51\.100\.7 added to lo$/);
    await d.logged(/^Netlink reflector reports IP 198\.51\.100\.7 removed from lo$/);
  });

  it('-e ends with 6 where an include finds nothing, which is a remark otherwise', async () => {
    const configuration = `include ${at('nowhere')}/*.conf\n${instance()}`;
    await run(configuration).logged(/Entering MASTER STATE/);
    assert.equal(await stage.daemon.stop(), 0);
    assert.equal(await run(configuration, '-e').ended, 6);
  });

  it('-i says which @ID lines count, the host name up to its dot by default', async () => {
    const configuration = `${instance()}@blue ${instance({ name: 'VI_2', vrid: 52 }).replaceAll('\n', '\n@blue ')}\n`;
    await run(configuration, '-i', 'blue').logged(/^\(VI_2\) Entering MASTER STATE$/);
    assert.equal(await stage.daemon.stop(), 0);
    const name = (await stage.shell('uname -n')).split('.')[0];
    await run(configuration.replaceAll('@blue', `@${name}`)).logged(/^\(VI_2\) Entering MASTER STATE$/);
    assert.equal(await stage.daemon.stop(), 0);
    await run(configuration).logged(/Entering MASTER STATE/);
    assert.ok(!stage.daemon.lines.some((line) => line.startsWith('(VI_2)')));
  });

  it('-M sets the core pattern of the machine, and puts the old one back at the end', async () => {
    const pattern = at('core_pattern');
    for (const [word, wanted] of [
      ['-M', 'core'],
      ['-M/tmp/core.%p', '/tmp/core.%p'],
    ] as const) {
      writeFileSync(pattern, '|/usr/bin/before %p\n');
      await stage.shell(`mount --bind ${pattern} /proc/sys/kernel/core_pattern`);
      const d = run(instance(), word);
      await d.logged(/Entering MASTER STATE/);
      assert.equal(readFileSync(pattern, 'utf8').trim().slice(0, wanted.length), wanted);
      const limits = await stage.shell(`cat /proc/${await d.vrrpPid()}/limits`);
      assert.match(limits, /^Max core file size +unlimited/m);
      assert.equal(await d.stop(), 0);
      assert.match(readFileSync(pattern, 'utf8'), /^\|\/usr\/bin\/before %p/);
      await stage.shell('umount /proc/sys/kernel/core_pattern');
    }
  });

  it('--config-fd is taken from those who start keepalived with it', async () => {
    await run(instance(), '--config-fd', '9').logged(/Entering MASTER STATE/);
  });

  it('-x enables SNMP without a keyword, at the socket of -A', async () => {
    // A file that nobody listens at, which tells it apart from the usual place.
    writeFileSync(at('agentx'), '');
    const d = run(instance(), '-x', '-A', `unix:${at('agentx')}`);
    await d.logged(/^Starting SNMP subagent$/);
    await d.logged(/^AgentX master cannot be reached: ECONNREFUSED$/);
  });

  it('reports words that are no options on standard output, and goes on', async () => {
    const file = at('plain.conf');
    writeFileSync(file, instance());
    const { status, stdout } = await stage.host.run([process.execPath, launcher, 'a', '-t', '-f', file, 'b']);
    assert.deepEqual([status, stdout], [0, 'Unexpected argument(s): a b \n']);
    rmSync(file);
  });
}).timeout(60_000);
