// SPDX-License-Identifier: MIT
// The shell around the pure machine, with a fake engine and fake trackers.

import assert from 'node:assert/strict';
import { ip } from '../../lib/base/address.ts';
import { createLog } from '../../lib/base/log.ts';
import { type Micros, micros, seconds } from '../../lib/base/time.ts';
import type { Config } from '../../lib/config/model.ts';
import type { EngineEvent } from '../../lib/native/surface.ts';
import type { GuardUpdate } from '../../lib/ports/guard.ts';
import type { Notification } from '../../lib/ports/notifier.ts';
import type { Followed } from '../../lib/ports/prospect.ts';
import type { TrackingInputs, TrackingStatus } from '../../lib/ports/tracking.ts';
import type { VrrpContext, VrrpShell } from '../../lib/ports/vrrp-shell.ts';
import { startVrrp } from '../../lib/vrrp/shell/runtime.ts';
import { address, createFakeNative, type FakeNative, link } from './fake-native.ts';

export interface World {
  readonly fake: FakeNative;
  readonly lines: string[];
  readonly notifications: Notification[];
  readonly guarded: GuardUpdate[];
  readonly tracking: {
    inputs: TrackingInputs | null;
    status: Map<string, TrackingStatus>;
    followed: Followed[];
    supposed: TrackingStatus | null;
    /** The engine says that a BFD session is lost. */
    lost: (session: string) => void;
  };
  shell: VrrpShell;
}

export const quiet: TrackingStatus = { trackingDelta: 0, faults: [], waiting: false };

export async function start(
  conf: Config,
  prepare: (fake: FakeNative) => void = () => {},
  onLine: (fake: FakeNative, line: string) => void = () => {},
): Promise<World> {
  const fake = createFakeNative();
  fake.links = [link(2, 'eth0')];
  fake.addresses = [address(2, '192.0.2.1')];
  prepare(fake);
  const lines: string[] = [];
  const notifications: Notification[] = [];
  const guarded: GuardUpdate[] = [];
  const tracking: World['tracking'] = { inputs: null, status: new Map(), followed: [], supposed: null, lost: () => {} };
  const context: VrrpContext = {
    native: fake.addon,
    clock: { now: () => fake.now, after: () => () => {} },
    log: createLog(
      [
        (_level, line) => {
          lines.push(line);
          onLine(fake, line);
        },
      ],
      1,
    ),
    processes: { run: () => assert.fail('no scripts here'), running: () => 0, killAll: () => {} },
    system: {} as VrrpContext['system'],
    tools: { run: async () => assert.fail('no firewall here') },
    tracking: {
      apply: (_config, inputs) => {
        tracking.inputs = inputs;
      },
      status: (name) => tracking.status.get(name) ?? quiet,
      contributions: () => [],
      followed: () => tracking.followed,
      statusIf: (name) => tracking.supposed ?? tracking.status.get(name) ?? quiet,
      linkChanged: () => {},
      bfdChanged: () => {},
      neededSessions: () => [],
      sessionLost: (name) => tracking.lost(name),
      tellChanges: () => {},
      scripts: () => [],
      files: () => [],
      processes: () => [],
      bfds: () => [],
      stop: () => {},
    },
    notifier: { apply: () => {}, notify: ({ why: _, ...n }) => notifications.push(n), drain: async () => {} },
    recordings: { write: async () => {} },
    leaseFd: -1,
    guardFd: -1,
    sessionFd: -1,
    guard: (update) => void guarded.push(update),
    options: { keepAddressesAtStop: false, monitorAddresses: false, respawned: false, resume: [] },
  };
  return { fake, lines, notifications, guarded, tracking, shell: await startVrrp(conf, context) };
}

/** Lets the down timer of the only router run out. */
export async function becomeActive(world: World): Promise<void> {
  await runOut(world, 1);
}

/** Lets the deadline run out that was last armed for this router. */
export async function runOut(world: World, key: number, calls: readonly string[] = world.fake.calls): Promise<void> {
  const armed = calls.filter((c) => c.startsWith(`arm ${key} `)).at(-1) ?? assert.fail('no deadline was armed');
  const [, , due, generation] = armed.split(' ');
  world.fake.now = micros(Number(due));
  world.fake.emit({ kind: 'expired', key, at: world.fake.now, generation: Number(generation?.slice(1)), late: micros(0) });
  await turn();
}

export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export function advert(at: Micros, source: string, priority: number): EngineEvent {
  return {
    kind: 'advert',
    key: 1,
    at,
    source: ip(source),
    priority,
    interval: seconds(1),
    ttl: 255,
    addressMismatch: 'none',
    mismatchDetail: 0,
    intervalMismatch: false,
  };
}
