// SPDX-License-Identifier: MIT
// The running state of VRRP as plain data, for dumps, statistics and JSON. Made by vrrp/shell/view.ts, printed by observe/.
// Times of day are µs since 1970, as an operator reads them; durations are µs.

import type { Ip } from '../base/address.ts';
import type { Micros } from '../base/time.ts';
import type { Config, SyncGroup, TrackBfd, TrackFile, TrackProcess, VrrpInstance, VrrpScript } from '../config/model.ts';

export interface VrrpView {
  readonly config: Config;
  /** In the order of the configuration. */
  readonly instances: readonly InstanceView[];
  readonly groups: readonly GroupView[];
  readonly scripts: readonly ScriptView[];
  readonly files: readonly FileView[];
  readonly processes: readonly ProcessView[];
  readonly bfds: readonly BfdView[];
  readonly links: readonly LinkView[];
  /** Per static address: it is in the kernel. */
  readonly staticsSet: readonly boolean[];
  readonly sockets: readonly SocketView[];
  /** Adverts received for virtual routers that are not ours. */
  readonly unknownVrids: number;
  /** Adverts by how late they were sent: those at index i less than 2^i µs, and not less than half of that. */
  readonly lateness: readonly number[];
}

export type StateWord = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';

export interface GroupView {
  readonly config: SyncGroup;
  readonly state: StateWord;
  /** Members that are faulty by themselves, and those that still wait for their scripts. */
  readonly faulty: number;
  readonly waiting: number;
}

export interface InstanceView {
  readonly config: VrrpInstance;
  /** Name of its sync group. */
  readonly group: string | null;
  readonly state: StateWord;
  /** Without its sync group. */
  readonly wantState: StateWord;
  /** As keepalived names them: `i/f down`, `no source IP address` … */
  readonly interfaceFaults: readonly string[];
  /** All of them, in words. */
  readonly faults: readonly string[];
  readonly configFaults: number;
  readonly trackerFaults: number;
  /** Weight-0 scripts that have not reported yet. */
  readonly waitingScripts: number;
  /** Time of day; 0 before the first one. */
  readonly lastTransition: number;
  /** Time of day of what is next: the down timer of a backup, the advert of a master; null: nothing is armed. */
  readonly timer: number | null;
  /** Active_Down_Interval. */
  readonly downInterval: Micros;
  readonly source: Ip | null;
  /** Its v3 unicast adverts have the old sum, because a peer's had. */
  readonly oldUnicastSum: boolean;
  /** Of the interface its sockets are on; 0 for none. */
  readonly ifindex: number;
  /** The router heard as master; null when none or ourselves. */
  readonly master: { readonly address: Ip; readonly priority: number } | null;
  /** Times of day: since when the same router is heard, and its last advert; null: nobody was heard. */
  readonly heard: { readonly source: string; readonly since: number; readonly last: number } | null;
  readonly masterInterval: Micros;
  readonly effectivePriority: number;
  /** Base and tracking, not clamped. */
  readonly totalPriority: number;
  /** Time of day; 0 while nothing was sent. */
  readonly lastAdvertSent: number;
  /** Per address of the packet, then per excluded one: it is in the kernel and ours. */
  readonly isSet: readonly boolean[];
  /** The interface made for it is up. */
  readonly madeUp: boolean;
  /** Which firewall drops packets for its addresses, in keepalived's word. */
  readonly rules: 'nftable_set' | 'iptable_set' | null;
  readonly statistics: Statistics;
  /** ARP and Neighbor Discovery messages by which others claimed its addresses while it was active. */
  readonly claims: number;
  /** What stands wrong with it beside its state; `since`: time of day. */
  readonly troubles: readonly {
    readonly kind: 'contested' | 'deaf';
    readonly why: string;
    readonly address: string | null;
    readonly mac: string | null;
    readonly since: number;
    readonly text: string;
  }[];
}

/** Counters since the start or the last clearing, in the order of keepalived's files. */
export interface Statistics {
  readonly advertReceived: number;
  readonly advertSent: number;
  readonly becameMaster: number;
  readonly releasedMaster: number;
  /** These two are only in MIBs, as sums. */
  readonly checksum: number;
  readonly version: number;
  readonly length: number;
  readonly interval: number;
  readonly ttl: number;
  readonly type: number;
  readonly addressList: number;
  readonly authTypeInvalid: number;
  readonly authTypeMismatch: number;
  readonly authFailure: number;
  readonly hmacMissing: number;
  readonly hmacMalformed: number;
  readonly hmacUnknownKey: number;
  readonly hmacInvalid: number;
  readonly hmacStale: number;
  readonly hmacReplay: number;
  readonly priorityZeroReceived: number;
  readonly priorityZeroSent: number;
  /** How often it was held up, Active, for longer than other routers wait. */
  readonly lateWakeUps: number;
}

export interface ScriptView {
  readonly config: VrrpScript;
  /** 0 .. rise + fall − 1 */
  readonly counter: number;
  readonly verdict: 'up' | 'down' | 'unknown';
  readonly running: boolean;
}

export interface FileView {
  readonly config: TrackFile;
  /** The number read. */
  readonly value: number;
}

export interface ProcessView {
  readonly config: TrackProcess;
  readonly count: number;
  /** After its delays. */
  readonly hasQuorum: boolean;
  /** A change waits for the end of this delay. */
  readonly timer: 'fork' | 'terminate' | null;
}

export interface BfdView {
  readonly config: TrackBfd;
  readonly up: boolean;
}

export interface LinkView {
  readonly name: string;
  readonly ifindex: number;
  readonly address4: string | null;
  /** The link-local one. */
  readonly address6: string | null;
  /** 6 bytes, or none. */
  readonly mac: Uint8Array;
  /** IFF_* */
  readonly flags: number;
  readonly mtu: number;
  /** As trackers and instances see it: after polling and delays. */
  readonly up: boolean;
  /** ARPHRD_* */
  readonly type: number;
  /** How its state is polled; null: the kernel tells. */
  readonly polled: 'mii' | 'ethtool' | 'ioctl' | null;
  /** How long a change must last; running: one waits for that. */
  readonly delays: { readonly down: Micros; readonly up: Micros; readonly running: boolean };
  /** What we made or use as our own: mode, and the interface below with its IFF_*. */
  readonly made: {
    readonly kind: string;
    readonly mode: string;
    readonly base: string;
    readonly baseFlags: number;
    readonly ours: boolean;
  } | null;
}

/** One pair of sockets and the instances on it. */
export interface SocketView {
  readonly family: 4 | 6;
  readonly protocol: 112 | 51;
  readonly kind: 'multicast' | 'unicast';
  /** '' for none. */
  readonly interface: string;
  readonly address: string;
  readonly receiveBuffer: number;
  readonly instances: readonly { readonly name: string; readonly vrid: number }[];
}
