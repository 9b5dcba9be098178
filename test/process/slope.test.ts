// SPDX-License-Identifier: MIT
// Memory and descriptors of every process over reloads, flaps and dumps. Some reloads here, after which V8's heap, collected, must
// be what it was; npm run soak -- slope goes on for ten minutes, and from twenty on the slopes are held to their limits. KA_SLOPE_MINUTES.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Point, slopeOfLows } from '../support/slope.ts';
import { until } from '../support/until.ts';
import { instance, oneHostSuite, root, startIn } from './support.ts';

const minutes = Number(process.env.KA_SLOPE_MINUTES ?? 0);
const holds = minutes >= 20;
/** Bytes an hour. */
const mostSlope = 10_000;
/** Bytes in so many reloads. One leaked configuration for each reload would be ten times as much. */
const mostHeap = 150_000;
const reloads = 60;
const warmUps = 3;
/** V8 begins with two halves of a MiB. */
const mostYoung = 2 ** 22;
/** What a reload, or a dump, has open for a moment. */
const mostOpen = 12;

interface Sample {
  readonly at: number;
  /** Resident and of nobody else. */
  readonly rss: number;
  readonly heap: number;
  /** What V8 has taken for the young generation. */
  readonly young: number;
}

describe('memory', function () {
  this.timeout(600_000 + minutes * 90_000);
  const stage = oneHostSuite();
  // The machine may be busy with something else: a process that lost its lease would be another one.
  const patient = 'global_defs {\n ka_ts {\n lease 60\n }\n}\n';
  const many = Array.from({ length: 20 }, (_, n) => instance({ name: `VI_${n}`, vrid: 60 + n })).join('');

  /** `every`: milliseconds between two collections. */
  const begin = async (every: number) => {
    const folder = join(stage.directory, 'memory');
    mkdirSync(folder);
    const preload = `--require=${join(root, 'test/support/collect-garbage.cjs')}`;
    const environment = { NODE_OPTIONS: preload, KA_COLLECT_FOLDER: folder, KA_COLLECT_EVERY: String(every) };
    const daemon = startIn(environment, stage.host, stage.directory, patient + many);
    stage.daemon = daemon;
    await daemon.logged(/\(VI_19\) Entering MASTER STATE/);
    await daemon.logged(/^Startup complete$/);
    return {
      daemon,
      /** Of each process, by ROLE.PID. */
      samples: () => new Map(readdirSync(folder).map((name) => [name, samplesOf(join(folder, name))])),
      reload: async () => {
        const from = daemon.lines.length;
        daemon.signal('SIGHUP');
        await daemon.logged(/^Reload complete$/, { from, every: 5 });
      },
    };
  };

  it(`is what it was after ${reloads} reloads`, async () => {
    const { samples, reload } = await begin(500);
    /** The next sample but one: the first may have been under way. */
    const heaps = async () => {
      const before = samples();
      const fresh = (name: string) => (samples().get(name)?.length ?? 0) >= (before.get(name)?.length ?? 0) + 2;
      await until('collections', () => before.size >= 2 && [...before.keys()].every(fresh));
      return new Map([...samples()].map(([name, list]) => [name, list.at(-1) ?? assert.fail(name)]));
    };
    for (let n = 0; n < reloads; n++) await reload();
    const first = await heaps();
    for (let n = 0; n < reloads; n++) await reload();
    const last = await heaps();
    assert.deepEqual([...last.keys()].sort(), [...first.keys()].sort(), 'the same processes');
    for (const [name, { heap, young }] of last) {
      const more = heap - (first.get(name)?.heap ?? 0);
      assert.ok(more < mostHeap, `${name}: ${more} bytes more`);
      assert.ok(young <= mostYoung, `${name}: a young generation of ${young} bytes`);
    }
  });

  if (minutes > 0)
    it(`stays what it is in ${minutes} minutes of reloads, flaps and dumps, and descriptors too`, async () => {
      const { daemon, samples, reload } = await begin(2_000);
      const vrrp = await daemon.vrrpPid();
      const descriptors = new Map<string, number[]>();
      const flap = async () => {
        for (const state of ['down', 'up']) await stage.shell(`ip link set eth0 ${state}`);
      };
      // Hours of it in minutes: tables of V8 and of the C library grow to the size that they then keep.
      for (let round = 0; round < warmUps; round++) {
        for (let n = 0; n < 500; n++) await reload();
        for (let n = 0; n < 300; n++) {
          await flap();
          for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
            daemon.signal(signal);
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
      }
      const began = performance.now();
      for (let turn = 0; (performance.now() - began) / 60_000 < minutes; turn++) {
        if (turn % 4 === 0) daemon.signal('SIGHUP');
        if (turn % 4 === 1) await flap();
        if (turn % 4 === 2) daemon.signal('SIGUSR1');
        if (turn % 4 === 3) daemon.signal('SIGUSR2');
        // More than two seconds between reloads: what they left behind is given back then (lib/process/resident.ts).
        await new Promise((resolve) => setTimeout(resolve, 700));
        if (turn % 10 === 0)
          for (const name of samples().keys()) {
            const count = Number(await stage.shell(`ls /proc/${name.split('.')[1]}/fd | wc -l`));
            descriptors.set(name, [...(descriptors.get(name) ?? []), count]);
          }
      }
      const died = daemon.lines.filter((line) => /died|exited|lease/.test(line));
      assert.equal(await daemon.vrrpPid(), vrrp, `not the same process all the time:\n${died.join('\n')}`);
      const wrong: string[] = [];
      for (const [name, list] of samples()) {
        // The first third is warm-up too: free memory is given back from now on, and its places are taken anew.
        const later = list.filter((s) => s.at > (list.at(-1)?.at ?? 0) - minutes * 40);
        const slope = (what: 'rss' | 'heap') => slopeOfLows(later.map((s): Point => ({ at: s.at, value: s[what] })));
        const counts = descriptors.get(name) ?? [];
        const [memory, heap] = [slope('rss'), slope('heap')];
        console.log(
          `      ${name}: ${kib(later.at(-1)?.rss)} KiB resident, ${kib(memory.perHour)} ± ${kib(memory.within)} KiB/h; heap ${kib(later.at(-1)?.heap)} KiB, ${kib(heap.perHour)} ± ${kib(heap.within)} KiB/h; ${Math.min(...counts)} to ${Math.max(...counts)} descriptors`,
        );
        if (Math.max(...counts) - Math.min(...counts) > mostOpen) wrong.push(`${name}: ${counts.join(' ')} descriptors`);
        if (holds && memory.perHour - memory.within >= mostSlope) wrong.push(`${name}: resident memory grows`);
        if (holds && heap.perHour - heap.within >= mostSlope) wrong.push(`${name}: the heap grows`);
      }
      assert.deepEqual(wrong, []);
    });
});

function samplesOf(file: string): Sample[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last one may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Sample);
}

function kib(bytes: number | undefined): string {
  return ((bytes ?? 0) / 1024).toFixed(0);
}
