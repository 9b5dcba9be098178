// SPDX-License-Identifier: MIT
// Networks for tests: the lab's own namespaces, destroyed at the end of the mocha suite that asked for them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNetwork, type HostSpec, type Network, sweepDeadRuns } from '../../lib/lab/network.ts';

export interface TestNetwork extends Network {
  /** For configurations, pid files and captures; removed with the network, unless KA_KEEP_FILES is set. */
  readonly directory: string;
}

let swept: Promise<unknown> | undefined;
const folders = new Set<string>();

function removeFolder(folder: string): void {
  folders.delete(folder);
  if (process.env.KA_KEEP_FILES === undefined) rmSync(folder, { recursive: true, force: true });
}

// A hook that ran into its limit never comes to destroy().
process.once('exit', () => {
  for (const folder of folders) removeFolder(folder);
});

export async function createTestNetwork(hosts: readonly HostSpec[]): Promise<TestNetwork> {
  swept ??= sweepDeadRuns();
  await swept;
  const directory = mkdtempSync(join(tmpdir(), `ka-test-${process.pid}-`));
  folders.add(directory);
  const network = await createNetwork(hosts);
  return {
    ...network,
    directory,
    destroy: async () => {
      await network.destroy();
      removeFolder(directory);
    },
  };
}
