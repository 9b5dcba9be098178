// SPDX-License-Identifier: MIT
// Operations of the parent: weights from `ka-ts server weight` and from SNMP are one thing, of which the later one holds.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../../lib/config/model.ts';
import { createHistory } from '../../../lib/control/core/history.ts';
import { createOperations } from '../../../lib/process/operations.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const configuration = () =>
  ({
    global_defs: { ka_ts: { operations_file: null, control_operators: null } },
    vrrp_instance: [],
    virtual_server: [{ name: 'V', real_server: [{ name: 'R', weight: 3 }] }],
  }) as unknown as Config;

describe('the weight of a server', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ka-operations-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function started() {
    const file = join(directory, 'operations');
    const reapplied: string[] = [];
    const history = createHistory(10);
    const log = createMemoryLog();
    const operations = createOperations({
      clock: createFakeClock(),
      timeOfDay: () => 1_800_000_000,
      log,
      history,
      file,
      uid: process.getuid?.() ?? 0,
      configFile: join(directory, 'keepalived.conf'),
      keptFile: join(directory, 'kept'),
      reload: () => assert.fail('no reload'),
      reapply: ({ operation }) => void reapplied.push(operation),
    });
    let config = configuration();
    operations.follow(config);
    const weight = (value: number | null) =>
      operations.operate(
        { id: 1, request: 'operate', args: { operation: 'weight', pool: 'V', server: 'R', value } },
        { uid: 0, pid: 7, groups: [] },
        (result) => assert.ok('answer' in result, JSON.stringify(result)),
      );
    return {
      operations,
      log,
      history,
      reapplied,
      weight,
      isKept: () => existsSync(file),
      inForce: () => operations.overlaid(config).virtual_server[0]?.real_server[0]?.weight,
      shown: () => operations.overlay().map((e) => [e.why, e.value]),
      reread() {
        config = configuration();
        operations.follow(config);
      },
      handOverAgain: () => operations.follow(config),
    };
  }

  it('is what was said last, by an operator or over SNMP, and is shown once', () => {
    const d = started();
    d.weight(0);
    assert.deepEqual([d.inForce(), d.shown(), d.isKept()], [0, [['weight', 0]], true]);
    d.operations.hearWeight('V', 'R', 100_000);
    assert.deepEqual([d.inForce(), d.shown(), d.isKept()], [100_000, [['snmp', 100_000]], false]);
    assert.deepEqual(d.reapplied, ['weight'], 'SNMP has put it in force already');
    assert.match(d.history.text(), /weight V R 100000/);
    d.weight(7);
    assert.deepEqual([d.inForce(), d.shown(), d.isKept()], [7, [['weight', 7]], true]);
    d.operations.hearWeight('V', 'R', 8);
    d.weight(null);
    assert.deepEqual([d.inForce(), d.shown()], [3, []]);
  });

  it('from SNMP ends with the next reload of the files, not with an operation on something else', () => {
    const d = started();
    d.operations.hearWeight('V', 'R', 8);
    d.handOverAgain();
    assert.equal(d.inForce(), 8);
    d.reread();
    assert.deepEqual([d.inForce(), d.shown()], [3, []]);
    d.weight(5);
    d.reread();
    assert.equal(d.inForce(), 5);
  });

  it('is not the only thing an operator asks for: what came to nothing is told as that', () => {
    const d = started();
    const asked = { id: 1, request: 'operate', args: { operation: 'confirm' } } as const;
    d.operations.operate(asked, { uid: 0, pid: 7, groups: [] }, (result) => assert.ok('error' in result, JSON.stringify(result)));
    assert.match(d.log.lines.join('\n'), /^Operation confirm by .*\(.*pid 7\) came to nothing: nothing is on trial$/m);
  });
});
