// SPDX-License-Identifier: MIT
// The one line that says why a router changed its state, in words of our own: keepalived has none. Scripts and people look
// for `cause NAME`.

import { stateWord } from '../notify/words.ts';
import type { Evidence, TransitionRecord } from './core/cause.ts';

export interface CauseLine {
  readonly text: string;
  /** Only with --log-detail: it starts or ends as it was asked to. */
  readonly detail: boolean;
}

/** `(VI_1) BACKUP to MASTER, cause peer_silent: last advert 3.609 s ago from 10.0.0.2, priority 150`. */
export function causeLine(name: string, record: TransitionRecord): CauseLine {
  const words = evidenceWords(record);
  const text = `(${name}) ${stateWord(record.from)} to ${stateWord(record.to)}, cause ${record.cause}${words === '' ? '' : `: ${words}`}`;
  return { text, detail: record.cause === 'start' || record.cause === 'stop' };
}

/** What speaks for the cause, in words; '' where it says it all. */
export function evidenceWords({ cause, evidence: e }: Pick<TransitionRecord, 'cause' | 'evidence'>): string {
  const parts: string[] = [];
  const say = (text: string | null): void => {
    if (text !== null) parts.push(text);
  };
  if (e.operation !== undefined) say(operationWords(e));
  if (e.leader !== undefined) say(`follows ${e.leader} in group ${e.group}${e.leaderCause === undefined ? '' : ` (${e.leaderCause})`}`);
  if (e.name !== undefined) say(e.recovered ? `${subject(cause)}${e.name} is back` : `${subject(cause)}${e.name}`);
  if (e.text !== undefined) say(e.recovered && e.name === undefined ? `over: ${e.text}` : e.text);
  say(advertWords(e));
  if (e.lateSeconds !== undefined && (e.lateSeconds >= 0.001 || cause === 'own_stall')) say(`this host was ${seconds(e.lateSeconds)} late`);
  if (e.drops !== undefined && e.drops > 0) say(`the socket dropped ${e.drops} packets since then`);
  if (e.refused !== undefined) say(`${e.refused} adverts refused since then, the last from ${e.refusedFrom} for ${e.refusedReason}`);
  if (e.tracking !== undefined) say(`trackers add ${e.tracking}`);
  if (e.link !== undefined && e.link !== 'up' && cause !== 'link') say(`the interface is ${e.link}`);
  return parts.join(', ');
}

function subject(cause: TransitionRecord['cause']): string {
  return cause === 'link' ? 'interface ' : cause === 'bfd' ? 'session ' : `${cause} `;
}

function advertWords(e: Evidence): string | null {
  if (e.peer === undefined) return null;
  if (e.lastAdvertAgeSeconds === undefined) return `${e.peer} has priority ${e.peerPriority}, ours is ${e.ownPriority}`;
  return `last advert ${seconds(e.lastAdvertAgeSeconds)} ago from ${e.peer}, priority ${e.peerPriority}`;
}

/** `failover by root (uid 0, pid 4711)` */
function operationWords({ operation, operator, operatorUid: uid, operatorPid: pid }: Evidence): string {
  if (uid === undefined) return `${operation}`;
  return `${operation} by ${operator === undefined ? `uid ${uid} (pid ${pid})` : `${operator} (uid ${uid}, pid ${pid})`}`;
}

function seconds(n: number): string {
  return `${n.toFixed(3)} s`;
}
