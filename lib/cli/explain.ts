// SPDX-License-Identifier: MIT
// `ka-ts explain KEYWORD`: what a keyword means, from the tables that read it.

import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { createPaint } from '../base/paint.ts';
import { type KeywordEntry, keywordEntries } from '../config/reference/entries.ts';
import { findKeyword, listsWith, suggestKeyword } from '../config/reference/lookup.ts';
import { explainInstance } from '../control/core/explain.ts';
import { grammar } from '../grammar.ts';
import { connectOptions, connectUsage, findSocket } from './connect.ts';
import { type ScreenOutput, terminal } from './output.ts';
import { type KeywordStyle, renderBlocks, renderKeyword } from './render-keyword.ts';

const usage = `Usage: ka-ts explain [--json] [KEYWORD...]
       ka-ts explain [--json] [-s SOCKET | -p PIDFILE] instance NAME

Says what a keyword of keepalived.conf means, what it takes, its default, where it may
stand, what a reload does with a change, and how it is written. KEYWORD may be a path, whole
or its end: priority, vrrp_instance.priority, vrrp_instance/track_script, /track_file (root
level only), @ID, ~SEQ. Without one: the blocks.

With "instance NAME", or a single NAME that is no keyword: an instance of the running daemon.
Its priority as a sum, its timers, who is Active since when and why, and what would happen if
a peer or a check failed now.

      --json        a JSON array of entries, for programs
${connectUsage}
      --color       colour also where the output is no terminal; --no-color: never
  -h, --help        this text

Exit status: 0 found; 1 there is no such keyword or instance; 2 the command line was wrong;
3 the daemon does not answer.
`;

/** `argv` behind `explain`. The exit status: 0 found, 1 unknown, 2 usage. */
export async function explainCommand(argv: string[], output: ScreenOutput = terminal(40)): Promise<number> {
  let asked: ReturnType<typeof readArguments>;
  try {
    asked = readArguments(argv);
  } catch (error) {
    output.error(`ka-ts explain: ${errorText(error)}\nTry 'ka-ts explain --help'.\n`);
    return 2;
  }
  if (asked.help) {
    output.write(usage);
    return 0;
  }
  const entries = keywordEntries(grammar);
  const style = { paint: createPaint(asked.colour ?? (output.colour && !asked.json)), width: Math.min(output.width, 80) };
  const [first, second] = asked.words;
  if (first === 'instance' && second !== undefined && asked.words.length === 2) return explainRunning(second, asked, style, output);
  if (asked.words.length === 0) {
    output.write(asked.json ? json(entries) : renderBlocks(entries, style));
    return 0;
  }
  const found = asked.words.map((word) => ({ word, entries: findKeyword(entries, word) }));
  // A keyword means the same on every machine, so it comes before a name.
  if (first !== undefined && asked.words.length === 1 && found[0]?.entries.length === 0) {
    const status = await explainRunning(first, asked, style, null, output);
    if (status !== null) return status;
  }
  for (const { word } of found.filter((f) => f.entries.length === 0)) output.error(`${unknown(entries, word)}\n`);
  const known = found.flatMap((f) => f.entries);
  if (asked.json) output.write(json(known.map(({ entry, blocks }) => ({ ...entry, blocks }))));
  else output.write(known.map((k) => renderKeyword(k, entries, style)).join('\n'));
  return found.every((f) => f.entries.length > 0) ? 0 : 1;
}

type Asked = ReturnType<typeof readArguments>;

/** `complaints` null: silent, and null, when there is no such instance or no daemon. */
async function explainRunning(name: string, asked: Asked, style: KeywordStyle, complaints: ScreenOutput): Promise<number>;
async function explainRunning(
  name: string,
  asked: Asked,
  style: KeywordStyle,
  complaints: null,
  output: ScreenOutput,
): Promise<number | null>;
async function explainRunning(
  name: string,
  asked: Asked,
  style: KeywordStyle,
  complaints: ScreenOutput | null,
  output: ScreenOutput | null = complaints,
): Promise<number | null> {
  const place = findSocket(asked, process.env);
  const { seekInstance, renderInstance } = await import('./explain-instance.ts');
  const sought = 'error' in place ? ({ kind: 'silent', text: place.error, stale: false } as const) : await seekInstance(name, place.path);
  if (sought.kind === 'found') {
    const { instance, document, prospects } = sought;
    const told = 'missing' in prospects ? [] : prospects;
    output?.write(
      asked.json
        ? json({ ...instance, ...explainInstance(instance, told) })
        : renderInstance(instance, prospects, document.at, { paint: style.paint, width: complaints?.width ?? output?.width ?? 80 }),
    );
    return 0;
  }
  if (complaints === null) {
    if (sought.kind !== 'silent' || !sought.stale) return null;
    output?.error(`'${name}' is no keyword, and whether it is an instance nobody says: ${sought.text}\n`);
    return 3;
  }
  if (sought.kind === 'silent') complaints.error(`${sought.text}\n`);
  else complaints.error(`there is no instance '${name}'; there are: ${sought.names.join(', ') || 'none'}\n`);
  return sought.kind === 'silent' ? 3 : 1;
}

function readArguments(argv: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const options = { json: flag, help: { ...flag, short: 'h' }, color: flag, 'no-color': flag } as const;
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { ...options, ...connectOptions } });
  const colour = values['no-color'] ? false : values.color ? true : null;
  return { words: positionals, json: values.json, help: values.help, colour, socket: values.socket, pid: values.pid };
}

function unknown(entries: readonly KeywordEntry[], query: string): string {
  const lists = listsWith(entries, query).map((e) => e.path);
  if (lists.length > 0) return `'${query}' is no keyword but a word of ${lists.slice(0, 4).join(', ')}${lists.length > 4 ? ', …' : ''}`;
  const near = suggestKeyword(entries, query);
  return `there is no keyword '${query}'${near === null ? '' : `; did you mean '${near}'?`}`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
