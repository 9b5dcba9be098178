// SPDX-License-Identifier: MIT
// Watching: does an Active router advertise less evenly while it is scraped at 50 Hz, watched, and shown on the status page?
//
// One daemon, 20 virtual routers with adverts every 100 ms; slices take turns, so that what else the machine does falls on all alike:
// nobody looks; somebody looks; somebody looks at another daemon as much, which costs the machine the same and the first one nothing.
// The same reading of gaps as the jitter bench, pooled over all slices of a kind.

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createControlClient } from '../lib/control/client.ts';
import type { Host } from '../lib/lab/host.ts';
import { socketBeside } from '../lib/process/places.ts';
import { until } from '../test/support/until.ts';
import { candidates } from './candidates.ts';
import { burst, bursts } from './configuration.ts';
import { readGaps } from './jitter.ts';
import type { Sighting } from './observer.ts';
import { ifname, onStage, virtualAddress } from './stage.ts';
import { quantile } from './statistics.ts';

const instances = 20;
const interval = 0.1;
const port = 18_112;
/** Between the coming of those who look and the slice, milliseconds. */
const settling = 500;
/** Looks a second. */
const scrapes = 50;

const kinds = ['alone', 'watched', 'elsewhere'] as const;
type Kind = (typeof kinds)[number];

const usage = 'usage: npm run bench -- watching [--slices N (8)] [--seconds S (8)]';

/** Throws Error with a sentence for the operator. */
export async function watchingBench(words: readonly string[]): Promise<void> {
  const slices = numberOf(words, '--slices', 8);
  const seconds = numberOf(words, '--seconds', 8);
  const [own] = candidates();
  if (own === undefined) throw new Error('ka-ts is not built');
  const gaps: Record<Kind, number[]> = { alone: [], watched: [], elsewhere: [] };
  let looks = 0;
  let events = 0;
  await onStage(['active', 'other'], async (stage) => {
    const { observer } = stage;
    const daemon = stage.start('active', own, configuration(0));
    const other = stage.start('other', own, configuration(instances));
    const vips = Array.from({ length: instances }, (_, i) => virtualAddress(i));
    const announced = (vip: string) => observer.seen.filter((s) => s.kind === 'garp' && s.address === vip).length;
    await until(
      'every virtual router is Active and has announced its address',
      () => vips.every((vip) => announced(vip) >= burst * bursts),
      {
        within: 30_000,
        every: 100,
      },
    );
    for (let n = 0; n < 3 * slices; n++) {
      // A B C C B A: a slow drift of the machine is nobody's.
      const kind = kinds[n % 6 < 3 ? n % 3 : 2 - (n % 3)] ?? 'alone';
      const watched = kind === 'watched' ? daemon : other;
      const end =
        kind === 'alone' ? null : await watchers(stage.host(kind === 'watched' ? 'active' : 'other'), socketBeside(watched.pidFile));
      await sleep(settling);
      const begin = observer.seen.at(-1)?.at ?? 0;
      await sleep(seconds * 1000);
      const sample = readGaps(mine(observer.seen), instances, interval, begin, begin + seconds * 1e6);
      const seen = end ? await end() : null;
      looks += seen?.looks ?? 0;
      events += seen?.events ?? 0;
      gaps[kind].push(...(sample.gaps ?? []));
    }
  });
  const total = 2 * slices * (seconds + settling / 1000);
  console.log(
    `watching: ${instances} virtual routers, adverts every ${interval * 1000} ms, ${slices} slices of ${seconds} s each way, in turns; ${(looks / total).toFixed(0)} looks and ${(events / total).toFixed(1)} lines of watch and page a second`,
  );
  console.log('gap beyond the interval, ms          alone    watched  another is');
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
    ['p99.9', 0.999],
    ['longest', 1],
  ] as const)
    console.log(`  ${name.padEnd(30)} ${kinds.map((kind) => quantile(gaps[kind], share).toFixed(3).padStart(9)).join('  ')}`);
  console.log(`  gaps measured                  ${kinds.map((kind) => String(gaps[kind].length).padStart(9)).join('  ')}`);
}

/** Who looks: a scraper, `watch`, and a page that is open. The function ends them, and tells what they have seen. */
async function watchers(host: Host, socket: string): Promise<() => Promise<{ looks: number; events: number }>> {
  let [looks, events, over] = [0, 0, false];
  const scraper = createControlClient(socket, 5000);
  const timer = setInterval(() => void scraper.status().then((look) => (looks += look.kind === 'answer' ? 1 : 0)), 1000 / scrapes);
  const watcher = createControlClient(socket, 5000);
  const stop = watcher.watch({
    since: 0,
    beatSeconds: 0.1,
    onEvent: () => events++,
    onBeat: () => events++,
    onEnd: (error) => {
      if (!over) console.error(`watch ended: ${error.message}`);
    },
  });
  const script = `require('node:http').get('http://127.0.0.1:${port}/events', (r) => r.on('data', () => process.stdout.write('.')))`;
  const page = spawn('ip', ['netns', 'exec', host.netns, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  page.stdout.on('data', (dots: Buffer) => {
    events += dots.length;
  });
  const before = events;
  await until('the page is open', () => events > before, { within: 10_000 });
  return async () => {
    over = true;
    clearInterval(timer);
    stop();
    page.kill('SIGKILL');
    scraper.close();
    watcher.close();
    return { looks, events };
  };
}

const mine = (seen: readonly Sighting[]) => seen.filter((s) => s.kind !== 'advert' || s.vrid <= instances);

/** Virtual routers from this number on. */
function configuration(from: number): string {
  const one = (_: unknown, i: number) => `vrrp_instance VI_${from + i + 1} {
  state MASTER
  interface ${ifname}
  version 3
  virtual_router_id ${from + i + 1}
  priority 100
  advert_int ${interval}
  garp_master_delay 1
  virtual_ipaddress {
    ${virtualAddress(from + i)}
  }
}
`;
  return `global_defs {\n  ka_ts {\n    http 127.0.0.1 ${port}\n  }\n}\n${Array.from({ length: instances }, one).join('')}`;
}

function numberOf(words: readonly string[], option: string, usual: number): number {
  const at = words.indexOf(option);
  if (at < 0) return usual;
  const value = Number(words[at + 1]);
  if (!Number.isInteger(value) || value < 1 || value > 1000) throw new Error(usage);
  return value;
}
