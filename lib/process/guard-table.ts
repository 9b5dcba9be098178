// SPDX-License-Identifier: MIT
// The parent's look at the guard table of a child: native/engine/guard.h says what the bytes are.

import { closeSync, readSync } from 'node:fs';
import { type Micros, micros } from '../base/time.ts';

/** What the engine noted of a router. */
export interface LastSent {
  /** When its last advert left. */
  readonly at: Micros;
  /** Period of its adverts; 0: it did not advertise. */
  readonly every: Micros;
  readonly ahSequence: number;
}

export interface Heartbeat {
  readonly at: Micros;
  /** It is awake at least this often. */
  readonly period: Micros;
}

export interface GuardTable {
  /** To be handed to the child; -1: there is none. */
  readonly fd: number;
  read(key: number): LastSent;
  /** When the engine thread was last awake; null: no engine has begun. */
  heartbeat(): Heartbeat | null;
  close(): void;
}

const slotBytes = 16;
const heartbeatKey = 0;
const heartbeatPeriod = micros(100_000);

/** `create` may throw: then nothing is known of any router. */
export function createGuardTable(create: () => number): GuardTable {
  const fd = tried(create);
  let open = fd >= 0;
  const read = (key: number): LastSent => {
    const bytes = new ArrayBuffer(slotBytes);
    if (open) readSync(fd, new Uint8Array(bytes), 0, slotBytes, key * slotBytes);
    const [, , every = 0, ahSequence = 0] = new Uint32Array(bytes);
    return { at: micros(Number(new BigInt64Array(bytes)[0])), every: micros(every), ahSequence };
  };
  return {
    fd,
    read,
    heartbeat() {
      const { at } = read(heartbeatKey);
      return at === 0 ? null : { at, period: heartbeatPeriod };
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function tried(create: () => number): number {
  try {
    return create();
  } catch {
    return -1;
  }
}
