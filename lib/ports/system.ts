// What the operating system tells and does for the process itself.

import type { Result } from '../base/result.ts';
import type { Identity } from './processes.ts';

export interface System {
  /** Node name, as uname -n. */
  hostName(): string;
  /** uname: system, release, version. */
  kernel(): { readonly system: string; readonly release: string; readonly version: string };
  /** Own effective uid and gid. */
  identity(): Identity;
  /** User (name or number) and group (name, number or null: the user's primary one) → ids; the error is a sentence for the log. */
  lookupIdentity(user: string, group: string | null): Result<Identity, string>;
  /** User and system time in seconds. */
  cpuUsage(): { readonly user: number; readonly system: number };
  /** comm of the process, at most 15 characters are kept. */
  setProcessName(name: string): void;
  /** Signal this process gets when the one that started it dies. */
  setParentDeathSignal(signal: 'SIGTERM' | 'SIGKILL' | null): void;
}
