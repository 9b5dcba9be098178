// SPDX-License-Identifier: MIT
// A finished transition in the words of notify scripts and FIFOs (reference: notifications document, section 1).

import type { Script, SyncGroup, VrrpInstance } from '../../config/model.ts';
import { notifyWord, stateWord } from '../../notify/words.ts';
import type { Notification, NotifyState, Why } from '../../ports/notifier.ts';
import { evidenceWords } from '../cause-text.ts';
import type { TransitionRecord } from '../core/cause.ts';
import type { VrrpEffect } from '../core/effects.ts';
import type { Instance, State } from '../core/types.ts';
import type { Router } from './router.ts';

type Transition = Extract<VrrpEffect, { kind: 'state_changed' }>;

/** An instance that a reload removed is told as FAULT or DELETED, not as the end of the daemon (process document, section 7). */
export function transitionNotification(
  router: { readonly config: VrrpInstance; readonly removed: Removal },
  effect: Transition,
  record: TransitionRecord,
): Notification {
  const { config } = router;
  const told = { ...notification(config, stateOf(router, effect.to), effect.priority), why: whyOf(record) };
  // Who vanishes is called FAULT where nobody asked for DELETED, but notify_fault is not for that.
  return router.removed === 'deleted' ? { ...told, specific: config.notify_deleted?.script ?? null } : told;
}

/** What a reload does to a router: `deleted` does not come back, `replaced` does with other settings. */
export type Removal = 'no' | 'deleted' | 'replaced';

function stateOf(router: { readonly config: VrrpInstance; readonly removed: Removal }, to: Transition['to']): NotifyState {
  if (router.removed === 'no' || to !== 'initialize') return notifyWord(to);
  return router.removed === 'deleted' && router.config.notify_deleted ? 'DELETED' : 'FAULT';
}

/** The state a router is in, for FIFOs only: nothing has changed. null before its first state. */
export function presentState(config: VrrpInstance, instance: Instance): Notification | null {
  if (instance.state === 'initialize') return null;
  return { ...notification(config, notifyWord(instance.state), instance.effectivePriority), ...fifoOnly };
}

/** A change of priority while BACKUP or MASTER; null: not to be told. */
export function priorityNotification(config: VrrpInstance, { state, effectivePriority }: Instance): Notification | null {
  if (!config.notify_priority_changes || (state !== 'active' && state !== 'backup')) return null;
  const word = state === 'active' ? 'MASTER_PRIORITY' : 'BACKUP_PRIORITY';
  return { kind: 'INSTANCE', name: config.name, state: word, priority: effectivePriority, ...fifoOnly };
}

export function lowerPriorityNotification(config: VrrpInstance, priority: number): Notification {
  const specific = config.notify_master_rx_lower_pri;
  return { kind: 'INSTANCE', name: config.name, state: 'MASTER_RX_LOWER_PRI', priority, ...fifoOnly, specific };
}

const fifoOnly = { specific: null, generic: null, mail: false } as const;

export function stopNotification(config: VrrpInstance, priority: number): Notification {
  return notification(config, 'STOP', priority);
}

/** STOP: the daemon ends. */
export function groupNotification(
  config: SyncGroup,
  to: 'active' | 'backup' | 'fault' | 'initialize',
  record: TransitionRecord | null = null,
): Notification {
  const state = notifyWord(to);
  return {
    kind: 'GROUP',
    name: config.name,
    state,
    priority: 0,
    specific: scriptFor(config, state),
    generic: config.notify,
    mail: config.smtp_alert,
    ...(record === null ? {} : { why: whyOf(record) }),
  };
}

/** For FIFOs only, as presentState(). */
export function presentGroupState(config: SyncGroup, state: State): Notification | null {
  return state === 'initialize' ? null : { ...groupNotification(config, state), ...fifoOnly };
}

function notification(config: VrrpInstance, state: NotifyState, priority: number): Notification {
  return {
    kind: 'INSTANCE',
    name: config.name,
    state,
    priority,
    specific: scriptFor(config, state),
    generic: config.notify,
    mail: config.smtp_alert,
  };
}

function whyOf(record: TransitionRecord): Why {
  const { at, cause, evidence } = record;
  return { at, from: stateWord(record.from), to: stateWord(record.to), cause, evidence: { ...evidence }, text: evidenceWords(record) };
}

/** Why a sync group moved: what its leading member says, and not that the others followed; null: nobody has moved yet. */
export function groupRecord(routers: Iterable<Router>, { name }: SyncGroup): TransitionRecord | null {
  const moved = [...routers].filter((r) => r.group?.name === name).flatMap((r) => r.transition ?? []);
  const latest = Math.max(...moved.map((t) => t.at));
  const last = moved.filter((t) => t.at === latest).map((t) => t.record);
  return last.find((r) => r.cause !== 'sync_group') ?? last[0] ?? null;
}

type Scripts = Pick<VrrpInstance, 'notify_master' | 'notify_backup' | 'notify_fault' | 'notify_stop'> &
  Partial<Pick<VrrpInstance, 'notify_deleted'>>;

function scriptFor(config: Scripts, state: NotifyState): Script | null {
  switch (state) {
    case 'MASTER':
      return config.notify_master;
    case 'BACKUP':
      return config.notify_backup;
    case 'FAULT':
      return config.notify_fault;
    case 'STOP':
      return config.notify_stop;
    case 'DELETED':
      return config.notify_deleted?.script ?? null;
  }
}
