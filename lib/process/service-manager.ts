// Telling systemd how the daemon is doing (reference/cli-and-process.md section 9). Only when systemd itself started us:
// a NOTIFY_SOCKET inherited through some other program is not ours to answer.

import { readFileSync } from 'node:fs';
import type { NativeAddon } from '../native/surface.ts';

export interface ServiceManager {
  ready(): void;
  reloading(): void;
  stopping(): void;
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
    reloading: () => send('RELOADING=1'),
    stopping: () => send('STOPPING=1'),
    failed: (errno) => send(`ERRNO=${errno}`),
  };
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
