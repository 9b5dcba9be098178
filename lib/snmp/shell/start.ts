// SPDX-License-Identifier: MIT
// A sub-agent at the place that the command line or the configuration names.

import { masterAddress, usualAddress } from './address.ts';
import { createSubagent, type Subagent, type SubagentContext, type SubagentSettings } from './subagent.ts';

/** -x and -A. */
export interface SnmpOptions {
  /** All MIBs, whatever the configuration says. */
  readonly all: boolean;
  /** Wins over snmp_socket. */
  readonly socket: string | null;
}

/** `place`: null for the usual one. What is no address is logged, and there is no sub-agent. */
export function startSubagent(
  context: SubagentContext,
  place: string | null,
  settings: Omit<SubagentSettings, 'address' | 'description'>,
): Subagent | null {
  const spec = place ?? usualAddress;
  const address = masterAddress(spec);
  if (address) return createSubagent(context, { address, description: 'Keepalived', ...settings });
  context.log.error(`snmp_socket ${spec} is not an address: expected unix:PATH, PATH, tcp:HOST:PORT or PORT - no SNMP`);
  return null;
}
