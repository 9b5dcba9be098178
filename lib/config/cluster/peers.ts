// SPDX-License-Identifier: MIT
// Unicast: who names whom, and whether adverts pass the peer's filter.

import type { Ip } from '../../base/address.ts';
import { isUnicast, type Member, placeIn } from './nodes.ts';
import type { Router } from './routers.ts';
import type { ClusterFinding, ClusterPlace } from './types.ts';

export function peerFindings(router: Router): ClusterFinding[] {
  const unicast = router.members.filter((m) => isUnicast(m.instance));
  return [
    ...unicast.flatMap((m) => namesItself(router, m)),
    ...copiedPeers(router, unicast),
    ...unicast.flatMap((to) =>
      unicast.flatMap((from) => (from === to ? [] : [...notNamed(router, from, to), ...filtered(router, from, to)])),
    ),
    ...unknownPeers(router, unicast),
  ];
}

function namesItself(router: Router, m: Member): ClusterFinding[] {
  const { unicast_src_ip: own, unicast_peer: peers } = m.instance;
  if (own === null || !peers.some((p) => p.ip === own)) return [];
  return [
    {
      code: 'cluster-peer-self',
      severity: peers.length === 1 ? 'error' : 'warning',
      router: router.name,
      message: `${m.node.name} names itself as a peer`,
      places: [placeIn(m, ['unicast_src_ip'], `unicast_src_ip ${own}`), placeIn(m, ['unicast_peer'], `peer ${own}`, own)],
      effect:
        peers.length === 1
          ? 'it advertises to nobody but itself'
          : 'it sends each advert to itself as well, and logs it as one with its own address',
      advice: `take ${own} out of unicast_peer on ${m.node.name}`,
    },
  ];
}

/** Without unicast_src_ip nobody can say who is who, but two nodes with the same only peer are wrong in any case. */
function copiedPeers(router: Router, unicast: readonly Member[]): ClusterFinding[] {
  const [a, b] = unicast;
  if (!a || !b || unicast.length > 2 || a.source !== null || b.source !== null) return [];
  const [x, y] = [a, b].map((m) => m.instance.unicast_peer.map((p) => p.ip));
  if (x?.length !== 1 || y?.length !== 1 || x[0] !== y[0]) return [];
  return [
    {
      code: 'cluster-peer-self',
      severity: 'error',
      router: router.name,
      message: 'both nodes name the same and only peer, so one of them names itself',
      places: [a, b].map((m) => placeIn(m, ['unicast_peer'], `peer ${x[0]}`, x[0])),
      effect: 'one node advertises to itself, the other never hears it: both hold the addresses',
      advice: 'name the other node in unicast_peer on each, and write unicast_src_ip so that files can be told apart',
    },
  ];
}

function notNamed(router: Router, from: Member, to: Member): ClusterFinding[] {
  const address = to.instance.unicast_src_ip;
  if (address === null || from.instance.unicast_peer.some((p) => p.ip === address)) return [];
  const places = [peersOf(from), placeIn(to, ['unicast_src_ip'], `unicast_src_ip ${address}`)];
  return [
    {
      code: 'cluster-peer-missing',
      severity: 'error',
      router: router.name,
      message: `${from.node.name} does not name ${to.node.name} (${address}) as a peer`,
      places,
      effect: `${to.node.name} never hears ${from.node.name}: both hold the addresses whenever ${from.node.name} should`,
      advice: `add ${address} to unicast_peer on ${from.node.name}`,
    },
  ];
}

function filtered(router: Router, from: Member, to: Member): ClusterFinding[] {
  const source = from.source;
  if (!to.instance.check_unicast_src || source === null) return [];
  const peer = to.instance.unicast_peer.find((p) => p.ip === source);
  const ttl = from.instance.unicast_ttl ?? 255;
  if (peer && ttl >= peer.min_ttl) return [];
  const sent = placeIn(from, [peer ? 'unicast_ttl' : 'unicast_src_ip'], peer ? `TTL ${ttl}` : source);
  return [
    {
      code: peer ? 'cluster-peer-ttl' : 'cluster-peer-refused',
      severity: 'error',
      router: router.name,
      message: peer
        ? `${to.node.name} wants a TTL of at least ${peer.min_ttl} from ${from.node.name}, which sends ${ttl}`
        : `${to.node.name} accepts listed peers only, and ${from.node.name} (${source}) is not one`,
      places: [sent, peersOf(to, peer ? source : undefined)],
      effect: `${to.node.name} drops the adverts of ${from.node.name}: both hold the addresses whenever ${from.node.name} should`,
      advice: peer ? 'raise unicast_ttl, or lower min_ttl of the peer' : `add ${source} to unicast_peer on ${to.node.name}`,
    },
  ];
}

/** A peer that is none of the nodes: another file is missing here, or a typing error. Only when all addresses are known. */
function unknownPeers(router: Router, unicast: readonly Member[]): ClusterFinding[] {
  const own = new Set<Ip | null>(unicast.map((m) => m.instance.unicast_src_ip));
  if (own.has(null)) return [];
  return unicast.flatMap((m) =>
    m.instance.unicast_peer.flatMap(({ ip }): ClusterFinding[] =>
      own.has(ip)
        ? []
        : [
            {
              code: 'cluster-peer-unknown',
              severity: 'warning',
              router: router.name,
              message: `peer ${ip} of ${m.node.name} is none of the nodes given here`,
              places: [placeIn(m, ['unicast_peer'], `peer ${ip}`, ip)],
              effect: 'this check knows nothing of that node; or, when it is a typing error, adverts go to nobody',
              advice: 'give the file of that node too, or correct the address',
            },
          ],
    ),
  );
}

function peersOf(m: Member, ip?: Ip): ClusterPlace {
  const peers = m.instance.unicast_peer.map((p) => p.ip);
  return placeIn(m, ['unicast_peer'], `unicast_peer ${peers.slice(0, 4).join(', ')}${peers.length > 4 ? ' …' : ''}`, ip);
}
