// SPDX-License-Identifier: MIT
// The two threads as the kernel sees them, and the hand-overs between threads as ThreadSanitizer sees them.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(options: string, body: string, prefix: readonly string[] = []): string {
  const script = `
    import { execFileSync } from 'node:child_process';
    import { readdirSync, readFileSync } from 'node:fs';
    import { loadNative } from './lib/native/load.ts';
    const native = loadNative();
    const engine = native.createEngine(${options}, () => {});
    const status = (tid, name) => new RegExp(name + ':\\\\s+(.*)').exec(readFileSync('/proc/self/task/' + tid + '/status', 'utf8'))[1];
    const threads = Object.fromEntries(readdirSync('/proc/self/task').map((tid) => [status(tid, 'Name'), tid]));
    const policy = (tid) => execFileSync('chrt', ['-p', tid], { encoding: 'utf8' });
    ${body}
    engine.close();`;
  const argv = [...prefix, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  return execFileSync(argv[0] ?? '', argv.slice(1), { cwd: root, encoding: 'utf8', timeout: 20_000 }).trim();
}

describe('the threads of the engine', function () {
  this.timeout(20_000);

  it('run under SCHED_FIFO, the netlink thread one lower, neither inherited by a child', () => {
    const out = run(
      '{ realtimePriority: 50, lockMemory: false, leaseFd: -1 }',
      `const child = execFileSync('sh', ['-c', 'chrt -p $$'], { encoding: 'utf8' });
       console.log(JSON.stringify({ error: engine.stats().realtimeError, engine: policy(threads['ka-engine']),
         netlink: policy(threads['ka-netlink']), main: policy(String(process.pid)), child }));`,
    );
    const { error, engine, netlink, main, child } = JSON.parse(out);
    assert.equal(error, '');
    assert.match(engine, /SCHED_FIFO\|SCHED_RESET_ON_FORK[\s\S]*priority: 50/);
    assert.match(netlink, /SCHED_FIFO\|SCHED_RESET_ON_FORK[\s\S]*priority: 49/);
    assert.match(main, /SCHED_OTHER/);
    assert.match(child, /SCHED_OTHER/);
  });

  it('have the best nice value for where SCHED_FIFO is refused; the main thread keeps its own', () => {
    const out = run(
      '{ realtimePriority: 50, lockMemory: false, leaseFd: -1 }',
      `const nice = (tid) => Number(readFileSync('/proc/self/task/' + tid + '/stat', 'utf8').split(') ')[1].split(' ')[16]);
       console.log(JSON.stringify([nice(threads['ka-engine']), nice(threads['ka-netlink']), nice(String(process.pid))]));`,
    );
    assert.deepEqual(JSON.parse(out), [-20, -20, 0]);
  });

  it('leave scheduling alone when not asked, and take no signals', () => {
    const out = run(
      '{ realtimePriority: 0, lockMemory: false, leaseFd: -1 }',
      `console.log(JSON.stringify(['ka-engine', 'ka-netlink'].map((name) => [policy(threads[name]), status(threads[name], 'SigBlk')])));`,
    );
    for (const [policy, blocked] of JSON.parse(out)) {
      assert.match(policy, /SCHED_OTHER/);
      // All but SIGKILL, SIGSTOP and the two that the C library keeps for itself.
      assert.equal(blocked, 'fffffffe7ffbfeff');
    }
  });

  it('lock some ranges, never everything', () => {
    const out = run(
      '{ realtimePriority: 0, lockMemory: true, leaseFd: -1 }',
      `console.log(JSON.stringify({ error: engine.stats().lockError, locked: parseInt(status(process.pid, 'VmLck')), all: parseInt(status(process.pid, 'VmRSS')) }));`,
    );
    const { error, locked, all } = JSON.parse(out);
    assert.equal(error, '');
    assert.ok(locked > 500 && locked < all / 2, `${locked} of ${all} KiB locked`);
  });

  it('say why when they may not, and run on', () => {
    const out = run(
      '{ realtimePriority: 50, lockMemory: true, leaseFd: -1 }',
      `const { realtimeError, lockError } = engine.stats(); console.log(JSON.stringify([realtimeError, lockError]));`,
      ['prlimit', '--memlock=0', '--rtprio=0', 'setpriv', '--bounding-set', '-sys_nice,-ipc_lock', '--inh-caps', '-sys_nice,-ipc_lock'],
    );
    assert.deepEqual(JSON.parse(out), ['sched_setscheduler: Operation not permitted', 'mlock: Operation not permitted']);
  });
});

describe('the hand-overs between threads', function () {
  this.timeout(400_000);

  it('have no data race', () => {
    const build = `${root}/build/tsan`;
    const step = (program: string, ...args: string[]): string => {
      const done = spawnSync(program, args, { cwd: root, encoding: 'utf8', timeout: 300_000 });
      assert.equal(done.status, 0, `${program} ${args.join(' ')}: ${done.error?.message ?? ''}\n${done.stdout}\n${done.stderr}`);
      return done.stdout;
    };
    step('cmake', '-S', '.', '-B', build, '-DKA_CORE_ONLY=ON', '-DKA_SANITIZE=thread');
    step('cmake', '--build', build, '--parallel', '2');
    assert.match(step(`${build}/ka_core_test`), / tests, 0 failed\n$/);
  });
});
