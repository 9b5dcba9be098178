// SPDX-License-Identifier: MIT
// `ka-ts fmt FILE…`: configuration files in canonical layout, comments kept, meaning untouched.

import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { formatConfig } from '../config/format/index.ts';
import { limits } from '../config/limits.ts';
import { decodeText } from '../config/source.ts';
import { replaceFile } from './replace-file.ts';

const usage = `Usage: ka-ts fmt [--write | --check] FILE...

Prints keepalived configurations in canonical layout: four blanks a level, the brace behind
its keyword, one entry a line, at most one empty line. Comments stay, words and their order
too; the meaning never changes. Each file is laid out by itself: includes are not followed,
definitions, sequences and conditions not expanded, and multi-line definitions keep every
letter. A file whose braces or quotes do not match stays as it is.

  -w, --write   write the files instead of printing them
  -c, --check   print the names of files that are not in canonical layout
  -h, --help    this text

FILE may be - for standard input.

Exit status: 0 done; 1 with --check: a file is not in canonical layout; 2 a file could not be
read, written or understood, or the command line was wrong.
`;

/** Where the command reads and writes besides files. */
export interface FmtStreams {
  write(bytes: Uint8Array | string): void;
  error(text: string): void;
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
}

interface Asked {
  readonly files: readonly string[];
  readonly write: boolean;
  readonly check: boolean;
}

/** `argv` behind `fmt`. The exit status: 0 done, 1 would change something (--check), 2 could not do all. */
export async function fmtCommand(argv: string[], streams: FmtStreams = standardStreams()): Promise<number> {
  let asked: Asked | 'help';
  try {
    asked = readArguments(argv);
  } catch (error) {
    streams.error(`ka-ts fmt: ${errorText(error)}\nTry 'ka-ts fmt --help'.\n`);
    return 2;
  }
  if (asked === 'help') {
    streams.write(usage);
    return 0;
  }
  const outcomes = [];
  for (const file of asked.files) outcomes.push(await layOut(file, asked, streams));
  return outcomes.includes('failed') ? 2 : outcomes.includes('changes') && asked.check ? 1 : 0;
}

function readArguments(argv: string[]): Asked | 'help' {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      write: { type: 'boolean', short: 'w', default: false },
      check: { type: 'boolean', short: 'c', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { write, check } = values;
  if (values.help) return 'help';
  if (positionals.length === 0) throw new Error('which file? (- is standard input)');
  if (write && check) throw new Error('--write and --check exclude each other');
  if (write && positionals.includes('-')) throw new Error('standard input cannot be written');
  return { files: positionals, write, check };
}

async function layOut(file: string, asked: Asked, streams: FmtStreams): Promise<'same' | 'changes' | 'failed'> {
  const name = file === '-' ? '<standard input>' : file;
  let before: Uint8Array;
  try {
    before = await readAll(file === '-' ? streams.input : createReadStream(file));
  } catch (error) {
    streams.error(`${name}: ${errorText(error)}\n`);
    return 'failed';
  }
  const text = decodeText(before);
  const formatted = formatConfig(text);
  if (!formatted.ok) {
    const { line, reason } = formatted.obstacle;
    streams.error(`${name}:${line}: left as it is: ${reason}\n`);
    if (!asked.write && !asked.check) streams.write(before);
    return 'failed';
  }
  const after = encodeLike(before, text, formatted.text);
  const changes = Buffer.compare(before, after) !== 0;
  if (asked.check) {
    if (changes) streams.write(`${name}\n`);
  } else if (!asked.write) streams.write(after);
  else if (changes) {
    try {
      replaceFile(file, after);
    } catch (error) {
      streams.error(`${name}: ${errorText(error)}\n`);
      return 'failed';
    }
  }
  return changes ? 'changes' : 'same';
}

/** Throws when there is more than a configuration file may hold: a pipe or a device has no end that one can ask for. */
async function readAll(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limits.fileBytes) throw new Error(`bigger than ${limits.fileBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Bytes that were not UTF-8 were read as Latin-1 and go back the same way. */
function encodeLike(before: Uint8Array, text: string, after: string): Uint8Array {
  return Buffer.from(after, Buffer.compare(Buffer.from(text), before) === 0 ? 'utf8' : 'latin1');
}

function standardStreams(): FmtStreams {
  return {
    write: (bytes) => void process.stdout.write(bytes),
    error: (text) => void process.stderr.write(text),
    get input() {
      return process.stdin;
    },
  };
}
