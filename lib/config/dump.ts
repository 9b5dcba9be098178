// SPDX-License-Identifier: MIT
// The effective configuration as text: every default written out, in keepalived's syntax, driven by the tables.
// Reading the text gives the same configuration again (but for secrets, when they are masked).

import type { HmacKeyEntry } from './auth-args.ts';
import { virtualMac } from './build-interfaces.ts';
import { dumpLvs } from './dump-lvs.ts';
import { daemonValues, lvsValues, rootValues } from './dump-process.ts';
import { block, type DumpOptions, rows, type Values } from './dump-rows.ts';
import type { TrackEntry } from './entries.ts';
import type { VirtualDevice } from './global-args.ts';
import { globalDefs, kaTs } from './keywords/global-defs.ts';
import { root } from './keywords/index.ts';
import { bfdInstance, trackFile, trackProcess } from './keywords/track-objects.ts';
import { garpGroup, syncGroup, trackGroup } from './keywords/vrrp-groups.ts';
import { vrrpInstance } from './keywords/vrrp-instance.ts';
import { vrrpScript } from './keywords/vrrp-script.ts';
import { quoteWord } from './lexer.ts';
import type {
  AuthHmac,
  Config,
  FirewallSettings,
  GarpGroup,
  GlobalDefs,
  KaTsInstanceOptions,
  KaTsOptions,
  MadeInterface,
  SyncGroup,
  TrackedLists,
  TrackProcess,
  VrrpInstance,
  VrrpScript,
  Weight,
} from './model.ts';
import { routeEntryOf, ruleEntryOf } from './policy-entries.ts';

export function dumpConfig(config: Config, options: DumpOptions = {}): string {
  const { child_wait_time, linkbeat_use_polling } = config.global_defs;
  const { interface_up_down_delays, linkbeat_interfaces } = config;
  const lines = [
    ...rows(
      root,
      { child_wait_time, linkbeat_use_polling, interface_up_down_delays, linkbeat_interfaces, ...rootValues(config.global_defs) },
      '',
      options,
    ),
    ...block('global_defs', globalDefs, globalValues(config), '', options),
    ...config.track_group.flatMap((g) => block(`track_group ${quoteWord(g.name)}`, trackGroup, { group: g.group }, '', options)),
    ...rows(root, staticValues(config), '', options),
    ...config.garp_group.flatMap((g) => block('garp_group', garpGroup, present<GarpGroup>(g), '', options)),
    ...config.vrrp_script.flatMap((s) => block(`vrrp_script ${quoteWord(s.name)}`, vrrpScript, scriptValues(s), '', options)),
    ...config.track_file.flatMap((f) => block(`track_file ${quoteWord(f.name)}`, trackFile, present(f), '', options)),
    ...config.vrrp_track_process.flatMap((p) =>
      block(`vrrp_track_process ${quoteWord(p.name)}`, trackProcess, processValues(p), '', options),
    ),
    ...config.bfd_instance.flatMap((b) => block(`bfd_instance ${quoteWord(b.name)}`, bfdInstance, present(b), '', options)),
    ...config.vrrp_sync_group.flatMap((g) => block(`vrrp_sync_group ${quoteWord(g.name)}`, syncGroup, groupValues(g), '', options)),
    ...config.vrrp_instance.flatMap((i) =>
      block(`vrrp_instance ${quoteWord(i.name)}`, vrrpInstance, instanceValues(i, config.global_defs), '', options),
    ),
    ...dumpLvs(config, options),
  ];
  return `${lines.join('\n')}\n`;
}

/** Absent settings must not be printed: null becomes undefined. */
function present<T extends object>(values: T): Values {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== null));
}

function globalValues(config: Config): Values {
  const { dynamic_interfaces, allow_if_changes, ka_ts, firewall, ...globals } = config.global_defs;
  return {
    ...present({
      ...globals,
      ...firewallValues(firewall),
      ka_ts: isDefault(ka_ts) ? null : present(ka_ts),
    }),
    ...daemonValues(globals),
    ...lvsValues(globals),
    // No pacing is said by leaving it out; the word takes no 0.
    ...(globals.vrrp_garp_interval > 0 ? {} : { vrrp_garp_interval: undefined }),
    ...(globals.vrrp_gna_interval > 0 ? {} : { vrrp_gna_interval: undefined }),
    ...(globals.vrrp_garp_extra_if.seconds > 0 ? {} : { vrrp_garp_extra_if: undefined }),
    // Its argument is optional: null is the bare word.
    ...(dynamic_interfaces ? { dynamic_interfaces: allow_if_changes ? 'allow_if_changes' : null } : {}),
  };
}

function isInherited(own: KaTsInstanceOptions, globals: KaTsOptions): boolean {
  return own.break_before_make === globals.break_before_make && own.vip_lease === globals.vip_lease;
}

function isDefault({ lease, restore_limit, ...own }: KaTsOptions): boolean {
  if (own.http !== null || own.flight_recorder !== null) return false;
  if (own.control_socket !== null || own.no_control_socket || own.control_operators !== null) return false;
  if (own.operations_file !== null) return false;
  const { break_before_make, vip_lease } = kaTs;
  const same = own.break_before_make === break_before_make.default && own.vip_lease === vip_lease.default;
  return lease === null && restore_limit === kaTs.restore_limit.default && same;
}

function staticValues({ static_ipaddress, static_routes, static_rules }: Config): Values {
  return { static_ipaddress, static_routes: static_routes.map(routeEntryOf), static_rules: static_rules.map(ruleEntryOf) };
}

function scriptValues(s: VrrpScript): Values {
  return present({ ...s, script: { ...s.script, user: null }, user: s.script.user });
}

function processValues(p: TrackProcess): Values {
  const { param_match, terminate_delay, fork_delay, ...rest } = p;
  return {
    ...present(rest),
    // Bare it says exact; no delay is said by leaving it out.
    ...(param_match === 'none' ? {} : { param_match: param_match === 'exact' ? null : param_match }),
    ...(terminate_delay > 0 ? { terminate_delay } : {}),
    ...(fork_delay > 0 ? { fork_delay } : {}),
  };
}

const trackedLists = ['track_interface', 'track_script', 'track_file', 'track_process', 'track_bfd'] as const;

function instanceValues(i: VrrpInstance, globals: GlobalDefs): Values {
  const unicast = i.unicast_peer.length > 0;
  const owner = i.priority === 255;
  const values = present({
    ...i,
    mcast_dst_ip: unicast ? null : i.mcast_dst_ip,
    no_virtual_ipaddress: i.virtual_ipaddress.length === 0 && i.version === 2 && !i.strict_mode,
    // These words are refused for the other kind of router.
    owner_ignore_adverts: owner && i.owner_ignore_adverts ? true : null,
    use_vmac: i.use_vmac && deviceWords(i.use_vmac, i.virtual_router_id),
    use_ipvlan: i.use_ipvlan && deviceWords(i.use_ipvlan, i.virtual_router_id),
    auth_hmac: i.auth_hmac && { ...i.auth_hmac, key: i.auth_hmac.keys.map(hmacKeyEntry) },
    preempt_delay: i.preempt_delay > 0 ? i.preempt_delay : null,
    ka_ts: isInherited(i.ka_ts, globals.ka_ts) ? null : present(i.ka_ts),
    ...trackers(i),
    virtual_routes: i.virtual_routes.map(routeEntryOf),
    virtual_rules: i.virtual_rules.map(ruleEntryOf),
  });
  // Where an argument is optional, null is the bare word.
  const sums = { auto: undefined, always: null, never: 'never' };
  return {
    ...values,
    old_unicast_checksum: sums[i.old_unicast_checksum],
    ...(i.notify_deleted ? { notify_deleted: i.notify_deleted.script } : {}),
  };
}

function deviceWords(made: MadeInterface, vrid: number): VirtualDevice {
  return {
    name: made.named ? made.name : null,
    mac: made.mac === virtualMac(made.family, vrid) ? null : made.mac,
    address: made.address && `${made.address.ip}/${made.address.prefixLength}`,
    mode: made.mode === 'private' && made.kind === 'macvlan' ? null : made.mode,
    group: made.group === null ? null : String(made.group),
    notify: made.netlink_notify_msg,
  };
}

function firewallValues(f: FirewallSettings): Values {
  const chains = f.vrrp_iptables && [f.vrrp_iptables.input, f.vrrp_iptables.output].filter((name) => name !== '');
  const sets = f.vrrp_ipsets && Object.values(f.vrrp_ipsets);
  return {
    vrrp_iptables: chains,
    // Without this line iptables comes with sets.
    vrrp_ipsets: sets ?? (chains && []),
    nftables: f.nftables === null ? null : [f.nftables],
    nftables_priority: f.nftables === null && f.nftables_priority === -1 ? null : f.nftables_priority,
    nftables_ifindex: f.nftables_ifindex,
    nftables_counters: f.nftables_counters,
  };
}

function groupValues(g: SyncGroup): Values {
  return present({ ...g, ...trackers(g) });
}

function trackers(t: TrackedLists): Values {
  return Object.fromEntries(trackedLists.map((list) => [list, t[list].map(trackEntry)]));
}

function hmacKeyEntry({ id, hex, file }: AuthHmac['keys'][number]): HmacKeyEntry {
  return { id, key: file === null ? { hex } : { file } };
}

function trackEntry(t: { readonly name: string; readonly weight: Weight }): TrackEntry {
  return { name: t.name, weight: t.weight, noreverse: !t.weight.reverse };
}
