// SPDX-License-Identifier: MIT
// One connection to a master agent: open, register, answer, tell (RFC 2741 section 7.1). Pure: bytes and moments in, bytes and
// news out. Who makes the connection is shell/subagent.ts.

import type { Agent } from './agent.ts';
import { AgentXError, type Command, createDecoder, encode, type Received, type Request } from './agentx.ts';
import type { Oid } from './oid.ts';
import type { VarBind } from './value.ts';

/** What everybody takes; the lowest that is registered answers. */
const usualPriority = 127;
const sparePriority = 128;
/** Seconds the master gives an answer of ours. */
const answerTime = 5;
/** Reason of Close. */
const shutdown = 5;
/** A response to somebody whose session the master does not know (RFC 2741 section 6.2.16). */
const notOpen = 257;
/** Traps that wait for the registration. */
const mostWaiting = 256;
/** Requests that wait for what they ask about; no master has so many under way, and more are not answered. */
const mostPending = 1024;

export interface Subtrees {
  readonly own: readonly Oid[];
  /** Ours only as long as nobody else shows them. */
  readonly spare: readonly Oid[];
}

export interface SessionNews {
  /** Registered: the objects are there for everybody to see. */
  onReady(): void;
  /** The master refused something, in words. */
  onRefusal(what: string): void;
  /** Bytes that are not AgentX, in words. */
  onNonsense(what: string): void;
  /** To the master, in order. */
  send(bytes: Uint8Array): void;
  /** Before requests are answered: calls `then`, now or when everything is there. Absent: it always is. */
  prepare?(then: () => void): void;
}

export interface Session {
  /** The connection stands. */
  begin(): void;
  /**
   * false: the connection is of no use any more, because these bytes make no sense or the master refused, closed or forgot the
   * session; nothing may be fed after that.
   */
  feed(bytes: Uint8Array): boolean;
  /** Waits for onReady if need be; the oldest go when too many wait. */
  trap(bindings: readonly VarBind[]): void;
  ping(): void;
  /** false: nothing has come since the last ping(). */
  isAlive(): boolean;
  /** The last words. */
  end(): void;
}

export function createSession(description: string, subtrees: Subtrees, agent: Agent, news: SessionNews): Session {
  const decoder = createDecoder();
  let session = 0;
  let packet = 0;
  let ready = false;
  let heard = true;
  let over = false;
  let waiting: (readonly VarBind[])[] = [];
  const pending: Received[] = [];
  let preparing = false;
  /** What is to be done with the answer to a message of ours; only what matters: a master may never answer what does not. */
  const expected = new Map<number, (answer: Extract<Request, { kind: 'response' }>) => void>();

  const send = (command: Command, then?: (answer: Extract<Request, { kind: 'response' }>) => void) => {
    packet = (packet + 1) >>> 0;
    if (then) expected.set(packet, then);
    news.send(encode({ session, transaction: 0, packet }, command));
  };
  const register = () => {
    const all = [
      ...subtrees.own.map((subtree) => ({ subtree, priority: usualPriority })),
      ...subtrees.spare.map((subtree) => ({ subtree, priority: sparePriority })),
    ];
    let left = all.length;
    const done = () => {
      if (--left > 0) return;
      ready = true;
      news.onReady();
      for (const bindings of waiting) send({ kind: 'notify', bindings });
      waiting = [];
    };
    for (const { subtree, priority } of all) {
      send({ kind: 'register', subtree, priority, timeout: answerTime }, ({ error }) => {
        if (error !== 0) news.onRefusal(`registration of ${subtree.join('.')}: ${errorName(error)}`);
        done();
      });
    }
  };
  const reply = (received: Received) => {
    const answer = agent.answer(received);
    if (answer) news.send(encode(received, answer));
  };
  const take = (received: Received) => {
    const { request } = received;
    if (request.kind === 'response') {
      if (received.packet === 0) return;
      const then = expected.get(received.packet);
      expected.delete(received.packet);
      if (request.error === notOpen) over = true;
      if (received.session !== 0 && session === 0 && request.error === 0) session = received.session;
      then?.(request);
      return;
    }
    if (request.kind === 'close' && received.session === session) {
      over = true;
      return;
    }
    if (!news.prepare) return reply(received);
    if (pending.length < mostPending) pending.push(received);
    if (preparing) return;
    preparing = true;
    news.prepare(() => {
      preparing = false;
      for (const waiting of pending.splice(0)) reply(waiting);
    });
  };

  return {
    begin() {
      send({ kind: 'open', timeout: answerTime, id: [], description }, ({ error }) => {
        if (error === 0) return register();
        over = true;
        news.onRefusal(`session: ${errorName(error)}`);
      });
    },
    feed(bytes) {
      heard = true;
      try {
        for (const received of decoder.feed(bytes)) take(received);
        return !over;
      } catch (error) {
        if (!(error instanceof AgentXError)) throw error;
        news.onNonsense(error.message);
        return false;
      }
    },
    trap(bindings) {
      if (ready) return send({ kind: 'notify', bindings });
      waiting.push(bindings);
      if (waiting.length > mostWaiting) waiting.shift();
    },
    ping() {
      heard = false;
      if (session !== 0) send({ kind: 'ping' });
    },
    isAlive: () => heard,
    end() {
      if (session !== 0) send({ kind: 'close', reason: shutdown });
    },
  };
}

/** RFC 2741 section 6.2.16. */
function errorName(error: number): string {
  const names: Record<number, string> = {
    256: 'openFailed',
    257: 'notOpen',
    258: 'indexWrongType',
    262: 'unsupportedContext',
    263: 'duplicateRegistration',
    264: 'unknownRegistration',
    266: 'parseError',
    267: 'requestDenied',
    268: 'processingError',
  };
  return names[error] ?? `error ${error}`;
}
