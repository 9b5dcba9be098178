// SPDX-License-Identifier: MIT
// Handover: for how long does nobody have the address when a router ends, by order or by kill -9 of its VRRP process?
//
// The successor is always the packaged keepalived, so that only the router that ends differs. Times of the address are those of the
// kernels of both routers (`ip -ts monitor`), times of adverts the observer's. The advert interval belongs to the scenario:
// what is measured here is a share of it.

import { monotonic } from '../lib/lab/daemon.ts';
import { untilLogged } from '../test/support/daemon.ts';
import { until } from '../test/support/until.ts';
import { gapsOf, watchAddress } from '../test/support/vacancy.ts';
import type { Bench, FigureSpec, Series } from './bench.ts';
import { keepalived } from './candidates.ts';
import { startLoad } from './load.ts';
import { ifname, onStage, virtualAddress } from './stage.ts';

type Ending = 'planned stop' | 'kill -9 of the VRRP process';

const vip = virtualAddress(0);
const vrid = 51;

function only(series: Series): number {
  const [value] = series;
  if (value === undefined || series.length > 1) throw new Error(`one value per run is expected, not ${series.length}`);
  return value;
}

const figures: readonly FigureSpec[] = [
  { name: 'nobody has the address', series: 'vacant', reduce: only, atMostAbove: { idle: 0, busy: 0 } },
  { name: 'both have the address', series: 'shared', reduce: only },
  { name: 'end → next advert of a master', series: 'silent', reduce: only, atMostAbove: { idle: 1 } },
];

export const handover: readonly Bench[] = (['planned stop', 'kill -9 of the VRRP process'] as const).flatMap((ending) =>
  [1, 0.1].map(
    (interval) =>
      ({
        name: 'handover',
        ownInterval: true,
        scenario: `${ending}, adverts every ${interval * 1000} ms`,
        figures,
        run: (candidate, { load }) =>
          onStage(['ending', 'successor'], async (stage) => {
            const patience = { within: (4 * interval + 15) * 1000 };
            const held = async (router: string) => (await stage.host(router).addresses(ifname)).some((a) => a.startsWith(`${vip}/`));
            const first = stage.start('ending', candidate, configuration(200, interval));
            await until('the router that will end has the address', () => held('ending'), patience);
            const successor = stage.start('successor', keepalived, configuration(150, interval));
            await untilLogged(successor, /Entering BACKUP STATE/, patience);
            const watch = await watchAddress([stage.host('ending'), stage.host('successor')], ifname, vip);
            const endLoad = await startLoad(load, stage.loadHost, 120);
            try {
              const from = first.lines.length;
              const ended = monotonic();
              end(ending, first);
              if (ending === 'planned stop') {
                await until(
                  'the successor alone has the address',
                  async () => (await held('successor')) && !(await held('ending')),
                  patience,
                );
              } else {
                await untilLogged(first, /Entering MASTER STATE/, { from, ...patience });
                await until('it alone has the address again', async () => (await held('ending')) && !(await held('successor')), patience);
              }
              const next = await until(
                'somebody is master',
                () => stage.observer.seen.find((s) => s.kind === 'advert' && s.priority > 0 && s.at > ended),
                patience,
              );
              const { vacant, shared } = gapsOf(watch.changes(), 'ending');
              return { vacant: [vacant * 1000], shared: [shared * 1000], silent: [(next.at - ended) / 1000] };
            } finally {
              endLoad();
              watch.close();
            }
          }),
      }) satisfies Bench,
  ),
);

function end(ending: Ending, daemon: { signal(name: NodeJS.Signals): void; vrrpPid(): number | undefined }): void {
  if (ending === 'planned stop') {
    daemon.signal('SIGTERM');
    return;
  }
  const pid = daemon.vrrpPid();
  if (pid === undefined) throw new Error('the VRRP process has no pid file');
  process.kill(pid, 'SIGKILL');
}

/** Version 3: the only one with intervals below a second. */
function configuration(priority: number, interval: number): string {
  return `global_defs {
  router_id bench
}
vrrp_instance VI_${vrid} {
  state BACKUP
  interface ${ifname}
  virtual_router_id ${vrid}
  version 3
  priority ${priority}
  advert_int ${interval}
  garp_master_delay 1
  virtual_ipaddress {
    ${vip}
  }
}
`;
}
