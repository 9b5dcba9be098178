// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { seconds } from '../../../lib/base/time.ts';
import { createHistory } from '../../../lib/control/core/history.ts';
import { longestRequest } from '../../../lib/control/protocol.ts';
import { bounds, createControlServer, type OperationResult } from '../../../lib/control/shell/server.ts';
import type { Connection, ConnectionEvents, Peer } from '../../../lib/ports/control.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const root: Peer = { pid: 9, uid: 0, groups: [0] };

describe('the control server', () => {
  it('answers with the id of the request, one after the other', () => {
    const { connect } = bench();
    const c = connect();
    c.say('{"ka":1,"id":"a","request":"status"}\n{"ka":1,"id":2,"request":"ping"}\n');
    assert.deepEqual(
      c.replies().map((r) => [r.id, Object.keys(r)[2]]),
      [
        ['a', 'answer'],
        [2, 'answer'],
      ],
    );
    assert.deepEqual(c.replies()[0].answer, { document: 1 });
  });

  it('reads requests that come in pieces', () => {
    const { connect } = bench();
    const c = connect();
    for (const piece of '{"ka":1,"id":1,"request":"ping"}\n') c.say(piece);
    assert.equal(c.replies().length, 1);
  });

  for (const [what, line] of [
    ['no JSON', 'GET / HTTP/1.1'],
    ['no object', '[1,2]'],
    ['null', 'null'],
    ['no version', '{"id":1,"request":"status"}'],
    ['another version', '{"ka":2,"id":1,"request":"status"}'],
    ['an id that is an object', '{"ka":1,"id":{},"request":"status"}'],
    ['arguments that are none', '{"ka":1,"id":1,"request":"status","args":[1]}'],
    ['more than a request', '{"ka":1,"id":1,"request":"status","password":"x"}'],
  ] as const) {
    it(`refuses ${what}, counts it and ends the connection`, () => {
      const { connect, server } = bench();
      const c = connect();
      c.say(`${line}\n{"ka":1,"id":1,"request":"status"}\n`);
      assert.deepEqual(
        c.replies().map((r) => r.error?.code),
        ['bad_request'],
      );
      assert.equal(c.ended(), true);
      assert.equal(server.counters().refused.bad_request, 1);
      assert.equal(server.counters().requests, 0);
    });
  }

  it('goes on after a request that it does not know', () => {
    const { connect } = bench();
    const c = connect();
    c.say('{"ka":1,"id":1,"request":"launch"}\n{"ka":1,"id":2,"request":"ping"}\n');
    assert.deepEqual(
      c.replies().map((r) => r.error?.code ?? 'answered'),
      ['unknown_request', 'answered'],
    );
  });

  it('refuses a line that is too long, also one without an end', () => {
    const { connect, server } = bench();
    const c = connect();
    for (let sent = 0; sent <= longestRequest; sent += 4096) c.say('x'.repeat(4096));
    assert.deepEqual(
      c.replies().map((r) => r.error?.code),
      ['too_long'],
    );
    assert.equal(server.counters().refused.too_long, 1);
    assert.equal(c.ended(), true);
  });

  it('ends a connection whose request does not come to its end', () => {
    const { connect, clock, server } = bench();
    const c = connect();
    c.say('{"ka":1,');
    clock.advance(seconds(4.9));
    assert.equal(c.destroyed(), false);
    clock.advance(seconds(0.2));
    assert.equal(c.destroyed(), true);
    assert.equal(server.counters().refused.bad_request, 1);
  });

  it('refuses a flood of requests with an error, and answers again later', () => {
    const { connect, clock, server } = bench();
    const c = connect();
    for (let i = 0; i < bounds.burst + 10; i++) c.say(`{"ka":1,"id":${i},"request":"ping"}\n`);
    assert.equal(c.replies().filter((r) => r.error?.code === 'too_many').length, 10);
    assert.equal(server.counters().refused.too_many, 10);
    clock.advance(seconds(1));
    c.say('{"ka":1,"id":"later","request":"ping"}\n');
    assert.ok(c.replies().at(-1).answer);
  });

  it('ends a connection that asks on and on without waiting', () => {
    const b = bench();
    b.hold = true;
    const c = b.connect();
    c.say('{"ka":1,"id":1,"request":"status"}\n'.repeat(bounds.queue + 2));
    assert.equal(c.replies()[0].error.code, 'too_many');
    assert.equal(c.ended(), true);
  });

  it('takes a bounded number of connections', () => {
    const { connect, server } = bench();
    const all = Array.from({ length: bounds.connections }, () => connect());
    const over = connect();
    assert.equal(over.replies()[0].error.code, 'busy');
    assert.equal(over.destroyed(), true);
    all[0]?.events().onClose();
    const next = connect();
    assert.equal(next.destroyed(), false);
    assert.deepEqual([server.counters().connections, server.counters().refused.connections], [bounds.connections, 1]);
  });

  it('drops a reader that does not take its answer', () => {
    const { connect, clock, server } = bench();
    const c = connect();
    c.stuck = 1;
    c.say('{"ka":1,"id":1,"request":"status"}\n{"ka":1,"id":2,"request":"status"}\n');
    assert.equal(c.replies().length, 1);
    clock.advance(seconds(5.1));
    assert.equal(c.destroyed(), true);
    assert.equal(server.counters().refused.slow_reader, 1);
  });

  it('streams events and beats, and drops a watcher that does not read them', () => {
    const { connect, history, clock, server } = bench();
    history.add(1, { kind: 'reload', taken: true, text: 'start' });
    const c = connect();
    c.say('{"ka":1,"id":5,"request":"watch","args":{"since":0}}\n');
    history.add(2, { kind: 'bfd', session: 'B', up: false });
    clock.advance(seconds(1));
    const kinds = c.replies().map((r) => r.event?.kind ?? 'answer');
    assert.deepEqual(kinds, ['answer', 'reload', 'beat', 'bfd', 'beat']);
    c.stuck = bounds.backlog + 1;
    history.add(3, { kind: 'bfd', session: 'B', up: true });
    assert.equal(c.destroyed(), true);
    assert.equal(server.counters().refused.slow_reader, 1);
    history.add(4, { kind: 'bfd', session: 'B', up: false });
  });

  it('takes no event before the first for one to begin after', () => {
    const { connect, history } = bench();
    history.add(1, { kind: 'reload', taken: true, text: 'start' });
    const c = connect();
    for (const since of ['-1', '0.5', '"1"', 'null']) c.say(`{"ka":1,"id":5,"request":"watch","args":{"since":${since}}}\n`);
    const replies = c.replies().map((r: Any) => [r.error?.code, r.error?.text]);
    assert.deepEqual(replies, Array(4).fill(['bad_request', '"since" is the id of an event, or 0']));
  });

  it('ends connections that say nothing for long, but not those that watch', () => {
    const { connect, clock } = bench();
    const idle = connect();
    const watcher = connect();
    watcher.say('{"ka":1,"id":1,"request":"watch","args":{"beatSeconds":60}}\n');
    clock.advance(seconds(601));
    assert.deepEqual([idle.destroyed(), watcher.destroyed()], [true, false]);
  });

  it('says what would come of something, where there is such an instance', () => {
    const c = bench().connect();
    for (const args of ['{"instance":"VI_1"}', '{"instance":"VI_2"}', '{}', '{"instance":7}'])
      c.say(`{"ka":1,"id":1,"request":"prospects","args":${args}}\n`);
    const replies = c.replies().map((r: Any) => r.answer ?? r.error.code);
    assert.deepEqual(replies, [[], 'refused', 'refused', 'refused']);
  });

  it('answers a client that says no more after its request', () => {
    const b = bench();
    b.hold = true;
    const c = b.connect();
    c.say('{"ka":1,"id":1,"request":"status"}\n');
    c.events().onEnd();
    assert.equal(c.ended(), false);
    b.answerHeld();
    assert.equal(c.replies().length, 1);
    assert.equal(c.ended(), true);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: replies are looked at as they come
type Any = any;

function bench() {
  const clock = createFakeClock();
  const history = createHistory(10);
  let held: (() => void)[] = [];
  const server = createControlServer({
    clock,
    timeOfDay: () => 1_800_000_000,
    history,
    heartbeat: () => null,
    prospects: (name, done) => done(name === 'VI_1' ? '[]' : 'null'),
    status(done) {
      if (it_.hold) held.push(() => done('{"document":1}'));
      else done('{"document":1}');
    },
    operate: (_request, _peer, done: (result: OperationResult) => void) => done({ error: { code: 'refused', text: '' } }),
  });
  const it_ = {
    clock,
    history,
    server,
    hold: false,
    answerHeld() {
      for (const answer of held) answer();
      held = [];
    },
    connect() {
      const c = fakeConnection();
      server.serve(c.connection, root);
      return c;
    },
  };
  return it_;
}

interface FakeConnection {
  /** Bytes that the peer does not take. */
  stuck: number;
  readonly connection: Connection;
  say(text: string): void;
  events(): ConnectionEvents;
  replies(): Any[];
  ended(): boolean;
  destroyed(): boolean;
}

function fakeConnection(): FakeConnection {
  let listener: ConnectionEvents | null = null;
  let written = '';
  let ended = false;
  let destroyed = false;
  const c: FakeConnection = {
    stuck: 0,
    say(text) {
      listener?.onText(text);
    },
    events: (): ConnectionEvents => {
      assert.ok(listener);
      return listener;
    },
    replies: (): Any[] =>
      written
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ended: () => ended,
    destroyed: () => destroyed,
    connection: {
      listen(events) {
        listener = events;
      },
      write(text) {
        assert.equal(destroyed, false, 'written after its end');
        if (!ended) written += text;
      },
      waiting: () => c.stuck,
      whenTaken: () => {},
      pause: () => {},
      resume: () => {},
      end() {
        ended = true;
      },
      destroy() {
        destroyed = true;
      },
    },
  };
  return c;
}
