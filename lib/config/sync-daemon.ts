// SPDX-License-Identifier: MIT
// lvs_sync_daemon → what the kernel is asked to run.

import type { IpvsDaemon } from '../ports/ipvs.ts';
import type { LvsSyncDaemon } from './model-lvs.ts';

export function syncDaemonOf(settings: LvsSyncDaemon, state: IpvsDaemon['state']): IpvsDaemon {
  const { interface: ifname, id: syncId, maxlen, group, port, ttl } = settings;
  return { state, ifname, syncId, maxLength: maxlen ?? 0, group, port: port ?? 0, ttl: ttl ?? 0 };
}
