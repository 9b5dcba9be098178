// SPDX-License-Identifier: MIT
// IPVS across the addon's border: what goes into the kernel's table and what comes out of it. Part of surface.ts.

import type { Family, Ip } from '../base/address.ts';

/** What the kernel tells services apart by. */
export type IpvsServiceKey =
  /** Port 0: every port, persistent services only. */
  | { readonly kind: 'address'; readonly ip: Ip; readonly port: number; readonly protocol: 'TCP' | 'UDP' | 'SCTP' }
  /** A mark, 1..4294967295, together with the family. */
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: Family };

/** IP_VS_SVC_F_*; the first says that `timeout` and `netmask` count. */
export const ipvsFlag = { persistent: 1, onePacket: 4, sched1: 8, sched2: 0x10, sched3: 0x20 } as const;

export interface IpvsService {
  readonly key: IpvsServiceKey;
  /** 1..15 bytes; what the kernel has no module for answers ENOENT. */
  readonly scheduler: string;
  /** Sum of ipvsFlag. */
  readonly flags: number;
  /** Of persistence, seconds. */
  readonly timeout: number;
  /** Clients that are one to persistence. IPv4: the mask as a number, 0xffffffff each on its own. IPv6: prefix length, 128 likewise. */
  readonly netmask: number;
  /** Persistence engine, at most 15 bytes; '' for none. */
  readonly engine: string;
}

/** What the kernel tells the destinations of a service apart by. */
export interface IpvsDestinationKey {
  /** Of the other family only through a tunnel. */
  readonly ip: Ip;
  /** 0 under a mark, for DR and tunnels. */
  readonly port: number;
}

export interface IpvsDestination extends IpvsDestinationKey {
  readonly method: 'NAT' | 'DR' | 'TUN';
  /** Of TUN; null for the others. port: of gue, else 0. */
  readonly tunnel: {
    readonly type: 'ipip' | 'gue' | 'gre';
    readonly port: number;
    readonly checksum: 'nocsum' | 'csum' | 'remcsum';
  } | null;
  /** 0..2147483647; 0: no new connections. */
  readonly weight: number;
  /** Connections, 0 for no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** The thread of the kernel that tells other directors of connections, or listens to them. */
export interface IpvsDaemon {
  readonly state: 'master' | 'backup';
  /** Interface of the multicast. */
  readonly ifname: string;
  /** 0..255 */
  readonly syncId: number;
  /** UDP payload; 0: by the MTU. */
  readonly maxLength: number;
  /** Multicast group; null: 224.0.0.81. */
  readonly group: Ip | null;
  /** 0: 8848. */
  readonly port: number;
  /** 0: 1. */
  readonly ttl: number;
}

/** Seconds; what is absent stays as it is, and so does what is 0. */
export interface IpvsTimeouts {
  readonly tcp?: number;
  readonly tcpfin?: number;
  readonly udp?: number;
}

/** One change. The kernel answers each of them by itself. */
export type IpvsMessage =
  /** EEXIST: it is there, and stays as it was. set: ESRCH when it is not. */
  | { readonly command: 'new_service' | 'set_service'; readonly service: IpvsService }
  /** With its destinations. ESRCH: it is not there. zero: counters of it and its destinations. */
  | { readonly command: 'delete_service' | 'zero_service'; readonly service: IpvsServiceKey }
  /** EEXIST, ENOENT: as it says. ESRCH: no such service. */
  | { readonly command: 'new_destination' | 'set_destination'; readonly service: IpvsServiceKey; readonly destination: IpvsDestination }
  | { readonly command: 'delete_destination'; readonly service: IpvsServiceKey; readonly destination: IpvsDestinationKey }
  /** EEXIST: one with this state runs. */
  | { readonly command: 'new_daemon'; readonly daemon: IpvsDaemon }
  /** ESRCH: none runs. */
  | { readonly command: 'delete_daemon'; readonly daemon: IpvsDaemon }
  | { readonly command: 'set_timeouts'; readonly timeouts: IpvsTimeouts }
  /** The whole table, whoever made it; or the counters of all. */
  | { readonly command: 'flush' | 'zero_all' };

/** Counters and rates a second; exact up to 2^53. */
export interface IpvsStatistics {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly connectionRate: number;
  readonly packetRateIn: number;
  readonly packetRateOut: number;
  readonly byteRateIn: number;
  readonly byteRateOut: number;
}

export interface IpvsDestinationEntry {
  readonly destination: IpvsDestination;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly statistics: IpvsStatistics;
}

/** A service as the kernel has it. */
export interface IpvsEntry {
  readonly service: IpvsService;
  readonly statistics: IpvsStatistics;
  readonly destinations: readonly IpvsDestinationEntry[];
}

export interface IpvsOptions {
  /** Of the socket for commands, bytes; 0 leaves our own default. force: beyond the system's maximum. */
  readonly receiveBuffer: number;
  readonly forceReceiveBuffer: boolean;
  /** Network namespace by name; '' the machine's own, null the one the process runs in. */
  readonly namespace: string | null;
}

/** Each call waits for the kernel on another thread. After close() all reject with Error{code: 'ERR_IPVS_CLOSED'}. */
export interface Ipvs {
  /** errno of each message, in order; 0 = done. ETIMEDOUT (110): its answer was lost, it may or may not be done. */
  apply(messages: readonly IpvsMessage[]): Promise<readonly number[]>;
  /** The whole table with its counters, in the kernel's order. Rejects with Error{code}, as all below. */
  read(): Promise<readonly IpvsEntry[]>;
  /** One service; null: the kernel has none such. */
  readService(key: IpvsServiceKey): Promise<IpvsEntry | null>;
  /** All three. */
  timeouts(): Promise<Required<IpvsTimeouts>>;
  /** Those that run. */
  daemons(): Promise<readonly IpvsDaemon[]>;
  /** Any number of times; what is under way is still answered. */
  close(): void;
}
