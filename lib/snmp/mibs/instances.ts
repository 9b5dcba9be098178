// SPDX-License-Identifier: MIT
// KEEPALIVED-MIB, group `vrrp`: instances and sync groups (reference: snmp-objects.tsv).

import { toCentiseconds } from '../../base/time.ts';
import type { SyncGroup, VrrpInstance } from '../../config/model.ts';
import type { GroupView, InstanceView, VrrpView } from '../../ports/vrrp-view.ts';
import { type Column, numbered, table, type Write } from '../core/mib.ts';
import type { Oid } from '../core/oid.ts';
import { gauge, inetAddress, integer, text, truth, type Value } from '../core/value.ts';
import { keepalived } from './globals.ts';
import { addressType, command, optionalText, stateNumber } from './words.ts';

export const vrrpRoot: Oid = [...keepalived, 2];

/** What may be set from outside. Each takes effect at once and lasts until the configuration is read again. */
export interface Adjustments {
  priority(instance: string, value: number): void;
  preempt(instance: string, on: boolean): void;
  accept(instance: string, on: boolean): void;
}

export function instanceColumns(view: VrrpView, adjust: Adjustments): Column[] {
  return [
    ...table([...vrrpRoot, 1, 1], () => numbered(view.groups), groupColumns),
    ...table([...vrrpRoot, 2, 1], () => view.groups.flatMap(({ config }, g) => numbered(config.group, [g + 1])), { 2: text }),
    ...table(
      [...vrrpRoot, 3, 1],
      () => numbered(view.instances),
      { ...columns, ...syncColumns(view) },
      {
        7: ({ config }) => base(config, adjust),
        13: ({ config }) => onOrOff((on) => adjust.preempt(config.name, on)),
        27: ({ config }) => onOrOff((on) => adjust.accept(config.name, on)),
      },
    ),
  ];
}

const groupColumns: Record<number, (row: GroupView) => Value | null> = {
  2: ({ config }) => text(config.name),
  3: ({ state }) => integer(stateNumber[state]),
  4: ({ config }) => truth(config.smtp_alert),
  5: ({ config }) => truth(hasScript(config)),
  6: ({ config }) => command(config.notify_master),
  7: ({ config }) => command(config.notify_backup),
  8: ({ config }) => command(config.notify_fault),
  9: ({ config }) => command(config.notify),
  10: ({ config }) => truth(config.sync_group_tracking_weight),
  11: ({ config }) => command(config.notify_stop),
};

const columns: Record<number, (row: InstanceView) => Value | null> = {
  2: ({ config }) => text(config.name),
  3: ({ config }) => gauge(config.virtual_router_id),
  4: ({ state }) => integer(stateNumber[state]),
  // The state it begins in: whatever is configured, only the owner of the address starts as MASTER.
  5: ({ config }) => integer(config.state === 'MASTER' ? stateNumber.MASTER : stateNumber.BACKUP),
  6: ({ wantState }) => integer(stateNumber[wantState]),
  7: ({ config }) => integer(config.priority),
  8: ({ effectivePriority }) => integer(effectivePriority),
  9: ({ state, isSet }) => truth(state === 'MASTER' && isSet.every(Boolean)),
  10: ({ config }) => optionalText(config.use_vmac?.name ?? config.use_ipvlan?.name ?? config.interface),
  11: ({ config }) => truth(config.track_interface.some((t) => t.name === config.interface)),
  12: ({ config }) => gauge(config.version === 2 ? config.advert_int / 1e6 : toCentiseconds(config.advert_int)),
  13: ({ config }) => truth(!config.nopreempt),
  14: ({ config }) => gauge(config.preempt_delay / 1e6),
  15: ({ config }) => integer(authType(config)),
  18: ({ group }) => optionalText(group),
  19: ({ config }) => gauge(config.garp_master_delay / 1e6),
  20: ({ config }) => truth(config.smtp_alert),
  21: ({ config }) => truth(hasScript(config)),
  22: ({ config }) => command(config.notify_master),
  23: ({ config }) => command(config.notify_backup),
  24: ({ config }) => command(config.notify_fault),
  25: ({ config }) => command(config.notify_stop),
  26: ({ config }) => command(config.notify),
  // VRRPv2 has no accept mode.
  27: ({ config }) => (config.version === 2 ? integer(0) : truth(config.accept)),
  28: ({ config }) => truth(config.promote_secondaries),
  29: ({ config }) => truth(config.linkbeat_use_polling),
  30: ({ config }) => integer(config.version),
  31: ({ config }) => command(config.notify_master_rx_lower_pri),
  32: ({ config }) => command(config.notify_deleted?.script ?? null),
  33: ({ config }) => truth(config.notify_deleted !== null),
  34: ({ config }) => (isMulticast(config) ? addressType(config.mcast_dst_ip) : null),
  35: ({ config }) => (isMulticast(config) ? inetAddress(config.mcast_dst_ip) : null),
  36: ({ config }) => truth(config.v3_checksum_as_v2),
};

/** The sync daemon of IPVS that follows an instance. */
function syncColumns({ config: { global_defs } }: VrrpView): Record<number, (row: InstanceView) => Value | null> {
  const daemon = global_defs.lvs_sync_daemon;
  const follows = ({ config }: InstanceView) => daemon?.instance === config.name;
  return {
    16: (row) => truth(follows(row)),
    17: (row) => (daemon && follows(row) ? text(daemon.interface) : null),
  };
}

function isMulticast(config: VrrpInstance): boolean {
  return config.unicast_peer.length === 0;
}

/** none(0), password(1), ah(2) */
function authType({ authentication }: VrrpInstance): number {
  return authentication === null ? 0 : authentication.auth_type === 'PASS' ? 1 : 2;
}

function hasScript(c: VrrpInstance | SyncGroup): boolean {
  return [c.notify_master, c.notify_backup, c.notify_fault, c.notify_stop, c.notify].some((script) => script !== null);
}

function base({ name }: VrrpInstance, adjust: Adjustments): Write {
  return (value) => {
    if (value.type !== 'integer' || value.value < 1 || value.value > 255) return 'wrongValue';
    return () => adjust.priority(name, value.value);
  };
}

/** 1 or 2 */
function onOrOff(set: (on: boolean) => void): Write {
  return (value) => {
    if (value.type !== 'integer' || (value.value !== 1 && value.value !== 2)) return 'wrongValue';
    return () => set(value.value === 1);
  };
}
