// SPDX-License-Identifier: MIT
// `ka-ts check` over several files: all nodes of a cluster read together. Pure: configurations in, a report out.
//
// nodes.ts and routers.ts find which instances belong together, hearing.ts who accepts whose adverts, checks-of.ts what can
// fail. world.ts answers "what if", by election.ts; outcomes.ts makes the table of it, and the rules their findings:
// structure, mismatches and peers compare settings, roles and weights ask the world. render.ts prints.

import { parseSnapshot } from '../load.ts';
import type { Config } from '../model.ts';
import type { Loaded } from '../options.ts';
import { reportOf } from './checks-of.ts';
import { leftOut } from './left-out.ts';
import { mismatches } from './mismatches.ts';
import { nodeNames } from './names.ts';
import type { Node } from './nodes.ts';
import { outcomesOf } from './outcomes.ts';
import { peerFindings } from './peers.ts';
import { roleFindings } from './roles.ts';
import { findRouters } from './routers.ts';
import { structureFindings } from './structure.ts';
import type { ClusterFinding, ClusterReport, RouterReport } from './types.ts';
import { weightFindings } from './weights.ts';
import { type World, worldOf } from './world.ts';

export { renderCluster, renderWeights } from './render.ts';
export type * from './types.ts';

/** Reads the nodes as one cluster. A file that is refused on its own is left out, and said to be. Never throws. */
export function checkCluster(files: readonly { readonly file: string; readonly loaded: Loaded }[]): ClusterReport {
  const names = nodeNames(files.map((f) => f.file));
  const nodes = files.flatMap(({ file, loaded }, i): Node[] =>
    loaded.config ? [{ name: names[i] ?? file, file, config: loaded.config, tree: parseSnapshot(loaded.snapshot) }] : [],
  );
  const routers = findRouters(nodes);
  const worlds = routers.map((r) => worldOf(r));
  const refused = files.flatMap(({ file, loaded }, i) => (loaded.config ? [] : [unusable(names[i] ?? file, file)]));
  return {
    version: 1,
    nodes: files.map(({ file, loaded }, i) => ({ name: names[i] ?? file, file, usable: loaded.config !== null })),
    findings: worstFirst([
      ...refused,
      ...(nodes.length > 1 ? structureFindings(nodes, routers) : []),
      ...routers.flatMap((r) => [...mismatches(r), ...peerFindings(r)]),
      ...worlds.flatMap((w) => [...roleFindings(w), ...weightFindings(w), ...leftOut(w)]),
    ]),
    routers: worlds.map(routerReport),
  };
}

/** What the trackers of one node can do to its own priority and state; nothing is known of the others. */
export function checkWeights(config: Config): RouterReport[] {
  const node: Node = { name: 'this node', file: '', config, tree: null };
  return findRouters([node]).map((r) => routerReport(worldOf(r)));
}

function unusable(name: string, file: string): ClusterFinding {
  return {
    code: 'cluster-unusable',
    severity: 'error',
    router: null,
    message: `${name} is refused on its own`,
    places: [{ node: name, file, line: 1, column: 1, value: 'no usable configuration' }],
    effect: 'it is left out of everything below',
    advice: 'repair this file first',
  };
}

function routerReport(world: World): RouterReport {
  const [first] = world.members;
  if (!first) throw new Error('a virtual router without members');
  const { virtual_router_id: vrid, version, family, virtual_ipaddress } = first.instance;
  const standings = world.standings(0n);
  return {
    name: world.name,
    vrid,
    version,
    family,
    addresses: virtual_ipaddress.map((a) => a.ip),
    members: world.members.map(({ node, instance, source }, n) => {
      const standing = standings[n];
      return {
        node: node.name,
        instance: instance.name,
        state: instance.state,
        priority: instance.priority,
        sum: typeof standing === 'number' ? standing : null,
        preempts: !instance.nopreempt,
        source,
      };
    }),
    checks: world.checks.map((c) => reportOf(c, world.members)),
    outcomes: outcomesOf(world),
    coverage: world.coverage(),
  };
}

function worstFirst(findings: readonly ClusterFinding[]): ClusterFinding[] {
  const rank = { error: 0, warning: 1, notice: 2 } as const;
  return [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]);
}
