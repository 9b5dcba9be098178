// SPDX-License-Identifier: MIT
// Routes and rules in the JSON form of the configuration.

import { exactly, type JsonSchema, json, orNull } from './json-schema.ts';

const number = (maximum: number, description?: string): JsonSchema => ({
  type: 'integer',
  minimum: 0,
  maximum,
  ...(description === undefined ? {} : { description }),
});
const uint32 = number(0xffffffff);
const prefix = exactly({ address: json.address, length: number(128) });
const long: JsonSchema = { ...json.text, description: '64 bits, decimal' };
const range = (maximum: number): JsonSchema => ({ type: 'array', items: number(maximum) });
const realms = { ...uint32, description: 'FROM in the upper 16 bits, TO in the lower ones' };

const encap = exactly({
  tunnel: { enum: ['mpls', 'ip', 'ip6', 'ila'] },
  labels: { type: 'array', items: number(1048575) },
  id: orNull(long),
  destination: orNull(json.address),
  source: orNull(json.address),
  tos: orNull(json.octet),
  ttl: orNull(json.octet),
  flags: orNull(number(65535)),
  locator: orNull({ ...json.text, description: '16 hexadecimal digits' }),
});
const hop = exactly({
  via: orNull(json.address),
  dev: orNull(json.text),
  weight: number(256),
  onlink: json.truth,
  realms: orNull(realms),
  encap: orNull(encap),
});

export const routeJson = exactly({
  family: { enum: [4, 6] },
  type: { ...json.octet, description: 'RTN_*: 1 unicast, 2 local …' },
  destination: prefix,
  from: orNull(prefix),
  src: orNull(json.address),
  tos: json.octet,
  table: uint32,
  vrf: orNull(json.text),
  protocol: orNull(json.octet),
  scope: json.octet,
  metric: orNull(uint32),
  expires: orNull(number(0xffffffff, 'seconds')),
  pref: orNull(json.octet),
  ttl_propagate: orNull(json.truth),
  metrics: {
    type: 'array',
    description: "In the kernel's units: rtt 1/8 ms, rttvar 1/4 ms, rto_min ms",
    items: exactly({ name: json.text, value: uint32, lock: json.truth }),
  },
  congctl: orNull(exactly({ name: json.text, lock: json.truth })),
  hops: { type: 'array', items: hop, description: 'One: its own way; more: multipath' },
  mode: { enum: ['prepend', 'add', 'append'] },
  no_track: json.truth,
  track_group: orNull(json.text),
  position: json.position,
});

export const ruleJson = exactly({
  family: { enum: [4, 6] },
  action: { enum: ['table', 'goto', 'nop', 'blackhole', 'unreachable', 'prohibit', 'l3mdev'] },
  not: json.truth,
  from: orNull(prefix),
  to: orNull(prefix),
  table: uint32,
  goto: orNull(uint32),
  preference: uint32,
  tos: json.octet,
  fwmark: orNull(exactly({ mark: uint32, mask: orNull(uint32) })),
  realms: orNull(realms),
  suppress_prefixlength: orNull(number(0x7fffffff)),
  suppress_ifgroup: orNull(number(0x7fffffff)),
  iif: orNull(json.text),
  oif: orNull(json.text),
  tunnel_id: orNull(long),
  uidrange: orNull(range(0xffffffff)),
  ipproto: orNull(json.octet),
  sport: orNull(range(65535)),
  dport: orNull(range(65535)),
  protocol: orNull(json.octet),
  no_track: json.truth,
  track_group: orNull(json.text),
  position: json.position,
});
