// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { instance, oneHostSuite, startIn } from './support.ts';

/** Loaded into every process of the daemon: the VRRP child blocks its loop for as long as a file exists. */
const blocker = (file: string) => `
import { existsSync } from 'node:fs';
if (process.env.KA_TS_ROLE === 'vrrp') setInterval(() => { while (existsSync(${JSON.stringify(file)})); }, 20).unref();
`;

describe('the lease', () => {
  const stage = oneHostSuite();
  it('lost by a hung event loop makes the parent replace the process', async () => {
    const block = join(stage.network.directory, 'block');
    const module = join(stage.network.directory, 'blocker.mjs');
    writeFileSync(module, blocker(block));
    stage.daemon = startIn(
      { NODE_OPTIONS: `--import=${pathToFileURL(module)}` },
      stage.host,
      stage.network.directory,
      `global_defs {\n  ka_ts {\n    lease 1\n  }\n}\n${instance()}`,
    );
    await stage.daemon.logged(/Entering MASTER STATE/);
    const pid = await stage.daemon.vrrpPid();
    const from = stage.daemon.lines.length;
    writeFileSync(block, '');
    await stage.daemon.logged(new RegExp(`^VRRP child process\\(${pid}\\) did not run for too long and has lost its lease - killing it$`), {
      from,
    });
    rmSync(block);
    assert.notEqual(await stage.daemon.vrrpPid(pid), pid);
    await stage.daemon.logged(/Entering MASTER STATE/, { from });
  });
}).timeout(30_000);
