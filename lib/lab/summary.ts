// SPDX-License-Identifier: MIT
// The table at the end.

import type { Micros } from '../base/time.ts';
import type { StepResult } from './events.ts';
import { type Paint, padEnd, padStart, width } from './paint.ts';

const heads = ['', 'step', 'Active', 'takeover by formula', 'on the wire', 'beyond', 'client unanswered', ''] as const;
/** Columns of numbers are set to the right. */
const right = new Set([0, 3, 4, 5, 6]);

export function summaryTable(results: readonly StepResult[], paint: Paint): string[] {
  const rows = results.map((r) => row(r, paint));
  const widths = heads.map((head, i) => Math.max(width(head), ...rows.map((cells) => width(cells[i] ?? ''))));
  const set = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (right.has(i) ? padStart(cell, widths[i] ?? 0) : padEnd(cell, widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [paint.bold(set(heads)), ...rows.map(set), ...results.flatMap((r) => r.broken.map((b) => paint.red(`✗ ${r.number}: ${b}`)))];
}

function row(r: StepResult, paint: Paint): string[] {
  const change = r.before === r.after ? `${r.after} stays` : `${r.before === 'nobody' ? '' : `${r.before} → `}${r.after}`;
  const beyond = r.measured === null || r.expected === null ? '' : `${r.approximate ? '≈ ' : ''}${beyondFormula(r.measured, r.expected)}`;
  const outage = r.outage === 0 ? 'none' : `${seconds(r.outage)}, ${r.lostPings} lost`;
  return [
    String(r.number),
    r.title,
    change,
    r.formula === null ? '' : `${r.formula} = ${seconds(r.expected)}`,
    seconds(r.measured),
    beyond,
    outage,
    r.broken.length === 0 ? paint.green('✓') : paint.red('✗'),
  ];
}

/** How much later than the formula, with its unit. */
export function beyondFormula(measured: Micros, expected: Micros): string {
  const text = ((measured - expected) / 1000).toFixed(1);
  return `${text === '-0.0' ? '0.0' : text} ms`;
}

function seconds(t: Micros | null): string {
  return t === null ? '' : `${(t / 1e6).toFixed(3)} s`;
}
