// SPDX-License-Identifier: MIT
// What the parent does for the routers of a VRRP child that has died: lets the next child go on where it is there in time, or
// says farewell for them, so that others take over after a skew time instead of a whole down interval. The addresses stay in
// the kernel meanwhile and serve; they go when another router must have them (docs/decisions/0012-guardian.md).
//
// It speaks only for a child whose end the kernel has told. The farewell for a router that could have gone on is said when the
// next child would not begin it any more.

import { errorText } from '../base/errors.ts';
import { add, type Micros, micros } from '../base/time.ts';
import { skewTime } from '../base/vrrp-arithmetic.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { GuardRecord, Resume } from '../ports/guard.ts';
import type { Log } from '../ports/log.ts';
import type { GuardianBequest } from './bequest.ts';
import { plausible } from './from-child.ts';
import { type PackedRecord, type PackedUpdate, unpackRecord } from './guard-messages.ts';
import type { GuardTable, LastSent } from './guard-table.ts';

/** What happens after a death. */
export type Aftermath = 'respawned_now' | 'respawned_later' | 'over';

export interface Guardian {
  /** The living child has said something. */
  told(update: PackedUpdate): void;
  /** A child is being started, or was `since` then. */
  starting(since?: Micros): void;
  /** The child being started gets its configuration now. */
  beginning(): void;
  /** The child has a configuration in force: it has looked after everything that was left. */
  loaded(): void;
  /** The child is dead, for certain. Who may go on in the next one, if it is started at once. */
  died(table: Pick<GuardTable, 'read'>, aftermath: Aftermath): readonly Resume[];
  /** For the guardian of another program in this one's place. */
  bequeath(): GuardianBequest;
}

interface Orphan {
  readonly record: GuardRecord;
  readonly last: LastSent;
  cancel: Cancel;
}

export interface GuardianContext {
  readonly native: Pick<NativeAddon, 'sendFarewell' | 'executeNetlink'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the program before this one. Its child ends when the next one waits for its configuration: nothing else takes time then. */
  readonly inherited?: GuardianBequest | undefined;
}

export function createGuardian({ native, clock, log, inherited }: GuardianContext): Guardian {
  /** Of the living child, by key. */
  const records = new Map<number, PackedRecord>(inherited?.records.map((record) => [record.key, record]));
  /** Of dead ones, by name. */
  const orphans = new Map<string, Orphan>();
  let startedAt: Micros | null = null;
  /** How long the last start took. */
  let startTakes: Micros | null = inherited?.loadTakes ?? null;
  let beganAt: Micros | null = null;
  let loadTakes: Micros | null = inherited?.loadTakes ?? null;

  const forget = (name: string): void => {
    orphans.get(name)?.cancel();
    orphans.delete(name);
  };

  const release = (orphan: Orphan): void => {
    orphans.delete(orphan.record.name);
    tried(orphan, 'remove its addresses', () => {
      native.executeNetlink(orphan.record.removal);
    });
  };

  /** Others must have taken over after the skew time of the slowest of them. */
  const releaseLater = (orphan: Orphan): void => {
    const { record, last } = orphan;
    orphan.cancel = clock.after(skewTime(record.version, 1, micros(last.every)), () => release(orphan));
  };

  const sayFarewell = (orphan: Orphan): void => {
    const { record, last } = orphan;
    tried(orphan, 'send 0 priority', () => {
      native.sendFarewell(record.endpoint, record.frame, (last.ahSequence + 1) % 2 ** 32);
      log.info(`(${record.name}) sent 0 priority for the VRRP process that died`);
    });
  };

  const tried = ({ record }: Orphan, what: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      log.info(`(${record.name}) unable to ${what} for the VRRP process that died - ${errorText(error)}`);
    }
  };

  const canResume = ({ record, last }: Orphan, now: Micros): boolean =>
    startTakes !== null &&
    // Somebody else may have taken over from one that was late.
    now - last.at < record.patience - last.every &&
    now + startTakes < limitsOf(record, last).until;

  /** Members of a sync group go on together or not at all. */
  const resumable = (active: readonly Orphan[], now: Micros): ReadonlySet<Orphan> => {
    const late = new Set(active.filter((o) => !canResume(o, now)).map((o) => o.record.group));
    return new Set(active.filter((o) => canResume(o, now) && (o.record.group === null || !late.has(o.record.group))));
  };

  return {
    told({ active, gone }) {
      for (const key of gone) records.delete(key);
      for (const record of active) {
        records.set(record.key, record);
        if (!record.prepared) forget(record.name);
      }
    },
    starting(since = clock.now()) {
      startedAt = since;
    },
    beginning() {
      beganAt = clock.now();
    },
    loaded() {
      if (startedAt !== null) startTakes = micros(clock.now() - startedAt);
      startedAt = null;
      if (beganAt !== null) loadTakes = micros(clock.now() - beganAt);
      beganAt = null;
      for (const name of orphans.keys()) forget(name);
    },
    died(table, aftermath) {
      const now = clock.now();
      startedAt = null;
      beganAt = null;
      // A child that died before it was ready has not looked after those of the one before.
      for (const packed of records.values()) {
        if (packed.prepared && table.read(packed.key).every === 0) continue;
        forget(packed.name);
        try {
          const record = unpackRecord(packed);
          orphans.set(packed.name, { record, last: plausible(table.read(packed.key), record.patience, now), cancel: () => {} });
        } catch (error) {
          log.alert(`(${packed.name}) nothing can be done for the VRRP process that died - ${errorText(error)}`);
        }
      }
      records.clear();
      const all = [...orphans.values()];
      const active = all.filter((o) => o.last.every > 0);
      const goOn = aftermath === 'respawned_now' ? resumable(active, now) : new Set<Orphan>();
      // All packets first: they are what others wait for.
      for (const orphan of active) if (!goOn.has(orphan)) sayFarewell(orphan);
      for (const orphan of all) {
        orphan.cancel();
        if (aftermath === 'over') release(orphan);
        else if (!goOn.has(orphan)) releaseLater(orphan);
        else {
          const { speak } = limitsOf(orphan.record, orphan.last);
          orphan.cancel = clock.after(micros(Math.max(0, speak - now)), () => {
            sayFarewell(orphan);
            releaseLater(orphan);
          });
        }
      }
      return [...goOn].map(({ record, last }) => ({
        name: record.name,
        until: limitsOf(record, last).until,
        ahSequence: last.ahSequence,
        trackingDelta: record.trackingDelta,
      }));
    },
    bequeath: () => ({ records: [...records.values()], loadTakes }),
  };
}

/** Peers wait `patience` and their skew time. Before that the next child must begin, or we speak: not at the same moment. */
function limitsOf({ patience }: GuardRecord, { at, every }: LastSent): { readonly until: Micros; readonly speak: Micros } {
  return { until: add(at, micros(patience - every / 5)), speak: add(at, micros(patience - every / 10)) };
}
