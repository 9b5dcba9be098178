// SPDX-License-Identifier: MIT
// When checks run: what held them up once does not keep them together.

import assert from 'node:assert/strict';
import { type Micros, micros, milliseconds, seconds } from '../../../lib/base/time.ts';
import { up } from '../../../lib/check/probes/probe.ts';
import { createRounds, type Member, type Rounds } from '../../../lib/check/shell/rounds.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

interface Wish {
  /** How long each run takes. */
  readonly takes: Micros;
  readonly interval?: Micros;
  readonly fromStart?: boolean;
}

/** Members by their names; the times at which each ran, milliseconds from the beginning. */
function started(randoms: readonly number[], wish: Wish) {
  const clock = createFakeClock();
  const began = clock.now();
  const left = [...randoms];
  const rounds: Rounds = createRounds(clock, () => left.shift() ?? 0);
  const { takes, interval = seconds(1), fromStart = false } = wish;
  const runs = randoms.map(() => [] as number[]);
  for (const times of runs) {
    const member: Member = {
      group: null,
      warmup: seconds(1),
      interval,
      notAfter: null,
      ask: () => ({
        key: '',
        probe: (done) => {
          times.push((clock.now() - began) / 1000);
          return clock.after(takes, () => done(up));
        },
      }),
      isSuspended: () => false,
      onOutcome: () => ({ next: interval, fromStart }),
    };
    rounds.add(member);
  }
  return { clock, rounds, runs };
}

const thirds = [0, 1 / 3, 2 / 3];

describe('the times of checks', () => {
  it('keep their distance after all were held up at once', () => {
    const { clock, runs } = started([0, 0.01, 0.02], { takes: milliseconds(2) });
    clock.advance(milliseconds(990));
    clock.stall(milliseconds(40));
    clock.advance(milliseconds(2000));
    assert.deepEqual(
      runs.map((times) => times.map(Math.round)),
      [
        [1030, 2000, 3000],
        [1030, 2010, 3010],
        [1030, 2020, 3020],
      ],
    );
  });

  it('keep half of it after they were held up for long, and are not hurried', () => {
    const { clock, runs } = started(thirds, { takes: milliseconds(2) });
    clock.advance(milliseconds(1900));
    // The second runs of all three wait for the event loop.
    clock.stall(milliseconds(900));
    clock.advance(milliseconds(1700));
    assert.deepEqual(
      runs.map((times) => times.map(Math.round)),
      [
        [1000, 2800, 3375, 4375],
        [1333, 2800, 3542],
        [1667, 2800, 3708],
      ],
    );
  });

  it('keep their distance after answers that came in one turn', () => {
    const { clock, runs } = started([0, 0.01, 0.02], { takes: milliseconds(1) });
    // All three are asked, and their answers lie there for 30 ms.
    clock.advance(milliseconds(1000));
    clock.stall(milliseconds(21));
    clock.advance(milliseconds(1970));
    assert.deepEqual(
      runs.map((times) => times.map(Math.round)),
      [
        [1000, 2000],
        [1021, 2010],
        [1021, 2020],
      ],
    );
  });

  it('give a slow server its interval', () => {
    const { clock, runs } = started([0], { takes: milliseconds(900) });
    clock.advance(seconds(6));
    assert.deepEqual(runs, [[1000, 2850, 4700]]);
    const quick = started([0], { takes: milliseconds(40), interval: milliseconds(100) });
    quick.clock.advance(milliseconds(1300));
    assert.deepEqual(quick.runs, [[1000, 1135, 1270]]);
  });

  it('count from the start of a script', () => {
    const { clock, runs } = started([0], { takes: milliseconds(900), fromStart: true });
    clock.advance(milliseconds(3500));
    assert.deepEqual(runs, [[1000, 2000, 3000]]);
  });

  it('run at once where there is no interval', () => {
    const { clock, rounds, runs } = started([0], { takes: milliseconds(10), interval: micros(0) });
    clock.advance(milliseconds(1025));
    assert.deepEqual(runs, [[1000, 1010, 1020]]);
    rounds.stop();
    assert.equal(clock.pending(), 0);
  });
});
