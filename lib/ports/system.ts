// SPDX-License-Identifier: MIT
// What the operating system tells and does for the process itself. Users and groups: ports/script-checks.ts.

import type { Ip } from '../base/address.ts';

export interface System {
  /** Node name, as uname -n. */
  hostName(): string;
  /** The name that the hosts file calls canonical, else the node name; 'localhost' without one. */
  canonicalHostName(): string;
  /** machine-id(5): 32 hexadecimal digits, zeros where there is none. */
  machineId(): string;
  /** Of the user this process runs as; the number when it has no name. */
  userName(): string;
  /** uname: system, release, version. */
  kernel(): { readonly system: string; readonly release: string; readonly version: string };
  /** PRETTY_NAME of os-release; null when it cannot be read. */
  distribution(): string | null;
  /** Seconds of this process and of its children that have ended. */
  cpuUsage(): { readonly user: number; readonly system: number; readonly childrenUser: number; readonly childrenSystem: number };
  /** Effective capabilities, one bit each (capabilities(7)), and the effective user; null where the kernel does not tell. */
  rights(): { readonly effective: bigint; readonly uid: number } | null;
  /** The kernel forwards IPv6 that arrives on this interface; false when it does not exist. A look into /proc, nothing that blocks. */
  forwardsIpv6(ifname: string): boolean;
  /** Some socket of this namespace has joined the group on the interface; true where the kernel does not tell. Nothing that blocks. */
  isGroupMember(group: Ip, ifname: string, family: 4 | 6): boolean;
  /** What stands in /proc/sys/net/PATH; null when it cannot be read. Nothing that blocks. */
  readSetting(path: string): string | null;
  /** Writes /proc/sys/net/PATH; the reason when it cannot be written, else null. */
  writeSetting(path: string, value: string): string | null;
  /** This process, told apart from any later one with its number: `PID.START`. */
  identity(): string;
  /** The process with this identity runs. */
  isAlive(identity: string): boolean;
  /** comm of the process; the kernel keeps 15 characters. */
  setProcessName(name: string): void;
  /** Signal this process gets when the one that started it dies. */
  setParentDeathSignal(signal: 'SIGTERM' | 'SIGKILL' | null): void;
}
