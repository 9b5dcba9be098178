// SPDX-License-Identifier: MIT
// Operations in the parent: who may ask, what they change, and where that is kept. The file lies beside the pid file, or where
// operations_file says; it survives reloads and restarts of the daemon, and there reboots too.

import { errorText } from '../base/errors.ts';
import { micros } from '../base/time.ts';
import type { Config } from '../config/model.ts';
import type { History } from '../control/core/history.ts';
import { forRootAlone, planOperation } from '../control/core/operations.ts';
import { lasting, nextExpiry, type Overlay, operatedBy, overlaid, snmpWeight, unexpired, withEntry } from '../control/core/overlay.ts';
import type { Request } from '../control/protocol.ts';
import type { OperationResult } from '../control/shell/server.ts';
import { groupId, localUserName } from '../kernel/script-checks.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Peer } from '../ports/control.ts';
import type { Log } from '../ports/log.ts';
import type { Operated, Operator } from '../ports/operator.ts';
import { createApply } from './apply.ts';
import { placeObjection, readOperations, writeOperations } from './operations-file.ts';

export interface OperationsContext {
  readonly clock: Clock;
  readonly timeOfDay: () => number;
  readonly log: Log;
  readonly history: History;
  /** Where the overlay is kept unless operations_file names a place. */
  readonly file: string;
  /** Whom we run as: may operate as root may. */
  readonly uid: number;
  /** What the daemon reads, and where the one before it is kept while another is on trial. */
  readonly configFile: string;
  readonly keptFile: string;
  /** `by`: who asked for it; null: a time that had come. */
  readonly reload: (by: Operator | null) => void;
  readonly reapply: (by: Operator) => void;
}

export interface Operations {
  overlay(): Overlay;
  /** A configuration with what is in force. */
  overlaid(config: Config): Config;
  operated(config: Config): readonly Operated[];
  /** A weight that SNMP has put in force: it takes the place of an operation on the same server. */
  hearWeight(pool: string, server: string, value: number): void;
  /** The configuration in force, as it was read. */
  follow(config: Config): void;
  operate(request: Request, peer: Peer | null, done: (result: OperationResult) => void): void;
  /** Until when the configuration in force must be confirmed; null: it need not. */
  confirmBy(): number | null;
  stop(): void;
}

/** A reload that has not been taken or refused after this long is told as under way. */
const reloadLimit = micros(30_000_000);
/** Nothing is looked at more often, and no timer is longer. */
const longestWait = 3600;

export function createOperations(context: OperationsContext): Operations {
  const { log, clock, timeOfDay, history } = context;
  let config: Config | null = null;
  let overlay: Overlay = [];
  /** Where it is kept; null: no configuration has said so yet. */
  let place: string | null = null;
  /** Who asked for what is on trial. */
  let applied: Operator | null = null;
  let cancel: Cancel = () => {};

  const save = (next: Overlay): void => writeOperations(place ?? context.file, lasting(next));

  /** What was kept is read where it is to lie, or brought there from where it lay. */
  const settle = (next: string) => {
    if (next === place) return;
    const objection = placeObjection(next);
    if (objection !== null) log.warning(`operations_file ${next}: ${objection} - operations are refused until it is there`);
    const former = place ?? context.file;
    const kept = place === null ? readOperations(next, context.uid, log) : overlay;
    overlay = unexpired(kept ?? (next === former ? null : readOperations(former, context.uid, log)) ?? [], timeOfDay());
    if (place === null) for (const e of overlay) log.info(`Operation still in force: ${nameOf(e)}`);
    place = next;
    if (next === former) return;
    try {
      writeOperations(next, lasting(overlay));
      writeOperations(former, []);
    } catch (error) {
      log.error(`Unable to write ${next} - ${errorText(error)}: what operators have changed is still kept in ${former}`);
    }
  };

  const plan = () => {
    cancel();
    const next = nextExpiry(overlay);
    if (next === null) return;
    const wait = Math.min(longestWait, Math.max(0.01, next - timeOfDay()));
    cancel = clock.after(micros(wait * 1e6), expire);
  };

  const expire = () => {
    const left = unexpired(overlay, timeOfDay());
    if (left.length < overlay.length) {
      const gone = overlay.filter((e) => !left.includes(e));
      for (const e of gone) log.info(`Operation has expired: ${nameOf(e)}`);
      overlay = left;
      try {
        save(left);
      } catch (error) {
        log.error(`Unable to write ${place} - ${errorText(error)}`);
      }
      for (const e of gone)
        history.add(timeOfDay(), { kind: 'operation', operation: 'expired', uid: e.uid, pid: e.pid, user: e.user, text: nameOf(e) });
      const [first] = gone;
      if (first) context.reapply({ operation: 'expired', uid: first.uid, pid: first.pid, user: first.user });
    }
    plan();
  };

  const mayOperate = ({ uid, groups }: Peer): boolean => {
    if (uid === 0 || uid === context.uid) return true;
    const group = config?.global_defs.ka_ts.control_operators ?? null;
    const gid = group === null ? null : groupId(group);
    return gid !== null && groups.includes(gid);
  };

  const reload = (by: Operator | null, done: (result: OperationResult) => void) => {
    let over = false;
    const finish = (result: OperationResult) => {
      if (over) return;
      over = true;
      stop();
      limit();
      done(result);
    };
    const stop = history.watch((text) => {
      const event = JSON.parse(text) as { kind: string; taken?: boolean; text?: string };
      if (event.kind !== 'reload') return;
      if (event.taken === true) finish({ answer: '{"done":true}' });
      else finish({ error: { code: 'refused', text: String(event.text) } });
    });
    const limit = clock.after(reloadLimit, () => finish({ answer: '{"done":false}' }));
    context.reload(by);
  };

  const trial = createApply({
    clock,
    timeOfDay,
    log,
    configFile: context.configFile,
    keptFile: context.keptFile,
    reload: (done) => reload(applied, (result) => done('error' in result ? result.error.text : null)),
  });

  return {
    overlay: () => overlay,
    overlaid: (read) => overlaid(read, unexpired(overlay, timeOfDay())),
    operated: (read) => operatedBy(read, unexpired(overlay, timeOfDay())),
    hearWeight(pool, server, value) {
      const by = { at: timeOfDay(), uid: context.uid, pid: process.pid, user: localUserName(context.uid) };
      const entry = snmpWeight(pool, server, value, by);
      const before = overlay;
      overlay = withEntry(overlay, entry);
      history.add(by.at, {
        kind: 'operation',
        operation: entry.why,
        uid: by.uid,
        pid: by.pid,
        user: by.user,
        text: `weight ${pool} ${server} ${value}`,
      });
      if (lasting(before).length === lasting(overlay).length) return;
      try {
        save(overlay);
      } catch (error) {
        log.error(`Unable to write ${place} - ${errorText(error)}`);
      }
      plan();
    },
    follow(next) {
      // The present one is handed over again when operators change something.
      if (next !== config) overlay = lasting(overlay);
      config = next;
      settle(next.global_defs.ka_ts.operations_file ?? context.file);
      plan();
      trial.begin();
    },
    confirmBy: () => trial.confirmBy(),
    operate({ args }, peer, done) {
      if (peer === null || !mayOperate(peer)) {
        log.warning(`Operation refused: uid ${peer?.uid ?? 'unknown'} (pid ${peer?.pid ?? 'unknown'}) may not operate`);
        return done({ error: { code: 'denied', text: 'root may operate, and the members of the group that control_operators names' } });
      }
      if (config === null) return done({ error: { code: 'busy', text: 'no configuration is in force yet' } });
      const user = localUserName(peer.uid);
      const planned = planOperation(args, overlay, config, { ...peer, user }, timeOfDay());
      if (planned.kind === 'wrong') return done({ error: { code: 'refused', text: planned.text } });
      if (forRootAlone.includes(planned.kind) && peer.uid !== 0 && peer.uid !== context.uid)
        return done({ error: { code: 'denied', text: 'only root may put another configuration in force' } });
      if (planned.kind === 'overlay') {
        try {
          save(planned.overlay);
        } catch (error) {
          return done({ error: { code: 'failed', text: `${place}: ${errorText(error)}: nothing is changed` } });
        }
        overlay = planned.overlay;
      }
      const { operation, text } = planned;
      const by = { operation, uid: peer.uid, pid: peer.pid, user };
      log.info(`Operation ${operation} by ${who(by)}${text === '' ? '' : `: ${text}`}`);
      history.add(timeOfDay(), { kind: 'operation', ...by, text });
      if (planned.kind === 'reload') return reload(by, done);
      const answer = (refusal: string | null) => {
        if (refusal !== null) log.warning(`Operation ${operation} by ${who(by)} came to nothing: ${refusal}`);
        done(
          refusal === null
            ? { answer: JSON.stringify({ done: true, confirmBy: trial.confirmBy() }) }
            : { error: { code: 'refused', text: refusal } },
        );
      };
      if (planned.kind === 'apply' || planned.kind === 'revert') applied = by;
      if (planned.kind === 'apply') return trial.apply(planned.file, planned.seconds, answer);
      if (planned.kind === 'confirm') return answer(trial.confirm());
      if (planned.kind === 'revert') return trial.revert(answer);
      plan();
      context.reapply(by);
      done({ answer: JSON.stringify({ done: true, operations: overlay }) });
    },
    stop() {
      cancel();
      trial.stop();
    },
  };
}

function nameOf(e: Overlay[number]): string {
  if (e.kind === 'disabled') return `${e.why}: ${e.server} in ${e.pool}, by ${who(e)}`;
  const what = e.kind === 'priority' ? `priority of ${e.instance ?? 'all instances'}` : `weight of ${e.server} in ${e.pool}`;
  return `${e.why}: ${what} ${e.value}, by ${who(e)}`;
}

/** `root (uid 0, pid 4711)` */
function who({ user, uid, pid }: Pick<Operator, 'user' | 'uid' | 'pid'>): string {
  return user === null ? `uid ${uid} (pid ${pid})` : `${user} (uid ${uid}, pid ${pid})`;
}
