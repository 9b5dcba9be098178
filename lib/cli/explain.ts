// `ka-ts explain KEYWORD`: what a keyword means, from the tables that read it.

import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { createPaint } from '../base/paint.ts';
import { type KeywordEntry, keywordEntries } from '../config/reference/entries.ts';
import { findKeyword, listsWith, suggestKeyword } from '../config/reference/lookup.ts';
import { grammar } from '../grammar.ts';
import { renderBlocks, renderKeyword } from './render-keyword.ts';

const usage = `Usage: ka-ts explain [--json] [KEYWORD...]

Says what a keyword of keepalived.conf means, what it takes, its default, where it may
stand, what a reload does with a change, and how it is written. KEYWORD may be a path, whole
or its end: priority, vrrp_instance.priority, vrrp_instance/track_script, /track_file (root
level only), @ID, ~SEQ. Without one: the blocks.

      --json        a JSON array of entries, for programs
      --color       colour also where the output is no terminal; --no-color: never
  -h, --help        this text

Exit status: 0 found; 1 there is no such keyword; 2 the command line was wrong.
`;

/** Where the command writes. */
export interface ExplainOutput {
  write(text: string): void;
  error(text: string): void;
  /** Columns. */
  readonly width: number;
  readonly colour: boolean;
}

/** `argv` behind `explain`. The exit status: 0 found, 1 unknown, 2 usage. */
export async function explainCommand(argv: string[], output: ExplainOutput = terminal()): Promise<number> {
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
  if (asked.words.length === 0) {
    output.write(asked.json ? json(entries) : renderBlocks(entries, style));
    return 0;
  }
  const found = asked.words.map((word) => ({ word, entries: findKeyword(entries, word) }));
  for (const { word } of found.filter((f) => f.entries.length === 0)) output.error(`${unknown(entries, word)}\n`);
  const known = found.flatMap((f) => f.entries);
  if (asked.json) output.write(json(known.map(({ entry, blocks }) => ({ ...entry, blocks }))));
  else output.write(known.map((k) => renderKeyword(k, entries, style)).join('\n'));
  return found.every((f) => f.entries.length > 0) ? 0 : 1;
}

function readArguments(argv: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const options = { json: flag, help: { ...flag, short: 'h' }, color: flag, 'no-color': flag } as const;
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const colour = values['no-color'] ? false : values.color ? true : null;
  return { words: positionals, json: values.json, help: values.help, colour };
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

function terminal(): ExplainOutput {
  const { stdout, stderr, env } = process;
  return {
    write: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    width: stdout.isTTY ? Math.max(40, stdout.columns) : 80,
    colour: stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
  };
}
