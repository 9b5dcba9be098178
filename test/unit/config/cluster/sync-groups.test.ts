// SPDX-License-Identifier: MIT
// The table of a member of a sync group: what the group tracks counts, and what leads another member to FAULT.

import assert from 'node:assert/strict';
import { clusterOf, codes, node, outcome, router, script, tracking } from './support.ts';

const group = (body = '') => `vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n${body}\n}\n`;

/** Two nodes with VI_1 and VI_2; `mine` and `mates` are lines of the first node's instances. */
function pair(inGroup: string, mine: string, mates: string) {
  const scripts = script('fatal', 0) + script('light', -20);
  const both = (priority: number, one: string, two: string) =>
    scripts +
    group(inGroup) +
    node(`state BACKUP;priority ${priority};${one}`) +
    node(`state BACKUP;priority ${priority};${two}`, { name: 'VI_2', vrid: 52, vips: '10.0.0.8' });
  return clusterOf(both(110, mine, mates), both(100, '', ''));
}

describe('the cluster check of sync groups', () => {
  it('moves a member when another one goes to FAULT', () => {
    const report = pair('', '', tracking('fatal'));
    assert.deepEqual(
      router(report).checks.map((c) => c.id),
      ['lb1: fatal'],
    );
    assert.deepEqual(outcome(report).holders, ['lb1']);
    assert.deepEqual(outcome(report, 'lb1: fatal').holders, ['lb2']);
  });

  it('gives the weights of the group to every member, on every node', () => {
    const report = pair('track_script {\n light\n}', '', '');
    assert.deepEqual(
      router(report).checks.map((c) => [c.id, c.weight]),
      [
        ['lb1: light', -20],
        ['lb2: light', -20],
      ],
    );
    assert.deepEqual(outcome(report, 'lb1: light').holders, ['lb2']);
  });

  it('leaves weights of other members out: they change those alone', () => {
    const report = pair('sync_group_tracking_weight', '', tracking('light'));
    assert.deepEqual(router(report).checks, []);
  });

  it('no longer calls a group something that the table does not count', () => {
    assert.ok(!codes(pair('', '', tracking('fatal'))).includes('cluster-not-counted'));
  });
});
