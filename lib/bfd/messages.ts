// SPDX-License-Identifier: MIT
// keepalived's words about BFD sessions (reference: notifications document, section 7).

import type { Micros } from '../base/time.ts';
import type { BfdState, Session } from './core/session.ts';

const diagnostics = [
  'No Diagnostic',
  'Control Detection Time Expired',
  'Echo Function Failed',
  'Neighbor Signaled Session Down',
  'Forwarding Plane Reset',
  'Path Down',
  'Concatenated Path Down',
  'Administratively Down',
  'Reverse Concatenated Path Down',
] as const;

export function diagnosticText(number: number): string {
  return diagnostics[number] ?? `Unknown (${number})`;
}

export function stateText(name: string, { state, diagnostic, remote }: Session): string {
  const why =
    state === 'Down' ? ` (Local diagnostic - ${diagnosticText(diagnostic)}, Remote diagnostic - ${diagnosticText(remote.diagnostic)})` : '';
  return `(${name}) Entering ${state} state${why}`;
}

/** Told at any level of detail; the other states only with -DD. */
export function isNews(state: BfdState): boolean {
  return state === 'Up' || state === 'Down' || state === 'AdminDown';
}

export function expiredText(name: string, detection: Micros, late: Micros): string {
  return `(${name}) Expired after ${Math.floor((detection + late) / 1000)} ms (${late} usec overdue)`;
}

export function detectionText(name: string, now: Micros, before: Micros): string {
  return `${' '.repeat(name.length)} Detection time is ${now} us (was ${before} us)`;
}
