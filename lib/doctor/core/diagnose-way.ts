// SPDX-License-Identifier: MIT
// What lies between the wire and the daemon's socket on this machine, and between it and unicast peers: packet filter,
// reverse path, routes, neighbours, ICMP.

import { type Facts, type Finding, type InstanceFacts, incoming, outgoing, type UnreachableFacts } from './facts.ts';
import { filterText, type Judgement, judgePacket, mendFilter } from './firewall.ts';
import { inPrefix } from './prefix.ts';

export function wayFindings(i: InstanceFacts, facts: Facts): Finding[] {
  return [
    ...filterFindings(i, facts),
    ...arrivalFindings(i, facts),
    ...i.peers.flatMap((p) => peerFindings(i, p)),
    ...unreachableFindings(i),
  ];
}

/** Adverts of our VRID that came to the interface. */
function arrived(i: InstanceFacts): number {
  return i.heard.filter((h) => h.vrid === i.vrid).reduce((n, h) => n + h.count, 0);
}

function filterFindings(i: InstanceFacts, { chains, listened }: Facts): Finding[] {
  const findings: Finding[] = [];
  const lostInside = arrived(i) > 1 && i.delivered === 0;
  const sources = i.peers.length > 0 ? i.peers.map((p) => p.address) : i.heard.filter((h) => h.vrid === i.vrid).map((h) => h.source);
  // Nobody is known: a neighbour as good as any, in the subnet of the interface.
  const somebody = sources.length > 0 ? sources : [i.source ?? ''];
  const inward = firstDrop(somebody.map((source) => [judgePacket(chains, incoming(i, source), 'in'), source] as const));
  if (inward && (lostInside || (inward[0].sure && !(i.delivered !== null && i.delivered > 0)))) {
    const [judgement, source] = inward;
    const evidence = lostInside ? `; ${arrived(i)} adverts came to ${i.interface} while a socket got none` : '';
    findings.push({
      code: 'firewall_in',
      severity: 'problem',
      instance: i.name,
      seen: `${filterText(judgement.by)} meets adverts from ${source === i.source ? 'the network' : source}${evidence}`,
      means: 'the packet filter of this machine keeps adverts of others away from the daemon, which then becomes Active beside them',
      mend: mendFilter(judgement.by, incoming(i, source), 'in'),
    });
  }
  const destinations = i.peers.length > 0 ? i.peers.map((p) => p.address) : [i.group];
  const outward = firstDrop(destinations.map((d) => [judgePacket(chains, outgoing(i, d), 'out'), d] as const));
  const sent = i.sent.reduce((n, s) => n + s.count, 0);
  if (outward && sent === 0 && (outward[0].sure || (i.held.length > 0 && listened > 3 * i.interval))) {
    const [judgement, destination] = outward;
    findings.push({
      code: 'firewall_out',
      severity: 'problem',
      instance: i.name,
      seen: `${filterText(judgement.by)} meets adverts to ${destination}${i.held.length > 0 ? '; this router is Active and none left' : ''}`,
      means: 'the packet filter of this machine does not let its adverts out: the others do not hear it and take over beside it',
      mend: mendFilter(judgement.by, outgoing(i, destination), 'out'),
    });
  }
  return findings;
}

type Dropped = Judgement & { readonly by: NonNullable<Judgement['by']> };

function firstDrop(judged: readonly (readonly [Judgement, string])[]): readonly [Dropped, string] | null {
  const found = judged.find(([j]) => j.by !== null && j.sure) ?? judged.find(([j]) => j.by !== null);
  return found ? (found as unknown as readonly [Dropped, string]) : null;
}

function arrivalFindings(i: InstanceFacts, facts: Facts): Finding[] {
  const senders = i.heard.filter((h) => h.vrid === i.vrid && h.count > 1);
  const own = i.link?.addresses ?? [];
  const findings: Finding[] = [];
  const nothingDelivered = senders.length > 0 && i.delivered === 0;
  for (const sender of senders) {
    const reverse = i.family === 4 && i.peers.length === 0 && sender.routeBack !== i.interface && sender.routeBack !== i.vmac?.name;
    const strict = i.rpFilter === 1 || (i.rpFilter === 2 && sender.routeBack === null);
    const outside =
      i.family === 4 && i.peers.length === 0 && own.length > 0 && !own.some((a) => inPrefix(sender.source, a.address, a.prefixLength));
    const subnets = own.map((a) => `${a.address}/${a.prefixLength}`).join(', ');
    if (reverse && strict && (nothingDelivered || i.reversePathDrops > 0))
      findings.push({
        code: 'reverse_path',
        severity: 'problem',
        instance: i.name,
        seen: `adverts from ${sender.source} came to ${i.interface}, but the route to it ${sender.routeBack === null ? 'does not exist' : `leads through ${sender.routeBack}`}; rp_filter is ${i.rpFilter}, ${i.reversePathDrops} packets failed its test meanwhile`,
        means: `the reverse-path filter drops its adverts before the daemon hears them${outside ? `: its address is not in ${subnets}, one of the two has a wrong address or prefix length` : ''}`,
        mend: [
          ...(outside
            ? [`give both routers addresses in one subnet: here ${subnets}, there ${sender.source}`]
            : [`ip route add ${sender.source}/32 dev ${i.interface}`]),
          `or sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.${i.interface}.rp_filter=0`,
        ],
      });
    else if (outside)
      findings.push({
        code: 'subnet',
        severity: 'warning',
        instance: i.name,
        seen: `${sender.source} advertises VRID ${i.vrid}; ${i.interface} has ${subnets}`,
        means: 'the two routers are not in one subnet: one of them has a wrong address or prefix length, and hosts may not reach both',
        mend: [`ip address show dev ${i.interface} on both, then the same network and prefix length`],
      });
  }
  if (nothingDelivered && findings.length === 0 && !filterFindings(i, facts).some((f) => f.code === 'firewall_in'))
    findings.push({
      code: 'lost_inside',
      severity: 'problem',
      instance: i.name,
      seen: `${arrived(i)} adverts came to ${i.interface}, a socket on this machine got none of them`,
      means:
        'something on this machine drops them that is neither a rule we can read nor the reverse-path filter: a tc or XDP program, a bridge or security module',
      mend: [`tc filter show dev ${i.interface} ingress`, `ip -d link show ${i.interface} (xdp?)`, 'nft list ruleset'],
    });
  return findings;
}

function peerFindings(i: InstanceFacts, peer: InstanceFacts['peers'][number]): Finding[] {
  const findings: Finding[] = [];
  const heard = i.heard.some((h) => h.source === peer.address);
  if (peer.route === null)
    findings.push({
      code: 'no_route',
      severity: 'problem',
      instance: i.name,
      seen: `there is no route to the unicast peer ${peer.address}; ${i.interface} has ${i.link?.addresses.map((a) => `${a.address}/${a.prefixLength}`).join(', ')}`,
      means: 'adverts to it cannot leave: a wrong prefix length, or a missing route',
      mend: [
        `ip route get ${peer.address}`,
        `correct the prefix length of ${i.interface}, or: ip route add ${peer.address} dev ${i.interface}`,
      ],
    });
  else if (!heard && (peer.neighbour === 'FAILED' || peer.neighbour === 'INCOMPLETE'))
    findings.push({
      code: 'peer_unresolved',
      severity: 'problem',
      instance: i.name,
      seen: `${peer.address} does not answer on ${peer.route} (neighbour entry ${peer.neighbour})`,
      means: 'the peer is down, has another address, or is in another layer-2 network',
      mend: [`ping -c 3 ${peer.address}`, `check unicast_peer of ${i.name}`],
    });
  return findings;
}

/** ICMP destination unreachable. */
const codes: Readonly<Record<number, readonly [string, (u: UnreachableFacts) => string]>> = {
  2: ['no VRRP daemon has a socket open there', (u) => `start the daemon on ${u.destination}, with this VRID and unicast`],
  3: [
    'no VRRP daemon has a socket open there, or its packet filter rejects',
    (u) => `look at daemon and packet filter of ${u.destination}`,
  ],
};

function unreachableFindings(i: InstanceFacts): Finding[] {
  return i.unreachable.map((u) => {
    const routed = u.code <= 1 || u.code === 6 || u.code === 7;
    const [means, mend] = codes[u.code] ?? [
      routed ? 'a router on the way knows no way to it' : 'a packet filter on the way, or there, rejects VRRP',
      () =>
        routed
          ? `ip route get ${u.destination} here and on ${u.from}`
          : `let protocol ${i.protocol} pass on ${u.from} (ka-ts doctor there names the rule)`,
    ];
    return {
      code: 'unreachable',
      severity: 'problem',
      instance: i.name,
      seen: `${u.from} answered ${u.count} adverts to ${u.destination} with ICMP destination unreachable, code ${u.code}`,
      means,
      mend: [mend(u)],
    };
  });
}
