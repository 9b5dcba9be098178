// SPDX-License-Identifier: MIT
// What has changed of the trackers since the last look, for those who watch. Interfaces and BFD sessions are told elsewhere.

import type { TellNews } from '../ports/news.ts';
import type { FileView, ProcessView, ScriptView } from '../ports/vrrp-view.ts';

export interface Trackers {
  readonly scripts: readonly ScriptView[];
  readonly files: readonly FileView[];
  readonly processes: readonly ProcessView[];
}

type TrackerNews = Extract<Parameters<TellNews>[0], { kind: 'tracker' }>;

export interface TrackerWatch {
  /** From here on; nothing is told. */
  begin(now: Trackers): void;
  /** Tells what is different. */
  changed(now: Trackers): void;
}

export function createTrackerNews(tell: TellNews): TrackerWatch {
  let last = new Map<string, string>();
  return {
    begin(now) {
      last = new Map(newsOf(now).map((n) => [keyOf(n), JSON.stringify(n)]));
    },
    changed(now) {
      const all = newsOf(now).map((n) => [n, JSON.stringify(n)] as const);
      const before = last;
      last = new Map(all.map(([n, text]) => [keyOf(n), text]));
      for (const [n, text] of all) if (before.get(keyOf(n)) !== text) tell(n);
    },
  };
}

function keyOf({ tracker, name }: TrackerNews): string {
  return `${tracker} ${name}`;
}

function newsOf({ scripts, files, processes }: Trackers): TrackerNews[] {
  const kind = 'tracker';
  return [
    ...scripts.map(({ config, verdict }): TrackerNews => ({ kind, tracker: 'script', name: config.name, state: verdict })),
    // A file is read or not; what its number means each instance knows for itself.
    ...files.map(({ config, value }): TrackerNews => ({ kind, tracker: 'file', name: config.name, state: 'up', value })),
    ...processes.map(
      ({ config, hasQuorum, count }): TrackerNews => ({
        kind,
        tracker: 'process',
        name: config.name,
        state: hasQuorum ? 'up' : 'down',
        value: count,
      }),
    ),
  ];
}
