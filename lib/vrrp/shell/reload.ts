// SPDX-License-Identifier: MIT
// A reload: the difference between two configurations becomes events, in an order that frees before it takes. What did
// not change is not touched, timers included (reference: process document, section 7).

import { exhaustive } from '../../base/result.ts';
import { diffConfigs } from '../../config/diff.ts';
import type { Config, VrrpInstance } from '../../config/model.ts';
import type { Settings } from '../core/types.ts';
import { detach, dispatch, giveLeaseOrder, type Router, tellOwning } from './router.ts';
import type { Routers } from './routers.ts';
import { advertInterface, endpointOf, expectationOf, settingsOf } from './settings.ts';

/** applyTracking: hands the new configuration to the trackers; called when every router knows its new name. */
export function applyReload(before: Config, after: Config, routers: Routers, applyTracking: () => void): void {
  const byName = new Map([...routers.all.values()].map((r) => [r.config.name, r]));
  const live: { router: Router; old: VrrpInstance }[] = [];
  const fresh: VrrpInstance[] = [];
  for (const change of diffConfigs(before, after).instances) {
    const router = change.kind === 'add' ? undefined : byName.get(change.old.name);
    switch (change.kind) {
      case 'remove':
        if (router) routers.remove(router, 'deleted');
        break;
      case 'restart':
        if (router) routers.remove(router, 'replaced');
        fresh.push(change.new);
        break;
      case 'add':
        fresh.push(change.new);
        break;
      case 'keep':
        if (router) router.config = change.new;
        break;
      case 'live':
        if (router) {
          live.push({ router, old: router.config });
          router.config = change.new;
        }
        break;
      default:
        exhaustive(change);
    }
  }
  const started = fresh.map((config) => routers.add(config));
  routers.groups.form(after.vrrp_sync_group, routers.all.values());
  routers.groups.reconcile(routers.now());
  applyTracking();
  // A group that decides while one of its members changes sees the settings of all.
  const former = new Map(live.map(({ router }) => [router, router.settings]));
  for (const { router } of live) router.settings = settingsOf(router.config);
  routers.deps.writer.moving([...routers.all.values()]);
  for (const { router, old } of live) changeSettings(routers, router, old, former.get(router) ?? router.settings);
  routers.deps.writer.moving([]);
  for (const router of routers.all.values()) if (!started.includes(router)) routers.refresh(router);
  routers.start(started);
}

function changeSettings(routers: Routers, router: Router, old: VrrpInstance, before: Settings): void {
  const { deps } = routers;
  const spec = (c: VrrpInstance) => JSON.stringify(endpointOf(c, router.ifindex, advertInterface(c) ?? '', router.source));
  // Another protocol, group or source needs other sockets; refresh() opens them.
  if (spec(old) !== spec(router.config)) detach(deps, router);
  if (router.endpoint !== null) deps.engine.setExpectation(router.key, expectationOf(router.config));
  const { ticket, added } = deps.writer.change(router.key, router.config);
  router.ticket = ticket || router.ticket;
  if (added) tellOwning(deps, router);
  dispatch(deps, router, { kind: 'settings', at: routers.now(), before, addressesAdded: added });
  giveLeaseOrder(deps, router);
}
