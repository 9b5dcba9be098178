// SPDX-License-Identifier: MIT
// What is on one node and not on another: instances, VRIDs used for something else, addresses under another instance,
// groups with other members.

import type { Block, Setting } from '../keyword.ts';
import { isUnicast, type Member, type Node, placed, placeIn } from './nodes.ts';
import type { Router } from './routers.ts';
import type { ClusterFinding, ClusterPlace } from './types.ts';

export function structureFindings(nodes: readonly Node[], routers: readonly Router[]): ClusterFinding[] {
  return [...routers.flatMap((r) => missing(nodes, r)), ...clashes(routers), ...groups(nodes, routers)];
}

function missing(nodes: readonly Node[], router: Router): ClusterFinding[] {
  const absent = nodes.filter((node) => !router.members.some((m) => m.node === node));
  if (absent.length === 0) return [];
  const names = absent.map((n) => n.name).join(' and ');
  const alone = router.members.length === 1;
  return [
    {
      code: 'cluster-missing',
      severity: alone ? 'error' : 'warning',
      router: router.name,
      message: `no instance on ${names} has this name or one of these addresses`,
      places: router.members.map((m) => placeIn(m, [], `vrrp_instance ${m.instance.name}`)),
      effect: alone ? `nobody takes over when ${router.members[0]?.node.name} fails` : `${names} cannot take over`,
      advice: `add the instance to ${names}, with the same virtual_router_id and addresses`,
    },
  ];
}

/** Different virtual routers of different nodes with one VRID, or with one address. */
function clashes(routers: readonly Router[]): ClusterFinding[] {
  return routers.flatMap((a, i) =>
    routers.slice(i + 1).flatMap((b) => {
      const pairs = a.members.flatMap((m) => b.members.flatMap((n) => (m.node === n.node ? [] : [[m, n] as const])));
      return [
        ...pairs.flatMap(([m, n]) => sameVrid(a, b, m, n)).slice(0, 1),
        ...pairs.flatMap(([m, n]) => sameAddress(a, b, m, n)).slice(0, 1),
      ];
    }),
  );
}

function sameVrid(a: Router, b: Router, m: Member, n: Member): ClusterFinding[] {
  const [x, y] = [m.instance, n.instance];
  if (x.virtual_router_id !== y.virtual_router_id || x.family !== y.family) return [];
  // Unicast routers only meet when one names the other; multicast ones meet on a network, which names only hint at.
  if (isUnicast(x) || isUnicast(y) || x.mcast_dst_ip !== y.mcast_dst_ip) return [];
  const near = x.interface === y.interface;
  return [
    {
      code: 'cluster-vrid-reused',
      severity: near ? 'error' : 'warning',
      router: a.name,
      message: `VRID ${x.virtual_router_id} is ${a.name} on ${m.node.name} and ${b.name} on ${n.node.name}`,
      places: [m, n].map((one) => placeIn(one, ['virtual_router_id'], `${one.instance.name} on ${one.instance.interface}`)),
      effect: `${near ? '' : 'if these interfaces are on one network: '}each takes the adverts of the other for its own, and one of the two services is down`,
      advice: 'give each virtual router a VRID of its own',
    },
  ];
}

function sameAddress(a: Router, b: Router, m: Member, n: Member): ClusterFinding[] {
  const all = (one: Member) => [...one.instance.virtual_ipaddress, ...one.instance.virtual_ipaddress_excluded];
  const common = all(m).find((v) => all(n).some((w) => v.ip === w.ip));
  if (!common) return [];
  const place = (one: Member): ClusterPlace => {
    const listed = one.instance.virtual_ipaddress.some((v) => v.ip === common.ip);
    return placeIn(one, [listed ? 'virtual_ipaddress' : 'virtual_ipaddress_excluded'], `${common.ip} in ${one.instance.name}`, common.ip);
  };
  return [
    {
      code: 'cluster-address-elsewhere',
      severity: 'error',
      router: a.name,
      message: `${common.ip} belongs to ${a.name} on ${m.node.name} and to ${b.name} on ${n.node.name}`,
      places: [place(m), place(n)],
      effect: 'the two elect their MASTER apart from each other, so both nodes can hold the address',
      advice: 'put the address into one virtual router',
    },
  ];
}

/** Groups are compared as written: their members by virtual router, since names may differ between nodes. */
function groups(nodes: readonly Node[], routers: readonly Router[]): ClusterFinding[] {
  const routerOf = (node: Node, instance: string) =>
    routers.find((r) => r.members.some((m) => m.node === node && m.instance.name === instance));
  const sets = nodes.flatMap((node) =>
    ((node.tree?.settings.vrrp_sync_group ?? []) as readonly Block[]).map((block) => {
      const names = ((block.settings.group ?? []) as readonly Setting<string>[]).map((s) => s.value);
      return { node, block, names, routers: new Set(names.flatMap((name) => routerOf(node, name) ?? [])) };
    }),
  );
  const key = (set: ReadonlySet<Router>) =>
    [...set]
      .map((r) => r.name)
      .sort()
      .join(', ');
  const done = new Set<string>();
  return sets.flatMap((one): ClusterFinding[] => {
    const same = sets.filter((other) => [...other.routers].some((r) => one.routers.has(r)));
    const without = nodes.filter(
      (n) => !same.some((s) => s.node === n) && [...one.routers].filter((r) => r.members.some((m) => m.node === n)).length > 1,
    );
    const differ = new Set(same.map((s) => key(s.routers))).size > 1 || without.length > 0;
    const id = same.map((s) => `${s.node.name} ${s.block.name}`).join();
    if (!differ || done.has(id)) return [];
    done.add(id);
    return [
      {
        code: 'cluster-sync-group',
        severity: 'warning',
        router: null,
        message: `sync group ${one.block.name} does not have the same members on every node`,
        places: [
          ...same.map((s) => placed(s.node, s.block.place, `${s.block.name}: ${s.names.join(', ')}`)),
          ...without.map((n) => placed(n, { file: n.file, line: 1, column: 1 }, 'no such group')),
        ],
        effect: 'the instances move together on one node and apart on the other, so they can end up on different nodes',
        advice: 'write the same group on every node',
      },
    ];
  });
}
