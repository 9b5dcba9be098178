// SPDX-License-Identifier: MIT
// Scheduling, automatic priority and orphans: what a process does for itself.

import assert from 'node:assert/strict';
import { milliseconds, seconds } from '../../../lib/base/time.ts';
import type { Config } from '../../../lib/config/model.ts';
import type { ProcessDefs } from '../../../lib/config/model-process.ts';
import { raiseWhenLate } from '../../../lib/process/auto-priority.ts';
import { unchangeable } from '../../../lib/process/fixed.ts';
import { adoptOrphans } from '../../../lib/process/orphans.ts';
import { applyScheduling, createOveruse } from '../../../lib/process/scheduling.ts';
import { watchdogPeriod } from '../../../lib/process/service-manager.ts';
import { config, globalDefs } from '../../support/configs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const defs = (changes: Partial<ProcessDefs>): ProcessDefs => ({ ...globalDefs, ...changes });

describe('scheduling', () => {
  function setup(refuse = '') {
    const calls: unknown[][] = [];
    const call =
      (name: string) =>
      (...args: unknown[]) => {
        if (name === refuse) throw new Error('EPERM: Operation not permitted');
        calls.push([name, ...args]);
      };
    const native = {
      setNice: call('setNice'),
      lockProgram: call('lockProgram'),
      setCpuAffinity: call('setCpuAffinity'),
      setLimit: call('setLimit'),
      setRealtimePriority: call('setRealtimePriority'),
    };
    return { calls, native, log: createMemoryLog() };
  }
  const all = defs({ vrrp_priority: -3, vrrp_cpu_affinity: [0, 2], vrrp_rlimit_rttime: milliseconds(20) });

  it('asks for nothing by default, and for what is set', () => {
    const { calls, native, log } = setup();
    applyScheduling('vrrp', 'VRRP', defs({}), native, log);
    assert.deepEqual(calls, []);
    applyScheduling('vrrp', 'VRRP', all, native, log);
    assert.deepEqual(calls, [
      ['setNice', -3],
      ['setCpuAffinity', [0, 2]],
      ['setLimit', 'rttime', { soft: 20_000, hard: null }],
    ]);
  });

  it('gives the checker process its own real-time priority, which VRRP leaves to its engine', () => {
    const { calls, native, log } = setup();
    const both = defs({ vrrp_rt_priority: 20, checker_rt_priority: 7 });
    applyScheduling('vrrp', 'VRRP', both, native, log);
    applyScheduling('checker', 'Healthcheck', both, native, log);
    assert.deepEqual(calls, [['setRealtimePriority', 7]]);
  });

  it('keeps the program of each process in memory that is not to be swapped', () => {
    const { calls, native, log } = setup();
    applyScheduling('checker', 'Healthcheck', defs({ checker_no_swap: true, vrrp_no_swap: false }), native, log);
    applyScheduling('vrrp', 'VRRP', defs({ checker_no_swap: true, vrrp_no_swap: false }), native, log);
    assert.deepEqual(calls, [['lockProgram']]);
  });

  it('says what was refused and does the rest', () => {
    const { calls, native, log } = setup('setNice');
    applyScheduling('vrrp', 'VRRP', all, native, log);
    assert.equal(calls.length, 2);
    assert.deepEqual(log.lines, ['VRRP process: unable to set priority -3 - EPERM: Operation not permitted']);
  });

  it('replaces a process only when real-time work goes on for seconds', () => {
    const log = createMemoryLog();
    let replaced = 0;
    const overuse = createOveruse('vrrp', 'VRRP', log, () => void replaced++);
    for (const at of [0, 1, 2, 10, 11, 12, 13, 14]) overuse(at);
    assert.equal(replaced, 0);
    overuse(15);
    assert.equal(replaced, 1);
    assert.equal(log.lines[0], 'VRRP process has used too much CPU time, vrrp_rlimit_rttime may need to be increased');
  });
});

describe('max_auto_priority', () => {
  function late(changes: Partial<ProcessDefs>) {
    const set: number[] = [];
    const log = createMemoryLog();
    const waiting: (() => void)[] = [];
    let now = 0;
    const clock = {
      now: () => seconds(now),
      after: (_delay: unknown, wake: () => void) => {
        waiting.push(wake);
        return () => {};
      },
    };
    raiseWhenLate(defs(changes), { clock, log, native: { setRealtimePriority: (p) => void set.push(p) } });
    const wake = (lateness: number) => {
      now += 0.25 + lateness;
      waiting.shift()?.();
    };
    return { set, log, wake };
  }

  it('raises by one at each lateness, to the ceiling, below the packet engine', () => {
    const { set, log, wake } = late({ max_auto_priority: 2, min_auto_priority_delay: seconds(1) });
    for (const lateness of [0, 0.9, 1.5, 0, 2, 3, 4]) wake(lateness);
    assert.deepEqual(set, [1, 2]);
    assert.deepEqual(log.lines, ['Set realtime priority 1', 'Set realtime priority 2']);
    const under = late({ max_auto_priority: 99, vrrp_rt_priority: 3 });
    for (let i = 0; i < 5; i++) under.wake(2);
    assert.deepEqual(under.set, [1]);
  });

  it('does nothing when it is not set', () => {
    for (const max_auto_priority of [0, -1]) {
      const { set, wake } = late({ max_auto_priority });
      wake(5);
      assert.deepEqual(set, []);
    }
  });
});

describe('orphans', () => {
  it('are collected when they are still there at a second look, so that nobody’s exit status is stolen', () => {
    const clock = createFakeClock();
    const reaped: number[] = [];
    let zombies = [7, 8];
    const native = {
      setChildSubreaper: () => {},
      reapChild(pid: number) {
        reaped.push(pid);
        return true;
      },
    };
    const look = adoptOrphans({ native, clock, zombies: () => zombies });
    look();
    look();
    clock.advance(milliseconds(500));
    assert.deepEqual(reaped, []);
    // Its own waiter came for 7.
    zombies = [8, 9];
    clock.advance(milliseconds(500));
    assert.deepEqual(reaped, [8]);
    zombies = [9];
    clock.advance(milliseconds(500));
    zombies = [];
    clock.advance(milliseconds(500));
    assert.deepEqual([reaped, clock.pending()], [[8, 9], 0]);
  });
});

describe('what a reload cannot change', () => {
  it('is named in keepalived’s words', () => {
    const changed = (changes: Partial<Config['global_defs']>): Config => ({ ...config(), global_defs: { ...globalDefs, ...changes } });
    assert.deepEqual(unchangeable(config(), changed({ vrrp_priority: 3 })), []);
    assert.deepEqual(unchangeable(config(), changed({ net_namespace: 'a', instance: 'b', disable_local_igmp: true })), [
      'Cannot change network namespace at a reload - please restart keepalived',
      'Cannot change instance name at a reload - please restart keepalived',
      'Cannot change disable_local_igmp at a reload - please restart keepalived',
    ]);
    const table = { ...globalDefs.firewall, nftables: 'other' };
    assert.equal(unchangeable(config(), changed({ firewall: table })).length, 1);
  });
});

describe('systemd’s watchdog', () => {
  it('is fed twice in its time, when it is meant for this process', () => {
    assert.equal(watchdogPeriod({ WATCHDOG_USEC: '3000000' }), 1_500_000);
    assert.equal(watchdogPeriod({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: String(process.pid) }), 1_500_000);
    assert.equal(watchdogPeriod({ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '1' }), null);
    for (const WATCHDOG_USEC of [undefined, '', '0', 'x', '-5']) assert.equal(watchdogPeriod({ WATCHDOG_USEC }), null);
  });
});
