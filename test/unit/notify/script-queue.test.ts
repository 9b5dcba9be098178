// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { milliseconds, seconds } from '../../../lib/base/time.ts';
import { createScriptQueue, type Job, mostHanging, mostWaiting } from '../../../lib/notify/script-queue.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeProcesses } from '../../support/fake-processes.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

describe('the script queue', () => {
  it('starts the scripts of one transition together, in order', () => {
    const { queue, started } = setup();
    queue.push('VI', [job('master'), job('notify')]);
    assert.deepEqual(started(), ['master', 'notify']);
  });

  it('starts the next transition of the same object only when all scripts of the one before have ended', () => {
    const { queue, processes, started } = setup();
    queue.push('VI', [job('master'), job('notify')]);
    queue.push('VI', [job('backup')]);
    processes.runs[0]?.exit();
    assert.deepEqual(started(), ['master', 'notify']);
    processes.runs[1]?.exit();
    assert.deepEqual(started(), ['master', 'notify', 'backup']);
  });

  it('does not let one object wait for another', () => {
    const { queue, started } = setup();
    queue.push('VI_1', [job('one')]);
    queue.push('VI_2', [job('two')]);
    assert.deepEqual(started(), ['one', 'two']);
  });

  it('goes on beside a script that has not ended after 10 s', () => {
    const { queue, processes, clock, started } = setup();
    queue.push('VI', [job('daemon')]);
    queue.push('VI', [job('backup')]);
    queue.push('VI', [job('fault')]);
    clock.advance(seconds(10));
    assert.deepEqual(started(), ['daemon', 'backup']);
    // The late end of the first must not release what waits for the second.
    processes.runs[0]?.exit();
    assert.deepEqual(started(), ['daemon', 'backup']);
    processes.runs[1]?.exit();
    assert.deepEqual(started(), ['daemon', 'backup', 'fault']);
  });

  it('ends with the last of a thousand changes that come faster than the scripts, and leaves out the oldest', () => {
    const { queue, processes, clock, started, log } = setup();
    for (let i = 0; i < 1000; i++) queue.push('INSTANCE VI', [job(String(i))]);
    for (let i = 0; i < processes.runs.length; i++) processes.runs[i]?.exit();
    const kept = Array.from({ length: mostWaiting }, (_, i) => String(1000 - mostWaiting + i));
    assert.deepEqual(started(), ['0', ...kept]);
    assert.equal(clock.pending(), 0);
    assert.deepEqual(log.lines, [
      'INSTANCE VI: its notify scripts are slower than its changes - leaving out the oldest',
      `INSTANCE VI: its notify scripts have caught up, ${1000 - mostWaiting - 1} changes were left out`,
    ]);
  });

  it('ends the oldest script when too many hang', () => {
    const { queue, processes, clock, log } = setup();
    for (let i = 0; i <= mostHanging + 1; i++) {
      queue.push('INSTANCE VI', [job(String(i))]);
      clock.advance(seconds(10));
    }
    assert.deepEqual(
      processes.runs.filter((r) => r.signals.length > 0).map((r) => [r.text, r.signals]),
      [
        ['0', ['TERM']],
        ['1', ['TERM']],
      ],
    );
    assert.equal(log.lines[0], `INSTANCE VI: a notify script still runs after ${mostHanging} later ones - ending it`);
    // Their ends are nothing to the others.
    for (const run of processes.runs) run.exit();
    assert.equal(clock.pending(), 0);
  });

  it('is drained at once when nothing runs', async () => {
    const { queue, clock } = setup();
    await queue.drain(seconds(1));
    assert.equal(clock.pending(), 0);
  });

  it('is drained when the last script has ended', async () => {
    const { queue, processes, clock } = setup();
    queue.push('VI', [job('stop')]);
    const drained = queue.drain(seconds(1));
    processes.last().exit();
    await drained;
    assert.deepEqual(processes.last().signals, []);
    assert.equal(clock.pending(), 0);
  });

  it('kills what still runs at the limit, and does not wait for the unkillable', async () => {
    const { queue, processes, clock } = setup();
    queue.push('VI', [job('hangs')]);
    const drained = queue.drain(seconds(1));
    clock.advance(seconds(1));
    assert.deepEqual(processes.last().signals, ['KILL']);
    clock.advance(milliseconds(100));
    await drained;
  });

  it('starts notify_stop although earlier scripts hang, and nothing that is overtaken by it', () => {
    const { queue, clock, started } = setup();
    for (const name of ['hangs', 'backup', 'stop']) queue.push('VI', [job(name)]);
    void queue.drain(seconds(1));
    clock.advance(milliseconds(500));
    assert.deepEqual(started(), ['hangs', 'stop']);
  });
});

function setup() {
  const clock = createFakeClock();
  const processes = createFakeProcesses();
  const log = createMemoryLog();
  return { clock, processes, log, queue: createScriptQueue(processes, clock, log), started: () => processes.runs.map((r) => r.text) };
}

function job(path: string): Job {
  return { path, args: [], identity: null, onExit() {} };
}
