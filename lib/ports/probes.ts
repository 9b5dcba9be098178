// SPDX-License-Identifier: MIT
// Sockets of checks, and what a check is to those who run it.

import type { CheckTarget } from '../config/model-lvs.ts';
import type { Cancel } from './clock.ts';

/** Of a way to a target: told once. `local`: something on this side, nothing that says anything of the target. */
export interface ProbeError {
  readonly kind: 'refused' | 'unreachable' | 'timeout' | 'local' | 'tls' | 'broken';
  /** errno name or the like. */
  readonly code: string;
}

export interface ProbeStream {
  write(text: string | Uint8Array): void;
  /** Ends it, told to nobody afterwards. `politely`: with TLS, close_notify goes out first. Any number of times. */
  close(politely?: boolean): void;
}

export interface StreamListener {
  onOpen(): void;
  onData(bytes: Uint8Array): void;
  /** The other side has ended it. */
  onEnd(): void;
  /** Instead of onOpen(), or of onEnd(). */
  onError(error: ProbeError): void;
}

export interface ProbeDatagrams {
  /** null: it is out; else the error, which is final. */
  send(bytes: Uint8Array): ProbeError | null;
  close(): void;
}

export interface TlsWish {
  /** null: none is sent. */
  readonly serverName: string | null;
}

/** No call of a listener before the function has returned. Every socket is closed by whoever asked for it. */
export interface ProbeSockets {
  /** Connects and closes at once; null: it worked. */
  knock(target: CheckTarget, done: (error: ProbeError | null) => void): Cancel;
  open(target: CheckTarget, tls: TlsWish | null, listener: StreamListener): ProbeStream;
  /** onError is called once and last. */
  datagrams(
    kind: 'udp' | 'echo',
    target: CheckTarget,
    listener: { onData(bytes: Uint8Array): void; onError(error: ProbeError): void },
  ): ProbeDatagrams;
}
