// SPDX-License-Identifier: MIT
// The typed configuration: what a keepalived.conf means. Keys are keepalived's own words. Built by config/build.ts,
// frozen, plain JSON data (it crosses processes). Consumers import these types, never the tables.

import type { Family, Ip } from '../base/address.ts';
import type { Micros } from '../base/time.ts';
import type { AgentDefs } from './model-agents.ts';
import type { LvsConfig, LvsDefs } from './model-lvs.ts';
import type { ProcessDefs } from './model-process.ts';
import type { Route, Rule, StaticAddress, TrackGroup } from './policy-model.ts';

export type {
  Encap,
  MetricName,
  Prefix,
  Route,
  RouteHop,
  RouteMetric,
  Rule,
  RuleAction,
  StaticAddress,
  TrackGroup,
} from './policy-model.ts';

export interface Config extends LvsConfig {
  readonly global_defs: GlobalDefs;
  readonly vrrp_script: readonly VrrpScript[];
  /** Those that somebody tracks, as for scripts. */
  readonly track_file: readonly TrackFile[];
  readonly vrrp_track_process: readonly TrackProcess[];
  /** All sessions, tracked or not. */
  readonly bfd_instance: readonly BfdInstance[];
  readonly interface_up_down_delays: readonly InterfaceDelay[];
  readonly linkbeat_interfaces: readonly LinkbeatInterface[];
  readonly vrrp_instance: readonly VrrpInstance[];
  readonly garp_group: readonly GarpGroup[];
  readonly vrrp_sync_group: readonly SyncGroup[];
  readonly track_group: readonly TrackGroup[];
  readonly static_ipaddress: readonly StaticAddress[];
  readonly static_routes: readonly Route[];
  readonly static_rules: readonly Rule[];
}

/** Pacing of some interfaces in place of vrrp_garp_interval and vrrp_gna_interval; at least one interval is set. */
export interface GarpGroup {
  /** Always empty. */
  readonly name: string;
  readonly position: Position;
  /** null: not paced. */
  readonly garp_interval: Micros | null;
  readonly gna_interval: Micros | null;
  /** Paced on its own. */
  readonly interface: string | null;
  /** Paced together. */
  readonly interfaces: readonly string[];
}

/** Mails about transitions. They are sent when there are a server and recipients. */
export interface MailDefs {
  readonly smtp_server: { readonly host: string; readonly port: number } | null;
  /** The local host name when absent; the shell fills that in. */
  readonly smtp_helo_name: string | null;
  /** Connecting, and each answer of the server. */
  readonly smtp_connect_timeout: Micros;
  /** USER@HOST when absent; the shell fills that in. */
  readonly notification_email_from: string | null;
  readonly notification_email: readonly string[];
  /** null: not set. Instances have taken their default from these already. */
  readonly smtp_alert: boolean | null;
  readonly smtp_alert_vrrp: boolean | null;
  readonly smtp_alert_checker: boolean | null;
  readonly no_email_faults: boolean;
}

/** A named pipe that events are written to. */
export interface NotifyFifo {
  readonly path: string;
  readonly user: ScriptUser | null;
  /** Whom it belongs to, resolved; null: the daemon itself. */
  readonly owner: RunAs | null;
}

/** What global_defs says of FIFOs and scripts that belong to no object. */
export interface NotifyDefs {
  readonly notify_fifo: NotifyFifo | null;
  readonly notify_fifo_script: Script | null;
  readonly vrrp_notify_fifo: NotifyFifo | null;
  readonly vrrp_notify_fifo_script: Script | null;
  readonly lvs_notify_fifo: NotifyFifo | null;
  readonly lvs_notify_fifo_script: Script | null;
  readonly startup_script: Script | null;
  readonly startup_script_timeout: Micros;
  readonly shutdown_script: Script | null;
  readonly shutdown_script_timeout: Micros;
  readonly vrrp_notify_priority_changes: boolean;
  readonly fifo_write_vrrp_states_on_reload: boolean;
}

export interface GlobalDefs extends MailDefs, NotifyDefs, ProcessDefs, LvsDefs, AgentDefs {
  /** Local host name when absent; the shell fills that in. */
  readonly router_id: string | null;
  readonly script_user: ScriptUser | null;
  readonly enable_script_security: boolean;
  readonly vrrp_version: 2 | 3;
  readonly vrrp_mcast_group4: Ip;
  readonly vrrp_mcast_group6: Ip;
  readonly vrrp_garp_master_delay: Micros;
  readonly vrrp_garp_master_repeat: number;
  readonly vrrp_garp_master_refresh: Micros;
  readonly vrrp_garp_master_refresh_repeat: number;
  readonly vrrp_garp_lower_prio_delay: Micros;
  readonly vrrp_garp_lower_prio_repeat: number;
  readonly vrrp_garp_extra_if: PeriodForAll;
  readonly vrrp_lower_prio_no_advert: boolean;
  readonly vrrp_higher_prio_send_advert: boolean;
  readonly vrrp_down_timer_adverts: number;
  readonly vrrp_check_unicast_src: boolean;
  readonly vrrp_skip_check_adv_addr: boolean;
  readonly vrrp_strict: boolean;
  /** keepalived's `v3_checksum_as_v2` outside instances. */
  readonly vrrp_v3_checksum_as_v2: boolean;
  readonly vrrp_garp_interval: Micros;
  readonly vrrp_gna_interval: Micros;
  readonly vrrp_startup_delay: Micros | null;
  /** Uptime of the machine before which VRRP is held back. */
  readonly vrrp_delay_after_boot: Micros | null;
  /** Bytes, or multiples of the MTU or the advert; null: the system's default. */
  readonly vrrp_rx_bufs_policy: 'MTU' | 'ADVERT' | number | null;
  readonly vrrp_rx_bufs_multiplier: number;
  readonly log_unknown_vrids: boolean;
  readonly dynamic_interfaces: boolean;
  /** They may come back as another kind or on another interface: who then shares a VRID is in FAULT. */
  readonly allow_if_changes: boolean;
  /** Receive buffers of the VRRP process's rtnetlink sockets in bytes, 0 for its own choice; _force: beyond the system's maximum. */
  readonly vrrp_netlink_cmd_rcv_bufs: number;
  readonly vrrp_netlink_cmd_rcv_bufs_force: boolean;
  readonly vrrp_netlink_monitor_rcv_bufs: number;
  readonly vrrp_netlink_monitor_rcv_bufs_force: boolean;
  /** Receive buffer of the process event socket in bytes, 0 for the default; _force: beyond the system's maximum. */
  readonly process_monitor_rcv_bufs: number;
  /** Poll the links of all instances. */
  readonly linkbeat_use_polling: boolean;
  readonly process_monitor_rcv_bufs_force: boolean;
  /** For static addresses without dev; null: eth0. */
  readonly default_interface: string | null;
  readonly child_wait_time: Micros;
  readonly vmac_prefix: string;
  /** For the VMACs of single addresses; already defaulted to vmac_prefix. */
  readonly vmac_addr_prefix: string;
  readonly firewall: FirewallSettings;
  readonly disable_local_igmp: boolean;
  readonly ka_ts: KaTsOptions;
}

/** What `ka_ts { … }` can say of an instance; global_defs says it for all. */
export interface KaTsInstanceOptions {
  /** A planned end removes the addresses at once, as keepalived does. */
  readonly break_before_make: boolean;
  /** Seconds that the kernel keeps the addresses if nobody renews them; 0: for ever. */
  readonly vip_lease: number;
}

/** Our own block, `ka_ts { … }` (decisions.md section 6). */
export interface KaTsOptions extends KaTsInstanceOptions {
  /** `lease SECONDS`: how long the engine goes on without the event loop; null: max(3 s, 3 × longest interval). */
  readonly lease: Micros | null;
  /** `restore_limit N`: how many times in a minute something removed is put back before the instance steps down; 0: always. */
  readonly restore_limit: number;
  /** `control_socket PATH [MODE [GROUP]]`; null: beside the pid file. */
  readonly control_socket: ControlSocket | null;
  /** `flight_recorder DIR [files N] [size BYTES]`; null: nothing is recorded. */
  readonly flight_recorder: FlightRecorder | null;
  readonly no_control_socket: boolean;
  /** Group whose members may operate; null: root alone. */
  readonly control_operators: string | null;
  /** Absolute; where operations are kept; null: beside the pid file. */
  readonly operations_file: string | null;
  /** `http ADDRESS PORT [NAME...]`: the status page; null: there is none. */
  readonly http: HttpPlace | null;
}

export interface HttpPlace {
  readonly address: Ip;
  /** 1024..65535 */
  readonly port: number;
  /** Host names in lower case that a request may name besides localhost, the own one and addresses. */
  readonly names: readonly string[];
}

export interface FlightRecorder {
  readonly directory: string;
  /** Recordings kept. */
  readonly files: number;
  /** Bytes of all together. */
  readonly size: number;
}

export interface ControlSocket {
  /** Absolute. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** By name or number; null: that of the daemon. */
  readonly group: string | null;
}

export interface PeriodForAll {
  readonly all: boolean;
  readonly seconds: number;
}

/** Which firewall holds the rules for no_accept and virtual MACs, as written. */
export interface FirewallSettings {
  /** Table name; null: not asked for. */
  readonly nftables: string | null;
  readonly nftables_priority: number;
  readonly nftables_ifindex: boolean;
  readonly nftables_counters: boolean;
  /** Chains for input and output; null: not asked for. */
  readonly vrrp_iptables: { readonly input: string; readonly output: string } | null;
  /** Names of the sets; null: one rule for each address. */
  readonly vrrp_ipsets: IpsetNames | null;
}

export interface IpsetNames {
  readonly address4: string;
  readonly address6: string;
  readonly linkLocal: string;
  readonly igmp: string;
  readonly mld: string;
  readonly nd: string;
}

/** An interface that the daemon makes on another one: the macvlan of a virtual MAC, or an ipvlan. */
export interface MadeInterface {
  readonly kind: 'macvlan' | 'ipvlan';
  /** Unique in the configuration; at most 15 bytes. */
  readonly name: string;
  /** The configuration chose the name. */
  readonly named: boolean;
  /** The interface below. */
  readonly base: string;
  /** Of the addresses on it. */
  readonly family: Family;
  /** Text; null for an ipvlan, which has that of the interface below. */
  readonly mac: string | null;
  readonly mode: 'private' | 'bridge' | 'vepa';
  /** Link group; null: that of the interface below. */
  readonly group: number | null;
  /** Force a link message for the interface below after making and removing it. */
  readonly netlink_notify_msg: boolean;
  /** The ipvlan's own address. */
  readonly address: { readonly ip: Ip; readonly prefixLength: number } | null;
}

/** Where a thing stands, for messages after parsing. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ScriptUser {
  readonly user: string;
  readonly group: string | null;
}

/** A command as configured: words after keepalived's two-stage quoting. */
export interface Script {
  readonly words: readonly string[];
  readonly user: ScriptUser | null;
  /** Text as written, for dumps. */
  readonly text: string;
  /** Resolved path to execute (words[0] stays argv[0]); null when the system was not asked. */
  readonly path: string | null;
  /** Whom it runs as, resolved; null: as the daemon itself. */
  readonly run_as: RunAs | null;
}

/** Numbers of an existing user and group. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface VrrpScript {
  readonly name: string;
  readonly position: Position;
  readonly script: Script;
  readonly interval: Micros;
  /** Already defaulted to interval. */
  readonly timeout: Micros;
  readonly weight: Weight;
  readonly rise: number;
  readonly fall: number;
  readonly init_fail: boolean;
}

export interface Weight {
  readonly value: number;
  readonly reverse: boolean;
}

/** A file whose content is a number; the number times a weight is added to a priority. */
export interface TrackFile {
  readonly name: string;
  readonly position: Position;
  readonly file: string;
  readonly weight: Weight;
  /** Written at a start when the file is missing, with `overwrite` in any case; null: left alone. */
  readonly init_file: { readonly value: number; readonly overwrite: boolean } | null;
}

export interface TrackProcess {
  readonly name: string;
  readonly position: Position;
  /** The command, then its parameters. */
  readonly process: readonly string[];
  /** none: parameters are not looked at. */
  readonly param_match: 'none' | 'exact' | 'initial' | 'partial';
  readonly weight: Weight;
  readonly quorum: number;
  /** null: no limit; 0: none may run, whatever quorum says. */
  readonly quorum_max: number | null;
  readonly terminate_delay: Micros;
  readonly fork_delay: Micros;
  readonly full_command: boolean;
}

export interface TrackBfd {
  readonly name: string;
  readonly position: Position;
  readonly neighbor_ip: Ip;
  readonly weight: Weight;
}

/** A BFD session as the BFD process runs it. Times in µs. */
export interface BfdInstance extends TrackBfd {
  /** null: the kernel chooses. */
  readonly source_ip: Ip | null;
  readonly min_rx: Micros;
  readonly min_tx: Micros;
  readonly idle_tx: Micros;
  readonly multiplier: number;
  readonly passive: boolean;
  /** TTL or hop limit sent, 1..255. */
  readonly ttl: number;
  /** 0..ttl; 255: any. */
  readonly max_hops: number;
  readonly multihop: boolean;
  /** Who is told of its changes; neither: both are. */
  readonly vrrp: boolean;
  readonly checker: boolean;
}

/** How long a link must have changed before it counts. */
export interface InterfaceDelay {
  readonly name: string;
  readonly down: Micros;
  readonly up: Micros;
}

/** A link that is polled; type null: by the first way that its driver answers to. */
export interface LinkbeatInterface {
  readonly name: string;
  readonly type: 'MII' | 'ETHTOOL' | 'IOCTL' | null;
}

/** Something that an instance or a sync group follows; the weight is already defaulted to that of the thing itself. */
export interface TrackedObject {
  readonly name: string;
  readonly weight: Weight;
}

/** What an instance or a sync group follows. */
export interface TrackedLists {
  readonly track_interface: readonly TrackedObject[];
  readonly track_script: readonly TrackedObject[];
  readonly track_file: readonly TrackedObject[];
  readonly track_process: readonly TrackedObject[];
  readonly track_bfd: readonly TrackedObject[];
}

/** Instances that change state together. Their own trackers are already without what the group forbids. */
export interface SyncGroup extends TrackedLists {
  readonly name: string;
  readonly position: Position;
  /** Names of existing instances, each in no other group. */
  readonly group: readonly string[];
  readonly sync_group_tracking_weight: boolean;
  readonly notify_master: Script | null;
  readonly notify_backup: Script | null;
  readonly notify_fault: Script | null;
  readonly notify_stop: Script | null;
  readonly notify: Script | null;
  readonly smtp_alert: boolean;
}

export interface VirtualAddress {
  readonly ip: Ip;
  readonly prefixLength: number;
  /** null: the interface of the instance. */
  readonly dev: string | null;
  readonly scope: number;
  readonly broadcast: Ip | null;
  readonly label: string | null;
  readonly peer: Ip | null;
  readonly home: boolean;
  /** `-nodad` */
  readonly dad: boolean;
  readonly mngtmpaddr: boolean;
  readonly noprefixroute: boolean;
  readonly autojoin: boolean;
  readonly no_track: boolean;
  /** On a VMAC of its interface. */
  readonly use_vmac: boolean;
  /** Name of the made interface it goes on; null: on `dev` itself. */
  readonly made: string | null;
  /** Seconds; null: for ever. */
  readonly preferred_lft: number | null;
  readonly position: Position;
}

export interface UnicastPeer {
  readonly ip: Ip;
  readonly min_ttl: number;
  readonly max_ttl: number;
}

/** `auth_hmac { … }`; null in the instance when it is absent or cannot sign. */
export interface AuthHmac {
  /** At least the active one. Secret: bytes in hex; `file`: where they were read from. */
  readonly keys: readonly { readonly id: number; readonly hex: string; readonly file: string | null }[];
  readonly active_key: number;
  /** Seconds, 1..300. */
  readonly time_window: number;
  readonly anti_replay: 'time' | 'monotonic';
  readonly mode: 'enforce' | 'permissive' | 'receive-only';
}

/** Every default is applied and every cross-check done: consumers do not default again. */
export interface VrrpInstance extends TrackedLists {
  readonly name: string;
  readonly position: Position;
  readonly family: Family;
  readonly version: 2 | 3;
  readonly state: 'MASTER' | 'BACKUP';
  /** null only for unicast with a source address. */
  readonly interface: string | null;
  /** The interface that carries the virtual MAC; adverts leave through it unless vmac_xmit_base. */
  readonly use_vmac: MadeInterface | null;
  readonly use_ipvlan: MadeInterface | null;
  readonly use_vmac_addr: boolean;
  readonly vmac_xmit_base: boolean;
  /** VMACs for addresses on other interfaces or of the other family. */
  readonly address_vmacs: readonly MadeInterface[];
  /** VRF device of a unicast instance without interface. */
  readonly vrf: string | null;
  readonly virtual_router_id: number;
  readonly priority: number;
  readonly advert_int: Micros;
  readonly nopreempt: boolean;
  readonly preempt_delay: Micros;
  readonly down_timer_adverts: number;
  /** Highest priority of other routers; null: not asked for. */
  readonly timer_expired_backup: number | null;
  readonly mcast_src_ip: Ip | null;
  readonly unicast_src_ip: Ip | null;
  readonly mcast_dst_ip: Ip;
  readonly unicast_peer: readonly UnicastPeer[];
  readonly unicast_ttl: number | null;
  readonly check_unicast_src: boolean;
  readonly track_src_ip: boolean;
  readonly dont_track_primary: boolean;
  readonly linkbeat_use_polling: boolean;
  readonly virtual_ipaddress: readonly VirtualAddress[];
  readonly virtual_ipaddress_excluded: readonly VirtualAddress[];
  readonly virtual_routes: readonly Route[];
  readonly virtual_rules: readonly Rule[];
  readonly promote_secondaries: boolean;
  /** ka_ts { restore_limit }; 0: none. */
  readonly restore_limit: number;
  readonly ka_ts: KaTsInstanceOptions;
  readonly authentication: { readonly auth_type: 'PASS' | 'AH'; readonly auth_pass: string } | null;
  readonly auth_hmac: AuthHmac | null;
  readonly notify_master: Script | null;
  readonly notify_backup: Script | null;
  readonly notify_fault: Script | null;
  readonly notify_stop: Script | null;
  readonly notify: Script | null;
  readonly notify_master_rx_lower_pri: Script | null;
  /** null: who vanishes at a reload is told as FAULT; else as DELETED, to the script too if there is one. */
  readonly notify_deleted: { readonly script: Script | null } | null;
  readonly smtp_alert: boolean;
  /** Changes of priority are told to the FIFOs. */
  readonly notify_priority_changes: boolean;
  readonly lower_prio_no_advert: boolean;
  readonly higher_prio_send_advert: boolean;
  readonly owner_ignore_adverts: boolean;
  readonly skip_check_adv_addr: boolean;
  readonly v3_checksum_as_v2: boolean;
  /** Sum of v3 unicast adverts over IPv4: `auto` follows a peer that has the old one, `never` refuses it. */
  readonly old_unicast_checksum: 'auto' | 'always' | 'never';
  /** Bytes; null: what vrrp_rx_bufs_policy says. */
  readonly kernel_rx_buf_size: number | null;
  readonly strict_mode: boolean;
  /** Accept_Mode; false asks for firewall rules. */
  readonly accept: boolean;
  /** Why the instance must stay in FAULT whatever happens (keepalived's flag `config error`); empty: it may run. */
  readonly config_faults: readonly string[];
  readonly garp_master_delay: Micros;
  readonly garp_master_repeat: number;
  readonly garp_master_refresh: Micros;
  readonly garp_master_refresh_repeat: number;
  readonly garp_lower_prio_delay: Micros;
  readonly garp_lower_prio_repeat: number;
  /** Period in seconds on interfaces that send no adverts, 0: none; all: not only on VMACs. */
  readonly garp_extra_if: PeriodForAll;
}
