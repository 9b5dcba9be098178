// SPDX-License-Identifier: MIT
// Who should hold the addresses while all is well, and whether priority, state and preemption say the same.

import type { Block, Setting } from '../keyword.ts';
import { settle } from './election.ts';
import { type Member, placeIn } from './nodes.ts';
import type { ClusterFinding } from './types.ts';
import { type World, whyOf } from './world.ts';

export function roleFindings(world: World): ClusterFinding[] {
  return [...owners(world), ...ties(world), ...states(world), ...clearedNopreempt(world), ...oneWay(world)];
}

function owners(world: World): ClusterFinding[] {
  const owning = world.members.filter((m) => m.instance.priority === 255);
  if (owning.length < 2) return [];
  return [
    {
      code: 'cluster-owners',
      severity: 'error',
      router: world.name,
      message: `${owning.length} nodes have priority 255, which is for the one that owns the addresses`,
      places: owning.map((m) => placeIn(m, ['priority'], 'priority 255')),
      effect:
        'both begin as MASTER; the higher address wins after some seconds, and keepalived logs a CONFIGURATION ERROR. Weights have no effect on either',
      advice: 'give the nodes different priorities, 254 at most',
    },
  ];
}

/** Equal sums at the top while nothing fails. */
function ties(world: World): ClusterFinding[] {
  const standings = world.standings(0n);
  const best = Math.max(...standings.map((s) => (typeof s === 'number' ? s : 0)));
  const top = world.members.filter((_, n) => standings[n] === best);
  if (top.length < 2 || best === 255 || best === 0) return [];
  const samePriority = new Set(top.map((m) => m.instance.priority)).size === 1;
  return [
    {
      code: samePriority ? 'cluster-same-priority' : 'cluster-equal',
      severity: 'warning',
      router: world.name,
      message: samePriority
        ? `${andList(top.map((m) => m.node.name))} have the same priority ${best}`
        : `while every check succeeds ${andList(top.map((m) => m.node.name))} are equal: ${best}`,
      places: top.map((m) => placeIn(m, ['priority'], `priority ${m.instance.priority}`)),
      effect: `whoever is MASTER first stays it. When they start together ${byAddress(world, top)}`,
      advice: 'give the node that should hold the addresses a higher priority',
    },
  ];
}

function byAddress(world: World, top: readonly Member[]): string {
  const known = top.every((m) => m.source !== null);
  const winner = world.members[world.normal[0] ?? -1];
  if (!known || !winner) return 'the one with the higher address on its interface wins; the files do not say which';
  return `${winner.node.name} wins by its higher address ${winner.source}`;
}

/** `state MASTER` only decides for an owner; people read it as "this one". */
function states(world: World): ClusterFinding[] {
  const masters = world.members.filter((m) => m.instance.state === 'MASTER' && m.instance.priority !== 255);
  const holder = world.members[world.normal[0] ?? -1];
  if (!holder || world.normal.length !== 1) return [];
  const place = (m: Member) => placeIn(m, ['state'], `state ${m.instance.state}, ${sumText(world, m)}`);
  if (masters.length > 1) {
    return [
      {
        code: 'cluster-masters',
        severity: 'notice',
        router: world.name,
        message: `state MASTER stands on ${masters.length} nodes`,
        places: masters.map(place),
        effect: 'none on who holds the addresses, which priority decides; but nopreempt and preempt_delay do not work with it',
        advice: 'write state BACKUP on every node',
      },
    ];
  }
  const [master] = masters;
  if (!master || master === holder || whyOf(world.standings(0n), world.normal, []) === 'address') return [];
  return [
    {
      code: 'cluster-state',
      severity: 'warning',
      router: world.name,
      message: `state MASTER stands on ${master.node.name}, but ${holder.node.name} will hold the addresses`,
      places: [master, holder].map(place),
      effect: 'priority decides, not state',
      advice: `raise the priority of ${master.node.name}, or write state MASTER on ${holder.node.name}`,
    },
  ];
}

function clearedNopreempt(world: World): ClusterFinding[] {
  return world.members.flatMap((m): ClusterFinding[] => {
    const { instance, node } = m;
    if (instance.nopreempt || instance.state !== 'MASTER' || instance.priority === 255) return [];
    const block = ((node.tree?.settings.vrrp_instance ?? []) as readonly Block[]).find((b) => b.name === instance.name);
    if ((block?.settings.nopreempt as Setting<unknown> | undefined)?.value !== true) return [];
    return [
      {
        code: 'cluster-nopreempt-cleared',
        severity: 'warning',
        router: world.name,
        message: `nopreempt on ${node.name} has no effect beside state MASTER`,
        places: [placeIn(m, ['nopreempt'], 'nopreempt'), placeIn(m, ['state'], 'state MASTER')],
        effect: `${node.name} takes the addresses back as soon as it is better`,
        advice: `write state BACKUP on ${node.name}`,
      },
    ];
  });
}

/** The normal holder fails, comes back, and does not get the addresses back. */
function oneWay(world: World): ClusterFinding[] {
  const [holder] = world.normal;
  const m = world.members[holder ?? -1];
  if (holder === undefined || !m?.instance.nopreempt || world.normal.length !== 1) return [];
  const without = world.standings(0n).map((s, n) => (n === holder ? ('lost' as const) : s));
  const meanwhile = settle(world, without, world.normal).active;
  const back = world.from(meanwhile, 0n).active;
  const [stays] = back;
  const other = world.members[stays ?? -1];
  if (!other || stays === holder) return [];
  return [
    {
      code: 'cluster-one-way',
      severity: 'notice',
      router: world.name,
      message: `nopreempt makes this one-way: after ${m.node.name} failed and came back, ${other.node.name} keeps the addresses`,
      places: [m, other].map((x) =>
        placeIn(x, x.instance.nopreempt ? ['nopreempt'] : ['priority'], `${x.instance.nopreempt ? 'nopreempt, ' : ''}${sumText(world, x)}`),
      ),
      effect: `until ${other.node.name} fails, stops or is set to FAULT; nothing else brings them back`,
      advice: 'this is what nopreempt is for; take it out where the addresses should return by themselves',
    },
  ];
}

/** `100 + 2 = 102` */
export function sumText(world: World, m: Member, failing = 0n): string {
  const n = world.members.indexOf(m);
  const standing = world.standings(failing)[n];
  if (standing === undefined || typeof standing !== 'number') return 'FAULT';
  const base = m.instance.priority;
  const difference = standing - base;
  return difference === 0 ? String(standing) : `${base} ${difference > 0 ? '+' : '−'} ${Math.abs(difference)} = ${standing}`;
}

/** `a and b`, `a, b and c` */
export function andList(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
