// SPDX-License-Identifier: MIT
// A client of the control socket, for the command line, for metrics and for the status page. It keeps one connection, opens it
// anew when it was lost, and never takes silence for an answer: a daemon that was stopped answers nothing, and that is told as
// stale within two beats of the socket.

import { connect, type Socket } from 'node:net';
import { errorCode, errorText } from '../base/errors.ts';
import type { ControlEvent, Heartbeat, StatusDocument } from './document.ts';
import { longestRequest, protocolVersion, type Reply, readReply } from './protocol.ts';

/** The socket answers within one beat of 200 ms if anything lives; after two it is stale. Milliseconds. */
export const patience = 400;
/** A status of some thousand instances has some megabytes; more is no answer. */
const longestAnswer = 64 * 2 ** 20;

/** What came of asking. */
export type Look =
  | { readonly kind: 'answer'; readonly document: StatusDocument }
  /** Somebody listens and does not answer: nothing is known of the present. */
  | { readonly kind: 'stale'; readonly text: string }
  /** Nobody listens: the daemon does not run. */
  | { readonly kind: 'dead'; readonly text: string }
  /** We may not ask, or the answer makes no sense. */
  | { readonly kind: 'refused'; readonly text: string };

/** A failed request. `code`: of the protocol, or `dead`, `stale`, `denied`. */
export class ControlError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ControlError';
    this.code = code;
  }
}

/** Each second, and at once: how the engine is. */
export interface Beat {
  readonly kind: 'beat';
  readonly at: number;
  readonly heartbeat: Heartbeat | null;
}

export interface ControlClient {
  /** The document, or why there is none; never rejects. */
  status(): Promise<Look>;
  /** One request. Rejects with ControlError. `limit`: milliseconds until the answer. */
  request(name: string, args?: Readonly<Record<string, unknown>>, limit?: number): Promise<unknown>;
  /** Events as they come, on a connection of their own. `onEnd` once, with the reason, unless the returned function was called. */
  watch(options: WatchOptions): () => void;
  close(): void;
}

export interface WatchOptions {
  /** Begin after the event with this id; absent: with the next one. */
  readonly since?: number;
  /** 0.1..60 */
  readonly beatSeconds?: number;
  onEvent(event: ControlEvent): void;
  onBeat?(beat: Beat): void;
  onEnd(error: ControlError): void;
}

/** `path`: of the socket. `limit`: patience for an answer, milliseconds. */
export function createControlClient(path: string, limit: number = patience): ControlClient {
  let line: Line | null = null;
  const request = async (name: string, args?: Readonly<Record<string, unknown>>, wait: number = limit) => {
    if (line?.isOver() !== false) line = openLine(() => connect(path));
    return line.ask(name, args, wait);
  };
  return {
    request,
    status: () => look(() => request('status')),
    watch: (options) =>
      watchOn(
        openLine(() => connect(path)),
        options,
        limit,
      ),
    close() {
      line?.close();
      line = null;
    },
  };
}

/** The same on a connection that is there already, such as one that was inherited; it is not opened anew. */
export function createClientOn(socket: Socket, limit: number = patience): Pick<ControlClient, 'status' | 'request' | 'close'> {
  const line = openLine(() => socket);
  const request = (name: string, args?: Readonly<Record<string, unknown>>, wait: number = limit) => line.ask(name, args, wait);
  return { request, status: () => look(() => request('status')), close: () => line.close() };
}

async function look(ask: () => Promise<unknown>): Promise<Look> {
  try {
    const document = await ask();
    if (!isDocument(document)) return { kind: 'refused', text: 'the answer is no status document that this version can read' };
    return { kind: 'answer', document };
  } catch (error) {
    const text = errorText(error);
    const code = error instanceof ControlError ? error.code : '';
    return { kind: code === 'dead' || code === 'stale' ? code : 'refused', text };
  }
}

function isDocument(value: unknown): value is StatusDocument {
  return typeof value === 'object' && value !== null && (value as { document?: unknown }).document === 1;
}

interface Line {
  isOver(): boolean;
  ask(name: string, args: Readonly<Record<string, unknown>> | undefined, limit: number): Promise<unknown>;
  /** Of replies to a request that streams. */
  onStream(listener: (event: unknown) => void): void;
  onOver(listener: (error: ControlError) => void): void;
  close(): void;
}

interface Pending {
  readonly done: (value: unknown) => void;
  readonly fail: (error: ControlError) => void;
  readonly timer: NodeJS.Timeout;
}

function openLine(open: () => Socket): Line {
  const socket = open();
  const pending = new Map<number, Pending>();
  let stream: (event: unknown) => void = () => {};
  let whenOver: (error: ControlError) => void = () => {};
  let over: ControlError | null = null;
  let ids = 0;
  let rest: string[] = [];
  let length = 0;

  const end = (error: ControlError) => {
    if (over) return;
    over = error;
    socket.destroy();
    for (const { fail, timer } of pending.values()) {
      clearTimeout(timer);
      fail(error);
    }
    pending.clear();
    whenOver(error);
  };
  const take = (reply: Reply | null) => {
    if (reply === null)
      return end(new ControlError('bad_answer', 'the answer is no line of the control protocol: is this another program?'));
    if ('event' in reply) return stream(reply.event);
    const asked = typeof reply.id === 'number' ? pending.get(reply.id) : undefined;
    if ('error' in reply) {
      const error = new ControlError(String(reply.error.code), String(reply.error.text));
      // Without an id it is about the whole connection.
      if (!asked) return end(error);
      settle(reply.id as number, ({ fail }) => fail(error));
    } else if (asked) settle(reply.id as number, ({ done }) => done(reply.answer));
  };
  const settle = (id: number, how: (one: Pending) => void) => {
    const one = pending.get(id);
    if (!one) return;
    clearTimeout(one.timer);
    pending.delete(id);
    how(one);
  };
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const parts = text.split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const whole = rest.join('') + part;
      rest = [];
      length = 0;
      take(readReply(whole));
    }
    rest.push(last);
    length += last.length;
    if (length > longestAnswer) end(new ControlError('bad_answer', 'the answer does not end'));
  });
  socket.on('error', (error) => end(connectionError(error)));
  socket.on('close', () => end(new ControlError('dead', 'the daemon closed the connection')));

  return {
    isOver: () => over !== null,
    ask(name, args, limit) {
      if (over) return Promise.reject(over);
      const id = ++ids;
      return new Promise((done, fail) => {
        const timer = setTimeout(
          () => end(new ControlError('stale', `no answer within ${limit} ms: the daemon hangs or was stopped`)),
          limit,
        );
        pending.set(id, { done, fail, timer });
        const text = JSON.stringify({ ka: protocolVersion, id, request: name, ...(args === undefined ? {} : { args }) });
        if (text.length > longestRequest) settle(id, () => fail(new ControlError('too_long', 'the request is too long')));
        else socket.write(`${text}\n`);
      });
    },
    onStream(listener) {
      stream = listener;
    },
    onOver(listener) {
      whenOver = listener;
      if (over) listener(over);
    },
    close: () => end(new ControlError('closed', 'closed')),
  };
}

function watchOn(line: Line, options: WatchOptions, limit: number): () => void {
  let over = false;
  const { since, beatSeconds = 1 } = options;
  let timer: NodeJS.Timeout | undefined;
  const end = (error: ControlError) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    line.close();
    options.onEnd(error);
  };
  /** Beats come by themselves; when they do not, nobody is there to tell of anything. */
  const expect = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => end(new ControlError('stale', 'no sign of life: the daemon hangs or was stopped')),
      beatSeconds * 2000 + limit,
    );
  };
  line.onOver(end);
  line.onStream((event) => {
    if (over) return;
    expect();
    if ((event as { kind?: unknown }).kind === 'beat') options.onBeat?.(event as Beat);
    else options.onEvent(event as ControlEvent);
  });
  line.ask('watch', { beatSeconds, ...(since === undefined ? {} : { since }) }, limit).then(expect, end);
  return () => {
    over = true;
    clearTimeout(timer);
    line.close();
  };
}

function connectionError(error: Error): ControlError {
  const text = errorText(error);
  switch (errorCode(error)) {
    case 'ENOENT':
      return new ControlError('dead', 'no daemon runs here: there is no control socket');
    case 'ECONNREFUSED':
      return new ControlError('dead', 'the daemon is dead: nobody listens on its control socket');
    case 'EACCES':
    case 'EPERM':
      return new ControlError('denied', 'permission denied: root may ask, and the group that control_socket names');
    default:
      return new ControlError('failed', text);
  }
}
