// SPDX-License-Identifier: MIT
// Does what a command line asks for, unless that is a daemon (reference/cli-and-process.md section 1).

import { exitStatus } from '../base/errors.ts';
import { nearest } from '../config/suggest.ts';
import { parseCommandLine } from './options.ts';

/** The exit status; null: a daemon is asked for, which has an entry of its own. `argv` without interpreter and program. */
export async function runCommandLine(argv: readonly string[]): Promise<number | null> {
  const line = parseCommandLine(argv);
  switch (line.kind) {
    case 'error':
      process.stderr.write(`${line.text}\n`);
      return exitStatus.fatal;
    case 'help':
      process.stderr.write((await import('./usage.ts')).helpText());
      return exitStatus.ok;
    case 'version':
      process.stderr.write(await version());
      return exitStatus.ok;
    case 'signum':
      process.stdout.write(`${line.signal}\n`);
      return exitStatus.ok;
    case 'genhash':
      return runGenhash(line.args);
    case 'config-test':
      return (await import('./config-test.ts')).testConfiguration(line);
    case 'run':
      return null;
  }
}

/** keepalived passes over a word that is no option and starts. That is no answer to somebody who wrote `ka-ts staus`. */
export function refuseWord(word: string, commands: readonly string[]): number {
  const meant = nearest(word, commands);
  process.stderr.write(`ka-ts: no command '${word}'${meant ? `; did you mean '${meant}'?` : ''}\nTry 'ka-ts --help'.\n`);
  return 2;
}

export async function runGenhash(args: readonly string[]): Promise<number> {
  const [{ genhash }, { socketsHere }] = await Promise.all([import('./genhash.ts'), import('../process/sockets-here.ts')]);
  return genhash(
    args,
    (text) => process.stdout.write(text),
    (text) => process.stderr.write(text),
    socketsHere(),
  );
}

async function version(): Promise<string> {
  const [{ versionBlock }, system] = await Promise.all([import('./usage.ts'), import('../kernel/system.ts')]);
  return versionBlock({ kernel: system.kernel(), distribution: system.distribution(), node: process.version });
}
