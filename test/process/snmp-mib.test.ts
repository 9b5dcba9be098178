// SPDX-License-Identifier: MIT
// The MIB file that is shipped: smilint finds nothing wrong with it, and it names every object of the reference as the reference
// does. Names in a walk are held by snmp.test.ts.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { sharedPath } from '../support/shared.ts';
import { mibFolders } from '../support/snmp-master.ts';

const execute = promisify(execFile);
const file = resolve('packaging/mibs/KEEPALIVED-MIB.txt');

describe('the MIB file', () => {
  it('has nothing that smilint complains of', async () => {
    const env = { ...process.env, SMIPATH: mibFolders };
    const { stdout, stderr } = await execute('smilint', ['-l', '4', file], { env });
    assert.equal(stdout + stderr, '');
  });

  it('names every object as the reference does, and each trap', async () => {
    const { stdout } = await execute('snmptranslate', ['-M', mibFolders, '-m', 'KEEPALIVED-MIB', '-Tz']);
    const numbers = new Map([...stdout.matchAll(/^"([^"]+)"\s+"([^"]+)"$/gm)].map(([, name, number]) => [name, number]));
    const wanted = readFileSync(sharedPath('reference', 'snmp-objects.tsv'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t').slice(0, 2));
    assert.ok(wanted.length > 400, `${wanted.length} objects`);
    const root = '1.3.6.1.4.1.9586.100.5';
    wanted.push([`${root}.2.10.0.1`, 'vrrpSyncGroupStateChange'], [`${root}.2.10.0.2`, 'vrrpInstanceStateChange']);
    wanted.push([`${root}.3.5.0.1`, 'realServerStateChange'], [`${root}.3.5.0.2`, 'virtualServerQuorumStateChange']);
    assert.deepEqual(
      wanted.filter(([number, name = '']) => numbers.get(name) !== number),
      [],
    );
  });
});
