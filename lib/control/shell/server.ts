// SPDX-License-Identifier: MIT
// The control socket: connections, their requests one after the other, and bounds for everything: how many connections, how
// long a request, how often, how much may wait for a reader. The parent hosts it, so nothing here may take long or wait.

import { errorText } from '../../base/errors.ts';
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Connection, Peer } from '../../ports/control.ts';
import { createAllowance } from '../core/allowance.ts';
import type { History } from '../core/history.ts';
import { createLineReader } from '../core/lines.ts';
import type { ControlCounters, Heartbeat, Refusal } from '../document.ts';
import { answerLine, errorLine, eventLine, longestRequest, type ProtocolError, type Request, readRequest } from '../protocol.ts';

export interface ServerContext {
  readonly clock: Clock;
  readonly timeOfDay: () => number;
  readonly history: History;
  readonly status: (done: (text: string) => void) => void;
  readonly heartbeat: () => Heartbeat | null;
  /** What would come of what might happen to an instance, as finished JSON; null: nobody knows. */
  readonly prospects: (instance: string, done: (text: string | null) => void) => void;
  /** Does what was asked, or says why not; calls back once with finished JSON. */
  readonly operate: (request: Request, peer: Peer | null, done: (result: OperationResult) => void) => void;
}

export type OperationResult = { readonly answer: string } | { readonly error: ProtocolError };

export interface ControlServer {
  /** A new connection. `peer`: who it is; null: not known, so it may look and nothing else. */
  serve(connection: Connection, peer: Peer | null): void;
  counters(): ControlCounters;
  close(): void;
}

/** Bounds, for tests and the reference page. */
export const bounds = {
  connections: 32,
  /** Requests of one connection at once, and a second. */
  burst: 200,
  perSecond: 100,
  /** Requests of one connection that wait for their turn. */
  queue: 16,
  /** Bytes that may wait for one who watches. */
  backlog: 262_144,
  /** A request that was begun is to be there, and an answer is to be taken, within this. */
  patience: seconds(5),
  /** A connection that asks nothing and does not watch ends. */
  idle: seconds(600),
} as const;

export function createControlServer(context: ServerContext): ControlServer {
  const { clock } = context;
  const open = new Set<() => void>();
  let accepted = 0;
  let requests = 0;
  const refused: Record<Refusal, number> = { connections: 0, bad_request: 0, too_long: 0, too_many: 0, slow_reader: 0, denied: 0 };

  const serve = (connection: Connection, peer: Peer | null): void => {
    if (open.size >= bounds.connections) {
      refused.connections++;
      connection.write(errorLine(null, { code: 'busy', text: `${bounds.connections} connections are open; try again later` }));
      connection.destroy();
      return;
    }
    accepted++;
    const reader = createLineReader(longestRequest);
    const allowance = createAllowance(bounds.burst, bounds.perSecond);
    const queue: string[] = [];
    let busy = false;
    let watching = false;
    let ended = false;
    let closed = false;
    const cleanup: Cancel[] = [];
    let cancelIdle: Cancel = () => {};
    let cancelPatience: Cancel = () => {};

    const close = () => {
      if (closed) return;
      closed = true;
      open.delete(close);
      cancelIdle();
      cancelPatience();
      for (const cancel of cleanup) cancel();
      connection.destroy();
    };
    open.add(close);

    const idleAgain = () => {
      cancelIdle();
      if (!closed && !watching) cancelIdle = clock.after(bounds.idle, close);
    };
    const within = (limit: Micros, reason: Refusal) => {
      cancelPatience();
      cancelPatience = clock.after(limit, () => {
        refused[reason]++;
        close();
      });
    };

    /** The last word on this connection. */
    const giveUp = (reason: Refusal, id: Request['id'], error: ProtocolError) => {
      refused[reason]++;
      queue.length = 0;
      ended = true;
      send(errorLine(id, error));
    };

    const send = (line: string) => {
      if (closed) return;
      connection.write(line);
      if (connection.waiting() === 0) next();
      else {
        within(bounds.patience, 'slow_reader');
        connection.whenTaken(() => {
          cancelPatience();
          next();
        });
      }
    };

    const next = () => {
      busy = false;
      if (closed) return;
      const line = queue.shift();
      if (line !== undefined) {
        answer(line);
        return;
      }
      if (ended && !watching) {
        connection.end();
        close_soon();
      } else connection.resume();
    };
    /** What was written last may still be on its way. */
    const close_soon = () => within(bounds.patience, 'slow_reader');

    const answer = (line: string) => {
      busy = true;
      connection.pause();
      idleAgain();
      const read = readRequest(line);
      if (!read.ok) {
        if (read.error.code === 'bad_request') return giveUp('bad_request', read.id, read.error);
        refused.bad_request++;
        return send(errorLine(read.id, read.error));
      }
      const { request } = read;
      requests++;
      if (!allowance.take(clock.now())) {
        refused.too_many++;
        const text = `at most ${bounds.perSecond} requests a second on one connection`;
        return send(errorLine(request.id, { code: 'too_many', text }));
      }
      switch (request.request) {
        case 'ping':
          return send(answerLine(request.id, JSON.stringify({ at: context.timeOfDay(), heartbeat: context.heartbeat() })));
        case 'status':
          return context.status((text) => send(answerLine(request.id, text)));
        case 'watch':
          return watch(request);
        case 'prospects':
          return prospects(request);
        case 'operate':
          return context.operate(request, peer, (result) => {
            if ('error' in result && result.error.code === 'denied') refused.denied++;
            send('error' in result ? errorLine(request.id, result.error) : answerLine(request.id, result.answer));
          });
      }
    };

    const prospects = ({ id, args }: Request) => {
      const { instance } = args;
      if (typeof instance !== 'string' || instance.length > 255)
        return send(errorLine(id, { code: 'refused', text: '"instance" is the name of an instance' }));
      context.prospects(instance, (text) => {
        if (text === null) send(errorLine(id, { code: 'failed', text: 'the VRRP process does not answer' }));
        else if (text === 'null') send(errorLine(id, { code: 'refused', text: `there is no instance '${instance.slice(0, 60)}'` }));
        else send(answerLine(id, text));
      });
    };

    /** Who does not read what happens is dropped: nothing may gather without end. */
    const push = (line: string) => {
      if (closed) return;
      if (connection.waiting() > bounds.backlog) {
        refused.slow_reader++;
        close();
        return;
      }
      connection.write(line);
    };

    const watch = ({ id, args }: Request) => {
      const { since, beatSeconds = 1 } = args;
      if (since !== undefined && !(Number.isSafeInteger(since) && (since as number) >= 0)) {
        return send(errorLine(id, { code: 'bad_request', text: '"since" is the id of an event, or 0' }));
      }
      if (typeof beatSeconds !== 'number' || !(beatSeconds >= 0.1 && beatSeconds <= 60)) {
        return send(errorLine(id, { code: 'bad_request', text: '"beatSeconds" is a number from 0.1 to 60' }));
      }
      if (watching) return send(errorLine(id, { code: 'bad_request', text: 'this connection watches already' }));
      watching = true;
      idleAgain();
      const lastId = context.history.lastId();
      let cancelBeat: Cancel = () => {};
      const beat = () => {
        push(eventLine(id, JSON.stringify({ kind: 'beat', at: context.timeOfDay(), heartbeat: context.heartbeat() })));
        if (!closed) cancelBeat = clock.after(micros(Math.round(beatSeconds * 1e6)), beat);
      };
      connection.write(answerLine(id, JSON.stringify({ watching: true, lastId })));
      for (const event of typeof since === 'number' ? context.history.since(since) : []) push(eventLine(id, event));
      cleanup.push(context.history.watch((event) => push(eventLine(id, event))));
      cleanup.push(() => cancelBeat());
      beat();
      next();
    };

    connection.listen({
      onText(text) {
        if (ended || closed) return;
        const { lines, tooLong } = reader.push(text);
        queue.push(...lines.filter((l) => l.trim() !== ''));
        if (tooLong) return giveUp('too_long', null, { code: 'too_long', text: `a request has at most ${longestRequest} bytes` });
        if (queue.length > bounds.queue)
          return giveUp('too_many', null, { code: 'too_many', text: 'wait for an answer before asking again' });
        if (reader.isWithin() && !busy) within(bounds.patience, 'bad_request');
        else if (!busy) cancelPatience();
        if (!busy && queue.length > 0) next();
      },
      onEnd() {
        ended = true;
        if (!busy && queue.length === 0 && !watching) {
          connection.end();
          close();
        }
      },
      onClose: close,
    });
    idleAgain();
  };

  return {
    serve,
    counters: () => ({ connections: open.size, accepted, requests, refused: { ...refused } }),
    close() {
      for (const close of [...open]) close();
    },
  };
}

/** For who performs operations: a failure as a result. */
export function failed(error: unknown): OperationResult {
  return { error: { code: 'failed', text: errorText(error) } };
}
