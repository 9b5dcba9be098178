// SPDX-License-Identifier: MIT
// Instances on the status screen: each with what there is to say while they are few, a row each while they fit, and of hundreds
// those that somebody should look at, with the rest by name.

import { createPaint, type Paint, padStart, width } from '../base/paint.ts';
import type { ActiveStatus, InstanceStatus, PriorityPart, VrrpStatus } from '../control/document.ts';
import { clip, clipMiddle, clockText, colourOf, columns, durationText, grid, markOf } from './status-words.ts';

export interface TableStyle {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
}

/** So many are told with their sums and causes, and so many get a row. */
const few = 6;
const several = 40;
/** Rows for those of hundreds that need a look. */
const mostRows = 20;
/** A transition this young is news. Seconds. */
const young = 600;
const longestName = 20;
/** The least that an address needs to be told from others, and what the cause of the last transition needs. */
const addressRoom = 18;
const causeRoom = 100;

export function instanceLines({ instances }: VrrpStatus, at: number, style: TableStyle): string[] {
  const all = instances.length;
  if (all === 0) return [];
  if (all <= several) return table(instances, at, style, all <= few);
  const { paint } = style;
  const wanting = instances.filter((i) => needsLook(i, at));
  const shown = wanting.slice(0, mostRows);
  const settled = instances.filter((i) => !wanting.includes(i));
  const rest = [...settled.filter((i) => i.state === 'MASTER'), ...settled.filter((i) => i.state !== 'MASTER')];
  const left = wanting.length - shown.length;
  return [
    summary(instances, paint),
    ...(shown.length === 0 ? [] : ['', ...table(shown, at, style, false)]),
    ...(left === 0 ? [] : [paint.yellow(`… and ${left} more like these: ka-ts status --json has all`)]),
    ...(rest.length === 0
      ? []
      : [
          '',
          ...grid(
            rest.map((i) => nameText(i, paint)),
            style.width,
          ),
        ]),
  ];
}

/** Its faults, and what else stands wrong with it. */
function wrongs({ faults, troubles }: InstanceStatus): readonly string[] {
  return [...faults, ...troubles.map((t) => `${t.kind}: ${t.text}`)];
}

/** Something is wrong with it, an address is missing, or it has just moved. */
function needsLook(i: InstanceStatus, at: number): boolean {
  const settled = i.state === 'MASTER' || i.state === 'BACKUP';
  return !settled || wrongs(i).length > 0 || missingOf(i) > 0 || (i.since !== null && at - i.since < young);
}

function summary(instances: readonly InstanceStatus[], paint: Paint): string {
  const counts = new Map<string, number>();
  for (const { state } of instances) counts.set(state, (counts.get(state) ?? 0) + 1);
  const words = ['MASTER', 'BACKUP', 'FAULT', 'INIT', 'UNKNOWN'].flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [colourOf(state, paint)(`${markOf(state)} ${count} ${state}`)];
  });
  return `${paint.bold(`${instances.length} instances`)}   ${words.join('   ')}`;
}

function nameText({ name, state }: InstanceStatus, paint: Paint): string {
  return `${colourOf(state, paint)(markOf(state))} ${clipMiddle(name, longestName)}`;
}

function table(instances: readonly InstanceStatus[], at: number, style: TableStyle, detailed: boolean): string[] {
  const { paint } = style;
  const withCause = !detailed && style.width >= causeRoom;
  const headings = ['INSTANCE', 'STATE', 'PRIO', 'FOR', ...(withCause ? ['LAST CAUSE'] : []), 'ACTIVE ROUTER'];
  const fixed = instances.map((i) => [...rowOf(i, at, paint), ...(withCause ? [paint.dim(i.lastTransition?.cause ?? '')] : [])]);
  const widths = fixed[0]?.map((_, c) => Math.max(width(headings[c] ?? ''), ...fixed.map((r) => width(r[c] ?? '')))) ?? [];
  // What is left is for the router that is Active and for the addresses.
  const room = style.width - widths.reduce((sum, w) => sum + w + 2, 0);
  // What is wrong is worth more than where.
  const withAddress = detailed || style.width >= causeRoom || instances.every((i) => wrongs(i).length === 0);
  const wanted = Math.max(width('ADDRESSES'), ...instances.map((i) => width(addressText(i, style.width, paint))));
  const actives = activeColumn(instances, withAddress ? room - Math.min(addressRoom, wanted) - 2 : room, paint, detailed);
  const activeWidth = Math.max(width('ACTIVE ROUTER'), ...actives.map(width));
  const rows = instances.map((i, n) => [
    ...(fixed[n] ?? []),
    actives[n] ?? '',
    ...(withAddress ? [addressText(i, Math.max(8, room - activeWidth - 2), paint)] : []),
  ]);
  const shownHeadings = [...headings, ...(withAddress ? ['ADDRESSES'] : [])].map((h) => paint.dim(h));
  const [first = '', ...lines] = columns([shownHeadings, ...rows], '');
  const indent = Math.min(4, widths[0] ?? 0);
  return [first, ...lines.flatMap((line, n) => [line, ...(detailed ? detailLines(instances[n], at, style, indent) : [])])];
}

function rowOf(i: InstanceStatus, at: number, paint: Paint): string[] {
  const colour = colourOf(i.state, paint);
  const was = i.lastKnownState === undefined ? '' : paint.dim(` was ${i.lastKnownState}`);
  const changed = i.priority.effective !== i.priority.base;
  const priority = String(i.priority.effective);
  return [
    `${colour(markOf(i.state))} ${paint.bold(clipMiddle(i.name, longestName))} ${paint.dim(`${i.interface ?? '-'}/${i.vrid}`)}`,
    colour(i.state) + was,
    padStart(changed ? paint.yellow(priority) : priority, 4),
    i.since === null ? '-' : durationText(at - i.since),
  ];
}

/** As much of it as fits: first goes the age of the advert, then the priority, then the end of the address. */
function activeColumn(instances: readonly InstanceStatus[], room: number, paint: Paint, detailed: boolean): string[] {
  const least = Math.max(room, width('ACTIVE ROUTER'));
  const whole = instances.map((i) => activeText(i, paint, detailed, ['priority', 'age']));
  if (whole.every((text) => width(text) <= least)) return whole;
  const shorter = instances.map((i) => activeText(i, paint, detailed, ['priority']));
  if (shorter.every((text) => width(text) <= least)) return shorter;
  return shorter.map((text, n) => (width(text) <= least ? text : clipped(instances[n], paint, detailed, least)));
}

function clipped(i: InstanceStatus | undefined, paint: Paint, detailed: boolean, room: number): string {
  if (i === undefined) return '';
  const whole = activeText(i, noPaint, detailed, []);
  const text = whole === i.active?.address ? clipMiddle(whole, room) : clip(whole, room);
  return wrongs(i).length > 0 && !detailed ? paint.red(text) : text;
}

const noPaint = createPaint(false);

function activeText(i: InstanceStatus, paint: Paint, detailed: boolean, parts: readonly ('priority' | 'age')[]): string {
  const [first, ...more] = wrongs(i);
  if (first !== undefined && !detailed) return paint.red(`${first}${more.length > 0 ? ` +${more.length}` : ''}`);
  const active: ActiveStatus | null = i.active;
  if (active === null) return i.state === 'UNKNOWN' ? 'not known' : paint.dim('nobody heard');
  if (active.self) return 'this router';
  const priority = parts.includes('priority') ? paint.dim(` (${active.priority})`) : '';
  const aged = parts.includes('age') && active.lastAdvertAgeSeconds !== null;
  return `${active.address}${priority}${aged ? paint.dim(` ${durationText(active.lastAdvertAgeSeconds ?? 0)} ago`) : ''}`;
}

function missingOf({ state, addresses }: InstanceStatus): number {
  return state === 'MASTER' ? addresses.filter((a) => !a.held).length : 0;
}

function addressText(i: InstanceStatus, room: number, paint: Paint): string {
  const [first, ...others] = i.addresses;
  if (!first) return '';
  const more = others.length > 0 ? ` +${others.length}` : '';
  const missing = missingOf(i);
  const note = missing > 0 ? paint.red(` ${missing} missing`) : '';
  const text = clipMiddle(`${first.address}/${first.prefixLength}`, Math.max(6, room - more.length - width(note)));
  return (i.state === 'MASTER' ? text : paint.dim(text)) + more + note;
}

/** What needs a word: faults, a priority that is not the configured one, why it moved last. */
function detailLines(i: InstanceStatus | undefined, at: number, { paint, width: columns_ }: TableStyle, indent: number): string[] {
  if (i === undefined) return [];
  const room = columns_ - indent;
  const lines = i.faults.map((fault) => paint.red(clip(`✖ ${fault}`, room)));
  for (const t of i.troubles) lines.push(paint.red(clip(`! ${t.kind} for ${durationText(at - t.since)}: ${t.text}`, room)));
  const parts = i.priority.parts.filter((p) => p.adds !== 0);
  if (parts.length > 0) lines.push(paint.yellow(clip(`${i.priority.effective} = ${sumText(i)}`, room)));
  const t = i.lastTransition;
  if (t?.cause !== undefined) lines.push(paint.dim(clip(`${clockText(t.at, at)} ${t.from} → ${t.to}: ${t.cause}`, room)));
  return lines.map((line) => ' '.repeat(indent) + line);
}

/** `100 + 10 (script chk) − 20 (file load)` */
export function sumText({ priority }: Pick<InstanceStatus, 'priority'>): string {
  const term = (p: PriorityPart) => `${p.adds < 0 ? '−' : '+'} ${Math.abs(p.adds)} (${p.kind} ${p.name})`;
  const held = priority.sum === priority.effective ? '' : `, held to ${priority.effective}`;
  return [String(priority.base), ...priority.parts.filter((p) => p.adds !== 0).map(term)].join(' ') + held;
}
