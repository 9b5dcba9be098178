// SPDX-License-Identifier: MIT
// What must hold for every packet that a daemon of ours sends, in tshark's opinion and by the RFCs.

import assert from 'node:assert/strict';
import type { Packet } from './capture.ts';

/** Every advert well-formed, with good checksums; multicast with TTL 255 (RFC 3768 5.2); every announcement as keepalived's. */
export function assertWellFormed(packets: readonly Packet[]): void {
  for (const p of packets) {
    const where = `frame ${p.number} (${p.kind} from ${p.source})`;
    if (p.kind === 'advert') judgeAdvert(p, where);
    if (p.kind === 'garp') judgeGratuitousArp(p, where);
    if (p.kind === 'na' && !p.naFlags.includes('s')) judgeNeighborAdvertisement(p, where);
  }
}

const groups: Readonly<Record<string, string>> = { '224.0.0.18': '01:00:5e:00:00:12', 'ff02::12': '33:33:00:00:00:12' };

function judgeAdvert(p: Packet, where: string): void {
  assert.deepEqual(p.complaints, [], `${where}: tshark complains`);
  assert.ok(p.checksumGood, `${where}: VRRP checksum`);
  if (p.family === 4) assert.ok(p.ipChecksumGood, `${where}: IP checksum`);
  assert.equal(p.tos, 0xc0, `${where}: TOS`);
  const group = groups[p.destination];
  if (group === undefined) return;
  assert.equal(p.ttl, 255, `${where}: TTL`);
  assert.equal(p.destinationMac, group, `${where}: MAC of the group`);
  // RFC 9568 5.1.2.1
  if (p.family === 6) assert.match(p.source, /^fe80:/, `${where}: link-local source`);
}

function judgeGratuitousArp(p: Packet, where: string): void {
  assert.equal(p.destinationMac, 'ff:ff:ff:ff:ff:ff', `${where}: broadcast`);
  assert.equal(p.arpOperation, 1, `${where}: request`);
  assert.equal(p.arpSenderMac, p.sourceMac, `${where}: sender MAC`);
  assert.equal(p.arpTargetMac, 'ff:ff:ff:ff:ff:ff', `${where}: target MAC`);
}

/** RFC 4861 7.2.6: to all nodes, hop limit 255, override, with the link-layer address. The kernel's own for DAD count too. */
function judgeNeighborAdvertisement(p: Packet, where: string): void {
  assert.deepEqual(p.complaints, [], `${where}: tshark complains`);
  assert.equal(p.ttl, 255, `${where}: hop limit`);
  assert.equal(p.destination, 'ff02::1', `${where}: all nodes`);
  assert.equal(p.naTarget, p.source, `${where}: target`);
  assert.equal(p.naMac, p.sourceMac, `${where}: link-layer address`);
  assert.match(p.naFlags, /o/, `${where}: override`);
}
