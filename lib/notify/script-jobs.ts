// SPDX-License-Identifier: MIT
// Which scripts a notification runs, and how (reference: notifications document, section 1): the script for the state with
// its configured arguments, then `notify` with `KIND NAME STATE PRIORITY` appended.

import type { Script } from '../config/model.ts';
import type { Log } from '../ports/log.ts';
import type { Notification, Why } from '../ports/notifier.ts';
import type { ExitResult } from '../ports/processes.ts';
import type { Job } from './script-queue.ts';

export function jobsFor(n: Notification, log: Log): Job[] {
  const jobs: Job[] = [];
  if (n.specific) jobs.push(commandOf(n.specific, [], log));
  if (n.generic) jobs.push(commandOf(n.generic, [n.kind, n.name, n.state, String(n.priority)], log));
  const { why } = n;
  return why ? jobs.map((job) => ({ ...job, environment: environmentOf(why) })) : jobs;
}

/** keepalived adds no variables; these say why. */
function environmentOf(why: Why): Record<string, string> {
  return {
    KA_FROM: why.from,
    KA_CAUSE: why.cause,
    KA_REASON: why.text,
    KA_EVIDENCE: JSON.stringify(why.evidence),
  };
}

/** `added`: arguments behind the configured ones. */
export function commandOf(script: Script, added: readonly string[], log: Log): Job {
  const [name = '', ...args] = script.words;
  return {
    path: script.path ?? name,
    argv0: name,
    args: [...args, ...added],
    identity: script.run_as,
    onExit: (result) => complain(name, result, log),
  };
}

/** The status of a notify script means nothing; that it could not run at all is told as keepalived does. */
function complain(path: string, result: ExitResult, log: Log): void {
  if (result.kind === 'not_started') log.alert(notStartedText(path, result.code, result.text));
  else if (result.kind === 'exited' && result.status === 127) log.alert(`Couldn't find command: ${path}`);
  else if (result.kind === 'exited' && result.status === 126) log.alert(`Couldn't execute command: ${path}`);
}

function notStartedText(path: string, code: string, text: string): string {
  if (code === 'ENOENT') return `Couldn't find command: ${path}`;
  if (code === 'EACCES') return `Couldn't execute command: ${path}`;
  return `Error exec-ing command '${path}': ${text}`;
}
