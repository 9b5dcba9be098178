// SPDX-License-Identifier: MIT
// Where the real binary logs, what it does when nobody takes the lines, which reloads it refuses and when it reloads by
// itself, and what it tells systemd.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { instance, isAlive, launcher, oneHostSuite, type Running, readPid, start, startIn } from './support.ts';

describe('the daemon, its logs and its reloads', () => {
  const stage = oneHostSuite();

  const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const holds = async () => (await stage.host.addresses('eth0')).includes('192.0.2.51/32');
  /** Rewrites the configuration of the running daemon. */
  const rewrite = (d: Running, configuration: string) => writeFileSync(d.file, configuration);

  for (const more of [[], ['--flush-log-file']])
    it(`writes a log file for each process with -g${more.join('')}`, async () => {
      const path = join(stage.directory, 'ka.log');
      stage.daemon = start(stage.host, stage.directory, instance(), `-g${path}`, ...more);
      await stage.daemon.logged(/Entering MASTER STATE/);
      const vrrp = join(stage.directory, 'ka_vrrp.log');
      await until('the lines', () => /20\d\d: Startup complete$/m.test(text(path)) && text(vrrp).includes('Entering MASTER STATE'));
      assert.equal(await stage.daemon.stop(), 0);
      assert.match(text(path), /: Stopped Keepalived v2\.4\.3 .*\n$/);
      assert.match(text(vrrp), /: Stopped - used .*\n$/);
      assert.equal(
        text(path)
          .split('\n')
          .filter((line) => / Startup complete$/.test(line)).length,
        1,
      );
    });

  it('writes one JSON object per line with --log-format json', async () => {
    const path = join(stage.directory, 'ka.log');
    stage.daemon = start(stage.host, stage.directory, instance(), `-g${path}`, '--log-format', 'json');
    await stage.daemon.logged(/Entering MASTER STATE/);
    assert.equal(await stage.daemon.stop(), 0);
    const lines = [path, join(stage.directory, 'ka_vrrp.log')].flatMap((file) => text(file).trimEnd().split('\n'));
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const master = events.find((event) => event.message === '(VI_1) Entering MASTER STATE');
    assert.deepEqual([master?.instance, master?.process, master?.level], ['VI_1', 'vrrp', 'info']);
    assert.ok(events.some((event) => event.process === 'parent' && event.message === 'Stopping'));
    assert.doesNotThrow(() =>
      stage.daemon
        ?.raw()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
  });

  it('keeps its address when the disk of log, dumps and pid files is full, and says what it could not write', async () => {
    const full = join(stage.directory, 'full');
    mkdirSync(full);
    await stage.shell(`mount -t tmpfs -o size=64k tmpfs ${full}`);
    stage.daemon = startIn({ TMPDIR: full }, stage.host, stage.directory, instance(), `-g${full}/ka.log`, '-r', `${full}/vrrp.pid`);
    await until('the address', holds);
    await stage.shell(`cat /dev/zero > ${full}/ballast 2>/dev/null || true`);
    stage.daemon.signal('SIGUSR1');
    await stage.daemon.logged(/^Can't write dump file .*keepalived\.data: ENOSPC/);
    const pid = Number(await stage.shell(`cat ${full}/vrrp.pid`));
    await stage.shell(`kill -KILL ${pid}`);
    await stage.daemon.logged(/died: Respawning/);
    await until('the address again', holds);
    // The last page of a file has room left: more lines than that.
    for (const lines = stage.daemon.lines.length; stage.daemon.lines.length < lines + 150; )
      await stage.shell(`kill -USR1 ${readPid(stage.daemon.parentFile)}; sleep 0.02`);
    await stage.shell(`rm ${full}/ballast`);
    stage.daemon.signal('SIGUSR1');
    await until('the count of lost lines', async () =>
      /log lines were lost: .* could not be written/.test(await stage.shell(`cat ${full}/ka*.log`)),
    );
    assert.equal(await stage.daemon.stop(), 0);
    await stage.shell(`umount ${full}`);
  });

  it('says that its log file cannot be opened, and serves', async () => {
    stage.daemon = start(stage.host, stage.directory, instance(), '-g/proc/no/where.log');
    await stage.daemon.logged(/^Unable to open log file \/proc\/no\/where_vrrp\.log - ENOENT/);
    await until('the address', holds);
  });

  it('goes on while the log daemon does not read, and tells it everything later', async () => {
    const script = join(stage.directory, 'syslog.py');
    writeFileSync(
      script,
      `import os, socket, subprocess, sys, time
subprocess.check_call(["mount", "-t", "tmpfs", "none", "/dev"])
for name, minor in (("null", 3), ("zero", 5), ("urandom", 9)): os.mknod("/dev/" + name, 0o20666, os.makedev(1, minor))
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("/dev/log")
p = subprocess.Popen(sys.argv[2:])
while not os.path.exists(sys.argv[1]): time.sleep(0.05)
s.settimeout(0.2)
out = open(sys.argv[1] + ".log", "w")
while True:
  try: out.write(s.recv(65536).decode() + "\\n"); out.flush()
  except socket.timeout:
    if p.poll() is not None: break
`,
    );
    const file = join(stage.directory, 'syslog.conf');
    writeFileSync(file, `instance i\n${instance()}`, { mode: 0o644 });
    const pids = ['-p', join(stage.directory, 'p.pid'), '-r', join(stage.directory, 'v.pid')];
    const go = join(stage.directory, 'go');
    stage.host.spawn([
      'unshare',
      '--mount',
      'python3',
      script,
      go,
      process.execPath,
      launcher,
      '-n',
      '-D',
      '-S',
      'local1',
      '-f',
      file,
      ...pids,
    ]);
    await until('the address', holds);
    const parent = await until('the pid', () => readPid(pids[1] ?? ''));
    // Far more datagrams than a socket's queue takes.
    for (let i = 0; i < 40; i++) await stage.shell(`kill -HUP ${parent}; sleep 0.05`);
    assert.ok(await holds());
    writeFileSync(go, '');
    await until('the lines', () => /<142>.* Keepalived_vrrp_i\[\d+\]: \(VI_1\) Entering MASTER STATE/.test(text(`${go}.log`)));
    await until('the last reload', () => text(`${go}.log`).split('Reload complete').length > 2);
    await stage.shell(`kill -TERM ${parent}`);
    await until('its end', async () => !(await isAlive(stage.host, parent)));
  });

  it('refuses a reload that would change what only a restart can change', async () => {
    stage.daemon = start(stage.host, stage.directory, `instance blue\n${instance()}`);
    await stage.daemon.logged(/^Startup complete$/);
    rewrite(stage.daemon, `instance green\n${instance({ vrid: 52 })}`);
    stage.daemon.signal('SIGHUP');
    await stage.daemon.logged(/^Cannot change instance name at a reload - please restart keepalived$/);
    await stage.daemon.logged(/^Reload refused/);
    assert.ok(await until('the old address', holds));
  });

  it('plans a reload against the file that the running daemon was started with', async () => {
    stage.daemon = start(stage.host, stage.directory, instance());
    await stage.daemon.logged(/^Startup complete$/);
    const file = join(stage.directory, 'next.conf');
    writeFileSync(file, instance({ more: 'garp_master_repeat 2' }) + instance({ name: 'VI_2', vrid: 52 }), { mode: 0o644 });
    const lines = stage.daemon.lines.length;
    const { status, stdout } = await stage.host.run([process.execPath, launcher, 'plan', '-p', stage.daemon.parentFile, file]);
    assert.equal(status, 0);
    assert.match(stdout, /^ {2}live {10}vrrp_instance VI_1 \(garp_master_repeat[^)]*\): keeps its state\n! add {11}vrrp_instance VI_2: /);
    assert.equal(stage.daemon.lines.length, lines);
  });

  it('tests a new configuration first with reload_check_config, and keeps the old one', async () => {
    const log = join(stage.directory, 'test.log');
    const globals = `global_defs {\n reload_check_config ${log}\n}\n`;
    stage.daemon = start(stage.host, stage.directory, globals + instance());
    await stage.daemon.logged(/^Startup complete$/);
    rewrite(stage.daemon, `${globals}nonsense\n${instance({ vrid: 52 })}`);
    stage.daemon.signal('SIGHUP');
    await stage.daemon.logged(/New config failed validation, see .*test\.log for details/);
    assert.match(text(log), /Unknown keyword 'nonsense'/);
    const refused = start(stage.host, stage.directory, `${globals}nonsense\n${instance()}`);
    assert.equal(await refused.ended, 2);
  });

  it('reloads at the time in reload_time_file, and shows the marker while it reads', async () => {
    const [time, marker] = [join(stage.directory, 'time'), join(stage.directory, 'marker')];
    writeFileSync(marker, 'left behind');
    stage.daemon = start(stage.host, stage.directory, `global_defs {\n reload_time_file ${time}\n reload_file ${marker}\n}\n${instance()}`);
    await stage.daemon.logged(/^Startup complete$/);
    assert.equal(existsSync(marker), false);
    writeFileSync(time, 'noon\n');
    await stage.daemon.logged(/^Invalid reload time 'noon' specified - ignoring$/);
    writeFileSync(time, `${new Date(Date.now() + 2000).toISOString().slice(11, 19)}Z\n`);
    await stage.daemon.logged(/^Scheduling reload for /);
    await stage.daemon.logged(/^Reload complete$/);
    assert.deepEqual([existsSync(time), existsSync(marker)], [false, false]);
  });

  it('leaves copies of what it read, and of its state around reloads, in config_save_dir', async () => {
    const saved = join(stage.directory, 'saved');
    const part = join(stage.directory, 'part.conf');
    writeFileSync(part, instance({ more: 'authentication {\n auth_type PASS\n auth_pass abc\n }' }), { mode: 0o644 });
    const configuration = `global_defs {\n config_save_dir ${saved}\n}\ninclude ${part}\n`;
    stage.daemon = start(stage.host, stage.directory, configuration);
    await stage.daemon.logged(/Entering MASTER STATE/);
    const parent = await until('the pid', () => readPid(stage.daemon.parentFile));
    const vrrp = await stage.daemon.vrrpPid();
    assert.deepEqual(readdirSync(saved), [`keepalived.conf.${parent}.0`]);
    for (const _ of [1, 2]) {
      const from = stage.daemon.lines.length;
      stage.daemon.signal('SIGHUP');
      await stage.daemon.logged(/^Reload complete$/, { from });
    }
    const around = [1, 2].flatMap((n) => [`keepalived_vrrp.${vrrp}.${n}.post`, `keepalived_vrrp.${vrrp}.${n}.pre`]);
    const wanted = [0, 1, 2].map((n) => `keepalived.conf.${parent}.${n}`).concat(around);
    await until('all copies', () => readdirSync(saved).join() === wanted.join());
    for (const name of wanted) assert.equal(statSync(join(saved, name)).mode & 0o777, 0o600, name);
    assert.match(text(join(saved, `keepalived_vrrp.${vrrp}.1.pre`)), /State = MASTER/);
    assert.doesNotMatch(text(join(saved, `keepalived_vrrp.${vrrp}.1.post`)), /abc/);
    // The copy means what the files meant, and a test of it leaves one too.
    const { status, stderr } = await stage.host.run([process.execPath, launcher, '-t', '-f', join(saved, `keepalived.conf.${parent}.0`)]);
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(readdirSync(saved).length, wanted.length + 1);
  });

  it('says why config_save_dir takes no copy, and serves', async () => {
    const file = join(stage.directory, 'file');
    writeFileSync(file, '');
    stage.daemon = start(stage.host, stage.directory, `global_defs {\n config_save_dir ${file}\n}\n${instance()}`);
    await stage.daemon.logged(/^config_save_dir .*\/file exists and is not a directory$/);
    await stage.daemon.logged(/Entering MASTER STATE/);
    const nowhere = start(
      stage.host,
      stage.directory,
      `global_defs {\n config_save_dir ${stage.directory}/no/where\n}\n${instance({ vrid: 52 })}`,
    );
    await nowhere.logged(/^Unable to create config_save_dir .*\/no\/where - ENOENT/);
    await nowhere.stop();
  });

  it('tells systemd when it is ready, alive, reloading and stopping', async () => {
    const listener = join(stage.directory, 'systemd.py');
    const [socket, heard, pid] = [join(stage.directory, 'notify'), join(stage.directory, 'heard'), join(stage.directory, 'p.pid')];
    const file = join(stage.directory, 'systemd.conf');
    writeFileSync(file, instance(), { mode: 0o644 });
    // Process 1 of a namespace of its own, called systemd.
    writeFileSync(
      listener,
      `import ctypes, os, socket, subprocess, sys
ctypes.CDLL(None).prctl(15, b"systemd")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); s.settimeout(15)
p = subprocess.Popen(sys.argv[3:], env={**os.environ, "NOTIFY_SOCKET": sys.argv[1], "WATCHDOG_USEC": "400000"})
out = open(sys.argv[2], "w")
while True:
  text = s.recv(4096).decode()
  out.write(text + "\\n--\\n"); out.flush()
  if text == "STOPPING=1": break
sys.exit(p.wait())
`,
    );
    const words = [process.execPath, launcher, '-n', '-G', '-f', file, '-p', pid, '-r', `${pid}.vrrp`];
    const unit = spawn('nsenter', [
      `--target=${stage.host.firstPid}`,
      '--net',
      '--mount',
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
      'python3',
      listener,
      socket,
      heard,
      ...words,
    ]);
    const ended = new Promise((resolve) => unit.once('exit', resolve));
    await until('ready', () => /^READY=1\nMAINPID=(\d+)$/m.test(text(heard)));
    assert.equal(/MAINPID=(\d+)/.exec(text(heard))?.[1], text(pid).trim());
    await until('alive', () => text(heard).split('WATCHDOG=1').length > 3);
    const outer = readFileSync(`/proc/${unit.pid}/task/${unit.pid}/children`, 'utf8').trim();
    const inside = readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim().split(' ')[0];
    process.kill(Number(inside), 'SIGHUP');
    await until('reloading', () => /^RELOADING=1\nMONOTONIC_USEC=\d+$/m.test(text(heard)));
    await until('ready again', () => text(heard).split('READY=1').length > 2);
    process.kill(Number(inside), 'SIGTERM');
    assert.equal(await ended, 0);
    assert.match(text(heard), /^STOPPING=1$/m);
  });
}).timeout(40_000);
