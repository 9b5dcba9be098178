// Memory and descriptors of every process over minutes of reloads, flaps and dumps: their slopes after a warm-up. A few seconds of
// it here, to see that it measures; npm run soak -- slope tells them over ten minutes; from
// thirty on the limit is held. KA_SLOPE_MINUTES.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { instance, oneHostSuite, start } from './support.ts';

const minutes = Number(process.env.KA_SLOPE_MINUTES ?? 0.1);
/** V8 sizes its heap for minutes: what is told earlier is its appetite, not a leak. */
const tells = minutes >= 1;
const holds = minutes >= 30;
/** KiB an hour, of what is left when the warm-up is over. */
const mostMemory = 10_000;

interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly kibibytes: number;
  readonly descriptors: number;
}

/** Least squares: units an hour. */
function slope(samples: readonly Sample[], what: 'kibibytes' | 'descriptors'): number {
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [x, y] = [mean(samples.map((s) => s.at)), mean(samples.map((s) => s[what]))];
  const above = samples.reduce((sum, s) => sum + (s.at - x) * (s[what] - y), 0);
  const below = samples.reduce((sum, s) => sum + (s.at - x) ** 2, 0);
  return below === 0 ? 0 : (above / below) * 3600;
}

function sample(pid: number, at: number): Sample | null {
  try {
    const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return { at, kibibytes, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

describe(`${minutes} minutes of reloads, flaps and dumps`, function () {
  this.timeout(60_000 + minutes * 90_000);
  const stage = oneHostSuite();

  it('leave memory and descriptors where they are', async () => {
    const many = Array.from({ length: 20 }, (_, n) => instance({ name: `VI_${n}`, vrid: 60 + n })).join('');
    stage.daemon = start(stage.host, stage.directory, many);
    await stage.daemon.logged(/\(VI_19\) Entering MASTER STATE/);
    const vrrp = await stage.daemon.vrrpPid();
    const seen = new Map<number, Sample[]>();
    const began = performance.now();
    const outside = () => pidsBeside(stage.host.firstPid).filter((pid) => /^Name:\s+keepalived/m.test(readStatus(pid)));
    for (let turn = 0; (performance.now() - began) / 60_000 < minutes; turn++) {
      const at = (performance.now() - began) / 1000;
      // The first third is warm-up: V8 sizes its heap.
      if (at > minutes * 20) {
        for (const pid of outside()) {
          const one = sample(pid, at);
          if (one) seen.set(pid, [...(seen.get(pid) ?? []), one]);
        }
      }
      if (turn % 4 === 0) stage.daemon.signal('SIGHUP');
      if (turn % 4 === 1) for (const state of ['down', 'up']) await stage.shell(`ip link set eth0 ${state}`);
      if (turn % 4 === 2) stage.daemon.signal('SIGUSR1');
      if (turn % 4 === 3) stage.daemon.signal('SIGUSR2');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.equal(await stage.daemon.vrrpPid(), vrrp, 'the same process all the time');
    assert.ok(seen.size >= 2, 'the parent and the VRRP process were measured');
    for (const [pid, samples] of seen) {
      const [memory, descriptors] = [slope(samples, 'kibibytes'), slope(samples, 'descriptors')];
      const last = samples.at(-1);
      if (tells)
        console.log(
          `      pid ${pid}: ${last?.kibibytes} KiB, ${memory.toFixed(0)} KiB/h; ${last?.descriptors} descriptors, ${descriptors.toFixed(1)}/h`,
        );
      const counts = samples.map((s) => s.descriptors);
      assert.ok(
        Math.max(...counts) - Math.min(...counts) <= 12,
        `pid ${pid}: ${Math.min(...counts)} to ${Math.max(...counts)} descriptors`,
      );
      if (holds) assert.ok(memory < mostMemory, `pid ${pid}: ${memory.toFixed(0)} KiB an hour`);
    }
  });
});

/** Everybody in the pid namespace of this process, as seen from outside. */
function pidsBeside(one: number): number[] {
  const namespace = (pid: string | number): string => {
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`);
    } catch {
      return '';
    }
  };
  const ours = namespace(one);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && namespace(name) === ours)
    .map(Number);
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
