// SPDX-License-Identifier: MIT
import type { ProcessListener, ProcessTable } from '../../lib/ports/process-table.ts';

export interface FakeProcessTable extends ProcessTable {
  /** pid → words of its command line; its name is the first one's, cut to 15. */
  readonly processes: Map<number, readonly string[]>;
  readonly listener: () => ProcessListener;
  readonly followed: Set<number>;
  names: { list: readonly string[]; all: boolean };
  buffers: number[];
  closed: boolean;
  /** Without an event. */
  start(pid: number, ...words: string[]): void;
}

export function createFakeProcessTable(): FakeProcessTable {
  let listener: ProcessListener | undefined;
  const table: FakeProcessTable = {
    processes: new Map(),
    followed: new Set(),
    names: { list: [], all: false },
    buffers: [],
    closed: false,
    listener: () => listener ?? raise(),
    start: (pid, ...words) => void table.processes.set(pid, words),
    pids: () => [...table.processes.keys()],
    facts(pid) {
      const words = table.processes.get(pid);
      return words ? { name: (words[0]?.split('/').at(-1) ?? '').slice(0, 15), words } : null;
    },
    listen(l, { bytes }) {
      listener = l;
      table.closed = false;
      table.buffers.push(bytes);
      return {
        follow: (pid, on) => void (on ? table.followed.add(pid) : table.followed.delete(pid)),
        setNames: (list, all) => {
          table.names = { list, all };
        },
        setReceiveBuffer: (bytes) => void table.buffers.push(bytes),
        close: () => {
          table.closed = true;
        },
      };
    },
  };
  return table;
}

function raise(): never {
  throw new Error('nobody listens');
}
