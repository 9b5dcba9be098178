// SPDX-License-Identifier: MIT
// ProcessDefs as settings that can be written: what is at its default and has no word for that is left out.

import type { LvsDefs } from './model-lvs.ts';
import type { ProcessDefs } from './model-process.ts';

type Values = Readonly<Record<string, unknown>>;

/** For the root level. */
export function rootValues({ net_namespace, net_namespace_ipvs, instance, use_pid_dir }: ProcessDefs & LvsDefs): Values {
  return {
    net_namespace: net_namespace ?? undefined,
    net_namespace_ipvs: optional(net_namespace_ipvs),
    instance: instance ?? undefined,
    use_pid_dir,
  };
}

/** For global_defs, over the plain values. */
export function daemonValues(defs: ProcessDefs): Values {
  const unlessUsual = (name: string) => (name === 'keepalived' ? undefined : name);
  const unlessEmpty = (list: readonly number[]) => (list.length === 0 ? undefined : list);
  return {
    process_name: unlessUsual(defs.process_name),
    vrrp_process_name: unlessUsual(defs.vrrp_process_name),
    checker_process_name: unlessUsual(defs.checker_process_name),
    bfd_process_name: unlessUsual(defs.bfd_process_name),
    vrrp_cpu_affinity: unlessEmpty(defs.vrrp_cpu_affinity),
    checker_cpu_affinity: unlessEmpty(defs.checker_cpu_affinity),
    bfd_cpu_affinity: unlessEmpty(defs.bfd_cpu_affinity),
    checker_priority: defs.checker_priority || undefined,
    bfd_priority: defs.bfd_priority || undefined,
    reload_file: optional(defs.reload_file),
    reload_check_config: optional(defs.reload_check_config),
  };
}

/** For global_defs, over the plain values. */
export function lvsValues(defs: LvsDefs): Values {
  const { nftables_ipvs: table, nftables_ipvs_priority: priority, nftables_ipvs_start_fwmark: mark } = defs;
  const onStop = { each: undefined, VS: 'VS', all: null };
  return {
    rs_init_notifies: defs.rs_init_notifies || undefined,
    no_checker_emails: defs.no_checker_emails || undefined,
    checker_log_all_failures: defs.checker_log_all_failures || undefined,
    lvs_flush: defs.lvs_flush || undefined,
    lvs_netlink_cmd_rcv_bufs: defs.lvs_netlink_cmd_rcv_bufs || undefined,
    lvs_netlink_cmd_rcv_bufs_force: defs.lvs_netlink_cmd_rcv_bufs_force || undefined,
    lvs_netlink_monitor_rcv_bufs: defs.lvs_netlink_monitor_rcv_bufs || undefined,
    lvs_netlink_monitor_rcv_bufs_force: defs.lvs_netlink_monitor_rcv_bufs_force || undefined,
    lvs_flush_on_stop: onStop[defs.lvs_flush_on_stop],
    nftables_ipvs: table === null ? undefined : [table],
    nftables_ipvs_priority: table === null && priority === -1 ? undefined : priority,
    nftables_ipvs_start_fwmark: table === null && mark === 1000 ? undefined : mark,
  };
}

/** null in a table is the bare word, undefined no word at all. */
function optional(value: string | null): string | null | undefined {
  return value === null ? undefined : value || null;
}
