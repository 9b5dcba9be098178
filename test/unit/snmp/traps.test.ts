// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { newMasterReason } from '../../../lib/snmp/traps.ts';

const why = (cause: string) => ({ at: 0, from: 'BACKUP', to: 'MASTER', cause, evidence: {}, text: '' });

describe('why a router is master, in the words of RFC 6527', () => {
  it('is its priority for an owner, preemption where a lower one was there, and silence otherwise', () => {
    assert.equal(newMasterReason({ priority: 255, why: why('start') }), 1);
    assert.equal(newMasterReason({ priority: 150, why: why('preempt') }), 2);
    assert.equal(newMasterReason({ priority: 150, why: why('peer_silent') }), 3);
    assert.equal(newMasterReason({ priority: 150, why: why('peer_resigned') }), 3);
    assert.equal(newMasterReason({ priority: 150 }), 3);
  });
});
