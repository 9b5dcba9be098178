// SPDX-License-Identifier: MIT
// Events as FIFOs get them (reference: notifications document, section 2). Names are not escaped.

import type { Notification } from '../ports/notifier.ts';

export function fifoLine({ kind, name, state, priority }: Notification): string {
  return `${kind} "${name}" ${state} ${priority}\n`;
}
