// System over node:os and the addon.

import { readFileSync } from 'node:fs';
import { constants, hostname, release, type as systemName, version } from 'node:os';
import type { NativeAddon } from '../native/surface.ts';
import type { System } from '../ports/system.ts';

export function createSystem(native: Pick<NativeAddon, 'setProcessName' | 'setParentDeathSignal'>): System {
  return {
    hostName: hostname,
    kernel: () => ({ system: systemName(), release: release(), version: version() }),
    distribution,
    cpuUsage() {
      const { user, system } = process.cpuUsage();
      return { user: user / 1e6, system: system / 1e6 };
    },
    setProcessName: (name) => native.setProcessName(name),
    setParentDeathSignal: (signal) => native.setParentDeathSignal(signal ? constants.signals[signal] : 0),
  };
}

/** os-release(5): shell-like assignments, values optionally in double quotes. */
export function distribution(paths: readonly string[] = ['/etc/os-release', '/usr/lib/os-release']): string | null {
  for (const path of paths) {
    try {
      return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? null;
    } catch {
      // The second path is for systems without /etc/os-release.
    }
  }
  return null;
}
