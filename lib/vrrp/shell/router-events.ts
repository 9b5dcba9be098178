// SPDX-License-Identifier: MIT
// What the engine tells of one router: its lines, its counters, and the event of the machine.

import type { Ip } from '../../base/address.ts';
import { errnoText } from '../../base/errno.ts';
import type { EngineEvent } from '../../native/surface.ts';
import { refusalText } from '../refusals.ts';
import { advertLines } from './engine-lines.ts';
import { dispatch, type Router, type RouterDeps, reAdvertise } from './router.ts';

type RouterEvent = Extract<
  EngineEvent,
  { kind: 'advert' | 'refused' | 'expired' | 'send_failed' | 'woke_late' | 'spoke_again' | 'session_lost' }
>;

/** An event that a standing order has handled already only wakes up the machine, which replays what was done. */
export function onRouterEvent(deps: RouterDeps, router: Router, event: RouterEvent): void {
  const { config } = router;
  switch (event.kind) {
    case 'advert':
      noteHeard(router, event);
      if (event.addressMismatch !== 'none') router.tally.addressMismatches++;
      for (const line of advertLines(config, event, router.told)) deps.log.info(line);
      if (event.oldUnicastSum && !router.oldUnicastSum) {
        router.oldUnicastSum = true;
        deps.log.info(`(${config.name}) Setting unicast VRRPv3 checksum to old version`);
        reAdvertise(deps, router, 'next');
      }
      deps.orders.read(router, event.number ?? 0);
      if (event.done) deps.orders.catchUp(router);
      else
        dispatch(deps, router, {
          kind: 'advert',
          at: event.at,
          source: event.source as Ip,
          priority: event.priority,
          interval: event.interval,
        });
      return;
    case 'expired':
      router.late = event.late;
      deps.orders.read(router, event.number ?? 0);
      if (event.done) deps.orders.catchUp(router);
      else dispatch(deps, router, { kind: 'expired', at: event.at, generation: event.generation });
      return;
    case 'refused': {
      const peer = config.unicast_peer.find((p) => p.ip === event.source);
      const text = refusalText(config.name, config.version, event, peer);
      if (text !== null) deps.log.info(text);
      return;
    }
    case 'woke_late':
      router.tally.wokeLate++;
      dispatch(deps, router, { kind: 'woke_late', at: deps.native.now(), late: event.late });
      return;
    case 'spoke_again':
      dispatch(deps, router, { kind: 'spoke_again', at: event.at });
      return;
    case 'session_lost':
      deps.orders.read(router, event.number);
      deps.orders.catchUp(router);
      return;
    case 'send_failed': {
      const why = errnoText(event.errno);
      if (config.unicast_peer.length > 0) deps.log.info(`(${config.name}) Cant send advert to ${event.destination} (${why})`);
      else deps.log.info(`(${config.name}): send advert error ${event.errno} (${why})`);
    }
  }
}

function noteHeard(router: Router, { source, at }: Extract<RouterEvent, { kind: 'advert' }>): void {
  const since = router.heard?.source === source ? router.heard.since : at;
  router.heard = { source, since, last: at };
}
