// SPDX-License-Identifier: MIT
// Listens on one interface for some advert intervals: who advertises what, who complains, who answers for an address.

import { type Ip, ip, ipBytes } from '../../base/address.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { Expectation, NativeAddon, PacketTap } from '../../native/surface.ts';
import type { HeardFacts, InstanceFacts, UnreachableFacts } from '../core/facts.ts';
import { arpProbe, readArpReply, readIp, readUnreachable } from '../core/frames.ts';

/** Senders kept for an interface; a flood of made-up ones must not fill the memory. */
const mostSenders = 256;

/** What one instance wants to know of its interface. */
export interface Ear {
  readonly name: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly protocol: 112 | 51;
  readonly unicast: boolean;
  readonly addresses: readonly string[];
  readonly expectation: Expectation;
}

type Heard = Pick<InstanceFacts, 'sent' | 'unreachable' | 'answers' | 'lost'> & {
  readonly heard: readonly Omit<HeardFacts, 'routeBack'>[];
};

export interface Listening {
  /** Asks who has these IPv4 addresses. */
  ask(addresses: readonly string[], mac: Uint8Array): void;
  /** What has come for one of the ears so far. */
  take(ear: Ear): Heard;
  close(): void;
}

interface Sender {
  facts: Omit<HeardFacts, 'routeBack' | 'refused'>;
  last: number;
  readonly refused: Map<string, { count: number; received: number; expected: number }>;
}

/** Throws Error{code}: EPERM, ENODEV. */
export function listenOn(native: NativeAddon, ifname: string, ears: readonly Ear[], ownMacs: ReadonlySet<string>): Listening {
  const senders = new Map<Ear, Map<string, Sender>>(ears.map((ear) => [ear, new Map()]));
  const sent = new Map<string, { source: string; priority: number; vrid: number; family: number; count: number }>();
  const unreachable = new Map<string, UnreachableFacts>();
  const answers = new Map<string, { address: string; mac: string }>();

  const onFrame = (bytes: Uint8Array, at: number, isOutgoing: boolean): void => {
    const reply = isOutgoing ? null : readArpReply(bytes);
    if (reply && !ownMacs.has(reply.mac) && answers.size < mostSenders) answers.set(`${reply.address} ${reply.mac}`, reply);
    const packet = readIp(bytes);
    if (!packet) return;
    const complaint = isOutgoing ? null : readUnreachable(packet);
    if (complaint && (complaint.protocol === 112 || complaint.protocol === 51) && unreachable.size < mostSenders) {
      const key = `${packet.source} ${complaint.destination} ${complaint.code}`;
      const { destination, code } = complaint;
      unreachable.set(key, { from: packet.source, destination, code, count: (unreachable.get(key)?.count ?? 0) + 1 });
    }
    if (packet.protocol !== 112 && packet.protocol !== 51) return;
    const advert = native.describeFrame(bytes);
    if (advert.kind !== 'advert') return;
    if (isOutgoing) {
      const key = `${packet.family} ${advert.vrid} ${packet.source} ${advert.priority}`;
      const { source, family } = packet;
      sent.set(key, { source, family, priority: advert.priority, vrid: advert.vrid, count: (sent.get(key)?.count ?? 0) + 1 });
      return;
    }
    for (const [ear, mine] of senders) {
      if (ear.family !== packet.family) continue;
      const key = `${packet.source} ${packet.sourceMac} ${advert.vrid}`;
      let sender = mine.get(key);
      if (!sender && mine.size >= mostSenders) continue;
      const { vrid, version, priority, interval, addresses } = advert;
      const { source, sourceMac: mac, ttl, multicast } = packet;
      const gap = sender ? at - sender.last : 0;
      const judged = vrid === ear.vrid ? judge(native, ear, packet) : null;
      const before = sender?.facts;
      const facts = {
        ...{ source, mac, vrid, version, priority, interval, ttl, multicast, addresses },
        count: (before?.count ?? 0) + 1,
        longestGap: micros(Math.max(before?.longestGap ?? 0, gap)),
        addressMismatch: (before?.addressMismatch ?? false) || (judged !== null && judged.addressMismatch !== 'none'),
        intervalMismatch: (before?.intervalMismatch ?? false) || (judged?.intervalMismatch ?? false),
      };
      sender = { facts, last: at, refused: sender?.refused ?? new Map() };
      mine.set(key, sender);
      if (judged && judged.verdict !== 'accepted') {
        const { received, expected } = judged;
        sender.refused.set(judged.verdict, { received, expected, count: (sender.refused.get(judged.verdict)?.count ?? 0) + 1 });
      }
    }
  };

  const tap: PacketTap = native.openTap({ netns: '', ifname, snaplen: 2048, promiscuous: false }, (frames) => {
    for (const { bytes, at, outgoing } of frames) onFrame(bytes, at, outgoing);
  });
  return {
    ask(addresses, mac) {
      if (mac.length !== 6) return;
      for (const address of addresses) {
        try {
          tap.send(arpProbe(mac, ipBytes(ip(address))));
        } catch {
          // The interface is down: that is told elsewhere.
        }
      }
    },
    take: (ear) => ({
      heard: [...(senders.get(ear)?.values() ?? [])].map(({ facts, refused }) => ({
        ...facts,
        refused: [...refused].map(([reason, r]) => ({ reason, ...r })),
      })),
      sent: [...sent.values()].filter((s) => s.vrid === ear.vrid && s.family === ear.family),
      unreachable: [...unreachable.values()],
      answers: [...answers.values()].filter((a) => ear.addresses.includes(a.address)),
      lost: tap.drops(),
    }),
    close: () => tap.close(),
  };
}

function judge(native: NativeAddon, ear: Ear, packet: NonNullable<ReturnType<typeof readIp>>) {
  if (packet.protocol !== ear.protocol) return { ...nothing, verdict: 'ah_header_mismatch' as const };
  return native.judgeAdvert(ear.expectation, packet.delivered, {
    family: packet.family,
    kind: ear.unicast ? 'unicast' : 'multicast',
    protocol: ear.protocol,
    source: packet.source as Ip,
    destination: packet.destination,
    ttl: packet.ttl,
    vrid: ear.vrid,
  });
}

const nothing = { received: 0, expected: 0, addressMismatch: 'none', intervalMismatch: false, interval: 0 as Micros } as const;
