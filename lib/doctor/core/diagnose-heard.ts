// SPDX-License-Identifier: MIT
// Who is heard on the wire, and what this configuration makes of it: adverts that are refused, neighbours that hear us not,
// strangers, and networks that lose multicast.

import { compareIp, parseIp } from '../../base/address.ts';
import type { Facts, Finding, HeardFacts, InstanceFacts, Severity } from './facts.ts';

export function heardFindings(i: InstanceFacts, facts: Facts): Finding[] {
  const ours = i.heard.filter((h) => h.vrid === i.vrid);
  const strangers =
    i.addresses.length === 0 ? [] : i.heard.filter((h) => h.vrid !== i.vrid && h.addresses.some((a) => i.addresses.includes(a)));
  return [
    ...ours.flatMap((h) => senderFindings(i, h, facts)),
    ...strangers.map((h) =>
      finding(i, 'vrid_mismatch', 'problem')(
        `${h.source} advertises ${h.addresses.join(', ')} with VRID ${h.vrid}; here it is VRID ${i.vrid}`,
        'the two take each other for different virtual routers: both become Active for the same address',
        `virtual_router_id ${h.vrid} in vrrp_instance ${i.name}, or ${i.vrid} on ${h.source}`,
      ),
    ),
    ...(ours.length === 0 && strangers.length === 0 ? silenceFindings(i, facts) : []),
  ];
}

const finding =
  (i: InstanceFacts, code: string, severity: Severity) =>
  (seen: string, means: string, ...mend: string[]): Finding => ({ code, severity, instance: i.name, seen, means, mend });

function senderFindings(i: InstanceFacts, h: HeardFacts, facts: Facts): Finding[] {
  if (h.source === i.source && h.mac !== i.link?.mac)
    return [
      finding(i, 'duplicate_address', 'problem')(
        `${h.mac} advertises VRID ${i.vrid} from ${h.source}, which is this machine's own address`,
        'two routers have one address: adverts of the other look like our own and are thrown away',
        `give one of the two another address (here: ip address show dev ${i.interface})`,
      ),
    ];
  const foreign = h.addresses.length > 0 && i.addresses.length > 0 && !h.addresses.some((a) => i.addresses.includes(a));
  if (foreign)
    return [
      finding(i, 'stranger', 'problem')(
        `${h.source} uses VRID ${i.vrid} for ${h.addresses.join(', ')}; here it stands for ${i.addresses.join(', ')}`,
        'a virtual router that is none of ours has the same VRID: the two fight over one election and one virtual MAC',
        `another virtual_router_id for one of the two; "tcpdump -ni ${i.interface} vrrp" shows which are taken`,
      ),
    ];
  const refusals = h.refused.filter((r) => r.reason !== 'unknown_vrid').map((r) => refusalFinding(i, h, r));
  const whole = refusals.length === 0;
  return [
    ...refusals,
    ...(whole && h.addressMismatch
      ? [
          finding(i, 'address_list', 'warning')(
            `${h.source} advertises ${h.addresses.join(', ')}; here are ${i.addresses.join(', ')}`,
            'the lists of virtual addresses differ: after a takeover some are missing',
            'make virtual_ipaddress of both the same, ka-ts check FILE1 FILE2 compares them',
          ),
        ]
      : []),
    ...(whole && h.intervalMismatch
      ? [
          finding(i, 'interval', 'warning')(
            `${h.source} advertises every ${seconds(h.interval)}, advert_int is ${seconds(i.interval)} here`,
            'a Backup follows the Active router’s interval; a takeover takes another time than each side thinks',
            `advert_int ${h.interval / 1e6} in vrrp_instance ${i.name}, or ${i.interval / 1e6} on ${h.source}`,
          ),
        ]
      : []),
    ...(whole && h.priority === 255 && i.priority === 255
      ? [
          finding(i, 'two_owners', 'problem')(
            `${h.source} advertises priority 255, and this router has priority 255 too`,
            'each of them is the owner of the addresses and yields to nobody',
            `a priority below 255 in vrrp_instance ${i.name} or on ${h.source}`,
          ),
        ]
      : []),
    ...(whole ? deafness(i, h) : []),
    ...(whole && h.count >= 4 && h.longestGap > 2.5 * h.interval && i.lost === 0
      ? [
          finding(i, 'gaps', 'warning')(
            `between two adverts of ${h.source} there were ${(h.longestGap / 1e6).toFixed(2)} s, ${(h.longestGap / h.interval).toFixed(1)} intervals`,
            `adverts are late or lost; after ${facts.listened > 0 ? 3 : 0} intervals of silence a Backup takes over`,
            `look at the load of ${h.source} and at errors on the way: ip -s link show ${i.interface}`,
          ),
        ]
      : []),
  ];
}

/** Who goes on advertising with less than what leaves here does not hear us, or refuses what it hears. */
function deafness(i: InstanceFacts, h: HeardFacts): Finding[] {
  const own = i.sent.find((s) => s.count >= 3);
  // What this host drops before its daemon hears it, and two owners, are told already.
  const told = i.delivered === 0 || (h.priority === 255 && i.priority === 255);
  if (told || !own || h.count < 3 || h.priority === 0) return [];
  const weaker = h.priority < own.priority || (h.priority === own.priority && isBelow(h.source, own.source));
  if (weaker && i.vmac)
    return [
      finding(i, 'vmac_filtered', 'problem')(
        `our adverts with priority ${own.priority} leave from ${i.vmac.mac}, and ${h.source} goes on advertising priority ${h.priority}`,
        'the other does not hear the virtual MAC: a hypervisor or switch port that allows one MAC filters it, or the other’s packet filter does',
        'allow forged transmits, MAC changes and promiscuous mode on that port, or lift its limit of MAC addresses',
        `or vmac_xmit_base in vrrp_instance ${i.name}`,
        `run ka-ts doctor on ${h.source} too`,
      ),
    ];
  if (weaker)
    return [
      finding(i, 'peer_deaf', 'problem')(
        `our adverts with priority ${own.priority} leave ${i.interface}, and ${h.source} goes on advertising priority ${h.priority}`,
        'we hear it, it does not hear us: its packet filter, a one-way fault of the network, or it refuses our adverts',
        `run ka-ts doctor on ${h.source}`,
      ),
    ];
  return [
    finding(i, 'deaf', 'problem')(
      `${h.source} advertises priority ${h.priority}, and adverts with priority ${own.priority} go on leaving here`,
      'the daemon of this machine does not act on what arrives at its interface',
      'read its log; reload it to open its sockets anew',
    ),
  ];
}

/** Nothing of anybody reaches the interface. */
function silenceFindings(i: InstanceFacts, { listened }: Facts): Finding[] {
  const sent = i.sent.reduce((n, s) => n + s.count, 0);
  const [answer] = i.answers;
  const span = `${(listened / 1e6).toFixed(1)} s`;
  if (answer && i.held.includes(answer.address))
    return [
      finding(i, 'network_drops', 'problem')(
        `${answer.mac} answers for ${answer.address}, which is on this machine too; none of its adverts came in ${span}`,
        i.peers.length > 0
          ? 'another router holds the address and its adverts do not come here: wrong peers, or a filter on the way'
          : 'another router is Active and multicast does not pass between the two: a switch that snoops IGMP without a querier, a filter on the way, or a virtual switch that drops multicast',
        ...(i.peers.length > 0
          ? [`check unicast_peer on both`]
          : ['switch on an IGMP querier in this VLAN, or switch snooping off', 'or use unicast_peer']),
      ),
    ];
  const findings: Finding[] = [];
  const snooped = i.link?.bridge?.snooping && !i.link.bridge.querier && !i.group.startsWith('224.0.0.') && i.peers.length === 0;
  if (snooped)
    findings.push(
      finding(i, 'snooping', 'warning')(
        `the bridge ${i.link?.name} snoops and has no querier of its own; nothing was heard for ${i.group} in ${span}`,
        'without a querier in the network memberships end after some minutes, and then multicast with them',
        `ip link set ${i.link?.name} type bridge mcast_querier 1`,
        `or: ip link set ${i.link?.name} type bridge mcast_snooping 0`,
      ),
    );
  if (sent > 0)
    findings.push(
      finding(
        i,
        'alone',
        'note',
      )(
        `this router is Active and heard nobody else for VRID ${i.vrid} in ${span}`,
        'as it should be while the others are Backup: a Backup does not speak',
      ),
    );
  return findings;
}

type Refused = HeardFacts['refused'][number];

function refusalFinding(i: InstanceFacts, h: HeardFacts, r: Refused): Finding {
  const say = (code: string, seen: string, means: string, ...mend: string[]) =>
    finding(i, code, 'problem')(`${r.count} of ${h.count} adverts from ${h.source}: ${seen}`, means, ...mend);
  const here = `in vrrp_instance ${i.name}`;
  switch (r.reason) {
    case 'checksum':
      return say(
        'checksum',
        'wrong checksum',
        i.version === 3 && i.family === 4
          ? 'the other sums without the pseudo-header that RFC 9568 asks for (or with it, where v3_checksum_as_v2 is set here), or packets are damaged on the way'
          : 'packets are damaged on the way, or the other builds them wrongly',
        ...(i.version === 3 && i.family === 4
          ? [`v3_checksum_as_v2 ${here} accepts both forms; or switch it off on ${h.source}`]
          : [`ethtool -K ${i.interface} rx off tx off, then look again`]),
      );
    case 'version':
      return say(
        'version',
        `VRRPv${r.received}, here VRRPv${r.expected}`,
        'the two speak different versions and do not hear each other',
        `version ${r.received} ${here}, or ${r.expected} on ${h.source}`,
      );
    case 'ttl':
      return say(
        'ttl',
        `TTL ${r.received} instead of 255`,
        'a router has passed the packet on, or somebody forges it: VRRP does not leave its link',
        `look for what routes or proxies multicast between here and ${h.source}`,
      );
    case 'unicast_ttl':
      return say(
        'ttl',
        `TTL ${r.received}, outside what unicast_peer allows`,
        'the peer is more hops away than min_ttl allows',
        `min_ttl of ${h.source} in unicast_peer ${here}`,
      );
    case 'interval':
      return say(
        'interval',
        `advert_int ${r.received} s, here ${r.expected} s`,
        'VRRPv2 refuses another interval: the two do not hear each other',
        `advert_int ${r.received} ${here}, or ${r.expected} on ${h.source}`,
      );
    case 'cast_kind':
      return h.multicast
        ? say(
            'cast_kind',
            'by multicast, here unicast is configured',
            'the other has no unicast_peer',
            `unicast_peer on ${h.source}, or none ${here}`,
          )
        : say(
            'cast_kind',
            'by unicast, here multicast is configured',
            'the other has a unicast_peer, this instance none',
            `unicast_peer { ${h.source} } ${here}, or none on ${h.source}`,
          );
    case 'unicast_source':
    case 'auth_ext_not_peer':
      return say(
        'not_a_peer',
        'its address is no unicast_peer',
        'check_unicast_src refuses who is not listed',
        `unicast_peer { ${h.source} } ${here}, or unicast_src_ip on the other`,
      );
    case 'auth_type_mismatch':
    case 'auth_type_invalid':
    case 'ah_header_mismatch':
      return say(
        'authentication',
        `authentication type ${r.received}, expected ${r.expected}`,
        'one of the two has no authentication block, or another auth_type',
        `the same authentication block on both, or none`,
      );
    case 'auth_failure':
    case 'ah_icv':
      return say(
        'authentication',
        'wrong password',
        'auth_pass differs (only its first eight characters count)',
        `the same auth_pass on both`,
      );
    case 'auth_ext_missing':
      return say(
        'authentication',
        'no auth_hmac trailer',
        'auth_hmac in mode enforce refuses unsigned adverts',
        `auth_hmac on ${h.source}, or mode permissive ${here} until it is`,
      );
    case 'auth_ext_stale':
      return say(
        'clock',
        `its clock is ${r.received} s from ours, the window is ${r.expected} s`,
        'auth_hmac in time mode needs clocks that agree',
        'chronyc makestep on the machine whose clock is wrong',
      );
    case 'length':
    case 'too_short':
    case 'truncated':
    case 'ip_length':
      return say(
        'length',
        `${r.received} bytes instead of ${r.expected}`,
        'number of addresses or authentication differ between the two',
        'make virtual_ipaddress and authentication of both the same',
      );
    case 'owner_ignores':
      return say(
        'owner_ignores',
        'dropped, since this router owns the addresses',
        'owner_ignore_adverts is set',
        `no owner_ignore_adverts ${here}`,
      );
    default:
      return say(
        'refused',
        r.reason.replaceAll('_', ' '),
        r.reason.startsWith('auth_ext') || r.reason.startsWith('ah_')
          ? 'keys or sequence of the two differ'
          : 'its adverts break the protocol',
        `look at the log of both; reference: docs/conformance`,
      );
  }
}

function isBelow(a: string, b: string): boolean {
  const [x, y] = [parseIp(a), parseIp(b)];
  return x.ok && y.ok && compareIp(x.value, y.value) < 0;
}

function seconds(micros: number): string {
  return `${micros / 1e6} s`;
}
