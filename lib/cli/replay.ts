// SPDX-License-Identifier: MIT
// `ka-ts replay FILE`: what the flight recorder kept, taken again by the same machines. Needs no rights and changes nothing.

import { readFile, stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { errorText } from '../base/errors.ts';
import { causeLine } from '../vrrp/cause-text.ts';
import type { VrrpEffect } from '../vrrp/core/effects.ts';
import { type Happening, type Recording, type Replayed, recordingFormat, recordingVersion, replay } from '../vrrp/core/replay.ts';
import { noteText } from '../vrrp/messages.ts';
import { type Output, terminal } from './output.ts';

const usage = `Usage: ka-ts replay [--json] FILE

Takes each step of a recording (ka_ts { flight_recorder }) again, shows what happened and what
the machines decide, and compares it with what was decided then. FILE: the .json of a
recording, or the .pcapng beside it.

      --json         one JSON object a step: what happened, what was decided, whether it is the same
  -h, --help         this text

Exit status: 0 all decisions are the same; 1 one is not; 2 the command line was wrong, or the
file is no recording.
`;

/** A recording has at most 64 steps; what is larger is none. */
const LARGEST = 64 * 1024 * 1024;

/** `argv` behind `replay`. The exit status. */
export async function replayCommand(argv: string[], output: Output = terminal()): Promise<number> {
  let asked: { readonly file: string; readonly json: boolean } | 'help';
  try {
    asked = readArguments(argv);
  } catch (error) {
    output.error(`ka-ts replay: ${errorText(error)}\nTry 'ka-ts replay --help'.\n`);
    return 2;
  }
  if (asked === 'help') {
    output.write(usage);
    return 0;
  }
  const file = asked.file.replace(/\.pcapng$/, '.json');
  try {
    const recording = await readRecording(file);
    return show(recording, asked.json, output);
  } catch (error) {
    output.error(`ka-ts replay: ${file}: ${errorText(error)}\n`);
    return 2;
  }
}

function readArguments(argv: string[]): { readonly file: string; readonly json: boolean } | 'help' {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return 'help';
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error('one recording is needed');
  return { file, json: values.json };
}

async function readRecording(file: string): Promise<Recording> {
  const info = await stat(file);
  if (!info.isFile() || info.size > LARGEST) throw new Error(`is no recording: not a file of at most ${LARGEST} bytes`);
  let value: Partial<Recording>;
  try {
    value = JSON.parse(await readFile(file, 'utf8')) as Partial<Recording>;
  } catch {
    throw new Error('is no recording: not JSON');
  }
  if (value === null || value.format !== recordingFormat) throw new Error(`is no recording: no "format": "${recordingFormat}"`);
  if (value.version !== recordingVersion) throw new Error(`has version ${value.version}; this ka-ts reads version ${recordingVersion}`);
  if (!Array.isArray(value.steps) || !Array.isArray(value.transitions) || typeof value.epoch !== 'number')
    throw new Error('is no recording: steps, transitions or epoch are missing');
  return value as Recording;
}

function show(recording: Recording, isJson: boolean, output: Output): number {
  let [steps, different] = [0, 0];
  if (!isJson)
    output.write(`Recorded by ${recording.program}\n${recording.transitions.map((t) => `${causeLine(t.instance, t).text}\n`).join('')}\n`);
  for (const taken of replay(recording.steps)) {
    steps++;
    if (!taken.same) different++;
    output.write(isJson ? `${JSON.stringify(asJson(taken))}\n` : `${lines(taken, recording.epoch).join('\n')}\n`);
  }
  const verdict = different === 0 ? `${steps} steps, all decisions the same` : `${steps} steps, ${different} decided otherwise`;
  output.write(isJson ? `${JSON.stringify({ kind: 'summary', steps, different })}\n` : `\n${verdict}\n`);
  return different === 0 ? 0 : 1;
}

function asJson({ step, result, after, same }: Replayed): unknown {
  const { what, names } = step;
  return same
    ? { kind: 'step', names, what, result, same }
    : { kind: 'step', names, what, result, after, same, recorded: { result: step.result, after: step.after } };
}

function lines(taken: Replayed, epoch: number): string[] {
  const { step, members, after, result, same } = taken;
  const found = [`${clock(timeOf(step.what), epoch)}  ${happened(step.what, step.names)}`];
  for (const [n, instance] of after.entries()) {
    const before = members[n]?.instance;
    if (before && before.state !== instance.state) found.push(`    ${step.names[n]}: ${before.state} -> ${instance.state}`);
  }
  for (const [name, effect] of effectsOf(result, step.names)) found.push(`    ${effectWords(name, effect)}`);
  if (!same)
    found.push(
      '    DIFFERENT from what was recorded:',
      `      now      ${JSON.stringify({ result, after })}`,
      `      recorded ${JSON.stringify({ result: step.result, after: step.after })}`,
    );
  return found;
}

function timeOf(what: Happening): number {
  return what.kind === 'event' ? what.event.at : what.kind === 'startup' ? (what.events[0]?.[1].at ?? 0) : what.at;
}

function happened(what: Happening, names: readonly string[]): string {
  if (what.kind === 'startup') return `start of ${what.events.map(([n]) => names[n]).join(', ')}`;
  if (what.kind === 'reconcile') return `the group ${names.join(', ')} is put together anew`;
  const { kind, at: _, ...rest } = what.event;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `${names[what.member]}: ${kind}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}

function effectsOf(result: unknown, names: readonly string[]): (readonly [string, VrrpEffect])[] {
  if (Array.isArray(result)) return (result as VrrpEffect[]).map((effect) => [names[0] ?? '', effect] as const);
  const { effects = [] } = result as { effects?: { kind: string; member?: number; effect?: VrrpEffect }[] };
  return effects.flatMap((e) => (e.kind === 'member' && e.effect ? [[names[e.member ?? 0] ?? '', e.effect] as const] : []));
}

function effectWords(name: string, effect: VrrpEffect): string {
  if (effect.kind === 'note') return `log: ${noteText(name, effect.note).text}`;
  const { kind, ...rest } = effect;
  const details = Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return `${name}: ${kind}${details.length > 0 ? ` ${details.join(', ')}` : ''}`;
}

function clock(at: number, epoch: number): string {
  const wall = new Date((at + epoch) / 1000);
  return Number.isNaN(wall.getTime()) ? '?' : wall.toISOString().slice(0, 23).replace('T', ' ');
}
