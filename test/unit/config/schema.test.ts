// SPDX-License-Identifier: MIT
// The schema of the typed configuration, held against real ones.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { loadConfig } from '../../../lib/config/load.ts';
import type { Config } from '../../../lib/config/model.ts';
import { configSchema } from '../../../lib/config/schema.ts';
import { grammar } from '../../../lib/grammar.ts';
import { createConfigFiles } from '../../../lib/kernel/config-files.ts';
import { schemaFaults } from '../../support/check-schema.ts';
import { sharedPath } from '../../support/shared.ts';
import { load } from './load.ts';

const schema = configSchema(grammar);

describe('the schema of the configuration', () => {
  for (const folder of ['scenarios', 'configs']) {
    it(`fits every configuration of ${folder}`, function () {
      this.timeout(30_000);
      const directory = sharedPath(folder);
      let checked = 0;
      for (const file of readdirSync(directory).filter((name) => name.endsWith('.conf'))) {
        const { config } = loadConfig({ ...createConfigFiles(), directory: () => directory }, { file, configId: 'low', seed: 1, env: {} });
        if (!config) continue;
        checked++;
        assert.deepEqual(schemaFaults(schema, JSON.parse(JSON.stringify(config))), [], file);
      }
      assert.ok(checked > 10, `only ${checked} configurations`);
    });
  }

  const config = (change: (config: Record<string, never>) => void) => {
    const { config } = load('vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 192.0.2.1\n }\n}\n');
    const copy = JSON.parse(JSON.stringify(config satisfies Config | null));
    change(copy);
    return schemaFaults(schema, copy);
  };

  it('refuses values out of range, of another kind, missing and unknown', () => {
    assert.deepEqual(
      config(() => {}),
      [],
    );
    const instance = (change: Record<string, unknown>) => config((c) => Object.assign(c.vrrp_instance?.[0] ?? {}, change));
    assert.deepEqual(instance({ priority: 256 }), ['/vrrp_instance/0/priority: 256 is above 255']);
    assert.deepEqual(instance({ priority: '1' }), ['/vrrp_instance/0/priority: "1" is not integer']);
    assert.deepEqual(instance({ state: 'UP' }), ['/vrrp_instance/0/state: "UP" is none of ["MASTER","BACKUP"]']);
    assert.deepEqual(instance({ nonsense: 1 }), ['/vrrp_instance/0: nonsense is unknown']);
    assert.deepEqual(instance({ position: { file: 'a', line: 1 } }), ['/vrrp_instance/0/position: column is missing']);
  });

  it('says of every keyword what it means', () => {
    const instance = schema.properties?.vrrp_instance?.items?.properties ?? {};
    assert.ok(Object.keys(instance).length > 60);
    for (const [name, property] of Object.entries(instance)) {
      if (!['name', 'position'].includes(name)) assert.ok(property.description, name);
    }
    assert.match(instance.advert_int?.description ?? '', /Advert period.*\(microseconds\)/);
  });
});
