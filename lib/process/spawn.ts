// SPDX-License-Identifier: MIT
// Another process of this program as the parent sees it: a child with its channel and lease pipe, or the daemon itself, detached.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { errorText } from '../base/errors.ts';
import type { Ending } from '../native/process-surface.ts';
import { createChannel } from './channel.ts';
import { type EarlyChild, type SpawnCalls, type StartedChild, startChild } from './early.ts';
import { readFromChild } from './from-child.ts';
import { createGuardTable, type GuardTable } from './guard-table.ts';
import { daemonVariable } from './marks.ts';
import type { FromChild, Role, ToChild } from './messages.ts';
import { ownCommand } from './own-program.ts';
import type { Capability } from './rights.ts';

export type ChildEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals; readonly number: number }
  | { readonly kind: 'not_started'; readonly text: string };

export interface ChildListener {
  onMessage(message: FromChild): void;
  /** Something that no child says: its memory is damaged. */
  onNonsense(): void;
  /** The engine of the child has acted without its JavaScript: it must be replaced. */
  onLeaseLost(): void;
  /** Called once, last. */
  onEnd(end: ChildEnd): void;
}

export interface ChildHandle {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** To be closed by whoever has read it last. */
  readonly guardTable: GuardTable;
  /** Resolves when the kernel has it, or when it cannot be sent any more. */
  send(message: ToChild): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** `rights`: what it is left of ours. */
export type SpawnChild = (role: Role, rights: readonly Capability[], listener: ChildListener) => ChildHandle;

/** `showErrors`: the child keeps our standard error, for the console log and for crashes. `early`: one that was started already. */
export function createSpawner(showErrors: boolean, native: SpawnCalls, early: EarlyChild | null = null): SpawnChild {
  const living = new Map<number, (ending: Ending) => void>();
  const collect = () => {
    for (const [pid, ended] of living) {
      const ending = endingOf(native, pid);
      if (!ending) continue;
      living.delete(pid);
      ended(ending);
    }
  };
  let listening = false;
  const watch = (pid: number, ended: (ending: Ending) => void) => {
    if (!listening) process.on('SIGCHLD', collect);
    listening = true;
    living.set(pid, ended);
  };
  return (role, rights, listener) => {
    let started: StartedChild;
    try {
      started = early?.take(role, rights) ?? startChild(role, rights, showErrors, native);
    } catch (error) {
      setImmediate(() => listener.onEnd({ kind: 'not_started', text: errorText(error) }));
      return { pid: 0, guardTable: createGuardTable(noTable), send: async () => {}, signal() {} };
    }
    const { pid } = started;
    let over = false;
    const channel = createChannel<ToChild>(native, started.channelFd, {
      onMessage(received) {
        if (over) return;
        const message = readFromChild(received);
        if (message) listener.onMessage(message);
        else listener.onNonsense();
      },
      // Its exit is told anyway.
      onEnd() {},
    });
    const lease = native.openChannel(
      started.leaseFd,
      (line) => {
        if (line === null) lease.close();
        else if (!over && line === 'L') listener.onLeaseLost();
      },
      () => {},
    );
    watch(pid, (ending) => {
      over = true;
      channel.close();
      lease.close();
      if ('signal' in ending) listener.onEnd({ kind: 'signalled', signal: nameOf(ending.signal), number: ending.signal });
      else listener.onEnd({ kind: 'exited', status: ending.status });
    });
    // Its end may have been told before anybody listened.
    setImmediate(collect);
    return {
      pid,
      guardTable: createGuardTable(() => started.guardFd),
      send: (message) => channel.send(message),
      signal(name) {
        if (!over) process.kill(pid, name);
      },
    };
  };
}

function noTable(): number {
  return -1;
}

/** Who was collected by somebody else has ended somehow. */
function endingOf(native: SpawnCalls, pid: number): Ending | null {
  try {
    return native.takeEnding(pid);
  } catch {
    return { status: 255 };
  }
}

function nameOf(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return (found?.[0] ?? `SIG${number}`) as NodeJS.Signals;
}

/** Starts this program again without a terminal, in a session of its own; the caller exits. Throws Error{code}. */
export function detach(): void {
  const own = ownCommand();
  const child = spawn(own.path, own.arguments, {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, [daemonVariable]: '1' },
  });
  if (child.pid === undefined) throw new Error(`cannot start ${own.path}`);
  child.unref();
}
