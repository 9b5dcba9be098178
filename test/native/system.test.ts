// SPDX-License-Identifier: MIT
// What the process says about itself is tried in child processes, namespaces in namespaces of their own.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '../../lib/native/load.ts';
import { until } from '../support/until.ts';
import { root } from './vectors.ts';

const native = loadNative();
const addon = `const native = require('${root}/build/Release/ka_ts.node');`;

function node(script: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['-e', addon + script], { encoding: 'utf8', timeout: 20_000 });
}

describe('the clock', () => {
  it('is CLOCK_MONOTONIC in whole microseconds', () => {
    const [before, now, after] = [process.hrtime.bigint(), native.now(), process.hrtime.bigint()];
    assert.ok(Number.isInteger(now));
    assert.ok(now * 1000 >= Number(before) - 1000 && now * 1000 <= Number(after), `${now} µs is not at ${before} ns`);
  });
});

describe('system calls', function () {
  this.timeout(30_000);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ka-system-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('lock a file for one open description at a time', () => {
    const path = join(folder, 'lock.pid');
    const [first, second] = [openSync(path, 'w'), openSync(path, 'w')];
    assert.equal(native.lockFile(first), true);
    assert.equal(native.lockFile(first), true, 'the holder may ask again');
    assert.equal(native.lockFile(second), false);
    const other = node(`console.log(native.lockFile(require('node:fs').openSync('${path}', 'a')))`);
    assert.equal(other.stdout, 'false\n');
    // A classic POSIX lock would be lost here: any close of the file in the process drops it.
    closeSync(openSync(path, 'r'));
    assert.equal(native.lockFile(second), false);
    closeSync(first);
    assert.equal(native.lockFile(second), true);
    closeSync(second);
    assert.throws(() => native.lockFile(second), { code: 'EBADF', syscall: 'fcntl' });
  });

  it('send one datagram to NOTIFY_SOCKET, by path or abstract name', async () => {
    for (const [name, python] of [
      [join(folder, 'notify'), join(folder, 'notify')],
      [`@ka-${process.pid}-notify`, `\\0ka-${process.pid}-notify`],
    ] as const) {
      const script = `import socket,sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.settimeout(10); s.bind("${python}")
print("bound", flush=True); print(s.recv(4096).decode(), end="")`;
      const receiver = spawn('python3', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      let heard = '';
      receiver.stdout.on('data', (chunk) => {
        heard += String(chunk);
      });
      await until('the receiver listens', () => heard === 'bound\n');
      native.sendNotify(name, 'READY=1\nSTATUS=fine');
      await until('it has heard us', () => heard === 'bound\nREADY=1\nSTATUS=fine');
      await until('it has ended', () => receiver.exitCode === 0);
    }
  });

  it('tell why a notification could not be sent', () => {
    assert.throws(() => native.sendNotify(join(folder, 'nobody'), 'READY=1'), { code: 'ENOENT', syscall: 'sendto' });
    assert.throws(() => native.sendNotify(`@ka-${process.pid}-nobody`, 'READY=1'), { code: 'ECONNREFUSED' });
    assert.throws(() => native.sendNotify('relative', 'READY=1'), { code: 'EINVAL' });
    assert.throws(() => native.sendNotify(`/${'x'.repeat(200)}`, 'READY=1'), { code: 'ENAMETOOLONG' });
    assert.throws(() => native.sendNotify('/a\0b', 'READY=1'), { name: 'TypeError' });
  });

  it('write to the system log with identity, pid and facility', () => {
    // A mount namespace with a /dev of its own: the machine's log is not written to.
    const script = `import os,socket,subprocess,sys
subprocess.check_call(["mount", "-t", "tmpfs", "none", "/dev"])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.settimeout(10); s.bind("/dev/log")
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
print(p.pid)
for i in range(3): print(s.recv(4096).decode().rstrip("\\0"))
sys.exit(p.wait())`;
    const sender = `${addon} native.syslogOpen('Keepalived_vrrp', 3, false); native.syslog(6, '100%s %n done', Date.now() / 1000 | 0);
      native.syslogOpen('other', 16, true); native.syslog(0, 'zero', 0); native.syslog(7, 'déjà vu', 1e9)`;
    const done = spawnSync('unshare', ['--mount', 'python3', '-c', script, process.execPath, '-e', sender], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(done.status, 0, done.stderr);
    const [pid, ...lines] = done.stdout.trim().split('\n');
    const stamp = '[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d';
    // <facility × 8 + severity>
    assert.match(lines[0] ?? '', new RegExp(`^<30>${stamp} Keepalived_vrrp\\[${pid}\\]: 100%s %n done$`));
    assert.match(lines[1] ?? '', new RegExp(`^<128>${stamp} other\\[${pid}\\]: zero$`));
    assert.match(lines[2] ?? '', new RegExp(`^<135>${stamp} other\\[${pid}\\]: déjà vu$`));
  });

  it('write to the system console what finds no log daemon, where asked to', () => {
    const sender = `${addon} const fs = require('node:fs'); const seen = () => fs.readFileSync('/dev/console', 'latin1');
      native.syslogOpen('quiet', 3, false); console.log(native.syslog(6, 'lost', 0), seen());
      native.syslogOpen('loud', 3, true); console.log(native.syslog(6, 'kept', 0), JSON.stringify(seen()).replace(process.pid, 'PID'));
      fs.rmSync('/dev/console'); console.log(native.syslog(6, 'nowhere', 0));`;
    const script = 'mount -t tmpfs none /dev && : >/dev/console && exec "$@"';
    const done = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', process.execPath, '-e', sender], { encoding: 'utf8' });
    assert.equal(done.stdout, 'false \ntrue "loud[PID]: kept\\r\\n"\nfalse\n', done.stderr);
  });

  it('leave out on the console what would hold it up, and say how many', async () => {
    const sender = `${addon} const fs = require('node:fs'); native.syslogOpen('loud', 3, true);
      for (let i = 0; i < 100; i++) native.syslog(6, 'line ' + i, 0);
      setTimeout(() => { native.syslog(6, 'later', 0); process.stdout.write(fs.readFileSync('/dev/console', 'latin1')); }, 300);`;
    const script = 'mount -t tmpfs none /dev && : >/dev/console && exec "$@"';
    const done = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', process.execPath, '-e', sender], { encoding: 'utf8' });
    const lines = done.stdout.split('\r\n').map((line) => line.replace(/^loud\[\d+\]: /, ''));
    assert.deepEqual(
      lines.slice(0, 20),
      Array.from({ length: 20 }, (_, i) => `line ${i}`),
      done.stderr,
    );
    assert.deepEqual(lines.slice(-3), ['80 lines left out on this console', 'later', '']);
  });

  it('name the process, at most 15 bytes', () => {
    const script = `native.setProcessName('keepalived_vrrp_and_more'); console.log(require('node:fs').readFileSync('/proc/self/comm', 'utf8'));`;
    assert.equal(node(script).stdout.trim(), 'keepalived_vrrp');
  });

  it('end a child with its parent when it asked for that', async () => {
    const child = `${addon} native.setParentDeathSignal(15);
      process.on('SIGTERM', () => { require('node:fs').writeFileSync('${folder}/died', 'SIGTERM'); process.exit(); });
      setInterval(() => {}, 1000); process.send('ready');`;
    const parent = `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      c.on('message', () => process.kill(process.pid, 'SIGKILL'));`;
    assert.equal(spawnSync(process.execPath, ['-e', parent], { timeout: 20_000 }).signal, 'SIGKILL');
    await until('the orphan got its signal', () => {
      try {
        return readFileSync(join(folder, 'died'), 'utf8') === 'SIGTERM';
      } catch {
        return false;
      }
    });
  });

  it('adopt orphaned descendants when asked to', () => {
    const script = `native.setChildSubreaper(true);
      const { spawn } = require('node:child_process');
      const { readFileSync } = require('node:fs');
      const sh = spawn('sh', ['-c', 'sleep 5 & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] });
      let out = '';
      sh.stdout.on('data', (chunk) => { out += chunk; });
      sh.on('exit', () => setImmediate(() => {
        const pid = Number(out);
        const parent = /^PPid:\\s+(\\d+)/m.exec(readFileSync('/proc/' + pid + '/status', 'utf8'))[1];
        process.kill(pid, 'SIGKILL');
        console.log(Number(parent) === process.pid);
        process.exit();
      }));`;
    const done = node(script);
    assert.equal(done.stdout, 'true\n', done.stderr);
  });

  it('enter a network namespace by its name and tell its identity', () => {
    const netns = `ka${process.pid}-enter`;
    execFileSync('ip', ['netns', 'add', netns]);
    try {
      const inode = statSync(`/run/netns/${netns}`).ino;
      assert.equal(native.networkNamespaceId(`/run/netns/${netns}`), inode);
      const script = `const before = native.networkNamespaceId(''); native.enterNetworkNamespace('${netns}');
        console.log(before, native.networkNamespaceId(''), Object.keys(require('node:os').networkInterfaces()).length);`;
      const done = node(script);
      assert.equal(done.stdout, `${native.networkNamespaceId('')} ${inode} 0\n`, done.stderr);
    } finally {
      execFileSync('ip', ['netns', 'delete', netns]);
    }
  });

  it('refuse namespaces that are not there or are no names', () => {
    assert.throws(() => native.enterNetworkNamespace(`ka${process.pid}-nowhere`), { code: 'ENOENT', errno: -2, syscall: 'open' });
    for (const name of ['', '.', '..', '../netns/x', 'a/b']) {
      assert.throws(() => native.enterNetworkNamespace(name), { code: 'EINVAL', syscall: 'setns' }, name);
    }
    assert.throws(() => native.networkNamespaceId('/nowhere'), { code: 'ENOENT', syscall: 'stat' });
  });

  it('refuse arguments of the wrong type before they do anything', () => {
    const cases: [() => unknown, RegExp][] = [
      [() => native.syslogOpen('x', 24, false), /^facility must be an integer from 0 to 23$/],
      [() => native.syslog(8, 'x', 0), /^priority must be/],
      [() => native.syslog(1, 5 as never, 0), /^text must be a string$/],
      [() => native.setParentDeathSignal(-1), /^signal must be/],
      [() => native.setChildSubreaper(1 as never), /^on must be a boolean$/],
      [() => native.setProcessName('a\0b'), /^name must be a string without zero bytes$/],
      [() => native.lockFile(-1), /^fd must be/],
    ];
    for (const [call, message] of cases) assert.throws(call, { name: 'TypeError', message });
  });

  it('set flags of the V8 that runs', () => {
    const script =
      "const before = typeof gc; native.setV8Flags('--expose-gc'); console.log(before, require('node:vm').runInNewContext('typeof gc'))";
    assert.equal(node(script).stdout, 'undefined function\n');
  });

  it('give back program text, and the program goes on', () => {
    const { stdout, stderr } = node(`
      const resident = () => Number(/^RssFile:\\s+(\\d+)/m.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]);
      const before = resident();
      const bytes = native.giveBackProgramText();
      const after = resident();
      console.log(bytes > 50e6, after < before / 2, require('node:crypto').createHash('sha256').update('x').digest('hex').length, JSON.stringify([before, after]));`);
    assert.equal(stderr, '');
    assert.match(stdout, /^true true 64 /);
  });

  it('give back what was freed between blocks in use', () => {
    const { stdout, stderr } = node(`
      const resident = () => Number(/^RssAnon:\\s+(\\d+)/m.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1]);
      native.setV8Flags('--expose-gc');
      const gc = require('node:vm').runInNewContext('gc');
      const kept = [];
      (() => { for (let i = 0; i < 1000; i++) { Buffer.allocUnsafeSlow(50_000).fill(1); kept.push(Buffer.allocUnsafeSlow(500)); } })();
      gc(); gc();
      const before = resident();
      const did = native.giveBackFreeMemory();
      console.log(did, before - resident() > 10_000, kept.length, before - resident());`);
    assert.equal(stderr, '');
    assert.match(stdout, /^true true 1000 /);
  });
});
