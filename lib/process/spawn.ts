// Starting another process of this program: a child with its IPC channel and lease pipe, or the daemon itself, detached.
// Both run the same launcher with the same arguments; the role is told by the environment.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { errorText } from '../base/errors.ts';
import type { NativeAddon } from '../native/surface.ts';
import { readFromChild } from './from-child.ts';
import { createGuardTable, type GuardTable } from './guard-table.ts';
import {
  type FromChild,
  guardDescriptor,
  ipcDescriptor,
  leaseDescriptor,
  parentVariable,
  type Role,
  roleVariable,
  type ToChild,
} from './messages.ts';
import { childMalloc } from './node-flags.ts';
import { ownCommand } from './own-program.ts';
import { type Capability, capabilityNumbers } from './rights.ts';

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

/** An exception in a callback of the engine is a defect like any other; without this Node would only print a warning. */
const strictCallbacks = '--force-node-api-uncaught-exceptions-policy=true';

/** `showErrors`: the child keeps our standard error, for the console log and for crashes. */
export function createSpawner(showErrors: boolean, native: Pick<NativeAddon, 'createGuardTable' | 'withLesserRights'>): SpawnChild {
  const { NOTIFY_SOCKET: _, ...environment } = process.env;
  return (role, rights, listener) => {
    const guardTable = createGuardTable(native.createGuardTable);
    const stdio: ('ignore' | 'inherit' | 'ipc' | 'pipe' | number)[] = ['ignore', 'ignore', showErrors ? 'inherit' : 'ignore'];
    stdio[ipcDescriptor] = 'ipc';
    stdio[leaseDescriptor] = 'pipe';
    stdio[guardDescriptor] = guardTable.fd >= 0 ? guardTable.fd : 'ignore';
    const own = ownCommand([strictCallbacks]);
    const start = () =>
      spawn(own.path, own.arguments, {
        stdio,
        env: { ...childMalloc, ...environment, [roleVariable]: role, [parentVariable]: String(process.pid) },
      });
    const child = startedWith(native, rights, start);
    let over = false;
    const end = (how: ChildEnd) => {
      if (over) return;
      over = true;
      listener.onEnd(how);
    };
    child.on('error', (error) => {
      // Also a failed send to a child that is just dying: its exit is told anyway.
      if (child.pid === undefined) end({ kind: 'not_started', text: errorText(error) });
    });
    child.on('exit', (status, signal) => {
      if (signal) end({ kind: 'signalled', signal, number: constants.signals[signal] });
      else end({ kind: 'exited', status: status ?? 0 });
    });
    child.on('message', (received) => {
      if (over) return;
      const message = readFromChild(received);
      if (message) listener.onMessage(message);
      else listener.onNonsense();
    });
    // Node makes no stdio at all when descriptors have run out.
    const lease = (child.stdio as typeof child.stdio | undefined)?.[leaseDescriptor] as Readable | null | undefined;
    lease?.on('data', (bytes: Buffer) => {
      if (!over && bytes.includes('L')) listener.onLeaseLost();
    });
    lease?.on('error', () => {});
    return {
      pid: child.pid ?? 0,
      guardTable,
      send: (message) => new Promise((sent) => (child.pid === undefined ? sent() : child.send(message, () => sent()))),
      signal: (name) => void child.kill(name),
    };
  };
}

/** What `start` starts, with these rights at most where the system lets us. */
export function startedWith<T>(native: Pick<NativeAddon, 'withLesserRights'>, rights: readonly Capability[], start: () => T): T {
  let started: { readonly it: T } | null = null;
  native.withLesserRights(
    rights.map((name) => capabilityNumbers[name]),
    () => {
      started = { it: start() };
    },
  );
  return (started as unknown as { readonly it: T }).it;
}

/** Variable of the detached process: it must not detach again. */
export const daemonVariable = 'KA_TS_DAEMON';

/** Asked once: scripts inherit the environment, and a daemon that one of them starts is another one. */
export function isDetached(): boolean {
  const is = process.env[daemonVariable] !== undefined;
  delete process.env[daemonVariable];
  return is;
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
