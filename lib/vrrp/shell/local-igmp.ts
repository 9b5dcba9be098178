// SPDX-License-Identifier: MIT
// disable_local_igmp: the kernel reports no link-local groups, so virtual MACs need no rules for it (reference: VRRP
// document, section 10.5).

import type { Log } from '../../ports/log.ts';
import type { System } from '../../ports/system.ts';

const path = 'ipv4/igmp_link_local_mcast_reports';

/** null when the kernel has no such setting or it cannot be written; then a line says so. */
export function stopLocalIgmp(system: System, log: Log): { putBack(): void } | null {
  const before = system.readSetting(path)?.trim() ?? null;
  if (before === '0') return null;
  const fault = before === null ? 'the kernel has no such setting' : system.writeSetting(path, '0');
  if (fault !== null) {
    log.error(`disable_local_igmp: cannot set net.${path.replaceAll('/', '.')} to 0 (${fault})`);
    return null;
  }
  return {
    putBack() {
      if (system.readSetting(path)?.trim() === '0') system.writeSetting(path, before ?? '1');
    },
  };
}
