// SPDX-License-Identifier: MIT
// Collecting what scripts leave behind. The parent is the reaper of its descendants (and process 1 in a container), so
// programs that forked away from a script become its children, which libuv does not know and never waits for.

import { readdirSync, readFileSync } from 'node:fs';
import { milliseconds } from '../base/time.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Clock } from '../ports/clock.ts';

/** Time for libuv to collect its own: a zombie that outlives it is nobody's. */
const patience = milliseconds(500);

export interface OrphanContext {
  readonly native: Pick<NativeAddon, 'setChildSubreaper' | 'reapChild'>;
  readonly clock: Clock;
  /** Our children that have ended and were not collected. */
  readonly zombies?: () => readonly number[];
}

/** For the life of the process. The function it returns is to be called when a child has ended (SIGCHLD). */
export function adoptOrphans({ native, clock, zombies = ownZombies }: OrphanContext): () => void {
  native.setChildSubreaper(true);
  let armed = false;
  let seen: ReadonlySet<number> = new Set();
  const look = () => {
    armed = false;
    const now = zombies();
    // Twice in a row, with turns of the event loop between: libuv has had its chance, so its exit statuses are not stolen.
    const rest = now.filter((pid) => !(seen.has(pid) && native.reapChild(pid)));
    seen = new Set(rest);
    if (rest.length > 0) arm();
  };
  const arm = () => {
    if (armed) return;
    armed = true;
    clock.after(patience, look);
  };
  return arm;
}

/** proc(5): children of each thread; their state is the first field after the name. */
function ownZombies(): number[] {
  try {
    return readdirSync('/proc/self/task')
      .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
      .map(Number)
      .filter((pid) => pid > 0 && isZombie(pid));
  } catch {
    return childrenByScan();
  }
}

/** For kernels without CONFIG_PROC_CHILDREN. */
function childrenByScan(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && statOf(pid)?.[1] === String(process.pid) && isZombie(pid));
  } catch {
    return [];
  }
}

function isZombie(pid: number): boolean {
  return statOf(pid)?.[0] === 'Z';
}

/** State, parent and so on. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
