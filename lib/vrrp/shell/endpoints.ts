// SPDX-License-Identifier: MIT
// Sockets shared by routers with the same interface, family, protocol and group or source, and the receive buffer that
// each router adds to them (reference: VRRP document, section 3).

import type { GlobalDefs, VrrpInstance } from '../../config/model.ts';
import type { EndpointSpec, PacketEngine } from '../../native/surface.ts';

/** What setsockopt takes. */
const MOST_BYTES = 0x7fffffff;
/** MTU where there is no interface. */
const USUAL_MTU = 1500;

export interface Endpoints {
  /** `user` is the key of a router, `bytes` its share of the receive buffer. Throws what openEndpoint throws. */
  acquire(spec: EndpointSpec, user: number, bytes: number): number;
  /** Another share for a user. */
  resize(id: number, user: number, bytes: number): void;
  release(id: number, user: number): void;
  /** Sum of the shares; 0: the system's default. */
  receiveBuffer(id: number): number;
}

interface Open {
  readonly id: number;
  readonly shares: Map<number, number>;
  bytes: number;
}

export function createEndpoints(engine: PacketEngine): Endpoints {
  const byName = new Map<string, Open>();
  const byId = new Map<number, readonly [string, Open]>();
  const adjust = (open: Open): void => {
    const bytes = sum(open.shares.values());
    if (bytes === open.bytes) return;
    open.bytes = bytes;
    // There is no way back to the system's default; a buffer that is too large does no harm.
    if (bytes > 0) engine.setReceiveBuffer(open.id, bytes);
  };
  return {
    acquire(spec, user, bytes) {
      const name = JSON.stringify(spec);
      const known = byName.get(name);
      if (known) {
        known.shares.set(user, bytes);
        adjust(known);
        return known.id;
      }
      const receiveBuffer = sum([bytes]);
      const id = engine.openEndpoint({ ...spec, receiveBuffer });
      const open = { id, shares: new Map([[user, bytes]]), bytes: receiveBuffer };
      byName.set(name, open);
      byId.set(id, [name, open]);
      return id;
    },
    resize(id, user, bytes) {
      const open = byId.get(id)?.[1];
      if (!open?.shares.has(user)) return;
      open.shares.set(user, bytes);
      adjust(open);
    },
    release(id, user) {
      const [name, open] = byId.get(id) ?? [];
      if (name === undefined || !open?.shares.delete(user)) return;
      if (open.shares.size > 0) {
        adjust(open);
        return;
      }
      byName.delete(name);
      byId.delete(id);
      engine.closeEndpoint(id);
    },
    receiveBuffer: (id) => byId.get(id)?.[1].bytes ?? 0,
  };
}

function sum(shares: Iterable<number>): number {
  let all = 0;
  for (const bytes of shares) all += bytes;
  return Math.min(all, MOST_BYTES);
}

/** Receive buffer in bytes that a router asks for; 0: what the system gives. */
export function receiveShare(c: VrrpInstance, globals: GlobalDefs, mtu: number = USUAL_MTU): number {
  if (c.kernel_rx_buf_size !== null) return c.kernel_rx_buf_size;
  const { vrrp_rx_bufs_policy: policy, vrrp_rx_bufs_multiplier: times } = globals;
  if (policy === null) return 0;
  if (policy === 'MTU') return times * mtu;
  return policy === 'ADVERT' ? times * advertSize(c) : policy;
}

/** As a socket delivers it: IPv4 with its header. */
function advertSize(c: VrrpInstance): number {
  const ipv4 = c.family === 4;
  const authentication = (c.authentication?.auth_type === 'AH' ? 24 : 0) + (c.auth_hmac ? 28 : 0) + (ipv4 && c.version === 2 ? 8 : 0);
  return (ipv4 ? 20 : 0) + 8 + c.virtual_ipaddress.length * (ipv4 ? 4 : 16) + authentication;
}
