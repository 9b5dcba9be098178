// SPDX-License-Identifier: MIT
// Namespace, instance name, process names, scheduling and the places of files: the real binary on a host of its own, whose
// /run nobody else sees.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { instance, isAlive, launcher, oneHostSuite, readPid, start } from './support.ts';

describe('the daemon and its identity', () => {
  const stage = oneHostSuite();
  const inner = `ka-inner-${process.pid}`;

  before(async () => {
    // A /run of its own that can be looked at from here, with a second namespace in it.
    const run = join(stage.network.directory, 'run');
    mkdirSync(run);
    await stage.shell(`mount --bind ${run} /run && ip netns add ${inner} && ip -n ${inner} link add eth7 type veth peer name eth8 &&
      ip -n ${inner} link set eth7 up && ip -n ${inner} link set eth8 up && ip -n ${inner} address add 192.0.2.7/24 dev eth7`);
  });

  const run = (name: string) => join(stage.network.directory, 'run', name);
  /** Without -p and -r, so that the default places count. */
  const plain = async (configuration: string, ...more: string[]) => {
    const file = join(stage.directory, 'plain.conf');
    writeFileSync(file, configuration, { mode: 0o644 });
    return stage.host.run(['env', `TMPDIR=${stage.directory}`, process.execPath, launcher, '-G', '-f', file, ...more]);
  };
  const pidIn = (name: string, not?: number) => until(`a pid in ${name}`, () => readPid(run(name), not));
  const stopped = async (pid: number) => {
    await stage.shell(`kill -TERM ${pid}`);
    await until('it has ended', async () => !(await isAlive(stage.host, pid)));
  };
  const inInner = instance().replace('eth0', 'eth7');

  for (const [how, configuration, options] of [
    ['net_namespace', `net_namespace ${inner}\n${inInner}`, []],
    ['--namespace, which wins over net_namespace', `net_namespace nowhere\n${inInner}`, ['-s', inner]],
  ] as const)
    it(`lives in the namespace of ${how}, its pid files in a directory of that name`, async () => {
      assert.equal((await plain(configuration, ...options)).status, 0);
      const parent = await pidIn(`keepalived/${inner}/keepalived.pid`);
      const vrrp = await pidIn(`keepalived/${inner}/vrrp.pid`);
      assert.equal(statSync(run(`keepalived/${inner}`)).mode & 0o777, 0o755);
      const wanted = await stage.shell(`stat -L -c %i /run/netns/${inner}`);
      for (const pid of [parent, vrrp]) assert.equal(await stage.shell(`stat -L -c %i /proc/${pid}/ns/net`), wanted);
      await until('the address', async () => (await stage.shell(`ip -n ${inner} address show eth7`)).includes('192.0.2.51/32'));
      assert.doesNotMatch(await stage.shell('ip address'), /192\.0\.2\.51/);
      await stage.shell(`kill -KILL ${vrrp}`);
      const next = await pidIn(`keepalived/${inner}/vrrp.pid`, vrrp);
      assert.equal(await stage.shell(`stat -L -c %i /proc/${next}/ns/net`), wanted);
      await stopped(parent);
      assert.doesNotMatch(await stage.shell(`ip -n ${inner} address show eth7`), /192\.0\.2\.51/);
      assert.equal(existsSync(run('keepalived')), false);
    });

  it('ends with 0 and says why when the namespace cannot be entered', async () => {
    stage.daemon = start(stage.host, stage.directory, instance(), '-s', 'nowhere');
    assert.equal(await stage.daemon.ended, 0);
    await stage.daemon.logged(/^Unable to set network namespace nowhere - exiting/);
    const test = await plain(inInner, '-t', '-s', 'nowhere');
    assert.equal(test.status, 4);
  });

  it('tests a configuration in its namespace', async () => {
    assert.equal((await plain(`net_namespace ${inner}\n${inInner}`, '-t')).status, 0);
    assert.notEqual((await plain(inInner, '-t')).status, 0);
    assert.equal((await plain(inInner, '-t', '-s', inner)).status, 0);
    assert.equal(existsSync(run('keepalived')), false);
  });

  it('puts the instance name into pid files, dump files and the syslog name', async () => {
    const globals = 'instance blue\nglobal_defs {\n  data_use_instance\n  json_version 2\n  state_dump_file state/x.txt\n}\n';
    mkdirSync(join(stage.directory, 'state'));
    assert.equal((await plain(globals + instance())).status, 0);
    const parent = await pidIn('keepalived/keepalived_blue.pid');
    await pidIn('keepalived/vrrp_blue.pid');
    await until('master', async () => (await stage.host.addresses('eth0')).includes('192.0.2.51/32'));
    await stage.shell(`kill -USR1 ${parent} && kill -36 ${parent}`);
    const wanted = ['x.blue.txt', 'x_parent.blue.txt'];
    await until('the dumps', () => readdirSync(join(stage.directory, 'state')).sort().join() === wanted.join());
    await until('the JSON', () => existsSync(join(stage.directory, 'keepalived.json')));
    assert.match(readFileSync(join(stage.directory, 'state', 'x.blue.txt'), 'utf8'), /^ Instance name = blue$/m);
    assert.match(readFileSync(join(stage.directory, 'keepalived.json'), 'utf8'), /^\{"vrrp":\[/);
    await stopped(parent);
    assert.equal(existsSync(run('keepalived')), false);
  });

  it('names its processes and schedules them as configured', async () => {
    const globals = `global_defs {
      process_names
      process_name boss
      vrrp_priority -5
      vrrp_rt_priority 30
      vrrp_cpu_affinity 0
      vrrp_rlimit_rttime 20000
      umask 027
    }\n`;
    stage.daemon = start(stage.host, stage.directory, globals + instance());
    await stage.daemon.logged(/^Startup complete$/);
    const vrrp = await stage.daemon.vrrpPid();
    const parent = readPid(stage.daemon.parentFile);
    assert.deepEqual(await stage.shell(`cat /proc/${parent}/comm /proc/${vrrp}/comm`), 'boss\nkeepalived_vrrp');
    assert.equal(await stage.shell(`ps -o ni= -p ${vrrp}`), '-5');
    assert.equal(await stage.shell(`ps -o ni= -p ${parent}`), '0');
    assert.match(await stage.shell(`ps -L -o comm=,cls=,rtprio= -p ${vrrp}`), /^ka-engine\s+FF\s+30$/m);
    for (const status of (await stage.shell(`cat /proc/${vrrp}/task/*/status`)).matchAll(/^Cpus_allowed_list:\s+(\S+)$/gm))
      assert.equal(status[1], '0');
    assert.match(await stage.shell(`cat /proc/${vrrp}/limits`), /^Max realtime timeout\s+20000\s+unlimited/m);
    await stage.shell(`kill -USR1 ${parent}`);
    const dump = await until(
      'the dump',
      () => existsSync(join(stage.directory, 'keepalived.data')) && join(stage.directory, 'keepalived.data'),
    );
    assert.equal(statSync(dump).mode & 0o777, 0o640);
    const text = readFileSync(dump, 'utf8');
    for (const line of [
      ' Parent process name = boss',
      ' VRRP process priority = -5',
      ' VRRP CPU Affinity = 0',
      ' VRRP realtime limit = 20000',
      ' umask = 027',
    ])
      assert.ok(text.includes(`${line}\n`), line);
  });

  it('runs 255 virtual routers at a real-time priority and under the limit that would end keepalived', async () => {
    const routers = Array.from({ length: 255 }, (_, i) =>
      instance({ name: `V${i + 1}`, vrid: i + 1, more: 'version 3\n advert_int 0.1' }).replace(`192.0.2.${i + 1}`, `198.51.100.${i + 1}`),
    ).join('');
    const globals = 'global_defs {\n vrrp_rt_priority 50\n vrrp_rlimit_rttime 10000\n}\n';
    const d = start(stage.host, stage.directory, globals + routers);
    stage.daemon = d;
    const masters = (from = 0) => d.lines.slice(from).filter((line) => line.endsWith('Entering MASTER STATE')).length;
    await until('all are masters', () => masters() === 255, { within: 30_000 });
    const vrrp = await d.vrrpPid();
    assert.match(await stage.shell(`ps -L -o comm=,cls=,rtprio= -p ${vrrp}`), /^ka-engine\s+FF\s+50$/m);
    const from = d.lines.length;
    await stage.shell('ip link set eth0 down; sleep 0.2; ip link set eth0 up');
    await until('all are masters again', () => masters(from) === 255, { within: 30_000 });
    d.signal('SIGHUP');
    await d.logged(/^Reload complete$/, { from, within: 30_000 });
    assert.equal(await d.vrrpPid(), vrrp);
    assert.ok(!d.lines.some((line) => /exited|died|Respawning|too much CPU time/.test(line)));
  });

  it('prefers --umask to the configuration', async () => {
    stage.daemon = start(stage.host, stage.directory, `global_defs {\n umask 027\n}\n${instance()}`, '--umask=0111');
    await stage.daemon.logged(/^Startup complete$/);
    stage.daemon.signal('SIGUSR1');
    const dump = join(stage.directory, 'keepalived.data');
    await until('the dump', () => existsSync(dump));
    assert.equal(statSync(dump).mode & 0o777, 0o666);
  });

  it('warns and goes on with processors that do not exist', async () => {
    stage.daemon = start(stage.host, stage.directory, `global_defs {\n vrrp_cpu_affinity 4000\n}\n${instance()}`);
    await stage.daemon.logged(/^VRRP process: unable to set CPU affinity 4000 - EINVAL/);
    await stage.daemon.logged(/Entering MASTER STATE/);
  });

  it('collects what scripts leave behind', async () => {
    const script = join(stage.directory, 'fork.sh');
    writeFileSync(script, `#!/bin/sh\n( sleep 0.2 & echo $! > ${stage.directory}/orphan )\n`, { mode: 0o755 });
    stage.daemon = start(
      stage.host,
      stage.directory,
      `global_defs {\n script_user root\n}\n${instance({ more: `notify_master ${script}` })}`,
    );
    await stage.daemon.logged(/Entering MASTER STATE/);
    const orphan = await until('the orphan', () => readPid(join(stage.directory, 'orphan')));
    await until('it is collected', async () => (await stage.host.run(['test', '-e', `/proc/${orphan}`])).status !== 0);
    assert.equal(await stage.daemon.stop(), 0);
  });

  it('lets processes leave core files with -m, but not scripts', async () => {
    const script = join(stage.directory, 'limit.sh');
    writeFileSync(script, `#!/bin/sh\nulimit -S -c > ${stage.directory}/limit\n`, { mode: 0o755 });
    const configuration = `global_defs {\n script_user root\n}\n${instance({ more: `notify_master ${script}` })}`;
    const before = await stage.shell('ulimit -S -c');
    stage.daemon = start(stage.host, stage.directory, configuration, '-m');
    await stage.daemon.logged(/Entering MASTER STATE/);
    const soft = await stage.shell(`sed -n 's/^Max core file size *\\([^ ]*\\).*/\\1/p' /proc/${await stage.daemon.vrrpPid()}/limits`);
    assert.equal(soft, 'unlimited');
    assert.equal(
      await until(
        'the limit',
        () => existsSync(join(stage.directory, 'limit')) && readFileSync(join(stage.directory, 'limit'), 'utf8').trim(),
      ),
      before,
    );
  });
}).timeout(40_000);
