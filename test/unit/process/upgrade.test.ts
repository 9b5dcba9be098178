// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { micros, milliseconds, seconds } from '../../../lib/base/time.ts';
import type { Config } from '../../../lib/config/model.ts';
import { plainReload } from '../../../lib/ports/operator.ts';
import { packBequest, takeBequest } from '../../../lib/process/bequest.ts';
import type { Guardian } from '../../../lib/process/guardian.ts';
import { createManagedChild } from '../../../lib/process/managed-child.ts';
import type { ChildSettings, ToChild } from '../../../lib/process/messages.ts';
import { watchOwnProgram } from '../../../lib/process/own-program.ts';
import { createPredecessor, type Predecessor } from '../../../lib/process/predecessor.ts';
import type { ChildListener } from '../../../lib/process/spawn.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

describe('the own program', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ka-own-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has changed when another file has its name, not while it is missing', () => {
    const file = join(folder, 'program');
    writeFileSync(file, 'one');
    const program = watchOwnProgram([file]);
    assert.equal(program.hasChanged(), false);
    unlinkSync(file);
    assert.equal(program.hasChanged(), false);
    writeFileSync(`${file}.new`, 'two');
    renameSync(`${file}.new`, file);
    assert.equal(program.hasChanged(), true);
  });
});

describe('a bequest', () => {
  it('goes through the environment and a file, and is taken once', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ka-bequest-')), 'memory');
    const guardian = { records: [{ key: 3, name: 'VI_1', prepared: false, text: 'ä'.repeat(100_000) }], loadTakes: micros(4711) };
    const children = [
      { role: 'vrrp' as const, pid: 7, guardFd: 9 },
      { role: 'checkers' as const, pid: 8, guardFd: -1 },
    ];
    let fd = -1;
    const packed = packBequest({ directory: '/srv', version: '1.2.3', children, guardian }, () => {
      fd = openSync(file, 'w+');
      return fd;
    });
    assert.deepEqual(packed.keep, [fd, 9]);
    const cut = packed.variable.indexOf('=');
    const environment = { [packed.variable.slice(0, cut)]: packed.variable.slice(cut + 1) };
    assert.deepEqual(takeBequest(environment), { directory: '/srv', version: '1.2.3', children, guardian });
    assert.equal(takeBequest(environment), null);
    closeSync(fd);
    rmSync(file);
  });
});

describe('a predecessor', () => {
  it('is waited for until the kernel has closed what it had', () => {
    const clock = createFakeClock();
    const looks = [true, true, true, false];
    const gone: string[] = [];
    // Nobody has this number: pids end below it.
    const predecessor = createPredecessor({ role: 'vrrp', pid: 2 ** 23, guardFd: -1 }, clock, () => looks.shift() ?? false);
    predecessor.end('SIGKILL', () => gone.push('gone'));
    assert.deepEqual(gone, []);
    clock.advance(milliseconds(1));
    assert.deepEqual(gone, []);
    clock.advance(milliseconds(5));
    assert.deepEqual(gone, ['gone']);
  });
});

describe('a child that follows one of the program before', () => {
  it('gets its configuration when that one is gone, with what it was Active for', () => {
    const c = follower();
    c.child.load({} as Config, 1, plainReload, []);
    assert.deepEqual(c.told, ['starting']);
    c.listener().onMessage({ kind: 'listening' });
    assert.deepEqual(c.told, ['starting', 'SIGKILL']);
    assert.equal(c.sent.length, 0);
    c.gone();
    assert.deepEqual(c.told, ['starting', 'SIGKILL', 'died respawned_now', 'table closed', 'beginning']);
    const [start] = c.sent;
    assert.ok(start?.kind === 'start' && start.settings.vrrp.respawned);
    assert.deepEqual(start.settings.vrrp.resume, [resume]);
  });

  it('leaves it alone when it dies before it can begin, and tries again', () => {
    const c = follower();
    c.child.load({} as Config, 1, plainReload, []);
    c.listener().onEnd({ kind: 'exited', status: 70 });
    assert.deepEqual(c.told, ['starting']);
    c.clock.advance(seconds(1));
    assert.deepEqual(c.told, ['starting', 'starting']);
    c.listener().onMessage({ kind: 'listening' });
    c.gone();
    assert.ok(c.told.includes('died respawned_now'));
  });

  it('lets it stop in order when the daemon is stopped before', () => {
    const c = follower();
    c.child.load({} as Config, 1, plainReload, []);
    c.child.stop();
    c.listener().onEnd({ kind: 'signalled', signal: 'SIGTERM', number: 15 });
    assert.equal(c.told.at(-1), 'SIGTERM');
    c.gone();
    assert.equal(c.told.at(-1), 'stopped');
  });

  it('goes on alone when it is left, and says who it is', async () => {
    const c = follower();
    assert.equal(await c.child.leave(seconds(15)), null);
    c.child.load({} as Config, 1, plainReload, []);
    assert.deepEqual(await c.child.leave(seconds(15)), { role: 'vrrp', pid: 1000, guardFd: 5 });
    assert.deepEqual(c.sent, [{ kind: 'outlive', forAtMost: seconds(15) }]);
  });
});

const resume = { name: 'VI_1', until: milliseconds(1), ahSequence: 0, trackingDelta: 0 };

function follower() {
  const clock = createFakeClock();
  const told: string[] = [];
  const sent: ToChild[] = [];
  let listener: ChildListener | undefined;
  let gone: (() => void) | undefined;
  const table = { fd: 5, read: () => ({ at: micros(0), every: micros(0), ahSequence: 0 }), heartbeat: () => null, close: () => {} };
  const guardian = {
    starting: () => void told.push('starting'),
    beginning: () => void told.push('beginning'),
    died(_table: unknown, aftermath: string) {
      told.push(`died ${aftermath}`);
      return [resume];
    },
  } as unknown as Guardian;
  const predecessor: Predecessor = {
    pid: 999,
    guardTable: { ...table, close: () => void told.push('table closed') },
    end(signal, done) {
      told.push(signal);
      gone = done;
    },
  };
  const child = createManagedChild({
    role: 'vrrp',
    label: 'VRRP',
    settings: { vrrp: {}, checkers: {} } as unknown as ChildSettings,
    spawn(_role, _rights, its) {
      listener = its;
      return {
        pid: 1000,
        guardTable: table,
        async send(message) {
          sent.push(message);
        },
        signal: () => {},
      };
    },
    clock,
    log: createMemoryLog(),
    respawn: true,
    guardian,
    predecessor,
    owner: {
      onListening: () => {},
      onLoaded: () => {},
      onBfd: () => {},
      onWeight: () => {},
      onEvent: () => {},
      onGone: () => {},
      onStopped: () => void told.push('stopped'),
    },
  });
  return {
    child,
    clock,
    told,
    sent,
    listener() {
      assert.ok(listener);
      return listener;
    },
    gone: () => gone?.(),
  };
}
