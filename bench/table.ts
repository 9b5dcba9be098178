// SPDX-License-Identifier: MIT
// Figures as text for people: one table per bench and load, columns aligned.

import type { Compared, Figure, Standing } from './figures.ts';

/** Tables of all figures, in the order given; figures of one bench, scenario and load stand together. */
export function renderTables(figures: readonly Figure[]): string {
  const groups = new Map<string, Figure[]>();
  for (const figure of figures) {
    const title = titleOf(figure);
    const group = groups.get(title);
    if (group) group.push(figure);
    else groups.set(title, [figure]);
  }
  return [...groups].map(([title, group]) => `${title}\n${renderTable(group)}`).join('\n\n');
}

function titleOf({ bench, scenario, load, interval, realtime, runs, inUse }: Figure): string {
  const scheduling = realtime === null ? '' : `, vrrp_rt_priority ${realtime}`;
  const adverts = interval === null ? '' : `adverts every ${interval} s, `;
  return `${bench}, ${scenario}, ${load}: ${adverts}${runs} ${runs === 1 ? 'run' : 'runs'} each${scheduling}, processors ${Math.round(inUse * 100)} % in use; median (worst)`;
}

function renderTable(group: readonly Figure[]): string {
  const [head] = group;
  if (!head) return '';
  const header = ['', ...head.others.flatMap((o) => [o.candidate, 'ratio', 'difference', 'target']), head.reference.candidate];
  const rows = group.map((f) => [`${f.figure}, ${f.unit}`, ...f.others.flatMap(comparedCells), standingCell(f.reference)]);
  return align([header, ...rows]);
}

function comparedCells(other: Compared): string[] {
  const target = other.target === null ? '' : `${other.target.met ? 'met' : 'MISSED'} (${other.target.text})`;
  return [standingCell(other), other.ratio === null ? '–' : other.ratio.toFixed(2), other.difference.toFixed(3), target];
}

function standingCell({ median, worst, values }: Standing): string {
  return values.length === 1 ? median.toFixed(3) : `${median.toFixed(3)} (${worst.toFixed(3)})`;
}

/** Names to the left, numbers to the right; a column that is empty throughout is left out. */
export function align(rows: readonly (readonly string[])[]): string {
  const columns = (rows[0] ?? []).map((_, i) => i).filter((i) => i === 0 || rows.slice(1).some((row) => row[i] !== ''));
  const widths = new Map(columns.map((i) => [i, Math.max(...rows.map((row) => (row[i] ?? '').length))]));
  const cell = (text: string, i: number) => (i === 0 ? text.padEnd(widths.get(i) ?? 0) : text.padStart(widths.get(i) ?? 0));
  return rows
    .map((row) =>
      columns
        .map((i) => cell(row[i] ?? '', i))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');
}
