// SPDX-License-Identifier: MIT
// The one place where keepalived's words become the machine's and the engine's: config → Settings, Expectation,
// advertisement frame, kernel addresses, announcements.

import { type Ip, ipFamily, ipFromBytes, isLinkLocal } from '../../base/address.ts';
import { seconds } from '../../base/time.ts';
import { downInterval, skewTime } from '../../base/vrrp-arithmetic.ts';
import { madeInterfaces, ownMade } from '../../config/made-interfaces.ts';
import type { AuthHmac, GlobalDefs, MadeInterface, VirtualAddress, VrrpInstance } from '../../config/model.ts';
import type {
  AddressSpec,
  AdvertFrame,
  Announcement,
  AntiReplay,
  EndpointSpec,
  EngineOptions,
  Expectation,
  HmacKey,
  HmacPolicy,
  HmacSigner,
  NetlinkBuffer,
} from '../../native/surface.ts';
import type { Settings } from '../core/types.ts';
import type { NetworkView } from './network-view.ts';

const IFA_F_NODAD = 0x02;
const IFA_F_HOMEADDRESS = 0x10;
const IFA_F_MANAGETEMPADDR = 0x100;
const IFA_F_NOPREFIXROUTE = 0x200;
const IFA_F_MCAUTOJOIN = 0x400;
const FOR_EVER = 0xffffffff;
/** RFC 9568 6.1; what keepalived assumes of others too (section 6.8). */
const USUAL_DOWN_ADVERTS = 3;
const BEST_PEER = 254;
/** What setsockopt takes. */
const MOST_BUFFER = 0x7fffffff;

/** vrrp_netlink_*_rcv_bufs; 0 leaves the engine's own. */
export function netlinkBuffers(g: GlobalDefs): Pick<EngineOptions, 'commandBuffer' | 'monitorBuffer'> {
  const buffer = (size: number, force: boolean): NetlinkBuffer => ({ bytes: Math.min(size, MOST_BUFFER), force });
  const { vrrp_netlink_cmd_rcv_bufs: command, vrrp_netlink_monitor_rcv_bufs: monitor } = g;
  return {
    ...(command > 0 ? { commandBuffer: buffer(command, g.vrrp_netlink_cmd_rcv_bufs_force) } : {}),
    ...(monitor > 0 ? { monitorBuffer: buffer(monitor, g.vrrp_netlink_monitor_rcv_bufs_force) } : {}),
  };
}

export function settingsOf(c: VrrpInstance): Settings {
  return {
    name: c.name,
    vrid: c.virtual_router_id,
    version: c.version,
    family: c.family,
    unicast: isUnicast(c),
    priority: c.priority,
    wantsActive: c.state === 'MASTER',
    advertisementInterval: c.advert_int,
    preempt: !c.nopreempt,
    preemptDelay: c.preempt_delay,
    downTimerAdverts: c.down_timer_adverts,
    silentOnLower: c.lower_prio_no_advert,
    advertBeforeYield: c.higher_prio_send_advert,
    restoreLimit: c.restore_limit,
    yieldsWhenLate: c.timer_expired_backup !== null,
    handover: !c.ka_ts.break_before_make,
    sharedMac: madeInterfaces(c).some((m) => m.kind === 'macvlan'),
    announce: {
      repeat: c.garp_master_repeat,
      delay: c.garp_master_delay,
      refresh: c.garp_master_refresh,
      refreshRepeat: c.garp_master_refresh_repeat,
      lowerPriorityRepeat: c.garp_lower_prio_repeat,
      lowerPriorityDelay: c.garp_lower_prio_delay,
      extra: seconds(c.garp_extra_if.seconds),
    },
  };
}

export function isUnicast(c: VrrpInstance): boolean {
  return c.unicast_peer.length > 0;
}

/** The configured source address, whichever keyword it came by; null when the interface supplies it. */
export function configuredSource(c: VrrpInstance): Ip | null {
  return (isUnicast(c) ? c.unicast_src_ip : c.mcast_src_ip) ?? c.mcast_src_ip ?? c.unicast_src_ip;
}

function authOf(c: VrrpInstance): { authType: 0 | 1 | 2; authData: Uint8Array } {
  if (!c.authentication) return { authType: 0, authData: new Uint8Array(0) };
  const data = new Uint8Array(8);
  data.set(new TextEncoder().encode(c.authentication.auth_pass).subarray(0, 8));
  return { authType: c.authentication.auth_type === 'PASS' ? 1 : 2, authData: data };
}

function antiReplayOf({ anti_replay, time_window }: AuthHmac): AntiReplay {
  return { antiReplay: anti_replay, window: time_window };
}

const keyOf = ({ id, hex }: AuthHmac['keys'][number]): HmacKey => ({ id, key: Uint8Array.from(Buffer.from(hex, 'hex')) });

function policyOf(c: VrrpInstance): { hmac?: HmacPolicy } {
  if (!c.auth_hmac) return {};
  return { hmac: { mode: c.auth_hmac.mode, ...antiReplayOf(c.auth_hmac), keys: c.auth_hmac.keys.map(keyOf) } };
}

function signerOf(c: VrrpInstance): { hmac?: HmacSigner } {
  const key = c.auth_hmac?.keys.find((k) => k.id === c.auth_hmac?.active_key);
  if (!c.auth_hmac || !key || c.auth_hmac.mode === 'receive-only') return {};
  return { hmac: { key: keyOf(key), ...antiReplayOf(c.auth_hmac) } };
}

/** Addresses carried in the packet, in configuration order. */
function advertisedAddresses(c: VrrpInstance): string[] {
  return c.virtual_ipaddress.map((a) => a.ip);
}

export function expectationOf(c: VrrpInstance): Expectation {
  return {
    version: c.version,
    ...authOf(c),
    ...policyOf(c),
    interval: c.advert_int,
    addresses: advertisedAddresses(c),
    peers: c.unicast_peer.map((p) => ({ address: p.ip, minTtl: p.min_ttl, maxTtl: p.max_ttl })),
    checkUnicastSource: isUnicast(c) && c.check_unicast_src,
    v3ChecksumAsV2: c.v3_checksum_as_v2,
    unicastSum: c.old_unicast_checksum === 'auto' ? 'either' : c.old_unicast_checksum === 'always' ? 'old' : 'standard',
    ignoreAdverts: c.priority === 255 && c.owner_ignore_adverts,
    skipAddressCheck: c.skip_check_adv_addr,
  };
}

/** oldSum: a peer was heard with the old unicast sum. */
export function frameOf(c: VrrpInstance, source: Ip, priority: number, oldSum: boolean): AdvertFrame {
  return {
    version: c.version,
    vrid: c.virtual_router_id,
    priority,
    ...authOf(c),
    ...signerOf(c),
    interval: c.advert_int,
    addresses: advertisedAddresses(c),
    v3ChecksumAsV2: c.v3_checksum_as_v2,
    oldUnicastSum: isUnicast(c) && (c.old_unicast_checksum === 'always' || (c.old_unicast_checksum === 'auto' && oldSum)),
    source,
    destinations: isUnicast(c) ? c.unicast_peer.map((p) => p.ip) : [c.mcast_dst_ip],
    // Section 1.2: without unicast_ttl the kernel chooses the hop limit.
    ttl: isUnicast(c) ? (c.unicast_ttl ?? (c.family === 6 ? 0 : 255)) : 255,
    // The soonest that another router takes over; how patient it is configured to be is not known here.
    whenLate: {
      patience: downInterval(USUAL_DOWN_ADVERTS, c.advert_int, skewTime(c.version, c.timer_expired_backup ?? BEST_PEER, c.advert_int)),
      listen: skewTime(c.version, priority, c.advert_int),
    },
  };
}

export function endpointOf(c: VrrpInstance, ifindex: number, ifname: string, source: Ip | null): EndpointSpec | null {
  const unicast = isUnicast(c);
  if (unicast && !source) return null;
  return {
    family: c.family,
    protocol: c.authentication?.auth_type === 'AH' ? 51 : 112,
    ifindex,
    ifname,
    kind: unicast ? 'unicast' : 'multicast',
    address: unicast && source ? source : c.mcast_dst_ip,
    receiveBuffer: 0,
  };
}

/** Every address the instance holds while active: VIPs, then excluded ones, in configuration order (section 11). */
export function heldAddresses(c: VrrpInstance): readonly VirtualAddress[] {
  return [...c.virtual_ipaddress, ...c.virtual_ipaddress_excluded];
}

export function interfaceOf(c: Pick<VrrpInstance, 'interface'>, a: Pick<VirtualAddress, 'made' | 'dev'>): string | null {
  return a.made ?? a.dev ?? c.interface;
}

/** What adverts leave and come through: the made interface unless vmac_xmit_base, or the VRF; null for none. */
export function advertInterface(c: VrrpInstance): string | null {
  const made = c.vmac_xmit_base ? null : ownMade(c);
  return made?.name ?? c.interface ?? c.vrf;
}

/**
 * The link-local address of an IPv6 VMAC: the configured source, else that of the interface below, else one made from its
 * MAC (section 10.1). null while the interface below does not exist.
 */
export function linkLocalFor(c: VrrpInstance, made: MadeInterface, view: NetworkView): Ip | null {
  const base = view.byName(made.base);
  if (!base) return null;
  const configured = ownMade(c) === made ? configuredSource(c) : null;
  if (configured && isLinkLocal(configured)) return configured;
  return view.sourceAddress(made.base, 6, new Set()) ?? fromMac(base.mac);
}

/** RFC 4291 appendix A */
function fromMac(mac: Uint8Array): Ip | null {
  if (mac.length !== 6) return null;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac;
  return ipFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f));
}

/** null while the interface does not exist. */
/** `ka_ts.vip_lease`: how long the kernel keeps the address without us. */
export function addressSpecOf(
  c: Pick<VrrpInstance, 'interface'> & Partial<Pick<VrrpInstance, 'ka_ts'>>,
  a: VirtualAddress,
  view: NetworkView,
): AddressSpec | null {
  const name = interfaceOf(c, a);
  const link = name === null ? undefined : view.byName(name);
  if (!link) return null;
  const family = ipFamily(a.ip);
  let flags = 0;
  if (family === 6 && !a.dad) flags |= IFA_F_NODAD;
  if (a.home) flags |= IFA_F_HOMEADDRESS;
  if (a.mngtmpaddr) flags |= IFA_F_MANAGETEMPADDR;
  if (a.noprefixroute) flags |= IFA_F_NOPREFIXROUTE;
  if (a.autojoin) flags |= IFA_F_MCAUTOJOIN;
  const validLifetime = c.ka_ts?.vip_lease || FOR_EVER;
  return {
    family,
    ifindex: link.ifindex,
    address: a.ip,
    prefixLength: a.prefixLength,
    peer: a.peer ?? '',
    broadcast: a.broadcast ?? '',
    label: a.label ?? '',
    scope: a.scope,
    flags,
    // The kernel refuses an address that is preferred for longer than it is valid.
    preferredLifetime: Math.min(a.preferred_lft ?? FOR_EVER, validLifetime),
    ...(validLifetime === FOR_EVER ? {} : { validLifetime }),
  };
}

/** null where the interface does not exist or carries no ARP. `forwards` is asked for IPv6 only. */
export function announcementOf(
  c: VrrpInstance,
  a: VirtualAddress,
  view: NetworkView,
  forwards: (ifname: string) => boolean,
): Announcement | null {
  const name = interfaceOf(c, a);
  const link = name === null ? undefined : view.byName(name);
  if (!link || !view.canAnnounce(link)) return null;
  return { ifindex: link.ifindex, address: a.ip, mac: link.mac, router: ipFamily(a.ip) === 6 && forwards(link.name) };
}
