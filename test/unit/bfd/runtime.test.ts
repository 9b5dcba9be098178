// SPDX-License-Identifier: MIT
// The BFD process beside an engine that only notes what it is told.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { micros, seconds } from '../../../lib/base/time.ts';
import { startBfd } from '../../../lib/bfd/shell/runtime.ts';
import type { BfdEngine, BfdEvent } from '../../../lib/native/bfd-surface.ts';
import { bfdInstance, config } from '../../support/configs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

function stage() {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const world = { isAddressThere: false, tries: 0, tell: (_events: BfdEvent[]) => {} };
  const engine: BfdEngine = {
    realtimeError: '',
    add() {
      world.tries++;
      if (!world.isAddressThere) throw new Error('EADDRNOTAVAIL: bind');
    },
    remove() {},
    identify() {},
    transmit() {},
    send() {},
    watch() {},
    alarm() {},
    refused: () => ({ malformed: 0, unknown: 0, ttl: 0, authenticated: 0 }),
    close() {},
  };
  const native = {
    now: () => clock.now(),
    createBfdEngine: (_priority: number, onEvents: (events: BfdEvent[]) => void) => {
      world.tell = onEvents;
      return engine;
    },
  };
  const instance = bfdInstance();
  let number = 0;
  const shell = startBfd({ ...config(), bfd_instance: [instance] }, { native, clock, log, tell() {}, random: () => ++number, lossFd: -1 });
  const stranger = (source: string) => world.tell([{ kind: 'refused', at: micros(1), reason: 'unknown', source }]);
  return { clock, world, shell, instance, stranger, state: () => shell.view()[0]?.state };
}

describe('a BFD session whose socket cannot be opened', () => {
  it('tries again every minute', () => {
    const { clock, world, state } = stage();
    assert.deepEqual([state(), world.tries], ['AdminDown', 1]);
    clock.advance(seconds(60));
    assert.equal(world.tries, 2);
    world.isAddressThere = true;
    clock.advance(seconds(60));
    assert.equal(state(), 'Down');
    clock.advance(seconds(600));
    assert.equal(world.tries, 3);
  });

  it('tries again when its neighbour speaks, and for nobody else', () => {
    const { clock, world, instance, stranger, state } = stage();
    stranger('192.0.2.99');
    assert.equal(world.tries, 1);
    world.isAddressThere = true;
    stranger(instance.neighbor_ip);
    assert.deepEqual([state(), world.tries], ['Down', 2]);
    clock.advance(seconds(600));
    stranger(instance.neighbor_ip);
    assert.equal(world.tries, 2);
  });
});
