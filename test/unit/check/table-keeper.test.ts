// SPDX-License-Identifier: MIT
// Who holds on to the kernel's table while it is being opened.

import assert from 'node:assert/strict';
import type { ServiceState } from '../../../lib/check/core/service.ts';
import { createTableKeeper } from '../../../lib/check/shell/table-keeper.ts';
import type { Config } from '../../../lib/config/model.ts';
import { createFakeTable } from '../../support/fake-checks.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const configOf = (services: number) => ({ virtual_server: Array.from({ length: services }, () => ({})) }) as unknown as Config;
const poolOf = (quorumUp: boolean): ServiceState => ({ servers: [], quorumUp, sorryPresent: false });

describe('who keeps the table', () => {
  it('opens it once, for a configuration that comes meanwhile too, and leaves nothing out that changed meanwhile', async () => {
    const table = createFakeTable();
    const gates: (() => void)[] = [];
    const gate = () => new Promise<void>((done) => void gates.push(done));
    const { load } = table;
    table.load = async (...args) => {
      await load(...args);
      await gate();
    };
    let starts = 0;
    const start = async (_config: Config, pools: readonly ServiceState[]) => {
      starts++;
      await gate();
      table.pools = [...pools];
      return table;
    };
    const keeper = createTableKeeper(start, createFakeClock(), createMemoryLog());
    const pools = [poolOf(true)];
    const loads = [keeper.load(configOf(1), () => [...pools])];
    pools.push(poolOf(true));
    loads.push(keeper.load(configOf(2), () => [...pools]));
    const pass = async () => {
      await new Promise(setImmediate);
      gates.shift()?.();
      await new Promise(setImmediate);
    };
    await pass();
    assert.deepEqual([starts, table.calls], [1, ['load 2']]);
    pools[1] = poolOf(false);
    await pass();
    assert.deepEqual(table.calls, ['load 2', 'load 2']);
    await pass();
    await Promise.all(loads);
    assert.equal(table.pools[1]?.quorumUp, false);
  });
});
