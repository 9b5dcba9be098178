// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { instance, isAlive, launcher, oneHostSuite, type Running, readPid, start, startWith } from './support.ts';

describe('the daemon', () => {
  const stage = oneHostSuite();

  const run = (configuration: string, ...more: string[]): Running => {
    stage.daemon = start(stage.host, stage.network.directory, configuration, ...more);
    return stage.daemon;
  };
  const kill = (name: string, pid: number) => stage.host.run(['kill', `-${name}`, String(pid)]);

  it('starts with the lines that operators look for, and writes its pid files', async () => {
    const d = run(instance());
    await d.logged(/^Startup complete$/);
    for (const pattern of [/^Starting Keepalived v2\.4\.3 \(07\/20,2026\)/, /^Running on Linux /, /^Command line: '/, /^Opening file '/])
      await d.logged(pattern);
    await d.logged(new RegExp(`^Starting VRRP child process, pid=${await d.vrrpPid()}$`));
    assert.match(readFileSync(d.parentFile, 'utf8'), /^[0-9]+\n$/);
    assert.equal(statSync(d.vrrpFile).mode & 0o777, 0o644);
    assert.match(d.raw(), /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} 20[0-9]{2}: Starting/);
  });

  it('shows as keepalived in the process list', async () => {
    const d = run(instance());
    await d.logged(/^Startup complete$/);
    const { stdout } = await stage.host.run(['pgrep', '-c', '-x', 'keepalived']);
    assert.equal(stdout.trim(), '2');
  });

  it('ends with 0 at TERM, says goodbye, removes its addresses and its pid files', async () => {
    const d = run(instance());
    await d.logged(/Entering MASTER STATE/);
    await until('the address is there', async () => (await stage.host.addresses('eth0')).includes('192.0.2.51/32'));
    assert.equal(await d.stop(), 0);
    assert.deepEqual(await stage.host.addresses('eth0'), ['192.0.2.1/24']);
    assert.equal(existsSync(d.parentFile) || existsSync(d.vrrpFile), false);
    for (const pattern of [/^Stopping$/, /^\(VI_1\) sent 0 priority$/, /^Stopped - used /, /^Stopped Keepalived v2\.4\.3/])
      await d.logged(pattern);
  });

  it('ends with 0 at INT, and stays with --ignore-sigint', async () => {
    const d = run(instance());
    await d.logged(/^Startup complete$/);
    d.signal('SIGINT');
    assert.equal(await d.ended, 0);
    const deaf = run(instance(), '--ignore-sigint');
    await deaf.logged(/^Startup complete$/);
    deaf.signal('SIGINT');
    deaf.signal('SIGHUP');
    await deaf.logged(/^Reload complete$/);
    assert.ok(!deaf.lines.includes('Stopping'));
  });

  it('stops in order when the VRRP process itself gets TERM, and is started again', async () => {
    const d = run(instance());
    await d.logged(/Entering MASTER STATE/);
    const pid = await d.vrrpPid();
    await kill('TERM', pid);
    await d.logged(/^\(VI_1\) sent 0 priority$/);
    await d.logged(new RegExp(`^VRRP child process\\(${pid}\\) died: Respawning$`));
    assert.notEqual(await d.vrrpPid(pid), pid);
  });

  it('replaces a VRRP process that was killed', async () => {
    const d = run(instance());
    await d.logged(/^Startup complete$/);
    const first = await d.vrrpPid();
    await kill('KILL', first);
    await d.logged(new RegExp(`^pid ${first} exited due to signal 9 \\(Killed\\)`));
    const second = await d.vrrpPid(first);
    await kill('KILL', second);
    await d.logged(/^Restart of VRRP process delayed 1 seconds to limit respawn rate$/);
    await d.vrrpPid(second);
    await d.logged(/Entering MASTER STATE/);
    assert.equal(await d.stop(), 0);
  });

  it('ends its VRRP process, which says goodbye, when the parent is killed', async () => {
    const d = run(instance());
    await d.logged(/Entering MASTER STATE/);
    const pid = await d.vrrpPid();
    d.signal('SIGKILL');
    await until('the VRRP process is gone', async () => !(await isAlive(stage.host, pid)));
    assert.deepEqual(await stage.host.addresses('eth0'), ['192.0.2.1/24']);
    await d.logged(/^\(VI_1\) sent 0 priority$/);
  });

  it('ends all of it with --dont-respawn', async () => {
    const d = run(instance(), '-R');
    await d.logged(/^Startup complete$/);
    await kill('KILL', await d.vrrpPid());
    assert.equal(await d.ended, 0);
    await d.logged(/^VRRP child process\([0-9]+\) died: Exiting$/);
  });

  it('never opens the inspector at SIGUSR1, however early it comes', async () => {
    const d = run(instance());
    await until('the pid file', () => readPid(d.parentFile), { every: 1 });
    d.signal('SIGUSR1');
    const pid = await d.vrrpPid();
    await kill('USR1', pid);
    await d.logged(/^Startup complete$/);
    await kill('USR1', pid);
    d.signal('SIGUSR1');
    d.signal('SIGUSR2');
    await d.logged(/^Printing VRRP stats/);
    const { stdout } = await stage.host.run(['cat', '/proc/net/tcp', '/proc/net/tcp6']);
    assert.doesNotMatch(stdout, /:240D /);
    assert.doesNotMatch(d.raw(), /Debugger|inspector/i);
    assert.equal(await d.stop(), 0);
  });

  it('outlives the real-time signals that monitoring sends, in both processes', async () => {
    const d = run(instance());
    await d.logged(/^Startup complete$/);
    const processes = [readPid(d.parentFile) ?? 0, await d.vrrpPid()];
    // 36 asks for JSON, 63 clears statistics; 34 and 64 are the ends of the range.
    for (const pid of processes) for (const signal of ['34', '36', '63', '64', 'QUIT', 'ALRM']) await kill(signal, pid);
    const from = d.lines.length;
    d.signal('SIGHUP');
    await d.logged(/^Reload complete$/, { from });
    assert.deepEqual([readPid(d.parentFile), await d.vrrpPid()], processes);
    assert.doesNotMatch(d.lines.join('\n'), /died|exited/);
    assert.equal(await d.stop(), 0);
  });

  it('reloads at HUP without touching what did not change', async () => {
    const d = run(instance());
    await d.logged(/Entering MASTER STATE/);
    writeFileSync(d.file, instance() + instance({ name: 'VI_2', vrid: 52 }));
    const from = d.lines.length;
    const pid = await d.vrrpPid();
    d.signal('SIGHUP');
    await d.logged(/^Reloading \.\.\.$/, { from });
    await d.logged(/^Reload complete$/, { from });
    await d.logged(/^\(VI_2\) Entering MASTER STATE$/, { from });
    assert.equal(await d.vrrpPid(), pid);
    assert.ok(!d.lines.slice(from).some((line) => /\(VI_1\) (Entering|removing|sent)/.test(line)), d.lines.slice(from).join('\n'));
  });

  it('keeps running on the old configuration when the new one cannot run', async () => {
    const d = run(instance());
    await d.logged(/Entering MASTER STATE/);
    writeFileSync(d.file, 'vrrp_instance VI_1 {\n  interface eth0\n}\n');
    d.signal('SIGHUP');
    await d.logged(/^Reload refused/);
    assert.ok((await stage.host.addresses('eth0')).includes('192.0.2.51/32'));
    writeFileSync(d.file, instance());
    d.signal('SIGHUP');
    await d.logged(/^Reload complete$/);
  });

  it('ends with 6 when the configuration file is missing', async () => {
    stage.daemon = startWith(stage.host, stage.network.directory, join(stage.network.directory, 'absent.conf'));
    assert.equal(await stage.daemon.ended, 6);
    await stage.daemon.logged(/absent\.conf/);
  });

  it('ends with 2 when the configuration cannot run, and leaves no pid file', async () => {
    for (const broken of ['vrrp_instance VI_1 {\n  interface eth0\n}\n', instance().replace('eth0', 'eth9')]) {
      const d = run(broken);
      assert.equal(await d.ended, 2, d.raw());
      assert.equal(existsSync(d.parentFile) || existsSync(d.vrrpFile), false);
    }
  });

  it('tests a configuration without starting anything', async () => {
    const file = join(stage.network.directory, 'test.conf');
    const test = (text: string, option = '-t') => {
      writeFileSync(file, text);
      return stage.host.run([process.execPath, launcher, option, '-f', file, '-p', join(stage.network.directory, 'test.pid')]);
    };
    const good = await test(instance());
    assert.deepEqual([good.status, good.stdout, good.stderr], [0, '', '']);
    const bad = await test(instance().replace('advert_int', 'advert_itn'));
    assert.equal(bad.status, 5);
    assert.match(bad.stderr, /advert_itn/);
    const log = join(stage.network.directory, 'test.log');
    const quiet = await test(instance().replace('advert_int', 'advert_itn'), `-t${log}`);
    assert.deepEqual([quiet.status, quiet.stderr], [5, '']);
    assert.match(readFileSync(log, 'utf8'), /advert_itn/);
    assert.equal((await test(instance(), '-t/nonexistent/log')).status, 1);
    assert.equal(existsSync(join(stage.network.directory, 'test.pid')), false);
  });

  it('says that it is already running, and ends with 0, when its pid file is locked', async () => {
    const first = run(instance());
    await first.logged(/^Startup complete$/);
    const pid = readPid(first.parentFile);
    const second = start(stage.host, stage.network.directory, instance({ name: 'VI_2', vrid: 52 }), '-p', first.parentFile);
    assert.equal(await second.ended, 0);
    await second.logged(/^daemon is already running$/);
    assert.ok(!second.lines.some((line) => line.startsWith('Stopped')));
    assert.equal(readPid(first.parentFile), pid);
  });

  it('stays without a child when there is nothing to run, and starts one when there is', async () => {
    const d = run('global_defs {\n  router_id one\n}\n');
    await d.logged(/^Warning - keepalived has no configuration to run$/);
    assert.equal(existsSync(d.vrrpFile), false);
    writeFileSync(d.file, instance());
    d.signal('SIGHUP');
    await d.logged(/^Reload complete$/);
    await d.vrrpPid();
  });

  it('leaves the terminal without -n: the original ends with 0, the daemon runs on in a session of its own', async () => {
    const file = join(stage.network.directory, 'fork.conf');
    const pids = [join(stage.network.directory, 'fork.pid'), join(stage.network.directory, 'fork.vrrp.pid')] as const;
    writeFileSync(file, instance());
    const { status } = await stage.host.run([process.execPath, launcher, '-G', '-f', file, '-p', pids[0], '-r', pids[1]]);
    assert.equal(status, 0);
    const parent = await until('the parent pid', () => readPid(pids[0]));
    const vrrp = await until('the VRRP pid', () => readPid(pids[1]));
    const { stdout } = await stage.host.run(['ps', '-o', 'sid=', '-p', `${parent},${vrrp}`]);
    assert.deepEqual(stdout.trim().split(/\s+/), [String(parent), String(parent)]);
    assert.equal((await stage.host.run(['readlink', `/proc/${parent}/cwd`])).stdout.trim(), '/');
    assert.equal((await stage.host.run(['readlink', `/proc/${parent}/fd/2`])).stdout.trim(), '/dev/null');
    await kill('TERM', parent);
    await until('the pid files are gone', () => !existsSync(pids[0]) && !existsSync(pids[1]));
  });
}).timeout(30_000);
