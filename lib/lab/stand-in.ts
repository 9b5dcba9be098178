// SPDX-License-Identifier: MIT
// A process that only has to be there under some name: what `killall -0 haproxy` looks for.

import type { ChildProcess } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './host.ts';
import { processTree } from './host.ts';

export interface StandIn {
  end(): void;
}

/** Starts a process of that name on a host. `directory` keeps the link through which it gets its name. */
export function startStandIn(host: Host, name: string, directory: string): StandIn {
  const link = join(directory, name);
  if (!existsSync(link)) symlinkSync('/bin/sleep', link);
  const child: ChildProcess = host.spawn([link, 'infinity'], { stdio: 'ignore', detached: true });
  return {
    end: () => {
      const [, inner] = processTree(child.pid ?? 0);
      if (inner !== undefined) process.kill(inner, 'SIGKILL');
    },
  };
}
