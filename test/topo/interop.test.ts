// SPDX-License-Identifier: MIT
// The interop matrix: ours with itself, with keepalived and with FRR. By default a part of it; KA_INTEROP=all plays everything
// (npm run interop). KA_UPDATE=1 writes the page about it.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SeenAdvert } from '../support/adverts-live.ts';
import { down, down3, skew, skew3 } from '../support/formula.ts';
import {
  completeRunIn,
  type Implementation,
  interopPage,
  isRepresentative,
  type Meeting,
  meetingName,
  meetings,
  type Scenario,
  type Speech,
  scenarioNames,
} from '../support/interop-cells.ts';
import { intervalOf, type Name, type PlayedMeeting, playMeeting, priorities, vrids } from '../support/interop-play.ts';
import { first, last } from '../support/lan.ts';
import { assertSpan } from '../support/timing.ts';

const page = resolve(import.meta.dirname, '..', '..', 'docs', 'conformance', 'interop.md');
const all = process.env.KA_INTEROP === 'all';
/** KA_INTEROP may also be a part of a meeting's name. */
const wanted = meetings.filter((m) =>
  process.env.KA_INTEROP ? all || meetingName(m).includes(process.env.KA_INTEROP) : isRepresentative(m),
);
/** Plays at the same time: two processors serve this many without missing a short interval. */
const abreast = 6;

/** Seconds: many plays at once share the machine, and the peers have no real-time priority. */
function lateness(implementation: Implementation, interval: number): number {
  return implementation === 'ka-ts' ? 0.08 : 0.7 * interval;
}

/**
 * Holds a takeover against the formula. vrrpd sends its first IPv6 advert while its interface still comes up: the one that is
 * seen may be the second.
 */
function assertTakeover(took: number, wait: number, by: Implementation, { family, version }: Speech): void {
  const interval = intervalOf({ version });
  const lost = by === 'FRR' && family === 6 && took > wait + interval / 2 ? interval : 0;
  assertSpan(took, wait + lost, lateness(by, interval), 'takeover');
}

/** What a daemon sent for a router in a span of time. */
function sent(played: PlayedMeeting, name: Name, vrid: number, after = 0, before = Infinity): SeenAdvert[] {
  return played.adverts.filter((x) => x.vrid === vrid && x.source === played.source(name, vrid) && x.at > after && x.at < before);
}

/** An advert that was on its way when the other came. */
const inFlight = 0.1;

const judges: Readonly<Record<Scenario, (played: PlayedMeeting, meeting: Meeting) => void>> = {
  preempt: (played, { pair, speech }) => {
    const interval = intervalOf(speech);
    const takeover = first(sent(played, 'a', vrids.preempt, played.aStarted), 'advert of a');
    assert.equal(takeover.priority, priorities.a);
    const own = speech.version === 2 ? down(priorities.a, interval) : down3(priorities.a, interval);
    const took = takeover.at - played.aStarted;
    // FRR says nothing when it is ready.
    assert.ok(took > own - lateness(pair[0], interval), `took over after ${took} s`);
    assert.deepEqual(sent(played, 'b', vrids.preempt, takeover.at + inFlight, played.bStopped), []);
  },
  nopreempt: (played) => {
    const takeover = first(sent(played, 'a', vrids.preempt, played.aStarted), 'advert of a');
    assert.deepEqual(sent(played, 'a', vrids.nopreempt, played.aStarted, played.bStopped), []);
    assert.ok(sent(played, 'b', vrids.nopreempt, takeover.at, played.bStopped).length > 0, 'b goes on');
  },
  'graceful stop': (played, { pair, speech }) => {
    const farewells = sent(played, 'b', vrids.nopreempt, played.bStopped, played.parted).filter((x) => x.priority === 0);
    assert.equal(farewells.length, 1);
    const farewell = first(farewells, 'farewell');
    const takeover = first(sent(played, 'a', vrids.nopreempt, farewell.at), 'takeover');
    const interval = intervalOf(speech);
    const wait = speech.version === 2 ? skew(priorities.a) : skew3(priorities.a, interval);
    assertTakeover(takeover.at - farewell.at, wait, pair[0], speech);
  },
  tie: (played, { speech }) => {
    const { parted, healed, reunited, aKilled } = played;
    const settled = reunited + 2 * intervalOf(speech) + inFlight;
    for (const name of ['a', 'b'] as const) assert.ok(sent(played, name, vrids.tie, parted, healed).length > 0, `${name} was active`);
    assert.deepEqual(sent(played, 'a', vrids.tie, settled, aKilled), []);
    assert.ok(sent(played, 'b', vrids.tie, settled, aKilled).length > 0, 'the higher address stays');
    assert.deepEqual(sent(played, 'b', vrids.preempt, settled, aKilled), []);
  },
  failover: (played, { pair, speech }) => {
    const interval = intervalOf(speech);
    const takeover = first(sent(played, 'b', vrids.preempt, played.aKilled), 'takeover');
    assert.equal(takeover.priority, priorities.b);
    const lastWord = last(sent(played, 'a', vrids.preempt, 0, takeover.at), 'advert of a');
    assert.notEqual(lastWord.priority, 0);
    const wait = speech.version === 2 ? down(priorities.b, interval) : down3(priorities.b, interval);
    assertTakeover(takeover.at - lastWord.at, wait, pair[1], speech);
  },
};

describe('interop matrix', () => {
  const results = new Map<string, PlayedMeeting | Error>();

  before(async function () {
    this.timeout(900_000);
    const waiting = [...wanted];
    const lane = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        results.set(meetingName(next), await playMeeting(next).catch((cause: Error) => cause));
    };
    await Promise.all(Array.from({ length: abreast }, lane));
  });

  for (const meeting of wanted)
    describe(meetingName(meeting), () => {
      const played = () => {
        const result = results.get(meetingName(meeting));
        if (result instanceof Error || result === undefined) throw result ?? new Error('not played');
        return result;
      };
      for (const name of scenarioNames) it(name, () => judges[name](played(), meeting));

      it('every advert has the right version, authentication and checksum', () => {
        const { version, auth, family } = meeting.speech;
        const type = version === 3 ? '' : { none: 'none', PASS: 'simple', AH: 'ah' }[auth];
        // tcpdump leaves the pseudo-header out for version 2, IPv6 or not; the kernel of the receiver does not.
        const judged = version === 3 || family === 4;
        for (const x of played().adverts) assert.deepEqual([x.version, x.auth, judged && x.bad], [version, type, false], JSON.stringify(x));
      });
    });

  let failed = 0;
  afterEach(function () {
    if (this.currentTest?.state === 'failed') failed++;
  });

  it('docs/conformance/interop.md tells the cells, and the day of the last complete run', () => {
    const before = readFileSync(page, 'utf8');
    const isComplete = all && failed === 0;
    const day = isComplete ? new Date().toISOString().slice(0, 10) : completeRunIn(before);
    if (process.env.KA_UPDATE === '1') writeFileSync(page, interopPage(day));
    assert.equal(readFileSync(page, 'utf8'), interopPage(completeRunIn(readFileSync(page, 'utf8'))));
  });
});
