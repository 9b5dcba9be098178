// SPDX-License-Identifier: MIT
// The typed configuration (model.ts) as JSON Schema, made from the tables: a keyword that is read has a property, and a
// property that no table knows is named here.

import { duration, exactly, type JsonSchema, json, orNull } from './json-schema.ts';
import type { ArgType, ListRow, Row, Setting, Table, ValueRow } from './keyword.ts';
import { argumentOf, readSample, sampleOf } from './reference/sample.ts';

const pace: JsonSchema = { ...duration(0, 0xffffffff), description: 'Gap between messages, microseconds; 0: none' };

const made = exactly({
  kind: { enum: ['macvlan', 'ipvlan'] },
  name: { ...json.text, maxLength: 15 },
  named: { ...json.truth, description: 'The name was chosen' },
  base: { ...json.text, description: 'Interface below' },
  family: { enum: [4, 6] },
  mac: orNull(json.text),
  mode: { enum: ['private', 'bridge', 'vepa'] },
  group: orNull({ type: 'integer', minimum: 0, maximum: 0x7fffffff }),
  netlink_notify_msg: json.truth,
  address: orNull(exactly({ ip: json.address, prefixLength: { type: 'integer', minimum: 0, maximum: 128 } })),
});

const firewall: JsonSchema = {
  ...exactly({
    nftables: orNull({ ...json.text, description: 'Table' }),
    nftables_priority: { type: 'integer' },
    nftables_ifindex: json.truth,
    nftables_counters: json.truth,
    vrrp_iptables: orNull(exactly({ input: json.text, output: json.text })),
    vrrp_ipsets: orNull(
      exactly({ address4: json.text, address6: json.text, linkLocal: json.text, igmp: json.text, mld: json.text, nd: json.text }),
    ),
  }),
  description: 'Firewall for no_accept and virtual MACs',
};

const port: JsonSchema = { type: 'integer', minimum: 0, maximum: 65535 };
const span = duration(0, Number.MAX_SAFE_INTEGER);
const count: JsonSchema = { type: 'integer', minimum: 0 };

/** What inheritance and the blocks of checks come to. */
const checker: JsonSchema = {
  type: 'object',
  properties: {
    kind: {
      enum: [
        'TCP_CHECK',
        'PING_CHECK',
        'UDP_CHECK',
        'HTTP_GET',
        'SSL_GET',
        'SMTP_CHECK',
        'DNS_CHECK',
        'MISC_CHECK',
        'FILE_CHECK',
        'BFD_CHECK',
      ],
    },
    timing: exactly({
      delay_loop: span,
      warmup: span,
      retry: count,
      delay_before_retry: span,
      alpha: json.truth,
      log_all_failures: json.truth,
    }),
    target: exactly({
      ip: json.address,
      port,
      bindto: orNull(json.address),
      bind_port: orNull(port),
      bind_if: orNull(json.text),
      fwmark: count,
      connect_timeout: span,
    }),
  },
  required: ['kind'],
};

/** Properties that are worked out, or that are not what their word takes, by the path of their block. */
const derived: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>> = {
  global_defs: {
    dynamic_interfaces: { ...json.truth, description: 'Interfaces need not exist yet' },
    allow_if_changes: { ...json.truth, description: 'They may come back as another kind' },
    vrrp_garp_interval: pace,
    vrrp_gna_interval: pace,
    vrrp_v3_checksum_as_v2: { ...json.truth, description: 'As v3_checksum_as_v2' },
    lvs_flush_on_stop: { enum: ['each', 'VS', 'all'], description: 'What goes from the IPVS table at stop' },
    nftables_ipvs: { ...orNull(json.text), description: 'Table that marks the traffic of groups' },
    firewall,
  },
  vrrp_instance: {
    use_vmac: { ...orNull(made), description: 'The interface that carries the virtual MAC' },
    use_ipvlan: { ...orNull(made), description: 'The ipvlan it works on' },
    use_vmac_addr: { ...json.truth, description: 'Make VMACs for addresses placed on other interfaces' },
    vmac_xmit_base: { ...json.truth, description: 'Adverts go through the parent interface' },
    address_vmacs: { type: 'array', items: made, description: 'VMACs of addresses on other interfaces' },
    family: { enum: [4, 6], description: 'Family of the addresses' },
    old_unicast_checksum: { enum: ['auto', 'always', 'never'], description: 'Sum of version 3 unicast adverts over IPv4' },
    restore_limit: { type: 'integer', minimum: 0, maximum: 1000, description: 'As restore_limit of ka_ts' },
    config_faults: { ...json.texts, description: 'Why the instance must stay in FAULT; empty: it may run' },
  },
  vrrp_track_process: {
    param_match: { enum: ['none', 'exact', 'initial', 'partial'], description: 'How parameters are compared' },
    terminate_delay: duration(0, 3600e6),
    fork_delay: duration(0, 3600e6),
  },
  virtual_server: {
    key: { type: 'object', description: 'Address, mark or group that the service is known by', required: ['kind'] },
    flags: { ...exactly({ 'sched-1': json.truth, 'sched-2': json.truth, 'sched-3': json.truth }), description: 'Flags of the scheduler' },
    persistence: {
      ...orNull(exactly({ timeout: { type: 'integer', minimum: 1 }, granularity: {}, engine: orNull(json.text) })),
      description: 'null: each connection on its own',
    },
  },
  'virtual_server/real_server': {
    ip: json.address,
    port: { type: 'integer', minimum: 0, maximum: 65535, description: 'As the kernel gets it' },
    checkers: { type: 'array', items: checker, description: 'Checks with everything inherited' },
  },
  'vrrp_instance/auth_hmac': {
    keys: { type: 'array', items: exactly({ id: json.octet, hex: json.text, file: orNull(json.text) }), description: 'Secret' },
  },
};

/** Schema of Config as JSON. Times are microseconds; null is what nobody wrote and nothing replaces. */
export function configSchema(root: Table): JsonSchema {
  // What stands outside of blocks is about the daemon too.
  const loose = Object.entries(root).filter(([, row]) => 'arg' in row);
  const blocks = Object.fromEntries(Object.entries(root).filter(([, row]) => !('arg' in row)));
  const schema = objectOf(blocks, '', {});
  const daemon = schema.properties?.global_defs?.anyOf?.[0] ?? schema.properties?.global_defs;
  const properties = { ...daemon?.properties, ...objectOf(Object.fromEntries(loose), '', {}).properties };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of ka-ts',
    description: 'What a keepalived.conf means, defaults applied. Times are microseconds.',
    ...schema,
    properties: { ...schema.properties, ...(daemon ? { global_defs: { ...daemon, properties } } : {}) },
    $defs: {
      position: {
        ...exactly({ file: json.text, line: { type: 'integer', minimum: 0 }, column: { type: 'integer', minimum: 0 } }),
        description: 'Where it stands, counted from 1',
      },
    },
  };
}

function objectOf(table: Table, path: string, more: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const properties: Record<string, JsonSchema> = { ...more };
  for (const [keyword, row] of Object.entries(table)) {
    if (row.as !== undefined) continue;
    properties[keyword] = described(row, propertyOf(keyword, row, path === '' ? keyword : `${path}/${keyword}`));
  }
  return { type: 'object', properties: { ...properties, ...derived[path] }, additionalProperties: false };
}

function propertyOf(keyword: string, row: Row, path: string): JsonSchema {
  if ('arg' in row) return settingOf(keyword, row);
  if ('entry' in row) return { type: 'array', items: jsonOf(keyword, row, row.entry) };
  const named = { name: json.text, position: json.position };
  if ('named' in row) return { type: 'array', items: { type: 'object', properties: { ...named, entries: { type: 'array' } } } };
  if (!('block' in row)) return {};
  if (!row.header) return orNull(objectOf(row.block, path, {}));
  return { type: 'array', items: { ...objectOf(row.block, path, named), required: Object.keys(named) } };
}

function settingOf(keyword: string, row: ValueRow): JsonSchema {
  const schema = jsonOf(keyword, row, row.arg);
  if (row.repeat === 'all') return { type: 'array', items: schema };
  return row.default === undefined ? orNull(schema) : { ...schema, default: row.default };
}

function described(row: Row, schema: JsonSchema): JsonSchema {
  const unit = schema.description ?? schema.anyOf?.[0]?.description;
  const description = unit === undefined ? row.doc : `${row.doc} (${unit})`;
  return {
    description,
    ...schema,
    ...(schema.description === undefined ? {} : { description }),
    ...(row.deprecated ? { deprecated: true } : {}),
  };
}

/** What the type says, else what the value of an example looks like. */
function jsonOf(keyword: string, row: ValueRow | ListRow, arg: ArgType<unknown>): JsonSchema {
  if (arg.json) return arg.json;
  const words = argumentOf(row) ? sampleOf(keyword, row, row.example ?? null) : null;
  const setting = words === null ? undefined : readSample(keyword, row, words)?.setting;
  const first =
    'entry' in row || row.repeat === 'all'
      ? (setting as readonly Setting<unknown>[] | undefined)?.[0]
      : (setting as Setting<unknown> | undefined);
  return first === undefined ? {} : likeValue(first.value);
}

function likeValue(value: unknown): JsonSchema {
  if (value === null || value === undefined) return {};
  if (Array.isArray(value)) return { type: 'array', ...(value.length > 0 ? { items: likeValue(value[0]) } : {}) };
  if (typeof value === 'object') {
    return { type: 'object', properties: Object.fromEntries(Object.entries(value).map(([key, v]) => [key, likeValue(v)])) };
  }
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' };
  return typeof value === 'boolean' ? json.truth : json.text;
}
