// SPDX-License-Identifier: MIT
// One VRRP instance in keepalived.data.

import type { SyncGroup, TrackedLists, TrackedObject, VirtualAddress, VrrpInstance } from '../config/model.ts';
import { routeText, ruleText } from '../config/policy-text.ts';
import type { InstanceView } from '../ports/vrrp-view.ts';
import { addressText, epochText, intervalText, masked, momentText, scriptText, weightText } from './words.ts';

const secondsOf = (t: number): number => Math.floor(t / 1e6);
const enabled = (value: boolean): string => (value ? 'enabled' : 'disabled');

export function instanceLines(i: InstanceView): string[] {
  const { config: c } = i;
  const isUnicast = c.unicast_peer.length > 0;
  return [
    ` VRRP Instance = ${c.name}`,
    ...[
      `VRRP Version = ${c.version}`,
      ...(i.group === null ? [] : [`Sync group = ${i.group}`]),
      ...(c.family === 6 ? ['Using Native IPv6'] : []),
      `State = ${i.state}`,
      ...(i.state === 'BACKUP' ? masterLines(i) : []),
      ...flagLines(c),
      `Wantstate = ${i.wantState}`,
      `Number of config faults = ${i.configFaults}`,
      `Number of tracker faults = ${i.trackerFaults}`,
      `Flags of interface faults - ${i.interfaceFaults.join(', ') || '(none)'}`,
      `Number of track scripts init = ${i.waitingScripts}`,
      `Last transition = ${momentText(i.lastTransition)}`,
      ...(i.claims > 0 ? [`Claims of its addresses by others = ${i.claims}`] : []),
      `Read timeout = ${i.timer === null ? 'DISABLED' : momentText(i.timer)}`,
      `Master down timer = ${i.downInterval} usecs`,
      ...deviceLines(i),
      ...(c.dont_track_primary ? ['VRRP interface tracking disabled'] : []),
      ...(c.skip_check_adv_addr ? ['Skip checking advert IP addresses'] : []),
      ...(c.strict_mode ? ['Enforcing strict VRRP compliance'] : []),
      `Using src_ip = ${sourceText(i)}`,
      ...(isUnicast ? [] : [`Multicast address ${c.mcast_dst_ip}${c.family === 6 ? `, ifindex ${i.ifindex}` : ''}`]),
      ...announcementLines(c),
      `Down timer adverts = ${c.down_timer_adverts}`,
      ...(c.garp_extra_if.seconds > 0
        ? [`Gratuitous ARP for each secondary ${c.garp_extra_if.all ? 'i/f' : 'VMAC'} = ${c.garp_extra_if.seconds}`]
        : []),
      `Send advert after receive lower priority advert = ${!c.lower_prio_no_advert}`,
      `Send advert after receive higher priority advert = ${c.higher_prio_send_advert}`,
      `Virtual Router ID = ${c.virtual_router_id}`,
      `Priority = ${c.priority}`,
      `Effective priority = ${i.effectivePriority}`,
      `Total priority = ${i.totalPriority}`,
      `Advert interval = ${intervalText(c.version, c.advert_int)}`,
      ...(c.version === 3 ? [`Master advert interval = ${intervalText(3, i.masterInterval)}`] : []),
      `Last advert sent = ${epochText(i.lastAdvertSent)}`,
      `Accept = ${enabled(c.accept)}`,
      `Preempt = ${enabled(!c.nopreempt)}`,
      ...(c.preempt_delay > 0 ? [`Preempt delay = ${secondsOf(c.preempt_delay)} secs`] : []),
      `Promote_secondaries = ${enabled(c.promote_secondaries)}`,
      ...authenticationLines(c),
      ...(c.kernel_rx_buf_size === null ? [] : [`Kernel rx buffer size = ${c.kernel_rx_buf_size}`]),
      ...addressLines(`Virtual IP (${c.virtual_ipaddress.length}):`, c.virtual_ipaddress, i, 0),
      ...addressLines('Virtual IP Excluded :', c.virtual_ipaddress_excluded, i, c.virtual_ipaddress.length),
      ...(isUnicast ? unicastLines(c, i.oldUnicastSum) : []),
      ...textLines('Virtual Routes :', c.virtual_routes.map(routeText)),
      ...textLines('Virtual Rules :', c.virtual_rules.map(ruleText)),
      ...trackerLines(c),
      `Using smtp notification = ${c.smtp_alert ? 'yes' : 'no'}`,
      `Notify deleted = ${c.notify_deleted ? 'Deleted' : 'Fault'}`,
      ...notifyLines(c),
      `Notify priority changes = ${c.notify_priority_changes}`,
    ].map((line) => `   ${line}`),
  ];
}

function masterLines({ master, config, masterInterval }: InstanceView): string[] {
  return [
    `Master router = ${master?.address ?? (config.family === 4 ? '0.0.0.0' : '::')}`,
    `Master priority = ${master?.priority ?? 0}`,
    ...(config.version === 3 ? [`Master advert interval = ${intervalText(3, masterInterval)}`] : []),
  ];
}

/** "none", or a list that names only some of what is set: keepalived counts these as flags, and names unicast alone. */
function flagLines(c: VrrpInstance): string[] {
  if (c.unicast_peer.length > 0) return ['Flags:', '  Using unicast'];
  return c.nopreempt || c.use_vmac || c.use_ipvlan ? ['Flags:'] : ['Flags: none'];
}

function deviceLines({ config: c, madeUp }: InstanceView): string[] {
  const base = c.vmac_xmit_base ? ', xmit base i/f' : '';
  const made = c.use_vmac
    ? [`Use VMAC, i/f name ${c.use_vmac.name}, is_up = ${madeUp}, xmit_base = ${c.vmac_xmit_base}`]
    : c.use_ipvlan
      ? [`Use IPVLAN, i/f name ${c.use_ipvlan.name}, is_up = ${madeUp}, mode = ${c.use_ipvlan.mode}`]
      : [];
  const own = c.use_vmac ?? c.use_ipvlan;
  const on = own ? `${own.name}, ${own.kind === 'macvlan' ? 'vmac' : 'ipvlan'} on ${own.base}${base}` : c.interface;
  return [
    ...made,
    ...(c.use_vmac_addr ? ['Use VMAC for VIPs on other interfaces'] : []),
    ...(on === null ? [] : [`Interface = ${on}`]),
    ...(c.vrf === null ? [] : [`VRF = ${c.vrf}`]),
  ];
}

function sourceText({ source, config: c }: InstanceView): string {
  const configured = (c.unicast_src_ip ?? c.mcast_src_ip) !== null;
  return `${source ?? '(none)'}${configured ? ' (from configuration)' : ''}`;
}

function announcementLines(c: VrrpInstance): string[] {
  return [
    `Gratuitous ARP delay = ${secondsOf(c.garp_master_delay)}`,
    `Gratuitous ARP repeat = ${c.garp_master_repeat}`,
    `Gratuitous ARP refresh = ${secondsOf(c.garp_master_refresh)}`,
    `Gratuitous ARP refresh repeat = ${c.garp_master_refresh_repeat}`,
    `Gratuitous ARP lower priority delay = ${secondsOf(c.garp_lower_prio_delay)}`,
    `Gratuitous ARP lower priority repeat = ${c.garp_lower_prio_repeat}`,
  ];
}

function authenticationLines(c: VrrpInstance): string[] {
  const lines: string[] = [];
  if (c.version === 2) {
    const kind = c.authentication === null ? 'none' : c.authentication.auth_type === 'PASS' ? 'SIMPLE_PASSWORD' : 'IPSEC_AH';
    lines.push(`Authentication type = ${kind}`);
    if (c.authentication) lines.push(`Password = ${masked}`);
  }
  if (c.auth_hmac) {
    const { keys, active_key, mode, anti_replay, time_window } = c.auth_hmac;
    lines.push('Authentication extension = HMAC-SHA256-128', `Keys = ${keys.length}, active key id = ${active_key}`);
    lines.push(`Mode = ${mode}`, `Anti replay = ${anti_replay}, window = ${time_window} sec`);
  }
  return lines;
}

function addressLines(title: string, addresses: readonly VirtualAddress[], i: InstanceView, from: number): string[] {
  if (addresses.length === 0) return [];
  return [title, ...addresses.map((a, index) => `  ${addressText(i.config, a, i.isSet[from + index] ?? false, i.rules)}`)];
}

function textLines(title: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [title, ...texts.map((text) => `  ${text}`)];
}

function unicastLines(c: VrrpInstance, oldSum: boolean): string[] {
  const compatibility = { always: 'config', never: 'never', auto: oldSum ? 'auto' : 'no' }[c.old_unicast_checksum];
  return [
    `Unicast TTL = ${c.unicast_ttl ?? 255}`,
    `Check unicast src : ${c.check_unicast_src ? 'yes' : 'no'}`,
    'Unicast Peer :',
    ...c.unicast_peer.map((p) => `  ${p.ip} min_ttl ${p.min_ttl} max_ttl ${p.max_ttl}`),
    `Unicast checksum compatibility = ${compatibility}`,
  ];
}

export function trackerLines(c: TrackedLists): string[] {
  return [
    ...trackedLines('Tracked interfaces :', c.track_interface),
    ...trackedLines('Tracked scripts :', c.track_script),
    ...trackedLines('Tracked files :', c.track_file, ','),
    ...trackedLines('Tracked processes :', c.track_process, ','),
    ...trackedLines('Tracked BFDs :', c.track_bfd, ':'),
  ];
}

/** `after`: what keepalived sets behind the name, which is not the same for all kinds. */
function trackedLines(title: string, tracked: readonly TrackedObject[], after = ''): string[] {
  if (tracked.length === 0) return [];
  return [title, ...tracked.map((t) => `  ${t.name}${after} weight ${weightText(t.weight)}`)];
}

type Notified = Pick<SyncGroup, 'notify_master' | 'notify_backup' | 'notify_fault' | 'notify_stop' | 'notify'> &
  Partial<Pick<VrrpInstance, 'notify_deleted' | 'notify_master_rx_lower_pri'>>;

export function notifyLines(c: Notified): string[] {
  const scripts = [
    ['Backup state', c.notify_backup],
    ['Master state', c.notify_master],
    ['Fault state', c.notify_fault],
    ['Stop state', c.notify_stop],
    ['Deleted state', c.notify_deleted?.script ?? null],
    ['Generic state', c.notify],
    ['Master rx lower pri state', c.notify_master_rx_lower_pri ?? null],
  ] as const;
  return scripts.flatMap(([name, script]) => (script ? [`${name} transition script = ${scriptText(script)}`] : []));
}
