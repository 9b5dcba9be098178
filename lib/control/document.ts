// SPDX-License-Identifier: MIT
// What `status` answers on the control socket: the whole daemon as one JSON document. Names and meanings hold for as long as
// `document` is 1; new fields may come, and readers ignore what they do not know. Times of day are seconds since 1970 with a
// fraction, durations are seconds. docs/reference/control-socket.md describes it for readers.

export const documentVersion = 1;

export interface StatusDocument {
  readonly document: typeof documentVersion;
  /** When it was put together. */
  readonly at: number;
  readonly daemon: DaemonStatus;
  /** null: the configuration asks for no such process, or it has never answered yet (daemon.processes tells). */
  readonly vrrp: VrrpStatus | null;
  readonly checkers: CheckersStatus | null;
  readonly bfd: BfdStatus | null;
  /** The latest, oldest first. */
  readonly events: readonly ControlEvent[];
}

export type RoleName = 'vrrp' | 'checkers' | 'bfd';

export interface DaemonStatus {
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  readonly hostName: string;
  readonly namespace: string | null;
  readonly instance: string | null;
  readonly startedAt: number;
  readonly phase: 'starting' | 'loading' | 'running' | 'stopping';
  readonly configuration: ConfigurationStatus;
  /** Of the packet engine; null: there is no VRRP process, or it has just begun. */
  readonly heartbeat: Heartbeat | null;
  readonly processes: readonly ProcessStatus[];
  readonly control: ControlCounters;
  /** What operators have changed over the configuration. */
  readonly operations: readonly OverlayEntry[];
}

/** `until` null: until it is taken back. `why`: the operation that was asked for; `snmp` for a realServerWeight that was set. */
export type OverlayEntry = {
  readonly value: number;
  readonly at: number;
  readonly until: number | null;
  readonly uid: number;
  readonly pid: number;
  /** Name of that uid at that time; null: it had none. */
  readonly user: string | null;
  readonly why: string;
  /** Present when true: the next reload of the files ends it, and it is kept nowhere. */
  readonly untilReload?: true;
} & (
  | {
      readonly kind: 'priority';
      /** null: all of them. */
      readonly instance: string | null;
    }
  | { readonly kind: 'weight'; readonly pool: string; readonly server: string }
  /** The server is as if the configuration did not name it; `value` is 0. */
  | { readonly kind: 'disabled'; readonly pool: string; readonly server: string }
);

export interface ConfigurationStatus {
  readonly file: string;
  /** When the present one came into force; null: none is yet. */
  readonly loadedAt: number | null;
  /** Times a configuration was taken, the start among them. */
  readonly loads: number;
  /** Reloads that were refused, and why the last one was; null: none since the last that was taken. */
  readonly refused: number;
  readonly lastRefusal: string | null;
  /** When the one before comes back unless this one is confirmed; null: nothing is on trial. */
  readonly confirmBy: number | null;
}

export interface Heartbeat {
  readonly ageSeconds: number;
  /** It beats at least this often. */
  readonly periodSeconds: number;
  /** More than two periods old: the engine hangs or is stopped. */
  readonly stale: boolean;
}

export interface ProcessStatus {
  readonly role: RoleName;
  /** null: it does not run. */
  readonly pid: number | null;
  readonly state: 'running' | 'starting' | 'dead';
  /** How often it had to be started again. */
  readonly restarts: number;
  /** How old its part of this document is; null: it has never answered. */
  readonly ageSeconds: number | null;
  /** It did not answer: its part is what it said last, and every state in it reads UNKNOWN. */
  readonly stale: boolean;
}

/** What was asked on the socket and what was refused there, since the start. */
export interface ControlCounters {
  readonly connections: number;
  readonly accepted: number;
  readonly requests: number;
  readonly refused: Readonly<Record<Refusal, number>>;
}

export type Refusal = 'connections' | 'bad_request' | 'too_long' | 'too_many' | 'slow_reader' | 'denied';

/** UNKNOWN: the process does not answer; `lastKnownState` has what it said last. */
export type InstanceState = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT' | 'UNKNOWN';

export interface VrrpStatus {
  /** When the process said this. */
  readonly at: number;
  readonly instances: readonly InstanceStatus[];
  readonly groups: readonly GroupStatus[];
  readonly trackers: TrackerStatus;
  readonly links: readonly LinkStatus[];
  /** Adverts for virtual routers that are not ours. */
  readonly unknownVrids: number;
  /** Adverts by lateness: those at index i were sent less than 2^i µs late, and not less than half of that. */
  readonly lateness: readonly number[];
}

export interface InstanceStatus {
  readonly name: string;
  readonly interface: string | null;
  readonly family: 4 | 6;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly state: InstanceState;
  /** Only in a stale part. */
  readonly lastKnownState?: InstanceState;
  /** Since when it is in this state; null: it has not been in any. */
  readonly since: number | null;
  /** What it would be without its sync group. */
  readonly wantedState: InstanceState;
  /** Its sync group. */
  readonly group: string | null;
  readonly priority: PriorityStatus;
  readonly preempt: boolean;
  readonly preemptDelaySeconds: number;
  /** Its own Advertisement_Interval, and the one it counts with (v3 learns it from the Active router). */
  readonly intervalSeconds: number;
  readonly activeIntervalSeconds: number;
  readonly skewSeconds: number;
  /** Active_Down_Interval. */
  readonly downIntervalSeconds: number;
  /** What is due next; null: nothing. */
  readonly timer: { readonly what: 'advert' | 'down'; readonly at: number } | null;
  /** Source of its adverts; null: none. */
  readonly source: string | null;
  /** Unicast peers; empty: multicast. */
  readonly peers: readonly string[];
  readonly addresses: readonly AddressStatus[];
  /** Who is Active as far as this router knows; null: it has heard nobody. */
  readonly active: ActiveStatus | null;
  /** Why it is in FAULT, or would be, in words. */
  readonly faults: readonly string[];
  /** What stands wrong with it beside its state: somebody contests its role, or it does not hear what it should. */
  readonly troubles: readonly TroubleStatus[];
  readonly lastTransition: Transition | null;
  /** How often it went where and why, since its process began. */
  readonly transitions: readonly TransitionCount[];
  readonly counters: InstanceCounters;
}

export interface TroubleStatus {
  readonly kind: 'contested' | 'deaf';
  readonly why: string;
  /** Of the other router; of a claim the virtual address; null: it is about nobody. */
  readonly address: string | null;
  readonly mac: string | null;
  readonly since: number;
  readonly text: string;
}

export interface PriorityStatus {
  readonly base: number;
  /** What goes out: 1..254, or 255 for the address owner. */
  readonly effective: number;
  /** Base and parts, before it is held within 1..254. */
  readonly sum: number;
  readonly parts: readonly PriorityPart[];
}

/** What one tracker does to an instance. */
export interface PriorityPart {
  readonly kind: 'script' | 'interface' | 'file' | 'process' | 'bfd';
  readonly name: string;
  readonly state: 'up' | 'down' | 'unknown';
  /** 0: it puts the instance into FAULT instead of changing its priority. */
  readonly weight: number;
  readonly reverse: boolean;
  /** What it adds now. */
  readonly adds: number;
  /** It holds the instance in FAULT now. */
  readonly faults: boolean;
  /** Inherited from this sync group; null: of its own. */
  readonly group: string | null;
}

export interface AddressStatus {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: string | null;
  /** Not in the packet: virtual_ipaddress_excluded. */
  readonly excluded: boolean;
  /** It is in the kernel, and ours. */
  readonly held: boolean;
}

export interface ActiveStatus {
  /** null: ourselves, without an address to send from. */
  readonly address: string | null;
  readonly priority: number;
  readonly self: boolean;
  readonly since: number | null;
  /** null: it is ourselves and nothing was sent yet. */
  readonly lastAdvertAgeSeconds: number | null;
}

/** In keepalived's words for states; STOP at the end of an instance. */
export interface Transition {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** Effective priority at that moment. */
  readonly priority: number;
  /** Why; absent: not known. */
  readonly cause?: string;
  /** What speaks for that cause. */
  readonly evidence?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface TransitionCount {
  readonly to: string;
  /** 'unknown' where none was told. */
  readonly cause: string;
  readonly count: number;
}

/** Adverts, and those refused by reason, since the start or the last clearing. Names as in keepalived's statistics. */
export interface InstanceCounters {
  readonly advertReceived: number;
  readonly advertSent: number;
  readonly becameMaster: number;
  readonly releasedMaster: number;
  readonly priorityZeroReceived: number;
  readonly priorityZeroSent: number;
  readonly lateWakeUps: number;
  /** Messages of others that claimed an address of ours while we were Active. */
  readonly claims: number;
  readonly refused: Readonly<Record<string, number>>;
}

export interface GroupStatus {
  readonly name: string;
  readonly state: InstanceState;
  readonly lastKnownState?: InstanceState;
  readonly members: readonly string[];
  readonly faulty: number;
  readonly waiting: number;
}

export interface TrackerStatus {
  readonly scripts: readonly {
    readonly name: string;
    readonly state: 'up' | 'down' | 'unknown';
    readonly running: boolean;
    /** 0 .. rise + fall − 1; up from `rise` on. */
    readonly counter: number;
    readonly rise: number;
    readonly fall: number;
    readonly intervalSeconds: number;
  }[];
  readonly files: readonly { readonly name: string; readonly path: string; readonly value: number }[];
  readonly processes: readonly { readonly name: string; readonly count: number; readonly quorum: number; readonly up: boolean }[];
  readonly bfd: readonly { readonly name: string; readonly up: boolean }[];
}

export interface LinkStatus {
  readonly name: string;
  readonly ifindex: number;
  readonly up: boolean;
  readonly mac: string;
  readonly mtu: number;
}

export interface CheckersStatus {
  readonly at: number;
  readonly pools: readonly PoolStatus[];
}

export interface PoolStatus {
  /** As in the configuration: `192.0.2.10 80`, `fwmark 3`, `group G`. */
  readonly name: string;
  readonly protocol: string;
  readonly scheduler: string;
  readonly state: 'UP' | 'DOWN' | 'UNKNOWN';
  readonly lastKnownState?: 'UP' | 'DOWN';
  readonly quorum: number;
  readonly suspended: boolean;
  /** All its services in the kernel's table together; null: not known. */
  readonly traffic: Traffic | null;
  readonly servers: readonly ServerStatus[];
}

/** As IPVS counts: since the entry was made, and of late. */
export interface Traffic {
  readonly connections: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly connectionsPerSecond: number;
  readonly packetsInPerSecond: number;
  readonly packetsOutPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
}

export interface ServerTraffic extends Traffic {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
}

export interface ServerStatus {
  readonly name: string;
  readonly state: 'UP' | 'DOWN' | 'UNKNOWN';
  readonly lastKnownState?: 'UP' | 'DOWN';
  /** In the kernel's table, perhaps with weight 0. */
  readonly inTable: boolean;
  readonly weight: number;
  readonly configuredWeight: number;
  /** Since when it is up or down; null: since the start. */
  readonly since: number | null;
  /** null: it is not in the table, or that is not known. */
  readonly traffic: ServerTraffic | null;
  readonly checks: readonly CheckStatus[];
}

export interface CheckStatus {
  readonly kind: string;
  readonly up: boolean;
  readonly hasRun: boolean;
  /** Failed tries in a row. */
  readonly tries: number;
}

export interface BfdStatus {
  readonly at: number;
  readonly sessions: readonly BfdSessionStatus[];
}

export interface BfdSessionStatus {
  readonly name: string;
  readonly neighbour: string;
  readonly state: string;
  readonly lastKnownState?: string;
  readonly remoteState: string;
  readonly diagnostic: number;
  /** Between our packets; 0: none are sent. */
  readonly everySeconds: number;
  readonly detectionSeconds: number;
}

/** What would come of something that might happen to an instance now; an answer to `prospects` is a list of these. */
export interface Prospect {
  /** `script chk failed` */
  readonly what: string;
  /** Effective priority after it; null: it stays. */
  readonly priority: number | null;
  /** Where it leads, and when; null: the state stays. */
  readonly state: InstanceState;
  readonly afterSeconds: number | null;
  /** In words. */
  readonly outcome: string;
}

/** What has happened, as `watch` tells it. `id` grows by one with each. */
export type ControlEvent = { readonly id: number; readonly at: number } & EventBody;

export type EventBody =
  | ({ readonly kind: 'transition'; readonly instance: string } & Omit<Transition, 'at'>)
  | { readonly kind: 'group'; readonly group: string; readonly to: string }
  /** `base` and what each of `parts` adds, before it is held within 1..254. */
  | {
      readonly kind: 'priority';
      readonly instance: string;
      readonly from: number;
      readonly to: number;
      readonly base: number;
      readonly parts: readonly Pick<PriorityPart, 'kind' | 'name' | 'adds'>[];
    }
  /** `tracker`: of which kind. `value`: the number in a file, the processes found. */
  | {
      readonly kind: 'tracker';
      readonly tracker: 'script' | 'file' | 'process';
      readonly name: string;
      readonly state: 'up' | 'down' | 'unknown';
      readonly value?: number;
    }
  | { readonly kind: 'link'; readonly name: string; readonly state: 'up' | 'down' | 'missing' }
  | { readonly kind: 'server'; readonly pool: string; readonly server: string; readonly up: boolean }
  /** `text`: the sum that decided. */
  | { readonly kind: 'pool'; readonly pool: string; readonly up: boolean; readonly quorum: number; readonly text: string }
  | { readonly kind: 'weight'; readonly pool: string; readonly server: string; readonly weight: number }
  | { readonly kind: 'bfd'; readonly session: string; readonly up: boolean }
  | { readonly kind: 'process'; readonly role: RoleName; readonly what: 'started' | 'died'; readonly pid: number; readonly text: string }
  | { readonly kind: 'reload'; readonly taken: boolean; readonly text: string }
  | {
      readonly kind: 'operation';
      readonly operation: string;
      readonly uid: number;
      readonly pid: number;
      readonly user: string | null;
      readonly text: string;
    }
  /** A trouble (InstanceStatus.troubles) has begun, or is over: then with how long it lasted. */
  | {
      readonly kind: 'contested' | 'resolved' | 'deaf' | 'heard_again';
      readonly instance: string;
      readonly why: string;
      readonly address: string | null;
      readonly mac: string | null;
      readonly lastedSeconds: number | null;
      readonly text: string;
    }
  /** Anything else worth telling: `name` says what, `about` whom. */
  | { readonly kind: 'notice'; readonly name: string; readonly about: string; readonly text: string };
