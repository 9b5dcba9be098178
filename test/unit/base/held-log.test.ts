// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createHeldLog } from '../../../lib/base/held-log.ts';
import { createLog } from '../../../lib/base/log.ts';

describe('a log that can wait', () => {
  const create = (detailLevel = 1) => {
    const lines: string[] = [];
    return { lines, log: createHeldLog(createLog([(level, line) => lines.push(`${level} ${line}`)], detailLevel)) };
  };

  it('writes at once until it is held', () => {
    const { lines, log } = create();
    log.info('a');
    log.hold();
    log.info('b');
    assert.deepEqual(lines, ['info a']);
  });

  it('writes what waited in its order, each with its severity, and the rest at once', () => {
    const { lines, log } = create();
    log.hold();
    log.info('a');
    log.error('b');
    log.detail('c');
    log.extraDetail('not at this level');
    log.release();
    log.notice('d');
    assert.deepEqual(lines, ['info a', 'error b', 'info c', 'notice d']);
  });

  it('writes each line once, however often it is held and released', () => {
    const { lines, log } = create();
    log.release();
    log.hold();
    log.hold();
    log.info('a');
    log.release();
    log.release();
    log.hold();
    log.info('b');
    log.release();
    assert.deepEqual(lines, ['info a', 'info b']);
  });

  it('tells the level of the log behind it', () => {
    assert.equal(create(2).log.detailLevel, 2);
  });
});
