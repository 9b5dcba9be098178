// SPDX-License-Identifier: MIT
// What the addon does for the process as a whole: its mounts, its scheduling, its limits, its lost children.

/** Microseconds of real-time work without sleep, or bytes of a core file; null: no limit. */
export interface ResourceLimit {
  readonly soft: number | null;
  readonly hard: number | null;
}

/** A script to start; all texts without zero bytes. */
export interface ProgramStart {
  /** Without a slash it is looked for in PATH; a file that is no program is run by /bin/sh. */
  readonly path: string;
  /** argv[0] and what follows. */
  readonly arguments: readonly string[];
  /** `NAME=value`, all of it. */
  readonly environment: readonly string[];
  /** Whom it runs as; its group list is then this one group. Absent: as this process. */
  readonly uid?: number;
  readonly gid?: number;
  /** Bytes, null for no limit; absent: as this process. */
  readonly softCoreLimit?: number | null;
  /**
   * Present: a process of the daemon itself. It has these as 0, 1, 2 and so on (-1: /dev/null) and no other, stays in our process
   * group and at our scheduling, and no signal comes to it when we end.
   */
  readonly descriptors?: readonly number[];
}

/** One end of a connection between two processes of the daemon. Does not keep the process alive. */
export interface Channel {
  /** Text without zero bytes. What the kernel does not take at once is kept; nothing is sent when the other end is closed. */
  send(text: string): void;
  /** Bytes that the kernel has not taken yet. */
  waiting(): number;
  /** Any number of times; closes the descriptor. */
  close(): void;
}

/** Who opened the other end of a Unix socket. */
export interface Peer {
  /** 0: in a process namespace that we do not see. */
  readonly pid: number;
  readonly uid: number;
  /** Its own first. */
  readonly groups: readonly number[];
}

export type Ending = { readonly status: number } | { readonly signal: number };

/** All throw Error{code} when the system refuses. */
export interface ProcessCalls {
  /** A mount namespace of the main thread's own, for the programs it starts too: later mounts stay inside. */
  isolateMounts(): void;
  /** `source` appears at `target` too. */
  bindMount(source: string, target: string): void;
  /** Takes away what was mounted last at `target`. */
  unmount(target: string): void;
  /** Nice value -20..19 of the whole process. */
  setNice(value: number): void;
  /** Code and static data of the program and its libraries stay in memory once they were used. What JavaScript allocates does not. */
  lockProgram(): void;
  /** Flags of V8 as on Node's command line, for what it does from here on. false: this Node has no such call. */
  setV8Flags(flags: string): boolean;
  /**
   * Pages of programs and libraries that were needed until now leave this process; what is needed again comes from the page cache.
   * Locked and changed ones stay. The size of the mappings in bytes.
   */
  giveBackProgramText(): number;
  /** What malloc has free between blocks in use leaves this process. false: there was none, or the C library cannot. */
  giveBackFreeMemory(): boolean;
  /** The processors 0..4095 that the process may run on. */
  setCpuAffinity(cpus: readonly number[]): void;
  /** SCHED_RR of the main thread, 1..99; 0: ordinary scheduling. Programs that it starts do not inherit it. */
  setRealtimePriority(priority: number): void;
  limit(resource: 'core' | 'rttime'): ResourceLimit;
  setLimit(resource: 'core' | 'rttime', limit: ResourceLimit): void;
  /** Collects one child that has ended; false when it still runs or is none of ours. */
  reapChild(pid: number): boolean;
  /**
   * The pid of a program, without `descriptors` in a process group of its own, with /dev/null as standard input, output and error, no other
   * descriptor, default signal dispositions and the scheduling this process was started with. It gets SIGTERM when we die.
   */
  startProgram(program: ProgramStart): number;
  /** How a started program ended, once; null while it runs. */
  takeEnding(pid: number): Ending | null;
  /** Two connected sockets, closed on exec. Throws Error{code}. */
  socketPair(type: 'stream' | 'datagram'): readonly [number, number];
  /**
   * Takes the descriptor over. `onLine` gets each line without its line feed, U+FFFD where it is no UTF-8; undefined, once, for one of more
   * than 2**28 bytes; null, last, when the other end is closed. `onTaken` is called when nothing waits any more. What they throw is an
   * uncaught exception, and the next line is told all the same. Throws Error{code} for what is no descriptor.
   */
  openChannel(fd: number, onLine: (line: string | undefined | null) => void, onTaken: () => void): Channel;
  /** SO_PEERCRED and SO_PEERGROUPS of a connected Unix socket: as it was when the peer connected. */
  peerOf(fd: number): Peer;
  /**
   * Puts another program in the place of this one: same pid, same children. The descriptors of `keep` stay open. Does not return
   * unless it throws.
   */
  replaceProgram(program: Pick<ProgramStart, 'path' | 'arguments' | 'environment'>, keep: readonly number[]): never;
  /** A descriptor of an empty file in memory without a name, closed on exec. */
  createMemoryFile(): number;
}
