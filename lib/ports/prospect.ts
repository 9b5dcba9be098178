// SPDX-License-Identifier: MIT
// What would come of something that might happen to an instance now.

import type { StateWord } from './vrrp-view.ts';

export interface Prospect {
  /** `script chk failed`, `192.0.2.2 fell silent` */
  readonly what: string;
  /** Effective priority after it; null: it stays. */
  readonly priority: number | null;
  /** Where it leads, and when, seconds; null: the state stays. */
  readonly state: StateWord;
  readonly afterSeconds: number | null;
  /** In words. */
  readonly outcome: string;
}

/** Something that an instance follows, as it is now. */
export interface Followed {
  readonly kind: 'script' | 'interface' | 'file' | 'process' | 'bfd';
  readonly name: string;
  readonly up: boolean;
}
