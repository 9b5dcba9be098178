// SPDX-License-Identifier: MIT
// Where log lines go when nobody takes them: a log daemon that is behind, a disk that is full, a file that was rotated.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonLine } from '../../../lib/base/log-format.ts';
import { logFileOf, logFileSink } from '../../../lib/kernel/log-file.ts';
import { syslogSink } from '../../../lib/kernel/syslog.ts';
import { until } from '../../support/until.ts';

describe('syslog', () => {
  function setup() {
    const taken: string[] = [];
    const state = { room: 0, now: 5_000, wakes: [] as (() => void)[] };
    const native = {
      syslogOpen: (ident: string, facility: number) => void taken.push(`${ident} ${facility}`),
      syslog(priority: number, text: string, epoch: number) {
        if (state.room <= 0) return false;
        state.room--;
        taken.push(`${priority} ${text} @${epoch}`);
        return true;
      },
    };
    const clock = { now: () => state.now, later: (_ms: number, wake: () => void) => void state.wakes.push(wake) };
    const sink = syslogSink(native, { ident: 'Keepalived_vrrp', facility: 3, toConsole: false }, (_level, line) => line, clock);
    const wake = () => {
      for (const one of state.wakes.splice(0)) one();
    };
    return { taken, state, sink, wake };
  }

  it('gets a line at once, with priority and time', () => {
    const { taken, state, sink } = setup();
    state.room = 1;
    sink('warning', 'hello');
    assert.deepEqual(taken, ['Keepalived_vrrp 3', '4 hello @5']);
  });

  it('lets lines wait in their order, with their own time', () => {
    const { taken, state, sink, wake } = setup();
    sink('info', 'one');
    state.now = 6_000;
    state.room = 1;
    sink('info', 'two');
    assert.equal(state.wakes.length, 1);
    wake();
    state.room = 9;
    wake();
    sink('info', 'three');
    assert.deepEqual(taken.slice(1), ['6 one @5', '6 two @6', '6 three @6']);
    assert.equal(state.wakes.length, 0);
  });

  it('keeps 2000 lines and tells how many were lost', () => {
    const { taken, state, sink, wake } = setup();
    for (let i = 0; i < 2005; i++) sink('info', String(i));
    state.room = Number.POSITIVE_INFINITY;
    wake();
    assert.equal(taken.length, 1 + 2000 + 1);
    assert.match(taken.at(-1) ?? '', /^4 5 log lines were lost/);
  });
});

describe('a log file', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), `ka-unit-${process.pid}-`));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const plain = (_level: string, line: string) => line;

  it('has the process before the last dot of its name', () => {
    assert.deepEqual(
      ['/var/log/ka.log', '/var/log.d/ka', 'ka.a.b'].map((path) => logFileOf(path, 'vrrp')),
      ['/var/log/ka_vrrp.log', '/var/log.d/ka_vrrp', 'ka.a_vrrp.b'],
    );
    assert.equal(logFileOf('/x.log', ''), '/x.log');
  });

  it('gets its lines in order, soon or with flush at once', async () => {
    const path = join(directory, 'a.log');
    const sink = logFileSink({ path, flush: false }, plain);
    for (let i = 0; i < 100; i++) sink('info', String(i));
    const all = `${Array.from({ length: 100 }, (_, i) => i).join('\n')}\n`;
    await until('all lines', () => text(path) === all);
    logFileSink({ path, flush: true }, plain)('info', 'now');
    assert.equal(text(path), `${all}now\n`);
  });

  it('is opened anew when it was renamed', async () => {
    const path = join(directory, 'a.log');
    const sink = logFileSink({ path, flush: false }, plain);
    sink('info', 'one');
    await until('the line', () => text(path) === 'one\n');
    renameSync(path, `${path}.1`);
    await until('a line in the new file', () => {
      sink('info', 'more');
      return text(path) !== '';
    });
    assert.match(text(`${path}.1`), /^one\n/);
  });

  it('is no symbolic link and no device', () => {
    symlinkSync('/etc/passwd', join(directory, 'link'));
    assert.throws(() => logFileSink({ path: join(directory, 'link'), flush: false }), { code: 'ELOOP' });
    assert.throws(() => logFileSink({ path: '/dev/null', flush: false }), { code: 'EINVAL' });
    assert.throws(() => logFileSink({ path: join(directory, 'no', 'where'), flush: false }), { code: 'ENOENT' });
  });
});

describe('a JSON line', () => {
  it('is one object with time, level, process, instance and message', () => {
    const line = jsonLine({ process: 'vrrp', pid: 7 }, 'info', '(VI_1) Entering "MASTER" STATE', 0);
    assert.deepEqual(JSON.parse(line), {
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      process: 'vrrp',
      pid: 7,
      instance: 'VI_1',
      message: '(VI_1) Entering "MASTER" STATE',
    });
    assert.equal('instance' in JSON.parse(jsonLine({ process: 'parent', pid: 1 }, 'alert', '(Line 3) Unknown keyword', 0)), false);
    assert.equal('instance' in JSON.parse(jsonLine({ process: 'parent', pid: 1 }, 'info', 'Stopping', 0)), false);
  });
});
