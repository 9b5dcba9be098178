// SPDX-License-Identifier: MIT
// Pools on the status screen: every server of a small one, of a large one those that are not as they should be.

import type { Paint } from '../base/paint.ts';
import type { CheckersStatus, PoolStatus, ServerStatus } from '../control/document.ts';
import { clip, colourOf, columns, durationText, grid, markOf } from './status-words.ts';

export interface PoolStyle {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
}

/** So many servers get a line, and so many pools. */
const mostServers = 20;
const mostPools = 20;

export function poolLines({ pools }: CheckersStatus, at: number, style: PoolStyle): string[] {
  const { paint } = style;
  if (pools.length === 0) return [];
  if (pools.length <= mostPools) return [paint.dim('POOLS'), ...pools.flatMap((pool) => onePool(pool, at, style))];
  const wanting = pools.filter((p) => p.state !== 'UP' || p.servers.some(needsLook));
  const rest = pools.filter((p) => !wanting.includes(p));
  const shown = wanting.slice(0, mostPools);
  return [
    `${paint.dim('POOLS')}  ${pools.length}, of which ${rest.length} are as they should be`,
    ...shown.flatMap((pool) => onePool(pool, at, style)),
    ...(shown.length < wanting.length
      ? [paint.yellow(`… and ${wanting.length - shown.length} more like these: ka-ts status --json has all`)]
      : []),
    ...grid(
      rest.map((p) => `${colourOf(p.state, paint)(markOf(p.state))} ${p.name}`),
      style.width,
    ),
  ];
}

function onePool(pool: PoolStatus, at: number, { paint, width: columns_ }: PoolStyle): string[] {
  const colour = colourOf(pool.state, paint);
  const { servers } = pool;
  const upCount = servers.filter((s) => s.state === 'UP').length;
  const count = pool.state === 'UNKNOWN' ? '' : `${upCount}/${servers.length} up, quorum ${pool.quorum}`;
  const suspended = pool.suspended ? paint.yellow('  suspended') : '';
  const first = `${colour(markOf(pool.state))} ${paint.bold(pool.name)}  ${colour(pool.state)}  ${count}  ${paint.dim(pool.scheduler)}${suspended}${trafficText(pool, paint)}`;
  const wanting = servers.length <= mostServers ? servers : servers.filter(needsLook);
  const shown = wanting.slice(0, mostServers);
  const left = servers.length - shown.length;
  const upLeft = upCount - shown.filter((s) => s.state === 'UP').length;
  const rows = shown.map((s) => serverRow(s, at, paint, columns_));
  const more = left === 0 ? [] : [paint.dim(`    … and ${left} more, ${upLeft === left ? 'all up' : `${upLeft} of them up`}`)];
  return [first, ...columns(rows, '    '), ...more];
}

/** Down, held out of the table, or without the weight that it should have. */
function needsLook(s: ServerStatus): boolean {
  return s.state !== 'UP' || !s.inTable || s.weight === 0;
}

function serverRow(s: ServerStatus, at: number, paint: Paint, columns_: number): string[] {
  const failing = s.checks.filter((c) => !c.up).map((c) => c.kind);
  const why = failing.length > 0 ? paint.red(clip(failing.join(' '), columns_ - 50)) : '';
  const since = s.since === null ? '' : paint.dim(`for ${durationText(at - s.since)}`);
  const weight = s.weight === s.configuredWeight ? `weight ${s.weight}` : paint.yellow(`weight ${s.weight}`);
  const active = s.traffic === null ? '' : paint.dim(`${s.traffic.activeConnections} conn`);
  return [`${colourOf(s.state, paint)(markOf(s.state))} ${s.name}`, colourOf(s.state, paint)(s.state), weight, active, since, why];
}

/** `12 conn/s, 3.4 MB/s in`; '' where nothing goes through. */
function trafficText({ traffic }: PoolStatus, paint: Paint): string {
  if (traffic === null || traffic.connectionsPerSecond + traffic.bytesInPerSecond === 0) return '';
  return paint.dim(`  ${traffic.connectionsPerSecond} conn/s, ${bytesText(traffic.bytesInPerSecond)}/s in`);
}

function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
