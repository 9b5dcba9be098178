// SPDX-License-Identifier: MIT
// Waits until a server has no active connections any more, as the kernel counts them.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlClient } from '../control/client.ts';
import { ControlError } from '../control/client.ts';

/** Between two looks; the daemon reads the kernel's table about as often. Milliseconds. */
const every = 600;
/** Looks in a row that find no connection. */
const enough = 3;

export interface WaitIdle {
  readonly pool: string;
  readonly server: string;
  readonly seconds: number;
}

/**
 * Resolves when it is idle, or is in no table. Rejects with ControlError: `failed` when it is not idle in time or the kernel's
 * table cannot be read, or what `status` rejects with.
 */
export async function untilIdle(client: Pick<ControlClient, 'status'>, { pool, server, seconds }: WaitIdle): Promise<void> {
  const until = Date.now() + seconds * 1000;
  let looks = 0;
  for (;;) {
    const look = await client.status();
    // A daemon that is busy for a moment may answer the next time.
    if (look.kind !== 'answer' && look.kind !== 'stale') throw new ControlError(look.kind, look.text);
    const found =
      look.kind === 'stale'
        ? undefined
        : look.document.checkers?.pools.find((p) => p.name === pool)?.servers.find((s) => s.name === server);
    const known = found !== undefined && found.state !== 'UNKNOWN';
    const active = known ? found.traffic?.activeConnections : undefined;
    // The last count may be from before it was drained.
    looks = known && (!found.inTable || (active === 0 && found.weight === 0)) ? looks + 1 : 0;
    if (looks === enough) return;
    if (Date.now() >= until) {
      const text =
        active === undefined
          ? `the connections of ${server} are not known: the daemon or its checker process does not answer, or the kernel's table cannot be read`
          : `${active} connections of ${server} are still active after ${seconds} s; it stays drained`;
      throw new ControlError('failed', text);
    }
    await sleep(every);
  }
}
