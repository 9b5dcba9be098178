// SPDX-License-Identifier: MIT
// Telling systemd how the daemon is doing (reference/cli-and-process.md section 9). Only when systemd itself started us:
// a NOTIFY_SOCKET inherited through some other program is not ours to answer.

import { readFileSync } from 'node:fs';
import { type Micros, micros } from '../base/time.ts';
import type { NativeAddon } from '../native/surface.ts';

export interface ServiceManager {
  ready(): void;
  reloading(): void;
  stopping(): void;
  /** Still alive. */
  alive(): void;
  /** Before ending with an error; errno number. */
  failed(errno: number): void;
}

/** `socket`: null for none. */
export function createServiceManager(native: Pick<NativeAddon, 'sendNotify'>, socket: string | null = systemdSocket()): ServiceManager {
  const send = (text: string) => {
    if (socket === null) return;
    try {
      native.sendNotify(socket, text);
    } catch {
      // A manager that does not listen is no reason to stop serving.
    }
  };
  return {
    ready: () => send(`READY=1\nMAINPID=${process.pid}`),
    // The time lets a unit of Type=notify-reload tell this reload from an earlier one.
    reloading: () => send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => send('STOPPING=1'),
    alive: () => send('WATCHDOG=1'),
    failed: (errno) => send(`ERRNO=${errno}`),
  };
}

/** How often WATCHDOG=1 is due, half of what the unit allows, in µs; null: the unit has no WatchdogSec, or means another process. */
export function watchdogPeriod(environment: NodeJS.ProcessEnv): Micros | null {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(process.pid)) return null;
  const limit = Number(WATCHDOG_USEC);
  return Number.isSafeInteger(limit) && limit >= 2 ? micros(Math.floor(limit / 2)) : null;
}

function systemdSocket(): string | null {
  const socket = process.env.NOTIFY_SOCKET;
  if (!socket || process.ppid !== 1) return null;
  try {
    return readFileSync('/proc/1/stat', 'utf8').startsWith('1 (systemd) ') ? socket : null;
  } catch {
    return null;
  }
}
