// SPDX-License-Identifier: MIT
// What global_defs says of IPVS → LvsDefs (reference/lvs-and-checkers.md sections 1, 5 and 6).

import { type BuildContext, notice } from './build-context.ts';
import { isReset } from './build-firewall.ts';
import { type Block, blocksOf, placeOf, valueIn } from './keyword.ts';
import { globalDefs } from './keywords/global-defs.ts';
import type { root } from './keywords/index.ts';
import { vrrpInstance } from './keywords/vrrp-instance.ts';
import type { VrrpInstance } from './model.ts';
import type { LvsDefs, LvsSyncDaemon } from './model-lvs.ts';

const usualTable = 'keepalived_ipvs';
const usualPriority = -1;
const usualFirstMark = 1000;

/** `instances`: of the sync daemon one. */
export function buildLvsDefs(tree: Block<typeof root>, instances: readonly VrrpInstance[], context: BuildContext): LvsDefs {
  const block = blocksOf(tree, 'global_defs')[0] ?? null;
  const get = <K extends keyof typeof globalDefs & string>(key: K) => valueIn(globalDefs, block, key);
  const namespace = tree.settings.net_namespace_ipvs;
  const onStop = block?.settings.lvs_flush_on_stop;
  const table = block?.settings.nftables_ipvs;
  const kept = (key: 'nftables_ipvs_priority' | 'nftables_ipvs_start_fwmark') =>
    isReset(block?.settings[key], table) ? undefined : get(key);
  return {
    rs_init_notifies: get('rs_init_notifies') ?? false,
    no_checker_emails: get('no_checker_emails') ?? false,
    checker_log_all_failures: get('checker_log_all_failures') ?? false,
    net_namespace_ipvs: namespace ? (namespace.value ?? '') : null,
    lvs_timeouts: get('lvs_timeouts') ?? null,
    lvs_flush: get('lvs_flush') ?? false,
    lvs_flush_on_stop: onStop === undefined ? 'each' : onStop.value === 'VS' ? 'VS' : 'all',
    lvs_sync_daemon: syncDaemonOf(block, instances, context) ?? olderSyncDaemon(tree, instances),
    nftables_ipvs: table ? (table.value[0] ?? usualTable) : null,
    nftables_ipvs_priority: kept('nftables_ipvs_priority') ?? usualPriority,
    nftables_ipvs_start_fwmark: kept('nftables_ipvs_start_fwmark') ?? usualFirstMark,
    lvs_netlink_cmd_rcv_bufs: get('lvs_netlink_cmd_rcv_bufs') ?? 0,
    lvs_netlink_cmd_rcv_bufs_force: get('lvs_netlink_cmd_rcv_bufs_force') ?? false,
    lvs_netlink_monitor_rcv_bufs: get('lvs_netlink_monitor_rcv_bufs') ?? 0,
    lvs_netlink_monitor_rcv_bufs_force: get('lvs_netlink_monitor_rcv_bufs_force') ?? false,
  };
}

function syncDaemonOf(
  block: Block<typeof globalDefs> | null,
  instances: readonly VrrpInstance[],
  context: BuildContext,
): LvsSyncDaemon | null {
  const written = valueIn(globalDefs, block, 'lvs_sync_daemon');
  if (!written || !block) return null;
  const instance = instances.find((i) => i.name === written.instance);
  if (written.instance !== null && !instance) {
    const message = `Unable to find vrrp instance ${written.instance} for lvs_syncd - clearing lvs_syncd config`;
    notice(context, placeOf(block, 'lvs_sync_daemon'), 'sync-instance-undefined', message, {
      word: written.instance,
      effect: 'no sync daemon runs',
    });
    return null;
  }
  return { ...written, id: written.id ?? instance?.virtual_router_id ?? 0 };
}

/** lvs_sync_daemon_interface of an instance, where global_defs says nothing. */
function olderSyncDaemon(tree: Block<typeof root>, instances: readonly VrrpInstance[]): LvsSyncDaemon | null {
  if (blocksOf(tree, 'global_defs').some((b) => b.settings.lvs_sync_daemon)) return null;
  for (const block of blocksOf(tree, 'vrrp_instance')) {
    const name = valueIn(vrrpInstance, block, 'lvs_sync_daemon_interface');
    const instance = instances.find((i) => i.name === block.name);
    if (name && instance) {
      const kernels = { maxlen: null, port: null, ttl: null, group: null };
      return { interface: name, instance: instance.name, id: instance.virtual_router_id, ...kernels };
    }
  }
  return null;
}
