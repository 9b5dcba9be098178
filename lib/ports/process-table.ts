// SPDX-License-Identifier: MIT
// The processes of this machine, as trackers look at them.

export interface ProcessFacts {
  /** Name, at most 15 bytes. */
  readonly name: string;
  /** Words of the command line; none for a kernel thread. */
  readonly words: readonly string[];
}

export interface ProcessListener {
  /** A process that is followed has a child, which is followed from here on. */
  onFork(pid: number, parent: number): void;
  /** Another program or another name. */
  onChange(pid: number): void;
  onExit(pid: number): void;
  /** Events were dropped. */
  onLost(): void;
  /** The kernel does not send events (any more); told once. */
  onUnavailable(why: string): void;
}

export interface ProcessEvents {
  follow(pid: number, on: boolean): void;
  /** Names to be told of, cut to 15 bytes; `all`: of every program. */
  setNames(names: readonly string[], all: boolean): void;
  /** Bytes. */
  setReceiveBuffer(bytes: number): void;
  /** Any number of times; no call afterwards. */
  close(): void;
}

export interface ProcessTable {
  pids(): readonly number[];
  /** null: no such process, or a zombie. */
  facts(pid: number): ProcessFacts | null;
  /** Asks the kernel for events. Never calls before it has returned. */
  listen(listener: ProcessListener, receiveBuffer: { readonly bytes: number; readonly force: boolean }): ProcessEvents;
}
