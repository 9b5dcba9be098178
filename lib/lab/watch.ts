// SPDX-License-Identifier: MIT
// Turns frames of the client's tap and lines of the daemons' logs into lab events. No I/O here.

import { type Micros, micros } from '../base/time.ts';
import type { FrameSummary } from '../native/surface.ts';
import type { LabEvent, VrrpState } from './events.ts';

export interface Watched {
  readonly vrid: number;
  /** What the client pings. */
  readonly vip: string;
  /** The client's own address: its requests are those we count. */
  readonly client: string;
  /** MAC or IP address → node. */
  readonly nodes: ReadonlyMap<string, string>;
  /** A ping without an answer for so long means that the address is unreachable. */
  readonly patience: Micros;
}

export interface Watch {
  frame(at: Micros, frame: FrameSummary): LabEvent[];
  line(at: Micros, node: string, text: string): LabEvent[];
  /** To be called now and then: silence is an event, too. */
  tick(now: Micros): LabEvent[];
}

const stateLine = /\) Entering (MASTER|BACKUP|FAULT|STOP) STATE( \(init\))?/;
const priorityLine = /\) Changing effective priority from ([0-9]+) to ([0-9]+)/;

export function createWatch(watched: Watched): Watch {
  let lastAnswer: { readonly at: Micros; readonly node: string } | null = null;
  let told = false; // the present silence is told
  let waiting = 0; // requests since the last answer
  let oldest: Micros | null = null; // the first of them: a ping that was never sent is no outage
  const nodeOf = (mac: string, address: string) => watched.nodes.get(mac) ?? watched.nodes.get(address) ?? mac;

  const answered = (at: Micros, frame: FrameSummary): LabEvent[] => {
    const node = nodeOf(frame.sourceMac, '');
    const out: LabEvent[] = [{ kind: 'answer', at, node, sequence: frame.echoSequence }];
    if (!lastAnswer || told || lastAnswer.node !== node) {
      const outage = lastAnswer && told ? micros(at - lastAnswer.at) : micros(0);
      out.push({ kind: 'reached', at, node, outage, lost: told ? Math.max(0, waiting - 1) : 0 });
    }
    lastAnswer = { at, node };
    told = false;
    waiting = 0;
    oldest = null;
    return out;
  };

  return {
    frame: (at, frame) => {
      switch (frame.kind) {
        case 'advert':
          if (frame.vrid !== watched.vrid) return [];
          return [advertEvent(at, nodeOf(frame.sourceMac, frame.source), frame)];
        case 'garp':
        case 'na':
          return [{ kind: 'announcement', at, node: nodeOf(frame.sourceMac, ''), address: frame.source }];
        case 'echo_request':
          if (frame.source === watched.client && frame.destination === watched.vip) {
            waiting++;
            oldest ??= at;
          }
          return [];
        case 'echo_reply':
          return frame.source === watched.vip && frame.destination === watched.client ? answered(at, frame) : [];
        default:
          return [];
      }
    },
    line: (at, node, text) => {
      const state = stateLine.exec(text);
      if (state) return [{ kind: 'state', at, node, state: state[1] as VrrpState, initial: state[2] !== undefined }];
      const priority = priorityLine.exec(text);
      if (priority) return [{ kind: 'priority', at, node, from: Number(priority[1]), to: Number(priority[2]) }];
      return [{ kind: 'log', at, node, text }];
    },
    tick: (now) => {
      if (!lastAnswer || told || oldest === null || now - oldest < watched.patience) return [];
      told = true;
      return [{ kind: 'unreachable', at: now, since: lastAnswer.at }];
    },
  };
}

function advertEvent(at: Micros, node: string, frame: FrameSummary): LabEvent {
  const { vrid, priority, version, interval, source, destination, addresses, checksumOk } = frame;
  return { kind: 'advert', at, node, vrid, priority, version, interval, source, destination, addresses, checksumOk };
}
