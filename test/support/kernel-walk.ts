// SPDX-License-Identifier: MIT
// A random walk over a namespace's links, addresses, routes and rules, and what must come of it: a pure function of what `ip` shows in the end,
// written from the reference and without a look at the program.

/** What `ip -j address` tells of a link. */
export interface ShownLink {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info?: readonly { readonly family: string; readonly local: string; readonly scope: string; readonly tentative?: boolean }[];
}

/** What `ip -j route show` tells of a route of ours. */
export interface ShownRoute {
  readonly dst: string;
  readonly dev?: string;
}

export interface ShownRule {
  readonly priority: number;
}

export interface WalkRouter {
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly ifname: string;
  /** Addresses without prefix length; on `holder`. */
  readonly vips: readonly string[];
  readonly holder: string;
  /** Interfaces tracked with weight 0. */
  readonly tracks: readonly string[];
  /** An interface tracked with this weight, down: it is added. */
  readonly weighs?: { readonly ifname: string; readonly weight: number };
  /** The interface that the router makes for itself, with its virtual MAC; `holder` is the same. */
  readonly vmac?: string;
  /** Virtual routes, as the configuration and `ip route show` write them: DESTINATION dev INTERFACE. */
  readonly routes?: readonly string[];
  /** A virtual rule, of the router's family. */
  readonly rule?: { readonly words: string; readonly preference: number };
  /** A configured source; `watched`: it must be there (track_src_ip). */
  readonly source?: { readonly address: string; readonly watched: boolean };
}

export const interfaces = ['e0', 'e1', 'e2', 'e3'] as const;
export const basePriority = 100;

export const routers: readonly WalkRouter[] = [
  {
    vrid: 1,
    family: 4,
    ifname: 'e0',
    holder: 'e0',
    vips: ['192.0.0.101', '192.0.0.102'],
    tracks: [],
    routes: ['10.81.0.0/16 dev e0', 'fd00:81::/48 dev e0'],
  },
  { vrid: 2, family: 4, ifname: 'e1', holder: 'e2', vips: ['192.0.2.102'], tracks: [] },
  { vrid: 3, family: 4, ifname: 'e0', holder: 'e0', vips: ['192.0.0.103'], tracks: ['e3'], routes: ['10.83.0.0/16 dev e3'] },
  { vrid: 4, family: 4, ifname: 'e1', holder: 'e1', vips: ['192.0.1.104'], tracks: [], source: { address: '192.0.1.1', watched: false } },
  { vrid: 5, family: 4, ifname: 'e0', holder: 'e0', vips: ['192.0.0.105'], tracks: [], source: { address: '192.0.0.2', watched: true } },
  {
    vrid: 6,
    family: 4,
    ifname: 'e2',
    holder: 'e2',
    vips: ['192.0.2.106'],
    tracks: [],
    weighs: { ifname: 'e3', weight: -20 },
    rule: { words: 'from 10.86.0.0/16 table 86', preference: 8600 },
  },
  { vrid: 7, family: 6, ifname: 'e1', holder: 'e1', vips: ['fe80::77:7', 'fd00:1::107'], tracks: ['e0'], routes: ['fd00:87::/48 dev e1'] },
  {
    vrid: 8,
    family: 6,
    ifname: 'e3',
    holder: 'e3',
    vips: ['fe80::77:8'],
    tracks: [],
    rule: { words: 'to fd00:88::/48 table 88', preference: 8800 },
  },
  { vrid: 9, family: 4, ifname: 'e2', holder: 'v9', vips: ['192.0.2.109'], tracks: [], vmac: 'v9', routes: ['10.89.0.0/16 dev v9'] },
  { vrid: 10, family: 6, ifname: 'e3', holder: 'v10', vips: ['fe80::77:a'], tracks: [], vmac: 'v10' },
];

/** keepalived.conf of all of them. `interval` in seconds. */
export function walkConfiguration(interval: number): string {
  const instance = (r: WalkRouter) => `vrrp_instance VI_${r.vrid} {
  state BACKUP
  interface ${r.ifname}
  version 3
  virtual_router_id ${r.vrid}
  priority ${basePriority}
  advert_int ${interval}
  garp_master_delay 0
  ${r.vmac ? `use_vmac ${r.vmac}` : ''}
  ${r.source ? `mcast_src_ip ${r.source.address}` : ''}
  ${r.source?.watched ? 'track_src_ip' : ''}
  virtual_ipaddress {
${r.vips.map((vip) => `    ${vip}/${r.family === 4 ? 24 : 64}${r.vmac ? '' : ` dev ${r.holder}`}\n`).join('')}  }
  ${r.routes ? `virtual_routes {\n    ${r.routes.join('\n    ')}\n  }` : ''}
  ${r.rule ? `virtual_rules {\n    ${r.rule.words} priority ${r.rule.preference}\n  }` : ''}
  track_interface {
${r.tracks.map((name) => `    ${name}\n`).join('')}${r.weighs ? `    ${r.weighs.ifname} weight ${r.weighs.weight}\n` : ''}  }
}
`;
  // A route names an interface that its instance only makes.
  const globals = 'global_defs {\n  dynamic_interfaces\n}\n';
  return globals + routers.map(instance).join('').replaceAll('  track_interface {\n  }\n', '');
}

export interface Expected {
  readonly state: 'MASTER' | 'FAULT';
  readonly priority: number;
}

/** Routes and rules as the configuration writes them, from all that `ip route show` and `ip rule show` tell. */
export function heldPolicies(router: WalkRouter, routes: readonly ShownRoute[], rules: readonly ShownRule[]): string[] {
  const shown = new Set(routes.map(({ dst, dev }) => `${dst} dev ${dev}`));
  const { routes: wanted = [], rule } = router;
  return [
    ...wanted.filter((route) => shown.has(route)),
    ...(rule && rules.some((r) => r.priority === rule.preference) ? [rule.words] : []),
  ];
}

const allVips = new Set(routers.flatMap((r) => r.vips));

/** Reference sections 6.6, 7.2, 7.6 and 12: the state of a router that is alone on its link. */
export function expected(router: WalkRouter, links: readonly ShownLink[]): Expected {
  const link = (name: string) => links.find((l) => l.ifname === name);
  const isUp = (name: string) => {
    const flags = link(name)?.flags ?? [];
    // `ip` writes NO-CARRIER for a link that is up and not running.
    return flags.includes('UP') && !flags.includes('NO-CARRIER');
  };
  // Section 10.1: a virtual MAC for IPv6 has a link-local address of its own, one for IPv4 sends from its parent's.
  const own = link(router.vmac && router.family === 6 ? router.vmac : router.ifname)?.addr_info ?? [];
  const usable = own.filter((a) => a.family === (router.family === 4 ? 'inet' : 'inet6') && !a.tentative && !allVips.has(a.local));
  const hasSource = router.source
    ? !router.source.watched || usable.some((a) => a.local === router.source?.address)
    : usable.some((a) => router.family === 4 || a.scope === 'link');
  const healthy = [router.ifname, router.holder, ...router.tracks].every(isUp) && hasSource;
  const weight = router.weighs && !isUp(router.weighs.ifname) ? router.weighs.weight : 0;
  return { state: healthy ? 'MASTER' : 'FAULT', priority: basePriority + weight };
}

/** What an interface gets when it is made: sources for both families. */
export function sources(ifname: string): string[] {
  const n = ifname.slice(1);
  return [
    `address add 192.0.${n}.1/24 dev ${ifname}`,
    `address add 192.0.${n}.2/24 dev ${ifname}`,
    `address add fe80::1:${n}/64 dev ${ifname} nodad`,
  ];
}

/** Lines for `ip -batch` that make an interface, up, with its other end pN up as well. */
export function birth(ifname: string): string[] {
  const peer = ifname.replace('e', 'p');
  return [
    `link add ${ifname} type veth peer name ${peer}`,
    `link set ${ifname} addrgenmode none`,
    `link set ${peer} addrgenmode none up`,
    `link set ${ifname} up`,
    ...sources(ifname),
  ];
}

/** One event of the walk, as lines for `ip -force -batch`, or with -6 in front for that of IPv6: what does not apply in the present state fails and changes nothing. */
export function event(roll: (n: number) => number): string[] {
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)] as T;
  const ifname = pick(interfaces);
  const [peer, other] = [ifname.replace('e', 'p'), ifname.replace('e', 'x')];
  const router = pick(routers);
  const vip = `${pick(router.vips)}/${router.family === 4 ? 24 : 64} dev ${router.holder}`;
  switch (roll(19)) {
    case 0:
    case 1:
      return [`link set ${ifname} up`];
    case 2:
      return [`link set ${ifname} down`];
    case 3:
      return [`link set ${peer} down`];
    case 4:
    case 5:
      return [`link set ${peer} up`];
    case 6:
      return [`link del ${ifname}`];
    case 7:
    case 8:
      return birth(ifname);
    case 9:
      return [`link set ${ifname} down`, `link set ${ifname} name ${other}`, `link set ${other} up`];
    case 10:
      return [`link set ${other} down`, `link set ${other} name ${ifname}`, `link set ${ifname} up`];
    case 11:
      return [pick(sources(ifname)).replace('add', 'del').replace(' nodad', '')];
    case 12:
      return [pick(sources(ifname))];
    case 13:
      return sources(ifname);
    case 14:
      return [`address del ${vip}`];
    case 15:
      return [pick(['link del VMAC', 'link set VMAC down', 'link set VMAC up']).replace('VMAC', pick(['v9', 'v10']))];
    case 16:
      return [`route del ${pick(routers.flatMap((r) => r.routes ?? []))}`];
    case 17: {
      const { family, rule } = pick(routers.filter((r) => r.rule));
      return [`${family === 6 ? '-6 ' : ''}rule del priority ${rule?.preference}`];
    }
    default:
      // Somebody else plants an address of ours, and takes it away.
      return [`address add ${vip}`, `address del ${vip}`];
  }
}

/** Lines that make everything whole again, so that walks do not end in ruins. */
export function repair(): string[] {
  return interfaces.flatMap((ifname) => {
    const [peer, other] = [ifname.replace('e', 'p'), ifname.replace('e', 'x')];
    const undone = [`link set ${other} down`, `link set ${other} name ${ifname}`, 'link del v9', 'link del v10'];
    return [...undone, ...birth(ifname), `link set ${peer} up`, `link set ${ifname} up`];
  });
}
