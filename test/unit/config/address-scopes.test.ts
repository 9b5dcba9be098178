// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { instanceText, load, problems } from './load.ts';

const tables = { '/etc/iproute2/rt_scopes': '0x11 mine\n300 far\n', '/usr/share/iproute2/rt_scopes': '18 packaged\n' };

describe('the scope of an address', () => {
  for (const [word, number] of [
    ['mine', 17],
    ['packaged', 18],
    ['host', 254],
    ['0xfd', 253],
  ] as const) {
    it(`${word} is ${number}`, () => {
      const text = `static_ipaddress {\n 192.0.2.7 dev eth0 scope ${word}\n}\n${instanceText('', `10.0.0.9 scope ${word}`)}`;
      const loaded = load(text, {}, tables);
      assert.deepEqual(problems(loaded), []);
      assert.equal(loaded.config?.vrrp_instance[0]?.virtual_ipaddress[0]?.scope, number);
      assert.equal(loaded.config?.static_ipaddress[0]?.scope, number);
    });
  }

  it('that no table knows, or that is too large, is global', () => {
    for (const word of ['nobody', 'far', '256']) {
      const loaded = load(instanceText('', `10.0.0.9 scope ${word}`), {}, tables);
      assert.deepEqual(problems(loaded), [
        `5:${word === '256' ? 17 : 2} entry-option-invalid: Invalid scope '${word}' specified for 10.0.0.9 - ignoring`,
      ]);
      assert.equal(loaded.config?.vrrp_instance[0]?.virtual_ipaddress[0]?.scope, 0);
    }
  });
});
