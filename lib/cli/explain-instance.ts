// SPDX-License-Identifier: MIT
// `ka-ts explain instance NAME`: an instance of the running daemon, as text.

import { errorText } from '../base/errors.ts';
import { type Paint, padStart } from '../base/paint.ts';
import { type ControlClient, createControlClient } from '../control/client.ts';
import { explainInstance } from '../control/core/explain.ts';
import type { InstanceStatus, Prospect, StatusDocument } from '../control/document.ts';
import { clockText, colourOf, columns, durationText, markOf, wrapped } from './status-words.ts';

/** What came of looking for it. */
export type Sought =
  | {
      readonly kind: 'found';
      readonly instance: InstanceStatus;
      readonly document: StatusDocument;
      readonly prospects: Prospect[] | { readonly missing: string };
    }
  /** There is no such instance; these there are. */
  | { readonly kind: 'unknown'; readonly names: readonly string[] }
  /** `stale`: a daemon is there and does not answer. */
  | { readonly kind: 'silent'; readonly text: string; readonly stale: boolean };

export async function seekInstance(name: string, path: string): Promise<Sought> {
  const client = createControlClient(path);
  try {
    return await seek(name, client);
  } finally {
    client.close();
  }
}

/** Prospects of a large sync group take a while. Milliseconds. */
const prospectsLimit = 6000;

async function seek(name: string, client: ControlClient): Promise<Sought> {
  const look = await client.status();
  if (look.kind !== 'answer') return { kind: 'silent', text: look.text, stale: look.kind === 'stale' };
  const all = look.document.vrrp?.instances ?? [];
  const instance = all.find((i) => i.name === name);
  if (instance) {
    const prospects = await client
      .request('prospects', { instance: name }, prospectsLimit)
      .then((answer) => answer as Prospect[])
      .catch((error) => ({ missing: errorText(error) }));
    return { kind: 'found', instance, document: look.document, prospects };
  }
  return { kind: 'unknown', names: all.map((i) => i.name) };
}

/** `told`: what its machine says, or why it says nothing. */
export function renderInstance(
  i: InstanceStatus,
  told: readonly Prospect[] | { readonly missing: string },
  at: number,
  { paint, width: columns_ }: { readonly paint: Paint; readonly width: number },
): string {
  const { state, because, prospects } = explainInstance(i, 'missing' in told ? [] : told);
  const colour = colourOf(state, paint);
  // How long nothing is known of it is told elsewhere; since when it was what it was says nothing of now.
  const since = i.since === null || state === 'UNKNOWN' ? '' : ` for ${durationText(at - i.since)}, since ${clockText(i.since, at)}`;
  const was = state === 'UNKNOWN' && i.lastKnownState !== undefined ? ` was ${i.lastKnownState}` : '';
  const lines = [
    `${colour(`${markOf(state)} ${i.name}`)}  ${colour(state)}${was}${since}`,
    `  ${because}`,
    paint.dim(`  VRRPv${i.version}, virtual router ${i.vrid} on ${i.interface ?? '-'}${i.group === null ? '' : `, sync group ${i.group}`}`),
    '',
    paint.bold('Who is Active'),
    `  ${activeLine(i, at)}`,
    '',
    paint.bold('Priority'),
    ...sumLines(i, paint),
    '',
    paint.bold('Timers'),
    ...columns(
      [
        [
          'advert interval',
          seconds(i.activeIntervalSeconds),
          i.activeIntervalSeconds === i.intervalSeconds ? '' : `learnt; its own is ${seconds(i.intervalSeconds)}`,
        ],
        ['skew time', seconds(i.skewSeconds), `(256 − ${i.priority.effective})/256 of ${i.version === 2 ? 'a second' : 'the interval'}`],
        ['down interval', seconds(i.downIntervalSeconds), 'without an advert for this long it takes over'],
        ...(i.timer === null
          ? []
          : [
              [
                i.timer.what === 'advert' ? 'next advert' : 'takes over',
                `in ${durationText(i.timer.at - at)}`,
                i.timer.what === 'advert' ? '' : 'if no advert comes',
              ],
            ]),
        ...(i.preemptDelaySeconds > 0 ? [['preempt delay', seconds(i.preemptDelaySeconds), '']] : []),
      ],
      '  ',
    ),
  ];
  if (i.lastTransition !== null) {
    const t = i.lastTransition;
    lines.push(
      '',
      paint.bold('Last transition'),
      `  ${clockText(t.at, at)}  ${t.from} → ${t.to}${t.cause === undefined ? '' : `: ${t.cause}`}`,
    );
    for (const [name, value] of Object.entries(t.evidence ?? {})) lines.push(paint.dim(`    ${name} ${value}`));
  }
  if (prospects.length > 0) {
    lines.push('', paint.bold('If now'));
    for (const p of prospects) {
      const priority = p.priority === null ? '' : ` ${paint.yellow(`priority ${p.priority}`)};`;
      lines.push(...wrapped(`${paint.cyan(`${p.what}:`)}${priority} ${p.outcome}`, columns_, 2, 6));
    }
  }
  if ('missing' in told) lines.push('', paint.yellow(`What would happen now is not known: ${told.missing}`));
  return `${lines.join('\n')}\n`;
}

function activeLine({ active, state }: InstanceStatus, at: number): string {
  if (active === null) return state === 'UNKNOWN' ? 'not known' : 'nobody was heard';
  const since = active.since === null ? '' : `, since ${clockText(active.since, at)}`;
  const age = active.lastAdvertAgeSeconds === null ? '' : `, last advert ${durationText(active.lastAdvertAgeSeconds)} ago`;
  return `${active.self ? 'this router' : active.address}${active.self && active.address ? ` (${active.address})` : ''}, priority ${active.priority}${since}${age}`;
}

function sumLines({ priority }: InstanceStatus, paint: Paint): string[] {
  const rows = priority.parts.map((p) => {
    const sign = p.adds === 0 ? '0' : p.adds < 0 ? `−${-p.adds}` : `+${p.adds}`;
    const where = p.group === null ? '' : `, of group ${p.group}`;
    const weight = p.weight === 0 ? 'FAULT when it fails' : `weight ${p.weight}${p.reverse ? ' reverse' : ''}`;
    const now = p.faults ? paint.red('FAULT') : p.state;
    return [padStart(p.adds === 0 ? paint.dim(sign) : sign, 5), `${p.kind} ${p.name}`, now, paint.dim(`${weight}${where}`)];
  });
  const held = priority.sum === priority.effective ? '' : `held within 1..254, from ${priority.sum}`;
  return columns(
    [
      [padStart(String(priority.base), 5), 'configured'],
      ...rows,
      [paint.bold(padStart(String(priority.effective), 5)), paint.bold('in effect'), '', held],
    ],
    '  ',
  );
}

function seconds(value: number): string {
  return `${Number(value.toFixed(6))} s`;
}
