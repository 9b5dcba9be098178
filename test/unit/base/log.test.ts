// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createLog, type Severity } from '../../../lib/base/log.ts';
import { calendarTime } from '../../../lib/kernel/log.ts';

describe('the log', () => {
  const collect = (level: number) => {
    const lines: [Severity, string][] = [];
    return { lines, log: createLog([(severity, line) => void lines.push([severity, line])], level) };
  };

  it('writes detail only with -D and extra detail only with -DD', () => {
    for (const [level, expected] of [
      [0, []],
      [1, ['a']],
      [2, ['a', 'b']],
    ] as const) {
      const { log, lines } = collect(level);
      log.detail('a');
      log.extraDetail('b');
      assert.deepEqual(
        lines.map(([, line]) => line),
        expected,
      );
    }
  });

  it('splits a text with newlines into lines of the same severity', () => {
    const { log, lines } = collect(0);
    log.alert('a\nb');
    assert.deepEqual(lines, [
      ['alert', 'a'],
      ['alert', 'b'],
    ]);
  });

  it('stamps the console as strftime %c does', () => {
    assert.equal(calendarTime(new Date(2026, 10, 2, 3, 4, 5)), 'Mon Nov  2 03:04:05 2026');
    assert.equal(calendarTime(new Date(2026, 10, 20, 20, 42, 18)), 'Fri Nov 20 20:42:18 2026');
  });
});
