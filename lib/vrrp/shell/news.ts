// SPDX-License-Identifier: MIT
// What those who watch are told of a router beside its transitions.

import type { TellNews } from '../../ports/news.ts';
import type { Contribution } from '../../ports/tracking.ts';
import type { Instance } from '../core/types.ts';
import type { Router } from './router.ts';

export interface RouterNews {
  /** After a step of its machine. */
  stepped(router: Router, before: Instance): void;
}

/** `trackers`: what they add to the priority of an instance. */
export function createRouterNews(tell: TellNews, trackers: (instance: string) => readonly Contribution[]): RouterNews {
  return {
    stepped({ config, instance: after, removed }, before) {
      const [from, to] = [before.effectivePriority, after.effectivePriority];
      // At its start nothing has changed yet, and one that goes has no priority.
      if (from === to || !before.started || !after.started || removed !== 'no') return;
      const parts = trackers(config.name).filter(({ adds }) => adds !== 0);
      tell({
        kind: 'priority',
        instance: config.name,
        from,
        to,
        base: config.priority,
        parts: parts.map(({ kind, name, adds }) => ({ kind, name, adds })),
      });
    },
  };
}
