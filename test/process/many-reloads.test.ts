// Reloads of a full house: 255 virtual routers at ten adverts a second, one of them coming and going. The judge is tcpdump with
// the kernel's time stamps.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { until } from '../support/until.ts';
import { oneHostSuite, start } from './support.ts';

/** KA_RELOADS=200 for the whole proof. */
const reloads = Number(process.env.KA_RELOADS ?? 8);
const interval = 0.1;

describe(`${reloads} reloads of 255 virtual routers`, () => {
  const stage = oneHostSuite();

  const router = (vrid: number) =>
    `vrrp_instance V${vrid} {\n state MASTER\n interface eth0\n virtual_router_id ${vrid}\n version 3\n priority 255\n advert_int ${interval}\n virtual_ipaddress {\n  198.51.100.${vrid}\n }\n}\n`;
  const configuration = (count: number) => Array.from({ length: count }, (_, i) => router(i + 1)).join('');
  const descriptors = (pid: number) => stage.host.run(['sh', '-c', `ls /proc/${pid}/fd | wc -l`]).then(({ stdout }) => Number(stdout));
  /** KiB */
  const resident = (pid: number) => stage.host.run(['ps', '-o', 'rss=', '-p', String(pid)]).then(({ stdout }) => Number(stdout));

  it('lose no advert of the others, and no descriptor', async () => {
    const d = start(stage.host, stage.network.directory, configuration(255));
    stage.daemon = d;
    await d.logged(/^Startup complete$/);
    await until('all are masters', () => d.lines.filter((line) => line.endsWith('Entering MASTER STATE')).length === 255, {
      within: 30_000,
    });
    const reload = async (count: number) => {
      writeFileSync(d.file, configuration(count), { mode: 0o644 });
      const from = d.lines.length;
      d.signal('SIGHUP');
      await d.logged(/^Reload complete$/, { from, within: 30_000 });
    };
    await reload(254);
    await reload(255);
    const pid = await d.vrrpPid();
    const before = await descriptors(pid);
    const memory = await resident(pid);

    const [program = '', ...words] = stage.host.command(['tcpdump', '-i', 'eth0', '-n', '-tt', '-l', '-B', '8192', 'ip proto 112']);
    const capture = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    const last = new Map<number, number>();
    let worst = 0;
    let heard = 0;
    createInterface({ input: capture.stdout }).on('line', (line) => {
      const found = /^(\d+\.\d+) .* vrid (\d+)/.exec(line);
      if (!found) return;
      const [at, vrid] = [Number(found[1]), Number(found[2])];
      heard++;
      const previous = last.get(vrid);
      last.set(vrid, at);
      if (previous !== undefined && vrid !== 255) worst = Math.max(worst, at - previous);
    });
    await until('adverts of all', () => last.size === 255);
    for (let i = 0; i < reloads; i++) await reload(i % 2 === 0 ? 254 : 255);
    const seen = heard;
    await until('the capture has caught up', () => heard > seen + 2000);
    capture.kill('SIGTERM');
    await once(capture, 'exit');

    assert.ok(worst > 0.9 * interval, 'nothing was measured');
    assert.ok(worst < 1.5 * interval, `an advert was ${worst.toFixed(3)} s after the one before`);
    assert.equal(await descriptors(pid), before);
    // V8's heap swings by some 50 MiB; a leak of 255 routers for each of 200 reloads would be far beyond it.
    const grown = (await resident(pid)) - memory;
    assert.ok(grown < 80_000, `resident memory grew by ${grown} KiB`);
    assert.equal(await d.vrrpPid(), pid);
    assert.equal(d.lines.filter((line) => /Entering (BACKUP|FAULT) STATE/.test(line) && !line.startsWith('(V255)')).length, 0);
  });
}).timeout(reloads * 4_000 + 60_000);
