// SPDX-License-Identifier: MIT
// Every code that a comparison of several nodes can give, for docs/reference/errors.md. A test holds the list to the rules.

/** The finding's severity is in the report: the same code can be milder where less depends on it. */
export const clusterCodes: Readonly<Record<string, string>> = {
  'cluster-unusable': 'A configuration is refused on its own and left out of the comparison.',
  'cluster-not-counted': 'Something that can move the addresses is not part of the table of outcomes.',
  // Which instances belong together
  'cluster-missing': 'A node has no instance of this name or with one of its addresses: it cannot take over.',
  'cluster-vrid-reused': 'Two different instances use the same virtual router id on what may be one network.',
  'cluster-address-elsewhere': 'An address belongs to one instance here and to another one there: both nodes can hold it.',
  'cluster-sync-group': 'An instance is in a sync group on one node, and in none or in another one elsewhere.',
  // What must be the same
  'cluster-vrid': 'The nodes use different virtual router ids and never hear each other.',
  'cluster-family': 'The instance is IPv4 on one node and IPv6 on another.',
  'cluster-version': 'The nodes speak different versions of VRRP.',
  'cluster-interval': 'The nodes advertise at different intervals; version 2 drops such adverts.',
  'cluster-interval-v3':
    'The nodes advertise at different intervals; version 3 accepts it, but a takeover takes longer or shorter than planned.',
  'cluster-auth-type': 'The nodes use different kinds of authentication.',
  'cluster-password': 'The passwords differ in their first eight characters, which are all that count.',
  'cluster-hmac': 'The nodes do not accept the signatures of each other.',
  'cluster-cast': 'One node sends to peers, another one to the multicast group.',
  'cluster-group': 'The nodes use different multicast groups.',
  'cluster-checksum': 'Only some of the nodes have `v3_checksum_as_v2`: the others take their adverts for damaged.',
  'cluster-down-timer': 'The nodes wait for a different number of missed adverts.',
  'cluster-addresses': 'The nodes do not have the same virtual addresses.',
  'cluster-address-order': 'The nodes list the same addresses in another order; some routers compare them one by one.',
  'cluster-prefix-length': 'An address has another prefix length on each node.',
  'cluster-excluded': 'The lists of excluded virtual addresses differ; no advert shows it.',
  // Peers
  'cluster-source': 'Two nodes send from the same address.',
  'cluster-peer-self': 'A node names itself as a peer.',
  'cluster-peer-missing': 'A node does not name another one as a peer, which therefore never hears it.',
  'cluster-peer-refused': 'A node sends from an address that another one, which checks sources, does not name.',
  'cluster-peer-ttl': 'Adverts arrive with a TTL that the peer refuses.',
  'cluster-peer-unknown': 'A peer is none of the nodes given.',
  // Who holds the addresses
  'cluster-owners': 'More than one node has priority 255.',
  'cluster-same-priority': 'Two nodes have the same priority: the higher source address decides.',
  'cluster-equal': 'Two nodes can have the same priority while all is well: the higher source address decides.',
  'cluster-masters': '`state MASTER` stands on more than one node.',
  'cluster-state': '`state MASTER` stands on a node that will not hold the addresses.',
  'cluster-nopreempt-cleared': '`nopreempt` stands beside `state MASTER`, where it has no effect.',
  'cluster-one-way': '`nopreempt` lets the addresses move and not come back.',
  // What checks do
  'cluster-check-inert': 'A check that fails never moves the addresses.',
  'cluster-check-weak': 'The weight of a check is too small to move the addresses.',
  'cluster-check-tie': 'A check that fails makes both nodes equal: the addresses stay where they are.',
  'cluster-nopreempt-blocks': 'A check that fails should move the addresses, and `nopreempt` keeps them.',
  'cluster-check-attracts': 'A check that fails brings the addresses to the node where it failed.',
  'cluster-broken-holder': 'A node with failed checks holds the addresses although another one is well.',
  'cluster-check-missing': 'A check is not tracked on every node.',
  'cluster-weight-differs': 'A check has another weight on each node.',
  'cluster-clamped': 'The priority with its weights leaves 1 to 254, so that weights count for less than they say.',
  'cluster-nobody': 'A check that fails on every node leaves nobody to hold the addresses.',
  'cluster-still-held': 'Checks that fail on every node leave the addresses where they are.',
};
