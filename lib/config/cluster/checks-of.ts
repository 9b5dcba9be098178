// What an instance follows, as things that can fail: each with its weight, the line that says so, and how long it takes
// until a failure counts. A further kind of tracker is one function here.

import { type Micros, micros, toSeconds } from '../../base/time.ts';
import type { VrrpScript, Weight } from '../model.ts';
import { type Member, placeIn } from './nodes.ts';
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
  return members.flatMap((m, i) => [...scripts(m, i), ...interfaces(m, i)]);
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
  return m.instance.track_script.flatMap(({ name, weight }): Check[] => {
    const script = known.get(name);
    if (!script) return [];
    const place = placeIn(m, ['track_script'], `${name} weight ${weightText(weight)}`, name);
    return [{ kind: 'script', name, member, weight, detection: scriptDetection(script), place }];
  });
}

function interfaces(m: Member, member: number): Check[] {
  return m.instance.track_interface.map(({ name, weight }) => ({
    kind: 'interface',
    name,
    member,
    weight,
    detection: { failing: micros(0), hanging: null, how: 'at once' },
    place: placeIn(m, ['track_interface'], `${name} weight ${weightText(weight)}`, name),
  }));
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
