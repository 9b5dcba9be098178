// SPDX-License-Identifier: MIT
// The kernel's load balancer, as the checker process and the sync daemon of VRRP use it. Everything is done on a thread of its
// own, a kernel that takes its time holds up nobody; calls are executed in the order they were made.

import type { Ipvs, IpvsOptions } from '../native/ipvs-surface.ts';

export type {
  Ipvs,
  IpvsDaemon,
  IpvsDestination,
  IpvsDestinationEntry,
  IpvsDestinationKey,
  IpvsEntry,
  IpvsMessage,
  IpvsOptions,
  IpvsService,
  IpvsServiceKey,
  IpvsStatistics,
  IpvsTimeouts,
} from '../native/ipvs-surface.ts';

/**
 * Where IPVS comes from; lib/kernel/ipvs.ts has it. Loads the module ip_vs when the kernel does not know IPVS. Rejects with
 * Error{code}: ENOENT where the kernel has none, EPERM without CAP_NET_ADMIN.
 */
export type OpenIpvs = (options: IpvsOptions) => Promise<Ipvs>;
