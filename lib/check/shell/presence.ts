// SPDX-License-Identifier: MIT
// ha_suspend: checks of a service run only while its address is on this machine, which follows VRRP (reference/lvs-and-checkers.md
// 8.1). Of a group one of its addresses is enough.

import { type Ip, ipBytes, ipFamily } from '../../base/address.ts';
import { errorText } from '../../base/errors.ts';
import type { Config } from '../../config/model.ts';
import type { VirtualServer, VirtualServerGroup } from '../../config/model-lvs.ts';
import type { Log } from '../../ports/log.ts';
import type { OwnAddresses } from '../../ports/own-addresses.ts';

export interface Presence {
  /** Watches while the configuration has services that are suspended, or `monitor` asks for lines. */
  apply(config: Config): void;
  isHere(vs: VirtualServer): boolean;
  stop(): void;
}

interface PresenceContext {
  readonly addresses: OwnAddresses;
  readonly log: Log;
  /** --address-monitoring */
  readonly monitor: boolean;
  /** Addresses came or went. */
  readonly onChange: () => void;
}

export function createPresence({ addresses, log, monitor, onChange }: PresenceContext): Presence {
  let groups: readonly VirtualServerGroup[] = [];
  let here: ReadonlySet<string> = new Set();
  let end: (() => void) | null = null;

  const look = (): boolean => {
    try {
      const now = addresses.here();
      const changes = [
        ...[...now].filter((a) => !here.has(a)).map((a) => `${a} added`),
        ...[...here].filter((a) => !now.has(a)).map((a) => `${a} removed`),
      ];
      // What is there at the start is no news.
      if (end) for (const change of changes) (monitor ? log.info : log.detail)(`Netlink reflector reports IP ${change}`);
      here = now;
      return changes.length > 0;
    } catch (error) {
      log.warning(`Unable to read the addresses of this machine - ${errorText(error)}`);
      return false;
    }
  };

  return {
    apply(config) {
      groups = config.virtual_server_group;
      const needed = monitor || config.virtual_server.some((vs) => vs.ha_suspend);
      if (!needed) {
        end?.();
        end = null;
        return;
      }
      if (end) return;
      // Watched before they are looked at: what changes in between is told.
      const { lvs_netlink_monitor_rcv_bufs: bytes, lvs_netlink_monitor_rcv_bufs_force: force } = config.global_defs;
      const stop = addresses.watch(
        () => {
          if (look()) onChange();
        },
        { bytes, force },
      );
      look();
      end = stop;
    },
    isHere(vs) {
      if (!vs.ha_suspend) return true;
      const { key } = vs;
      if (key.kind === 'address') return here.has(key.ip);
      if (key.kind === 'fwmark') return true;
      const entries = groups.find((g) => g.name === key.group)?.entries ?? [];
      return entries.some((e) => e.kind === 'addresses' && [...here].some((a) => isWithin(a as Ip, e.first, e.last)));
    },
    stop() {
      end?.();
      end = null;
    },
  };
}

function isWithin(address: Ip, first: Ip, last: Ip): boolean {
  if (ipFamily(address) !== ipFamily(first)) return false;
  const [a, low, high] = [address, first, last].map((ip) => Buffer.from(ipBytes(ip)));
  return a !== undefined && low !== undefined && high !== undefined && Buffer.compare(low, a) <= 0 && Buffer.compare(a, high) <= 0;
}
