// SPDX-License-Identifier: MIT
// What a dump says is what was read: dump → parse → dump gives the same text and the same configuration, for every sample.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dumpConfig } from '../../lib/config/dump.ts';
import { loadConfig } from '../../lib/config/load.ts';
import { createConfigFiles } from '../../lib/kernel/config-files.ts';
import { sharedPath } from '../support/shared.ts';
import { memoryFiles } from '../unit/config/memory-files.ts';

const secrets = { secrets: true };

/** Places move with the lines; quoting of commands is normalised. */
function withoutPlaces(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'position' || key === 'text' ? undefined : inner)));
}

for (const folder of ['configs', 'scenarios']) {
  describe(`dumps of the samples in ${folder}`, () => {
    const samples = readdirSync(sharedPath(folder)).filter((name) => name.endsWith('.conf'));

    it('are there to be read', () => assert.ok(samples.length >= 12, `only ${samples.length}`));

    for (const file of samples) {
      it(`read back as they were written: ${file}`, () => {
        for (const configId of ['low', 'high']) {
          const files = { ...createConfigFiles(), directory: () => sharedPath(folder) };
          const { config } = loadConfig(files, { file, configId, seed: 1, env: {}, lenient: false });
          if (!config) continue;
          const dump = dumpConfig(config, secrets);
          const again = loadConfig(memoryFiles({ '/dump': dump }), { file: '/dump', configId, seed: 1, lenient: false });
          assert.ok(again.config, again.findings.map((f) => f.message).join('; '));
          assert.equal(dumpConfig(again.config, secrets), dump);
          assert.deepEqual(withoutPlaces(again.config), withoutPlaces(config));
          // Nothing of what we write ourselves is out of range, unknown or misplaced.
          const wrong = again.findings.filter((f) =>
            ['unknown-keyword', 'number-invalid', 'number-range', 'address-invalid'].includes(f.code),
          );
          assert.deepEqual(wrong, []);
        }
      });
    }
  });
}
