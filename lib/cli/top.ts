// SPDX-License-Identifier: MIT
// `ka-ts top`: the status screen, live.

import { parseArgs } from 'node:util';
import { createPaint } from '../base/paint.ts';
import { type ControlClient, createControlClient, type Look } from '../control/client.ts';
import type { StatusDocument } from '../control/document.ts';
import { begin, connectOptions, connectUsage } from './connect.ts';
import { type ScreenOutput, terminal } from './output.ts';
import { exitOf } from './status.ts';
import { shorten, statusScreen } from './status-screen.ts';
import { durationText } from './status-words.ts';

const usage = `Usage: ka-ts top [--interval SECONDS] [-s SOCKET | -p PIDFILE]

The status of the running daemon, live. q ends it, the arrow keys and PgUp, PgDn scroll.

      --interval N   seconds between two looks, 0.1 to 60; 0.5 when absent
${connectUsage}
  -h, --help         this text

Needs a terminal. Exit status: as of ka-ts status, by the last look.
`;

/** `argv` behind `top`. The exit status, when it is over. */
export async function topCommand(argv: string[], output: ScreenOutput = terminal()): Promise<number> {
  const begun = begin('top', usage, output, () => readArguments(argv));
  if ('status' in begun) return begun.status;
  const { asked, path } = begun;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    output.error("ka-ts top: this is no terminal; try 'ka-ts status' or 'ka-ts watch'\n");
    return 2;
  }
  const client = createControlClient(path);
  try {
    return exitOf(await live(client, path, asked.interval * 1000));
  } finally {
    client.close();
  }
}

/** What the screen shows, and from which line on. */
export interface TopView {
  readonly look: Look;
  /** The last document there was, and when it came, seconds. */
  readonly last: StatusDocument | null;
  readonly lastAt: number;
  /** Adverts a second since the look before. */
  readonly rates: { readonly sent: number; readonly received: number } | null;
  readonly scroll: number;
}

/** Exactly so many lines, each of at most so many columns. */
export function topScreen(
  view: TopView,
  size: { readonly rows: number; readonly columns: number },
  colour: boolean,
  now: number,
): string[] {
  const paint = createPaint(colour);
  const { look, last, rates } = view;
  const body = last === null ? [] : statusScreen(last, { paint, width: size.columns, events: 8 });
  const alarm =
    look.kind === 'answer'
      ? []
      : [
          paint.bold(paint.red(`✖ ${look.text}`)),
          ...(last === null ? [] : [paint.red(`what follows is ${durationText(now - view.lastAt)} old`)]),
          '',
        ];
  const foot = [rates === null ? '' : `adverts/s  sent ${rates.sent.toFixed(1)}  received ${rates.received.toFixed(1)}`, 'q quit']
    .filter(Boolean)
    .join('   ');
  const room = Math.max(0, size.rows - 1);
  const lines = [...alarm, ...(look.kind === 'answer' ? body : body.map((line) => paint.dim(plain(line))))];
  const from = Math.min(view.scroll, Math.max(0, lines.length - room));
  const shown = lines.slice(from, from + room).map((line) => shorten(line, size.columns));
  return [...shown, ...Array<string>(room - shown.length).fill(''), paint.dim(shorten(foot, size.columns))];
}

function plain(line: string): string {
  return line.replace(/\u001b\[[0-9]+m/g, '');
}

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';

/** Until q; the last look. */
async function live(client: ControlClient, path: string, interval: number): Promise<Look> {
  const { stdin, stdout } = process;
  const colour = !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  let view: TopView = { look: { kind: 'stale', text: `asking ${path}` }, last: null, lastAt: 0, rates: null, scroll: 0 };
  let over = false;
  let wake: () => void = () => {};

  const draw = () => {
    const lines = topScreen(view, { rows: stdout.rows || 24, columns: stdout.columns || 80 }, colour, Date.now() / 1000);
    stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}`);
  };
  const quit = () => {
    over = true;
    wake();
  };
  const onKey = (keys: string) => {
    const page = Math.max(1, (stdout.rows || 24) - 2);
    if (keys === 'q' || keys === 'Q' || keys === '\u0003' || keys === '\u001b') return quit();
    const by = { '\u001b[A': -1, k: -1, '\u001b[B': 1, j: 1, '\u001b[5~': -page, '\u001b[6~': page }[keys] ?? 0;
    view = { ...view, scroll: Math.max(0, view.scroll + by) };
    draw();
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', onKey);
  stdin.resume();
  stdout.on('resize', draw);
  process.once('SIGTERM', quit);
  stdout.write(enter);
  try {
    while (!over) {
      const look = await client.status();
      view = follow(view, look, Date.now() / 1000);
      if (!over) draw();
      if (!over) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, interval);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  } finally {
    stdout.write(leave);
    stdout.off('resize', draw);
    stdin.setRawMode(false);
    stdin.off('data', onKey);
    stdin.pause();
  }
  return view.look;
}

function follow(view: TopView, look: Look, now: number): TopView {
  if (look.kind !== 'answer') return { ...view, look, rates: null };
  const { document } = look;
  const before = view.last?.vrrp;
  const seconds = document.vrrp && before ? document.vrrp.at - before.at : 0;
  const rates =
    document.vrrp && before && seconds > 0
      ? {
          sent: Math.max(0, sum(document, 'advertSent') - sum(view.last, 'advertSent')) / seconds,
          received: Math.max(0, sum(document, 'advertReceived') - sum(view.last, 'advertReceived')) / seconds,
        }
      : view.rates;
  return { ...view, look, last: document, lastAt: now, rates };
}

function sum(document: StatusDocument | null, what: 'advertSent' | 'advertReceived'): number {
  return (document?.vrrp?.instances ?? []).reduce((total, i) => total + i.counters[what], 0);
}

function readArguments(argv: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: argv,
    options: { interval: { type: 'string', default: '0.5' }, help: { ...flag, short: 'h' }, ...connectOptions },
  });
  const interval = Number(values.interval);
  if (!(interval >= 0.1 && interval <= 60))
    throw new TypeError(`--interval is a number of seconds from 0.1 to 60, not '${values.interval}'`);
  return { ...values, interval };
}
