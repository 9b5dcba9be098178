// What must hold for every packet that a daemon of ours sends, in tshark's opinion and by the RFCs.

import assert from 'node:assert/strict';
import type { Packet } from './capture.ts';

/** Every advert well-formed, with good checksums; multicast with TTL 255 (RFC 3768 5.2); every gratuitous ARP as keepalived's. */
export function assertWellFormed(packets: readonly Packet[]): void {
  for (const p of packets) {
    const where = `frame ${p.number} (${p.kind} from ${p.source})`;
    if (p.kind === 'advert') judgeAdvert(p, where);
    if (p.kind === 'garp') judgeGratuitousArp(p, where);
  }
}

function judgeAdvert(p: Packet, where: string): void {
  assert.deepEqual(p.complaints, [], `${where}: tshark complains`);
  assert.ok(p.checksumGood, `${where}: VRRP checksum`);
  assert.ok(p.ipChecksumGood, `${where}: IP checksum`);
  assert.equal(p.tos, 0xc0, `${where}: TOS`);
  if (p.destination !== '224.0.0.18') return;
  assert.equal(p.ttl, 255, `${where}: TTL`);
  assert.equal(p.destinationMac, '01:00:5e:00:00:12', `${where}: MAC of the group`);
}

function judgeGratuitousArp(p: Packet, where: string): void {
  assert.equal(p.destinationMac, 'ff:ff:ff:ff:ff:ff', `${where}: broadcast`);
  assert.equal(p.arpOperation, 1, `${where}: request`);
  assert.equal(p.arpSenderMac, p.sourceMac, `${where}: sender MAC`);
  assert.equal(p.arpTargetMac, 'ff:ff:ff:ff:ff:ff', `${where}: target MAC`);
}
