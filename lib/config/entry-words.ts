// SPDX-License-Identifier: MIT
// Words that stand behind a keyword or in an entry of a list, for people: the argument types read them, this says what
// they mean. A test holds it to the reference.

import type { ArgWord } from './keyword.ts';

function words(table: Readonly<Record<string, readonly [argument: string, range: string, doc: string]>>): readonly ArgWord[] {
  return Object.entries(table).map(([word, [argument, range, doc]]) => ({ word, argument, range, doc }));
}

export const addressWords = words({
  dev: ['IFNAME', 'existing interface; second dev drops the entry', 'Interface for the address'],
  scope: ['SCOPE', '0..255, global nowhere host link site, or a name of the scope table; IPv4 only', 'Address scope'],
  broadcast: [
    'ADDR|+|-',
    'IPv4 only; + sets and - clears the host bits (prefix at most 30)',
    'Broadcast address; ignored with error together with peer',
  ],
  brd: ['ADDR|+|-', 'as broadcast', 'As broadcast'],
  label: ['TEXT', 'at most 15 chars; IPv4 only', 'Address label'],
  peer: ['IPADDR', 'same family, no prefix; first one wins', 'Far end of a point-to-point address; local prefix becomes full length'],
  home: ['', '', 'Mobile IPv6 home address'],
  '-nodad': ['', '', 'Leave duplicate address detection on (IPv6 addresses are set without it by default)'],
  mngtmpaddr: ['', '', 'Kernel manages temporary addresses from this one'],
  noprefixroute: ['', '', 'No automatic prefix route'],
  autojoin: ['', '', 'Join the multicast group'],
  no_track: ['', '', 'Loss of the address does not affect the instance'],
  preferred_lft: ['SECS|forever', '0..4294967295 or forever; only used for IPv6', 'Preferred lifetime, 0 deprecates the address'],
  use_vmac: ['', '', 'Put the address on a VMAC of its interface'],
});

export const staticAddressWords: readonly ArgWord[] = [
  ...addressWords,
  ...words({
    track_group: ['NAME', 'track_group defined earlier; needs an interface', 'Instances that depend on the address'],
  }),
];

export const routeWords = words({
  inet: ['', '', 'Route is IPv4'],
  inet6: ['', '', 'Route is IPv6'],
  to: ['DEST', 'address, prefix or default word; a route type cannot follow', 'Destination, word optional'],
  default: ['', 'must come before or without an IPv6 family', 'Default destination of the route family'],
  any: ['', 'must come before or without an IPv6 family', 'Default destination of the route family'],
  all: ['', 'must come before or without an IPv6 family', 'Default destination of the route family'],
  default6: ['', '', 'Old: IPv6 default destination, logs a notice'],
  local: ['DEST', '', 'Route type local'],
  nat: ['DEST', '', 'Route type nat'],
  broadcast: ['DEST', '', 'Route type broadcast'],
  brd: ['DEST', '', 'Route type broadcast'],
  anycast: ['DEST', '', 'Route type anycast'],
  multicast: ['DEST', '', 'Route type multicast'],
  prohibit: ['DEST', '', 'Route type prohibit'],
  unreachable: ['DEST', '', 'Route type unreachable'],
  blackhole: ['DEST', '', 'Route type blackhole'],
  xresolve: ['DEST', '', 'Route type xresolve'],
  unicast: ['DEST', '', 'Route type unicast'],
  throw: ['DEST', '', 'Route type throw'],
  src: ['IPADDR', 'address of the route family', 'Preferred source'],
  as: ['[to] WORD', 'skipped', 'Reported as MPLS only and ignored'],
  via: ['[inet|inet6] IPADDR', 'address of the route family', 'Gateway'],
  gw: ['[inet|inet6] IPADDR', 'address of the route family', 'Old: write via'],
  or: ['IPADDR', 'once', 'Old: second gateway, makes a two-way multipath route; use nexthop'],
  from: ['IPADDR[/PREFIX]', 'IPv6 only', 'Source-specific route'],
  tos: ['VALUE', '0..255 or name of the dsfield table', 'Traffic class selector'],
  dsfield: ['VALUE', 'as tos', 'As tos'],
  table: ['ID', '0..4294967295, default main local, or a name of the table list', 'Routing table'],
  protocol: ['ID', '0..255 or name of the protocol list; reset to 18 with error unless no_track precedes or follows', 'Route protocol'],
  scope: ['SCOPE', '0..255 or scope name', 'Route scope'],
  metric: ['N', '0..4294967295', 'Route metric'],
  priority: ['N', '0..4294967295', 'As metric'],
  preference: ['N', '0..4294967295', 'As metric'],
  dev: ['IFNAME', 'existing interface', 'Output interface'],
  oif: ['IFNAME', 'existing interface', 'As dev'],
  onlink: ['', '', 'Treat the gateway as directly reachable'],
  encap: [
    'TYPE ARGS',
    'ip or ip6 with id, dst, src, tos or tc, ttl or hoplimit, flags; mpls LABEL[/LABEL]; ila LOCATOR',
    'Lightweight tunnel; a fault is reported but the route is kept',
  ],
  expires: ['SECS', '0..4294967295; IPv6 only', 'Lifetime'],
  mtu: ['[lock] N', '0..4294967295', 'Path MTU'],
  hoplimit: ['N', '0..255', 'Hop limit'],
  advmss: ['[lock] N', '0..4294967295', 'Advertised MSS'],
  rtt: [
    '[lock] TIME',
    '0.2..120 s after clamping; bare number in 1/8 ms, or suffix ms, s, sec, secs; no exponent',
    'Initial round trip time',
  ],
  rttvar: [
    '[lock] TIME',
    '0.2..120 s after clamping; bare number in 1/4 ms, or suffix ms, s, sec, secs; no exponent',
    'Initial round trip variance',
  ],
  reordering: ['[lock] N', '0..4294967295', 'Reordering tolerance'],
  window: ['N', '0..4294967295', 'Largest window'],
  cwnd: ['[lock] N', '0..4294967295', 'Congestion window clamp'],
  ssthresh: ['[lock] N', '0..4294967295', 'Slow start threshold'],
  realms: ['[FROM/]TO', 'each 0..255 or name of the realm table; IPv4 only', 'Realms'],
  rto_min: ['[lock] TIME', '0.2..120 s after clamping; bare number in ms, or suffix ms, s, sec, secs', 'Lowest retransmission timeout'],
  initcwnd: ['N', '0..4294967295', 'Initial congestion window'],
  initrwnd: ['N', '0..4294967295', 'Initial receive window'],
  features: ['ecn', 'exact word, others reported and ignored', 'Route features'],
  quickack: ['N', '0 or 1', 'Quick ACK'],
  congctl: ['[lock] NAME', 'string', 'Congestion control algorithm'],
  pref: ['low|medium|high|N', 'N 0..255; IPv6 only', 'Router preference'],
  'ttl-propagate': ['enabled|disabled', '', 'Copy TTL into MPLS'],
  fastopen_no_cookie: ['N', '0 or 1', 'TCP fast open without cookie'],
  add: ['', '', 'Add only when no matching route exists'],
  prepend: ['', '', 'Insert before matching routes'],
  append: ['', '', 'Insert after matching routes'],
  nexthop: ['ARGS...', 'via, dev, weight, onlink, encap, realms; must be last; may repeat; not after or', 'Multipath hop'],
  no_track: ['', '', 'Do not watch the route'],
  track_group: ['NAME', 'track_group defined earlier; needs dev', 'Instances that depend on the route'],
  vrf: ['IFNAME', 'existing VRF device', 'Use the table of this VRF'],
  lock: ['', 'word after mtu advmss rtt rttvar reordering cwnd ssthresh rto_min congctl', 'Fix the metric against kernel updates'],
});

export const hopWords = words({
  via: ['[inet|inet6] IPADDR', 'address of the route family', 'Gateway of the hop'],
  dev: ['IFNAME', 'existing interface', 'Interface of the hop'],
  weight: ['N', '1..256', 'Weight of the hop'],
  onlink: ['', '', 'Treat the gateway as directly reachable'],
  encap: [
    'TYPE ARGS',
    'ip or ip6 with id, dst, src, tos or tc, ttl or hoplimit, flags; mpls LABEL[/LABEL]; ila LOCATOR',
    'Lightweight tunnel of the hop',
  ],
  realms: ['[FROM/]TO', 'IPv4 only', 'Realms of the hop'],
  as: ['[to] WORD', '', 'Reported as unsupported; drops the hop'],
});

export const ruleWords = words({
  inet: ['', '', 'Rule is IPv4'],
  inet6: ['', '', 'Rule is IPv6'],
  from: ['DEST', 'IPADDR[/PREFIX], default, any, all, default6', 'Source selector'],
  to: ['DEST', 'IPADDR[/PREFIX], default, any, all, default6', 'Destination selector'],
  table: ['ID', '1..4294967295 or table name', 'Action: look up this table'],
  lookup: ['ID', 'as table', 'As table'],
  not: ['', '', 'Invert the selectors'],
  preference: ['N', '0..4294967295', 'Rule priority'],
  order: ['N', 'as preference', 'As preference'],
  priority: ['N', 'as preference', 'As preference'],
  tos: ['VALUE', '0..255 or name of the dsfield table', 'Traffic class selector'],
  dsfield: ['VALUE', 'as tos', 'As tos'],
  fwmark: ['N[/MASK]', 'each 0..4294967295', 'Mark selector'],
  realms: ['[FROM/]TO', 'each 0..255 or realm name; IPv4 table action only', 'Realms to set'],
  suppress_prefixlength: ['N', '0..2147483647; table action only', 'Reject short matches'],
  sup_pl: ['N', 'as suppress_prefixlength', 'As suppress_prefixlength'],
  suppress_ifgroup: ['ID', '0..2147483647 or group name; table action only', 'Reject matches through this group'],
  sup_group: ['ID', 'as suppress_ifgroup', 'As suppress_ifgroup'],
  dev: ['IFNAME', 'existing interface', 'As iif'],
  iif: ['IFNAME', 'existing interface', 'Input interface selector'],
  oif: ['IFNAME', 'existing interface', 'Output interface selector'],
  'tunnel-id': ['N', '0..18446744073709551615', 'Tunnel id selector'],
  uidrange: ['LOW-HIGH', 'two 32-bit decimals', 'User id selector'],
  l3mdev: ['', 'excludes table and other actions', 'Action: table of the l3 master device'],
  protocol: ['N', '0..255, no names; reset to 18 with error without no_track', 'Rule protocol'],
  ipproto: ['N|NAME', '0..127 or protocol name; bad one reported and ignored', 'Transport selector'],
  sport: ['LOW-HIGH', 'two 16-bit decimals; single port reported and ignored', 'Source port selector'],
  dport: ['LOW-HIGH', 'two 16-bit decimals; single port reported and ignored', 'Destination port selector'],
  no_track: ['', '', 'Do not watch the rule'],
  track_group: ['NAME', 'track_group defined earlier; needs dev or iif', 'Instances that depend on the rule'],
  type: ['ACTION', 'goto nop blackhole unreachable prohibit', 'Optional word before an action'],
  goto: ['N', '0..4294967295, above an explicit preference', 'Action: continue at rule N'],
  nop: ['', '', 'Action: none'],
  blackhole: ['', 'exactly one action per rule', 'Action: blackhole'],
  unreachable: ['', 'exactly one action per rule', 'Action: unreachable'],
  prohibit: ['', 'exactly one action per rule', 'Action: prohibit'],
});

export const peerWords = words({
  min_ttl: ['N', '0..255', 'Lowest accepted TTL; turns on check_unicast_src'],
  max_ttl: ['N', '0..255', 'Highest accepted TTL; turns on check_unicast_src'],
});

export const trackWords = words({
  weight: ['N', '-253..253 (254 becomes 253 with error)', 'Priority change, 0 means FAULT; bad value falls back to the default'],
  reverse: ['', 'word after the weight value', 'Invert the effect'],
  noreverse: ['', 'word after the weight value', 'Cancel an inherited reverse'],
});

export const vmacWords = words({
  name: ['IFNAME', 'valid device name, at most 15 chars, unused', 'Name of the macvlan'],
  netlink_notify_msg: ['', '', 'Force a netlink message for the parent interface'],
  group: ['ID', '0..2147483647 or name', 'Link group of the macvlan'],
});

export const ipvlanWords = words({
  name: ['IFNAME', 'at most 15 chars, unused', 'Name of the ipvlan'],
  bridge: ['', '', 'Bridge mode; first mode word wins'],
  private: ['', '', 'Private mode'],
  vepa: ['', '', 'VEPA mode'],
  group: ['ID', '0..2147483647 or name', 'Link group of the ipvlan'],
});

export const forwardingWords = words({
  NAT: ['', 'exact word first', 'Masquerading'],
  DR: ['', 'exact word first', 'Direct routing'],
  TUN: ['', 'exact word first', 'Tunnelling'],
  type: ['ipip|gue|gre', '', 'Tunnel kind'],
  ipip: ['', 'after type; no checksum option', 'IP in IP'],
  gue: ['', 'after type; port required', 'Generic UDP encapsulation'],
  gre: ['', 'after type; no remcsum', 'GRE'],
  port: ['N', '1..65535; gue only', 'GUE port'],
  nocsum: ['', '', 'No checksum'],
  csum: ['', '', 'Checksum'],
  remcsum: ['', 'gue only', 'Remote checksum offload'],
});

export const groupWords = words({
  fwmark: ['N [FAMILY]', '0..4294967295', 'Firewall mark'],
  inet: ['', 'third word after fwmark', 'The mark is IPv4'],
  inet6: ['', 'third word after fwmark', 'The mark is IPv6'],
});

export const timeoutWords = words({
  tcp: ['SECS', '0..2678400', 'Established TCP timeout'],
  tcpfin: ['SECS', '0..2678400', 'Timeout after FIN'],
  udp: ['SECS', '0..2678400', 'UDP timeout'],
});

export const syncWords = words({
  inst: ['NAME', 'vrrp_instance name', 'Follow the state of this instance'],
  id: ['N', '0..255', 'Sync id'],
  maxlen: ['N', '1..65507', 'Largest sync message'],
  port: ['N', '1..65535', 'UDP port'],
  ttl: ['N', '1..255', 'Multicast TTL'],
  group: ['ADDR', 'multicast address', 'Multicast group'],
});
