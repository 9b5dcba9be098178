// SPDX-License-Identifier: MIT
// KEEPALIVED-MIB, group `global` (reference: snmp-objects.tsv).

import { parseIp } from '../../base/address.ts';
import { versionText } from '../../base/version.ts';
import type { GlobalDefs } from '../../config/model.ts';
import { type Column, numbered, scalar, table } from '../core/mib.ts';
import { type Oid, oid } from '../core/oid.ts';
import { gauge, integer, text, truth, type Value } from '../core/value.ts';
import { addressType, optionalAddress, optionalText, threeWay } from './words.ts';

export const keepalived = oid('1.3.6.1.4.1.9586.100.5');
const root: Oid = [...keepalived, 1];

export interface Host {
  readonly hostName: string;
  /** Network namespace; '' for none. */
  readonly namespace: string;
}

export function routerId(defs: GlobalDefs, { hostName }: Host): Value {
  return text(defs.router_id ?? hostName);
}

export function globalColumns(defs: GlobalDefs, host: Host): Column[] {
  const at = (...parts: number[]): Oid => [...root, ...parts];
  // A name is looked up at each connection; there is no object for it.
  const server = defs.smtp_server ? parseIp(defs.smtp_server.host) : null;
  const address = server?.ok ? server.value : null;
  return [
    scalar(at(1), () => text(versionText)),
    scalar(at(2), () => routerId(defs, host)),
    // unknown(0), and no bytes
    scalar(at(3, 1), () => (address ? addressType(address) : integer(0))),
    scalar(at(3, 2), () => optionalAddress(address) ?? text('')),
    scalar(at(3, 3), () => gauge(defs.smtp_server ? defs.smtp_connect_timeout / 1e6 : 0)),
    scalar(at(3, 4), () => optionalText(defs.notification_email_from)),
    ...table(at(3, 5, 1), () => numbered(defs.notification_email), { 2: text }),
    scalar(at(3, 6), () => gauge(defs.smtp_server?.port ?? 0)),
    scalar(at(3, 7), () => truth(!defs.no_email_faults)),
    scalar(at(3, 8), () => threeWay(defs.smtp_alert)),
    scalar(at(3, 9), () => threeWay(defs.smtp_alert_vrrp)),
    scalar(at(3, 10), () => threeWay(defs.smtp_alert_checker)),
    scalar(at(4), () => truth(defs.enable_traps)),
    scalar(at(5), () => integer(defs.linkbeat_use_polling ? 2 : 1)),
    scalar(at(6), () => truth(defs.lvs_flush)),
    scalar(at(7), () => truth(true)),
    scalar(at(8), () => text(host.namespace)),
    scalar(at(9), () => truth(defs.enable_dbus)),
    scalar(at(10), () => truth(defs.dynamic_interfaces)),
    scalar(at(11), () => integer({ all: 1, each: 2, VS: 3 }[defs.lvs_flush_on_stop])),
    scalar(at(12), () => truth(defs.vrrp_v3_checksum_as_v2)),
  ];
}
