// SPDX-License-Identifier: MIT
// A try ends: a server that keeps every single wait short cannot stretch it.

import assert from 'node:assert/strict';
import { milliseconds, seconds } from '../../../lib/base/time.ts';
import type { Outcome } from '../../../lib/check/core/outcome.ts';
import { type ActiveChecker, createProbes } from '../../../lib/check/probes/index.ts';
import { tryOnce, up } from '../../../lib/check/probes/probe.ts';
import type { ProbeError, ProbeSockets, StreamListener } from '../../../lib/ports/probes.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { load } from '../config/load.ts';

/** `refused`: what a datagram comes to that does not leave. */
function started(kind: string, lines = '', refused: ProbeError | null = null) {
  const clock = createFakeClock();
  const listeners: StreamListener[] = [];
  let closed = 0;
  const sockets: ProbeSockets = {
    knock: () => () => void closed++,
    open(_target, _tls, listener) {
      listeners.push(listener);
      return { write() {}, close: () => void closed++ };
    },
    datagrams: () => ({ send: () => refused, close: () => void closed++ }),
  };
  const makeProbe = createProbes({
    sockets,
    clock,
    log: createMemoryLog(),
    processes: { run: () => assert.fail('no process'), running: () => 0, killAll() {} },
  });
  const text = `virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 127.0.0.1 80 {\n${kind} {\nconnect_timeout 3\n${lines}\n}\n}\n}\n`;
  const checker = load(text).config?.virtual_server[0]?.real_server[0]?.checkers[0] as ActiveChecker;
  const began = clock.now();
  let outcome: Outcome | null = null;
  let took = 0;
  makeProbe(
    checker,
    0,
    1,
  )((o) => {
    outcome = o;
    took = clock.now() - began;
  });
  const [listener] = listeners;
  const drip = (...bytes: string[]) => {
    listener?.onOpen();
    for (let i = 0; outcome === null && i < 10_000; i++) {
      clock.advance(seconds(1));
      if (outcome === null) listener?.onData(Buffer.from(bytes[i] ?? 'x'));
    }
  };
  return { clock, drip, outcome: () => outcome as Outcome | null, took: () => took, closed: () => closed, advance: clock.advance };
}

const why = (outcome: Outcome | null) => (outcome?.kind === 'down' ? outcome.why : outcome?.kind);
const page = 'url {\npath /\nstatus_code 200\n}';

describe('the patience of a check', () => {
  it('ends a page that drips a byte a second, header or body, after a minute', () => {
    for (const [kind, first, text] of [
      ['HTTP_GET', 'H', 'Timeout WEB read'],
      ['HTTP_GET', 'HTTP/1.0 200 OK\r\n\r\n', 'Timeout HTTP read'],
      ['SSL_GET', 'HTTP/1.0 200 OK\r\n\r\n', 'Timeout SSL read'],
    ] as const) {
      const { drip, outcome, took, closed } = started(kind, page);
      drip(first);
      assert.equal(why(outcome()), text);
      assert.equal(took(), seconds(60));
      assert.equal(closed(), 1);
    }
  });

  it('gives a mail server one wait for each of its lines, not for each byte', () => {
    const { drip, outcome, took } = started('SMTP_CHECK');
    drip('2', '2', '0');
    assert.equal(why(outcome()), 'Read timeout from server [127.0.0.1]:80');
    assert.equal(took(), seconds(3));
    const second = started('SMTP_CHECK');
    second.drip('220 hi\r\n', '2');
    assert.equal(second.took(), seconds(4));
  });

  it('is one wait for TCP, DNS and PING, and silence is good for UDP', () => {
    for (const [kind, text] of [
      ['TCP_CHECK', 'timeout'],
      ['DNS_CHECK', 'read timeout from socket'],
      ['PING_CHECK', 'timeout'],
      ['UDP_CHECK', 'up'],
    ] as const) {
      const { advance, outcome, took, closed } = started(kind);
      advance(seconds(10));
      assert.deepEqual([why(outcome()), took(), closed()], [text, seconds(3), 1], kind);
    }
  });

  it('closes the socket of a datagram that does not leave, and tells it afterwards', () => {
    for (const [kind, text] of [
      ['DNS_CHECK', 'failed to write socket.'],
      ['PING_CHECK', 'unable'],
      ['UDP_CHECK', 'failed'],
    ] as const) {
      const { advance, outcome, closed, clock } = started(kind, '', { kind: 'local', code: 'EPERM' });
      assert.deepEqual([outcome(), closed()], [null, 1], kind);
      advance(milliseconds(1));
      assert.deepEqual([why(outcome()), closed(), clock.pending()], [text, 1, 0], kind);
      if (kind === 'PING_CHECK') assert.deepEqual(outcome(), { kind: 'unable', why: 'EPERM', step: 'send' });
    }
  });

  it('counts each wait from its own beginning, longer or shorter than the one before', () => {
    const clock = createFakeClock();
    const began = clock.now();
    const ends: number[] = [];
    const done = (outcome: Outcome) => void ends.push(clock.now() - began, outcome.kind === 'down' ? Number(outcome.why) : 0);
    const late = (n: number) => ({ kind: 'down', why: String(n) }) as const;
    tryOnce(clock, done, (one) => {
      one.phase(seconds(3), late(1));
      clock.advance(seconds(2));
      one.phase(seconds(3), late(2));
      clock.advance(seconds(2));
      one.phase(milliseconds(500), late(3));
      return () => {};
    });
    clock.advance(seconds(20));
    assert.deepEqual(ends, [4_500_000, 3]);
    assert.equal(clock.pending(), 0);
    const cancel = tryOnce(
      clock,
      () => assert.fail('told'),
      (one) => {
        one.phase(seconds(1), up);
        return () => {};
      },
    );
    cancel();
    assert.equal(clock.pending(), 0);
  });
});
