// SPDX-License-Identifier: MIT
// /proc/net/ip_vs as the lab reads it. Pure.

export interface PoolMember {
  /** IPv4 */
  readonly address: string;
  readonly weight: number;
}

/** Servers of the one service at `address` and `port`, in the kernel's order; null: there is no such service. */
export function poolOf(text: string, address: string, port: number): PoolMember[] | null {
  const wanted = `${hexOf(address)}:${port.toString(16).padStart(4, '0').toUpperCase()}`;
  let members: PoolMember[] | null = null;
  let inside = false;
  for (const line of text.split('\n')) {
    const service = /^(?:TCP|UDP|SCTP)\s+(\S+)/.exec(line);
    if (service) {
      inside = service[1] === wanted;
      if (inside) members = [];
    } else if (/^FWM\s/.test(line)) inside = false;
    const server = /^\s+->\s+([0-9A-F]{8}):[0-9A-F]{4}\s+\S+\s+([0-9]+)/.exec(line);
    if (inside && server) members?.push({ address: addressOf(server[1] ?? ''), weight: Number(server[2]) });
  }
  return members;
}

function hexOf(address: string): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
    .join('');
}

function addressOf(hex: string): string {
  return (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}
