// SPDX-License-Identifier: MIT
// The common life of a child: listen to signals, bind its fate to the parent's, take the configuration from the channel,
// run a service on it, end it in order. What the service is, the role says (vrrp-child.ts).

import { errorCode, exitStatus, StartError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Micros, seconds } from '../base/time.ts';
import type { Config } from '../config/model.ts';
import { createClock } from '../kernel/clock.ts';
import { createProcesses } from '../kernel/processes.ts';
import { createSystem } from '../kernel/system.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Clock } from '../ports/clock.ts';
import type { LoadReason } from '../ports/operator.ts';
import type { Processes } from '../ports/processes.ts';
import type { System } from '../ports/system.ts';
import { raiseWhenLate } from './auto-priority.ts';
import { createChannel } from './channel.ts';
import { stateFile } from './config-save.ts';
import { createDumpWriter, type DumpKind, type DumpWriter, dumpDirectory, dumpFile } from './dumps.ts';
import { createProcessLog, earlyLog, type LogProcess } from './log-places.ts';
import { type ChildSettings, type FromChild, ipcDescriptor, parentVariable, roleVariable, type ToChild } from './messages.ts';
import { keepCompiled, keepYoungGenerationSmall } from './node-flags.ts';
import { type DataRole, dataFile } from './places.ts';
import { createResident } from './resident.ts';
import { applyScheduling, createOveruse, type Prefix } from './scheduling.ts';
import { listenToSignals } from './signals.ts';

export interface ChildContext {
  readonly native: NativeAddon;
  readonly clock: Clock;
  readonly log: Log;
  readonly processes: Processes;
  readonly system: System;
  readonly settings: ChildSettings;
  /** Writes a dump. `occasion`: as in the log, `signal`. */
  readonly dump: (what: DumpKind, occasion: string) => void;
  /** To the parent, if it is still there. */
  readonly tell: (message: FromChild) => void;
  /** Why it starts on this configuration, and what operators have changed in it. */
  readonly reason: LoadReason;
}

/** What a role runs. */
export interface Service {
  readonly dumps: Dumps;
  reload(config: Config, reason: LoadReason): Promise<void>;
  /** Any number of times. */
  stop(): Promise<void>;
  /** After stop(): no waiting for others any more. */
  hurry?(): void;
  /** A BFD session went up or down. */
  bfdChanged?(name: string, up: boolean): void;
  /** Its part of the status document; soon, since an answer does not wait long for it. */
  status?(): unknown | Promise<unknown>;
  /** What would come of what might happen to an instance. */
  prospects?(instance: string): Promise<unknown>;
}

/** What a service shows of itself, as it is at the moment of the call. */
export interface Dumps {
  /** As in the log: `VRRP`. */
  readonly label: string;
  data(): readonly string[];
  /** null: this kind of process has none. */
  statistics(): string | null;
  clearStatistics(): void;
  /** null: there is nothing to write. */
  json(): string | null;
}

export interface RoleDefinition {
  readonly log: LogProcess;
  /** Of its keywords: `vrrp_priority`. */
  readonly prefix: Prefix;
  /** As in `Starting VRRP child process`. */
  readonly label: string;
  /** What its state dump has in its name. */
  readonly dataRole: DataRole;
  /** Throws StartError, or any Error: then it is started again later. */
  start(config: Config, context: ChildContext): Promise<Service>;
}

/** Runs for the life of the process and ends it. */
export function runChild(role: RoleDefinition, native: NativeAddon): void {
  keepYoungGenerationSmall(native);
  keepCompiled(native);
  const system = createSystem(native);
  const clock = createClock();
  const settle = createResident(clock, native);
  let log = earlyLog();
  let processes: Processes | null = null;
  let service: Service | null = null;
  let stopping = false;
  let ignoreSigint = false;
  let dumpConfig = false;
  let writer: DumpWriter | null = null;
  let dataPath: string = dumpFile.data;
  // Messages are obeyed one after the other: a reload must not overtake the start it follows.
  let turn: Promise<void> = Promise.resolve();

  const end = (status: number): never => {
    processes?.killAll();
    process.exit(status);
  };
  const fail = (error: unknown): never => {
    if (error instanceof StartError) log.alert(error.message);
    else log.alert(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return end(statusOf(error));
  };
  // A defect must not leave half a router behind: the parent starts a new child, which reconciles with the kernel first.
  process.on('uncaughtException', fail);

  const stop = async () => {
    if (stopping) return;
    stopping = true;
    // What is being started has to be there before it can be stopped in order.
    await turn;
    if (service) {
      await service.stop();
      const { user, system: sys, childrenUser, childrenSystem } = system.cpuUsage();
      log.info(
        `Stopped - used (self/children) ${user.toFixed(6)}/${childrenUser.toFixed(6)} user time, ${sys.toFixed(6)}/${childrenSystem.toFixed(6)} system time`,
      );
    }
    end(exitStatus.ok);
  };
  const stopNow = () => void stop().catch(fail);
  const dump = (what: DumpKind, occasion = 'signal') => {
    if (service && writer && !stopping) writeDump(what, service.dumps, { writer, dataPath, occasion }, log);
  };
  listenToSignals(
    {
      onStop: stopNow,
      onInterrupt: () => {
        if (!ignoreSigint) stopNow();
      },
      onReload: () => log.info('SIGHUP is for the parent process - not reloading'),
      onDump: () => dump('data'),
      onStatistics: () => dump('statistics'),
      onClearStatistics: () => dump('clear_statistics'),
      onJson: () => dump('json'),
    },
    native,
  );
  system.setProcessName('keepalived');
  /** Until when the end of the parent's channel is no reason to stop. */
  let alone: Promise<void> | null = null;
  const followEnd = () => void (alone ?? Promise.resolve()).then(stopNow);
  followParent(system, followEnd);

  let settings: ChildSettings | null = null;
  let saveTo: string | null = null;
  let reloads = 0;
  const saveState = (when: 'pre' | 'post') => {
    if (saveTo === null || !service) return;
    writer?.write(stateFile(saveTo, role.dataRole || 'vrrp', process.pid, reloads, when), `${service.dumps.data().join('\n')}\n`);
  };
  const rename = ({ global_defs }: Config) => {
    saveTo = global_defs.config_save_dir;
    if (settings) dataPath = dataFile(role.dataRole, global_defs, settings.identity, dumpDirectory(process.env));
  };
  const hearBfd = ({ name, up, at }: Extract<ToChild, { kind: 'bfd' }>) => {
    const delivered = Math.max(0, native.now() - at);
    log.detail(`Received BFD event: instance ${name} is in state ${up ? 'Up' : 'Down'} (delivered in ${delivered} usec)`);
    service?.bfdChanged?.(name, up);
  };
  const obey = async (message: ToChild) => {
    if (stopping || message.kind === 'hurry' || message.kind === 'ask' || message.kind === 'outlive') return;
    if (message.kind === 'dump') return dump(message.what);
    if (message.kind === 'bfd') return hearBfd(message);
    if (message.kind === 'start') {
      const { config } = message;
      settings = message.settings;
      // Born before the parent knew its own, perhaps.
      process.umask(settings.umask);
      ignoreSigint = settings.ignoreSigint;
      dumpConfig = settings.dumpConfig;
      writer = createDumpWriter({ log: () => log, directory: dumpDirectory(process.env), umask: settings.umask });
      log = createProcessLog(settings.log, role.log, native);
      const defs = config.global_defs;
      system.setProcessName(defs[`${role.prefix}_process_name`]);
      applyScheduling(role.prefix, role.label, defs, native, log);
      const overuse = createOveruse(role.prefix, role.label, log, () => end(exitStatus.internal));
      process.on('SIGXCPU', () => overuse(clock.now() / 1e6));
      raiseWhenLate(defs, { clock, log, native });
      rename(config);
      processes = createProcesses({ clock, log, native, environment: process.env, softCoreLimit: settings.scriptCoreLimit });
      service = await role.start(config, { native, clock, log, processes, system, settings, dump, tell, reason: message.reason });
    } else {
      log.info('Reloading');
      reloads++;
      saveState('pre');
      await service?.reload(message.config, message.reason);
      rename(message.config);
      saveState('post');
    }
    if (dumpConfig) for (const line of service?.dumps.data() ?? []) log.info(line);
    tell({ kind: 'loaded', generation: message.generation });
    settle();
  };
  /** At once: the answer is wanted while a reload waits, too. */
  const answer = async ({ id, question }: Extract<ToChild, { kind: 'ask' }>) => {
    let text: string | null = null;
    try {
      const said = question.what === 'status' ? service?.status?.() : service?.prospects?.(question.instance);
      text = stopping ? null : (JSON.stringify(await said) ?? null);
    } catch {
      // It has stopped meanwhile.
    }
    tell({ kind: 'answer', id, text });
  };
  const channel = createChannel<FromChild>(native, ipcDescriptor, {
    onMessage(received) {
      const message = received as ToChild;
      if (message.kind === 'hurry') service?.hurry?.();
      else if (message.kind === 'ask') void answer(message);
      else if (message.kind === 'outlive') alone = after(message.forAtMost);
      else turn = turn.then(() => obey(message)).catch(fail);
    },
    onEnd: followEnd,
  });
  // The parent may just have died; the end of the channel is handled elsewhere.
  const tell = (message: FromChild) => void channel.send(message);
  // Neither the channel nor signal listeners keep Node running.
  setInterval(() => {}, 2 ** 30);
  tell({ kind: 'listening', took: seconds(process.uptime()) });
}

interface Target {
  readonly writer: DumpWriter;
  readonly dataPath: string;
  readonly occasion: string;
}

function writeDump(what: DumpKind, dumps: Dumps, { writer, dataPath, occasion }: Target, log: Log): void {
  const who = occasion === 'signal' ? ` for process(${process.pid})` : '';
  const announce = (doing: string) => log.info(`${doing}${who} on ${occasion}`);
  switch (what) {
    case 'data':
      announce(`Printing ${dumps.label} data`);
      writer.write(dataPath, `${dumps.data().join('\n')}\n`);
      break;
    case 'statistics':
    case 'clear_statistics': {
      const text = dumps.statistics();
      if (text === null) return;
      announce(`${what === 'statistics' ? 'Printing' : 'Printing and clearing'} ${dumps.label} stats`);
      writer.write(dumpFile.statistics, text);
      if (what === 'clear_statistics') dumps.clearStatistics();
      break;
    }
    case 'json': {
      const text = dumps.json();
      if (text !== null) writer.write(dumpFile.json, text);
    }
  }
}

/** Ends us with the parent: a signal when it dies, and a look whether it died before; the end of the channel does it, too. */
function followParent(system: System, stop: () => void): void {
  system.setParentDeathSignal('SIGTERM');
  const parent = Number(process.env[parentVariable]);
  delete process.env[parentVariable];
  delete process.env[roleVariable];
  if (process.ppid !== parent) stop();
}

/** It keeps the process running, which may have nothing else to wait for. */
function after(time: Micros): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time / 1000));
}

/** Missing rights are permanent: a new start would meet them again. */
function statusOf(error: unknown): number {
  if (error instanceof StartError) return error.status;
  return ['EPERM', 'EACCES', 'EAFNOSUPPORT'].includes(errorCode(error)) ? exitStatus.missingPermission : exitStatus.internal;
}
