// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { diffConfigs } from '../../../lib/config/diff.ts';
import { dumpConfig } from '../../../lib/config/dump.ts';
import { loadConfig } from '../../../lib/config/load.ts';
import type { Config } from '../../../lib/config/model.ts';
import { instanceText, load, main } from './load.ts';
import { memoryFiles } from './memory-files.ts';

function config(text: string): Config {
  const loaded = load(text);
  assert.ok(loaded.config, loaded.findings.map((f) => f.message).join());
  return loaded.config;
}

const changes = (old: string, next: string) =>
  diffConfigs(config(old), config(next)).instances.map((c) => [
    c.kind,
    'new' in c ? c.new.name : c.old.name,
    'changed' in c ? c.changed.join() : '',
  ]);

describe('a reload', () => {
  it('keeps an instance that only moved in the file', () => {
    assert.deepEqual(changes(instanceText(''), `\n\n# new comment\n${instanceText('')}`), [['keep', 'VI_1', '']]);
  });

  it('applies live what may change while running', () => {
    assert.deepEqual(changes(instanceText('priority 100'), instanceText('priority 120\nnopreempt', '10.0.0.9\n10.0.0.10')), [
      ['live', 'VI_1', 'priority,nopreempt,virtual_ipaddress'],
    ]);
  });

  it('keeps the state over another version, authentication, checksum, source or set of peers', () => {
    const peers = (list: string) => instanceText(`unicast_src_ip 10.0.0.1\nunicast_peer {\n${list}\n}`);
    assert.deepEqual(changes(instanceText(''), instanceText('version 3')), [['live', 'VI_1', 'version']]);
    assert.deepEqual(changes(instanceText(''), instanceText('authentication {\n auth_type AH\n auth_pass x\n}')), [
      ['live', 'VI_1', 'authentication'],
    ]);
    assert.deepEqual(changes(instanceText('version 3'), instanceText('version 3\nv3_checksum_as_v2')), [
      ['live', 'VI_1', 'v3_checksum_as_v2'],
    ]);
    assert.deepEqual(changes(instanceText(''), instanceText('mcast_src_ip 10.0.0.1')), [['live', 'VI_1', 'mcast_src_ip']]);
    assert.deepEqual(changes(peers('10.0.0.2'), peers('10.0.0.2\n10.0.0.3')), [['live', 'VI_1', 'unicast_peer']]);
  });

  it('takes unicast, another group and another unicast source for another router', () => {
    const peers = (source: string) => instanceText(`unicast_src_ip ${source}\nunicast_peer {\n 10.0.0.2\n}`);
    for (const [before, after] of [
      [instanceText(''), peers('10.0.0.1')],
      [instanceText(''), instanceText('mcast_dst_ip 224.0.0.77')],
      [peers('10.0.0.1'), peers('10.0.0.3')],
    ] as const)
      assert.deepEqual(
        changes(before, after).map(([kind]) => kind),
        ['remove', 'add'],
      );
  });

  it('knows an instance by VRID, family, interface and kind, not by its name', () => {
    assert.deepEqual(changes(instanceText(''), instanceText('').replace('VI_1', 'other')), [['live', 'other', 'name']]);
    assert.deepEqual(changes(instanceText(''), instanceText('virtual_router_id 52')), [
      ['remove', 'VI_1', ''],
      ['add', 'VI_1', ''],
    ]);
    assert.deepEqual(
      changes(instanceText(''), instanceText('unicast_peer {\n 10.0.0.2\n}')).map(([kind]) => kind),
      ['remove', 'add'],
    );
  });

  it('removes first, then follows the order of the new file', () => {
    const named = (name: string, vrid: number) => instanceText(`virtual_router_id ${vrid}`).replace('VI_1', name);
    assert.deepEqual(
      changes(named('A', 1) + named('B', 2), named('C', 3) + named('B', 2)).map(([kind, name]) => [kind, name]),
      [
        ['remove', 'A'],
        ['add', 'C'],
        ['keep', 'B'],
      ],
    );
  });

  it('keeps a script with the same command, whatever its name and interval', () => {
    const text = (name: string, lines: string) =>
      `vrrp_script ${name} {\n script "/bin/a b"\n${lines}\n}\n${instanceText(`track_script {\n ${name}\n}`)}`;
    const { scripts } = diffConfigs(config(text('old', 'interval 1')), config(text('new', 'interval 3')));
    assert.deepEqual(
      scripts.map((s) => [s.kind, 'changed' in s ? s.changed : []]),
      [['keep', ['name', 'interval', 'timeout']]],
    );
  });

  it('says which global settings changed and which need a restart of the daemon', () => {
    const { globals, needRestart } = diffConfigs(config(''), config('global_defs {\n router_id x\n vrrp_no_swap\n}\n'));
    assert.deepEqual([globals, needRestart], [['router_id', 'vrrp_no_swap'], ['vrrp_no_swap']]);
  });
});

describe('a dump', () => {
  const text = `global_defs {\n router_id "a b"\n dynamic_interfaces\n ka_ts {\n lease 2\n }\n}\nvrrp_script c {\n script "/bin/c 'x y'"\n weight -5 reverse\n}\n${instanceText('authentication {\n auth_type PASS\n auth_pass s3cret\n}\ntrack_script {\n c weight 3 noreverse\n}\nno_accept\nnotify "/bin/n 1" nobody')}`;

  it('reads back to the same configuration', () => {
    const before = config(text);
    const dump = dumpConfig(before, { secrets: true });
    const after = loadConfig(memoryFiles({ [main]: dump }), { file: main, configId: 'node1' });
    assert.equal(after.config && dumpConfig(after.config, { secrets: true }), dump);
    assert.deepEqual(after.config && diffConfigs(before, after.config).instances.map((c) => c.kind), ['keep']);
  });

  it('masks passwords', () => assert.ok(!dumpConfig(config(text)).includes('s3cret')));
});
