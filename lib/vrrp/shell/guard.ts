// SPDX-License-Identifier: MIT
// Keeps the parent informed of what it would have to do if this process died now: one message for all that changed, a moment
// after it was performed, so that no takeover waits for it.

import { type Micros, micros } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GuardRecord, GuardUpdate, Resume } from '../../ports/guard.ts';
import type { KernelWriter } from './kernel-writer.ts';
import type { NetworkView } from './network-view.ts';
import type { Router } from './router.ts';
import { advertInterface, endpointOf, frameOf } from './settings.ts';

/** The urgent part of a transition is over by then. */
const A_MOMENT = micros(5000);

export interface Guard {
  /** Something about a router may have changed. */
  changed(router: Router): void;
  /** The engine has orders to make it Active, and would hold what these messages remove; null: it has none. */
  prepared(router: Router, removal: readonly Uint8Array[] | null): void;
  /** What is due is told now. */
  flush(): void;
}

interface GuardDeps {
  readonly clock: Clock;
  readonly view: NetworkView;
  readonly writer: KernelWriter;
  readonly configuration: () => Config;
  readonly tell: (update: GuardUpdate) => void;
}

export function createGuard({ clock, view, writer, configuration, tell }: GuardDeps): Guard {
  const changed = new Set<Router>();
  const told = new Set<number>();
  const prepared = new Map<Router, readonly Uint8Array[]>();
  let due = false;

  const recordOf = (router: Router): GuardRecord | null => {
    const { key, config, instance, settings, source } = router;
    const active = instance.state === 'active';
    const removal = active ? writer.removalMessages(key) : prepared.get(router);
    if (removal === undefined || source === null) return null;
    const name = advertInterface(config);
    const link = name === null ? undefined : view.byName(name);
    if (name !== null && !link) return null;
    const endpoint = endpointOf(config, link?.ifindex ?? 0, link?.name ?? '', source);
    return (
      endpoint && {
        key,
        name: config.name,
        group: configuration().vrrp_sync_group.find((g) => g.group.includes(config.name))?.name ?? null,
        patience: micros(settings.downTimerAdverts * settings.advertisementInterval),
        trackingDelta: instance.trackingDelta,
        prepared: !active,
        version: config.version,
        endpoint,
        frame: frameOf(config, source, instance.effectivePriority, router.oldUnicastSum),
        removal,
      }
    );
  };

  const flush = (): void => {
    due = false;
    const active: GuardRecord[] = [];
    const gone: number[] = [];
    for (const router of changed) {
      const record = recordOf(router);
      if (record) active.push(record);
      else if (told.delete(router.key)) gone.push(router.key);
    }
    changed.clear();
    for (const { key } of active) told.add(key);
    if (active.length + gone.length > 0) tell({ active, gone });
  };

  const soon = (router: Router): void => {
    changed.add(router);
    if (due) return;
    due = true;
    clock.after(A_MOMENT, () => {
      if (due) flush();
    });
  };

  return {
    changed: soon,
    prepared(router, removal) {
      if (removal === null && !prepared.delete(router)) return;
      if (removal !== null) prepared.set(router, removal);
      soon(router);
    },
    flush,
  };
}

/** Who goes on where its predecessor was Active: in time, and of a sync group all or none. By name. */
export function resuming(config: Config, offered: readonly Resume[], now: Micros): ReadonlyMap<string, Resume> {
  const inTime = new Map(offered.filter((r) => now < r.until).map((r) => [r.name, r]));
  for (const { group } of config.vrrp_sync_group) {
    if (!group.every((name) => inTime.has(name))) for (const name of group) inTime.delete(name);
  }
  return inTime;
}
