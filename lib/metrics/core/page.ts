// SPDX-License-Identifier: MIT
// docs/reference/metrics.md, made from the table.

import { metricRows, upRow } from './rows.ts';

export function metricsPage(): string {
  const lines = [upRow, ...metricRows].map(
    (r) => `| \`${r.name}\` | ${r.type} | ${r.labels.map((l) => `\`${l}\``).join(', ')} | ${r.help.replaceAll('|', '\\|')} |`,
  );
  return `# Metrics

Made from lib/metrics/core by \`npm run docs\`: do not edit.

\`ka-ts metrics\` prints them as OpenMetrics, or with \`--prometheus\` in the older text format; it is a client of the control socket
and never disturbs the daemon. packaging/monitoring has alert rules and a Grafana dashboard for them. Where a process does not
answer, the states it said last are not repeated: \`ka_vrrp_state\` reads UNKNOWN, and pools and servers are absent.

| Name | Type | Labels | Meaning |
|---|---|---|---|
${lines.join('\n')}
`;
}
