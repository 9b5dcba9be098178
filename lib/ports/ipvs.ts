// The kernel's load balancer as the checker process and the sync daemon of VRRP use it. Everything is done on a thread of its
// own: a kernel that takes its time holds up nobody. Calls are executed in the order they were made.

import type { IpvsDaemon, IpvsEntry, IpvsMessage, IpvsServiceKey, IpvsTimeouts } from '../native/ipvs-surface.ts';

export type {
  IpvsDaemon,
  IpvsDestination,
  IpvsDestinationEntry,
  IpvsDestinationKey,
  IpvsEntry,
  IpvsMessage,
  IpvsService,
  IpvsServiceKey,
  IpvsStatistics,
  IpvsTimeouts,
} from '../native/ipvs-surface.ts';

export interface Ipvs {
  /**
   * errno of each message, in order; 0 = done. ETIMEDOUT (110): its answer was lost, it may or may not be done. Rejects only
   * after close(), with Error{code: 'ERR_IPVS_CLOSED'}, as everything below does.
   */
  apply(messages: readonly IpvsMessage[]): Promise<readonly number[]>;
  /** The whole table with its counters, in the kernel's order. Rejects with Error{code}. */
  read(): Promise<readonly IpvsEntry[]>;
  /** One service; null: the kernel has none such. */
  readService(key: IpvsServiceKey): Promise<IpvsEntry | null>;
  /** All three. */
  timeouts(): Promise<Required<IpvsTimeouts>>;
  /** Those that run. */
  daemons(): Promise<readonly IpvsDaemon[]>;
  /** Any number of times; what is under way is still answered. */
  close(): void;
}

export interface IpvsOptions {
  /** Of the commands' socket, bytes; 0 leaves the usual one. force: beyond the system's maximum. */
  readonly receiveBuffer: number;
  readonly forceReceiveBuffer: boolean;
  /** Network namespace by name, '' for the one the process runs in. */
  readonly namespace: string;
}

/**
 * Where IPVS comes from. lib/kernel/ipvs.ts has it: loads the module ip_vs when the kernel does not know IPVS, once. Rejects
 * with Error{code}: ENOENT where the kernel has none, EPERM without CAP_NET_ADMIN.
 */
export type OpenIpvs = (options: IpvsOptions) => Promise<Ipvs>;
