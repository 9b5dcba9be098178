// SPDX-License-Identifier: MIT
// Starting a child: the same launcher with the same arguments; the role is told by the environment. The VRRP child of a daemon in the
// foreground is started before the parent has loaded the rest of itself and read its configuration, so that both start at the same
// time. It waits for its configuration like any other, and a guess that was wrong costs processor time only.

import { closeSync, readFileSync } from 'node:fs';
import type { DaemonOptions } from '../cli/options.ts';
import type { NativeAddon } from '../native/surface.ts';
import { parentVariable, type Role, roleVariable } from './messages.ts';
import { childMalloc } from './node-flags.ts';
import { ownCommand } from './own-program.ts';
import type { Capability } from './rights.ts';
import { startedWith, usualRights } from './role-rights.ts';
import { sessionEnd } from './session-channel.ts';

export type SpawnCalls = Pick<
  NativeAddon,
  'startProgram' | 'takeEnding' | 'socketPair' | 'openChannel' | 'createGuardTable' | 'withLesserRights'
>;

/** A child that nobody listens to yet. The descriptors are ours. */
export interface StartedChild {
  readonly pid: number;
  readonly channelFd: number;
  readonly leaseFd: number;
  /** -1: there is no guard table. */
  readonly guardFd: number;
}

/** The child that was started before anybody asked for it. */
export interface EarlyChild {
  /** Once; null: it is of another kind, was born with other rights, or is not there any more. */
  take(role: Role, rights: readonly Capability[]): StartedChild | null;
  /** It is not needed: nothing of it was seen. Any number of times. */
  drop(): void;
}

/** An exception in a callback of the engine is a defect like any other; without this Node would only print a warning. */
const strictCallbacks = '--force-node-api-uncaught-exceptions-policy=true';

/** `rights`: what it is left of ours; `showErrors`: it keeps our standard error. Throws Error{code}. */
export function startChild(role: Role, rights: readonly Capability[], showErrors: boolean, native: SpawnCalls): StartedChild {
  const ours: number[] = [];
  const theirs: number[] = [];
  const connect = () => {
    const [one, other] = native.socketPair('stream');
    ours.push(one);
    theirs.push(other);
    return [one, other] as const;
  };
  try {
    const [channelFd, childChannel] = connect();
    const [leaseFd, childLease] = connect();
    const guardFd = tableOrNone(native);
    ours.push(guardFd);
    const { NOTIFY_SOCKET: _, ...environment } = process.env;
    const { path, arguments: words } = ownCommand([strictCallbacks]);
    const all = { ...childMalloc, ...environment, [roleVariable]: role, [parentVariable]: String(process.pid) };
    const program = {
      path,
      arguments: [path, ...words],
      environment: Object.entries(all).map(([name, value]) => `${name}=${value}`),
      // In the order of messages.ts.
      descriptors: [-1, -1, showErrors ? 2 : -1, childChannel, childLease, guardFd, sessionEnd(role, native)],
    };
    const pid = startedWith(native, rights, () => native.startProgram(program));
    return { pid, channelFd, leaseFd, guardFd };
  } catch (error) {
    closeAll(ours);
    throw error;
  } finally {
    closeAll(theirs);
  }
}

function closeAll(descriptors: readonly number[]): void {
  for (const fd of descriptors) if (fd >= 0) closeSync(fd);
}

/** Without one nothing is known of any router when the child dies. */
function tableOrNone(native: SpawnCalls): number {
  try {
    return native.createGuardTable();
  } catch {
    return -1;
  }
}

/** null where it would not do: the parent changes something first that children inherit, or has no use for it. */
export function startEarly(options: DaemonOptions, file: string, native: SpawnCalls): EarlyChild | null {
  if (options.fork || !options.runVrrp || options.namespace !== null || options.coreDump || !promisesVrrp(file)) return null;
  const rights = usualRights('vrrp');
  let started: StartedChild | null;
  try {
    started = startChild('vrrp', rights, true, native);
  } catch {
    // Said when it is tried again.
    return null;
  }
  const drop = () => {
    if (!started) return;
    const { pid, channelFd, leaseFd, guardFd } = started;
    started = null;
    process.kill(pid, 'SIGKILL');
    closeAll([channelFd, leaseFd, guardFd]);
    process.off('exit', drop);
  };
  // A configuration that is refused ends us in many places.
  process.on('exit', drop);
  return {
    drop,
    take(role, needed) {
      if (role !== 'vrrp') return null;
      if (needed.length !== rights.length || needed.some((one) => !rights.includes(one))) drop();
      const taken = started;
      started = null;
      process.off('exit', drop);
      return taken;
    },
  };
}

/** Not where it would be born outside the network namespace that the configuration names. */
function promisesVrrp(file: string): boolean {
  try {
    const text = readFileSync(file, 'latin1');
    return /vrrp_instance|include/.test(text) && !text.includes('net_namespace');
  } catch {
    // A pattern, or missing.
    return false;
  }
}
