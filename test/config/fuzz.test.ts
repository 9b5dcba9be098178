// SPDX-License-Identifier: MIT
// Any bytes at all: the reader answers, in time, and what it dumps can be read. npm run fuzz:config runs longer.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fuzzConfig, tryInput } from '../support/fuzz-config.ts';
import { sharedPath } from '../support/shared.ts';

/** What the fuzzer has found; each was a crash, a hang or a dump that could not be read back. */
const found: Readonly<Record<string, string>> = {
  'a word that ends with a backslash':
    'vrrp_instance A {\n virtual_router_id 1\n interface eth\\\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n',
  'a user that ends with a backslash':
    'vrrp_instance A {\n virtual_router_id 1\n interface eth0\n virtual_ipaddress {\n 10.0.0.1\n }\n notify /bin/x $USER\\\n}\n',
  'unicast without a peer and without an interface':
    'vrrp_instance A {\n virtual_router_id 1\n unicast_src_ip 10.0.0.2\n unicast_peer {\n }\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n',
};

describe('the configuration reader', () => {
  for (const [name, text] of Object.entries(found)) {
    it(`has learnt: ${name}`, () => assert.equal(tryInput(Buffer.from(text)).fault, null));
  }

  it('answers any bytes in time, and reads its own dumps (ten seconds of changed samples)', function () {
    this.timeout(60_000);
    const configs = sharedPath('configs');
    const samples = readdirSync(configs)
      .filter((name) => name.endsWith('.conf'))
      .map((name) => readFileSync(`${configs}/${name}`));
    assert.ok(samples.length > 100);
    const end = performance.now() + 10_000;
    let runs = 0;
    // A number of inputs, so that the seed decides what is tried; the clock only spares a slow machine.
    const result = fuzzConfig(samples, 1, () => ++runs > 3000 || performance.now() >= end);
    assert.deepEqual(
      result.crashes.map((c) => `${c.message}\n${Buffer.from(c.input).toString('base64')}`),
      [],
    );
    assert.ok(result.runs > 50, `only ${result.runs} inputs in ten seconds`);
    assert.ok(result.kept > 0);
  });
});
