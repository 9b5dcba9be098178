// SPDX-License-Identifier: MIT
// global_defs and root keywords → GlobalDefs, and the defaults that instances take from them.

import { isMulticast } from '../base/address.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import { buildAgents } from './build-agents.ts';
import { type BuildContext, notice, repaired } from './build-context.ts';
import { buildFirewall } from './build-firewall.ts';
import { buildProcesses } from './build-process.ts';
import { type Block, blocksOf, entriesOf, placeOf, valueIn } from './keyword.ts';
import { globalDefs, kaTs } from './keywords/global-defs.ts';
import type { root } from './keywords/index.ts';
import { syncGroup } from './keywords/vrrp-groups.ts';
import type { GlobalDefs, MailDefs, NotifyDefs, PeriodForAll } from './model.ts';
import type { LvsDefs } from './model-lvs.ts';

/** What instances inherit. */
export interface InstanceDefaults {
  readonly garp_master_delay: Micros;
  readonly garp_master_repeat: number;
  readonly garp_master_refresh: Micros;
  readonly garp_master_refresh_repeat: number;
  readonly garp_lower_prio_delay: Micros | undefined;
  readonly garp_lower_prio_repeat: number | undefined;
  readonly garp_extra_if: PeriodForAll;
  readonly down_timer_adverts: number;
  readonly lower_prio_no_advert: boolean | undefined;
  readonly higher_prio_send_advert: boolean | undefined;
  readonly check_unicast_src: boolean;
  readonly skip_check_adv_addr: boolean;
  readonly strict_mode: boolean;
  readonly owner_ignore_adverts: boolean;
  readonly v3_checksum_as_v2: boolean;
  readonly smtp_alert: boolean;
  /** Of a member of a sync group: what the group says, else the global value. */
  readonly notify_priority_changes: (instance: string) => boolean;
}

export interface BuiltGlobals {
  /** All but what needs the system to be asked about scripts (build-notify.ts), or the instances (build-lvs-defs.ts). */
  readonly defs: Omit<GlobalDefs, keyof NotifyDefs | keyof LvsDefs>;
  readonly defaults: InstanceDefaults;
  readonly use_symlink_paths: boolean;
  /** Folders of iproute2's name tables; null: the usual ones. */
  readonly iproute: { readonly usr: string | null; readonly etc: string | null };
}

type Globals = Block<typeof globalDefs> | null;

export function buildGlobals(tree: Block<typeof root>, context: BuildContext): BuiltGlobals {
  const block: Globals = blocksOf(tree, 'global_defs')[0] ?? null;
  const get = <K extends keyof typeof globalDefs & string>(key: K) => valueIn(globalDefs, block, key);
  const own = block ? blocksOf(block, 'ka_ts')[0] : undefined;
  const defaults = instanceDefaults(tree, block, context);
  return {
    defs: {
      router_id: get('router_id') ?? null,
      ...mail(block, context),
      script_user: get('script_user') ?? null,
      enable_script_security: get('enable_script_security'),
      vrrp_version: get('vrrp_version') === 3 ? 3 : 2,
      vrrp_mcast_group4: get('vrrp_mcast_group4'),
      vrrp_mcast_group6: group6(block, context),
      ...inherited(defaults),
      vrrp_garp_interval: pacing(block, 'vrrp_garp_interval', context),
      vrrp_gna_interval: pacing(block, 'vrrp_gna_interval', context),
      vrrp_startup_delay: get('vrrp_startup_delay') ?? null,
      vrrp_delay_after_boot: get('vrrp_delay_after_boot') ?? null,
      vrrp_rx_bufs_policy: get('vrrp_rx_bufs_policy') ?? null,
      vrrp_rx_bufs_multiplier: get('vrrp_rx_bufs_multiplier'),
      log_unknown_vrids: get('log_unknown_vrids'),
      dynamic_interfaces: block?.settings.dynamic_interfaces !== undefined,
      allow_if_changes: block?.settings.dynamic_interfaces?.value === 'allow_if_changes',
      linkbeat_use_polling: tree.settings.linkbeat_use_polling !== undefined,
      default_interface: get('default_interface') ?? null,
      vrrp_netlink_cmd_rcv_bufs: get('vrrp_netlink_cmd_rcv_bufs'),
      vrrp_netlink_cmd_rcv_bufs_force: get('vrrp_netlink_cmd_rcv_bufs_force'),
      vrrp_netlink_monitor_rcv_bufs: get('vrrp_netlink_monitor_rcv_bufs'),
      vrrp_netlink_monitor_rcv_bufs_force: get('vrrp_netlink_monitor_rcv_bufs_force'),
      process_monitor_rcv_bufs: get('process_monitor_rcv_bufs'),
      process_monitor_rcv_bufs_force: get('process_monitor_rcv_bufs_force'),
      ...buildProcesses(tree, block, context),
      ...buildAgents(block),
      child_wait_time: tree.settings.child_wait_time?.value ?? seconds(5),
      vmac_prefix: get('vmac_prefix') ?? 'vrrp',
      vmac_addr_prefix: get('vmac_addr_prefix') ?? get('vmac_prefix') ?? 'vrrp',
      firewall: buildFirewall(block),
      disable_local_igmp: get('disable_local_igmp') ?? false,
      ka_ts: {
        lease: (own && valueIn(kaTs, own, 'lease')) ?? null,
        restore_limit: valueIn(kaTs, own ?? null, 'restore_limit'),
        flight_recorder: valueIn(kaTs, own ?? null, 'flight_recorder') ?? null,
        control_socket: valueIn(kaTs, own ?? null, 'control_socket') ?? null,
        no_control_socket: valueIn(kaTs, own ?? null, 'no_control_socket'),
        control_operators: valueIn(kaTs, own ?? null, 'control_operators') ?? null,
        operations_file: valueIn(kaTs, own ?? null, 'operations_file') ?? null,
        http: valueIn(kaTs, own ?? null, 'http') ?? null,
        break_before_make: valueIn(kaTs, own ?? null, 'break_before_make'),
        vip_lease: valueIn(kaTs, own ?? null, 'vip_lease'),
      },
    },
    defaults,
    use_symlink_paths: get('use_symlink_paths'),
    iproute: { usr: get('iproute_usr_dir') ?? null, etc: get('iproute_etc_dir') ?? null },
  };
}

/** What instances take over, for those who look at the daemon's settings. */
function inherited(d: InstanceDefaults) {
  return {
    vrrp_garp_master_delay: d.garp_master_delay,
    vrrp_garp_master_repeat: d.garp_master_repeat,
    vrrp_garp_master_refresh: d.garp_master_refresh,
    vrrp_garp_master_refresh_repeat: d.garp_master_refresh_repeat,
    vrrp_garp_lower_prio_delay: d.garp_lower_prio_delay ?? d.garp_master_delay,
    vrrp_garp_lower_prio_repeat: d.garp_lower_prio_repeat ?? d.garp_master_repeat,
    vrrp_garp_extra_if: d.garp_extra_if,
    vrrp_lower_prio_no_advert: d.lower_prio_no_advert ?? false,
    vrrp_higher_prio_send_advert: d.higher_prio_send_advert ?? false,
    vrrp_down_timer_adverts: d.down_timer_adverts,
    vrrp_check_unicast_src: d.check_unicast_src,
    vrrp_skip_check_adv_addr: d.skip_check_adv_addr,
    vrrp_strict: d.strict_mode,
    vrrp_v3_checksum_as_v2: d.v3_checksum_as_v2,
  };
}

function mail(block: Globals, context: BuildContext): MailDefs {
  const get = <K extends keyof typeof globalDefs & string>(key: K) => valueIn(globalDefs, block, key);
  let limit = get('smtp_connect_timeout');
  if (block && limit === 0) {
    const place = placeOf(block, 'smtp_connect_timeout');
    repaired(context, place, 'value-raised', 'smtp_conect_timeout must be greater than 0, setting to 1', { scope: 'parent' });
    limit = seconds(1);
  }
  return {
    smtp_server: get('smtp_server') ?? null,
    smtp_helo_name: get('smtp_helo_name') ?? null,
    smtp_connect_timeout: limit,
    notification_email_from: get('notification_email_from') ?? null,
    notification_email: entriesOf(block, 'notification_email').map((e) => e.value),
    smtp_alert: get('smtp_alert') ?? null,
    smtp_alert_vrrp: get('smtp_alert_vrrp') ?? null,
    smtp_alert_checker: get('smtp_alert_checker') ?? null,
    no_email_faults: get('no_email_faults'),
  };
}

function instanceDefaults(tree: Block<typeof root>, block: Globals, context: BuildContext): InstanceDefaults {
  const get = <K extends keyof typeof globalDefs & string>(key: K) => valueIn(globalDefs, block, key);
  // vrrp_min_garp only replaces what was not set.
  const few = get('vrrp_min_garp');
  const set = (key: keyof typeof globalDefs) => block?.settings[key] !== undefined;
  return {
    garp_master_delay: few && !set('vrrp_garp_master_delay') ? micros(0) : get('vrrp_garp_master_delay'),
    garp_master_repeat: few && !set('vrrp_garp_master_repeat') ? 1 : atLeastOne(block, 'vrrp_garp_master_repeat', context),
    garp_master_refresh: get('vrrp_garp_master_refresh'),
    garp_master_refresh_repeat: atLeastOne(block, 'vrrp_garp_master_refresh_repeat', context),
    garp_lower_prio_delay: get('vrrp_garp_lower_prio_delay'),
    garp_lower_prio_repeat: get('vrrp_garp_lower_prio_repeat'),
    garp_extra_if: get('vrrp_garp_extra_if') ?? { all: false, seconds: 0 },
    down_timer_adverts: get('vrrp_down_timer_adverts'),
    lower_prio_no_advert: get('vrrp_lower_prio_no_advert'),
    higher_prio_send_advert: get('vrrp_higher_prio_send_advert'),
    check_unicast_src: get('vrrp_check_unicast_src'),
    skip_check_adv_addr: get('vrrp_skip_check_adv_addr'),
    strict_mode: get('vrrp_strict'),
    owner_ignore_adverts: get('vrrp_owner_ignore_adverts'),
    v3_checksum_as_v2: get('v3_checksum_as_v2'),
    smtp_alert: get('smtp_alert_vrrp') ?? get('smtp_alert') ?? false,
    notify_priority_changes: priorityChanges(tree, get('vrrp_notify_priority_changes')),
  };
}

function priorityChanges(tree: Block<typeof root>, otherwise: boolean): (instance: string) => boolean {
  const ofGroup = new Map<string, boolean>();
  for (const group of blocksOf(tree, 'vrrp_sync_group')) {
    const said = valueIn(syncGroup, group, 'notify_priority_changes');
    if (said !== undefined) for (const { value } of entriesOf(group, 'group')) ofGroup.set(value, said);
  }
  return (instance) => ofGroup.get(instance) ?? otherwise;
}

function atLeastOne(block: Globals, key: 'vrrp_garp_master_repeat' | 'vrrp_garp_master_refresh_repeat', context: BuildContext): number {
  const value = valueIn(globalDefs, block, key);
  if (value > 0 || !block) return value;
  repaired(context, placeOf(block, key), 'value-raised', `${key} must be greater than 0, setting to 1`, { scope: 'parent', word: key });
  return 1;
}

function pacing(block: Globals, key: 'vrrp_garp_interval' | 'vrrp_gna_interval', context: BuildContext): Micros {
  const value = valueIn(globalDefs, block, key);
  if (value >= 1e6 && block) {
    notice(context, placeOf(block, key), 'pacing-slow', `The ${key} is very large - ${value / 1e6} seconds`, {
      scope: 'parent',
      word: key,
    });
  }
  return value;
}

function group6(block: Globals, context: BuildContext): GlobalDefs['vrrp_mcast_group6'] {
  const group = valueIn(globalDefs, block, 'vrrp_mcast_group6');
  if (block && isMulticast(group) && !/^ff.2/.test(group)) {
    repaired(context, placeOf(block, 'vrrp_mcast_group6'), 'group-scope', `vrrp_mcast_group6 [${group}] should be link-local multicast.`, {
      class: 'WARNING',
      severity: 'warning',
      scope: 'parent',
    });
  }
  return group;
}
