// A finished transition in the words of notify scripts and FIFOs (reference: notifications document, section 1).

import type { Script, VrrpInstance } from '../../config/model.ts';
import type { Notification, NotifyState } from '../../ports/notifier.ts';
import type { VrrpEffect } from '../core/effects.ts';
import type { State } from '../core/types.ts';

const WORD: Readonly<Record<State, NotifyState>> = { active: 'MASTER', backup: 'BACKUP', fault: 'FAULT', initialize: 'STOP' };

export function transitionNotification(config: VrrpInstance, effect: Extract<VrrpEffect, { kind: 'state_changed' }>): Notification {
  const state = WORD[effect.to];
  return {
    kind: 'INSTANCE',
    name: config.name,
    state,
    priority: effect.priority,
    specific: scriptFor(config, state),
    generic: config.notify,
  };
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
