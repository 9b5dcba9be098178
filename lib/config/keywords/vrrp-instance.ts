// SPDX-License-Identifier: MIT
// vrrp_instance: one virtual router. Defaults that depend on other settings are applied in build-instance.ts.

import { micros, seconds } from '../../base/time.ts';
import {
  address,
  bool,
  constant,
  flag,
  oneOf,
  optionalInteger,
  optionalScript,
  optionalWord,
  periodForAll,
  script,
  text,
} from '../args.ts';
import { trackEntry, unicastPeer, virtualAddress } from '../entries.ts';
import { virtualDevice } from '../global-args.ts';
import { keywords } from '../keyword.ts';
import { integer, secondsDecimal, secondsWhole } from '../numbers.ts';
import { ruleEntry } from '../policy-rules.ts';
import { routeEntry } from '../routes.ts';
import { authHmac } from './auth-hmac.ts';
import { kaTsInstance } from './ka-ts-instance.ts';

const uint32 = 0xffffffff;
const live = 'live' as const;
const restart = 'restart' as const;
const users = script({ users: true });
const sourceText = 'Configuration error: VRRP instance[%s] malformed src address[%v]. Skipping...';

function notify(keyword: string, doc: string) {
  return { arg: users, repeat: { first: `(%s) ${keyword} script already specified - ignoring %v` }, reload: live, doc };
}

export const authentication = keywords({
  auth_type: {
    arg: oneOf(['PASS', 'AH'], "(%s) unknown authentication type '%v'"),
    reload: live,
    doc: 'Kind of authentication; AH not for IPv6',
  },
  auth_pass: { arg: text(), reload: live, secret: true, doc: 'Shared password; cut to 8 bytes' },
});

export const vrrpInstance = keywords({
  use_vmac: { arg: virtualDevice('vmac'), reload: restart, doc: 'Send and receive on a macvlan with the virtual MAC' },
  use_vmac_addr: { arg: flag, reload: restart, doc: 'Make VMACs for addresses placed on other interfaces' },
  vmac_xmit_base: { arg: flag, reload: restart, doc: 'Adverts go through the parent interface' },
  use_ipvlan: {
    arg: virtualDevice('ipvlan'),
    repeat: { first: '(%s) use_ipvlan already specified - ignoring' },
    reload: restart,
    doc: 'Use an L2 ipvlan',
  },
  unicast_peer: { entry: unicastPeer, reload: live, doc: 'Send adverts to these peers instead of multicast', example: '192.0.2.12' },
  unicast_fault_no_peer: {
    arg: flag,
    default: false,
    reload: live,
    doc: 'FAULT rather than multicast when unicast words are used without peers',
  },
  check_unicast_src: { arg: flag, reload: live, doc: 'Accept adverts from listed peers only' },
  old_unicast_checksum: {
    arg: optionalWord(['never']),
    reload: live,
    doc: 'Use the old VRRPv3 unicast checksum, or never accept it',
  },
  native_ipv6: {
    arg: flag,
    default: false,
    reload: live,
    deprecated: { use: 'version 3', quietly: true },
    doc: 'Force IPv6 and version 3',
  },
  state: {
    arg: oneOf(['MASTER', 'BACKUP'], "(%s) unknown state '%v', defaulting to BACKUP"),
    fallback: 'BACKUP',
    reload: live,
    doc: 'Initial state; MASTER when priority is 255, else BACKUP',
  },
  interface: { arg: text('IFNAME', { max: 15 }), reload: restart, doc: 'Interface of the instance' },
  vrf: { arg: text('IFNAME', { max: 15 }), reload: restart, doc: 'VRF for unicast without interface' },
  dont_track_primary: { arg: flag, default: false, reload: live, doc: 'Ignore faults of the own interface' },
  track_interface: { entry: trackEntry('IFNAME', 253), reload: live, doc: 'More interfaces to track', example: 'eth1 weight -20' },
  track_script: { entry: trackEntry('SCRIPT', 253), reload: live, doc: 'Scripts to track', example: 'chk_haproxy weight -20' },
  track_file: { entry: trackEntry('FILE', 254), reload: live, doc: 'Files to track' },
  track_process: { entry: trackEntry('PROCESS', 254), reload: live, doc: 'Processes to track' },
  track_bfd: { entry: trackEntry('BFD', 253), reload: live, doc: 'BFD sessions to track' },
  mcast_src_ip: { arg: address({ message: sourceText }), reload: live, doc: 'Source address of adverts', example: '192.0.2.11' },
  unicast_src_ip: {
    arg: address({ message: sourceText }),
    reload: live,
    doc: 'As mcast_src_ip, and marks the instance as unicast',
    example: '192.0.2.11',
  },
  mcast_dst_ip: { arg: address({ multicast: true }), reload: live, doc: 'Group for adverts' },
  track_src_ip: { arg: flag, default: false, reload: live, doc: 'FAULT while the set source address is absent' },
  virtual_router_id: {
    arg: integer(1, 255, { strict: true }),
    reload: restart,
    invalid: "(%s): VRID '%v' not valid - must be between 1 & 255",
    doc: 'VRID, the number all routers of the group share',
    example: '51',
  },
  unicast_ttl: { arg: integer(0, 255, { strict: true }), reload: live, doc: 'TTL of unicast adverts; 255 when absent' },
  version: {
    arg: integer(2, 3),
    reload: live,
    invalid: '(%s): Version must be either 2 or 3',
    doc: 'Protocol version; vrrp_version, or 3 for IPv6',
  },
  priority: {
    arg: integer(1, 255, { strict: true }),
    reload: live,
    fallback: 100,
    invalid: '(%s) Priority not valid! must be between 1 & 255. Using default 100',
    doc: 'Base priority; 255 means address owner; 100, or 255 with state MASTER',
    example: '150',
  },
  advert_int: {
    arg: secondsDecimal(0.01, 255),
    default: seconds(1),
    reload: live,
    doc: 'Advert period; version 2 whole seconds, version 3 at most 40.95 in steps of 10 ms',
  },
  virtual_ipaddress: {
    entry: virtualAddress,
    reload: live,
    doc: 'Advertised addresses, one family only',
    example: '192.0.2.10/24 dev eth0',
  },
  virtual_ipaddress_excluded: {
    entry: virtualAddress,
    reload: live,
    doc: 'Addresses held by the master but not advertised; any family',
    example: '198.51.100.10/24 dev eth1',
  },
  no_virtual_ipaddress: { arg: flag, default: false, reload: live, doc: 'Accept an empty address list' },
  promote_secondaries: { arg: flag, reload: live, doc: 'Set the kernel flag of that name on the interface' },
  linkbeat_use_polling: { arg: flag, default: false, reload: live, deprecated: { use: 'linkbeat_interfaces' }, doc: 'Poll link state' },
  v3_checksum_as_v2: { arg: bool, reload: live, doc: 'Leave the pseudo header out of the IPv4 version 3 checksum' },
  virtual_routes: {
    entry: routeEntry(false),
    reload: live,
    doc: 'Routes held while master',
    example: '198.51.100.0/24 via 192.0.2.1 dev eth0',
  },
  virtual_rules: {
    entry: ruleEntry(false),
    reload: live,
    doc: 'Policy rules held while master',
    example: 'from 192.0.2.0/24 table 100',
  },
  accept: { arg: flag, reload: live, doc: 'Receive packets for the virtual addresses' },
  no_accept: { as: 'accept', arg: constant(false as boolean), reload: live, doc: 'Drop packets for the virtual addresses' },
  skip_check_adv_addr: { arg: bool, reload: live, doc: 'Skip the address check for repeated adverts' },
  strict_mode: { arg: bool, reload: live, doc: 'Enforce the RFC rules' },
  preempt: { as: 'nopreempt', arg: constant(false as boolean), reload: live, doc: 'Cancel nopreempt' },
  nopreempt: { arg: flag, default: false, reload: live, doc: 'Do not take over from a lower priority master' },
  preempt_delay: { arg: secondsDecimal(0, 1000), default: micros(0), reload: live, doc: 'Wait before preempting', example: '30' },
  debug: { arg: integer(0, 4), reload: live, doc: 'Unused level' },
  notify_backup: notify('backup', 'Run on entry to BACKUP'),
  notify_master: notify('master', 'Run on entry to MASTER'),
  notify_fault: notify('fault', 'Run on entry to FAULT'),
  notify_stop: notify('stop', 'Run when VRRP stops'),
  notify_deleted: {
    arg: optionalScript(),
    repeat: { first: '(%s) deleted script already specified - ignoring %v' },
    reload: live,
    doc: 'Report DELETED when the instance vanishes on reload, and run the script',
  },
  notify: notify('notify', 'Run on every transition with four more arguments'),
  notify_master_rx_lower_pri: notify('master_rx_lower_pri', 'Run when a master hears a lower priority advert'),
  smtp_alert: { arg: bool, reload: live, doc: 'Mail on transitions' },
  notify_priority_changes: { arg: bool, reload: live, doc: 'Report priority changes on FIFOs' },
  lvs_sync_daemon_interface: {
    arg: text('IFNAME'),
    reload: live,
    deprecated: { use: 'lvs_sync_daemon' },
    doc: 'Interface for sync traffic',
  },
  garp_master_delay: { arg: secondsWhole(0, 4294), reload: live, doc: 'Pause before the second gratuitous ARP burst' },
  garp_master_refresh: { arg: secondsWhole(0, uint32), reload: live, doc: 'Period of refresh bursts' },
  garp_master_repeat: { arg: integer(0, uint32), reload: live, doc: 'Messages per burst' },
  garp_master_refresh_repeat: { arg: integer(0, uint32), reload: live, doc: 'Messages per refresh burst' },
  garp_lower_prio_delay: { arg: secondsWhole(0, 4294), reload: live, doc: 'Pause before second burst after a lower priority advert' },
  garp_lower_prio_repeat: { arg: integer(0, 2147483647), reload: live, doc: 'Burst size after a lower priority advert' },
  down_timer_adverts: { arg: integer(1, 100), reload: live, doc: 'Missed adverts before master is down' },
  timer_expired_backup: {
    arg: optionalInteger(1, 254, 254),
    reload: live,
    doc: 'Fall back to BACKUP after running late; needs nopreempt',
  },
  thread_timer_expired: {
    as: 'timer_expired_backup',
    arg: optionalInteger(1, 254, 254),
    reload: live,
    deprecated: { use: 'timer_expired_backup' },
    doc: 'Fall back to BACKUP after running late; needs nopreempt',
  },
  garp_extra_if: { arg: periodForAll(0), reload: live, doc: 'Periodic gratuitous messages on other interfaces' },
  vmac_garp_intvl: {
    as: 'garp_extra_if',
    arg: periodForAll(0),
    reload: live,
    deprecated: { use: 'garp_extra_if' },
    doc: 'Periodic gratuitous messages on other interfaces',
  },
  lower_prio_no_advert: { arg: bool, reload: live, doc: 'Do not answer a lower priority advert' },
  higher_prio_send_advert: { arg: bool, reload: live, doc: 'Send one advert before yielding' },
  owner_ignore_adverts: { arg: bool, reload: live, doc: 'Ignore adverts while address owner' },
  kernel_rx_buf_size: {
    arg: integer(0, uint32, { strict: true, unit: 'bytes' }),
    reload: live,
    doc: 'Socket receive buffer; vrrp_rx_bufs_policy when absent',
  },
  ka_ts: { block: kaTsInstance, doc: 'Settings that only ka-ts has' },
  authentication: { block: authentication, doc: 'Legacy version 2 authentication' },
  auth_hmac: { block: authHmac, doc: 'HMAC-SHA256 trailer on adverts; replaces authentication' },
});
