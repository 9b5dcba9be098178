// SPDX-License-Identifier: MIT
// One vrrp_instance block → VrrpInstance: every default applied, every contradiction inside the instance reported and
// repaired as keepalived does (reference/vrrp-protocol.md sections 5, 6.1, 13, 14 and 15).

import { type Family, type Ip, ipFamily, isLinkLocal } from '../base/address.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import { buildAddresses } from './build-addresses.ts';
import { buildAuthHmac, withWindow } from './build-auth-hmac.ts';
import { type BuildContext, fatal, fixed, notice, repaired } from './build-context.ts';
import type { BuiltGlobals } from './build-globals.ts';
import { buildInterfaces } from './build-interfaces.ts';
import { buildRoutes } from './build-routes.ts';
import { buildRules } from './build-rules.ts';
import type { ScriptBuilder } from './build-scripts.ts';
import type { KnownTracked } from './build-tracked.ts';
import { buildTrackers } from './build-trackers.ts';
import { type Block, blocksOf, entriesOf, placeOf, valueIn } from './keyword.ts';
import { kaTsInstance } from './keywords/ka-ts-instance.ts';
import { authentication, vrrpInstance } from './keywords/vrrp-instance.ts';
import { byteLength } from './limits.ts';
import type { Script, UnicastPeer, VrrpInstance } from './model.ts';
import type { PolicyContext } from './policy-context.ts';

type InstanceBlock = Block<typeof vrrpInstance>;
type NotifyKey =
  | 'notify_master'
  | 'notify_backup'
  | 'notify_fault'
  | 'notify_stop'
  | 'notify'
  | 'notify_master_rx_lower_pri'
  | 'notify_deleted';

/** Findings of severity `fatal` mean that the daemon must not run; the instance is then null or not to be used. */
export function buildInstance(
  block: InstanceBlock,
  globals: BuiltGlobals,
  scripts: ScriptBuilder,
  known: KnownTracked,
  policy: PolicyContext,
): VrrpInstance | null {
  const { context } = policy;
  const { name, place } = block;
  const { defaults, defs } = globals;
  const get = <K extends keyof typeof vrrpInstance & string>(key: K) => valueIn(vrrpInstance, block, key);
  const fault = (code: string, text: string, key?: keyof typeof vrrpInstance & string, more = {}) =>
    repaired(context, key ? placeOf(block, key) : place, code, `(${name}) ${text}`, more);

  const vrid = get('virtual_router_id');
  if (vrid === undefined) {
    fatal(context, place, 'vrid-missing', `(${name}) the virtual router id must be set`, {
      word: name,
      expected: 'virtual_router_id 1..255',
    });
    return null;
  }

  const own = blocksOf(block, 'ka_ts')[0] ?? null;
  const family = familyOf(block);
  const strict = get('strict_mode') ?? defaults.strict_mode;
  const version = versionOf();
  const priority = get('priority') ?? (get('state') === 'MASTER' ? 255 : 100);
  const owner = priority === 255;
  const hmac = buildAuthHmac(block, strict, context);
  const auth = authenticationOf();
  const state = stateOf();
  const iface = interfaceOf();
  const source = sourceOf();
  const peers = peersOf();
  const unicast = peers.length > 0;
  const config_faults: string[] = [];
  const made = buildInterfaces(block, { family, vrid, strict, unicast, interface: iface, source }, config_faults, context);
  // The address of an ipvlan serves as the source where none is set.
  const sender = source ?? made.use_ipvlan?.address?.ip ?? null;
  checkCast();
  const preemption = preemptionOf();
  const addresses = buildAddresses(
    block,
    { family, version, strict, auth: auth?.auth_type ?? null, hmac: hmac !== null, interface: iface, dynamic: defs.dynamic_interfaces },
    policy,
  );
  const virtual_routes = buildRoutes(entriesOf(block, 'virtual_routes'), policy);
  const virtual_rules = buildRules(entriesOf(block, 'virtual_rules'), policy);
  const trackers = buildTrackers(block, { owner, interface: iface, dynamic: defs.dynamic_interfaces }, known, context);
  const advert_int = intervalOf();

  return {
    name,
    position: place,
    family,
    version,
    state,
    interface: iface,
    ...made,
    address_vmacs: [],
    virtual_router_id: vrid,
    priority,
    advert_int,
    ...preemption,
    down_timer_adverts: downTimerOf(),
    timer_expired_backup: timerExpiredOf(),
    mcast_src_ip: unicast ? null : sender,
    unicast_src_ip: unicast ? sender : null,
    mcast_dst_ip: groupOf(),
    unicast_peer: peers,
    unicast_ttl: ttlOf(),
    check_unicast_src: (get('check_unicast_src') ?? defaults.check_unicast_src) || peers.some((p) => p.min_ttl > 0 || p.max_ttl < 255),
    track_src_ip: get('track_src_ip') && source !== null,
    dont_track_primary: get('dont_track_primary'),
    linkbeat_use_polling: get('linkbeat_use_polling'),
    ...addresses,
    virtual_routes,
    virtual_rules,
    promote_secondaries: promotes(),
    restore_limit: defs.ka_ts.restore_limit,
    ka_ts: {
      break_before_make: valueIn(kaTsInstance, own, 'break_before_make') ?? defs.ka_ts.break_before_make,
      vip_lease: valueIn(kaTsInstance, own, 'vip_lease') ?? defs.ka_ts.vip_lease,
    },
    authentication: auth,
    auth_hmac: hmac && withWindow(hmac, advert_int),
    ...trackers,
    notify_master: notifyScript('notify_master'),
    notify_backup: notifyScript('notify_backup'),
    notify_fault: notifyScript('notify_fault'),
    notify_stop: notifyScript('notify_stop'),
    notify: notifyScript('notify'),
    notify_master_rx_lower_pri: notifyScript('notify_master_rx_lower_pri'),
    notify_deleted: deletedOf(),
    smtp_alert: get('smtp_alert') ?? defaults.smtp_alert,
    notify_priority_changes: get('notify_priority_changes') ?? defaults.notify_priority_changes(name),
    ...politeness(),
    owner_ignore_adverts: ownerIgnores(),
    skip_check_adv_addr: get('skip_check_adv_addr') ?? defaults.skip_check_adv_addr,
    v3_checksum_as_v2: get('v3_checksum_as_v2') ?? defaults.v3_checksum_as_v2,
    old_unicast_checksum: oldChecksumOf(),
    kernel_rx_buf_size: get('kernel_rx_buf_size') ?? null,
    strict_mode: strict,
    accept: acceptOf(),
    config_faults,
    ...garp(),
  };

  function versionOf(): 2 | 3 {
    const asked = get('version');
    if (family === 4) return (asked ?? defs.vrrp_version) === 3 ? 3 : 2;
    // RFC 3768 knows no IPv6: only an explicit `version 2` keeps it, and never in strict mode.
    if (asked === 2 && strict) fault('version-ipv6', 'VRRP version 2 cannot be used with IPv6 in strict mode - using version 3', 'version');
    return asked === 2 && !strict && !get('native_ipv6') ? 2 : 3;
  }

  function stateOf(): 'MASTER' | 'BACKUP' {
    const wanted = get('state') ?? (owner ? 'MASTER' : 'BACKUP');
    if (strict && (wanted === 'MASTER') !== owner) {
      fault('state-strict', 'State MASTER must match being address owner', 'state');
      return owner ? 'MASTER' : 'BACKUP';
    }
    if (wanted === 'MASTER' && !owner && auth?.auth_type === 'AH') {
      fault('state-ah', 'Initial state master is incompatible with AH authentication - clearing', 'state');
      return 'BACKUP';
    }
    return wanted;
  }

  function authenticationOf(): VrrpInstance['authentication'] {
    const written = blocksOf(block, 'authentication')[0];
    if (!written) return null;
    const type = valueIn(authentication, written, 'auth_type');
    const pass = valueIn(authentication, written, 'auth_pass');
    if (type === undefined) return null;
    const ignored = (code: string, text: string) => {
      repaired(context, written.place, code, `(${name}) ${text}`);
      return null;
    };
    if (strict) return ignored('auth-strict', 'Strict mode does not support authentication. Ignoring.');
    if (version === 3) return ignored('auth-v3', 'VRRP version 3 does not support authentication. Ignoring.');
    if (type === 'AH' && family === 6) return ignored('auth-ipv6', 'Cannot use AH authentication with IPv6 - ignoring');
    if (!pass) return ignored('auth-no-password', 'Authentication specified but no password given. Ignoring');
    if (hmac) return ignored('auth-hmac-legacy', 'auth_hmac cannot be combined with authentication, dropping legacy auth');
    return { auth_type: type, auth_pass: cutPassword(pass, () => placeOf(written, 'auth_pass'), context) };
  }

  function interfaceOf(): string | null {
    const wanted = get('interface') ?? null;
    if (wanted === null || !context.interfaces) return wanted;
    const found = context.interfaces.get(wanted);
    const at = placeOf(block, 'interface');
    if (found?.loopback) {
      fatal(context, at, 'interface-loopback', `(${name}) cannot use a loopback interface (${wanted}) for vrrp - ignoring`, {
        scope: 'child',
        word: wanted,
      });
    } else if (!found && defs.dynamic_interfaces) {
      notice(
        context,
        at,
        'interface-later',
        `Configuration specifies interface ${wanted} which doesn't currently exist - will use if created`,
        { word: wanted },
      );
    } else if (!found) {
      fatal(context, at, 'interface-unknown', `WARNING - interface ${wanted} for vrrp_instance ${name} doesn't exist`, {
        scope: 'child',
        word: wanted,
        expected: `an interface of this machine: ${[...context.interfaces.keys()].slice(0, 8).join(', ')}`,
      });
    }
    return wanted;
  }

  function sourceOf(): Ip | null {
    const key = get('unicast_src_ip') ? 'unicast_src_ip' : 'mcast_src_ip';
    const wanted = get(key);
    if (!wanted) return null;
    if (ipFamily(wanted) === family) return wanted;
    mixed('src', wanted, placeOf(block, key));
    return null;
  }

  function mixed(what: 'src' | 'unicast peer', ip: Ip, at: VrrpInstance['position']): void {
    const text = `Configuration error: VRRP instance[${name}] and ${what} address[${ip}] MUST be of the same family !!! Skipping...`;
    repaired(context, at, 'family-mismatch', text, { scope: 'child', word: ip, expected: `an IPv${family} address` });
  }

  function peersOf(): UnicastPeer[] {
    const kept = new Map<Ip, UnicastPeer>();
    for (const { value, place: at } of entriesOf(block, 'unicast_peer')) {
      const drop = (code: string, text: string) => repaired(context, at, code, `(${name}) ${text}`, { scope: 'child', word: value.ip });
      if (ipFamily(value.ip) !== family) mixed('unicast peer', value.ip, at);
      else if (kept.has(value.ip)) drop('duplicate', `unicast peer ${value.ip} already specified - ignoring`);
      else kept.set(value.ip, value);
    }
    return [...kept.values()];
  }

  /** Multicast or unicast, and whether there is anything to send from. */
  function checkCast(): void {
    const asked = block.settings.unicast_src_ip !== undefined || block.settings.unicast_peer !== undefined;
    if (unicast && strict) fatal(context, place, 'strict-unicast', `(${name}) Unicast peers are not supported in strict mode`);
    if (asked && !unicast) {
      if (get('unicast_fault_no_peer')) {
        const text = 'Cannot use unicast without any peers - going to fault state';
        fault('unicast-no-peers', text);
        config_faults.push(text);
      } else {
        const text =
          'A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration.';
        fault('unicast-no-peers', text, undefined, { class: 'DEPRECATED', severity: 'warning' });
      }
    }
    if (iface === null) {
      // Unicast words without a peer fall back to multicast, which has nothing to send from here.
      if (!unicast && !(asked && get('unicast_fault_no_peer')))
        fatal(context, place, 'interface-missing', `(${name}) Unknown interface!`, { expected: 'interface IFNAME' });
      else if (source === null) {
        fatal(context, place, 'interface-missing', `(${name}): Unicast instances must have unicast_src_ip or interface`);
      } else if (isLinkLocal(source)) {
        fatal(context, placeOf(block, 'unicast_src_ip'), 'source-link-local', `(${name}): a link-local source address needs an interface`);
      }
    }
    const found = iface === null ? undefined : context.interfaces?.get(iface);
    if (found && !found.multicast && !found.loopback && !unicast) {
      const text = `interface ${iface} does not support multicast, specify unicast peers - disabling`;
      fault('interface-no-multicast', text, 'interface');
      config_faults.push(text);
    }
  }

  function groupOf(): Ip {
    const usual = family === 4 ? defs.vrrp_mcast_group4 : defs.vrrp_mcast_group6;
    const wanted = get('mcast_dst_ip');
    if (!wanted) return usual;
    if (unicast) fault('group-unicast', 'multicast destination specified with unicast - ignoring', 'mcast_dst_ip');
    else if (ipFamily(wanted) !== family)
      fault('family-mismatch', `multicast destination ${wanted} is not IPv${family} - ignoring`, 'mcast_dst_ip', { word: wanted });
    else return wanted;
    return usual;
  }

  function ttlOf(): number | null {
    const ttl = get('unicast_ttl');
    if (ttl === undefined) return null;
    if (unicast) return ttl;
    repaired(
      context,
      placeOf(block, 'unicast_ttl'),
      'ttl-multicast',
      `(${name}): Cannot use unicast_ttl without unicast peers - resetting`,
      { scope: 'child' },
    );
    return null;
  }

  function intervalOf(): Micros {
    const wanted = get('advert_int');
    const text = (what: string) => `VRRPv${version} advertisement interval ${fixed(wanted)}s ${what}`;
    if (version === 2) {
      if (wanted % 1e6 === 0) return wanted;
      fault('interval-rounded', text('must be an integer. rounding'), 'advert_int');
      return seconds(Math.max(1, Math.round(wanted / 1e6)));
    }
    if (wanted > 40_950_000) {
      fault('interval-clamped', text('is out of range. Must be less than 40.96s. Setting to 40.95s'), 'advert_int');
      return seconds(40.95);
    }
    if (wanted % 1e4 === 0) return wanted;
    fault('interval-rounded', text('must be in units of 10ms - rounding'), 'advert_int');
    return micros(Math.max(1, Math.round(wanted / 1e4)) * 1e4);
  }

  function preemptionOf(): { nopreempt: boolean; preempt_delay: Micros } {
    let nopreempt = get('nopreempt');
    let delay = get('preempt_delay');
    if (nopreempt && owner) {
      fault('nopreempt-owner', `nopreempt is incompatible with priority ${priority}. resetting nopreempt`, 'nopreempt');
      nopreempt = false;
    } else if (nopreempt && state === 'MASTER') {
      fault('nopreempt-master', 'Warning - nopreempt will not work with initial state MASTER - clearing', 'nopreempt', {
        severity: 'warning',
      });
      nopreempt = false;
    }
    const clear = (code: string, text: string, more = {}) => {
      fault(code, text, 'preempt_delay', more);
      delay = micros(0);
    };
    if (delay > 0 && strict) clear('preempt-delay-strict', 'preempt_delay is incompatible with strict mode - resetting');
    if (delay > 0 && state === 'MASTER') {
      clear('preempt-delay-master', 'Warning - preempt delay will not work with initial state MASTER - clearing', { severity: 'warning' });
    }
    if (delay > 0 && nopreempt) clear('preempt-delay-nopreempt', 'preempt_delay is incompatible with nopreempt mode - resetting');
    return { nopreempt, preempt_delay: delay };
  }

  function downTimerOf(): number {
    const wanted = get('down_timer_adverts') ?? defaults.down_timer_adverts;
    if (!strict || wanted === 3) return wanted;
    fault('down-timer-strict', 'down_timer_adverts is incompatible with strict mode - resetting', 'down_timer_adverts');
    return 3;
  }

  function timerExpiredOf(): number | null {
    const wanted = get('timer_expired_backup') ?? null;
    if (wanted === null || preemption.nopreempt) return wanted;
    fault('expired-timer-preempt', 'expired_timer_backup requires nopreempt - resetting', 'timer_expired_backup');
    return null;
  }

  function acceptOf(): boolean {
    const wanted = get('accept');
    if (strict && version === 2 && !owner) {
      if (wanted) fault('accept-strict', 'warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting', 'accept');
      return false;
    }
    return wanted ?? (!strict || owner);
  }

  function politeness(): { lower_prio_no_advert: boolean; higher_prio_send_advert: boolean } {
    const lower = get('lower_prio_no_advert');
    const higher = get('higher_prio_send_advert');
    if (strict && lower === false)
      fault('lower-prio-strict', 'Strict mode requires no lower priority advert. resetting', 'lower_prio_no_advert');
    if (strict && higher)
      fault('higher-prio-strict', 'strict mode requires higher_prio_send_advert to be clear. resetting', 'higher_prio_send_advert');
    return {
      lower_prio_no_advert: strict || (lower ?? defaults.lower_prio_no_advert ?? false),
      higher_prio_send_advert: !strict && (higher ?? defaults.higher_prio_send_advert ?? false),
    };
  }

  function oldChecksumOf(): VrrpInstance['old_unicast_checksum'] {
    const word = get('old_unicast_checksum');
    if (word === undefined) return 'auto';
    return word ?? 'always';
  }

  function ownerIgnores(): boolean {
    const own = get('owner_ignore_adverts');
    if (!owner) {
      if (own) fault('owner-ignores', `owner_ignore_adverts is only valid with priority 255 - resetting`, 'owner_ignore_adverts');
      return false;
    }
    if (own === false) fault('owner-ignores', 'owner_ignore_adverts cannot be off for an address owner - setting', 'owner_ignore_adverts');
    return own !== undefined || strict || defaults.owner_ignore_adverts;
  }

  function garp() {
    const raised = (key: 'garp_master_repeat' | 'garp_master_refresh_repeat'): number => {
      const value = get(key) ?? defaults[key];
      if (value > 0) return value;
      repaired(context, placeOf(block, key), 'value-raised', `(${name}): ${key} must be greater than 0, setting to 1`, {
        scope: 'child',
        word: key,
      });
      return 1;
    };
    const garp_master_delay = get('garp_master_delay') ?? defaults.garp_master_delay;
    const garp_master_repeat = raised('garp_master_repeat');
    const lowerRepeat = get('garp_lower_prio_repeat');
    if (strict && lowerRepeat) fault('garp-strict', 'Strict mode requires no repeat garps. resetting', 'garp_lower_prio_repeat');
    return {
      garp_master_delay,
      garp_master_repeat,
      garp_master_refresh: get('garp_master_refresh') ?? defaults.garp_master_refresh,
      garp_master_refresh_repeat: raised('garp_master_refresh_repeat'),
      garp_lower_prio_delay: strict ? micros(0) : (get('garp_lower_prio_delay') ?? defaults.garp_lower_prio_delay ?? garp_master_delay),
      garp_extra_if: get('garp_extra_if') ?? defaults.garp_extra_if,
      garp_lower_prio_repeat: strict ? 0 : (lowerRepeat ?? defaults.garp_lower_prio_repeat ?? garp_master_repeat),
    };
  }

  function deletedOf(): VrrpInstance['notify_deleted'] {
    return block.settings.notify_deleted ? { script: notifyScript('notify_deleted') } : null;
  }

  function notifyScript(key: NotifyKey): Script | null {
    const command = get(key);
    if (!command) return null;
    const outcome = scripts.script(command, placeOf(block, key));
    if (!outcome.script) {
      notice(context, placeOf(block, key), 'notify-dropped', `(${name}) ${key} script is not run`, {
        word: key,
        effect: 'transitions are not told to it',
      });
    }
    return outcome.script;
  }

  function promotes(): boolean {
    if (block.settings.promote_secondaries === undefined) return false;
    if (block.settings.use_vmac === undefined) return true;
    fault('promote-vmac', 'promote_secondaries is automatically set for vmacs - ignoring', 'promote_secondaries');
    return false;
  }
}

/** The family of the first virtual address, else of a peer, a source, the group; IPv4 when nothing says. */
function familyOf(block: InstanceBlock): Family {
  const first =
    entriesOf(block, 'virtual_ipaddress')[0]?.value.ip ??
    entriesOf(block, 'unicast_peer')[0]?.value.ip ??
    block.settings.unicast_src_ip?.value ??
    block.settings.mcast_src_ip?.value ??
    block.settings.mcast_dst_ip?.value;
  if (first) return ipFamily(first);
  return block.settings.native_ipv6 ? 6 : 4;
}

/** The protocol carries eight bytes. */
function cutPassword(password: string, at: () => VrrpInstance['position'], context: BuildContext): string {
  if (byteLength(password) <= 8) return password;
  const bytes = new TextEncoder().encode(password);
  repaired(context, at(), 'auth-pass-cut', 'Truncating auth_pass to 8 characters', { scope: 'child', expected: 'at most 8 bytes' });
  return new TextDecoder().decode(bytes.subarray(0, 8)).replace(/\ufffd$/, '');
}
