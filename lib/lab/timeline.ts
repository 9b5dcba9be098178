// SPDX-License-Identifier: MIT
// The live time line: one column for each node and one for the client, one line for each thing that happens.

import { type Micros, micros, milliseconds } from '../base/time.ts';
import type { LabEvent } from './events.ts';
import { type Paint, padEnd, padStart } from './paint.ts';
import { beyondFormula } from './summary.ts';

export interface TimeLine {
  /** Takes an event; its line follows from a later call. */
  take(event: LabEvent): void;
  /** Lines whose time has come, without line ends. */
  lines(now: Micros): string[];
}

const laneWidth = 31;

/** A line is held back so long: the announcements of one burst become one line. */
const patience = milliseconds(60);

interface Held {
  readonly event: LabEvent;
  /** Announcements in this line. */
  count: number;
}

/** `lanes` are the nodes in order; the client's column comes last. */
export function createTimeLine(lanes: readonly string[], began: Micros, paint: Paint): TimeLine {
  const held: Held[] = [];
  const colours = [paint.cyan, paint.magenta] as const;
  const colourOf = (node: string) => colours[lanes.indexOf(node)] ?? paint.yellow;

  const line = (at: Micros, node: string, text: string): string => {
    const lane = node === 'client' ? lanes.length : Math.max(0, lanes.indexOf(node));
    const bars = `${paint.dim('│')} ${' '.repeat(laneWidth)}`.repeat(lane);
    const rest = `${paint.dim('│')} ${' '.repeat(laneWidth)}`.repeat(lanes.length - lane);
    return `${clock(at, began)} ${bars}${paint.dim('│')} ${padEnd(text, laneWidth)}${rest}`.trimEnd();
  };
  const show = ({ event, count }: Held): string[] => {
    switch (event.kind) {
      case 'advert':
        return [line(event.at, event.node, advertText(event, paint, colourOf(event.node)))];
      case 'state':
        return [line(event.at, event.node, stateText(event, paint))];
      case 'priority':
        return [line(event.at, event.node, `△ priority ${event.from} → ${paint.bold(String(event.to))}`)];
      case 'act':
        return [line(event.at, event.node, paint.yellow(`▸ ${event.text}`))];
      case 'reached': {
        const gap = event.outage > 0 ? ` after ${seconds(event.outage)} s` : '';
        return [line(event.at, 'client', `${paint.green('✓')} answered by ${colourOf(event.node)(event.node)}${gap}`)];
      }
      case 'unreachable':
        return [line(event.at, 'client', paint.red(`✗ no answer since ${clock(event.since, began).trim()}`))];
      case 'step':
        return ['', heading(event, paint), columnHeads()];
      case 'result':
        return [verdict(event.result, paint)];
      case 'announcement':
        return [line(event.at, event.node, `⇶ ${count} × ARP for ${colourOf(event.node)(event.address)}`)];
      case 'answer':
      case 'log':
        return [];
      default:
        return event satisfies never;
    }
  };
  const columnHeads = () =>
    `${' '.repeat(9)} ${lanes.map((name) => `${paint.dim('│')} ${padEnd(paint.bold(colourOf(name)(name)), laneWidth)}`).join('')}${paint.dim('│')} ${paint.bold('client')}`;

  return {
    take: (event) => {
      const burst = held.find(
        (h) =>
          h.event.kind === 'announcement' &&
          event.kind === 'announcement' &&
          h.event.node === event.node &&
          h.event.address === event.address,
      );
      if (burst) burst.count++;
      else held.push({ event, count: 1 });
    },
    lines: (now) => {
      const due = held.findIndex((h) => h.event.at > now - patience);
      return held.splice(0, due < 0 ? held.length : due).flatMap(show);
    },
  };
}

/** Seconds since the lab began, nine columns. */
function clock(at: Micros, began: Micros): string {
  return padStart(seconds(micros(at - began)), 9);
}

function seconds(t: Micros): string {
  return (t / 1e6).toFixed(3);
}

function advertText(event: Extract<LabEvent, { kind: 'advert' }>, paint: Paint, colour: (text: string) => string): string {
  const bad = event.checksumOk ? '' : paint.red(' bad checksum');
  if (event.priority === 0) return `${paint.red('──▶ farewell, priority 0')}${bad}`;
  return `${colour('──▶')} advert, priority ${colour(String(event.priority))}${bad}`;
}

function stateText(event: Extract<LabEvent, { kind: 'state' }>, paint: Paint): string {
  const marks = { MASTER: paint.green, BACKUP: paint.blue, FAULT: paint.red, STOP: paint.dim } as const;
  return marks[event.state](`◆ ${paint.bold(event.state)}`);
}

function heading(event: Extract<LabEvent, { kind: 'step' }>, paint: Paint): string {
  const rule = '─'.repeat(Math.max(3, 62 - event.title.length));
  return `${paint.dim('──')} ${paint.bold(`${event.number}. ${event.title}`)} ${paint.dim(rule)} Active then: ${event.expected}`;
}

function verdict(result: Extract<LabEvent, { kind: 'result' }>['result'], paint: Paint): string {
  if (result.broken.length > 0) return `${' '.repeat(10)}${paint.red(`✗ ${result.broken.join('; ')}`)}`;
  const { expected, measured } = result;
  const late = expected === null || measured === null ? 'nothing changed' : `${beyondFormula(measured, expected)} beyond the formula`;
  return `${' '.repeat(10)}${paint.green('✓')} ${paint.dim(late)}`;
}
