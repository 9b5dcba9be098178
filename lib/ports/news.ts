// SPDX-License-Identifier: MIT
// What happens beside transitions, for those who watch the daemon.

import type { Contribution } from './tracking.ts';

export type News =
  /** A running instance has another effective priority: `base` and what each tracker adds, before it is held within 1..254. */
  | {
      readonly kind: 'priority';
      readonly instance: string;
      readonly from: number;
      readonly to: number;
      readonly base: number;
      readonly parts: readonly Pick<Contribution, 'kind' | 'name' | 'adds'>[];
    }
  /** `value`: the number in a file, the processes found. */
  | {
      readonly kind: 'tracker';
      readonly tracker: 'script' | 'file' | 'process';
      readonly name: string;
      readonly state: 'up' | 'down' | 'unknown';
      readonly value?: number;
    }
  /** A link that some instance uses or tracks. */
  | { readonly kind: 'link'; readonly name: string; readonly state: 'up' | 'down' | 'missing' };

export type TellNews = (news: News) => void;
