// Operations in the parent: who may ask, what they change, and the file that keeps it. The file lies beside the pid file, survives
// reloads and restarts of the daemon, and is replaced as a whole.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode, errorText } from '../base/errors.ts';
import { micros } from '../base/time.ts';
import type { Config } from '../config/model.ts';
import type { History } from '../control/core/history.ts';
import { forRootAlone, planOperation } from '../control/core/operations.ts';
import { nextExpiry, type Overlay, overlaid, overlayText, readOverlay, unexpired } from '../control/core/overlay.ts';
import type { Request } from '../control/protocol.ts';
import type { OperationResult } from '../control/shell/server.ts';
import { groupId } from '../kernel/script-checks.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Peer } from '../ports/control.ts';
import type { Log } from '../ports/log.ts';
import { createApply } from './apply.ts';

export interface OperationsContext {
  readonly clock: Clock;
  readonly timeOfDay: () => number;
  readonly log: Log;
  readonly history: History;
  /** Of the overlay. */
  readonly file: string;
  /** Whom we run as: may operate as root may. */
  readonly uid: number;
  /** What the daemon reads, and where the one before it is kept while another is on trial. */
  readonly configFile: string;
  readonly keptFile: string;
  readonly reload: () => void;
  readonly reapply: () => void;
}

export interface Operations {
  overlay(): Overlay;
  /** A configuration with what is in force. */
  overlaid(config: Config): Config;
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
  let overlay = load(context);
  let cancel: Cancel = () => {};

  const save = (next: Overlay): void => {
    if (next.length === 0) {
      rmSync(context.file, { force: true });
      return;
    }
    const fresh = `${context.file}.new`;
    rmSync(fresh, { force: true });
    writeFileSync(fresh, overlayText(next), { mode: 0o600, flag: 'wx' });
    renameSync(fresh, context.file);
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
        log.error(`Unable to write ${context.file} - ${errorText(error)}`);
      }
      for (const e of gone) history.add(timeOfDay(), { kind: 'operation', operation: 'expired', uid: e.uid, pid: e.pid, text: nameOf(e) });
      context.reapply();
    }
    plan();
  };

  const mayOperate = ({ uid, groups }: Peer): boolean => {
    if (uid === 0 || uid === context.uid) return true;
    const group = config?.global_defs.ka_ts.control_operators ?? null;
    const gid = group === null ? null : groupId(group);
    return gid !== null && groups.includes(gid);
  };

  const reload = (done: (result: OperationResult) => void) => {
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
    context.reload();
  };

  const trial = createApply({
    clock,
    timeOfDay,
    log,
    configFile: context.configFile,
    keptFile: context.keptFile,
    reload: (done) => reload((result) => done('error' in result ? result.error.text : null)),
  });

  plan();
  return {
    overlay: () => overlay,
    overlaid: (read) => overlaid(read, unexpired(overlay, timeOfDay())),
    follow(next) {
      config = next;
      trial.begin();
    },
    confirmBy: () => trial.confirmBy(),
    operate({ args }, peer, done) {
      if (peer === null || !mayOperate(peer)) {
        log.warning(`Operation refused: uid ${peer?.uid ?? 'unknown'} (pid ${peer?.pid ?? 'unknown'}) may not operate`);
        return done({ error: { code: 'denied', text: 'root may operate, and the members of the group that control_operators names' } });
      }
      if (config === null) return done({ error: { code: 'busy', text: 'no configuration is in force yet' } });
      const planned = planOperation(args, overlay, config, peer, timeOfDay());
      if (planned.kind === 'wrong') return done({ error: { code: 'refused', text: planned.text } });
      if (forRootAlone.includes(planned.kind) && peer.uid !== 0 && peer.uid !== context.uid)
        return done({ error: { code: 'denied', text: 'only root may put another configuration in force' } });
      if (planned.kind === 'overlay') {
        try {
          save(planned.overlay);
        } catch (error) {
          return done({ error: { code: 'failed', text: `${context.file}: ${errorText(error)}` } });
        }
        overlay = planned.overlay;
      }
      log.info(`Operation ${planned.operation} by uid ${peer.uid} (pid ${peer.pid})${planned.text === '' ? '' : `: ${planned.text}`}`);
      const { operation, text } = planned;
      history.add(timeOfDay(), { kind: 'operation', operation, uid: peer.uid, pid: peer.pid, text });
      if (planned.kind === 'reload') return reload(done);
      const answer = (refusal: string | null) =>
        done(
          refusal === null
            ? { answer: JSON.stringify({ done: true, confirmBy: trial.confirmBy() }) }
            : { error: { code: 'refused', text: refusal } },
        );
      if (planned.kind === 'apply') return trial.apply(planned.file, planned.seconds, answer);
      if (planned.kind === 'confirm') return answer(trial.confirm());
      if (planned.kind === 'revert') return trial.revert(answer);
      plan();
      context.reapply();
      done({ answer: JSON.stringify({ done: true, operations: overlay }) });
    },
    stop() {
      cancel();
      trial.stop();
    },
  };
}

function nameOf(e: Overlay[number]): string {
  const what = e.kind === 'priority' ? `priority of ${e.instance ?? 'all instances'}` : `weight of ${e.server} in ${e.pool}`;
  return `${e.why}: ${what} ${e.value}, by uid ${e.uid}`;
}

function load({ file, log, timeOfDay }: OperationsContext): Overlay {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') log.error(`Unable to read ${file} - ${errorText(error)}`);
    return [];
  }
  const read = readOverlay(text);
  if (read === null) {
    log.error(`${file} is damaged - what operators changed before is not in force`);
    return [];
  }
  const left = unexpired(read, timeOfDay());
  for (const e of left) log.info(`Operation still in force: ${nameOf(e)}`);
  return left;
}
