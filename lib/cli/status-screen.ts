// SPDX-License-Identifier: MIT
// The status document as one screen of text. Pure: the same document gives the same lines.

import { type Paint, width } from '../base/paint.ts';
import type { BfdStatus, DaemonStatus, StatusDocument, VrrpStatus } from '../control/document.ts';
import { instanceLines } from './instance-table.ts';
import { operationText } from './operation-words.ts';
import { poolLines } from './pool-lines.ts';
import { clip, clockText, colourOf, columns, durationText, eventText, flow, markOf, wrapped } from './status-words.ts';

export interface ScreenStyle {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
  /** Latest events at the end; 0: none. */
  readonly events: number;
}

export function statusScreen(document: StatusDocument, style: ScreenStyle): string[] {
  const { vrrp, checkers, bfd } = document;
  const sections = [
    head(document, style),
    warnings(document, style),
    vrrp === null ? [] : instanceLines(vrrp, document.at, style),
    vrrp === null ? [] : groupLines(vrrp, style),
    vrrp === null ? [] : trackerLines(vrrp, style),
    checkers === null ? [] : poolLines(checkers, document.at, style),
    bfd === null ? [] : bfdLines(bfd, style),
    eventLines(document, style),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function head({ daemon, at }: StatusDocument, { paint, width: columns_ }: ScreenStyle): string[] {
  const { configuration: c } = daemon;
  const name = [daemon.name, daemon.version].join(' ');
  const where = [daemon.hostName, daemon.instance, daemon.namespace && `netns ${daemon.namespace}`].filter(Boolean).join(' · ');
  const left = `${paint.bold(name)}  ${where}  ${paint.dim(`pid ${daemon.pid}  up ${durationText(at - daemon.startedAt)}`)}`;
  const right = heartText(daemon, paint);
  const gap = ' '.repeat(Math.max(2, columns_ - width(left) - width(right)));
  const times = c.loads === 1 ? '' : `, ${c.loads} times since the start`;
  const loaded = c.loadedAt === null ? daemon.phase : `loaded ${clockText(c.loadedAt, at)}${times}`;
  return [left + gap + right, paint.dim(clip(`${c.file}  ${loaded}`, columns_))];
}

function heartText({ heartbeat, processes }: DaemonStatus, paint: Paint): string {
  if (heartbeat === null) return processes.some((p) => p.role === 'vrrp') ? paint.yellow('engine not there yet') : '';
  const text = `engine ${durationText(heartbeat.ageSeconds)} ago`;
  return heartbeat.stale ? paint.bold(paint.red(`✖ ${text}`)) : paint.green(`● ${text}`);
}

const processNames = { vrrp: 'VRRP', checkers: 'checker', bfd: 'BFD' } as const;

function warnings({ daemon, at }: StatusDocument, { paint, width: columns_ }: ScreenStyle): string[] {
  const lines: string[] = [];
  for (const p of daemon.processes) {
    const name = `the ${processNames[p.role]} process`;
    const age = p.ageSeconds === null ? 'it has never answered' : `last word ${durationText(p.ageSeconds)} ago`;
    if (p.state !== 'running') lines.push(`${name} is ${p.state === 'dead' ? 'dead and will be started again' : 'starting'}; ${age}`);
    else if (p.stale && p.ageSeconds !== null && p.ageSeconds < 1) lines.push('the packet engine does not run: states below are not known');
    else if (p.stale) lines.push(`${name} (pid ${p.pid}) does not answer; ${age}: states below are not known`);
  }
  if (daemon.phase === 'stopping') lines.push('the daemon is stopping');
  for (const e of daemon.operations) lines.push(operationText(e, at));
  const { confirmBy } = daemon.configuration;
  if (confirmBy !== null)
    lines.push(`the configuration is on trial for ${Math.max(0, Math.round(confirmBy - at))} s more: ka-ts confirm, or ka-ts revert`);
  if (daemon.configuration.lastRefusal !== null) lines.push(`the last reload was refused: ${daemon.configuration.lastRefusal}`);
  return lines.flatMap((line) => wrapped(`! ${line}`, columns_, 0, 2)).map((line) => paint.bold(paint.yellow(clip(line, columns_))));
}

function groupLines({ groups }: VrrpStatus, { paint, width: columns_ }: ScreenStyle): string[] {
  if (groups.length === 0) return [];
  return [
    paint.dim('SYNC GROUPS'),
    ...columns(
      groups.map((g) => [
        `${colourOf(g.state, paint)(markOf(g.state))} ${paint.bold(g.name)}`,
        colourOf(g.state, paint)(g.state),
        clip(g.members.join(' '), columns_ - 40),
      ]),
      '',
    ),
  ];
}

function trackerLines({ trackers }: VrrpStatus, { paint, width: columns_ }: ScreenStyle): string[] {
  const up = (ok: boolean) => (ok ? paint.green('✔') : paint.red('✖'));
  const all = [
    ...trackers.scripts.map((s) => `${s.state === 'unknown' ? paint.yellow('?') : up(s.state === 'up')} script ${s.name}`),
    ...trackers.processes.map((p) => `${up(p.up)} process ${p.name} (${p.count})`),
    ...trackers.files.map((f) => `${paint.cyan('=')} file ${f.name} ${f.value}`),
    ...trackers.bfd.map((b) => `${up(b.up)} BFD ${b.name}`),
  ];
  if (all.length === 0) return [];
  return [paint.dim('TRACKERS'), ...flow(all, columns_)];
}

function bfdLines({ sessions }: BfdStatus, { paint }: ScreenStyle): string[] {
  if (sessions.length === 0) return [];
  const rows = sessions.map((s) => [
    `${colourOf(s.state, paint)(markOf(s.state.toUpperCase()))} ${paint.bold(s.name)}`,
    colourOf(s.state, paint)(s.state),
    s.neighbour,
    s.detectionSeconds === 0 ? paint.dim('has not spoken') : paint.dim(`detects in ${durationText(s.detectionSeconds)}`),
  ]);
  return [paint.dim('BFD SESSIONS'), ...columns(rows, '')];
}

function eventLines({ events, at }: StatusDocument, { paint, width: columns_, events: most }: ScreenStyle): string[] {
  const latest = most === 0 ? [] : events.slice(-most);
  if (latest.length === 0) return [];
  return [paint.dim('LATEST'), ...latest.map((e) => shorten(`${paint.dim(clockText(e.at, at))}  ${eventText(e, paint)}`, columns_))];
}

/** Colours do not survive a cut: a line that is too long loses them. */
export function shorten(line: string, columns_: number): string {
  return width(line) <= columns_ ? line : clip(line.replace(/\u001b\[[0-9]+m/g, ''), columns_);
}
