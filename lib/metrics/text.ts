// SPDX-License-Identifier: MIT
// The rows as text, written by prom-client: escaping and the two formats are its work, the figures are ours.

import { type Metric, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { StatusDocument } from '../control/document.ts';
import { metricRows, upRow } from './core/rows.ts';

export type MetricsFormat = 'openmetrics' | 'prometheus';

/** For HTTP. */
export const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
};

/** null: the daemon did not answer, and there is nothing to say but that. */
export async function metricsText(document: StatusDocument | null, format: MetricsFormat): Promise<string> {
  const registry = new Registry();
  if (format === 'openmetrics') registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  const add = (whole: string, help: string, type: string, values: readonly { suffix?: string; labels: object; value: number }[]) => {
    if (values.length === 0) return;
    // It appends the suffix of counters to samples by itself where the format wants the name without.
    const name = format === 'openmetrics' && type === 'counter' ? whole.replace(/_total$/, '') : whole;
    const told = values.map(({ suffix, labels, value }) => ({
      labels,
      value,
      ...(suffix === undefined ? {} : { metricName: name + suffix }),
    }));
    const object = { name, help, type, aggregator: 'omit', values: told } as unknown as MetricObjectWithValues<MetricValue<string>>;
    registry.registerMetric({ name, get: () => Promise.resolve(object) } as unknown as Metric);
  };
  const up = document !== null && document.daemon.heartbeat?.stale !== true;
  add(upRow.name, upRow.help, upRow.type, [{ labels: {}, value: up ? 1 : 0 }]);
  if (document) for (const row of metricRows) add(row.name, row.help, row.type, row.of(document));
  return registry.metrics();
}
