// SPDX-License-Identifier: MIT
// Connections of the control socket, as its server sees them.

/** Who opened a connection. */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly groups: readonly number[];
}

export interface ConnectionEvents {
  onText(text: string): void;
  /** The peer says no more; it may still read. */
  onEnd(): void;
  /** Nothing follows. */
  onClose(): void;
}

export interface Connection {
  listen(events: ConnectionEvents): void;
  write(text: string): void;
  /** Bytes that the peer has not taken. */
  waiting(): number;
  /** Calls once, when nothing waits any more; never after the connection was closed. */
  whenTaken(done: () => void): void;
  /** No onText until resume(), but for what is under way. */
  pause(): void;
  resume(): void;
  /** After what was written. */
  end(): void;
  destroy(): void;
}

/** Where the control socket lies and who may use it. */
export interface ControlPlace {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** null: that of the daemon. */
  readonly gid: number | null;
}

export interface ControlListener {
  /** Removes the file. Any number of times. */
  close(): void;
}

export interface ControlSockets {
  /**
   * Calls back once: it listens, or why not. The file of a dead daemon is replaced; that of a living one, or what is no
   * socket, is left alone and an error.
   */
  listen(place: ControlPlace, onConnection: (connection: Connection, peer: Peer | null) => void, done: (opened: Opened) => void): void;
}

export type Opened = { readonly listener: ControlListener } | { readonly error: string };
