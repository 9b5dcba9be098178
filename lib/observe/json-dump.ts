// SPDX-License-Identifier: MIT
// keepalived.json: one line, no blanks, keys in keepalived's order (reference: process document, section 13).

import type { Micros } from '../base/time.ts';
import type { Script, VirtualAddress } from '../config/model.ts';
import { routeText, ruleText } from '../config/policy-text.ts';
import type { InstanceView, Statistics, VrrpView } from '../ports/vrrp-view.ts';
import { addressText, commandText, epochText, masked } from './words.ts';

/** The whole file; null without instances: then none is written. `version`: json_version. */
export function jsonText(view: VrrpView, version: 1 | 2): string | null {
  if (view.instances.length === 0) return null;
  const list = `[${view.instances.map((i) => instanceText(i, view)).join(',')}]`;
  return version === 1 ? `${list}\n` : `{"vrrp":${list}}\n`;
}

/** A finished piece of JSON; undefined leaves the key out. */
type Pairs = Readonly<Record<string, string | undefined>>;

function object(pairs: Pairs): string {
  const present = Object.entries(pairs).filter(([, value]) => value !== undefined);
  return `{${present.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
}

/** keepalived escapes the slash too, and nothing beyond ASCII. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll('/', '\\/');
}

/** As printf's %g: six significant digits. */
function seconds(t: Micros): string {
  return String(Number((t / 1e6).toPrecision(6)));
}

const wholeSeconds = (t: Micros): string => String(Math.floor(t / 1e6));
const flag = (value: boolean): string => (value ? '1' : '0');
const list = (values: readonly string[]): string | undefined => (values.length > 0 ? `[${values.map(text).join(',')}]` : undefined);
const command = (script: Script | null): string | undefined => (script ? text(commandText(script)) : undefined);

const states = { INIT: 0, BACKUP: 1, MASTER: 2, FAULT: 3 } as const;

function instanceText(i: InstanceView, view: VrrpView): string {
  return object({ data: dataText(i, view), stats: statisticsText(i.statistics) });
}

function dataText(i: InstanceView, view: VrrpView): string {
  const { config: c } = i;
  const device = c.use_vmac?.name ?? c.use_ipvlan?.name ?? c.interface;
  const addresses = (all: readonly VirtualAddress[], from: number) =>
    list(all.map((a, index) => addressText(c, a, i.isSet[from + index] ?? false, i.rules)));
  const scripts = new Map(view.scripts.map((s) => [s.config.name, commandText(s.config.script)]));
  const auth = c.authentication === null ? 0 : c.authentication.auth_type === 'PASS' ? 1 : 2;
  return object({
    iname: text(c.name),
    dont_track_primary: flag(c.dont_track_primary),
    skip_check_adv_addr: flag(c.skip_check_adv_addr),
    strict_mode: flag(c.strict_mode),
    vmac_ifname: text(c.use_vmac?.name ?? ''),
    ifp_ifname: device === null ? undefined : text(device),
    master_priority: String(i.master?.priority ?? 0),
    last_transition: epochText(i.lastTransition),
    garp_delay: seconds(c.garp_master_delay),
    garp_refresh: wholeSeconds(c.garp_master_refresh),
    garp_rep: String(c.garp_master_repeat),
    garp_refresh_rep: String(c.garp_master_refresh_repeat),
    garp_lower_prio_delay: wholeSeconds(c.garp_lower_prio_delay),
    garp_lower_prio_rep: String(c.garp_lower_prio_repeat),
    lower_prio_no_advert: flag(c.lower_prio_no_advert),
    higher_prio_send_advert: flag(c.higher_prio_send_advert),
    vrid: String(c.virtual_router_id),
    base_priority: String(c.priority),
    effective_priority: String(i.effectivePriority),
    vipset: String(i.isSet.some((set) => set)),
    promote_secondaries: String(c.promote_secondaries),
    adver_int: seconds(c.advert_int),
    master_adver_int: seconds(i.masterInterval),
    accept: flag(c.accept),
    nopreempt: String(c.nopreempt),
    preempt_delay: wholeSeconds(c.preempt_delay),
    state: String(states[i.state]),
    wantstate: String(states[i.wantState]),
    version: String(c.version),
    smtp_alert: String(c.smtp_alert),
    notify_deleted: String(c.notify_deleted !== null),
    script_backup: command(c.notify_backup),
    script_master: command(c.notify_master),
    script_fault: command(c.notify_fault),
    script_stop: command(c.notify_stop),
    script_deleted: command(c.notify_deleted?.script ?? null),
    script: command(c.notify),
    script_master_rx_lower_pri: command(c.notify_master_rx_lower_pri),
    vips: addresses(c.virtual_ipaddress, 0),
    evips: addresses(c.virtual_ipaddress_excluded, c.virtual_ipaddress.length),
    vroutes: list(c.virtual_routes.map(routeText)),
    vrules: list(c.virtual_rules.map(ruleText)),
    track_ifp: list(c.track_interface.map((t) => t.name)),
    track_script: list(c.track_script.flatMap((t) => scripts.get(t.name) ?? [])),
    auth_type: String(auth),
    auth_data: auth === 0 ? undefined : text(masked),
  });
}

function statisticsText(s: Statistics): string {
  return JSON.stringify({
    advert_rcvd: s.advertReceived,
    advert_sent: s.advertSent,
    become_master: s.becameMaster,
    release_master: s.releasedMaster,
    packet_len_err: s.length,
    advert_interval_err: s.interval,
    ip_ttl_err: s.ttl,
    invalid_type_rcvd: s.type,
    addr_list_err: s.addressList,
    invalid_authtype: s.authTypeInvalid,
    authtype_mismatch: s.authTypeMismatch,
    auth_failure: s.authFailure,
    auth_ext_missing: s.hmacMissing,
    auth_ext_malformed: s.hmacMalformed,
    auth_ext_unknown_key: s.hmacUnknownKey,
    auth_ext_invalid_hmac: s.hmacInvalid,
    auth_ext_stale: s.hmacStale,
    auth_ext_replay: s.hmacReplay,
    pri_zero_rcvd: s.priorityZeroReceived,
    pri_zero_sent: s.priorityZeroSent,
    // keepalived has no such line; nobody is surprised by one that stands for something.
    late_wakeups: s.lateWakeUps || undefined,
  });
}
