// SPDX-License-Identifier: MIT
// A connection to a D-Bus message bus. Values are as the D-Bus specification shapes them in JavaScript: a structure or array is
// an array, a dictionary an array of pairs, a variant a pair of signature and value.

export interface BusCall {
  readonly path: string;
  /** '' when the caller named none. */
  readonly interface: string;
  readonly member: string;
  /** Of `body`; '' without arguments. */
  readonly signature: string;
  readonly body: readonly unknown[];
}

export type BusReply =
  | { readonly kind: 'return'; readonly signature: string; readonly body: readonly unknown[] }
  | { readonly kind: 'error'; readonly name: string; readonly text: string };

export interface BusSignal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly unknown[];
}

export interface BusEvents {
  /** The name is ours; each time the connection stands anew. */
  onName(): void;
  /** Somebody else has it, or may not be given to us; or the connection is gone (it comes back by itself). */
  onLost(reason: string): void;
  /** Never throws. */
  onCall(call: BusCall): BusReply;
}

export interface Bus {
  /** Lost while there is no connection. */
  signal(signal: BusSignal): void;
  /** What was sent still leaves. Any number of times. */
  close(): Promise<void>;
}

export interface Buses {
  /** The system bus; asks for `name`. */
  own(name: string, events: BusEvents): Promise<Bus>;
}
