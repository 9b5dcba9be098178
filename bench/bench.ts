// SPDX-License-Identifier: MIT
// What a bench is: something that can be run, and how its samples become figures.

import type { Candidate } from './candidates.ts';
import type { Load } from './load.ts';
import type { Options } from './options.ts';

/** Measurements of one kind in one run, in milliseconds unless its figures have another unit. */
export type Series = readonly number[];

/** What one run has measured, by the name of the series. */
export type Sample = Readonly<Record<string, Series>>;

export interface FigureSpec {
  readonly name: string;
  /** Which series of a run it is about. */
  readonly series: string;
  /** Makes one number of a series: of each run, or of all runs together. */
  readonly reduce: (series: Series) => number;
  /** Rare events need one large sample: the series of all runs are put together before they are reduced. */
  readonly pooled?: true;
  /** ms when absent. */
  readonly unit?: string;
  /** By how much it may exceed the reference's. */
  readonly atMostAbove?: Partial<Record<Load, number>>;
  /** What it may be, or how many times the reference's. */
  readonly atMost?: { readonly value: number } | { readonly times: number };
}

/** Under what a run takes place. */
export type Conditions = Pick<Options, 'interval' | 'realtime' | 'jitter'> & { readonly load: Load };

export interface Bench {
  readonly name: string;
  /** What happens in it, in a word or two. */
  readonly scenario: string;
  readonly figures: readonly FigureSpec[];
  /** The interval of its adverts belongs to the scenario; `conditions.interval` means nothing here. */
  readonly ownInterval?: true;
  /** Of --load, those that mean something here; all when absent. */
  readonly loads?: readonly Load[];
  /** It takes so long, or varies so little, that more runs are not wanted unless --runs asks for them. */
  readonly runs?: number;
  /** One run of one candidate. Throws when what has to happen does not happen in time. */
  run(candidate: Candidate, conditions: Conditions): Promise<Sample>;
}

/** All samples of one bench under one load. */
export interface Comparison {
  readonly bench: Bench;
  readonly conditions: Conditions;
  /** Candidate → its samples in the order of its runs. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Share of all processors in use meanwhile, 0..1, by the bench and by everybody else. */
  readonly inUse: number;
}
