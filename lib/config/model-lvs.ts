// SPDX-License-Identifier: MIT
// The IPVS half of the typed configuration: virtual servers, their real servers and the checks of those. As in model.ts,
// keys are keepalived's own words, every default is applied and inheritance (service, server, check) is done.

import type { Family, Ip } from '../base/address.ts';
import type { Micros } from '../base/time.ts';
import type { Position, Script, Weight } from './model.ts';

/** What the checker process works on. */
export interface LvsConfig {
  /** What SSL_GET shows of itself; null: nothing. */
  readonly SSL: TlsMaterial | null;
  readonly virtual_server: readonly VirtualServer[];
  readonly virtual_server_group: readonly VirtualServerGroup[];
}

/** Files in PEM; null: not given. */
export interface TlsMaterial {
  readonly password: string | null;
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
}

/** What global_defs says of IPVS. */
export interface LvsDefs {
  /** Servers that are up at the start are told to scripts and FIFOs as such. */
  readonly rs_init_notifies: boolean;
  /** Mail of a check only when the server changes with it. */
  readonly no_checker_emails: boolean;
  /** Default of log_all_failures; the checks have taken it. */
  readonly checker_log_all_failures: boolean;
  /** Namespace that gets the table, by name; '' the machine's own, null that of the daemon. */
  readonly net_namespace_ipvs: string | null;
  /** Seconds; what is absent stays as the kernel has it. null: all. */
  readonly lvs_timeouts: { readonly tcp?: number; readonly tcpfin?: number; readonly udp?: number } | null;
  /** Empty the table at the start, of services of others too. */
  readonly lvs_flush: boolean;
  /** At the end: each server, then its service; services alone; or the whole table, of others too. */
  readonly lvs_flush_on_stop: 'each' | 'VS' | 'all';
  readonly lvs_sync_daemon: LvsSyncDaemon | null;
  /** Table of nftables that marks the traffic of groups; null: none. */
  readonly nftables_ipvs: string | null;
  readonly nftables_ipvs_priority: number;
  readonly nftables_ipvs_start_fwmark: number;
  /** Receive buffer of the netlink socket for commands in bytes, 0 for the default; _force: beyond the system's maximum. */
  readonly lvs_netlink_cmd_rcv_bufs: number;
  readonly lvs_netlink_cmd_rcv_bufs_force: boolean;
  /** Likewise, of the socket that tells of addresses. */
  readonly lvs_netlink_monitor_rcv_bufs: number;
  readonly lvs_netlink_monitor_rcv_bufs_force: boolean;
}

/** null: as the kernel has it. */
export interface LvsSyncDaemon {
  readonly interface: string;
  /** It is master while this instance is, and backup otherwise. null: both run, always. */
  readonly instance: string | null;
  /** 0..255; that of the instance when it was not given. */
  readonly id: number;
  readonly maxlen: number | null;
  readonly port: number | null;
  readonly ttl: number | null;
  readonly group: Ip | null;
}

export type Transport = 'TCP' | 'UDP' | 'SCTP';

export interface LvsMethod {
  readonly method: 'NAT' | 'DR' | 'TUN';
  /** The last three are for TUN. */
  readonly type: 'ipip' | 'gue' | 'gre';
  readonly port: number | null;
  readonly checksum: 'nocsum' | 'csum' | 'remcsum';
}

/** What a service is known by, in the kernel and from one configuration to the next. */
export type ServiceKey =
  | { readonly kind: 'address'; readonly ip: Ip; readonly port: number; readonly protocol: Transport }
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: Family }
  /** `index`: how many virtual servers before it use the same group. */
  | { readonly kind: 'group'; readonly group: string; readonly index: number; readonly family: Family; readonly protocol: Transport };

export interface VirtualServer extends HandedDown {
  readonly position: Position;
  /** As messages and FIFOs name it: `[192.0.2.1]:tcp:80`, `FWM 3`, `[GROUP]:0`. */
  readonly name: string;
  readonly key: ServiceKey;
  readonly lvs_sched: string;
  readonly flags: SchedulerFlags;
  /** One-packet scheduling. */
  readonly ops: boolean;
  readonly persistence: Persistence | null;
  readonly quorum: number;
  /** Less than quorum. */
  readonly hysteresis: number;
  readonly quorum_up: Script | null;
  readonly quorum_down: Script | null;
  readonly omega: boolean;
  readonly ha_suspend: boolean;
  readonly smtp_alert: boolean;
  readonly snmp_name: string | null;
  /** Of servers that say nothing themselves. */
  readonly weight: number;
  readonly inhibit_on_failure: boolean;
  readonly lvs_method: LvsMethod;
  readonly sorry_server: SorryServer | null;
  readonly real_server: readonly RealServer[];
}

/** What a service hands down to its servers, and these to their checks, which have taken it. null: not given. */
export interface HandedDown {
  readonly alpha: boolean;
  readonly delay_loop: Micros;
  readonly connect_timeout: Micros;
  readonly retry: number | null;
  readonly delay_before_retry: Micros | null;
  readonly warmup: Micros | null;
  readonly virtualhost: string | null;
}

/** sched-1 is sh-fallback or mh-fallback, sched-2 sh-port or mh-port. */
export interface SchedulerFlags {
  readonly 'sched-1': boolean;
  readonly 'sched-2': boolean;
  readonly 'sched-3': boolean;
}

export interface Persistence {
  /** Seconds, 1..2678400. */
  readonly timeout: number;
  /** Prefix length for IPv6, a netmask as address for IPv4; null: each client on its own. */
  readonly granularity: Ip | number | null;
  readonly engine: string | null;
}

export interface SorryServer {
  readonly ip: Ip;
  readonly port: number;
  readonly inhibit: boolean;
  readonly lvs_method: LvsMethod;
}

/** What it does not say itself it has from its service, but for virtualhost. */
export interface RealServer extends HandedDown {
  readonly position: Position;
  /** `[198.51.100.11]:tcp:80` */
  readonly name: string;
  readonly ip: Ip;
  /** As the kernel gets it for an address service; 0: the port of the service. */
  readonly port: number;
  /** 0..2147483647 */
  readonly weight: number;
  readonly lvs_method: LvsMethod;
  readonly uthreshold: number;
  readonly lthreshold: number;
  readonly inhibit_on_failure: boolean;
  readonly notify_up: Script | null;
  readonly notify_down: Script | null;
  readonly smtp_alert: boolean;
  readonly snmp_name: string | null;
  readonly checkers: readonly Checker[];
}

export interface CheckTiming {
  readonly delay_loop: Micros;
  /** Upper bound of a random wait before the first run. */
  readonly warmup: Micros;
  /** Failures that are tried again before the server goes down. */
  readonly retry: number;
  readonly delay_before_retry: Micros;
  /** Down until the first success. */
  readonly alpha: boolean;
  readonly log_all_failures: boolean;
}

export interface CheckTarget {
  readonly ip: Ip;
  readonly port: number;
  readonly bindto: Ip | null;
  readonly bind_port: number | null;
  readonly bind_if: string | null;
  /** Of outgoing packets; 0 none. */
  readonly fwmark: number;
  /** Of each phase. */
  readonly connect_timeout: Micros;
}

interface Networked {
  readonly timing: CheckTiming;
  readonly target: CheckTarget;
}

export interface WebPage {
  readonly path: string;
  /** null: `address:port` of the target. */
  readonly host: string | null;
  /** null: none is sent. */
  readonly sni: string | null;
  /** MD5 of the body, 32 lower-case hexadecimal digits. */
  readonly digest: string | null;
  readonly status_code: readonly (readonly [low: number, high: number])[];
  readonly regex: Regex | null;
  readonly tls_compliant: boolean;
}

export interface Regex {
  readonly pattern: string;
  readonly options: readonly string[];
  readonly no_match: boolean;
  readonly min_offset: number;
  /** null: no limit. */
  readonly max_offset: number | null;
}

export type Checker =
  | ({ readonly kind: 'TCP_CHECK' | 'PING_CHECK' } & Networked)
  | ({
      readonly kind: 'UDP_CHECK';
      /** Hexadecimal; null: keepalived's text. */
      readonly payload: string | null;
      /** null: none needed. Two digits an octet, `x` any nibble; empty: whatever comes. */
      readonly require_reply: string | null;
      readonly min_reply_length: number;
      readonly max_reply_length: number;
    } & Networked)
  | ({
      readonly kind: 'HTTP_GET' | 'SSL_GET';
      readonly http_protocol: '1.0' | '1.0C' | '1.1';
      readonly fast_recovery: boolean;
      /** At least one. */
      readonly url: readonly WebPage[];
    } & Networked)
  | ({ readonly kind: 'SMTP_CHECK'; readonly helo_name: string } & Networked)
  | ({ readonly kind: 'DNS_CHECK'; readonly type: string; readonly name: string } & Networked)
  | {
      readonly kind: 'MISC_CHECK';
      readonly timing: CheckTiming;
      readonly script: Script;
      readonly misc_timeout: Micros;
      readonly misc_dynamic: boolean;
    }
  | { readonly kind: 'FILE_CHECK'; readonly track_file: string; readonly weight: Weight }
  | { readonly kind: 'BFD_CHECK'; readonly name: string; readonly alpha: boolean };

export interface VirtualServerGroup {
  readonly name: string;
  readonly position: Position;
  readonly entries: readonly GroupEntry[];
}

export type GroupEntry =
  /** All addresses from first to last, each a service of its own. */
  | { readonly kind: 'addresses'; readonly first: Ip; readonly last: Ip; readonly port: number }
  /** family null: that of the virtual server. */
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: Family | null };
