// SPDX-License-Identifier: MIT
// Three daemons under random faults (test/support/chaos.ts): after each round the best has the address and nobody else, there is no
// zombie, and no process has grown. KA_CHAOS_ROUNDS and KA_CHAOS_SEED; npm run chaos -- ROUNDS [SEED] is the long form.

import assert from 'node:assert/strict';
import { type Chaos, createChaos } from '../support/chaos.ts';

const rounds = Number(process.env.KA_CHAOS_ROUNDS ?? 8);
const seed = Number(process.env.KA_CHAOS_SEED ?? 1);
const tells = process.env.KA_CHAOS_ROUNDS !== undefined;
/** KiB: what V8 takes and gives back by itself. */
const mostMemory = 40_000;
const mostDescriptors = 8;

describe(`three daemons in ${rounds} rounds of chaos, seed ${seed}`, function () {
  this.timeout(60_000 + rounds * 20_000);
  let chaos: Chaos | undefined;
  before(async () => {
    chaos = await createChaos(seed);
  });
  after(() => chaos?.destroy());

  it('come to rest after each of them', async () => {
    for (let n = 1; n <= rounds; n++) {
      const began = Date.now();
      try {
        if (tells && n % 100 === 0) console.log(`      ${chaos?.tally()}`);
        const story = await chaos?.round();
        if (!tells) continue;
        const grown = (chaos?.growth() ?? []).filter((g) => g.descriptors > 2).map((g) => `${g.what}: ${g.descriptors} descriptors more`);
        console.log(`      ${n}: ${story?.join('; ')} (${Date.now() - began} ms) ${grown.join('; ')}`);
      } catch (error) {
        throw new Error(`round ${n} of seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  });

  it('have not grown', () => {
    for (const { what, descriptors, kibibytes } of chaos?.growth() ?? []) {
      assert.ok(descriptors <= mostDescriptors, `${what}: ${descriptors} more descriptors`);
      assert.ok(kibibytes <= mostMemory, `${what}: ${kibibytes} KiB more`);
    }
  });
});
