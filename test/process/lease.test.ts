import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Host } from '../../lib/lab/host.ts';
import type { TestNetwork } from '../support/namespaces.ts';
import { instance, oneHost, type Running, requireBuild, startIn } from './support.ts';

/** Loaded into every process of the daemon: the VRRP child blocks its loop for as long as a file exists. */
const blocker = (file: string) => `
import { existsSync } from 'node:fs';
if (process.env.KA_TS_ROLE === 'vrrp') setInterval(() => { while (existsSync(${JSON.stringify(file)})); }, 20).unref();
`;

describe('the lease', () => {
  let network: TestNetwork;
  let host: Host;
  let daemon: Running | undefined;
  before(async () => {
    requireBuild();
    ({ network, host } = await oneHost());
  });
  after(async () => {
    await daemon?.stop();
    await network?.destroy();
  });

  it('lost by a hung event loop makes the parent replace the process', async () => {
    const block = join(network.directory, 'block');
    const module = join(network.directory, 'blocker.mjs');
    writeFileSync(module, blocker(block));
    daemon = startIn(
      { NODE_OPTIONS: `--import=${pathToFileURL(module)}` },
      host,
      network.directory,
      `global_defs {\n  ka_ts {\n    lease 1\n  }\n}\n${instance()}`,
    );
    await daemon.logged(/Entering MASTER STATE/);
    const pid = await daemon.vrrpPid();
    const from = daemon.lines.length;
    writeFileSync(block, '');
    await daemon.logged(new RegExp(`^VRRP child process\\(${pid}\\) did not run for too long and has lost its lease - killing it$`), {
      from,
    });
    rmSync(block);
    assert.notEqual(await daemon.vrrpPid(pid), pid);
    await daemon.logged(/Entering MASTER STATE/, { from });
  });
}).timeout(30_000);
