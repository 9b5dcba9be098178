// SPDX-License-Identifier: MIT
// What the addon watches in the kernel besides the packet engine's own business: part of surface.ts, with its rules. None of
// the watchers keeps the process alive.

export interface DirectoryEvent {
  /** Of add(); -1 with lost. */
  readonly watch: number;
  /** file: `name` was written and closed, moved in or away, or deleted. gone: the directory went. lost: changes were dropped. */
  readonly change: 'file' | 'gone' | 'lost';
  readonly name: string;
}

/** inotify over several directories. Does not keep the process alive. */
export interface DirectoryWatcher {
  /** A number for this directory, the same for the same directory. Throws Error{code}: ENOENT, ENOTDIR, EACCES, ENOSPC (limit). */
  add(directory: string): number;
  remove(watch: number): void;
  close(): void;
}

export interface ProcessEvent {
  /** acknowledged: the kernel's answer, errno 0 for yes. changed: another program or name. lost: events were dropped. */
  readonly kind: 'acknowledged' | 'forked' | 'changed' | 'exited' | 'lost';
  readonly pid: number;
  /** forked: whose child it is. */
  readonly parent: number;
  readonly errno: number;
}

/**
 * Process events of the kernel: forks and exits of followed processes (children of them are followed by themselves), and
 * programs whose name is asked for. Does not keep the process alive.
 */
export interface ProcessWatcher {
  follow(pid: number, on: boolean): void;
  /** As in /proc/PID/comm; `all`: whatever the name. */
  setNames(names: readonly string[], all: boolean): void;
  setReceiveBuffer(bytes: number, force: boolean): void;
  close(): void;
}

/** Somebody else's ARP or Neighbor Discovery message that says: this address is at that MAC. */
export interface AddressClaim {
  readonly ifindex: number;
  readonly address: string;
  /** 6 bytes. */
  readonly mac: Uint8Array;
}

/** Claims of addresses by others; at most 64 in 20 ms, whatever is sent. Does not keep the process alive. */
export interface ClaimWatcher {
  /**
   * Listens on this interface for these addresses, in place of those given before for the interface and family; none ends it.
   * Throws Error{code}: EPERM, ENODEV …
   */
  watch(ifindex: number, family: 4 | 6, addresses: readonly string[]): void;
  close(): void;
}

/** An advert as the link shows it, before any packet filter of this host; accepted or not. */
export interface AdvertSender {
  readonly ifindex: number;
  readonly family: 4 | 6;
  readonly vrid: number;
  readonly source: string;
  readonly priority: number;
  /** 6 bytes. */
  readonly mac: Uint8Array;
}

/** Adverts of others with their senders; at most 64 in 20 ms, whatever is sent. Does not keep the process alive. */
export interface SenderWatcher {
  /**
   * Listens on this interface for adverts of these VRIDs, in place of those given before for the interface and family; none ends
   * it. Throws Error{code}: EPERM, ENODEV …
   */
  watch(ifindex: number, family: 4 | 6, vrids: readonly number[]): void;
  close(): void;
}

export interface WatchCalls {
  /** Throws Error{code}: EMFILE. */
  watchClaims(onClaims: (claims: AddressClaim[]) => void): ClaimWatcher;
  /** Throws Error{code}: EMFILE. */
  watchSenders(onSenders: (senders: AdvertSender[]) => void): SenderWatcher;
  /** Throws Error{code}: EMFILE (limit of inotify instances). */
  watchDirectories(onChanges: (events: DirectoryEvent[]) => void): DirectoryWatcher;
  /** receiveBuffer in bytes, 0 for the default. Throws Error{code}: ECONNREFUSED (no connector here), EPERM, EPROTONOSUPPORT. */
  watchProcesses(options: { receiveBuffer: number; force: boolean }, onEvents: (events: ProcessEvent[]) => void): ProcessWatcher;
  /** Whether the driver reports a link; null: no such interface, or it does not answer to this method. Throws Error{code}. */
  linkStatus(name: string, method: 'mii' | 'ethtool' | 'ioctl'): boolean | null;
}
