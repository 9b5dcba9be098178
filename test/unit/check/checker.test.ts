// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { seconds } from '../../../lib/base/time.ts';
import { type CheckerState, finished, firstState, keptState, stateOfAdded } from '../../../lib/check/core/checker.ts';
import type { CheckTiming } from '../../../lib/config/model-lvs.ts';

const timing = (more: Partial<CheckTiming> = {}): CheckTiming => ({
  delay_loop: seconds(10),
  warmup: seconds(10),
  retry: 3,
  delay_before_retry: seconds(2),
  alpha: false,
  log_all_failures: false,
  ...more,
});

/** Runs one after the other: `+` succeeds, `-` fails. Verdict, seconds to the next, remark. */
function play(runs: string, t = timing(), first: CheckerState = firstState(t), quietFirst = false) {
  let state = first;
  return [...runs].map((run) => {
    const step = finished(state, t, run === '+', quietFirst);
    state = step.state;
    const { remark } = step;
    const text = remark === null ? '' : remark.kind === 'failed' ? ` failed ${remark.tries}` : ` ${remark.kind}`;
    return `${step.verdict ?? '='} ${step.next / 1e6}${text}`;
  });
}

describe('a check of a real server', () => {
  it('takes a server down at its very first failure, whatever retry says', () => {
    assert.deepEqual(play('--'), ['down 10 failed 0', '= 10']);
  });

  it('tries a failure again so often before a server that worked goes down', () => {
    assert.deepEqual(play('+----'), ['= 10', '= 2', '= 2', '= 2', 'down 10 failed 3']);
  });

  it('starts counting anew after a success', () => {
    assert.deepEqual(play('+--+----'), ['= 10', '= 2', '= 2', '= 10', '= 2', '= 2', '= 2', 'down 10 failed 3']);
  });

  it('brings a server back with one success', () => {
    assert.deepEqual(play('-+'), ['down 10 failed 0', 'up 10 succeeded']);
  });

  it('with alpha holds it down until the first success', () => {
    assert.deepEqual(play('+', timing({ alpha: true })), ['up 10 succeeded']);
    assert.deepEqual(play('--+', timing({ alpha: true })), ['down 10 failed 0', '= 10', 'up 10 succeeded']);
  });

  it('says nothing of a first failure with alpha where keepalived does not', () => {
    const t = timing({ alpha: true });
    assert.deepEqual(play('--', t, firstState(t), true), ['= 10', '= 10']);
  });

  it('tells each failed try when asked to', () => {
    assert.deepEqual(play('+--', timing({ log_all_failures: true })), ['= 10', '= 2 failed_once', '= 2 failed_once']);
  });

  it('without retry takes it down at once', () => {
    assert.deepEqual(play('+-', timing({ retry: 0 })), ['= 10', 'down 10 failed 0']);
  });

  it('keeps its tries over a reload, within the new number', () => {
    const before = { up: true, hasRun: true, tries: 3 };
    assert.deepEqual(keptState(before, timing({ retry: 1 })), { up: true, hasRun: true, tries: 1 });
    assert.deepEqual(play('-', timing({ retry: 1 }), keptState(before, timing({ retry: 1 }))), ['down 10 failed 1']);
  });

  it('gives a server that a reload brings its usual tries', () => {
    assert.deepEqual(play('--', timing({ retry: 1 }), stateOfAdded(timing())), ['= 2', 'down 10 failed 1']);
  });
});
