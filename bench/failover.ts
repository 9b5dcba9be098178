// SPDX-License-Identifier: MIT
// Failover: how much later than the protocol's formula does a Backup router take over, and how soon after its first advert does
// the network know where the address is now?
//
// The router that ends is always the packaged keepalived, so that only the successor differs. All times are the observer's: the
// last advert of the one that ended, the first of its successor, the successor's gratuitous ARPs.

import { setTimeout as sleep } from 'node:timers/promises';
import { untilLogged } from '../test/support/daemon.ts';
import { down, skew } from '../test/support/formula.ts';
import { until } from '../test/support/until.ts';
import type { Bench, Conditions, FigureSpec, Sample, Series } from './bench.ts';
import { keepalived } from './candidates.ts';
import { burst, configuration } from './configuration.ts';
import { startLoad } from './load.ts';
import type { Sighting } from './observer.ts';
import { onStage, virtualAddress } from './stage.ts';

type Ending = 'kill -9' | 'graceful stop';

const vrid = 51;
const vip = virtualAddress(0);
const priorities = { ending: 200, successor: 150 };

/** Of the one value that a run gives. */
function only(series: Series): number {
  const [value] = series;
  if (value === undefined || series.length > 1) throw new Error(`one value per run is expected, not ${series.length}`);
  return value;
}

const figures: readonly FigureSpec[] = [
  { name: 'formula → first advert', series: 'overhead', reduce: only, atMostAbove: { idle: 1 } },
  { name: 'first advert → first gratuitous ARP', series: 'announced', reduce: only },
  { name: 'first advert → last of the burst', series: 'burst', reduce: only },
  { name: 'formula → first gratuitous ARP', series: 'total', reduce: only },
];

export const failover: readonly Bench[] = (['kill -9', 'graceful stop'] as const).map((ending) => ({
  name: 'failover',
  scenario: ending,
  figures,
  run: (candidate, conditions) =>
    onStage(['ending', 'successor'], async (stage) => {
      const { observer } = stage;
      const { interval, load, realtime } = conditions;
      const common = { vrid, interval, vip };
      const from = (router: string) => observer.seen.filter((s) => s.kind === 'advert' && s.address === stage.address(router));
      const patience = { within: (4 * interval + 10) * 1000 };

      const first = stage.start('ending', keepalived, configuration([{ ...common, state: 'MASTER', priority: priorities.ending }], null));
      await until('the router that will end is Active', () => from('ending').length > 0, patience);
      const successor = stage.start(
        'successor',
        candidate,
        configuration([{ ...common, state: 'BACKUP', priority: priorities.successor }], realtime),
      );
      await untilLogged(successor, /Entering BACKUP STATE/, patience);
      const endLoad = await startLoad(load, stage.loadHost, 120 + 8 * interval);
      try {
        const before = from('ending').length;
        await until('adverts under this load', () => from('ending').length >= before + 2, patience);
        // Half-way between two adverts nothing is under way.
        await sleep(interval * 500);
        if (ending === 'kill -9') await first.kill();
        else first.signal('SIGTERM');
        await until(
          'the successor has taken over and said so',
          () => observer.seen.filter((s) => isAnnouncement(s, from('successor')[0]?.mac)).length >= burst,
          patience,
        );
      } finally {
        endLoad();
      }
      return readTakeover(observer.seen, ending, conditions, stage.address('ending'), stage.address('successor'));
    }),
}));

/**
 * What the observer's view says about a takeover, in milliseconds. Throws Error when it is not the takeover that was to be measured: a
 * successor that spoke too early, a farewell where there must be none, or none where there must be one.
 */
export function readTakeover(
  seen: readonly Sighting[],
  ending: Ending,
  { interval }: Pick<Conditions, 'interval'>,
  old: string,
  successor: string,
): Sample {
  const adverts = seen.filter((s) => s.kind === 'advert');
  const lastOfOld = adverts.filter((s) => s.address === old).at(-1);
  const firstOfNew = adverts.find((s) => s.address === successor);
  if (!lastOfOld || !firstOfNew) throw new Error('there was no takeover');
  if (firstOfNew.at < lastOfOld.at) throw new Error('the successor took over while the other router was alive');
  const farewell = lastOfOld.priority === 0;
  if (farewell !== (ending === 'graceful stop')) throw new Error(`after a ${ending} the last advert had priority ${lastOfOld.priority}`);
  const announcements = seen.filter((s) => isAnnouncement(s, firstOfNew.mac)).slice(0, burst);
  const [head, tail] = [announcements[0], announcements[burst - 1]];
  if (!head || !tail) throw new Error(`the successor sent ${announcements.length} gratuitous ARPs instead of ${burst}`);

  const wait = farewell ? skew(priorities.successor) : down(priorities.successor, interval);
  const formula = lastOfOld.at + wait * 1e6;
  const span = (begin: number, end: number): Series => [(end - begin) / 1000];
  return {
    overhead: span(formula, firstOfNew.at),
    announced: span(firstOfNew.at, head.at),
    burst: span(firstOfNew.at, tail.at),
    total: span(formula, head.at),
  };
}

function isAnnouncement(s: Sighting, mac: string | undefined): boolean {
  return s.kind === 'garp' && s.address === vip && s.mac === mac;
}
