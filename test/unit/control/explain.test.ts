// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { explainInstance } from '../../../lib/control/core/explain.ts';
import { instanceStatus } from './documents.ts';

const prospect = { what: 'script chk failed', priority: 80, state: 'BACKUP', afterSeconds: null, outcome: 'it stays BACKUP' } as const;

describe('an instance explained', () => {
  it('says who keeps it a backup', () => {
    assert.equal(explainInstance(instanceStatus(), []).because, '192.0.2.2 advertises priority 110');
  });

  it('says what nopreempt does', () => {
    const i = instanceStatus({
      preempt: false,
      active: { address: '192.0.2.2', priority: 90, self: false, since: null, lastAdvertAgeSeconds: 0 },
    });
    assert.match(explainInstance(i, []).because, /nopreempt/);
  });

  it('says of the future what its machine says, and what others do when it dies', () => {
    assert.deepEqual(explainInstance(instanceStatus(), [prospect]).prospects, [prospect]);
    const [died, ...rest] = explainInstance(instanceStatus({ state: 'MASTER', active: null }), [prospect]).prospects;
    assert.equal(died?.outcome, 'a backup takes over within 4 s');
    assert.deepEqual(rest, [prospect]);
  });
});
