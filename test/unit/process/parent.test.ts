// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { milliseconds, seconds } from '../../../lib/base/time.ts';
import type { Config } from '../../../lib/config/model.ts';
import { rightsOf } from '../../../lib/process/role-rights.ts';
import { config, configOf, exited, killed, running, setup } from '../../support/parent.ts';

describe('the parent at start', () => {
  it('takes its pid files, starts the child and is complete when the child has its configuration', () => {
    const p = setup();
    p.parent.start();
    assert.deepEqual(p.files.written, [['/run/p.pid', '77\n']]);
    p.child().say({ kind: 'listening' });
    assert.deepEqual(p.files.written.at(-1), ['/run/v.pid', '1000\n']);
    const [start] = p.child().sent;
    assert.ok(start?.kind === 'start' && start.generation === 1);
    assert.equal(start.config.vrrp_instance, p.config.vrrp_instance);
    assert.ok(!p.log.lines.includes('Startup complete'));
    p.child().say({ kind: 'loaded', generation: 1 });
    assert.deepEqual(p.log.lines, ['Starting VRRP child process, pid=1000', 'Startup complete']);
    assert.deepEqual(p.told, ['ready']);
  });

  it('runs on without a child when there is nothing to run', () => {
    const p = setup({ config: config(0) });
    p.parent.start();
    assert.equal(p.children.length, 0);
    assert.deepEqual(p.log.lines, ['Warning - keepalived has no configuration to run']);
    assert.deepEqual([...p.files.taken], ['/run/p.pid']);
    assert.deepEqual(p.files.removed, ['/run/c.pid', '/run/v.pid', '/run/b.pid']);
    assert.equal(p.status(), null);
  });

  it('starts no child with --check, and one without configuration with --all', () => {
    const without = setup({ settings: { runVrrp: false } });
    without.parent.start();
    assert.equal(without.children.length, 0);
    const all = setup({ config: config(0), settings: { runAll: true } });
    all.parent.start();
    assert.equal(all.children.length, 2);
  });

  it('ends with 2 for a configuration that cannot run and with 6 for none', () => {
    for (const startStatus of [2, 6] as const) {
      const p = setup({ refused: startStatus });
      p.parent.start();
      assert.equal(p.status(), startStatus);
      assert.equal(p.children.length, 0);
      assert.equal(p.log.lines.at(-1), 'Stopped Keepalived v2.4.3 (07/20,2026)');
    }
  });

  it('ends with 0 and without "Stopped" when another daemon holds a pid file', () => {
    for (const path of ['/run/p.pid', '/run/v.pid']) {
      const p = setup();
      p.files.locked.add(path);
      p.parent.start();
      assert.equal(p.status(), 0);
      assert.deepEqual(p.log.lines, [`Another process has pid file ${path} locked`, 'daemon is already running']);
      assert.equal(p.files.taken.size, 0);
    }
  });
});

describe('the parent and a dying child', () => {
  it('starts it again at once, then ever later, and tells the new one that it follows a dead one', () => {
    const p = running();
    p.child().end(killed);
    p.clock.advance(seconds(0));
    assert.equal(p.children.length, 2);
    assert.ok(p.log.lines.includes('pid 1000 exited due to signal 9 (Killed) - has rlimit_rttime been exceeded?'));
    assert.ok(p.log.lines.includes('VRRP child process(1000) died: Respawning'));
    p.child().say({ kind: 'listening' });
    const start = p.child().sent[0];
    assert.ok(start?.kind === 'start' && start.settings.vrrp.respawned);
    p.child().end(exited(70));
    assert.equal(p.log.lines.at(-1), 'Restart of VRRP process delayed 1 seconds to limit respawn rate');
    p.clock.advance(milliseconds(999));
    assert.equal(p.children.length, 2);
    p.clock.advance(milliseconds(1));
    assert.equal(p.children.length, 3);
  });

  it('ends with the same status when that is permanent', () => {
    for (const [status, text] of [
      [1, 'FATAL'],
      [2, 'CONFIG'],
      [4, 'missing permission'],
    ] as const) {
      const p = running();
      p.child().end(exited(status));
      assert.equal(p.status(), status);
      assert.ok(p.log.lines.includes(`pid 1000 exited with permanent error ${text}. Terminating`));
    }
  });

  it('stops in order with --dont-respawn', () => {
    const p = running({ settings: { respawn: false } });
    p.child().end(killed);
    assert.ok(p.log.lines.includes('VRRP child process(1000) died: Exiting'));
    assert.equal(p.status(), 0);
  });

  it('kills a child that has lost its lease', () => {
    const p = running();
    p.child().listener.onLeaseLost();
    assert.deepEqual(p.child().signals, ['SIGKILL']);
  });
});

describe('the parent at reload', () => {
  it('hands over the new configuration and is complete when the child has it', () => {
    const p = running();
    p.next(config(2));
    p.parent.reload();
    const message = p.child().sent.at(-1);
    assert.ok(message?.kind === 'reload' && message.generation === 2 && message.config.vrrp_instance.length === 2);
    p.child().say({ kind: 'loaded', generation: 2 });
    assert.deepEqual(p.log.lines.slice(-2), ['Reloading ...', 'Reload complete']);
    assert.deepEqual(p.told, ['ready', 'reloading', 'ready']);
  });

  it('changes nothing when the new configuration is refused', () => {
    const p = running();
    p.next(null);
    p.parent.reload();
    assert.equal(p.child().sent.length, 1);
    assert.match(p.log.lines.at(-1) ?? '', /^Reload refused/);
    p.next(config(1));
    p.parent.reload();
    assert.equal(p.child().sent.length, 2);
  });

  it('changes nothing when there is an objection to the new configuration', () => {
    const p = running();
    p.object('it changes the instance name');
    p.parent.reload();
    assert.equal(p.child().sent.length, 1);
    assert.equal(p.log.lines.at(-1), 'Reload refused: it changes the instance name - keeping the running configuration');
    assert.deepEqual(p.told, ['ready']);
  });

  it('queues a request while one is in progress, and runs it once afterwards', () => {
    const p = running();
    p.parent.reload();
    p.parent.reload();
    p.parent.reload();
    assert.equal(p.log.lines.at(-1), 'Reload already in progress, request queued');
    assert.equal(p.child().sent.length, 2);
    p.child().say({ kind: 'loaded', generation: 2 });
    assert.equal(p.child().sent.length, 3);
    p.child().say({ kind: 'loaded', generation: 3 });
    assert.equal(p.child().sent.length, 3);
  });

  it('queues a request while a dead child waits for its restart', () => {
    const p = running();
    p.child().end(killed);
    p.parent.reload();
    assert.equal(p.log.lines.at(-1), 'Reload already in progress, request queued');
    p.clock.advance(seconds(0));
    p.child().say({ kind: 'listening' });
    p.child().say({ kind: 'loaded', generation: 1 });
    assert.equal(p.child().sent.at(-1)?.kind, 'reload');
  });

  it('starts a child that has a configuration only now, and keeps one that has none any more', () => {
    const p = setup({ config: config(0) });
    p.parent.start();
    p.next(config(1));
    p.parent.reload();
    assert.equal(p.children.length, 1);
    p.child().say({ kind: 'listening' });
    p.child().say({ kind: 'loaded', generation: 2 });
    p.next(config(0));
    p.parent.reload();
    assert.deepEqual(configOf(p.child().sent.at(-1))?.vrrp_instance, []);
  });

  it('passes on what a signal asks for, and dumps its own data at USR1 alone', () => {
    const p = running();
    const before = p.child().sent.length;
    for (const what of ['data', 'statistics', 'clear_statistics', 'json'] as const) p.parent.dump(what);
    const kinds = p.child().sent.slice(before);
    assert.deepEqual(
      kinds,
      ['data', 'statistics', 'clear_statistics', 'json'].map((what) => ({ kind: 'dump', what })),
    );
    assert.equal(p.told.filter((word) => word.startsWith('dump')).length, 1);
    assert.equal(p.log.lines.at(-1), 'Printing parent data for process(77) on signal');
    p.child().end(killed);
    p.parent.dump('json');
    assert.equal(p.child().sent.length, before + 4);
  });

  it('kills a child that does not answer and starts it on the new configuration', () => {
    const p = running();
    p.next(config(2));
    p.parent.reload();
    p.clock.advance(seconds(30));
    assert.deepEqual(p.child().signals, ['SIGKILL']);
    p.child().end(killed);
    p.clock.advance(seconds(0));
    p.child().say({ kind: 'listening' });
    assert.equal(configOf(p.child().sent[0])?.vrrp_instance.length, 2);
    p.child().say({ kind: 'loaded', generation: 2 });
    assert.equal(p.log.lines.at(-1), 'Reload complete');
  });
});

describe('the rights of a child', () => {
  const tracking = (instances: number) => ({ ...config(instances), vrrp_track_process: [{ name: 'one' }] }) as unknown as Config;

  it('are those of its configuration; one that lacks some is replaced at once, and nobody calls that a death', () => {
    const p = running();
    assert.deepEqual(p.child().rights, rightsOf('vrrp', config(1), 0));
    const before = p.log.lines.length;
    p.next(tracking(1));
    p.parent.reload();
    assert.deepEqual(p.child().signals, ['SIGKILL']);
    assert.ok(!p.child().sent.some((message) => message.kind === 'reload'));
    p.child().end(killed);
    p.clock.advance(seconds(0));
    assert.equal(p.children.length, 2);
    assert.ok(p.child().rights.includes('CAP_SYS_PTRACE'));
    p.child().say({ kind: 'listening' });
    const [start] = p.child().sent;
    assert.ok(start?.kind === 'start' && start.settings.vrrp.respawned && start.generation === 2);
    p.child().say({ kind: 'loaded', generation: 2 });
    assert.deepEqual(p.log.lines.slice(before), [
      'Reloading ...',
      'VRRP child process(1000) was started without CAP_SYS_PTRACE, CAP_SYS_ADMIN, which the configuration needs - replacing it',
      'Starting VRRP child process, pid=1001',
      'Reload complete',
    ]);
    // A death that follows is the first one: no delay.
    p.child().end(killed);
    p.clock.advance(seconds(0));
    assert.equal(p.children.length, 3);
  });

  it('that it does not need any more are kept: a reload takes nobody away', () => {
    const p = running({ config: tracking(1) });
    p.next(config(1));
    p.parent.reload();
    assert.deepEqual(p.child().signals, []);
    assert.equal(p.child().sent.at(-1)?.kind, 'reload');
  });

  it('that a reload asks for while it is being started are there before it begins', () => {
    const p = setup();
    p.parent.start();
    p.next(tracking(1));
    p.child().say({ kind: 'listening' });
    p.parent.reload();
    p.child().say({ kind: 'loaded', generation: 1 });
    assert.deepEqual(p.child().signals, ['SIGKILL']);
  });
});

describe('the parent at stop', () => {
  it('ends the child in order, removes the pid files and ends with 0', () => {
    const p = running();
    p.parent.stop();
    assert.deepEqual(p.child().signals, ['SIGTERM']);
    assert.equal(p.status(), null);
    p.child().end(exited(0));
    assert.equal(p.status(), 0);
    assert.equal(p.files.taken.size, 0);
    assert.deepEqual(p.log.lines.slice(-3), [
      'Stopping',
      'CPU usage (self/children) user: 1.000000/3.000000 system: 2.000000/4.000000',
      'Stopped Keepalived v2.4.3 (07/20,2026)',
    ]);
    assert.equal(p.clock.pending(), 0);
  });

  it('tells the child to wait for nobody when it is asked a second time', () => {
    const p = running();
    p.parent.stop();
    assert.notEqual(p.child().sent.at(-1)?.kind, 'hurry');
    p.parent.stop();
    assert.equal(p.child().sent.at(-1)?.kind, 'hurry');
    assert.deepEqual(p.child().signals, ['SIGTERM']);
  });

  it('does not wait for a handover that nobody makes', () => {
    const p = running({ config: config(1, true) });
    p.parent.stop();
    p.clock.advance(seconds(5));
    assert.deepEqual(p.child().signals, ['SIGTERM', 'SIGKILL']);
  });

  it('kills a child that does not end in time', () => {
    const p = running();
    p.parent.stop();
    // Five seconds, and what its routers may serve until others have taken over.
    p.clock.advance(seconds(6.99));
    assert.deepEqual(p.child().signals, ['SIGTERM']);
    p.clock.advance(seconds(0.01));
    assert.deepEqual(p.child().signals, ['SIGTERM', 'SIGKILL']);
    assert.ok(p.log.lines.includes('VRRP process failed to die - forcing termination'));
    p.child().end(killed);
    assert.equal(p.status(), 0);
  });

  it('does not wait for a child that is dead already', () => {
    const p = running();
    p.child().end(killed);
    p.parent.stop();
    assert.equal(p.status(), 0);
    p.clock.advance(seconds(100));
    assert.equal(p.children.length, 1);
  });

  it('works before anything was started', () => {
    const p = setup();
    p.parent.stop();
    assert.equal(p.status(), 0);
  });
});

describe('the scripts around the life of the daemon', () => {
  const script = (name: string) => ({ words: [name, 'a'], user: null, text: name, path: `/real${name}`, run_as: { uid: 1, gid: 2 } });
  const withScripts = (): Config => {
    const base = config(1);
    const scripts = {
      startup_script: script('/up'),
      startup_script_timeout: seconds(3),
      shutdown_script: script('/down'),
      shutdown_script_timeout: seconds(4),
    };
    return { ...base, global_defs: { ...base.global_defs, ...scripts } };
  };

  it('start the first child when the startup script has ended, however', () => {
    for (const [result, text] of [
      [{ kind: 'exited', status: 0 }, 'startup script script succeeded'],
      [{ kind: 'exited', status: 3 }, 'startup script script failed, status 3'],
      [{ kind: 'timed_out' }, 'startup script timed out'],
    ] as const) {
      const p = setup({ config: withScripts() });
      p.parent.start();
      assert.equal(p.children.length, 0);
      const { command } = p.processes.last();
      assert.deepEqual([command.path, command.argv0, command.args, command.timeout], ['/real/up', '/up', ['a'], seconds(3)]);
      assert.deepEqual(command.identity, { uid: 1, gid: 2 });
      p.processes.last().exit(result);
      assert.deepEqual(p.log.lines.slice(0, 2), ['Running startup script /up', text]);
      assert.equal(p.children.length, 1);
    }
  });

  it('end the daemon when the shutdown script has ended, with its pid files still there until then', () => {
    const p = setup({ config: withScripts() });
    p.parent.start();
    p.processes.last().exit();
    p.child().say({ kind: 'listening' });
    p.child().say({ kind: 'loaded', generation: 1 });
    p.parent.stop();
    assert.equal(p.processes.runs.length, 1);
    p.child().end(exited(0));
    assert.equal(p.processes.last().text, '/real/down a');
    assert.equal(p.processes.last().command.timeout, seconds(4));
    assert.equal(p.status(), null);
    assert.notEqual(p.files.taken.size, 0);
    p.parent.stop();
    p.processes.last().exit();
    assert.equal(p.status(), 0);
    assert.equal(p.files.taken.size, 0);
  });

  it('are both run when the daemon is stopped while it prepares, and a reload waits meanwhile', () => {
    const p = setup({ config: withScripts() });
    p.parent.start();
    p.parent.reload();
    assert.equal(p.log.lines.at(-1), 'Reload already in progress, request queued');
    p.parent.stop();
    assert.deepEqual(p.processes.last().signals, ['KILL']);
    p.processes.last().exit({ kind: 'signalled', signal: 9 });
    assert.equal(p.children.length, 0);
    p.processes.last().exit();
    assert.equal(p.status(), 0);
  });
});
