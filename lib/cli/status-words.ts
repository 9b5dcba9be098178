// SPDX-License-Identifier: MIT
// Words, durations and marks that the status screens share.

import { type Paint, padEnd, width } from '../base/paint.ts';
import type { ControlEvent, InstanceState, Transition } from '../control/document.ts';

/** `340ms`, `12.4s`, `7m 02s`, `3h 12m`, `5d 04h` */
export function durationText(seconds: number): string {
  const s = Math.max(0, seconds);
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  if (s < 1) return `${Math.round(s * 1000)}ms`;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.floor(s)}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${two(s % 60)}s`;
  if (s < 86_400) return `${Math.floor(s / 3600)}h ${two((s % 3600) / 60)}m`;
  return `${Math.floor(s / 86_400)}d ${two((s % 86_400) / 3600)}h`;
}

/** Local time; with the date unless it is of the same day as `now`. Seconds since 1970. */
export function clockText(at: number, now: number): string {
  const d = new Date(at * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const time = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  const same = d.toDateString() === new Date(now * 1000).toDateString();
  return same ? time : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${time}`;
}

/** The state in its colour; the mark before it says the same without one. */
export function stateText(state: string, paint: Paint): string {
  return colourOf(state, paint)(state);
}

export function markOf(state: InstanceState | string): string {
  switch (state) {
    case 'MASTER':
    case 'UP':
      return '●';
    case 'BACKUP':
      return '○';
    case 'FAULT':
    case 'DOWN':
    case 'STOP':
      return '✖';
    case 'UNKNOWN':
      return '?';
    default:
      return '·';
  }
}

export function colourOf(state: string, paint: Paint): (text: string) => string {
  switch (state.toUpperCase()) {
    case 'MASTER':
    case 'UP':
      return (t) => paint.bold(paint.green(t));
    case 'BACKUP':
      return paint.cyan;
    case 'FAULT':
    case 'DOWN':
      return (t) => paint.bold(paint.red(t));
    case 'UNKNOWN':
      return paint.magenta;
    default:
      return paint.yellow;
  }
}

/** At most so many columns; what is cut shows. */
export function clip(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}

/** The same for addresses: neighbours differ at their end. */
export function clipMiddle(text: string, columns: number): string {
  const characters = [...text];
  if (characters.length <= columns) return text;
  const end = Math.max(0, Math.ceil((columns - 1) * 0.6));
  return `${characters.slice(0, Math.max(0, columns - 1 - end)).join('')}…${characters.slice(characters.length - end).join('')}`;
}

export function transitionText({ from, to }: Pick<Transition, 'from' | 'to'>, paint: Paint): string {
  return `${from} → ${stateText(to, paint)}`;
}

/** `= 100 + 10 (script chk) − 20 (file load)` */
function eventSum({ base, parts, to }: Extract<ControlEvent, { kind: 'priority' }>): string {
  if (parts.length === 0 && base === to) return '';
  const terms = parts.map((p) => `${p.adds < 0 ? '−' : '+'} ${Math.abs(p.adds)} (${p.kind} ${p.name})`);
  const sum = parts.reduce((total, p) => total + p.adds, base);
  const held = sum === to || base === 255 ? '' : `, held to ${to}`;
  return `= ${[base, ...terms].join(' ')}${held}`;
}

/** What happened, in one line without its time. */
export function eventText(event: ControlEvent, paint: Paint): string {
  switch (event.kind) {
    case 'transition': {
      const why = event.cause === undefined ? '' : paint.dim(`  ${event.cause}`);
      return `${paint.bold(event.instance)}  ${transitionText(event, paint)}  priority ${event.priority}${why}`;
    }
    case 'group':
      return `group ${paint.bold(event.group)}  ${stateText(event.to, paint)}`;
    case 'priority':
      return `${paint.bold(event.instance)}  priority ${event.from} → ${paint.yellow(String(event.to))}  ${paint.dim(eventSum(event))}`;
    case 'tracker': {
      const value = event.value === undefined ? '' : `  ${event.value}`;
      const state =
        event.tracker === 'file' ? '' : `  ${event.state === 'unknown' ? 'not known yet' : stateText(event.state.toUpperCase(), paint)}`;
      return `${event.tracker} ${paint.bold(event.name)}${state}${value}`;
    }
    case 'link':
      return `link ${paint.bold(event.name)}  ${event.state === 'missing' ? paint.red('gone') : stateText(event.state.toUpperCase(), paint)}`;
    case 'weight':
      return `${event.pool}  server ${paint.bold(event.server)}  weight ${event.weight}`;
    case 'server':
      return `${event.pool}  server ${paint.bold(event.server)}  ${stateText(event.up ? 'UP' : 'DOWN', paint)}`;
    case 'pool':
      return `pool ${paint.bold(event.pool)}  ${stateText(event.up ? 'UP' : 'DOWN', paint)}  ${paint.dim(`quorum ${event.quorum}${event.text === '' ? '' : `: ${event.text}`}`)}`;
    case 'bfd':
      return `BFD ${paint.bold(event.session)}  ${stateText(event.up ? 'UP' : 'DOWN', paint)}`;
    case 'process': {
      const what = event.what === 'died' ? paint.red('died') : 'started';
      return `${event.role} process ${event.pid} ${what}${event.text === '' ? '' : paint.dim(`  ${event.text}`)}`;
    }
    case 'reload':
      return event.taken ? `configuration loaded (${event.text})` : `${paint.red('reload refused')}: ${event.text}`;
    case 'operation':
      return `${paint.yellow(event.operation)} by ${event.user ?? `uid ${event.uid}`}, pid ${event.pid}${event.text === '' ? '' : `: ${event.text}`}`;
    case 'contested':
    case 'deaf':
      return `${paint.bold(event.instance)}  ${paint.bold(paint.red(event.kind))}  ${event.text}`;
    case 'resolved':
    case 'heard_again':
      return `${paint.bold(event.instance)}  ${paint.green(event.kind.replace('_', ' '))}  ${event.text}`;
    case 'notice':
      return `${paint.yellow(event.name)} ${paint.bold(event.about)}  ${event.text}`;
    default:
      // A newer daemon tells more than this version knows.
      return JSON.stringify(event);
  }
}

/** Rows as columns, each as wide as its widest cell; the last one takes what is left. */
export function columns(rows: readonly (readonly string[])[], indent: string): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  return rows.map((row) => (indent + row.map((cell, i) => padEnd(cell, widths[i] ?? 0)).join('  ')).trimEnd());
}

/** Pieces in lines of at most so many columns, longer pieces excepted; the first is `first` columns in, those that follow `next`. */
export function flow(pieces: readonly string[], columns_: number, gap = '   ', first = 0, next = 0): string[] {
  const lines: string[] = [];
  let line = '';
  let indent = first;
  for (const piece of pieces) {
    if (line !== '' && indent + width(line) + gap.length + width(piece) > columns_) {
      lines.push(' '.repeat(indent) + line);
      line = '';
      indent = next;
    }
    line = line === '' ? piece : line + gap + piece;
  }
  return line === '' ? lines : [...lines, ' '.repeat(indent) + line];
}

/** Pieces side by side, all as wide as the widest. */
export function grid(pieces: readonly string[], columns_: number): string[] {
  const widest = Math.max(...pieces.map(width));
  return flow(
    pieces.map((piece) => padEnd(piece, widest)),
    columns_,
    '  ',
  ).map((line) => line.trimEnd());
}

/** The words of a sentence, as flow() has pieces. */
export function wrapped(text: string, columns_: number, first: number, next: number): string[] {
  return flow(text.split(' '), columns_, ' ', first, next);
}
