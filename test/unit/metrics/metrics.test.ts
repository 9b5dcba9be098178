// SPDX-License-Identifier: MIT
// The metrics as text, and that everything that is shipped beside them names metrics that exist.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { metricRows, upRow } from '../../../lib/metrics/core/rows.ts';
import { metricsText } from '../../../lib/metrics/text.ts';
import { statusDocument } from '../../support/status-document.ts';

const monitoring = resolve(import.meta.dirname, '../../../packaging/monitoring');
const read = (name: string): string => readFileSync(join(monitoring, name), 'utf8');

/** Judged by Prometheus itself. */
function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8', input });
  assert.ok(!error, `promtool (Debian package prometheus): ${error?.message}`);
  return status === 0 ? '' : `${stdout}${stderr}`;
}

describe('metrics', () => {
  it('are there for everything in the document, each name once', async () => {
    const text = await metricsText(statusDocument(), 'prometheus');
    for (const { name } of [upRow, ...metricRows]) assert.ok(text.includes(`# TYPE ${name} `), name);
    assert.equal(new Set(metricRows.map((r) => r.name)).size, metricRows.length);
    for (const line of [
      'ka_up 1',
      'ka_vrrp_state{vrrp_instance="VI_web",state="MASTER",vrid="51",interface="eth0",family="ipv4"} 1',
      'ka_vrrp_state{vrrp_instance="VI_db \\"x\\"\\\\y",state="BACKUP",vrid="52",interface="eth0",family="ipv4"} 0',
      'ka_vrrp_adverts_refused_total{vrrp_instance="VI_web",reason="auth_failure"} 2',
      'ka_vrrp_advert_lateness_seconds_bucket{le="0.000064"} 90',
      'ka_vrrp_advert_lateness_seconds_bucket{le="+Inf"} 100',
      'ka_server_up{pool="192.0.2.10 80",protocol="TCP",server="10.0.0.2 80"} 0',
      'ka_vrrp_transitions_total{vrrp_instance="VI_web",to="MASTER",cause="peer_silent"} 1',
      'ka_pool_bytes_total{pool="192.0.2.10 80",protocol="TCP",direction="in"} 7000',
      'ka_server_connections_total{pool="192.0.2.10 80",protocol="TCP",server="10.0.0.1 80"} 5',
      'ka_server_current_connections{pool="192.0.2.10 80",protocol="TCP",server="10.0.0.1 80",state="inactive"} 3',
    ])
      assert.ok(text.split('\n').includes(line), line);
  });

  it('pass promtool', async () => {
    assert.equal(promtool(['check', 'metrics'], await metricsText(statusDocument(), 'prometheus')), '');
    assert.notEqual(promtool(['check', 'metrics'], 'ka_x{ 1\n'), '');
  });

  it('end as OpenMetrics asks for, and name counters without their suffix in # TYPE', async () => {
    const text = await metricsText(statusDocument(), 'openmetrics');
    assert.ok(text.endsWith('# EOF\n'));
    assert.match(text, /^# TYPE ka_vrrp_adverts_sent counter$/m);
    assert.match(text, /^ka_vrrp_adverts_sent_total\{vrrp_instance="VI_web"\} 3600$/m);
  });

  it('say ka_up 0, and nothing of the past, when nobody answers; 0 too for a stale engine', async () => {
    const lines = (text: string) => text.split('\n').filter((l) => l !== '' && !l.startsWith('#'));
    assert.deepEqual(lines(await metricsText(null, 'prometheus')), ['ka_up 0']);
    const whole = statusDocument();
    const stale = { ...whole, daemon: { ...whole.daemon, heartbeat: { ageSeconds: 3, periodSeconds: 0.2, stale: true } } };
    assert.ok(lines(await metricsText(stale, 'prometheus')).includes('ka_up 0'));
  });

  it('are what rules and dashboard speak of', () => {
    const known = new Set([upRow, ...metricRows].map((r) => r.name));
    for (const file of ['ka-ts.rules.yml', 'grafana-dashboard.json'])
      for (const [name] of read(file).matchAll(/\bka_[a-z_]+/g)) assert.ok(known.has(name.replace(/_bucket$/, '')), `${name} in ${file}`);
    assert.ok(JSON.parse(read('grafana-dashboard.json')).panels.length > 5);
  });

  it('have rules that promtool takes', () => {
    assert.equal(promtool(['check', 'rules', join(monitoring, 'ka-ts.rules.yml')]), '');
  });

  it('have rules that tell of a cause the first time it is counted, and not of one that is harmless', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ka-rules-'));
    try {
      const series = (cause: string, values: string) =>
        `{ series: 'ka_vrrp_transitions_total{vrrp_instance="VI",to="MASTER",cause="${cause}"}', values: '${values}' }`;
      const fires = (alertname: string, cause: string) => `{ labels: '{alertname="${alertname}", cause="${cause}"}', value: 1 }`;
      const file = join(directory, 'test.yml');
      const write = (stall: string) =>
        writeFileSync(
          file,
          `rule_files: [${join(monitoring, 'ka-ts.rules.yml')}]
tests:
  - interval: 1m
    input_series:
      - ${series('own_stall', stall)}
      - ${series('receive_drops', '2x30 3x20')}
      - ${series('peer_silent', '_x30 1x20')}
    promql_expr_test:
      - expr: count by (alertname, cause) (ALERTS)
        eval_time: 40m
        exp_samples: [${fires('KaTsOwnStall', 'own_stall')}, ${fires('KaTsAdvertsLost', 'receive_drops')}]
`,
        );
      write('_x30 1x20');
      assert.equal(promtool(['test', 'rules', file]), '');
      write('1x50');
      assert.notEqual(promtool(['test', 'rules', file]), '', 'nothing happened of late');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}).timeout(20_000);
