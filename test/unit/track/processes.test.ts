// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds, seconds } from '../../../lib/base/time.ts';
import type { TrackProcess } from '../../../lib/config/model.ts';
import { createProcessMonitor } from '../../../lib/track/trackers/processes.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeProcessTable } from '../../support/fake-process-table.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const process = (name: string, changes: Partial<TrackProcess> = {}): TrackProcess => ({
  name,
  position: { file: 'x', line: 1, column: 1 },
  process: [name],
  param_match: 'none',
  weight: { value: 0, reverse: false },
  quorum: 1,
  quorum_max: null,
  terminate_delay: seconds(0),
  fork_delay: seconds(0),
  full_command: false,
  ...changes,
});

function setup(configs: TrackProcess[], running: Record<number, string[]> = {}) {
  const clock = createFakeClock();
  const table = createFakeProcessTable();
  for (const [pid, words] of Object.entries(running)) table.start(Number(pid), ...words);
  const log = createMemoryLog();
  let changes = 0;
  const monitor = createProcessMonitor({ clock, table, log, onChange: () => void changes++ });
  const apply = (c: TrackProcess[], bytes = 0) => monitor.apply(c, { bytes, force: false });
  apply(configs);
  const counts = () => Object.fromEntries(monitor.views().map((v) => [v.config.name, v.count]));
  /** A new program in a process that was not followed. */
  const exec = (pid: number, ...words: string[]) => {
    table.start(pid, ...words);
    table.listener().onChange(pid);
  };
  const exit = (pid: number) => {
    table.processes.delete(pid);
    table.listener().onExit(pid);
  };
  return { clock, table, log, monitor, apply, counts, exec, exit, changes: () => changes };
}

describe('tracking processes by events', () => {
  it('counts at the start without a word, then each program, child and end', () => {
    const t = setup([process('a')], { 10: ['a'], 11: ['b'] });
    assert.deepEqual([t.counts(), t.monitor.hasQuorum('a'), t.log.lines], [{ a: 1 }, true, []]);
    t.exec(12, 'a');
    t.table.start(13, 'a');
    t.table.listener().onFork(13, 10);
    assert.deepEqual(t.counts(), { a: 3 });
    for (const pid of [10, 12, 13]) t.exit(pid);
    assert.deepEqual([t.counts(), t.changes(), t.log.lines], [{ a: 0 }, 1, ['Quorum lost for tracked process a']]);
    t.exec(14, 'a');
    assert.equal(t.log.lines.at(-1), 'Quorum gained for tracked process a');
  });

  it('a child counts until it runs another program; a new name counts anew', () => {
    const t = setup([process('a'), process('b')], { 10: ['a'] });
    t.table.listener().onFork(20, 10);
    assert.deepEqual(t.counts(), { a: 2, b: 0 });
    t.exec(20, 'b');
    assert.deepEqual(t.counts(), { a: 1, b: 1 });
    t.exec(20, 'c');
    assert.deepEqual([t.counts(), [...t.table.followed]], [{ a: 1, b: 0 }, [10]]);
  });

  it('ignores ends of strangers and programs that are gone already', () => {
    const t = setup([process('a')], { 10: ['a'] });
    t.table.listener().onExit(99);
    t.table.listener().onChange(98);
    assert.deepEqual(t.counts(), { a: 1 });
  });

  it('waits for fork_delay and terminate_delay, and a change back in time cancels', () => {
    const t = setup([process('a', { terminate_delay: seconds(2), fork_delay: seconds(1), quorum: 2 })], { 10: ['a'], 11: ['a'] });
    t.exit(11);
    assert.equal(t.monitor.views()[0]?.timer, 'terminate');
    t.clock.advance(milliseconds(1900));
    t.table.listener().onFork(12, 10);
    t.clock.advance(seconds(5));
    assert.deepEqual([t.changes(), t.monitor.hasQuorum('a')], [0, true]);
    t.exit(12);
    t.clock.advance(seconds(2));
    assert.equal(t.monitor.hasQuorum('a'), false);
    t.table.listener().onFork(13, 10);
    t.clock.advance(milliseconds(999));
    assert.equal(t.monitor.hasQuorum('a'), false);
    t.clock.advance(milliseconds(1));
    assert.equal(t.monitor.hasQuorum('a'), true);
  });

  it('a program that starts counts at once, whatever fork_delay says', () => {
    const t = setup([process('a', { fork_delay: seconds(9) })]);
    t.exec(10, 'a');
    assert.equal(t.monitor.hasQuorum('a'), true);
  });

  it('more than quorum_max is as bad as too few', () => {
    const t = setup([process('a', { quorum_max: 1 })], { 10: ['a'] });
    t.exec(11, 'a');
    t.exit(10);
    assert.deepEqual(t.log.lines, ['Quorum lost for tracked process a', 'Quorum gained for tracked process a']);
  });

  it('asks for the names it needs, and for every program when command lines are compared', () => {
    const t = setup([process('averylongcommandname')]);
    assert.deepEqual(t.table.names, { list: ['averylongcomman'], all: false });
    t.apply([process('a'), process('b', { full_command: true })]);
    assert.deepEqual(t.table.names, { list: ['a'], all: true });
  });

  it('counts anew after a loss, a second later and with twice the buffer', () => {
    const t = setup([process('a')], { 10: ['a'] });
    t.table.start(11, 'a');
    t.table.processes.delete(10);
    t.table.listener().onLost();
    t.table.listener().onLost();
    assert.deepEqual(t.counts(), { a: 1 });
    t.clock.advance(seconds(1));
    t.clock.advance(seconds(1));
    assert.deepEqual([t.counts(), [...t.table.followed], t.table.buffers], [{ a: 1 }, [11], [0, 425_984]]);
    assert.match(t.log.lines[0] ?? '', /^Setting global_def process_monitor_rcv_bufs to 425984/);
  });

  it('believes events that come while it looks through thousands of processes', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [1000 + i, ['a']]));
    const t = setup([process('a')], many);
    t.table.listener().onLost();
    t.clock.advance(seconds(1));
    t.exit(1001);
    t.exit(1499);
    t.exec(5000, 'a');
    t.clock.advance(seconds(1));
    assert.deepEqual(t.counts(), { a: 499 });
  });

  it('stops listening when nobody is tracked any more, and at stop', () => {
    const t = setup([process('a', { terminate_delay: seconds(1) })], { 10: ['a'] });
    t.exit(10);
    t.monitor.stop();
    t.clock.advance(seconds(5));
    assert.deepEqual([t.changes(), t.table.closed, t.clock.pending()], [0, true, 0]);
    const other = setup([process('a')]);
    other.apply([]);
    assert.equal(other.table.closed, true);
  });
});

describe('tracking processes without events', () => {
  it('says so once and looks once a second, with the same delays', () => {
    const t = setup([process('a', { terminate_delay: seconds(2) })], { 10: ['a'] });
    t.table.listener().onUnavailable('ECONNREFUSED');
    t.table.processes.delete(10);
    t.clock.advance(milliseconds(2900));
    assert.equal(t.monitor.hasQuorum('a'), true);
    t.clock.advance(milliseconds(200));
    assert.equal(t.monitor.hasQuorum('a'), false);
    t.table.start(11, 'a');
    t.clock.advance(seconds(1));
    assert.deepEqual(t.log.lines, [
      'NOTICE: the kernel sends no process events here (ECONNREFUSED); tracked processes are looked for in /proc once a second',
      'Quorum lost for tracked process a',
      'Quorum gained for tracked process a',
    ]);
    t.monitor.stop();
    assert.equal(t.clock.pending(), 0);
  });

  it('takes one turn of the loop for a part of the processes only', () => {
    const t = setup([process('a')], Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [1000 + i, ['b']])));
    t.table.listener().onUnavailable('x');
    let looked = 0;
    const { facts } = t.table;
    t.table.facts = (pid) => {
      looked++;
      return facts(pid);
    };
    t.clock.advance(seconds(1));
    assert.ok(looked > 0 && looked <= 128, `${looked} at once`);
    t.clock.advance(milliseconds(10));
    assert.equal(looked, 1000);
  });
});

describe('tracking processes over a reload', () => {
  it('keeps count and running delays of the same command; another one is counted at once', () => {
    const t = setup([process('a', { terminate_delay: seconds(2) })], { 10: ['a'], 20: ['z'] });
    t.exit(10);
    t.apply([process('a', { terminate_delay: seconds(9) }), process('z')]);
    assert.deepEqual([t.counts(), t.monitor.hasQuorum('a'), t.monitor.hasQuorum('z')], [{ a: 0, z: 1 }, true, true]);
    t.clock.advance(seconds(2));
    assert.equal(t.monitor.hasQuorum('a'), false);
    t.apply([process('a', { process: ['z'] })]);
    assert.deepEqual([t.counts(), t.monitor.hasQuorum('a')], [{ a: 1 }, true]);
  });

  it('another quorum counts at once', () => {
    const t = setup([process('a')], { 10: ['a'] });
    t.apply([process('a', { quorum: 2 })]);
    assert.equal(t.monitor.hasQuorum('a'), false);
  });
});

describe('any series of process events', () => {
  it('leads to the count of what runs', () => {
    const event = fc.record({
      what: fc.constantFrom('exec', 'fork', 'exit', 'lost'),
      pid: fc.integer({ min: 1, max: 6 }),
      name: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const t = setup([process('a'), process('b')]);
        for (const { what, pid, name } of events) {
          if (what === 'exec') t.exec(pid, name);
          else if (what === 'exit') t.exit(pid);
          else if (what === 'lost') t.table.listener().onLost();
          else if (t.table.processes.has(pid) && t.table.followed.has(pid)) {
            t.table.start(pid + 10, ...(t.table.processes.get(pid) ?? []));
            t.table.followed.add(pid + 10);
            t.table.listener().onFork(pid + 10, pid);
          }
        }
        t.clock.advance(seconds(3));
        const running = [...t.table.processes.values()].map(([name]) => name);
        assert.deepEqual(t.counts(), { a: running.filter((n) => n === 'a').length, b: running.filter((n) => n === 'b').length });
      }),
    );
  });
});
