// SPDX-License-Identifier: MIT
// A little of npm run simulate: clusters through a year of faults each, in virtual time. KA_CLUSTERS and KA_MODEL_SEED change it.

import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import { milliseconds, seconds } from '../../../../lib/base/time.ts';
import { noFigures, runCluster } from '../../../simulate/cluster.ts';
import { createFakeMachine, testSettings } from '../../../support/fake-machine.ts';
import { createVirtualClock } from '../../../support/virtual-clock.ts';

const clusters = Number(process.env.KA_CLUSTERS ?? 6);
const first = Number(process.env.KA_MODEL_SEED ?? 1);

describe('one of many owners of the same addresses', () => {
  it('is not talked down by the others together: each of them gets its own warning', () => {
    const clock = createVirtualClock();
    const owner = createFakeMachine({ clock, settings: testSettings({ priority: 255, wantsActive: true }), source: ip('192.0.2.99') });
    owner.startUp();
    for (let at = 1; at <= 20; at++) {
      clock.runUntil(milliseconds(at));
      owner.hear({ source: ip(`192.0.2.${1 + at}`), priority: 255, interval: seconds(1) });
    }
    assert.deepEqual([owner.instance.state, owner.instance.effectivePriority], ['active', 255]);
    // One that goes on and on is given way to, as before.
    for (let at = 1; at <= 5; at++) {
      clock.runUntil(seconds(at));
      owner.hear({ source: ip('192.0.2.2'), priority: 255, interval: seconds(1) });
    }
    assert.equal(owner.instance.state, 'backup');
  });
});

describe('simulated clusters', function () {
  this.timeout(120_000);

  it(`settle on one Active in each connected part after every episode of faults, through ${clusters} cluster-years`, () => {
    const figures = noFigures();
    for (let n = 0; n < clusters; n++) {
      const broken = runCluster(first + n, 1, figures);
      assert.equal(broken, null, `seed ${first + n}: ${broken?.what}\n${broken?.story.join('\n')}`);
    }
    assert.ok(figures.episodes >= clusters * 20 && figures.faults > figures.episodes, 'hardly a fault');
  });

  it('are the same again from the same seed', () => {
    const lines = (): string[] => {
      const told: string[] = [];
      runCluster(7, 0.1, noFigures(), { tell: (line) => told.push(line) });
      return told;
    };
    const told = lines();
    assert.ok(told.length > 20);
    assert.deepEqual(lines(), told);
  });

  for (const [defect, says] of [
    ['never yields', /2 Active of|kept waiting|after the cluster had settled|Active of/],
    ['keeps addresses', /addresses/],
  ] as const) {
    it(`are judged: routers that ${defect === 'never yields' ? 'never yield' : 'keep their addresses in vain'} are found, with the story`, () => {
      const found = [1, 2, 3, 4, 5].map((seed) => runCluster(seed, 1, noFigures(), { defect })).find((broken) => broken !== null);
      assert.ok(found, 'nothing was found');
      assert.match(found.what, says);
      assert.ok(found.story.length > 2);
    });
  }
});
