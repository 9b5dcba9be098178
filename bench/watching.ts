// Watching: does an Active router advertise less evenly while it is scraped at 50 Hz, watched, and shown on the status page?
//
// One daemon, 20 virtual routers with adverts every 100 ms; slices with and without those who look take turns, so that what else the machine
// does falls on both alike. The same reading of gaps as the jitter bench, pooled over all slices of a kind.

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createControlClient } from '../lib/control/client.ts';
import type { Host } from '../lib/lab/host.ts';
import { socketBeside } from '../lib/process/places.ts';
import { until } from '../test/support/until.ts';
import { candidates } from './candidates.ts';
import { burst, bursts } from './configuration.ts';
import { readGaps } from './jitter.ts';
import { ifname, onStage, virtualAddress } from './stage.ts';
import { quantile } from './statistics.ts';

const instances = 20;
const interval = 0.1;
const port = 18_112;
/** Between the coming of those who look and the slice, milliseconds. */
const settling = 500;
/** Looks a second. */
const scrapes = 50;

const usage = 'usage: npm run bench -- watching [--slices N (8)] [--seconds S (8)]';

/** Throws Error with a sentence for the operator. */
export async function watchingBench(words: readonly string[]): Promise<void> {
  const slices = numberOf(words, '--slices', 8);
  const seconds = numberOf(words, '--seconds', 8);
  const [own] = candidates();
  if (own === undefined) throw new Error('ka-ts is not built');
  const gaps: Record<'alone' | 'watched', number[]> = { alone: [], watched: [] };
  let looks = 0;
  let events = 0;
  await onStage(['active'], async (stage) => {
    const { observer } = stage;
    const daemon = stage.start('active', own, configuration());
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
    for (let n = 0; n < 2 * slices; n++) {
      // A B B A: a slow drift of the machine is nobody's.
      const kind = n % 4 === 0 || n % 4 === 3 ? 'alone' : 'watched';
      const end = kind === 'watched' ? await watchers(stage.host('active'), socketBeside(daemon.pidFile)) : null;
      await sleep(settling);
      const begin = observer.seen.at(-1)?.at ?? 0;
      await sleep(seconds * 1000);
      const sample = readGaps(observer.seen, instances, interval, begin, begin + seconds * 1e6);
      const seen = end ? await end() : null;
      looks += seen?.looks ?? 0;
      events += seen?.events ?? 0;
      gaps[kind].push(...(sample.gaps ?? []));
    }
  });
  const total = slices * (seconds + settling / 1000);
  console.log(
    `watching: ${instances} virtual routers, adverts every ${interval * 1000} ms, ${slices} slices of ${seconds} s each way, in turns; ${(looks / total).toFixed(0)} looks and ${(events / total).toFixed(1)} lines of watch and page a second`,
  );
  console.log('gap beyond the interval, ms          alone    watched');
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
    ['p99.9', 0.999],
    ['longest', 1],
  ] as const)
    console.log(
      `  ${name.padEnd(30)} ${quantile(gaps.alone, share).toFixed(3).padStart(9)}  ${quantile(gaps.watched, share).toFixed(3).padStart(9)}`,
    );
  console.log(`  gaps measured                  ${String(gaps.alone.length).padStart(9)}  ${String(gaps.watched.length).padStart(9)}`);
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

function configuration(): string {
  const one = (_: unknown, i: number) => `vrrp_instance VI_${i + 1} {
  state MASTER
  interface ${ifname}
  version 3
  virtual_router_id ${i + 1}
  priority 100
  advert_int ${interval}
  garp_master_delay 1
  virtual_ipaddress {
    ${virtualAddress(i)}
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
