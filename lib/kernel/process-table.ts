// SPDX-License-Identifier: MIT
// The process table over /proc and the addon's process events.

import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { errorCode } from '../base/errors.ts';
import { milliseconds } from '../base/time.ts';
import type { NativeAddon, ProcessWatcher } from '../native/surface.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessEvents, ProcessFacts, ProcessTable } from '../ports/process-table.ts';

/** The kernel answers at once or not at all (reference/notifications.md section 8). */
const PATIENCE = milliseconds(100);
/** Of a command line; the kernel allows megabytes. */
const LINE_LIMIT = 65_536;

/** `root`: where proc is mounted. */
export function createProcessTable(native: Pick<NativeAddon, 'watchProcesses'>, clock: Clock, root = '/proc'): ProcessTable {
  return {
    pids: () => readdirSync(root).flatMap((name) => (/^[1-9][0-9]*$/.test(name) ? [Number(name)] : [])),
    facts: (pid) => factsOf(`${root}/${pid}`),
    listen(listener, { bytes, force }) {
      let watcher: ProcessWatcher | null = null;
      let closed = false;
      const close = () => {
        closed = true;
        cancel();
        watcher?.close();
        watcher = null;
      };
      const unavailable = (why: string) => {
        if (closed) return;
        close();
        listener.onUnavailable(why);
      };
      let cancel = clock.after(PATIENCE, () => unavailable('no answer to the wish to listen'));
      try {
        watcher = native.watchProcesses({ receiveBuffer: bytes, force }, (events) => {
          for (const { kind, pid, parent, errno } of events) {
            if (closed) return;
            if (kind === 'acknowledged') {
              cancel();
              if (errno !== 0) unavailable(`errno ${errno}`);
            } else if (kind === 'forked') listener.onFork(pid, parent);
            else if (kind === 'changed') listener.onChange(pid);
            else if (kind === 'exited') listener.onExit(pid);
            else listener.onLost();
          }
        });
      } catch (error) {
        cancel();
        const why = errorCode(error);
        cancel = clock.after(milliseconds(1), () => unavailable(why));
      }
      const events: ProcessEvents = {
        follow: (pid, on) => watcher?.follow(pid, on),
        setNames: (names, all) => watcher?.setNames(names, all),
        setReceiveBuffer: (size) => watcher?.setReceiveBuffer(size, force),
        close,
      };
      return events;
    },
  };
}

function factsOf(directory: string): ProcessFacts | null {
  try {
    // pid (name) state …: the name may hold anything, brackets too.
    const stat = readFileSync(`${directory}/stat`, 'latin1');
    const end = stat.lastIndexOf(')');
    if ('ZXx'.includes(stat[end + 2] ?? 'X')) return null;
    const name = Buffer.from(stat.slice(stat.indexOf('(') + 1, end), 'latin1').toString('utf8');
    return { name, words: words(`${directory}/cmdline`) };
  } catch {
    return null;
  }
}

function words(path: string): string[] {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LINE_LIMIT);
    let size = 0;
    for (let more = 1; more > 0 && size < LINE_LIMIT; size += more) more = readSync(fd, bytes, size, LINE_LIMIT - size, null);
    const text = bytes.toString('utf8', 0, size);
    if (text === '') return [];
    return (text.endsWith('\0') ? text.slice(0, -1) : text).split('\0');
  } finally {
    closeSync(fd);
  }
}
