// SPDX-License-Identifier: MIT
// PING_CHECK needs a group that the kernel lets send echo requests: ours is let in while checks run, and put back at the end
// (reference/lvs-and-checkers.md 9.6).

import type { Config } from '../../config/model.ts';
import type { Log } from '../../ports/log.ts';
import type { System } from '../../ports/system.ts';

const setting = 'ipv4/ping_group_range';

export interface PingRange {
  apply(config: Config): void;
  /** Any number of times. */
  putBack(): void;
}

export function createPingRange(system: Pick<System, 'readSetting' | 'writeSetting'>, log: Log): PingRange {
  let before: string | null = null;
  return {
    apply(config) {
      const pings = config.virtual_server.some((vs) => vs.real_server.some((rs) => rs.checkers.some((c) => c.kind === 'PING_CHECK')));
      if (!pings || before !== null) return;
      const found = system.readSetting(setting)?.trim();
      const [low, high] = found?.split(/\s+/).map(Number) ?? [];
      if (found === undefined || low === undefined || high === undefined || low === 0) return;
      log.info(`Warning: net.ipv4.ping_group_range being expanded from ${low} ${high} to 0 ${high}`);
      const refused = system.writeSetting(setting, `0 ${high}`);
      if (refused === null) before = `${low} ${high}`;
      else log.warning(`Unable to set net.ipv4.ping_group_range - ${refused}`);
    },
    putBack() {
      if (before !== null) system.writeSetting(setting, before);
      before = null;
    },
  };
}
