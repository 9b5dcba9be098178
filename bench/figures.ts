// SPDX-License-Identifier: MIT
// From the samples of all runs to the figures that are shown.

import type { Comparison, FigureSpec, Sample, Series } from './bench.ts';
import type { Load } from './load.ts';
import { median, ratio, worst } from './statistics.ts';

export interface Standing {
  readonly candidate: string;
  /** Middle of the values. */
  readonly median: number;
  /** Furthest from zero. */
  readonly worst: number;
  /** One of each run; of a pooled figure only one. */
  readonly values: readonly number[];
}

export interface Figure {
  readonly bench: string;
  readonly scenario: string;
  readonly load: Load;
  readonly figure: string;
  readonly unit: string;
  /** Seconds; null: the scenario says it. */
  readonly interval: number | null;
  readonly realtime: number | null;
  /** Of each candidate. */
  readonly runs: number;
  /** Share of all processors in use meanwhile, 0..1: a figure of an idle machine needs one. */
  readonly inUse: number;
  /** What the others are compared with. */
  readonly reference: Standing;
  readonly others: readonly Compared[];
}

export interface Compared extends Standing {
  /** Of the medians; null where one is not positive. */
  readonly ratio: number | null;
  /** Median minus the reference's median. */
  readonly difference: number;
  /** null: no target was set. */
  readonly target: { readonly text: string; readonly met: boolean } | null;
}

/** The figures of a comparison, the last candidate being the reference. Throws Error when a run did not measure what it should have. */
export function figuresOf({ bench, conditions, samples, inUse }: Comparison): Figure[] {
  const { load, realtime } = conditions;
  const interval = bench.ownInterval ? null : conditions.interval;
  const common = { bench: bench.name, scenario: bench.scenario, load, interval, realtime } as const;
  const runs = Math.max(0, ...[...samples.values()].map((list) => list.length));
  return bench.figures.map((spec) => {
    const standings = [...samples].map(([candidate, runs]) => standing(candidate, spec, runs));
    const reference = standings.at(-1);
    if (!reference) throw new Error('nothing to compare');
    const others = standings.slice(0, -1).map((other) => compareWith(reference, other, targetOf(spec, load)));
    return { ...common, figure: spec.name, unit: spec.unit ?? 'ms', runs, inUse, reference, others };
  });
}

function standing(candidate: string, spec: FigureSpec, samples: readonly Sample[]): Standing {
  const series = samples.map((sample) => seriesOf(sample, spec.series));
  const values = spec.pooled ? [spec.reduce(series.flat())] : series.map(spec.reduce);
  return { candidate, median: median(values), worst: worst(values), values };
}

function seriesOf(sample: Sample, name: string): Series {
  const series = sample[name];
  if (series === undefined || series.length === 0) throw new Error(`a run has no ${name}`);
  return series;
}

interface Target {
  readonly text: string;
  readonly isMet: (own: number, reference: number) => boolean;
}

function targetOf({ atMost, atMostAbove }: FigureSpec, load: Load): Target | null {
  const above = atMostAbove?.[load];
  if (above !== undefined) return { text: `≤ ${above} above`, isMet: (own, reference) => own - reference <= above };
  if (atMost === undefined) return null;
  if ('value' in atMost) return { text: `≤ ${atMost.value}`, isMet: (own) => own <= atMost.value };
  return { text: `≤ ${atMost.times} ×`, isMet: (own, reference) => own <= atMost.times * reference };
}

function compareWith(reference: Standing, other: Standing, target: Target | null): Compared {
  const difference = other.median - reference.median;
  return {
    ...other,
    ratio: ratio(other.median, reference.median),
    difference,
    target: target && { text: target.text, met: target.isMet(other.median, reference.median) },
  };
}

/** A figure as one line of JSON, times in milliseconds to the nanosecond. */
export function jsonLine(figure: Figure): string {
  return JSON.stringify(figure, (_, value) => (typeof value === 'number' ? Number(value.toFixed(6)) : value));
}
