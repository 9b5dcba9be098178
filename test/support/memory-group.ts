// SPDX-License-Identifier: MIT
// A memory cgroup, version 1 or 2, for what is to run out of memory: cgroups(7).

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MemoryGroup {
  /** What this process takes from now on counts. */
  add(pid: number): void;
  /** Its processes go back to where they can have all there is. How many the kernel has killed. May be called again. */
  end(): number;
}

/** Allows `bytes`; null where none can be made: no such controller, or not for us. */
export function memoryGroup(name: string, bytes: number): MemoryGroup | null {
  for (const { root, limit, events } of [
    { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', events: 'memory.oom_control' },
    { root: '/sys/fs/cgroup', limit: 'memory.max', events: 'memory.events' },
  ]) {
    const folder = join(root, name);
    try {
      if (!existsSync(join(root, 'cgroup.procs'))) continue;
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, limit), String(bytes));
      return groupIn(root, folder, events);
    } catch {
      remove(folder);
    }
  }
  return null;
}

function groupIn(root: string, folder: string, events: string): MemoryGroup {
  return {
    add(pid) {
      try {
        writeFileSync(join(folder, 'cgroup.procs'), String(pid));
      } catch {
        // It has ended meanwhile.
      }
    },
    end() {
      try {
        const killed = Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(folder, events), 'utf8'))?.[1] ?? 0);
        for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
          try {
            writeFileSync(join(root, 'cgroup.procs'), pid);
          } catch {
            // It has ended meanwhile.
          }
        }
        remove(folder);
        return killed;
      } catch {
        return 0;
      }
    },
  };
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Never made, or a dying process is still in it: the next run of this name uses it.
  }
}
