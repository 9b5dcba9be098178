// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { milliseconds } from '../../../lib/base/time.ts';
import type { NotifyDefs, Script } from '../../../lib/config/model.ts';
import { createEventFifos } from '../../../lib/notify/fifos.ts';
import { globalDefs } from '../../support/configs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeFifos } from '../../support/fake-fifos.ts';
import { createFakeProcesses } from '../../support/fake-processes.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

describe('the FIFOs of a process', () => {
  it('get every line, the one for all events and the own one', () => {
    const { events, fifos } = setup();
    events.open(defs({ notify_fifo: fifo('/run/all'), vrrp_notify_fifo: fifo('/run/vrrp'), lvs_notify_fifo: fifo('/run/lvs') }));
    events.write('INSTANCE "VI_1" MASTER 100\n');
    assert.deepEqual(
      fifos.pipes.map((p) => [p.path, p.content]),
      [
        ['/run/all', 'INSTANCE "VI_1" MASTER 100\n'],
        ['/run/vrrp', 'INSTANCE "VI_1" MASTER 100\n'],
      ],
    );
  });

  it('have their scripts started with the path as last argument, as their user', () => {
    const { events, processes } = setup();
    events.open(defs({ vrrp_notify_fifo: fifo('/run/vrrp'), vrrp_notify_fifo_script: script('/etc/read', 'a') }));
    assert.equal(processes.last().text, '/etc/read a /run/vrrp');
    assert.deepEqual(processes.last().command.identity, { uid: 7, gid: 8 });
  });

  it('say that a script ended, and do not start it again', () => {
    const { events, processes, log } = setup();
    events.open(defs({ notify_fifo: fifo('/run/all'), notify_fifo_script: script('/etc/read') }));
    processes.last().exit();
    events.write('x\n');
    assert.deepEqual(log.lines, ['vrrp notify fifo script terminated']);
    assert.equal(processes.runs.length, 1);
  });

  it('are opened anew at a reload, with a new reader; the old one is told to go when it does not end by itself', () => {
    const { events, fifos, processes, clock, log } = setup();
    const same = defs({ notify_fifo: fifo('/run/all'), notify_fifo_script: script('/etc/read') });
    events.open(same);
    events.open(same);
    assert.deepEqual(
      fifos.pipes.map((p) => p.open),
      [false, true],
    );
    assert.equal(processes.runs.length, 2);
    clock.advance(milliseconds(500));
    assert.deepEqual(
      processes.runs.map((r) => r.signals),
      [['TERM'], []],
    );
    processes.runs[0]?.exit({ kind: 'signalled', signal: 15 });
    assert.deepEqual(log.lines, []);
  });

  it('that belong to somebody else are not used', () => {
    const { events, fifos, log } = setup();
    fifos.foreign.add('/run/theirs');
    events.open(defs({ vrrp_notify_fifo: fifo('/run/theirs'), vrrp_notify_fifo_script: script('/etc/read') }));
    events.write('x\n');
    assert.deepEqual(log.lines, ['vrrp notify fifo /run/theirs is not a fifo we own - not using']);
  });

  it('are closed when their scripts have ended', async () => {
    const { events, processes, clock, fifos } = setup();
    events.open(defs({ notify_fifo: fifo('/run/all'), notify_fifo_script: script('/etc/read') }));
    const closed = events.close();
    assert.equal(fifos.pipes[0]?.open, false);
    processes.last().exit();
    await closed;
    assert.equal(clock.pending(), 0);
    assert.deepEqual(processes.last().signals, []);
  });
});

function setup() {
  const context = { clock: createFakeClock(), log: createMemoryLog(), fifos: createFakeFifos(), processes: createFakeProcesses() };
  return { ...context, events: createEventFifos('vrrp', context) };
}

function defs(changes: Partial<NotifyDefs>): NotifyDefs {
  return { ...globalDefs, ...changes };
}

function fifo(path: string) {
  return { path, user: null, owner: null };
}

function script(...words: string[]): Script {
  return { words, user: null, text: words.join(' '), path: null, run_as: { uid: 7, gid: 8 } };
}
