// SPDX-License-Identifier: MIT
// The sync daemon of IPVS that follows an instance: its master tells other directors of connections while we are MASTER, its
// backup listens otherwise (reference/lvs-and-checkers.md section 6). It sees transitions as the notifier does, and VRRP never
// waits for it.

import { errorText } from '../../base/errors.ts';
import { ipvsFailure } from '../../base/ipvs-words.ts';
import type { LvsSyncDaemon } from '../../config/model-lvs.ts';
import { syncDaemonOf } from '../../config/sync-daemon.ts';
import type { Ipvs, IpvsDaemon, OpenIpvs } from '../../ports/ipvs.ts';
import type { Log } from '../../ports/log.ts';
import type { Notification, Notifier } from '../../ports/notifier.ts';

export interface SyncDaemon {
  /** `inner`, with the sync daemon behind it. */
  withSyncDaemon(inner: Notifier): Notifier;
  /** It ends. Any number of times. */
  stop(): Promise<void>;
}

const states: Partial<Record<Notification['state'], IpvsDaemon['state']>> = { MASTER: 'master', BACKUP: 'backup', FAULT: 'backup' };

export function createSyncDaemon(openIpvs: OpenIpvs, log: Log): SyncDaemon {
  let settings: LvsSyncDaemon | null = null;
  let namespace: string | null = null;
  let ipvs: Ipvs | null = null;
  let wanted: IpvsDaemon | null = null;
  let running: IpvsDaemon | null = null;
  let last: Promise<void> = Promise.resolve();

  const execute = async (command: 'new_daemon' | 'delete_daemon', daemon: IpvsDaemon, quietly = false) => {
    const [errno = 0] = (await ipvs?.apply([{ command, daemon }])) ?? [];
    if (errno !== 0 && !quietly) log.info(ipvsFailure(command, errno, ''));
  };
  const change = async () => {
    const next = wanted;
    if (isSame(next, running)) return;
    if (!ipvs) {
      ipvs = await openIpvs({ receiveBuffer: 0, forceReceiveBuffer: false, namespace });
      // Of an earlier run that was killed.
      for (const state of ['master', 'backup'] as const) if (next) await execute('delete_daemon', { ...next, state }, true);
    }
    if (running) await execute('delete_daemon', running);
    running = next;
    if (next) await execute('new_daemon', next);
  };
  const want = (next: IpvsDaemon | null) => {
    wanted = next;
    last = last.then(change).catch((error) => log.info(`IPVS: Can't initialize ipvs: ${errorText(error)}`));
  };
  return {
    withSyncDaemon: (inner) => ({
      ...inner,
      apply(config) {
        inner.apply(config);
        const { lvs_sync_daemon: next, net_namespace_ipvs } = config.global_defs;
        const state = next?.instance === settings?.instance ? (wanted?.state ?? 'backup') : 'backup';
        settings = next?.instance ? next : null;
        namespace = net_namespace_ipvs;
        want(settings && syncDaemonOf(settings, state));
      },
      notify(notification) {
        inner.notify(notification);
        const state = states[notification.state];
        if (!settings || !state || notification.kind !== 'INSTANCE' || notification.name !== settings.instance) return;
        want(syncDaemonOf(settings, state));
      },
    }),
    async stop() {
      settings = null;
      want(null);
      await last;
      ipvs?.close();
      ipvs = null;
    },
  };
}

function isSame(a: IpvsDaemon | null, b: IpvsDaemon | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
