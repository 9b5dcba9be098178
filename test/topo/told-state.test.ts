// SPDX-License-Identifier: MIT
// Whoever asks a router is told what the kernel has: through forced failovers each is asked fifty times a second, and no answer
// disagrees with what `ip monitor` heard of the address by more than one advert interval. Some failovers; KA_TOLD_TIMES=100 plays a
// hundred, and says how far apart the two ever were.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { createControlClient } from '../../lib/control/client.ts';
import type { Host } from '../../lib/lab/host.ts';
import { untilLogged } from '../support/daemon.ts';
import { createLan, createStage, now, pause, type Router } from '../support/lan.ts';
import { until } from '../support/until.ts';

const times = Number(process.env.KA_TOLD_TIMES || 10);
const vip = '192.0.2.100';
/** Of adverts, seconds. */
const interval = 0.1;
/** Milliseconds. */
const between = 20;

function configuration(priority: number): string {
  return `vrrp_instance VI_1 {
  interface eth0
  version 3
  virtual_router_id 51
  priority ${priority}
  advert_int ${interval}
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
}

/** From `at` on, Unix time in seconds, until the next one. */
interface Holding {
  readonly at: number;
  readonly held: boolean;
}

/** What the kernel says of the address, as it says it. It is absent at first. */
function watchHolding(host: Host): Holding[] {
  const list: Holding[] = [{ at: -Infinity, held: false }];
  const child = host.spawn(['ip', '-tshort', '-oneline', 'monitor', 'address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TZ: 'UTC' },
  });
  let at = Number.NaN;
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, when, micros] = /^\[(\S+?)\.(\d{6})\]/.exec(line) ?? [];
      if (when) at = Date.parse(`${when}Z`) / 1000 + Number(micros) / 1e6;
      const held = !line.includes('Deleted');
      if (line.includes(` ${vip}/`) && held !== list.at(-1)?.held) list.push({ at, held });
    });
  return list;
}

interface Answer {
  /** The moment it says that it is of, Unix time in seconds. */
  readonly at: number;
  /** When it was asked for, and when it came. */
  readonly asked: number;
  readonly came: number;
  readonly master: boolean;
}

/** Asks at a steady pace, whether or not the answers come. The returned function ends it and waits for those under way. */
function scrape(router: Router): { readonly answers: Answer[]; stop(): Promise<void> } {
  const client = createControlClient(router.daemon.pidFile.replace(/\.pid$/, '.sock'));
  const answers: Answer[] = [];
  const underWay = new Set<Promise<void>>();
  const ask = async () => {
    const asked = now();
    const look = await client.status();
    // Nothing is claimed by who says that nothing is known.
    if (look.kind !== 'answer') return;
    const state = look.document.vrrp?.instances[0]?.state ?? 'UNKNOWN';
    if (state !== 'UNKNOWN') answers.push({ at: look.document.at, asked, came: now(), master: state === 'MASTER' });
  };
  const timer = setInterval(() => {
    const one = ask().finally(() => underWay.delete(one));
    underWay.add(one);
  }, between);
  return {
    answers,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
      client.close();
    },
  };
}

/** How far from `at` the kernel last had, or next has, what was told; 0: just then. Seconds. */
function distance(list: readonly Holding[], at: number, master: boolean): number {
  const away = list.map((h, i) => (h.held === master ? Math.max(0, h.at - at, at - (list[i + 1]?.at ?? Infinity)) : Infinity));
  return Math.min(...away);
}

interface Told {
  readonly holdings: readonly Holding[];
  readonly answers: readonly Answer[];
}

interface Played {
  readonly told: Readonly<Record<'a' | 'b', Told>>;
  readonly seconds: number;
}

async function play(): Promise<Played> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      { name: 'a', kind: 'ka-ts', address: '192.0.2.11/24', configuration: configuration(150) },
      { name: 'b', kind: 'ka-ts', address: '192.0.2.12/24', configuration: configuration(100) },
    ],
  });
  try {
    const [a, b] = [lan.router('a'), lan.router('b')];
    const holdings = { a: watchHolding(a.host), b: watchHolding(b.host) };
    const has = (name: 'a' | 'b') => holdings[name].at(-1)?.held === true;
    // The first one is for the monitors to be heard of.
    for (const [name, router] of [
      ['b', b],
      ['a', a],
    ] as const) {
      router.start();
      await until(`the monitor of ${name} tells of ${vip}`, () => has(name));
    }
    await untilLogged(b.daemon, /Entering BACKUP STATE/, { from: b.daemon.lines.findIndex((l) => /Entering MASTER/.test(l.text)) });
    const scrapes = [scrape(a), scrape(b)] as const;
    const operator = createControlClient(a.daemon.pidFile.replace(/\.pid$/, '.sock'), 5000);
    const from = now();
    for (let n = 0; n < times; n++) {
      const away = n % 2 === 0;
      await operator.request('operate', {
        ...(away ? { operation: 'failover' } : { operation: 'priority', value: null }),
        instance: 'VI_1',
      });
      await until(`failover ${n + 1}`, () => has('a') === !away && has('b') === away);
      // Not always at the same moment between two adverts.
      await pause(interval * (1 + (n % 7) / 7));
    }
    await pause(2 * interval);
    const seconds = now() - from;
    operator.close();
    for (const { stop } of scrapes) await stop();
    return {
      seconds,
      told: {
        a: { holdings: holdings.a, answers: scrapes[0].answers },
        b: { holdings: holdings.b, answers: scrapes[1].answers },
      },
    };
  } finally {
    await lan.destroy();
  }
}

describe('what a router says of itself in a failover', () => {
  const played = createStage(60_000 + times * 3_000).play([{ name: 'failovers', play }]);

  for (const name of ['a', 'b'] as const) {
    it(`was asked of ${name} all the while, in both states, and is of the moment of the answer`, () => {
      const { told, seconds } = played('failovers');
      const { answers, holdings } = told[name];
      assert.ok(holdings.length > times, `${holdings.length} changes of the address`);
      // A busy machine may be slower; it must still have been asked several times in each interval.
      assert.ok(answers.length > (seconds * 1000) / between / 2, `${answers.length} answers in ${seconds} s`);
      assert.deepEqual([...new Set(answers.map((x) => x.master))].sort(), [false, true]);
      // Else an old answer would be held to an old truth.
      const old = answers.filter((x) => x.at < x.asked - interval || x.at > x.came + 0.005);
      assert.deepEqual(old, []);
    });

    it(`never disagrees with the kernel of ${name} by more than one advert interval`, () => {
      const { told, seconds } = played('failovers');
      const { answers, holdings } = told[name];
      const off = answers.map((answer) => ({ ...answer, by: distance(holdings, answer.at, answer.master) }));
      if (process.env.KA_TOLD_TIMES) {
        const apart = off.map((x) => x.by).filter((by) => by > 0);
        const most = Math.max(0, ...apart) * 1000;
        console.log(
          `${name}: ${times} failovers, ${off.length} answers in ${seconds.toFixed(1)} s; ${apart.length} disagreed, the worst by ${most.toFixed(1)} ms`,
        );
      }
      assert.deepEqual(
        off.filter((x) => x.by > interval),
        [],
      );
    });
  }
}).timeout(10_000);
