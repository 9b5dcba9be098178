// SPDX-License-Identifier: MIT
// Who accepts whose adverts: the receive ladder of keepalived 2.4.3 as far as two configurations decide it
// (reference/vrrp-protocol.md section 4.2).

import type { Ip } from '../../base/address.ts';
import type { VrrpInstance } from '../model.ts';
import { isUnicast, type Member } from './nodes.ts';

/** hears(a, b): member number `a` accepts what member number `b` sends. */
export type Hearing = (a: number, b: number) => boolean;

export function hearingOf(members: readonly Member[]): Hearing {
  const table = members.map((to) => members.map((from) => hears(to, from)));
  return (a, b) => table[a]?.[b] ?? false;
}

function hears(to: Member, from: Member): boolean {
  const a = to.instance;
  const b = from.instance;
  if (a === b || a.virtual_router_id !== b.virtual_router_id || a.family !== b.family || a.version !== b.version) return false;
  if (!sameAuthentication(a, b) || (a.version === 2 && a.advert_int !== b.advert_int)) return false;
  if (!acceptsChecksum(a, b) || !acceptsTrailer(a, b)) return false;
  if (a.priority === 255 && a.owner_ignore_adverts) return false;
  if (isUnicast(a) !== isUnicast(b)) return false;
  if (!isUnicast(a)) return a.mcast_dst_ip === b.mcast_dst_ip;
  return reaches(b, to.source) && acceptsSource(a, from);
}

function sameAuthentication(a: VrrpInstance, b: VrrpInstance): boolean {
  const [x, y] = [a.authentication, b.authentication];
  return x === null || y === null ? x === y : x.auth_type === y.auth_type && x.auth_pass === y.auth_pass;
}

/** A receiver with v3_checksum_as_v2 takes any sum, the other one only that with the pseudo header (section 1.4). */
export function acceptsChecksum(a: VrrpInstance, b: VrrpInstance): boolean {
  return a.version === 2 || a.family === 6 || a.v3_checksum_as_v2 || !b.v3_checksum_as_v2;
}

/** auth_hmac (section 2.3): a trailer nobody expects makes the packet too long; a signed one needs the same key under its number. */
export function acceptsTrailer(a: VrrpInstance, b: VrrpInstance): boolean {
  const [ours, theirs] = [a.auth_hmac, b.auth_hmac];
  const signed = theirs !== null && theirs.mode !== 'receive-only';
  if (ours === null) return !signed;
  if (!signed) return ours.mode !== 'enforce';
  const key = theirs.keys.find((k) => k.id === theirs.active_key);
  return ours.keys.some((k) => k.id === key?.id && k.hex === key.hex);
}

/** An address that no file tells is taken to be right. */
function reaches(sender: VrrpInstance, receiver: Ip | null): boolean {
  return receiver === null || sender.unicast_peer.some((p) => p.ip === receiver);
}

function acceptsSource(receiver: VrrpInstance, sender: Member): boolean {
  if (!receiver.check_unicast_src || sender.source === null) return true;
  const peer = receiver.unicast_peer.find((p) => p.ip === sender.source);
  if (!peer) return false;
  const ttl = sender.instance.unicast_ttl ?? 255;
  // Hops between the nodes lower what arrives, never raise it.
  return ttl >= peer.min_ttl;
}
