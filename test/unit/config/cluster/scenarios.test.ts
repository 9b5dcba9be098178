// SPDX-License-Identifier: MIT
// The clusters that ka-ts was asked for, as people wrote their files.

import assert from 'node:assert/strict';
import type { ClusterReport, Outcome } from '../../../../lib/config/cluster/types.ts';
import { codes, finding, outcome, router, scenarioCluster } from './support.ts';

const levels = (o: Outcome) => o.levels.map((l) => (l.low === l.high ? l.low : `${l.low}–${l.high}`));

function event(report: ClusterReport, kind: 'stop' | 'loss'): Outcome {
  const found = router(report).outcomes.find((o) => o.case.kind === kind);
  if (!found) throw new Error(`no outcome for ${kind}`);
  return found;
}

describe('cluster check of the scenarios', () => {
  it('[scenario two proxies] moves the address to lb2 in 2 s + 3.605 s when haproxy ends on lb1', () => {
    const report = scenarioCluster('two-proxies-lb1.conf', 'two-proxies-lb2.conf');
    assert.deepEqual(levels(outcome(report)), [102, 101]);
    assert.deepEqual(outcome(report).holders, ['lb1']);
    const failed = outcome(report, 'lb1: chk_haproxy');
    assert.deepEqual([levels(failed), failed.holders, failed.moved], [[100, 101], ['lb2'], true]);
    assert.deepEqual(failed.takes, { detection: 2_000_000, takeover: 3_605_468 });
    assert.deepEqual(failed.after, ['lb1']);
    const both = outcome(report, 'lb1: chk_haproxy', 'lb2: chk_haproxy');
    assert.deepEqual([levels(both), both.holders, both.moved], [[100, 99], ['lb1'], false]);
  });

  it('[scenario two proxies] hands over after the skew when stopped, and after the down interval when it dies', () => {
    const report = scenarioCluster('two-proxies-lb1.conf', 'two-proxies-lb2.conf');
    assert.deepEqual(event(report, 'stop').takes, { detection: 0, takeover: 605_468 });
    assert.deepEqual(event(report, 'loss').takes, { detection: 0, takeover: 3_605_468 });
    assert.deepEqual(event(report, 'loss').case, { kind: 'loss', node: 'lb1', interface: 'enp0s8' });
  });

  it('[scenario AH] moves the address between web1 and web2', () => {
    const report = scenarioCluster('ah-web1.conf', 'ah-web2.conf');
    assert.deepEqual(levels(outcome(report)), [104, 102]);
    const failed = outcome(report, 'web1: chk_nginx');
    assert.deepEqual([levels(failed), failed.holders, failed.after], [[100, 102], ['web2'], ['web1']]);
    assert.deepEqual(codes(report), ['cluster-still-held']);
  });

  it('[scenario AH] says that a check against a nopreempt backup never moves anything, with both lines', () => {
    const report = scenarioCluster('ah-web1.conf', 'ah-web2-nopreempt.conf');
    const failed = outcome(report, 'web1: chk_nginx');
    assert.deepEqual([failed.holders, failed.why, failed.moved], [['web1'], 'nopreempt', false]);
    const found = finding(report, 'cluster-nopreempt-blocks');
    assert.equal(found.severity, 'error');
    assert.deepEqual(
      found.places.map((p) => `${p.file}:${p.line} ${p.value}`),
      ['ah-web1.conf:23 chk_nginx weight +4', 'ah-web2-nopreempt.conf:14 nopreempt'],
    );
  });

  it('[scenario plain priorities] has nothing to say against a sound pair', () => {
    const report = scenarioCluster('priorities-node1.conf', 'priorities-node2.conf');
    assert.deepEqual(report.findings, []);
    assert.deepEqual(levels(outcome(report)), [210, 200]);
    assert.deepEqual(event(report, 'loss').takes, { detection: 0, takeover: 3_218_750 });
    assert.deepEqual(event(report, 'loss').after, ['node1']);
  });

  it('[scenario leading zero] reads 09 as the same VRID on both', () => {
    const report = scenarioCluster('nginx-proxy-master.conf', 'nginx-proxy-backup.conf');
    assert.deepEqual(report.findings, []);
    assert.equal(router(report).vrid, 9);
  });

  it('[scenario unicast] says that the mirror is missing when the same file is given for both nodes', () => {
    const report = scenarioCluster('unicast-courier.conf', 'unicast-courier.conf');
    assert.ok(codes(report).includes('cluster-source'));
  });
});
