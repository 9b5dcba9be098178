// SPDX-License-Identifier: MIT
// Scripts, started by the addon: without fork, in process groups of their own that can be ended as a whole, and such that
// they end when the daemon dies. Node's own spawn has no way to ask for that.

import { errorCode, errorText } from '../base/errors.ts';
import { seconds } from '../base/time.ts';
import type { Ending } from '../native/process-surface.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Command, ExitResult, Processes, RunningProcess } from '../ports/processes.ts';

/** Kill sequence of reference/vrrp-protocol.md 7.3. */
const termToKill = seconds(2);
const killToComplaint = seconds(2);
const betweenKills = seconds(10);

/** Variables that a script must not inherit from the daemon (reference/cli-and-process.md section 11). */
const withheld = ['MALLOC_ARENA_MAX', 'IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH'];

export function scriptEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !withheld.includes(name)));
}

export interface ProcessesContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly native: Pick<NativeAddon, 'startProgram' | 'takeEnding'>;
  /** Taken once: reading process.env for every run costs more than the rest of the call. */
  readonly environment: NodeJS.ProcessEnv;
  /** Soft limit of core files for what is started, bytes; null: none; absent: that of the daemon. */
  readonly softCoreLimit?: number | null | undefined;
}

export function createProcesses(context: ProcessesContext): Processes {
  const { clock, log, native } = context;
  const environment = Object.entries(scriptEnvironment(context.environment)).map(([name, value]) => `${name}=${value}`);
  const limit = context.softCoreLimit === undefined ? {} : { softCoreLimit: context.softCoreLimit };
  const alive = new Map<number, Supervised>();
  const collect = () => {
    for (const [pid, one] of alive) {
      const ending = endingOf(native, pid);
      if (!ending) continue;
      alive.delete(pid);
      one.ended(ending);
    }
  };
  let listening = false;
  return {
    running: () => alive.size,
    killAll() {
      for (const one of alive.values()) one.kill();
    },
    run(command) {
      if (!listening) process.on('SIGCHLD', collect);
      listening = true;
      const { path, args, identity } = command;
      try {
        const added = Object.entries(command.environment ?? {}).map(([name, value]) => `${name}=${value}`);
        const all = added.length > 0 ? [...environment, ...added] : environment;
        const pid = native.startProgram({ path, arguments: [command.argv0 ?? path, ...args], environment: all, ...identity, ...limit });
        const one = supervise(pid, command, clock, log);
        alive.set(pid, one);
        return one;
      } catch (error) {
        setImmediate(command.onExit, { kind: 'not_started', code: errorCode(error), text: errorText(error) } satisfies ExitResult);
        return { pid: 0, terminate() {}, kill() {} };
      }
    },
  };
}

/** Who was collected by somebody else has ended somehow. */
function endingOf(native: ProcessesContext['native'], pid: number): Ending | null {
  try {
    return native.takeEnding(pid);
  } catch {
    return { status: 255 };
  }
}

interface Supervised extends RunningProcess {
  ended(how: Ending): void;
}

function supervise(pid: number, command: Command, clock: Clock, log: Log): Supervised {
  let over = false;
  let ending: 'timeout' | 'asked' | null = null;
  let cancel: Cancel = () => {};

  const killAgain = () => {
    if (!signalGroup(pid, 'SIGKILL')) return;
    // Members of the group that outlive their leader are killed like it, but only the leader is worth a line.
    if (!over) log.warning(`Script ${command.path} child (PID ${pid}) failed to terminate after kill`);
    cancel = clock.after(betweenKills, killAgain);
  };
  const kill = () => {
    if (signalGroup(pid, 'SIGKILL')) cancel = clock.after(killToComplaint, killAgain);
  };
  const end = (why: 'timeout' | 'asked') => {
    if (over || ending) return;
    ending = why;
    cancel();
    if (signalGroup(pid, 'SIGTERM')) cancel = clock.after(termToKill, kill);
  };
  if (command.timeout !== null) cancel = clock.after(command.timeout, () => end('timeout'));

  return {
    pid,
    terminate: () => end('asked'),
    kill() {
      if (!over) signalGroup(pid, 'SIGKILL');
    },
    ended(how) {
      over = true;
      // After a TERM the timer stays: whoever of the group ignored it is killed when the 2 s are over.
      if (!ending) cancel();
      if (ending === 'timeout') command.onExit({ kind: 'timed_out' });
      else if ('signal' in how) command.onExit({ kind: 'signalled', signal: how.signal });
      else command.onExit({ kind: 'exited', status: how.status });
    },
  };
}

/** false when nobody of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  if (pid <= 1) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    // EPERM: a set-uid member lives; it cannot be ended by us, so it counts as there.
    return errorCode(error) === 'EPERM';
  }
}
