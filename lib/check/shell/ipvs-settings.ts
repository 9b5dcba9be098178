// SPDX-License-Identifier: MIT
// What the kernel's load balancer is told beside its table: timeouts, and the sync daemon that follows no VRRP instance
// (reference/lvs-and-checkers.md section 6).

import type { GlobalDefs } from '../../config/model.ts';
import type { LvsDefs } from '../../config/model-lvs.ts';
import { syncDaemonOf } from '../../config/sync-daemon.ts';
import type { Ipvs, IpvsMessage, IpvsTimeouts } from '../../ports/ipvs.ts';

export interface IpvsSettings {
  load(globals: GlobalDefs): Promise<void>;
  /** The sync daemon ends; timeouts become what they were, unless `keep`. */
  stop(keep: boolean): Promise<void>;
}

/** `apply` sends messages and logs what was refused; `attempt` does not log it. */
export function createIpvsSettings(
  ipvs: Pick<Ipvs, 'timeouts'>,
  apply: (messages: readonly IpvsMessage[]) => Promise<void>,
  attempt: (messages: readonly IpvsMessage[]) => Promise<void>,
): IpvsSettings {
  /** As they were before us. */
  let before: Required<IpvsTimeouts> | null = null;
  let timeouts: LvsDefs['lvs_timeouts'] = null;
  let daemon: LvsDefs['lvs_sync_daemon'] = null;

  const restore = async () => {
    if (before) await apply([{ command: 'set_timeouts', timeouts: before }]);
    before = null;
  };
  const loadTimeouts = async (next: LvsDefs['lvs_timeouts']) => {
    if (isSame(next, timeouts)) return;
    timeouts = next;
    // What is no longer set becomes what it was.
    const old = before ?? (await ipvs.timeouts());
    if (next) {
      before = old;
      await apply([{ command: 'set_timeouts', timeouts: { ...old, ...next } }]);
    } else await restore();
  };
  const endDaemon = () => {
    const old = daemon;
    daemon = null;
    return old ? apply(both('delete_daemon', old)) : Promise.resolve();
  };
  const loadDaemon = async (next: LvsDefs['lvs_sync_daemon']) => {
    if (isSame(next, daemon)) return;
    await endDaemon();
    if (!next) return;
    daemon = next;
    // A daemon of an earlier run may have other settings; mostly there is none.
    await attempt(both('delete_daemon', next));
    await apply(both('new_daemon', next));
  };
  return {
    async load({ lvs_timeouts, lvs_sync_daemon }) {
      await loadTimeouts(lvs_timeouts);
      await loadDaemon(lvs_sync_daemon?.instance === null ? lvs_sync_daemon : null);
    },
    async stop(keep) {
      await endDaemon();
      if (!keep) await restore();
    },
  };
}

function both(command: 'new_daemon' | 'delete_daemon', settings: NonNullable<LvsDefs['lvs_sync_daemon']>): IpvsMessage[] {
  return (['master', 'backup'] as const).map((state) => ({ command, daemon: syncDaemonOf(settings, state) }));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
