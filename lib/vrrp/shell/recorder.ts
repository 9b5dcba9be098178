// SPDX-License-Identifier: MIT
// The flight recorder (`ka_ts { flight_recorder }`): the last steps of each machine are kept by reference, and when a state has
// changed they are written with the engine's last packets, a moment later so that what came of it is on the record too.

import { errorText } from '../../base/errors.ts';
import { type Micros, milliseconds, seconds } from '../../base/time.ts';
import type { FlightSlot } from '../../native/flight-surface.ts';
import type { Cancel } from '../../ports/clock.ts';
import type { RecordingPlace, Recordings } from '../../ports/recordings.ts';
import { causeLine } from '../cause-text.ts';
import type { TransitionRecord } from '../core/cause.ts';
import { type Happening, type Recording, recordingFormat, recordingVersion, type Taken, written } from '../core/replay.ts';
import type { Instance, State } from '../core/types.ts';
import { captureItem, type FlightRouter } from '../flight-items.ts';
import { type CaptureItem, pcapng } from '../pcapng.ts';
import type { Router, RouterDeps, RouterGroup } from './router.ts';
import { advertInterface } from './settings.ts';

/** Packets and timer events the engine keeps for a router: 15 KiB. */
const SLOTS = 64;
/** Steps of a machine. */
const STEPS = 64;
/** What happens so soon after a transition is on its record. */
const AFTER = milliseconds(300);
/** So many recordings at once, and then one more in each of these periods: a storm must not become one of the disk. */
const BURST = 8;
const REFILL = seconds(5);

export interface Recorder {
  /** The settings, or the routers, are others. */
  changed(routers: Iterable<Router>): void;
  /** Sockets were opened for it. */
  attached(router: Router): void;
  /** Its sockets are about to go, and what the engine knows of it. */
  detaching(router: Router): void;
  /** A step was taken; `group`: by all of it. */
  note(routers: readonly Router[], group: RouterGroup | null, step: () => Taken): void;
  transition(router: Router, record: TransitionRecord): void;
  /** Writes what waits. Resolves when it is written. */
  flush(): Promise<void>;
}

interface Pending {
  readonly routers: readonly Router[];
  readonly transitions: (TransitionRecord & { readonly instance: string })[];
  /** Of routers that are gone. */
  readonly slots: Map<Router, readonly FlightSlot[]>;
  readonly cancel: Cancel;
}

/** `place`: null: nothing is recorded. */
export function createRecorder(
  deps: () => RouterDeps,
  recordings: Recordings,
  program: string,
  place: () => RecordingPlace | null,
): Recorder {
  const steps = new WeakMap<object, Taken[]>();
  const pending = new Map<object, Pending>();
  const writing = new Set<Promise<void>>();
  let tokens = BURST;
  let refilled = 0;
  let skipped = 0;
  let told = '';

  const unitOf = (router: Router): object => router.group ?? router;

  function mayWrite(now: Micros): boolean {
    const fresh = Math.floor((now - refilled) / REFILL);
    if (fresh > 0) {
      tokens = Math.min(BURST, tokens + fresh);
      refilled = now;
    }
    if (tokens === 0) {
      skipped++;
      return false;
    }
    tokens--;
    return true;
  }

  function write(unit: object): void {
    const one = pending.get(unit);
    const where = place();
    pending.delete(unit);
    one?.cancel();
    if (!one || where === null) return;
    const { native, log } = deps();
    const epoch = Date.now() * 1000 - native.now();
    const first = one.transitions[0];
    if (first === undefined) return;
    const recording: Recording = {
      format: recordingFormat,
      version: recordingVersion,
      program,
      epoch,
      transitions: one.transitions,
      steps: written(
        steps.get(unit) ?? [],
        one.routers.map((r) => r.config.name),
      ),
    };
    const name = `ka-ts-${stamp(first.at)}-${first.instance.replaceAll(/[^\w.-]/g, '_').slice(0, 40)}-${first.to}-${first.cause}`;
    const done = recordings
      .write(where, name, captureOf(one, epoch), `${JSON.stringify(recording)}\n`)
      .then(() => {
        told = '';
        if (skipped > 0) log.info(`flight recorder: ${skipped} transitions were not recorded, there were too many at once`);
        skipped = 0;
      })
      .catch((error: unknown) => {
        const text = errorText(error);
        if (text !== told) log.notice(`NOTICE: flight recorder: ${where.directory}: ${text}; is it a folder that the daemon may write to?`);
        told = text;
      })
      .finally(() => writing.delete(done));
    writing.add(done);
  }

  function captureOf(one: Pending, epoch: number): Uint8Array {
    const items: CaptureItem[] = one.routers.flatMap((router, n) =>
      (one.slots.get(router) ?? slotsOf(router)).map((slot) => captureItem(flightRouter(router), slot, { interface: n, epoch })),
    );
    for (const t of one.transitions) items.push({ kind: 'event', at: t.at, text: causeLine(t.instance, t).text });
    const interfaces = one.routers.map((r) => ({
      name: advertInterface(r.config) ?? 'any',
      description: `VRRP instance ${r.config.name}`,
    }));
    const comment = one.transitions.map((t) => causeLine(t.instance, t).text).join('\n');
    return pcapng(program, comment, interfaces, items);
  }

  function slotsOf(router: Router): readonly FlightSlot[] {
    return router.endpoint === null ? [] : deps().engine.recorded(router.key);
  }

  return {
    changed(routers) {
      const slots = place() === null ? 0 : SLOTS;
      for (const router of routers) {
        if (router.endpoint === null || router.recorded === slots) continue;
        deps().engine.record(router.key, slots);
        router.recorded = slots;
      }
    },
    attached(router) {
      router.recorded = 0;
      this.changed([router]);
    },
    detaching(router) {
      pending.get(unitOf(router))?.slots.set(router, slotsOf(router));
    },
    note(routers, group, step) {
      const [first] = routers;
      if (place() === null || !first) return;
      const unit = group ?? first;
      const kept = steps.get(unit) ?? [];
      kept.push(step());
      if (kept.length > STEPS) kept.shift();
      steps.set(unit, kept);
    },
    transition(router, record) {
      if (place() === null) return;
      const unit = unitOf(router);
      const told = { ...record, instance: router.config.name };
      const waits = pending.get(unit);
      if (waits) {
        if (waits.transitions.length < STEPS) waits.transitions.push(told);
        return;
      }
      if (!mayWrite(deps().native.now())) return;
      const cancel = deps().clock.after(AFTER, () => write(unit));
      pending.set(unit, { routers: router.group?.members ?? [router], transitions: [told], slots: new Map(), cancel });
    },
    async flush() {
      for (const unit of [...pending.keys()]) write(unit);
      await Promise.all(writing);
    },
  };
}

/** For one that moves alone. */
export function alone(router: Router, event: Happening & { kind: 'event' }, before: Instance, after: Instance, effects: unknown): Taken {
  return taken([router], event, null, [before], [after], effects);
}

export function taken(
  routers: readonly Router[],
  what: Happening,
  state: State | null,
  before: readonly Instance[],
  after: readonly Instance[],
  result: unknown,
): Taken {
  const members = routers.map((r, n) => ({ settings: r.settings, instance: before[n] ?? r.instance }));
  return { what, state, before: members, result, after };
}

function flightRouter({ config }: Router): FlightRouter {
  const isAh = config.authentication?.auth_type === 'AH';
  const password = new TextEncoder().encode(config.authentication?.auth_pass ?? '').slice(0, 8);
  return { name: config.name, family: config.family, protocol: isAh ? 51 : 112, password };
}

/** 20260131T235959.123456Z: sorts as it happened. */
function stamp(wall: number): string {
  const whole = new Date(Math.floor(wall / 1000)).toISOString().replaceAll(/[-:]/g, '');
  return `${whole.slice(0, 15)}.${String(Math.floor(wall % 1e6)).padStart(6, '0')}Z`;
}
