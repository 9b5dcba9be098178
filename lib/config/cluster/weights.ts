// SPDX-License-Identifier: MIT
// "My check fails and nothing fails over": what the weights can do, check by check.

import { type Check, checkId, weightText } from './checks-of.ts';
import { placeIn } from './nodes.ts';
import { andList, sumText } from './roles.ts';
import { bit, type Failing, fails, rawSum } from './standings.ts';
import type { ClusterFinding, ClusterPlace, ClusterSeverity } from './types.ts';
import { type World, withWeight } from './world.ts';

export function weightFindings(world: World): ClusterFinding[] {
  // Whoever does not hear the others holds the addresses whatever its checks say.
  if (world.normal.length !== 1) return [];
  const single = world.checks.flatMap((_, i) => powerless(world, i));
  return [
    ...single,
    ...world.checks.flatMap((_, i) => attracting(world, i)),
    ...(single.length === 0 ? brokenHolder(world) : []),
    ...differing(world),
    ...untracked(world),
    ...clamped(world),
    ...failedEverywhere(world),
  ];
}

/** A failure on a node that holds the addresses does not take them away from it. */
function powerless(world: World, check: number): ClusterFinding[] {
  const c = world.checks[check];
  if (!c || world.members.length < 2) return [];
  const holder = c.member;
  // Only where it holds the addresses for good while all is well; elsewhere its failure has nothing to move.
  if (world.from([holder], 0n).active.join() !== String(holder)) return [];
  const failing = bit(check);
  if (!world.from([holder], failing).active.includes(holder)) return [];
  const m = world.members[holder];
  if (!m) return [];
  const standings = world.standings(failing);
  const ours = standings[holder];
  const others = world.members.flatMap((x, n) =>
    n !== holder && typeof standings[n] === 'number' && world.hears(n, holder) ? [{ x, p: Number(standings[n]) }] : [],
  );
  const best = others.reduce<(typeof others)[number] | null>((most, o) => (most === null || o.p > most.p ? o : most), null);
  if (!best || typeof ours !== 'number') return [];
  const id = checkId(c, world.members);
  const sums = `${m.node.name} has ${sumText(world, m)} while it succeeds and ${sumText(world, m, failing)} when it fails; ${best.x.node.name} has ${sumText(world, best.x)}`;
  const places = [c.place, placeIn(best.x, ['priority'], `priority ${best.x.instance.priority}`)];
  const of = (code: string, severity: ClusterSeverity, message: string, effect: string, advice: string): ClusterFinding[] => [
    { code, severity, router: world.name, message, places, effect, advice },
  ];
  if (best.p > ours) {
    const at = [c.place, placeIn(best.x, ['nopreempt'], 'nopreempt')];
    const message = `${id} fails and nothing moves: nopreempt on ${best.x.node.name} lets it wait for ever`;
    const advice = `take nopreempt out on ${best.x.node.name}, or give the check weight 0, so that ${m.node.name} goes to FAULT`;
    return [{ code: 'cluster-nopreempt-blocks', severity: 'error', router: world.name, message, places: at, effect: sums, advice }];
  }
  const advice = adviceFor(world, check);
  if (best.p === ours) {
    const message = `${id} fails and both are equal: the addresses stay where they are`;
    return of('cluster-check-tie', 'error', message, `${sums}. An equal priority does not preempt`, advice);
  }
  const helper = together(world, check);
  if (helper === null) return of('cluster-check-inert', 'error', `${id} can never move the addresses`, sums, advice);
  const with_ = andList(helper.map((h) => checkId(h, world.members)));
  return of(
    'cluster-check-weak',
    'warning',
    `${id} moves the addresses only together with ${with_}`,
    sums,
    `${advice}, if it should do so alone`,
  );
}

/** The least other failures on the same holder that make this one count; null: none do. */
function together(world: World, check: number): Check[] | null {
  const holder = world.checks[check]?.member ?? -1;
  for (const others of world.combinations()) {
    if (fails(others, check)) continue;
    const holds = world.from([holder], others).active.includes(holder);
    if (holds && !world.from([holder], others | bit(check)).active.includes(holder)) return world.checks.filter((_, i) => fails(others, i));
  }
  return null;
}

/** Weights that would do, each tried out before it is named. */
function adviceFor(world: World, check: number): string {
  const c = world.checks[check];
  const m = world.members[c?.member ?? -1];
  if (!c || !m) return '';
  if (m.instance.priority === 255) return 'lower the priority below 255: an address owner ignores weights';
  const same = world.checks.flatMap((other, i) => (other.kind === c.kind && other.name === c.name ? [i] : []));
  const everywhere = same.length === world.members.length;
  const offers = [
    everywhere ? firstWeight(world, check, same, 1, (w) => `weight ${w} or more on every node`) : null,
    firstWeight(
      world,
      check,
      everywhere ? same : [check],
      -1,
      (w) => `weight ${w} or lower ${everywhere ? 'on every node' : `on ${m.node.name}`}`,
    ),
    firstWeight(world, check, [check], 0, () => `weight 0, which sends ${m.node.name} to FAULT`),
  ].filter((offer) => offer !== null);
  return `give ${c.name} ${offers.join(', or ') || 'weight 0, and bring the priorities nearer to each other'}`;
}

function firstWeight(
  world: World,
  check: number,
  where: readonly number[],
  sign: -1 | 0 | 1,
  text: (weight: number) => string,
): string | null {
  const holder = world.checks[check]?.member ?? -1;
  for (let size = 1; size <= 253; size++) {
    const weight = sign * size;
    const tried = withWeight(world, new Map(where.map((i) => [i, weight])));
    const keeps = tried.from([holder], 0n).active.join() === String(holder);
    if (keeps && !tried.from([holder], bit(check)).active.includes(holder)) return text(weight);
    if (sign === 0) break;
  }
  return null;
}

/** A failure that brings the addresses to the node where it happens. */
function attracting(world: World, check: number): ClusterFinding[] {
  const c = world.checks[check];
  const m = world.members[c?.member ?? -1];
  if (!c || !m || world.normal.includes(c.member)) return [];
  if (!world.from(world.normal, bit(check)).active.includes(c.member)) return [];
  return [
    {
      code: 'cluster-check-attracts',
      severity: 'warning',
      router: world.name,
      message: `when ${checkId(c, world.members)} fails, ${m.node.name} takes the addresses`,
      places: [c.place],
      effect: `${m.node.name} has ${sumText(world, m)} while it succeeds and ${sumText(world, m, bit(check))} when it fails`,
      advice: 'take out reverse, unless the check succeeds when something is wrong',
    },
  ];
}

/** Several failures together leave the addresses on a node with failures although another one has none. */
function brokenHolder(world: World): ClusterFinding[] {
  for (const failing of world.combinations()) {
    const settled = world.from(world.normal, failing).active;
    const [holder] = settled;
    if (holder === undefined || settled.length > 1 || failedOn(world, failing, holder).length === 0) continue;
    const standings = world.standings(failing);
    const well = world.members.findIndex(
      (_, n) =>
        n !== holder &&
        typeof standings[n] === 'number' &&
        failedOn(world, failing, n).length === 0 &&
        world.checks.some((c) => c.member === n),
    );
    const [broken, healthy] = [world.members[holder], world.members[well]];
    if (!broken || !healthy) continue;
    const failed = world.checks.filter((_, i) => fails(failing, i));
    return [
      {
        code: 'cluster-broken-holder',
        severity: 'warning',
        router: world.name,
        message: `when ${andList(failed.map((c) => checkId(c, world.members)))} fail, ${broken.node.name} holds the addresses although ${healthy.node.name} is well`,
        places: failed.map((c) => c.place),
        effect: `${broken.node.name} has ${sumText(world, broken, failing)}, ${healthy.node.name} ${sumText(world, healthy, failing)}`,
        advice: 'let every weight be larger than the difference of the priorities plus all weights that could stand against it',
      },
    ];
  }
  return [];
}

function failedOn(world: World, failing: Failing, member: number): Check[] {
  return world.checks.filter((c, i) => c.member === member && fails(failing, i));
}

/** Checks of one name, by their first occurrence. */
function byName(world: World): Check[][] {
  const groups = new Map<string, Check[]>();
  for (const c of world.checks) groups.set(`${c.kind} ${c.name}`, [...(groups.get(`${c.kind} ${c.name}`) ?? []), c]);
  return [...groups.values()];
}

function differing(world: World): ClusterFinding[] {
  return byName(world).flatMap((same): ClusterFinding[] => {
    const [first] = same;
    if (!first || new Set(same.map((c) => weightText(c.weight))).size < 2) return [];
    const sums = world.members.map((m) => `${m.node.name} ${sumText(world, m)}`).join(', ');
    return [
      {
        code: 'cluster-weight-differs',
        severity: 'warning',
        router: world.name,
        message: `${first.name} has another weight on each node`,
        places: same.map((c) => c.place),
        effect: `a positive weight is added while the check succeeds, a negative one taken away when it fails. While all is well: ${sums}`,
        advice: 'write the same weight on every node',
      },
    ];
  });
}

/** Interfaces may have other names on other machines; scripts and processes are the same service. */
function untracked(world: World): ClusterFinding[] {
  return byName(world).flatMap((same): ClusterFinding[] => {
    const [first] = same;
    const without = world.members.filter((_, n) => !same.some((c) => c.member === n));
    if (!first || first.kind === 'interface' || without.length === 0) return [];
    const names = andList(without.map((m) => m.node.name));
    const places: ClusterPlace[] = [
      ...same.map((c) => c.place),
      ...without.map((m) => placeIn(m, [`track_${first.kind}`], `${first.name} not tracked`)),
    ];
    return [
      {
        code: 'cluster-check-missing',
        severity: 'warning',
        router: world.name,
        message: `${first.name} is not tracked on ${names}`,
        places,
        effect: `while ${names} holds the addresses nothing notices that it fails there`,
        advice: `track ${first.name} on ${names} too`,
      },
    ];
  });
}

/** Sums beyond 1..254 are cut, and with them what a weight is worth. */
function clamped(world: World): ClusterFinding[] {
  return world.members.flatMap((m, n): ClusterFinding[] => {
    const own = world.checks.filter((c) => c.member === n && c.weight.value !== 0);
    if (own.length === 0 || m.instance.priority === 255) return [];
    const well = rawSum(
      m,
      own.map(({ weight }) => ({ weight, failed: false })),
    );
    const failed = rawSum(
      m,
      own.map(({ weight }) => ({ weight, failed: true })),
    );
    const high = Math.max(well, failed);
    const low = Math.min(well, failed);
    if (high <= 254 && low >= 1) return [];
    const cut = high > 254 ? `${high} is cut to 254` : `${low} is cut to 1`;
    return [
      {
        code: 'cluster-clamped',
        severity: 'warning',
        router: world.name,
        message: `the priority of ${m.node.name} with its weights leaves 1 to 254: ${cut}`,
        places: [placeIn(m, ['priority'], `priority ${m.instance.priority}`), ...own.map((c) => c.place)],
        effect: `the weights are worth ${high - low} together, and change the priority by ${Math.min(254, high) - Math.max(1, low)} only`,
        advice: high > 254 ? 'lower the priority, or the weights' : 'raise the priority, or make the weights smaller',
      },
    ];
  });
}

/** One check failing on every node: the service itself is down. Somebody holds the addresses all the same, or nobody does. */
function failedEverywhere(world: World): ClusterFinding[] {
  const everywhere = byName(world).filter((same) => world.members.length > 1 && same.length === world.members.length);
  const kept: Check[][] = [];
  const findings: ClusterFinding[] = [];
  for (const same of everywhere) {
    const failing = same.reduce((sum, c) => sum | bit(world.checks.indexOf(c)), 0n);
    const [holder] = world.from(world.normal, failing).active;
    if (holder !== undefined) {
      kept.push(same);
      continue;
    }
    findings.push({
      code: 'cluster-nobody',
      severity: 'warning',
      router: world.name,
      message: `when ${same[0]?.name} fails on every node, nobody holds the addresses`,
      places: same.map((c) => c.place),
      effect: 'weight 0 sends each node to FAULT: a check that fails everywhere for one reason of its own takes the service down',
      advice: 'keep weight 0 for faults of a single node; a weight above the difference of the priorities leaves the addresses on one node',
    });
  }
  if (kept.length > 0) findings.push(stillHeld(world, kept));
  return findings;
}

function stillHeld(world: World, kept: readonly Check[][]): ClusterFinding {
  const failing = kept.flat().reduce((sum, c) => sum | bit(world.checks.indexOf(c)), 0n);
  const holder = world.members[world.from(world.normal, failing).active[0] ?? -1];
  const sums = world.members.map((m) => `${m.node.name} ${sumText(world, m, failing)}`).join(', ');
  return {
    code: 'cluster-still-held',
    severity: 'notice',
    router: world.name,
    message: `when ${andList(kept.map((same) => same[0]?.name ?? ''))} ${kept.length > 1 ? 'fail' : 'fails'} on every node, ${holder?.node.name ?? 'one'} still holds the addresses`,
    places: kept.flat().map((c) => c.place),
    effect: `weights compare nodes, they never give the addresses up: ${sums}`,
    advice: 'weight 0 (FAULT) where no answer is better than a broken one',
  };
}
