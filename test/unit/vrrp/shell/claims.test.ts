// SPDX-License-Identifier: MIT
// Who claims an address of ours: told apart from who takes it over.

import assert from 'node:assert/strict';
import { micros, seconds } from '../../../../lib/base/time.ts';
import type { AddressClaim } from '../../../../lib/native/surface.ts';
import { createClaims } from '../../../../lib/vrrp/shell/claims.ts';
import type { Router, RouterDeps } from '../../../../lib/vrrp/shell/router.ts';
import { instance, virtualAddress } from '../../../support/configs.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { link } from '../../../support/fake-native.ts';
import { createMemoryLog } from '../../../support/memory-log.ts';

const theirs = Uint8Array.of(2, 0x66, 0, 0, 0, 0x66);

/** A router that has been Active for two seconds. */
function listening() {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const eth0 = link(2, 'eth0');
  const told: string[] = [];
  let claim: (claims: readonly AddressClaim[]) => void = () => assert.fail('nobody listens');
  const deps = {
    clock,
    log,
    native: {
      now: clock.now,
      watchClaims: (onClaims: typeof claim) => {
        claim = onClaims;
        return { watch() {}, close() {} };
      },
    },
    view: { byName: () => eth0, byIndex: () => eth0, names: () => ['eth0'], canAnnounce: () => true },
  } as unknown as RouterDeps;
  const router = {
    config: instance({ virtual_ipaddress: [virtualAddress('192.0.2.100')] }),
    instance: { state: 'active', leaving: null },
    settings: { announce: { repeat: 0 } },
    tally: { claims: 0 },
  };
  const claims = createClaims(
    deps,
    () => [router as unknown as Router],
    (_, effect) => told.push(effect === null ? 'left' : effect.kind),
  );
  claims.changed();
  clock.advance(seconds(2));
  return { clock, lines: log.lines, told, router, claims, claim: () => claim([{ ifindex: 2, address: '192.0.2.100', mac: theirs }]) };
}

describe('claims of addresses that this router holds', () => {
  it('by a successor, whose advert is read right behind them, are no conflict', () => {
    const { clock, lines, told, router, claims, claim } = listening();
    claim();
    router.instance.state = 'backup';
    claims.changed();
    clock.advance(seconds(1));
    assert.deepEqual([lines, told, router.tally.claims], [[], [], 0]);
  });

  it('while it stays Active are told at once', () => {
    const { clock, lines, told, router, claim } = listening();
    claim();
    claim();
    clock.advance(micros(20_000));
    assert.match(lines.join('\n'), /192\.0\.2\.100 is claimed by 02:66:00:00:00:66 too/);
    assert.deepEqual([told, router.tally.claims], [['contested'], 2]);
  });
});
