// A finished transition in the words of notify scripts and FIFOs (reference: notifications document, section 1).

import type { Script, VrrpInstance } from '../../config/model.ts';
import { notifyWord } from '../../notify/words.ts';
import type { Notification, NotifyState } from '../../ports/notifier.ts';
import type { VrrpEffect } from '../core/effects.ts';

type Transition = Extract<VrrpEffect, { kind: 'state_changed' }>;

/** An instance that a reload removed is told as FAULT, not as the end of the daemon (process document, section 7). */
export function transitionNotification(
  router: { readonly config: VrrpInstance; readonly removed: boolean },
  effect: Transition,
): Notification {
  const state = router.removed && effect.to === 'initialize' ? 'FAULT' : notifyWord(effect.to);
  return notification(router.config, state, effect.priority);
}

export function stopNotification(config: VrrpInstance, priority: number): Notification {
  return notification(config, 'STOP', priority);
}

function notification(config: VrrpInstance, state: NotifyState, priority: number): Notification {
  return { kind: 'INSTANCE', name: config.name, state, priority, specific: scriptFor(config, state), generic: config.notify };
}

function scriptFor(config: VrrpInstance, state: NotifyState): Script | null {
  switch (state) {
    case 'MASTER':
      return config.notify_master;
    case 'BACKUP':
      return config.notify_backup;
    case 'FAULT':
      return config.notify_fault;
    case 'STOP':
      return config.notify_stop;
    default:
      return null;
  }
}
