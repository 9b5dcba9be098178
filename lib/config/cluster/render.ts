// SPDX-License-Identifier: MIT
// The report for people: per virtual router who has what, the table of outcomes, then the findings. Made to be read at
// three in the morning: the holder stands in its own column, and what is wrong stands last, above the prompt.

import { createPaint, type Paint, padEnd, padStart, width as widthOf } from '../../base/paint.ts';
import { harmless } from '../excerpt.ts';
import { wrap } from '../report.ts';
import { secondsShort } from './checks-of.ts';
import type { ClusterFinding, ClusterReport, Level, MemberReport, Outcome, RouterReport } from './types.ts';

export interface RenderOptions {
  readonly colour: boolean;
  /** Columns, at least 60. */
  readonly width: number;
}

/** Lines of a table beyond this many are only in the JSON. */
const mostLines = 40;
const mostNames = 6;

/** The whole report, with its last line end. */
export function renderCluster(report: ClusterReport, options: RenderOptions): string {
  const style = styleOf(options);
  const nodes = report.nodes.map(
    (n) =>
      `${style.paint.bold(padEnd(n.name, longest(report.nodes.map((x) => x.name))))}  ${n.file}${n.usable ? '' : style.paint.red('  refused')}`,
  );
  const routers = alike(report.routers).map((same) => routerText(same, style));
  const findings = sameFindings(report.findings).map((same) => findingText(same, style));
  return `${[nodes.join('\n'), ...routers, ...findings, countText(report, style)].join('\n\n')}\n`;
}

/** Tables of single nodes (checkWeights), with the last line end. */
export function renderWeights(routers: readonly RouterReport[], options: RenderOptions): string {
  const style = styleOf(options);
  return `${alike(routers)
    .map((same) => routerText(same, style))
    .join('\n\n')}\n`;
}

interface Style {
  readonly paint: Paint;
  readonly width: number;
}

function styleOf({ colour, width }: RenderOptions): Style {
  return { paint: createPaint(colour), width: Math.max(60, width) };
}

/** Hundreds of instances are often set up alike: one table serves them all. */
function alike(routers: readonly RouterReport[]): RouterReport[][] {
  const groups = new Map<string, RouterReport[]>();
  for (const r of routers) {
    const members = r.members.map(({ instance: _, ...rest }) => rest);
    const key = JSON.stringify([r.version, r.family, members, r.checks, r.outcomes]);
    groups.set(key, [...(groups.get(key) ?? []), r]);
  }
  return [...groups.values()];
}

function routerText(same: readonly RouterReport[], style: Style): string {
  const [router] = same;
  if (!router) return '';
  return [titleText(same, style), membersText(router, style), outcomesText(router, style), coverageText(router, style)]
    .filter((t) => t !== '')
    .join('\n\n');
}

function titleText(same: readonly RouterReport[], { paint, width }: Style): string {
  const [r] = same;
  if (!r) return '';
  const kind = `VRRP version ${r.version}, IPv${r.family}`;
  const [names, rest] =
    same.length > 1
      ? [shortList(same.map((x) => x.name)), `${same.length} alike, ${kind}`]
      : [r.name, `VRID ${r.vrid}, ${kind}: ${r.addresses.length > 0 ? shortList(r.addresses) : 'no addresses'}`];
  const lines = wrap('', harmless(`${names}  ${rest}`), width);
  return lines.map((l, i) => (i === 0 && l.startsWith(names) ? `${paint.bold(names)}${l.slice(names.length)}` : l)).join('\n');
}

function membersText(router: RouterReport, { paint, width }: Style): string {
  const column = longest(router.members.map((m) => m.node));
  return router.members
    .map((m) => {
      const head = wrap(`  ${padEnd(m.node, column)}  `, harmless(memberHead(m)), width).join('\n');
      const checks = router.checks
        .filter((c) => c.node === m.node)
        .map((c) => {
          const weight = c.weight === 0 ? 'FAULT' : `${c.weight > 0 ? '+' : '−'}${Math.abs(c.weight)}`;
          const seen = c.kind === 'script' ? ` (${c.detection.how})` : '';
          return `${c.kind === 'interface' ? 'link ' : ''}${c.name} ${weight}${c.reverse ? ' reverse' : ''}${seen}`;
        });
      const label = ' '.repeat(column + 4);
      const lines = checks.length > 0 ? wrap(label, harmless(checks.join(', ')), width) : [];
      return [head, ...lines.map((l) => paint.dim(l))].join('\n');
    })
    .join('\n');
}

function memberHead(m: MemberReport): string {
  const sum = m.sum === null ? ', FAULT by its configuration' : m.sum === m.priority ? '' : `, ${m.sum} while its checks succeed`;
  return [`${m.state}  priority ${m.priority}${sum}`, ...(m.preempts ? [] : ['nopreempt']), ...(m.source ? [m.source] : [])].join('  ');
}

interface Row {
  readonly when: string;
  readonly levels: readonly { readonly text: string; readonly holds: boolean; readonly bad: boolean }[];
  readonly outcome: string;
  readonly kind: 'calm' | 'moved' | 'bad';
}

function outcomesText(router: RouterReport, style: Style): string {
  const { paint } = style;
  const normal = router.outcomes[0]?.holders ?? [];
  const rows = router.outcomes.slice(0, mostLines).map((o) => rowOf(router, o, normal));
  const names = router.members.map((m) => m.node);
  const columns = names.map((name, n) => Math.max(Math.min(name.length, 14), ...rows.map((r) => r.levels[n]?.text.length ?? 0)));
  const levels = columns.reduce((sum, c) => sum + c + 2, 0);
  const free = style.width - 2 - levels - 2;
  const then = Math.min(Math.max(...rows.map((r) => r.outcome.length), 12), Math.floor(free / 2));
  const when = Math.min(free - then, Math.max(...rows.map((r) => r.when.length), 12));
  const line = (cells: readonly string[], first: string, last: string) =>
    `  ${[padEnd(first, when), ...cells.map((c, n) => padStart(c, columns[n] ?? 0)), last].join('  ')}`.trimEnd();
  const title = style.width - 4 - when - levels >= 20 ? 'the addresses are on' : 'held by';
  const head = paint.dim(
    line(
      names.map((n) => cut(n, 14)),
      'what fails',
      router.members.length > 1 ? title : '',
    ),
  );
  const body = rows.flatMap((row) => {
    const left = wrap('', row.when, when);
    const right = wrap('', row.outcome, Math.max(12, style.width - 4 - when - levels));
    const tint = { calm: (t: string) => t, moved: paint.yellow, bad: paint.red }[row.kind];
    return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
      const cells = row.levels.map((l) => (i > 0 ? '' : l.bad ? paint.red(l.text) : l.holds ? paint.bold(paint.green(l.text)) : l.text));
      const end = right[i] ?? '';
      // An empty text in colour would keep blanks at the end of the line.
      return line(cells, left[i] ?? '', end === '' ? '' : tint(end));
    });
  });
  const rest = router.outcomes.length - rows.length;
  return [head, ...body, ...(rest > 0 ? [`  and ${rest} more lines: --json has them all`] : [])].join('\n');
}

function rowOf(router: RouterReport, o: Outcome, normal: readonly string[]): Row {
  const levels = o.levels.map((level, n) => ({
    text: levelText(level),
    holds: o.holders.includes(router.members[n]?.node ?? ''),
    bad: level.fault && level.low === null,
  }));
  const single = router.members.length === 1;
  const bad = o.holders.length === 0 || o.holders.length > 1;
  return {
    when: harmless(whenText(o, single)),
    levels,
    outcome: single ? '' : harmless(thenText(o, normal)),
    kind: bad ? 'bad' : o.moved ? 'moved' : 'calm',
  };
}

function whenText(o: Outcome, single: boolean): string {
  const { case: c } = o;
  const list = (ids: readonly string[]) => (single ? ids.map((id) => id.slice(id.indexOf(': ') + 2)).join(' + ') : byNode(ids));
  if (c.kind === 'stop') return `${c.node} is stopped`;
  if (c.kind === 'loss') return `${c.node} dies${c.interface === null ? '' : ` or loses ${c.interface}`}`;
  if (c.kind === 'several') return `${c.combinations === 1 ? '' : `${c.combinations} combinations, such as `}${list(c.least)}`;
  if (c.kind === 'one') return `one of ${list(c.of).replaceAll(' + ', ', ')}`;
  return c.failed.length === 0 ? 'nothing' : list(c.failed);
}

/** `lb1: a + b, lb2: a` */
function byNode(ids: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const id of ids) {
    const at = id.indexOf(': ');
    const [node, check] = [id.slice(0, at), id.slice(at + 2)];
    groups.set(node, [...(groups.get(node) ?? []), check]);
  }
  return [...groups].map(([node, checks]) => `${node}: ${checks.join(' + ')}`).join(', ');
}

function thenText(o: Outcome, normal: readonly string[]): string {
  if (o.holders.length === 0) return 'nobody';
  if (o.why === 'split') return `${o.holders.join(' and ')} at once: they do not hear each other`;
  const holder = o.holders.join();
  const why = { kept: 'equal, stays', address: 'equal, by address', nopreempt: 'nopreempt', highest: '', alone: '', nobody: '', split: '' }[
    o.why
  ];
  const time = o.takes ? ` in ${timeText(o)}` : '';
  const stays = o.moved && o.after.join() !== normal.join() ? '; does not go back' : '';
  return `${holder}${time}${why === '' ? '' : ` (${why})`}${stays}`;
}

function timeText(o: Outcome): string {
  if (!o.takes) return '';
  const { detection, takeover } = o.takes;
  return detection > 0 ? `${secondsShort(detection)} + ${secondsShort(takeover)}` : secondsShort(takeover);
}

function levelText(level: Level): string {
  if (level.gone) return '–';
  if (level.low === null || level.high === null) return 'FAULT';
  const range = level.low === level.high ? String(level.low) : `${level.low}–${level.high}`;
  return level.fault ? `${range}/FAULT` : range;
}

function coverageText({ coverage, outcomes, members }: RouterReport, { width }: Style): string {
  const several = outcomes.some((o) => o.case.kind === 'several');
  if (!several && coverage.complete) return '';
  const rule =
    several && members.length > 1
      ? 'Whatever fails together: the highest priority holds the addresses, and an equal or nopreempt one does not take them. '
      : '';
  const looked = coverage.complete
    ? ''
    : `${coverage.checks} checks have ${coverage.combinations} combinations: looked at ${coverage.looked} of them, each failure, pairs, whole nodes and everything.`;
  return wrap('  ', `${rule}${looked}`.trim(), width).join('\n');
}

/** The same finding of many routers is printed once. */
function sameFindings(findings: readonly ClusterFinding[]): ClusterFinding[][] {
  const groups = new Map<string, ClusterFinding[]>();
  for (const f of findings) {
    const key = JSON.stringify([f.code, f.message, f.effect, f.advice, f.router === null ? f.places : null]);
    const group = groups.get(key);
    if (group) group.push(f);
    else groups.set(key, [f]);
  }
  return [...groups.values()];
}

function findingText(same: readonly ClusterFinding[], { paint, width }: Style): string {
  const [f] = same;
  if (!f) return '';
  const tint = { error: paint.red, warning: paint.yellow, notice: paint.blue }[f.severity];
  const routers = shortList(same.flatMap((one) => one.router ?? []));
  const head = `${f.severity}: ${routers === '' ? '' : `${routers}: `}${f.message} [${f.code}]`;
  const [first = '', ...more] = wrap('', harmless(head), width);
  const names = longest(f.places.map((p) => p.node));
  const places = f.places.map((p) => ({ at: harmless(`${padEnd(p.node, names)}  ${p.file}:${p.line}`), value: harmless(p.value) }));
  const column = longest(places.map((p) => p.at));
  const lines = places.flatMap(({ at, value }) =>
    4 + column + 2 + value.length <= width ? [`    ${padEnd(at, column)}  ${value}`] : [`    ${at}`, ...wrap('      ', value, width)],
  );
  const labelled = (label: string, text: string) =>
    wrap(`  ${label}: `, harmless(text), width).map((l, i) =>
      i === 0 ? paint.cyan(l.slice(0, label.length + 3)) + l.slice(label.length + 3) : l,
    );
  const title = `${paint.bold(tint(first.slice(0, f.severity.length + 1)))}${first.slice(f.severity.length + 1)}`;
  const others =
    same.length > 1 ? [`    and ${same.length - 1} more places like ${f.places.length > 1 ? 'these' : 'this'}: --json has them all`] : [];
  return [title, ...more, ...lines, ...others, ...labelled('effect', f.effect), ...labelled('do', f.advice)].join('\n');
}

function countText(report: ClusterReport, { paint }: Style): string {
  const count = (severity: ClusterFinding['severity']) => report.findings.filter((f) => f.severity === severity).length;
  const parts = (['error', 'warning', 'notice'] as const).flatMap((s) =>
    count(s) > 0 ? [`${count(s)} ${s}${count(s) > 1 ? 's' : ''}`] : [],
  );
  const text = `cluster of ${report.nodes.length}: ${parts.join(', ') || 'nothing to say against it'}`;
  return paint.bold(parts.length > 0 ? text : paint.green(text));
}

function shortList(items: readonly string[]): string {
  return items.length <= mostNames
    ? items.join(', ')
    : `${items.slice(0, mostNames - 1).join(', ')} and ${items.length - mostNames + 1} more`;
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(widthOf));
}
