// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { isDetached } from '../../../lib/process/marks.ts';

describe('a detached daemon', () => {
  it('keeps its mark from the scripts it runs', () => {
    process.env.KA_TS_DAEMON = '1';
    assert.equal(isDetached(), true);
    assert.equal('KA_TS_DAEMON' in process.env, false);
    assert.equal(isDetached(), false);
  });
});
