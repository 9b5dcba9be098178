// SPDX-License-Identifier: MIT
// Lines into one FIFO, never waiting for its reader: what the pipe does not take is kept, up to a limit, and tried again.
// The oldest kept lines go first, so that the last line a slow reader gets is the present state.

import { milliseconds } from '../base/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { OpenFifo } from '../ports/fifos.ts';
import type { Log } from '../ports/log.ts';

/** Lines kept beside the 64 KiB of the pipe: a reload of 255 instances, three times over. */
export const keptLines = 1000;
const retryEvery = milliseconds(50);

export interface FifoWriter {
  /** With its newline. */
  write(line: string): void;
  /** Lines given up since open. */
  lost(): number;
  /** Any number of times. */
  close(): void;
}

/** `label` as in the log: `vrrp notify fifo`. */
export function createFifoWriter(fifo: OpenFifo, label: string, clock: Clock, log: Log): FifoWriter {
  const encoder = new TextEncoder();
  let waiting: Uint8Array[] = [];
  /** The first one waiting has left in part: it must not be dropped. */
  let begun = false;
  let lost = 0;
  /** Already told for this time of fullness. */
  let told = 0;
  let cancel = () => {};
  let open = true;

  const giveUp = (count: number, text: string) => {
    lost += count;
    log.info(text);
  };

  const flush = () => {
    for (let bytes = waiting[0]; bytes !== undefined; bytes = waiting[0]) {
      let taken: number;
      try {
        taken = fifo.write(bytes);
      } catch (error) {
        giveUp(waiting.length, `${label} write error: ${error instanceof Error ? error.message : error}`);
        waiting = [];
        begun = false;
        return;
      }
      if (taken < bytes.length) {
        begun ||= taken > 0;
        waiting[0] = bytes.subarray(taken);
        cancel();
        cancel = clock.after(retryEvery, flush);
        return;
      }
      waiting.shift();
      begun = false;
    }
    if (told < lost) log.info(`${label}: read again, ${lost - told} lines were lost`);
    told = lost;
  };

  return {
    write(line) {
      if (!open) return;
      waiting.push(encoder.encode(line));
      if (waiting.length === 1) return flush();
      if (waiting.length <= keptLines) return;
      if (lost === told) log.info(`${label} is full and nobody reads it - dropping the oldest lines`);
      waiting.splice(begun ? 1 : 0, 1);
      lost++;
    },
    lost: () => lost,
    close() {
      if (!open) return;
      open = false;
      cancel();
      flush();
      cancel();
      if (waiting.length > 0) giveUp(waiting.length, `${label}: closed with ${waiting.length} lines that nobody read`);
      waiting = [];
      fifo.close();
    },
  };
}
