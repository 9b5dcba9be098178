// The status document as one screen of text. Pure: the same document gives the same lines.

import { type Paint, padStart, width } from '../base/paint.ts';
import type {
  ActiveStatus,
  BfdStatus,
  CheckersStatus,
  DaemonStatus,
  InstanceStatus,
  PoolStatus,
  PriorityPart,
  StatusDocument,
  VrrpStatus,
} from '../control/document.ts';
import { operationText } from './operation-words.ts';
import { clip, clockText, colourOf, columns, durationText, eventText, markOf } from './status-words.ts';

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
  return lines.map((line) => paint.bold(paint.yellow(clip(`! ${line}`, columns_))));
}

function instanceLines(vrrp: VrrpStatus, at: number, style: ScreenStyle): string[] {
  const { paint } = style;
  if (vrrp.instances.length === 0) return [];
  const headings = ['INSTANCE', 'STATE', 'PRIO', 'FOR', 'ACTIVE ROUTER', 'ADDRESSES'].map((h) => paint.dim(h));
  const rows = vrrp.instances.map((i) => instanceRow(i, at, paint));
  const nameWidth = Math.max(...rows.map((r) => width(r[0] ?? '')), 8);
  const fixed = [0, 1, 2, 3, 4].map((c) => Math.max(...[headings, ...rows].map((r) => width(r[c] ?? ''))));
  const room = Math.max(12, style.width - fixed.reduce((sum, w) => sum + w + 2, 0));
  const [first, ...lines] = columns([headings, ...rows.map((row, i) => [...row, addressText(vrrp.instances[i], room, paint)])], '');
  const more = vrrp.instances.map((i) => detailLines(i, at, style, Math.min(4, nameWidth)));
  return [first ?? '', ...lines.flatMap((line, i) => [line, ...(more[i] ?? [])])];
}

function instanceRow(i: InstanceStatus, at: number, paint: Paint): string[] {
  const colour = colourOf(i.state, paint);
  const was = i.lastKnownState === undefined ? '' : paint.dim(` was ${i.lastKnownState}`);
  const changed = i.priority.effective !== i.priority.base;
  const priority = String(i.priority.effective);
  return [
    `${colour(markOf(i.state))} ${paint.bold(clip(i.name, 20))} ${paint.dim(`${i.interface ?? '-'}/${i.vrid}`)}`,
    colour(i.state) + was,
    padStart(changed ? paint.yellow(priority) : priority, 4),
    i.since === null ? '-' : durationText(at - i.since),
    activeText(i.active, i.state, paint),
  ];
}

function activeText(active: ActiveStatus | null, state: string, paint: Paint): string {
  if (active === null) return state === 'UNKNOWN' ? 'not known' : paint.dim('nobody heard');
  if (active.self) return 'this router';
  const age = active.lastAdvertAgeSeconds === null ? '' : paint.dim(` ${durationText(active.lastAdvertAgeSeconds)} ago`);
  return `${active.address} ${paint.dim(`(${active.priority})`)}${age}`;
}

function addressText(i: InstanceStatus | undefined, room: number, paint: Paint): string {
  const all = i?.addresses ?? [];
  const [first] = all;
  if (!i || !first) return '';
  const more = all.length > 1 ? ` +${all.length - 1}` : '';
  const missing = i.state === 'MASTER' ? all.filter((a) => !a.held).length : 0;
  const note = missing > 0 ? paint.red(` ${missing} missing`) : '';
  const text = clip(`${first.address}/${first.prefixLength}`, Math.max(8, room - more.length - width(note)));
  return (i.state === 'MASTER' ? text : paint.dim(text)) + more + note;
}

/** What needs a word: faults, and a priority that is not the configured one. */
function detailLines(i: InstanceStatus, at: number, { paint, width: columns_ }: ScreenStyle, indent: number): string[] {
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

/** Pieces in lines of at most so many columns. */
function flow(pieces: readonly string[], columns_: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && width(line) + 3 + width(piece) > columns_) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? piece : `${line}   ${piece}`;
  }
  return line === '' ? lines : [...lines, line];
}

function poolLines({ pools }: CheckersStatus, at: number, style: ScreenStyle): string[] {
  const { paint } = style;
  if (pools.length === 0) return [];
  return [paint.dim('POOLS'), ...pools.flatMap((pool) => onePool(pool, at, style))];
}

function onePool(pool: PoolStatus, at: number, { paint, width: columns_ }: ScreenStyle): string[] {
  const colour = colourOf(pool.state, paint);
  const upCount = pool.servers.filter((s) => s.state === 'UP').length;
  const count = pool.state === 'UNKNOWN' ? '' : `${upCount}/${pool.servers.length} up, quorum ${pool.quorum}`;
  const first = `${colour(markOf(pool.state))} ${paint.bold(pool.name)}  ${colour(pool.state)}  ${count}  ${paint.dim(pool.scheduler)}${pool.suspended ? paint.yellow('  suspended') : ''}`;
  const rows = pool.servers.map((s) => {
    const failing = s.checks.filter((c) => !c.up).map((c) => c.kind);
    const why = failing.length > 0 ? paint.red(clip(failing.join(' '), columns_ - 50)) : '';
    const since = s.since === null ? '' : paint.dim(`for ${durationText(at - s.since)}`);
    return [`${colourOf(s.state, paint)(markOf(s.state))} ${s.name}`, colourOf(s.state, paint)(s.state), `weight ${s.weight}`, since, why];
  });
  return [first, ...columns(rows, '    ')];
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
