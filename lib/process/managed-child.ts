// SPDX-License-Identifier: MIT
// One child as the parent sees it: started, answering, dead, started again. It decides nothing about the daemon as a
// whole; it tells its owner, who may stop everything (reference/cli-and-process.md section 2).

import { exitStatus } from '../base/errors.ts';
import { type Micros, micros } from '../base/time.ts';
import type { Config } from '../config/model.ts';
import type { EventBody } from '../control/document.ts';
import type { BfdChange } from '../ports/bfd.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Resume } from '../ports/guard.ts';
import type { Log } from '../ports/log.ts';
import type { LoadReason } from '../ports/operator.ts';
import type { LeftChild } from './bequest.ts';
import type { DumpKind } from './dumps.ts';
import type { Heartbeat } from './guard-table.ts';
import type { Guardian } from './guardian.ts';
import type { ChildSettings, Question, Role } from './messages.ts';
import type { Predecessor } from './predecessor.ts';
import { createRespawn } from './respawn.ts';
import type { Capability } from './rights.ts';
import { signalText } from './signals.ts';
import type { ChildEnd, ChildHandle, SpawnChild } from './spawn.ts';

export interface ManagedChildOptions {
  readonly role: Role;
  /** As in `Starting VRRP child process`. */
  readonly label: string;
  readonly settings: ChildSettings;
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly log: Log;
  readonly respawn: boolean;
  /** Looks after what a dead child was Active for; null: there is nothing of the kind. */
  readonly guardian: Guardian | null;
  /** The child of the program before this one: it goes on until ours can begin. */
  readonly predecessor?: Predecessor | null;
  readonly owner: ChildOwner;
}

export interface ChildOwner {
  /** Its signal listeners stand. */
  onListening(pid: number): void;
  onLoaded(generation: number): void;
  /** A BFD session has something to say. */
  onBfd(change: BfdChange): void;
  /** A weight was set in it over SNMP. */
  onWeight(pool: string, server: string, value: number): void;
  /** Something happened in it, or to it. */
  onEvent(event: EventBody): void;
  /** It ended although nobody asked; with a permanent status, or because it must not be started again. */
  onGone(status: number | null): void;
  /** It ended after stop(). */
  onStopped(): void;
}

export interface ManagedChild {
  /**
   * Starts it, or hands a running one the new configuration; one that was started with fewer rights than the configuration needs is
   * replaced. Answered by onLoaded with this generation.
   */
  load(config: Config, generation: number, reason: LoadReason, rights: readonly Capability[]): void;
  /** What it has in force already: the next one that is started begins with it. */
  keep(config: Config): void;
  /** Started and not stopped, though it may be dead and waiting for its next start. */
  isWanted(): boolean;
  isRunning(): boolean;
  /** It takes orders and answers. */
  isListening(): boolean;
  /** null: it does not run. */
  pid(): number | null;
  /** How often it had to be started again. */
  restarts(): number;
  /** Answered once, with finished JSON; null: it cannot say, or has ended. Any time may pass. */
  ask(question: Question, answer: (text: string | null) => void): void;
  /** Of its engine; null: it has none that beats. */
  heartbeat(): Heartbeat | null;
  /** Passes on what a signal asked for; nothing while it does not run. */
  dump(what: DumpKind): void;
  /** What a BFD session says; nothing while it does not run. */
  hearBfd(change: BfdChange): void;
  /** SIGTERM; onStopped follows, at once when it does not run. */
  stop(): void;
  /** After stop(): it shall not wait for others any more. */
  hurry(): void;
  /** SIGKILL. */
  kill(): void;
  /** The parent's place is taken by another program: the child shall go on alone for so long. null: it does not run. */
  leave(forAtMost: Micros): Promise<LeftChild | null>;
}

export function createManagedChild(options: ManagedChildOptions): ManagedChild {
  const { clock, log, owner, label, guardian } = options;
  const respawn = createRespawn();
  let wanted: { config: Config; generation: number; reason: LoadReason } | null = null;
  let rights: readonly Capability[] = [];
  /** Of the running one. */
  let held: readonly Capability[] = [];
  /** It was killed by us, for another one to be started. */
  let replacing = false;
  let handle: ChildHandle | null = null;
  let listening = false;
  let started = false;
  let stopping = false;
  /** Who may go on where the last child was Active. */
  let resume: readonly Resume[] = [];
  let cancelStart: Cancel | null = null;
  let starts = 0;
  let questions = 0;
  const asked = new Map<number, (text: string | null) => void>();
  const answerAll = () => {
    const answers = [...asked.values()];
    asked.clear();
    for (const answer of answers) answer(null);
  };
  let predecessor = options.predecessor ?? null;

  const start = () => {
    cancelStart = null;
    listening = false;
    guardian?.starting();
    held = rights;
    const child = options.spawn(options.role, rights, {
      onMessage(message) {
        if (message.kind === 'guard') return guardian?.told(message);
        if (message.kind === 'loaded') {
          guardian?.loaded();
          return owner.onLoaded(message.generation);
        }
        if (message.kind === 'bfd') return owner.onBfd(message.change);
        if (message.kind === 'weight') return owner.onWeight(message.pool, message.server, message.value);
        if (message.kind === 'event') return owner.onEvent(message.event);
        if (message.kind === 'answer') {
          const answer = asked.get(message.id);
          asked.delete(message.id);
          return answer?.(message.text);
        }
        listening = true;
        // One that was started before it was asked for has been waiting: how long a start takes, it knows best.
        if (message.took !== undefined) guardian?.starting(micros(clock.now() - message.took));
        owner.onListening(child.pid);
        relieve(() => {
          if (!wanted || handle !== child) return;
          guardian?.beginning();
          const lacking = lackingIn(held);
          if (lacking.length > 0) replace(child, lacking);
          else void child.send({ kind: 'start', ...wanted, settings: settings() });
        });
      },
      onNonsense() {
        log.alert(`${label} child process(${child.pid}) says what no child says - killing it`);
        child.signal('SIGKILL');
      },
      onLeaseLost() {
        log.alert(`${label} child process(${child.pid}) did not run for too long and has lost its lease - killing it`);
        child.signal('SIGKILL');
      },
      onEnd: (end) => ended(child, end),
    });
    handle = child;
    respawn.started(clock.now());
    starts++;
    if (child.pid > 0) owner.onEvent({ kind: 'process', role: options.role, what: 'started', pid: child.pid, text: '' });
    if (child.pid > 0) log.info(`Starting ${label} child process, pid=${child.pid}`);
  };

  /** The one before is killed, not asked: in order it would say farewell. */
  const relieve = (next: () => void) => {
    if (!predecessor) return next();
    const { pid, guardTable, end } = predecessor;
    predecessor = null;
    end('SIGKILL', () => {
      if (guardian) resume = guardian.died(guardTable, 'respawned_now');
      guardTable.close();
      log.info(`${label} child process(${pid}) of the program before is relieved`);
      started = true;
      next();
    });
  };

  const lackingIn = (there: readonly Capability[]) => rights.filter((one) => !there.includes(one));
  /** Not asked: in order it would take its services and addresses away. */
  const replace = (child: ChildHandle, lacking: readonly Capability[]) => {
    if (replacing) return;
    replacing = true;
    log.info(
      `${label} child process(${child.pid}) was started without ${lacking.join(', ')}, which the configuration needs - replacing it`,
    );
    child.signal('SIGKILL');
  };

  const settings = (): ChildSettings => {
    const respawned = started;
    started = true;
    const { vrrp, checkers } = options.settings;
    return { ...options.settings, vrrp: { ...vrrp, respawned, resume }, checkers: { ...checkers, respawned } };
  };

  const ended = ({ pid, guardTable }: ChildHandle, end: ChildEnd) => {
    handle = null;
    const permanent = end.kind === 'exited' ? permanentError(end.status) : null;
    const replaced = replacing;
    replacing = false;
    const delay = replaced ? micros(0) : respawn.died(clock.now());
    const over = stopping || permanent !== null || !options.respawn;
    // In order it has left nothing behind.
    const inOrder = stopping && end.kind === 'exited' && end.status === 0;
    // First: others wait for what is said here.
    if (!inOrder && guardian && !predecessor)
      resume = guardian.died(guardTable, over ? 'over' : delay > 0 ? 'respawned_later' : 'respawned_now');
    guardTable.close();
    answerAll();
    if (stopping) return stopped();
    if (replaced) {
      cancelStart = clock.after(delay, start);
      return;
    }
    owner.onEvent({ kind: 'process', role: options.role, what: 'died', pid, text: endLines(pid, end, permanent).join('; ') });
    for (const line of endLines(pid, end, permanent)) log.alert(line);
    if (end.kind === 'exited' && permanent) return owner.onGone(end.status);
    if (!options.respawn) {
      log.alert(`${label} child process(${pid}) died: Exiting`);
      return owner.onGone(null);
    }
    log.alert(`${label} child process(${pid}) died: Respawning`);
    if (delay > 0) log.info(`Restart of ${label} process delayed ${delay / 1e6} seconds to limit respawn rate`);
    cancelStart = clock.after(delay, start);
  };

  /** One that was never relieved ends with us, in order. */
  const stopped = () => {
    if (!predecessor) return owner.onStopped();
    const { end } = predecessor;
    predecessor = null;
    end('SIGTERM', owner.onStopped);
  };

  return {
    load(config, generation, reason, needed) {
      wanted = { config, generation, reason };
      rights = needed;
      const lacking = lackingIn(held);
      if (listening && handle && lacking.length > 0) replace(handle, lacking);
      else if (listening && handle) handle.send({ kind: 'reload', ...wanted });
      else if (!handle && !cancelStart) start();
    },
    keep(config) {
      if (wanted) wanted = { ...wanted, config };
    },
    isWanted: () => wanted !== null,
    isRunning: () => handle !== null,
    isListening: () => handle !== null && listening,
    pid: () => handle?.pid ?? null,
    restarts: () => Math.max(0, starts - 1),
    ask(question, answer) {
      if (!handle || !listening) return answer(null);
      questions++;
      asked.set(questions, answer);
      handle.send({ kind: 'ask', id: questions, question });
    },
    heartbeat: () => handle?.guardTable.heartbeat() ?? null,
    dump(what) {
      if (listening) handle?.send({ kind: 'dump', what });
    },
    hearBfd({ name, up, at }) {
      if (listening) handle?.send({ kind: 'bfd', name, up, at });
    },
    stop() {
      stopping = true;
      cancelStart?.();
      cancelStart = null;
      if (handle) handle.signal('SIGTERM');
      else stopped();
    },
    hurry: () => handle?.send({ kind: 'hurry' }),
    kill: () => handle?.signal('SIGKILL'),
    async leave(forAtMost) {
      if (!handle) return null;
      const { pid, guardTable, send } = handle;
      await send({ kind: 'outlive', forAtMost });
      return { role: options.role, pid, guardFd: guardTable.fd };
    },
  };
}

/** Statuses after which a new start would only fail again, in keepalived's words. */
function permanentError(status: number): string | null {
  if (status === exitStatus.fatal) return 'FATAL';
  if (status === exitStatus.config) return 'CONFIG';
  return status === exitStatus.missingPermission ? 'missing permission' : null;
}

function endLines(pid: number, end: ChildEnd, permanent: string | null): string[] {
  switch (end.kind) {
    case 'not_started':
      return [`Could not start a child process: ${end.text}`];
    case 'signalled': {
      const hint = end.signal === 'SIGKILL' ? ' - has rlimit_rttime been exceeded?' : '';
      return [`pid ${pid} exited due to signal ${end.number} (${signalText(end.signal)})${hint}`];
    }
    case 'exited':
      if (permanent) return [`pid ${pid} exited with permanent error ${permanent}. Terminating`];
      return end.status === 0 ? [] : [`pid ${pid} exited with status ${end.status}`];
  }
}
