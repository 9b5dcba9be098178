// Processes over child_process.spawn. A program gets a session of its own (`detached`), hence a process group that can
// be ended as a whole; libuv gives it default signal dispositions and, when the identity changes, an empty group list.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { errorCode, errorText } from '../base/errors.ts';
import { seconds } from '../base/time.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Command, ExitResult, Processes, RunningProcess } from '../ports/processes.ts';

/** Kill sequence of reference/vrrp-protocol.md 7.3. */
const termToKill = seconds(2);
const killToComplaint = seconds(2);
const betweenKills = seconds(10);

/** Variables that a script must not inherit from the daemon (reference/cli-and-process.md section 11). */
const withheld = ['IFS', 'LD_PRELOAD', 'LD_LIBRARY_PATH'];

export function scriptEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !withheld.includes(name)));
}

/** Calls `start` and hands on its result: whatever a program shall inherit and we do not have stands around the call. */
export type Spawning = <T>(start: () => T) => T;

/** `environment` is taken once: reading process.env for every run costs more than the rest of the call. */
export function createProcesses(
  clock: Clock,
  log: Log,
  environment: NodeJS.ProcessEnv,
  spawning: Spawning = (start) => start(),
): Processes {
  const env = scriptEnvironment(environment);
  const alive = new Set<RunningProcess>();
  return {
    running: () => alive.size,
    killAll() {
      for (const one of alive) one.kill();
    },
    run(command) {
      const child = spawning(() => start(command, env));
      if (child instanceof Error) {
        setImmediate(command.onExit, notStarted(child));
        return { pid: 0, terminate() {}, kill() {} };
      }
      const one = supervise(child, command, clock, log, () => alive.delete(one));
      alive.add(one);
      return one;
    },
  };
}

function start(command: Command, env: NodeJS.ProcessEnv): ChildProcess | Error {
  const identity = command.identity;
  // Only a change is asked for: an unprivileged daemon may run scripts as itself.
  const uid = identity && identity.uid !== process.geteuid?.() ? { uid: identity.uid } : {};
  const gid = identity && identity.gid !== process.getegid?.() ? { gid: identity.gid } : {};
  try {
    return spawn(command.path, [...command.args], {
      stdio: 'ignore',
      detached: true,
      env,
      argv0: command.argv0 ?? command.path,
      ...uid,
      ...gid,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function supervise(child: ChildProcess, command: Command, clock: Clock, log: Log, ended: () => void): RunningProcess {
  const pid = child.pid ?? 0;
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
  if (pid > 0 && command.timeout !== null) cancel = clock.after(command.timeout, () => end('timeout'));

  const finish = (result: ExitResult) => {
    if (over) return;
    over = true;
    // After a TERM the timer stays: whoever of the group ignored it is killed when the 2 s are over.
    if (!ending) cancel();
    ended();
    command.onExit(result);
  };
  child.once('error', (error) => finish(notStarted(error)));
  child.once('exit', (status, signal) => {
    if (ending === 'timeout') finish({ kind: 'timed_out' });
    else if (signal) finish({ kind: 'signalled', signal: constants.signals[signal] ?? 0 });
    else finish({ kind: 'exited', status: status ?? 0 });
  });

  return {
    pid,
    terminate: () => end('asked'),
    kill() {
      if (!over) signalGroup(pid, 'SIGKILL');
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

function notStarted(error: Error): ExitResult {
  return { kind: 'not_started', code: errorCode(error), text: errorText(error) };
}
