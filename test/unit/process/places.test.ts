// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { ProcessDefs } from '../../../lib/config/model-process.ts';
import { dataFile, defaultPidFile, defaultReloadFile, identityOf, identSuffix } from '../../../lib/process/places.ts';
import { globalDefs } from '../../support/configs.ts';

const defs = (changes: Partial<ProcessDefs> = {}): ProcessDefs => ({ ...globalDefs, ...changes });
const usual = identityOf(defs(), null);
const inNamespace = identityOf(defs(), 'ns1');
const named = identityOf(defs({ instance: 'blue', use_pid_dir: true }), 'ns1');

describe('places of files', () => {
  it('are in /run, in /run/keepalived with a namespace, and carry the instance name', () => {
    assert.equal(defaultPidFile('parent', usual), '/run/keepalived.pid');
    assert.equal(defaultPidFile('checkers', usual), '/run/checkers.pid');
    assert.equal(defaultPidFile('vrrp', inNamespace), '/run/keepalived/vrrp.pid');
    assert.equal(defaultPidFile('parent', named), '/run/keepalived/keepalived_blue.pid');
    assert.deepEqual([usual, inNamespace, named].map(defaultReloadFile), [
      '/run/keepalived.reload',
      '/run/keepalived/keepalived.reload',
      '/run/keepalived/keepalived_blue.reload',
    ]);
  });

  it('use the directory alone with use_pid_dir', () => {
    assert.equal(defaultPidFile('bfd', identityOf(defs({ use_pid_dir: true }), null)), '/run/keepalived/bfd.pid');
  });

  it('follow the command line before the configuration', () => {
    assert.equal(identityOf(defs({ net_namespace: 'a' }), 'b').namespace, 'b');
    assert.equal(identityOf(defs({ net_namespace: 'a' }), null).namespace, 'a');
    assert.deepEqual([usual, inNamespace, named].map(identSuffix), ['', '_ns1', '_ns1_blue']);
  });

  it('name dumps by state_dump_file, role and, when asked for, identity', () => {
    const name = (state_dump_file: string | null, data_use_instance = false) =>
      (['', 'parent', 'check'] as const).map((role) => dataFile(role, { state_dump_file, data_use_instance }, named, '/tmp'));
    assert.deepEqual(name(null), ['/tmp/keepalived.data', '/tmp/keepalived_parent.data', '/tmp/keepalived_check.data']);
    assert.deepEqual(name('/var/x/', true)[0], '/var/x/keepalived.ns1_blue.data');
    assert.deepEqual(name('/var/x.y/state.txt', true)[1], '/var/x.y/state_parent.ns1_blue.txt');
    assert.deepEqual(name('/var/x.y/state')[2], '/var/x.y/state_check');
    assert.equal(dataFile('', { state_dump_file: 'sub/', data_use_instance: true }, usual, '/tmp'), '/tmp/sub/keepalived.data');
  });
});
