// SPDX-License-Identifier: MIT
// A parent with fakes around it: children that say what a test has them say, files and time of its own.

import assert from 'node:assert/strict';
import { micros, seconds } from '../../lib/base/time.ts';
import type { Config } from '../../lib/config/model.ts';
import type { Loaded } from '../../lib/config/options.ts';
import type { Finding } from '../../lib/config/report.ts';
import type { EventBody } from '../../lib/control/document.ts';
import type { Files } from '../../lib/ports/files.ts';
import type { System } from '../../lib/ports/system.ts';
import { createEdgeScripts } from '../../lib/process/edge-scripts.ts';
import { createGuardian } from '../../lib/process/guardian.ts';
import type { FromChild, Role, ToChild } from '../../lib/process/messages.ts';
import { createParent, type ParentSettings } from '../../lib/process/parent.ts';
import { createPidFiles } from '../../lib/process/pidfiles.ts';
import type { Capability } from '../../lib/process/rights.ts';
import type { ChildEnd, ChildListener, SpawnChild } from '../../lib/process/spawn.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeNative } from './fake-native.ts';
import { createFakeProcesses } from './fake-processes.ts';
import { createMemoryLog } from './memory-log.ts';

export const killed: ChildEnd = { kind: 'signalled', signal: 'SIGKILL', number: 9 };
export const exited = (status: number): ChildEnd => ({ kind: 'exited', status });

export interface Options {
  overlaid?: (config: Config) => Config;
  config?: Config;
  refused?: 2 | 6;
  settings?: Partial<ParentSettings>;
}

export function running(options: Options = {}) {
  const p = setup(options);
  p.parent.start();
  p.child().say({ kind: 'listening' });
  p.child().say({ kind: 'loaded', generation: 1 });
  return p;
}

export function setup(options: Options = {}) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const files = fakeFiles();
  const processes = createFakeProcesses();
  const children: FakeChild[] = [];
  const told: string[] = [];
  const ends: number[] = [];
  const first = options.config ?? config(1);
  let objection: string | null = null;
  let current: Config | null = options.refused ? null : first;
  const spawn: SpawnChild = (role, rights, listener) => {
    const child = fakeChild(1000 + children.length, listener, role, rights);
    children.push(child);
    return child;
  };
  const tell = (word: string) => () => void told.push(word);
  const events: EventBody[] = [];
  const parent = createParent({
    guardian: createGuardian({ native: createFakeNative().addon, clock, log }),
    clock,
    log,
    spawn,
    system: {
      rights: () => ({ effective: (1n << 41n) - 1n, uid: 0 }),
      cpuUsage: () => ({ user: 1, system: 2, childrenUser: 3, childrenSystem: 4 }),
    } as System,
    pidFiles: createPidFiles(files, log),
    serviceManager: {
      ready: tell('ready'),
      reloading: tell('reloading'),
      stopping: tell('stopping'),
      alive: tell('alive'),
      failed: tell('failed'),
    },
    objection: (_loaded, old) => (old ? objection : null),
    onConfig: () => {},
    onEvent: (event) => void events.push(event),
    timeOfDay: () => 1_800_000_000,
    onWeight: (pool, server, value) => void told.push(`weight ${pool} ${server} ${value}`),
    overlaid: options.overlaid ?? ((config) => config),
    operated: () => [],
    runEdgeScript: createEdgeScripts(processes, log),
    read: () => loaded(current, options.refused ?? (current ? 0 : 2)),
    settings: {
      runVrrp: true,
      runCheckers: true,
      runBfd: true,
      runAll: false,
      respawn: true,
      pidFile: '/run/p.pid',
      vrrpPidFile: '/run/v.pid',
      checkersPidFile: '/run/c.pid',
      bfdPidFile: '/run/b.pid',
      pid: 77,
      child: {
        log: {
          syslog: false,
          facility: 3,
          console: false,
          systemConsole: false,
          detailLevel: 0,
          file: null,
          flush: false,
          format: 'text',
          identSuffix: '',
        },
        identity: { namespace: null, instance: null, usePidDir: false },
        ignoreSigint: false,
        dumpConfig: false,
        umask: 0o177,
        snmp: { all: false, socket: null },
        vrrp: { keepAddressesAtStop: false, monitorAddresses: false, respawned: false, resume: [] },
        checkers: { keepTableAtStop: false, monitorAddresses: false, respawned: false },
      },
      ...options.settings,
    },
    writeData: (config) => void told.push(`dump of ${config.vrrp_instance.length}`),
    logData: () => {},
    exit: (status) => void ends.push(status),
  });
  return {
    parent,
    clock,
    log,
    processes,
    files,
    children,
    told,
    config: first,
    object: (reason: string) => {
      objection = reason;
    },
    next: (config: Config | null) => {
      current = config;
    },
    child: () => {
      const child = children.at(-1);
      assert.ok(child, 'no child was started');
      return child;
    },
    /** null while it runs; ending twice would be a defect. */
    status: () => {
      assert.ok(ends.length <= 1, `ended ${ends.length} times`);
      return ends[0] ?? null;
    },
  };
}

export type FakeChild = ReturnType<typeof fakeChild>;

export function fakeChild(pid: number, listener: ChildListener, role: Role, rights: readonly Capability[]) {
  const sent: ToChild[] = [];
  const signals: string[] = [];
  return {
    pid,
    role,
    rights,
    listener,
    guardTable: { fd: -1, read: () => ({ at: micros(0), every: micros(0), ahSequence: 0 }), heartbeat: () => null, close: () => {} },
    sent,
    signals,
    async send(message: ToChild) {
      sent.push(message);
    },
    signal: (name: string) => void signals.push(name),
    say: (message: FromChild) => listener.onMessage(message),
    end: (end: ChildEnd) => listener.onEnd(end),
  };
}

export function fakeFiles() {
  const locked = new Set<string>();
  const taken = new Set<string>();
  const written: [string, string][] = [];
  const removed: string[] = [];
  const files: Files = {
    remove: () => {},
    lock(path) {
      if (locked.has(path)) return 'locked';
      taken.add(path);
      const release = () => void taken.delete(path);
      const remove = () => {
        removed.push(path);
        release();
      };
      return { write: (text) => void written.push([path, text]), remove, release };
    },
  };
  return { ...files, locked, taken, written, removed };
}

export function config(instances: number, break_before_make = false, services = 0): Config {
  const vrrp_instance = Array.from({ length: instances }, (_, i) => ({
    name: `VI_${i}`,
    version: 2,
    advert_int: seconds(1),
    ka_ts: { break_before_make },
  }));
  const statics = { static_ipaddress: [], static_routes: [], static_rules: [] };
  return {
    global_defs: { child_wait_time: seconds(5) },
    vrrp_script: [],
    vrrp_track_process: [],
    vrrp_instance,
    vrrp_sync_group: [],
    virtual_server: Array.from({ length: services }, () => ({ real_server: [] })),
    virtual_server_group: [],
    bfd_instance: [],
    ...statics,
  } as unknown as Config;
}

export function loaded(config: Config | null, startStatus: 0 | 2 | 6): Loaded {
  return { config, startStatus, findings: [] as Finding[], filesRead: [] as string[] } as unknown as Loaded;
}

export function configOf(message: ToChild | undefined): Config | undefined {
  return message && 'config' in message ? message.config : undefined;
}
