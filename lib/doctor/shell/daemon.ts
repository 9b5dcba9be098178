// SPDX-License-Identifier: MIT
// Is there a daemon, and does it run?

import type { DaemonFacts } from '../core/facts.ts';
import { textOf } from './proc.ts';

export function daemonFacts(pidFile: string): DaemonFacts {
  const pid = Number.parseInt(textOf(pidFile), 10);
  if (!(pid > 0) || !isDaemon(pid)) return { state: 'absent', pid: null, pidFile };
  const stopped = [pid, ...childrenOf(pid)].some((p) => /^[Tt]$/.test(stateOf(p)));
  return { state: stopped ? 'stopped' : 'running', pid, pidFile };
}

/** A pid file outlives its process, and its number may be somebody else's by now. */
function isDaemon(pid: number): boolean {
  return stateOf(pid) !== 'Z' && /ka-ts|keepalived/.test(textOf(`/proc/${pid}/cmdline`) + textOf(`/proc/${pid}/comm`));
}

function stateOf(pid: number): string {
  const text = textOf(`/proc/${pid}/stat`);
  // Behind the name, which may hold blanks and brackets.
  return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
}

function childrenOf(pid: number): number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}
