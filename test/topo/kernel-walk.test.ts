// SPDX-License-Identifier: MIT
// A random walk over links, addresses, routes and rules: bursts of events, and after each the state of every instance is what the kernel's
// state makes of it. KA_WALK_EVENTS sets the length (10000 for a release), KA_WALK_SEED the walk; a failure names both.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../lib/lab/daemon.ts';
import type { Host } from '../../lib/lab/host.ts';
import { runOrThrow, run as runProgram } from '../../lib/lab/run.ts';
import { type AdvertsLive, watchAdverts } from '../support/adverts-live.ts';
import { commandOf, kinds, untilLogged } from '../support/daemon.ts';
import { dice } from '../support/dice.ts';
import {
  basePriority,
  birth,
  event,
  expected,
  heldPolicies,
  interfaces,
  repair,
  routers,
  type ShownLink,
  type ShownRoute,
  type ShownRule,
  walkConfiguration,
} from '../support/kernel-walk.ts';
import { now } from '../support/lan.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';

const events = Number(process.env.KA_WALK_EVENTS ?? 250);
const seed = Number(process.env.KA_WALK_SEED ?? 20261122);
/** Seconds. */
const interval = 0.05;

describe('a random walk of kernel events', () => {
  for (const kind of kinds()) {
    describe(kind, () => {
      let network: TestNetwork;
      let host: Host;
      let daemon: Daemon;
      let live: AdvertsLive;

      before(async function () {
        this.timeout(20_000);
        network = await createTestNetwork([{ name: 'one', interfaces: [] }]);
        host = network.host('one');
        await ip(interfaces.flatMap(birth));
        const configuration = join(network.directory, 'walk.conf');
        writeFileSync(configuration, walkConfiguration(interval));
        live = await watchAdverts(host, 'any', 'outbound');
        daemon = startDaemon(host, {
          command: commandOf(kind),
          configuration,
          directory: network.directory,
          onLine: ({ text }) => note(text),
        });
        for (const { vrid } of routers) await untilLogged(daemon, new RegExp(`\\(VI_${vrid}\\) Entering MASTER STATE`));
      });
      after(async () => {
        live?.stop();
        await daemon?.stop();
        await network?.destroy();
      });

      const ip = async (lines: readonly string[]): Promise<void> => {
        // What does not apply fails, is complained about and passed over.
        const batch = async (family: readonly string[], list: readonly string[]) => {
          if (list.length > 0)
            await runProgram(['ip', '-n', host.netns, ...family, '-force', '-batch', '-'], { input: `${list.join('\n')}\n` });
        };
        const six = lines.filter((line) => line.startsWith('-6 '));
        await batch(
          [],
          lines.filter((line) => !line.startsWith('-6 ')),
        );
        await batch(
          ['-6'],
          six.map((line) => line.slice(3)),
        );
      };

      /** State and priority by the log. */
      const logged = new Map(routers.map(({ vrid }) => [vrid, { state: 'INIT', priority: basePriority }]));
      const note = (text: string) => {
        const [, vrid, state, priority] =
          /^\(VI_(\d+)\) (?:Entering ([A-Z]+) STATE|Changing effective priority from \d+ to (\d+))/.exec(text) ?? [];
        const known = logged.get(Number(vrid));
        if (known && state) known.state = state;
        if (known && priority) known.priority = Number(priority);
      };

      const show = async <T>(words: string): Promise<T> =>
        JSON.parse((await runOrThrow(['ip', '-n', host.netns, '-j', ...words.split(' ')])) || '[]') as T;

      /** Lines that do not agree with the kernel; empty: all do. */
      const disagreements = async (): Promise<string[]> => {
        const links = await show<ShownLink[]>('address show');
        const routes = await show<ShownRoute[]>('route show table all proto 18');
        const rules = [...(await show<ShownRule[]>('-4 rule show')), ...(await show<ShownRule[]>('-6 rule show'))];
        return routers.flatMap((router) => {
          const should = expected(router, links);
          const { state, priority } = logged.get(router.vrid) ?? {};
          const held = links.find((l) => l.ifname === router.holder)?.addr_info?.map((a) => a.local) ?? [];
          const has = [...router.vips.filter((vip) => held.includes(vip)), ...heldPolicies(router, routes, rules)];
          const all = [...router.vips, ...(router.routes ?? []), ...(router.rule ? [router.rule.words] : [])];
          const wants = should.state === 'MASTER' ? all : [];
          const is = `${state} ${priority} [${has}]`;
          const ought = `${should.state} ${should.priority} [${wants}]`;
          return is === ought ? [] : [`VI_${router.vrid} is ${is} and should be ${ought}`];
        });
      };

      /** Every router in MASTER advertises, those in FAULT are silent; as tcpdump sees it. */
      const wire = async (): Promise<string[]> => {
        const from = now();
        await until('four intervals have passed', () => now() > from + 4 * interval + 0.2);
        const links = await show<ShownLink[]>('address show');
        return routers.flatMap((router) => {
          const should = expected(router, links);
          const sent = live.seen.filter((x) => x.at > from && x.vrid === router.vrid);
          if (should.state === 'FAULT') return sent.length === 0 ? [] : [`VI_${router.vrid} advertises in FAULT`];
          return sent.some((x) => x.priority === should.priority) ? [] : [`VI_${router.vrid} is silent`];
        });
      };

      const settled = async (what: string): Promise<void> => {
        let left: string[] = [];
        const agree = async () => {
          left = await disagreements();
          return left.length === 0;
        };
        await until('agreement', agree, { within: 8_000, every: 40 }).catch(() => {
          const log = daemon.lines.slice(-60).map((l) => `  ${l.text}`);
          throw new Error(`KA_WALK_SEED=${seed}, ${what}: ${left.join('; ')}\n${log.join('\n')}`);
        });
      };

      it(`${events} events: after each burst every instance is where the kernel puts it`, async function () {
        this.timeout(60_000 + events * 400);
        const roll = dice(seed);
        let bursts = 0;
        for (let done = 0; done < events; bursts++) {
          const size = Math.min(events - done, roll(4) === 0 ? 1 + roll(40) : 1 + roll(8));
          const lines = Array.from({ length: size }, () => event(roll)).flat();
          done += size;
          await ip(lines);
          const what = `event ${done}, after\n${lines.map((l) => `  ${l}`).join('\n')}\n`;
          await settled(what);
          if (bursts % 8 === 0) {
            const wrong = await wire();
            await settled(what);
            assert.deepEqual(wrong, [], `KA_WALK_SEED=${seed}, ${what}`);
          }
        }
      });

      it('everything repaired, every instance is Active and advertises its full priority', async () => {
        await ip(repair());
        await settled('the repair');
        assert.deepEqual(await wire(), []);
        for (const { vrid } of routers) assert.deepEqual(logged.get(vrid), { state: 'MASTER', priority: basePriority });
      });
    });
  }
});
