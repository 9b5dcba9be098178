// SPDX-License-Identifier: MIT
// Flood: a stranger on the wire sends 100,000 adverts a second: of virtual routers that do not live here, malformed ones, and forged
// ones for those that do. Does the router keep its states, and do its adverts keep their times?
//
// For half of its virtual routers it is Active, for the other half Backup of a keepalived that the stranger cannot reach. The observer
// does not hear the stranger either.

import { loadNative } from '../lib/native/load.ts';
import { until } from '../test/support/until.ts';
import type { Bench, FigureSpec, Sample } from './bench.ts';
import { keepalived } from './candidates.ts';
import { scaleConfiguration } from './configuration.ts';
import { cpuTime } from './scale.ts';
import { ifname, onStage, type Stage } from './stage.ts';
import { gaps, quantile } from './statistics.ts';

const interval = 0.1;
/** Of each half. */
const instances = 20;
const rate = 100_000;
const patience = { within: 60_000, every: 200 };

const figures: readonly FigureSpec[] = [
  { name: 'routers that changed their state', series: 'changed', reduce: (s) => s.length - 1, unit: 'times', atMost: { value: 0 } },
  { name: 'gap between adverts beyond the interval, p99', series: 'gaps', reduce: (s) => quantile(s, 0.99) },
  { name: 'gap between adverts beyond the interval, longest', series: 'gaps', reduce: (s) => quantile(s, 1), atMost: { value: 10 } },
  { name: 'processor in use by the router', series: 'cpu', reduce: (s) => quantile(s, 1), unit: '%' },
  { name: 'packets received', series: 'rate', reduce: (s) => quantile(s, 1), unit: 'thousand/s' },
];

export const flood: readonly Bench[] = (['foreign routers only', 'foreign, malformed and forged'] as const).map((scenario) => ({
  name: 'flood',
  scenario: `100,000 adverts a second, ${scenario}`,
  figures,
  loads: ['idle'],
  runs: 3,
  ownInterval: true,
  run: (candidate, { jitter }) =>
    onStage(['router', 'peer', 'stranger'], async (stage) => {
      await stage.keepApart(['peer', 'stranger', 'observer']);
      const router = stage.start('router', candidate, halves(200, 100));
      stage.start('peer', keepalived, halves(100, 200));
      const held = async (host: string) => (await stage.host(host).addresses(ifname)).length - 1;
      await until(
        'each is Active for its half of the routers',
        async () => (await held('router')) === instances && (await held('peer')) === instances,
        patience,
      );
      const [from, spent] = [router.lines.length, cpuTime(router.pids())];
      const seconds = Math.min(5, jitter.window);
      const { sent, begin, end } = await send(
        stage,
        scenario === 'foreign routers only' ? [foreign] : [foreign, malformed, forged],
        seconds,
      );
      const changes = router.lines.slice(from).filter(({ text }) => /Entering (MASTER|BACKUP|FAULT) STATE/.test(text));
      const elapsed = (end - begin) / 1000;
      return {
        ...gapsOf(stage, begin, end),
        changed: [0, ...changes.map(() => 1)],
        cpu: [((cpuTime(router.pids()) - spent) / elapsed) * 100],
        rate: [sent / elapsed],
      };
    }),
}));

/** Two configurations in one: the first half with one priority, the second with another. */
function halves(first: number, second: number): string {
  const text = scaleConfiguration({ instances: 2 * instances, interval, priority: first, links: [ifname] });
  let seen = 0;
  return text.replace(/ {2}priority [0-9]+/g, () => `  priority ${++seen <= instances ? first : second}`);
}

type Maker = (index: number, source: readonly number[]) => Uint8Array;

const foreign: Maker = (i, source) => advert(source, 100 + (i % 150), 255, 255);
const malformed: Maker = (i, source) => advert(source, 1 + (i % (2 * instances)), 255, 255).subarray(0, 14 + 20 + 2 + (i % 6));
/** It came through a router: GTSM (RFC 9568 5.1.1.3) refuses it. */
const forged: Maker = (i, source) => advert(source, 1 + (i % (2 * instances)), 255, 254);

async function send(stage: Stage, makers: readonly Maker[], seconds: number): Promise<{ sent: number; begin: number; end: number }> {
  const source = stage.address('stranger').split('.').map(Number);
  const frames = Array.from({ length: 3000 }, (_, i) => makers[i % makers.length]?.(i, source) ?? new Uint8Array());
  const tap = loadNative().openTap({ netns: stage.host('stranger').netns, ifname, snaplen: 64, promiscuous: false }, () => {});
  const began = performance.now();
  const begin = Number(process.hrtime.bigint() / 1000n);
  let sent = 0;
  try {
    for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - began) / 1000) {
      // What a turn of this loop could not send is not made up for in one burst.
      const due = Math.min(Math.floor(elapsed * rate), sent + rate / 20);
      for (; sent < due; sent++) tap.send(frames[sent % frames.length] ?? new Uint8Array());
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    tap.close();
  }
  return { sent, begin, end: Number(process.hrtime.bigint() / 1000n) };
}

function gapsOf(stage: Stage, begin: number, end: number): Sample {
  const times = new Map<number, number[]>();
  for (const { kind, vrid, at, address } of stage.observer.seen) {
    if (kind !== 'advert' || at < begin || at > end || address !== stage.address('router')) continue;
    times.set(vrid, [...(times.get(vrid) ?? []), at]);
  }
  const all = [...times.values()].flatMap((list) => gaps(list).map((gap) => gap / 1000 - interval * 1000));
  if (times.size < instances) throw new Error(`${instances - times.size} of ${instances} virtual routers fell silent`);
  return { gaps: all };
}

/** A version 3 advert as a whole frame, from the stranger's address. */
function advert(source: readonly number[], vrid: number, priority: number, ttl: number): Uint8Array {
  const message = [0x31, vrid, priority, 1, 0, interval * 100, 0, 0, 10, 100, vrid, 1];
  const group = [224, 0, 0, 18];
  write16(message, 6, checksum([...source, ...group, 0, 112, 0, message.length, ...message]));
  const header = [0x45, 0xc0, 0, 20 + message.length, 0, 1, 0, 0, ttl, 112, 0, 0, ...source, ...group];
  write16(header, 10, checksum(header));
  return Uint8Array.from([0x01, 0, 0x5e, 0, 0, 0x12, 0x02, 0, 0, 0, 0, 0x99, 0x08, 0, ...header, ...message]);
}

function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function write16(bytes: number[], at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}
