// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { type Micros, micros, seconds } from '../../../../lib/base/time.ts';
import { type StartupDelay, startDelay } from '../../../../lib/vrrp/shell/startup-delay.ts';
import { createMemoryLog } from '../../../support/memory-log.ts';
import { createVirtualClock } from '../../../support/virtual-clock.ts';

const wanted = (delay: number | null, boot: number | null = null) => ({
  vrrp_startup_delay: delay === null ? null : seconds(delay),
  vrrp_delay_after_boot: boot === null ? null : seconds(boot),
});

function stage(delay: number | null, boot: number | null = null, uptime = 100) {
  const virtual = createVirtualClock(seconds(uptime));
  const log = createMemoryLog();
  const clock = { now: virtual.now, after: (by: Micros, deed: () => void) => virtual.at(micros(virtual.now() + by), deed) };
  const startup: StartupDelay = startDelay(wanted(delay, boot), virtual.now, clock, log);
  return { startup, lines: () => log.lines, pass: (s: number) => virtual.runUntil(seconds(uptime + s)) };
}

describe('the startup delay', () => {
  it('is none without a keyword, or when the machine is up for long enough', () => {
    for (const { startup, lines } of [stage(null), stage(null, 60)]) {
      assert.equal(startup.end(), 0);
      assert.deepEqual(lines(), []);
    }
  });

  it('is told at its beginning and its end', () => {
    const { startup, lines, pass } = stage(2.5);
    assert.equal(startup.end(), seconds(102.5));
    pass(2.4);
    assert.deepEqual(lines(), ['Delaying startup for 2.5 seconds']);
    pass(2.5);
    assert.equal(startup.end(), 0);
    assert.deepEqual(lines().slice(1), ['Delayed start completed']);
  });

  it('is the longer of the two', () => {
    assert.equal(stage(10, 130).startup.end(), seconds(130));
    assert.equal(stage(50, 130).startup.end(), seconds(150));
  });

  it('gets another length by a reload, counted from its beginning', () => {
    const { startup, lines, pass } = stage(10);
    pass(4);
    assert.equal(startup.change(wanted(20)), true);
    assert.equal(startup.end(), seconds(120));
    assert.equal(startup.change(wanted(20)), false);
    assert.equal(startup.change(wanted(3)), true);
    assert.equal(startup.end(), 0);
    assert.deepEqual(lines(), [
      'Delaying startup for 10 seconds',
      'Delaying startup for a further 16 seconds',
      'Reduced delayed start passed',
    ]);
    pass(30);
    assert.equal(lines().length, 3, 'a delay that is over ends once');
    assert.equal(startup.change(wanted(60)), false, 'and does not begin again');
  });
});
