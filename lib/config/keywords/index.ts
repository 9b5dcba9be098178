// SPDX-License-Identifier: MIT
// The root of the built-in grammar: root keywords and the nesting of blocks.

import { constant, flag, interfaceDelay, linkbeat, optionalText, text } from '../args.ts';
import { staticAddress } from '../entries.ts';
import { keywords, type Row, type Table } from '../keyword.ts';
import { groupEntry, serviceHeader } from '../lvs-args.ts';
import { secondsWhole } from '../numbers.ts';
import { ruleEntry } from '../policy-rules.ts';
import { routeEntry } from '../routes.ts';
import { globalDefs } from './global-defs.ts';
import { bfdInstance, trackFile, trackProcess } from './track-objects.ts';
import { tlsMaterial, virtualServer } from './virtual-server.ts';
import { garpGroup, syncGroup, trackGroup } from './vrrp-groups.ts';
import { vrrpInstance } from './vrrp-instance.ts';
import { vrrpScript } from './vrrp-script.ts';

const never = 'never' as const;
/** A block without a name that may be written several times, each time another object. */
const anyName = constant('' as string);

export const root = keywords({
  global_defs: { block: globalDefs, doc: 'Daemon-wide settings; may appear more than once' },
  vrrp_script: { block: vrrpScript, header: text('NAME'), doc: 'Periodic check script that instances can track', example: 'chk_haproxy' },
  vrrp_instance: {
    block: vrrpInstance,
    header: text('NAME'),
    duplicate: 'vrrp instance %s already defined',
    doc: 'One virtual router',
    example: 'VI_1',
  },
  linkbeat_use_polling: {
    arg: flag,
    default: false,
    reload: 'live',
    doc: 'Watch link state of every VRRP interface by polling instead of netlink',
  },
  net_namespace: {
    arg: text('NAME'),
    repeat: { first: 'Duplicate net_namespace definition %v - ignoring' },
    reload: never,
    doc: 'Run all processes in this network namespace',
  },
  net_namespace_ipvs: {
    arg: optionalText('NAME'),
    repeat: { first: 'Duplicate net_namespace_ipvs definition %v - ignoring' },
    reload: never,
    doc: 'Namespace that receives the IPVS set-up',
  },
  namespace_with_ipsets: {
    arg: flag,
    reload: never,
    doc: 'Permit ipsets inside a namespace on kernels older than 3.13; newer ones always do',
  },
  use_pid_dir: { arg: flag, reload: never, doc: 'Place pid files in a keepalived sub-directory of the run directory' },
  instance: {
    arg: text('NAME'),
    repeat: { first: 'Duplicate instance definition %v - ignoring' },
    reload: never,
    doc: 'Instance name used in pid file and syslog names',
  },
  child_wait_time: {
    arg: secondsWhole(0, 0xffffffff),
    reload: never,
    doc: 'How long the parent waits for children while stopping; 5 when absent',
  },
  track_group: {
    block: trackGroup,
    header: text('NAME'),
    duplicate: 'track_group %s already defined',
    doc: 'Names the VRRP instances that depend on a static object',
    example: 'TG_1',
  },
  static_ipaddress: {
    entry: staticAddress,
    reload: 'live',
    doc: 'Addresses kept on the host regardless of VRRP state',
    example: '192.0.2.5/24 dev eth0',
  },
  static_routes: {
    entry: routeEntry(true),
    reload: 'live',
    doc: 'Routes kept on the host regardless of VRRP state',
    example: '198.51.100.0/24 via 192.0.2.1 dev eth0',
  },
  static_rules: {
    entry: ruleEntry(true),
    reload: 'live',
    doc: 'Policy rules kept on the host regardless of VRRP state',
    example: 'from 192.0.2.0/24 table 100',
  },
  vrrp_sync_group: {
    block: syncGroup,
    header: text('NAME'),
    duplicate: 'vrrp sync group %s already defined',
    doc: 'Set of instances that change state together',
    example: 'VG_1',
  },
  garp_group: { block: garpGroup, header: anyName, doc: 'Pacing of gratuitous ARP and unsolicited NA for some interfaces' },
  linkbeat_interfaces: { entry: linkbeat, reload: 'live', doc: 'Interfaces whose link state is polled' },
  vrrp_track_process: { block: trackProcess, header: text('NAME'), doc: 'Watches for running processes', example: 'haproxy' },
  interface_up_down_delays: { entry: interfaceDelay, reload: 'live', doc: 'Debounce times for interface state changes' },
  SSL: { block: tlsMaterial, doc: 'TLS material for SSL_GET' },
  virtual_server_group: {
    named: groupEntry,
    header: text('NAME'),
    reload: 'live',
    doc: 'Addresses, ranges and fwmarks shared by a virtual server',
    example: 'web',
  },
  virtual_server: { block: virtualServer, header: serviceHeader, doc: 'An IPVS service', example: '192.0.2.10 80' },
  bfd_instance: {
    block: bfdInstance,
    header: text('NAME', { max: 31 }),
    duplicate: 'BFD instance %s already configured - ignoring',
    doc: 'A BFD session',
    example: 'router1',
  },
  track_file: {
    block: trackFile,
    header: text('NAME'),
    doc: 'File whose number steers VRRP priorities or real server weights',
    example: 'maintenance',
  },
  vrrp_track_file: {
    as: 'track_file',
    block: trackFile,
    header: text('NAME'),
    deprecated: { use: 'track_file', quietly: true },
    doc: 'As track_file',
  },
});

/** The block that `keyword` belongs in, for hints about misplaced words. The first home found wins. */
export function homeOf(keyword: string): string | undefined {
  homes ??= homesOf(root);
  return homes.get(keyword);
}

/** Made when first asked for: most configurations have no misplaced word. */
let homes: ReadonlyMap<string, string> | null = null;

function homesOf(table: Table): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (rows: Table, where: string): void => {
    for (const keyword of Object.keys(rows)) if (!found.has(keyword)) found.set(keyword, where);
    for (const [keyword, row] of Object.entries(rows)) if ('block' in row) visit(row.block, keyword);
  };
  visit(table, 'the root level');
  return found;
}

/** Every row with its block path (`/` for the root), for documents and tests. */
export function* rowsOf(table: Table, path = '/'): Generator<readonly [path: string, keyword: string, row: Row]> {
  for (const [keyword, row] of Object.entries(table)) {
    yield [path, keyword, row];
    if ('block' in row) yield* rowsOf(row.block, join(path, keyword));
  }
}

function join(path: string, keyword: string): string {
  return path === '/' ? keyword : `${path}/${keyword}`;
}
