// SPDX-License-Identifier: MIT
// What an instance follows, as things that can fail: each with its weight, the line that says so, and how long it takes
// until a failure counts. In a sync group that is what the group tracks too, and whatever leads another member to FAULT.
// A further kind of tracker is one function here.

import { type Micros, micros, toSeconds } from '../../base/time.ts';
import { syncGroupOf } from '../group-tracking.ts';
import type { TrackedLists, TrackedObject, VrrpScript, Weight } from '../model.ts';
import { type Member, placed, placeIn } from './nodes.ts';
import type { CheckKind, CheckReport, ClusterPlace, Detection } from './types.ts';

export interface Check {
  readonly kind: CheckKind;
  readonly name: string;
  /** Number of the member in its router. */
  readonly member: number;
  readonly weight: Weight;
  readonly detection: Detection;
  /** Where the instance names it. */
  readonly place: ClusterPlace;
}

export function checksOf(members: readonly Member[]): Check[] {
  return members.flatMap((m, i) => [...scripts(m, i), ...interfaces(m, i), ...processes(m, i), ...files(m, i), ...sessions(m, i)]);
}

interface Followed extends TrackedObject {
  readonly place: ClusterPlace;
}

/** Each thing once: as the group weighs it, as the instance does, or as another member that goes to FAULT with it. */
function followed(m: Member, list: keyof TrackedLists): Followed[] {
  const { node, instance } = m;
  const group = syncGroupOf(node.config, instance.name);
  const text = (t: TrackedObject) => `${t.name} weight ${weightText(t.weight)}`;
  const own = instance[list].map((t) => ({ ...t, place: placeIn(m, [list], text(t), t.name) }));
  if (!group) return own;
  const ofGroup = group[list].map((t) => ({ ...t, place: placed(node, group.position, text(t)) }));
  const mates = node.config.vrrp_instance.filter((i) => i.name !== instance.name && group.group.includes(i.name));
  const ofMates = mates.flatMap((mate) =>
    mate[list]
      .filter((t) => t.weight.value === 0 && t.name !== instance.interface)
      .map((t) => ({ ...t, place: placeIn({ ...m, instance: mate }, [list], text(t), t.name) })),
  );
  const once = new Map<string, Followed>();
  // What leads a mate to FAULT does so whatever this instance makes of it.
  for (const t of [...ofGroup, ...ofMates, ...own]) if (!once.has(t.name)) once.set(t.name, t);
  return [...once.values()];
}

export function checkId(check: Check, members: readonly Member[]): string {
  const node = members[check.member]?.node.name ?? '';
  return `${node}: ${check.kind === 'interface' ? `link ${check.name}` : check.name}`;
}

export function reportOf(check: Check, members: readonly Member[]): CheckReport {
  const { kind, name, weight, detection } = check;
  const node = members[check.member]?.node.name ?? '';
  return { id: checkId(check, members), node, kind, name, weight: weight.value, reverse: weight.reverse, detection };
}

export function weightText(weight: Weight): string {
  const sign = weight.value > 0 ? '+' : '';
  return `${sign}${weight.value}${weight.reverse ? ' reverse' : ''}`;
}

function scripts(m: Member, member: number): Check[] {
  const known = new Map(m.node.config.vrrp_script.map((s) => [s.name, s]));
  return followed(m, 'track_script').flatMap(({ name, weight, place }): Check[] => {
    const script = known.get(name);
    if (!script) return [];
    return [{ kind: 'script', name, member, weight, detection: scriptDetection(script), place }];
  });
}

function interfaces(m: Member, member: number): Check[] {
  return followed(m, 'track_interface').map(({ name, weight, place }) => ({
    kind: 'interface',
    name,
    member,
    weight,
    detection: { failing: micros(0), hanging: null, how: 'at once' },
    place,
  }));
}

/** A process that ends: known at once, believed after its delay. */
function processes(m: Member, member: number): Check[] {
  const known = new Map(m.node.config.vrrp_track_process.map((p) => [p.name, p]));
  return m.instance.track_process.flatMap(({ name, weight }): Check[] => {
    const process = known.get(name);
    if (!process) return [];
    const { terminate_delay: failing } = process;
    const how = failing === 0 ? 'at once' : `after ${secondsShort(failing)}`;
    const place = placeIn(m, ['track_process'], `${name} weight ${weightText(weight)}`, name);
    return [{ kind: 'process', name, member, weight, detection: { failing, hanging: null, how }, place }];
  });
}

/**
 * A file that says something is wrong, by the value 1: it counts as soon as it is written. What raises the priority is nothing
 * that fails.
 */
function files(m: Member, member: number): Check[] {
  const known = new Set(m.node.config.track_file.map((f) => f.name));
  return followed(m, 'track_file').flatMap(({ name, weight, place }): Check[] => {
    const value = weight.reverse ? -weight.value : weight.value;
    if (!known.has(name) || value > 0) return [];
    const detection = { failing: micros(0), hanging: null, how: 'when written' };
    return [{ kind: 'file', name, member, weight: { value, reverse: false }, detection, place }];
  });
}

/** A neighbour that falls silent, when it sends as often as we ask for. */
function sessions(m: Member, member: number): Check[] {
  const known = new Map(m.node.config.bfd_instance.map((b) => [b.name, b]));
  return followed(m, 'track_bfd').flatMap(({ name, weight, place }): Check[] => {
    const session = known.get(name);
    if (!session) return [];
    const failing = micros(session.multiplier * session.min_rx);
    return [{ kind: 'bfd', name, member, weight, detection: { failing, hanging: null, how: `after ${secondsShort(failing)}` }, place }];
  });
}

/**
 * Longest time to a verdict. A failure just behind a run waits a full interval for the next one, and `fall` runs must
 * fail. A run that hangs ends at its timeout, and the runs that would begin meanwhile are skipped.
 */
export function scriptDetection(script: Pick<VrrpScript, 'interval' | 'timeout' | 'fall'>): Detection {
  const { interval, timeout, fall } = script;
  const between = (Math.floor(timeout / interval) + 1) * interval;
  return {
    failing: micros(fall * interval),
    hanging: micros(interval + (fall - 1) * between + timeout),
    how: `every ${secondsShort(interval)}${fall === 1 ? '' : `, fall ${fall}`}`,
  };
}

/** `2 s`, `3.605 s`, `0.02 s`: milliseconds as the least, rounded. */
export function secondsShort(t: Micros): string {
  return `${Number(toSeconds(t).toFixed(3))} s`;
}
