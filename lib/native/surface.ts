// SPDX-License-Identifier: MIT
// Everything the C++ addon offers, declared and documented; lib/native/load.ts loads it and nothing else does.
// Rules: plain objects and bytes across, numbers of microseconds (CLOCK_MONOTONIC), no BigInt. Argument errors throw
// TypeError; system failures throw Error with {code, errno, syscall}; bad packets are events, never exceptions.
// Native never keeps a JavaScript buffer after the call returns. close() may be called any number of times.

import type { Micros } from '../base/time.ts';
import type { BfdCalls } from './bfd-surface.ts';
import type { FlightCalls } from './flight-surface.ts';
import type { GuardCalls } from './guard-surface.ts';
import type { Ipvs, IpvsOptions } from './ipvs-surface.ts';
import type { KernelRoute, KernelRule, RouteSpec, RuleSpec } from './policy-surface.ts';
import type { ProbeCalls } from './probe-surface.ts';
import type { ProcessCalls } from './process-surface.ts';
import type { RightsCalls } from './rights-surface.ts';
import type { StandingCalls } from './standing-surface.ts';
import type { FrameSummary, PacketTap, TapFrame } from './tap-surface.ts';
import type { WatchCalls } from './watch-surface.ts';

export type { EncapSpec, HopSpec, KernelRoute, KernelRule, PrefixSpec, RouteSpec, RuleSpec } from './policy-surface.ts';
export type { FrameSummary, PacketTap, TapFrame } from './tap-surface.ts';
export type {
  AddressClaim,
  AdvertSender,
  ClaimWatcher,
  DirectoryEvent,
  DirectoryWatcher,
  ProcessEvent,
  ProcessWatcher,
  SenderWatcher,
} from './watch-surface.ts';

/** One receive/send socket pair, shared by every VRID on it (reference/vrrp-protocol.md section 3). */
export interface EndpointSpec {
  readonly family: 4 | 6;
  /** 112 VRRP, 51 AH. */
  readonly protocol: 112 | 51;
  /** Interface that sends and receives. */
  readonly ifindex: number;
  readonly ifname: string;
  readonly kind: 'multicast' | 'unicast';
  /** multicast: the group joined and bound; unicast: the local source address bound. Text. */
  readonly address: string;
  /** SO_RCVBUF in bytes; 0 leaves the system default. */
  readonly receiveBuffer: number;
}

/** How replayed adverts are told apart: by time, `window` seconds either way (1..300), or by growing stamps alone. */
export interface AntiReplay {
  readonly antiReplay: 'time' | 'monotonic';
  readonly window: number;
}

export interface HmacKey {
  /** 1..255 */
  readonly id: number;
  /** 32..64 bytes. */
  readonly key: Uint8Array;
}

/** auth_hmac on receipt (reference/vrrp-protocol.md 2.3). */
export interface HmacPolicy extends AntiReplay {
  /** enforce: adverts without a trailer are refused; the other two accept them. A trailer that is there is always verified. */
  readonly mode: 'receive-only' | 'permissive' | 'enforce';
  /** Any of them may have signed. */
  readonly keys: readonly HmacKey[];
}

/** auth_hmac on sending. */
export interface HmacSigner extends AntiReplay {
  readonly key: HmacKey;
}

/** What a received advertisement is held against: the whole ladder of section 4.2 runs natively. */
export interface Expectation {
  readonly version: 2 | 3;
  /** 0 none, 1 PASS, 2 AH. */
  readonly authType: 0 | 1 | 2;
  /** 8 bytes, zero padded: the password, the key of AH; empty when authType is 0. */
  readonly authData: Uint8Array;
  /** Absent without auth_hmac. Marks and sequences outlive a change of the expectation. */
  readonly hmac?: HmacPolicy;
  /** Advertisement_Interval of this router in µs: v2 refuses another one, v3 only reports it. */
  readonly interval: Micros;
  /** Virtual addresses in configuration order, text. */
  readonly addresses: readonly string[];
  /** Unicast peers with their TTL limits; only looked at when checkUnicastSource, and with hmac. */
  readonly peers: readonly { readonly address: string; readonly minTtl: number; readonly maxTtl: number }[];
  readonly checkUnicastSource: boolean;
  /** Accept any v3 IPv4 checksum form (v3_checksum_as_v2). */
  readonly v3ChecksumAsV2: boolean;
  /** Sum of v3 unicast adverts over IPv4: the RFC's, the one with 224.0.0.18 as destination, or either (also when absent). */
  readonly unicastSum?: 'either' | 'old' | 'standard';
  /** owner_ignore_adverts while at 255. */
  readonly ignoreAdverts: boolean;
  /** skip_check_adv_addr: no address list check for a repeated advert of the recorded active router. */
  readonly skipAddressCheck: boolean;
}

/** Content of the periodic advertisement; native encodes it once and repeats it by itself. */
export interface AdvertFrame {
  readonly version: 2 | 3;
  readonly vrid: number;
  /** 0..255 */
  readonly priority: number;
  readonly authType: 0 | 1 | 2;
  readonly authData: Uint8Array;
  /** Signs each advert; absent: no trailer. */
  readonly hmac?: HmacSigner;
  /** Goes into the packet: v2 whole seconds, v3 centiseconds. µs here. */
  readonly interval: Micros;
  readonly addresses: readonly string[];
  readonly v3ChecksumAsV2: boolean;
  /** v3 over IPv4: summed as if for 224.0.0.18. */
  readonly oldUnicastSum?: boolean;
  /** Source address, text. */
  readonly source: string;
  /** Multicast: the group; unicast: each peer, one copy each, all with the same IP id. */
  readonly destinations: readonly string[];
  /** IPv4 TTL / IPv6 hop limit; 255 unless unicast_ttl. 0 for IPv6 unicast: what the kernel would take. */
  readonly ttl: number;
  /**
   * Others have taken over when this router was silent for `patience`, µs: an engine that is about to advertise after such a
   * pause listens first (woke_late), until somebody decides when it hears one. Absent: it does not.
   */
  readonly whenLate?: { readonly patience: Micros; readonly listen: Micros };
}

/** A gratuitous ARP (IPv4) or unsolicited NA (IPv6) to send for one address on one interface. */
export interface Announcement {
  readonly ifindex: number;
  /** Text. */
  readonly address: string;
  /** 6 bytes: source MAC, sender MAC. */
  readonly mac: Uint8Array;
  /** NA only: router flag. */
  readonly router: boolean;
}

/** A burst: `repeat` (0..10,000) rounds over all announcements, in turns with other bursts. */
export interface AnnouncePlan {
  readonly announcements: readonly Announcement[];
  readonly repeat: number;
  /** Earliest start; 0 means now. */
  readonly at: Micros;
  /** Wait for this netlink ticket to be acknowledged, at most 1 ms, before the first frame; 0 waits for nothing. */
  readonly afterTicket: number;
  /** Not 0: takes the place of a plan of this router with the same slot and clock that has not begun. */
  readonly slot: number;
  /** garp_interval / gna_interval: gap between the frames of all plans with this clock; 0 is back to back. */
  readonly pacing: Micros;
  /**
   * Which frames keep the gap together, whichever router's they are; any number, looked at with pacing. A plan that is due
   * while the same frames of this router still wait joins them: no frame is queued more often than one burst asks for.
   */
  readonly clock: number;
}

/** What the engine does without asking when the lease runs out: farewells, then these messages, sent as they are. */
export interface LeaseOrder {
  /** Priority 0 adverts sent; 0 for a router that is not active. */
  readonly farewells: number;
  /** Complete rtnetlink messages (from encodeAddress, encodeRoute, encodeRule), executed in order by the netlink thread. */
  readonly netlink: readonly Uint8Array[];
}

/** SO_RCVBUF in bytes (1..2^31-1); force: beyond the system's maximum where the process may. */
export interface NetlinkBuffer {
  readonly bytes: number;
  readonly force: boolean;
}

export interface EngineOptions {
  /** SCHED_FIFO priority of the engine thread, 0 to leave it alone. Failure is reported in EngineStats, never thrown. */
  readonly realtimePriority: number;
  readonly lockMemory: boolean;
  /**
   * File descriptor that gets the line 'L' when the lease is lost, after the LeaseOrders are executed (at most 0.5 s
   * later); -1 for none. Not closed by the engine.
   */
  readonly leaseFd: number;
  /** Receive buffers of the rtnetlink sockets for requests and for changes; absent: 1 and 4 MiB, forced. */
  readonly commandBuffer?: NetlinkBuffer;
  readonly monitorBuffer?: NetlinkBuffer;
  /** From createGuardTable(), given to this process; closed by the engine. Absent, -1: none. */
  readonly guardFd?: number;
  /** One of a socketPair() of datagrams, whose other end the BFD process has, given to this process. Absent, -1 or no socket: none. */
  readonly sessionFd?: number;
}

/** Reasons of the receive ladder, in its order (reference/vrrp-protocol.md 4.1 and 4.2). */
export type RefusalReason =
  | 'truncated'
  | 'too_short'
  | 'unknown_vrid'
  | 'ah_header_mismatch'
  | 'length'
  | 'ttl'
  | 'version'
  | 'auth_ext_missing'
  | 'auth_ext_not_peer'
  | 'auth_ext_malformed'
  | 'auth_ext_stale'
  | 'auth_ext_unknown_key'
  | 'auth_ext_invalid_hmac'
  | 'auth_ext_replay'
  | 'auth_type_invalid'
  | 'auth_type_mismatch'
  | 'auth_failure'
  | 'ah_next_header'
  | 'ah_icv'
  | 'ah_spi'
  | 'ah_sequence'
  | 'interval'
  | 'type'
  | 'ip_length'
  | 'checksum'
  | 'cast_kind'
  | 'owner_ignores'
  | 'unicast_source'
  | 'unicast_ttl';

export type EngineEvent =
  /** An advertisement that passed the ladder. */
  | {
      readonly kind: 'advert';
      readonly key: number;
      /** Kernel receive time. */
      readonly at: Micros;
      readonly source: string;
      readonly priority: number;
      /** Interval in the packet, µs. */
      readonly interval: Micros;
      readonly ttl: number;
      /** Rows 17 and 18 of the ladder: accepted, but worth a line. */
      readonly addressMismatch: 'none' | 'count' | 'missing';
      /** count: how many were received; missing: index of our address that is not listed. */
      readonly mismatchDetail: number;
      /** v3 row 12: the interval differs from ours. */
      readonly intervalMismatch: boolean;
      /** We are active and it has to yield: our AH sequence went past its own. */
      readonly ahSynced?: boolean;
      /** auth_hmac by time: seconds its clock is ahead of ours where that is more than half the window; else 0. */
      readonly clockSkew?: number;
      /** Accepted for its old unicast sum, where either is allowed. */
      readonly oldUnicastSum?: true;
      /** For MemberOrders.read. */
      readonly number?: number;
      /** A standing order has moved the deadline already: one of withholdOrders()'s deeds. */
      readonly done?: true;
    }
  /** First refusal for this reason since clearRefusals(key): every one is counted, only the first is told. */
  | {
      readonly kind: 'refused';
      readonly key: number;
      readonly at: Micros;
      readonly reason: RefusalReason;
      readonly source: string;
      /** What came and what was expected, for the log line: TTL, version, type, length, seconds … */
      readonly received: number;
      readonly expected: number;
    }
  /**
   * A deadline armed with this generation is due. `at` is its due time, or that of an advert that came after it and before it
   * was noticed; `late` how much later than due the thread woke. done: a standing order was executed; advertised: when the
   * adverts of the takeover had left.
   */
  | {
      readonly kind: 'expired';
      readonly key: number;
      readonly at: Micros;
      readonly generation: number;
      readonly late: Micros;
      readonly number?: number;
      readonly done?: true;
      readonly advertised?: Micros;
    }
  /** A send failed; told once until one succeeds again. errno of the first failing destination. */
  | { readonly kind: 'send_failed'; readonly key: number; readonly at: Micros; readonly errno: number; readonly destination: string }
  /** Answer to submitNetlink: errno (0 = done) per message, in order. */
  | { readonly kind: 'netlink_done'; readonly ticket: number; readonly at: Micros; readonly errors: readonly number[] }
  | { readonly kind: 'link'; readonly at: Micros; readonly change: 'new' | 'deleted'; readonly link: Link }
  | { readonly kind: 'address'; readonly at: Micros; readonly change: 'new' | 'deleted'; readonly address: InterfaceAddress }
  /**
   * Somebody else deleted a route of protocol 18, or replaced a route of any. The kernel does not tell of IPv4 routes that
   * go with their interface or source address.
   */
  | { readonly kind: 'route'; readonly at: Micros; readonly change: 'deleted' | 'replaced'; readonly route: KernelRoute }
  /** Somebody else deleted a rule of protocol 18. */
  | { readonly kind: 'rule'; readonly at: Micros; readonly rule: KernelRule }
  /** The kernel dropped change messages: take a full look (networkSnapshot). */
  | { readonly kind: 'netlink_overrun'; readonly at: Micros }
  | { readonly kind: 'lease_lost'; readonly at: Micros }
  /** See AdvertFrame.whenLate. `at` is the time of the last advert, `late` how much too late the next one would have been. */
  | { readonly kind: 'woke_late'; readonly at: Micros; readonly key: number; readonly late: Micros }
  /** Nobody was heard after that: adverts go on. */
  | { readonly kind: 'spoke_again'; readonly at: Micros; readonly key: number }
  /** A standing order for the end of a BFD session was executed. */
  | { readonly kind: 'session_lost'; readonly at: Micros; readonly key: number; readonly number: number };

export interface Link {
  readonly ifindex: number;
  readonly name: string;
  /** IFF_* */
  readonly flags: number;
  readonly mtu: number;
  /** ARPHRD_*: 1 Ethernet. */
  readonly type: number;
  readonly mac: Uint8Array;
  /** IFLA_LINK: parent of macvlan, VLAN, peer of veth; 0 for none. */
  readonly parentIndex: number;
  /** IFLA_INFO_KIND: 'veth', 'macvlan', 'bridge' …; '' for none. */
  readonly linkKind: string;
  /** macvlan and ipvlan only: MACVLAN_MODE_* or IPVLAN_MODE_*, and IPVLAN_F_*. */
  readonly mode: number;
  readonly modeFlags: number;
  /** IFLA_MASTER: bridge, bond or VRF; 0 for none. */
  readonly masterIndex: number;
  readonly group: number;
  /** IFLA_IFALIAS, cut at 127 bytes; '' for none. */
  readonly alias: string;
  /** Routing table of a VRF device; 0 for anything else. */
  readonly vrfTable: number;
}

/** What encodeLink writes; what is absent stays as it is. */
export interface LinkSpec {
  /** Absent: found by name. */
  readonly ifindex?: number;
  /** With an ifindex: the new name. */
  readonly name?: string;
  readonly up?: boolean;
  /** 6 bytes. */
  readonly mac?: Uint8Array;
  readonly mtu?: number;
  readonly group?: number;
  /** Index of the VRF or bridge it is to belong to; 0 takes it out. */
  readonly master?: number;
  /** At most 127 bytes; '' removes it. */
  readonly alias?: string;
  /** No IPv6 address is made up when it comes up. */
  readonly noIpv6Address?: boolean;
  /** net.ipv4.conf of this interface. */
  readonly ipv4Settings?: Readonly<Partial<Record<Ipv4Setting, number>>>;
}

export type Ipv4Setting = 'arp_ignore' | 'arp_announce' | 'arp_filter' | 'accept_local' | 'rp_filter' | 'promote_secondaries';

/** A new interface on another one; name, mac, mtu and group of LinkSpec count. */
export interface NewLinkSpec extends LinkSpec {
  readonly name: string;
  readonly kind: 'macvlan' | 'ipvlan';
  /** ifindex of the interface below. */
  readonly parent: number;
  readonly mode: number;
  readonly modeFlags: number;
}

export interface InterfaceAddress {
  readonly family: 4 | 6;
  readonly ifindex: number;
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: number;
  /** IFA_F_* */
  readonly flags: number;
  readonly label: string;
  /** IFA_PROTO, 0 where the kernel has none. */
  readonly protocol: number;
}

export interface AddressSpec {
  readonly family: 4 | 6;
  readonly ifindex: number;
  readonly address: string;
  readonly prefixLength: number;
  /** Far end of a point-to-point address; '' for none. */
  readonly peer: string;
  readonly broadcast: string;
  readonly label: string;
  readonly scope: number;
  /** IFA_F_* for the request (NODAD, HOMEADDRESS, NOPREFIXROUTE, MCAUTOJOIN, MANAGETEMPADDR). */
  readonly flags: number;
  /** Preferred lifetime in seconds; 0xffffffff for ever. */
  readonly preferredLifetime: number;
  /** Valid lifetime in seconds, after which the kernel removes it; absent, 0xffffffff: for ever. */
  readonly validLifetime?: number;
}

/** What the engine counts by itself, for encodeAdvert. Absent ones are 0. */
export interface Stamps {
  readonly ahSequence?: number;
  /** auth_hmac: Unix time, 1/65536 s, counter. */
  readonly seconds?: number;
  readonly fraction?: number;
  readonly counter?: number;
}

/** Counters of one router; names as in keepalived's statistics. */
export interface RouterCounters {
  readonly advertReceived: number;
  readonly advertSent: number;
  readonly priorityZeroReceived: number;
  readonly priorityZeroSent: number;
  readonly refused: Readonly<Record<RefusalReason, number>>;
}

export interface EngineStats {
  /** '' when SCHED_FIFO is set, else why not (errno text). */
  readonly realtimeError: string;
  readonly lockError: string;
  /** Adverts sent later than their due time, by power-of-two buckets of µs: index i counts < 2^i. */
  readonly lateness: readonly number[];
  readonly eventsDropped: number;
  readonly unknownVrid: number;
  readonly tooShort: number;
  readonly announcementsSent: number;
  /** Time of the engine's last turn: its heartbeat. */
  readonly heartbeat: Micros;
}

/**
 * The engine: one thread for packets, deadlines, adverts and announcements; a second one for rtnetlink.
 * Routers are known by a small integer key chosen by the caller (0..65535).
 */
export interface PacketEngine extends StandingCalls, FlightCalls {
  /** Opens sockets. Throws Error{code}: EPERM, ENODEV, EADDRNOTAVAIL … */
  openEndpoint(spec: EndpointSpec): number;
  closeEndpoint(id: number): void;
  /** SO_RCVBUF of an open endpoint, bytes; the system cuts it at its maximum. Throws Error{code}. */
  setReceiveBuffer(id: number, bytes: number): void;
  /** Joins the group of a multicast endpoint once more, where the kernel has forgotten the membership. Throws Error{code}. */
  rejoin(id: number): void;
  addRouter(key: number, endpoint: number, vrid: number, expectation: Expectation): void;
  removeRouter(key: number): void;
  setExpectation(key: number, expectation: Expectation): void;
  /** Adverts with AH go on above this number, 0..2^32-1. */
  setAhSequence(key: number, last: number): void;
  /** false in INIT and FAULT: packets are ignored, uncounted. */
  listen(key: number, on: boolean): void;
  arm(key: number, due: Micros, generation: number): void;
  disarm(key: number): void;
  /**
   * Starts or changes the periodic advert. firstAt 0: send now, then every interval from now on an absolute grid;
   * firstAt -1: keep the running schedule and send the new content from the next due time on.
   */
  advertise(key: number, frame: AdvertFrame, every: Micros, firstAt: number): void;
  /** Stops the periodic advert; first sends this many with priority 0. */
  quiet(key: number, farewells: number): void;
  announce(key: number, plan: AnnouncePlan): void;
  /** Drops every queued announcement of this router. */
  cancelAnnouncements(key: number): void;
  /** Replaces what happens to this router when the lease is lost. */
  setLeaseOrder(key: number, order: LeaseOrder): void;
  /**
   * The engine acts on its own from `until` on unless renewed. The first call starts the lease; 0 ends it.
   * Once lost, renewals are ignored, and so are listen(true), arm, advertise and announce; submitNetlink answers
   * ECANCELED: a JavaScript that wakes up late must not act on what it knew. renewLease(0) says that it knows.
   */
  renewLease(until: Micros): void;
  clearRefusals(key: number): void;
  counters(key: number): RouterCounters;
  clearCounters(key: number): void;
  stats(): EngineStats;
  /**
   * Queues complete rtnetlink requests (encodeAddress); answered by one netlink_done with this ticket (> 0). Executed
   * after everything ordered before, in particular after the first advert of advertise(firstAt 0).
   */
  submitNetlink(ticket: number, messages: readonly Uint8Array[]): void;
  /**
   * Repeats these requests (encodeAddress renew) every so many µs, on the netlink thread, until others are given; none
   * end it. Only those of keys that setRenewed() or a takeover of the engine's has turned on, and not while the lease is lost.
   * What is submitted after this call is executed after the last repetition of what was given before.
   */
  renewAddresses(parts: readonly { readonly key: number; readonly messages: readonly Uint8Array[] }[], every: Micros): void;
  /** Whether those of this key are repeated, off at first; the same promise. A takeover turns them on, giving way turns them off. */
  setRenewed(key: number, on: boolean): void;
  /** Ends both threads, sends nothing. Every other method then throws Error{code: 'ERR_ENGINE_CLOSED'}. */
  close(): void;
}

/** After close() the signal is outlived without effect. Any number of times. */
export interface SignalListener {
  close(): void;
}

export interface NativeAddon extends BfdCalls, ProcessCalls, RightsCalls, ProbeCalls, GuardCalls, WatchCalls {
  /** CLOCK_MONOTONIC in µs. */
  now(): Micros;
  /** onEvents is called on the main thread with each batch, in order of the events' own times. */
  createEngine(options: EngineOptions, onEvents: (events: EngineEvent[]) => void): PacketEngine;

  /** One RTM_NEWADDR (add: EEXIST is an error; renew: lifetimes begin anew) or RTM_DELADDR message. */
  encodeAddress(operation: 'add' | 'delete' | 'renew', spec: AddressSpec): Uint8Array;
  /** One RTM_NEWLINK, RTM_SETLINK or RTM_DELLINK message. */
  encodeLink(operation: 'create', spec: NewLinkSpec): Uint8Array;
  encodeLink(operation: 'set', spec: LinkSpec): Uint8Array;
  encodeLink(operation: 'delete', spec: { readonly ifindex: number } | { readonly group: number }): Uint8Array;
  /**
   * Executes rtnetlink requests on the calling thread and returns the errno of each (0 = done). May wait for the kernel's
   * lock, so only where nothing can go on before it is done.
   */
  executeNetlink(messages: readonly Uint8Array[]): number[];
  /**
   * One RTM_NEWROUTE: before what fits the same packets, only where there is none (EEXIST), or behind; replace: in place
   * of it. Or one RTM_DELROUTE that fits the route whatever the kernel filled in.
   */
  encodeRoute(operation: 'prepend' | 'add' | 'append' | 'replace' | 'delete', spec: RouteSpec): Uint8Array;
  /** One RTM_NEWRULE (EEXIST is an error) or RTM_DELRULE. */
  encodeRule(operation: 'add' | 'delete', spec: RuleSpec): Uint8Array;
  /** Routes and rules of protocol 18 as they are now; as networkSnapshot(). */
  policySnapshot(): { routes: KernelRoute[]; rules: KernelRule[] };
  /** The load balancer of the kernel. Throws Error{code}: ENOENT (the kernel has none), EPERM, or of the namespace. */
  openIpvs(options: IpvsOptions): Ipvs;
  /** Links and addresses as they are now; synchronous, for start and after an overrun. Throws Error{code}. */
  networkSnapshot(): { links: Link[]; addresses: InterfaceAddress[] };

  /** Whole IPv4/IPv6 packet as the engine would send it (IPv4: with IP header and IP id; checksum of IP left 0). */
  encodeAdvert(frame: AdvertFrame, destination: string, ipId: number, stamps?: Stamps): Uint8Array;
  /** Runs the ladder over one packet as the socket delivers it (IPv4: with IP header). For tests, replay and tools. */
  judgeAdvert(
    expectation: Expectation,
    packet: Uint8Array,
    context: {
      family: 4 | 6;
      kind: 'multicast' | 'unicast';
      protocol: 112 | 51;
      source: string;
      destination: string;
      ttl: number;
      vrid: number;
      /** Unix time of reception in µs, for auth_hmac; absent: now. */
      wallTime?: number;
      /** AH: the last sequence accepted or sent; absent: 0. */
      ahSequence?: number;
    },
  ): {
    verdict: 'accepted' | RefusalReason;
    received: number;
    expected: number;
    priority: number;
    interval: Micros;
    /** v3 row 12: accepted, but the interval differs from ours. */
    intervalMismatch: boolean;
    addressMismatch: 'none' | 'count' | 'missing';
    mismatchDetail: number;
    /** As in the advert event. */
    clockSkew: number;
    oldUnicastSum?: true;
    source: string;
  };
  /** Ethernet frame of a gratuitous ARP or unsolicited NA. */
  encodeAnnouncement(announcement: Announcement): Uint8Array;
  /** Plain look at an Ethernet frame, for time lines: never throws, unknown things are 'other'. */
  describeFrame(bytes: Uint8Array): FrameSummary;

  openTap(
    options: { netns: string; ifname: string; snaplen: number; promiscuous: boolean },
    onFrames: (frames: TapFrame[]) => void,
  ): PacketTap;

  // System
  /** Who logs: `ident[pid]:`; facility 0..23 without shift; `toConsole`: to /dev/console what finds no log daemon. */
  syslogOpen(ident: string, facility: number, toConsole: boolean): void;
  /**
   * One line to /dev/log, stamped with `epoch` (seconds since 1970); priority 0..7. Never waits; false: nobody listens or the
   * reader is behind, so it is to be tried again.
   */
  syslog(priority: number, text: string, epoch: number): boolean;
  /** prctl: PR_SET_PDEATHSIG, 0 for none. */
  setParentDeathSignal(signal: number): void;
  setChildSubreaper(on: boolean): void;
  /** PR_SET_NAME of the main thread and so of the process (comm, 15 characters). */
  setProcessName(name: string): void;
  /** Signals without a listener (QUIT, ALRM, the real-time ones …) no longer end the process; started programs get the default back. */
  outliveUnusedSignals(): void;
  /**
   * Calls back on the main thread when the signal (1..64) arrives, also for the real-time ones, which process.on() accepts
   * and ignores. Several that come before the loop turns are one. Does not keep the process alive; call after
   * outliveUnusedSignals(). Throws Error{code}: EBUSY (it has a listener), EINVAL (it cannot be caught).
   */
  listenToSignal(signal: number, callback: () => void): SignalListener;
  /** setns into /run/netns/NAME; must run before threads matter. Throws Error{code}. */
  enterNetworkNamespace(name: string): void;
  /** Inode of the network namespace at this path; '' is that of the calling thread. Throws Error{code}. */
  networkNamespaceId(path: string): number;
  /** OFD write lock on an open descriptor. false when somebody else holds it. */
  lockFile(fd: number): boolean;
  /** mkfifo(3); the file creation mask applies to the mode. Throws Error{code}: EEXIST … */
  makeFifo(path: string, mode: number): void;
  /** One datagram to NOTIFY_SOCKET (path, or @abstract). Throws Error{code}. */
  sendNotify(socket: string, text: string): void;
}
