// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  initialScript,
  type ScriptResult,
  type ScriptRules,
  type ScriptStatus,
  scriptEnded,
  scriptNoteText,
  scriptRescaled,
  verdict,
} from '../../../../lib/track/core/status.ts';

const ok: ScriptResult = { kind: 'exited', status: 0 };
const bad: ScriptResult = { kind: 'exited', status: 1 };
const rules = (rise = 1, fall = 1, initFail = false): ScriptRules => ({ rise, fall, initFail });

/** Runs results one after the other; a line per result: counter, verdict, log. */
function play(r: ScriptRules, results: readonly ScriptResult[]): string[] {
  let status = initialScript(r);
  return results.map((result) => {
    const step = scriptEnded(r, status, result);
    status = step.status;
    const log = step.notes.map((n) => scriptNoteText('s', n)).join(', ');
    return `${status.counter} ${verdict(r, status)}${step.changed ? '!' : ''} ${log}`.trim();
  });
}

describe('script status', () => {
  it('is unknown before the first result, and holds instances only at a fresh start', () => {
    const r = rules(2, 2);
    assert.equal(verdict(r, initialScript(r)), 'unknown');
    assert.equal(initialScript(r).holds, true);
    assert.equal(initialScript(r, 'during_reload').holds, false);
  });

  it('with init_fail is down from the start and holds nobody', () => {
    const r = rules(2, 2, true);
    assert.equal(verdict(r, initialScript(r)), 'down');
    assert.equal(initialScript(r).holds, false);
    assert.equal(initialScript(r).counter, 0);
  });

  it('needs only one success at first, however large rise is', () => {
    assert.deepEqual(play(rules(3, 3), [ok, ok]), ['5 up! VRRP_Script(s) succeeded', '5 up']);
  });

  it('needs rise successes with init_fail', () => {
    assert.deepEqual(play(rules(3, 1, true), [ok, ok, ok, ok]), ['1 down', '2 down', '3 up! VRRP_Script(s) succeeded', '3 up']);
  });

  it('goes down with the first failure of all, and with fall failures later', () => {
    assert.deepEqual(play(rules(2, 3), [bad]), ['0 down! Script `s` now returning 1, VRRP_Script(s) failed (exited with status 1)']);
    assert.deepEqual(play(rules(2, 3), [ok, bad, bad, bad, bad]), [
      '4 up! VRRP_Script(s) succeeded',
      '3 up Script `s` now returning 1',
      '2 up',
      '0 down! VRRP_Script(s) failed (exited with status 1)',
      '0 down',
    ]);
  });

  it('comes back after rise successes in a row, and a failure between them starts the count anew', () => {
    assert.deepEqual(
      play(rules(2, 1), [ok, bad, ok, bad, ok, ok]).map((line) => line.split(' ').slice(0, 2).join(' ')),
      ['2 up!', '0 down!', '1 down', '0 down', '1 down', '2 up!'],
    );
  });

  it('a success between failures forgets them', () => {
    const verdicts = play(rules(1, 3), [ok, bad, bad, ok, bad, bad]).map((line) => line.split(' ')[0]);
    assert.deepEqual(verdicts, ['3', '2', '1', '3', '2', '1']);
  });

  it('names how a script failed', () => {
    assert.deepEqual(play(rules(), [{ kind: 'signalled', signal: 9 }]), ['0 down! VRRP_Script(s) failed (due to signal 9)']);
    assert.deepEqual(play(rules(), [{ kind: 'timed_out' }]), ['0 down! VRRP_Script(s) timed_out']);
  });

  it('tells each change of the exit status, and nothing while it stays', () => {
    const other: ScriptResult = { kind: 'exited', status: 3 };
    assert.deepEqual(play(rules(), [ok, other, other, bad, ok]), [
      '1 up! VRRP_Script(s) succeeded',
      '0 down! Script `s` now returning 3, VRRP_Script(s) failed (exited with status 3)',
      '0 down',
      '0 down Script `s` now returning 1',
      '1 up! Script `s` now returning 0, VRRP_Script(s) succeeded',
    ]);
  });

  it('keeps its side over a reload that changes rise and fall', () => {
    const before = rules(2, 3);
    const up = scriptEnded(before, scriptEnded(before, initialScript(before), ok).status, bad).status;
    assert.equal(up.counter, 3);
    const kept = scriptRescaled(before, rules(5, 4), up);
    assert.equal(kept.status.counter, 7, 'one failure counted, as before');
    assert.deepEqual(
      kept.notes.map((n) => scriptNoteText('s', n)),
      ['VRRP_Script(s) considered successful on reload'],
    );
    assert.equal(scriptRescaled(before, rules(5, 1), up).status.counter, 5);
    const down = scriptEnded(before, initialScript(before), bad).status;
    const stillDown = scriptRescaled(before, rules(1, 1), down);
    assert.equal(verdict(rules(1, 1), stillDown.status), 'down');
    assert.deepEqual(
      stillDown.notes.map((n) => scriptNoteText('s', n)),
      ['VRRP_Script(s) considered unsuccessful on reload'],
    );
  });

  it('stays within 0 and rise + fall − 1, goes up by rise successes and down by fall failures, from anywhere', () => {
    const small = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(small, small, fc.boolean(), fc.array(fc.constantFrom(ok, bad)), (rise, fall, initFail, results) => {
        const r = rules(rise, fall, initFail);
        let status: ScriptStatus = initialScript(r);
        for (const result of results) {
          const before = status;
          const step = scriptEnded(r, status, result);
          status = step.status;
          assert.ok(status.counter >= 0 && status.counter <= rise + fall - 1);
          assert.equal(step.changed, verdict(r, before) !== verdict(r, status));
          assert.ok(Object.isFrozen(status));
        }
        const repeat = (from: ScriptStatus, result: ScriptResult, times: number) => {
          let s = from;
          for (let n = 0; n < times; n++) s = scriptEnded(r, s, result).status;
          return verdict(r, s);
        };
        assert.equal(repeat(status, ok, rise), 'up');
        assert.equal(repeat(status, bad, fall), 'down');
      }),
    );
  });
});
