// SPDX-License-Identifier: MIT
// System over node:os and the addon.

import { readFileSync, writeFileSync } from 'node:fs';
import { constants, hostname, release, type as systemName, userInfo, version } from 'node:os';
import { errorCode } from '../base/errors.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { System } from '../ports/system.ts';
import { isGroupMember } from './group-members.ts';

export function createSystem(native: Pick<NativeAddon, 'setProcessName' | 'setParentDeathSignal'>): System {
  return {
    hostName: hostname,
    canonicalHostName,
    machineId,
    userName,
    kernel,
    distribution,
    cpuUsage() {
      const { user, system } = process.cpuUsage();
      return { user: user / 1e6, system: system / 1e6, ...childrenCpuUsage() };
    },
    rights,
    forwardsIpv6,
    isGroupMember,
    readSetting,
    writeSetting,
    identity: () => identityOf(process.pid) ?? String(process.pid),
    isAlive,
    setProcessName: (name) => native.setProcessName(name),
    setParentDeathSignal: (signal) => native.setParentDeathSignal(signal ? constants.signals[signal] : 0),
  };
}

export function kernel(): { system: string; release: string; version: string } {
  return { system: systemName(), release: release(), version: version() };
}

function machineId(): string {
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (/^[0-9a-f]{32}$/.test(text)) return text;
    } catch {
      // A container may have neither.
    }
  }
  return '0'.repeat(32);
}

/** hosts(5): address, canonical name, aliases. The name service is not asked: that could take seconds. */
export function canonicalHostName(node: string = hostname(), file = '/etc/hosts'): string {
  let lines: string[] = [];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    // A host without the file has its node name.
  }
  const names = lines.map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return names.find((n) => n.includes(node))?.[0] ?? (node === '' ? 'localhost' : node);
}

function rights(): { effective: bigint; uid: number } | null {
  try {
    const text = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return text === undefined ? null : { effective: BigInt(`0x${text}`), uid: process.geteuid?.() ?? 0 };
  } catch {
    return null;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? 0);
  }
}

/** ip-sysctl: net.ipv6.conf.IF.forwarding; a machine without IPv6 has no such file. */
function forwardsIpv6(ifname: string): boolean {
  try {
    return Number.parseInt(readFileSync(`/proc/sys/net/ipv6/conf/${ifname}/forwarding`, 'utf8'), 10) > 0;
  } catch {
    return false;
  }
}

function readSetting(path: string): string | null {
  try {
    return readFileSync(`/proc/sys/net/${path}`, 'utf8');
  } catch {
    return null;
  }
}

function writeSetting(path: string, value: string): string | null {
  try {
    writeFileSync(`/proc/sys/net/${path}`, value);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

function isAlive(identity: string): boolean {
  return identityOf(Number.parseInt(identity, 10)) === identity;
}

/** proc_pid_stat(5): field 22 is the start, in ticks since boot. null: no such process, or a dead one that nobody reaped. */
function identityOf(pid: number): string | null {
  try {
    const fields = statFields(String(pid));
    return fields[0] === 'Z' || fields[0] === 'X' ? null : `${pid}.${fields[19]}`;
  } catch {
    return null;
  }
}

/** Fields from the third on: the name in field 2 may hold blanks and parentheses, so count from its end. */
function statFields(process: string): string[] {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** proc_pid_stat(5): cutime and cstime are fields 16 and 17, in ticks of 1/100 s; Node has no RUSAGE_CHILDREN. */
function childrenCpuUsage(): { childrenUser: number; childrenSystem: number } {
  try {
    const fields = statFields('self');
    return { childrenUser: Number(fields[13]) / 100, childrenSystem: Number(fields[14]) / 100 };
  } catch {
    return { childrenUser: 0, childrenSystem: 0 };
  }
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
