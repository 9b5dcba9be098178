// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { seconds } from '../../../lib/base/time.ts';
import { createReloadSchedule, parseReloadTime } from '../../../lib/process/reload-time.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const hour = 3_600_000;

describe('the time of a reload', () => {
  it('is a time of today, or tomorrow when that is gone by', () => {
    assert.deepEqual(parseReloadTime('13:00:00Z\n', now), { at: now + hour, dated: false });
    assert.deepEqual(parseReloadTime('11:59:59Z', now), { at: now + 24 * hour - 1000, dated: false });
    const local = parseReloadTime('3:04:05', now);
    assert.ok(local && local.at > now && local.at <= now + 25 * hour && new Date(local.at).getHours() === 3);
  });

  it('may have a date, which must not be gone by', () => {
    assert.deepEqual(parseReloadTime('26-12-01 00:00:00Z', now), { at: Date.UTC(2026, 11, 1), dated: true });
    assert.deepEqual(parseReloadTime('2028-02-29 23:59:59Z', now), { at: Date.UTC(2028, 1, 29, 23, 59, 59), dated: true });
    assert.equal(parseReloadTime('2026-11-22 11:59:59Z', now), null);
  });

  it('is nothing else', () => {
    for (const text of [
      '',
      'noon',
      '24:00:00',
      '12:60:00',
      '12:00',
      '2027-02-29 01:00:00',
      '2027-13-01 01:00:00',
      '1:2:3z',
      '12:00:00 x',
      '-1:00:00',
    ])
      assert.equal(parseReloadTime(text, now), null, text);
  });
});

describe('a scheduled reload', () => {
  function setup() {
    const clock = createFakeClock();
    const log = createMemoryLog();
    const started = clock.now();
    const state = { text: null as string | null, reloads: 0, removed: [] as string[], watching: 0, changed: () => {} };
    const file = {
      now: () => now + (clock.now() - started) / 1000,
      read: () => state.text,
      remove: (path: string) => {
        state.removed.push(path);
        state.text = null;
      },
      watch: (_directory: string, _name: string, changed: () => void) => {
        state.changed = changed;
        state.watching++;
        return () => void state.watching--;
      },
    };
    const schedule = createReloadSchedule(clock, file, log, () => void state.reloads++);
    const write = (text: string | null) => {
      state.text = text;
      state.changed();
    };
    return { clock, log, state, schedule, write };
  }

  it('happens at its time and takes the file away', () => {
    const { clock, state, schedule, write, log } = setup();
    schedule.follow('/etc/time', false);
    write('12:10:00Z');
    assert.match(log.lines.at(-1) ?? '', /^Scheduling reload for 2026-11-2\d /);
    clock.advance(seconds(599));
    assert.equal(state.reloads, 0);
    clock.advance(seconds(1));
    assert.deepEqual([state.reloads, state.removed, schedule.next()], [1, ['/etc/time'], null]);
  });

  it('happens every day with reload_repeat, but once with a date', () => {
    const { clock, state, schedule, write } = setup();
    schedule.follow('/etc/time', true);
    write('12:10:00Z');
    clock.advance(seconds(600));
    clock.advance(seconds(86_400));
    assert.deepEqual([state.reloads, state.removed], [2, []]);
    write('2026-12-01 00:00:00Z');
    clock.advance(seconds(10 * 86_400));
    assert.deepEqual([state.reloads, state.removed], [3, ['/etc/time']]);
  });

  it('is moved and cancelled with the file, and lets a bad time be', () => {
    const { clock, state, schedule, write, log } = setup();
    schedule.follow('/etc/time', false);
    write('12:10:00Z');
    write('12:20:00Z');
    assert.match(log.lines.at(-1) ?? '', /^Reload time updated from .* to /);
    write('soon');
    assert.ok(log.lines.includes("Invalid reload time 'soon' specified - ignoring"));
    assert.match(log.lines.at(-1) ?? '', /^Cancelling reload scheduled for /);
    write('12:30:00Z');
    write(null);
    clock.advance(seconds(86_400));
    assert.equal(state.reloads, 0);
    schedule.follow(null, false);
    schedule.stop();
    assert.deepEqual([state.watching, clock.pending()], [0, 0]);
  });
});
