// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { micros, seconds } from '../../../lib/base/time.ts';
import type { LabEvent, StepResult } from '../../../lib/lab/events.ts';
import { createPaint, width } from '../../../lib/lab/paint.ts';
import { summaryTable } from '../../../lib/lab/summary.ts';
import { createTimeLine } from '../../../lib/lab/timeline.ts';

const plain = createPaint(false);
const later = micros(Number.MAX_SAFE_INTEGER);

const result: StepResult = {
  number: 1,
  title: 'lb1: graceful stop',
  before: 'lb1',
  after: 'lb2',
  formula: '(256−101)/256',
  expected: micros(605_469),
  measured: micros(606_000),
  approximate: false,
  outage: seconds(0.62),
  lostPings: 30,
  broken: [],
};

describe('the time line of the lab', () => {
  it('makes one line of a burst of announcements, in its place', () => {
    const line = createTimeLine(['lb1', 'lb2'], seconds(0), plain);
    const garp = (at: number): LabEvent => ({ kind: 'announcement', at: seconds(at), node: 'lb2', address: '192.0.2.15' });
    line.take(garp(1));
    line.take({ kind: 'state', at: seconds(1.001), node: 'lb2', state: 'MASTER', initial: false });
    line.take(garp(1.002));
    assert.deepEqual(line.lines(seconds(1.01)), []);
    const shown = line.lines(seconds(2));
    assert.equal(shown.length, 2);
    assert.match(shown[0] ?? '', /1\.000 .*2 × ARP for 192\.0\.2\.15/);
    assert.match(shown[1] ?? '', /MASTER/);
  });

  it('keeps every line within its columns', () => {
    const line = createTimeLine(['lb1', 'lb2'], seconds(0), plain);
    line.take({ kind: 'reached', at: seconds(1), node: 'lb2', outage: seconds(3.6), lost: 100 });
    line.take({ kind: 'unreachable', at: seconds(2), since: seconds(1) });
    for (const shown of line.lines(later)) assert.equal(shown.indexOf('│', 50), 10 + 2 * 33, shown);
  });

  it('shows neither single answers nor other log lines', () => {
    const line = createTimeLine(['lb1', 'lb2'], seconds(0), plain);
    line.take({ kind: 'answer', at: seconds(1), node: 'lb1', sequence: 1 });
    line.take({ kind: 'log', at: seconds(1), node: 'lb1', text: 'Startup complete' });
    assert.deepEqual(line.lines(later), []);
  });

  it('colours only where it may', () => {
    assert.equal(plain.red('x'), 'x');
    assert.equal(width(createPaint(true).red('x')), 1);
  });
});

describe('the summary of the lab', () => {
  it('sets formula, measurement and what the client noticed side by side', () => {
    const [head, row] = summaryTable([result], plain);
    assert.match(head ?? '', /step +Active +takeover by formula +on the wire +beyond +client unanswered/);
    assert.match(row ?? '', /lb1 → lb2 +\(256−101\)\/256 = 0\.605 s +0\.606 s +0\.5 ms +0\.620 s, 30 lost +✓/);
  });

  it('says below the table what was not kept', () => {
    const lines = summaryTable([{ ...result, broken: ['lb2 did not take over'] }], plain);
    assert.equal(lines.at(-1), '✗ 1: lb2 did not take over');
    assert.match(lines[1] ?? '', /✗$/);
  });
});
