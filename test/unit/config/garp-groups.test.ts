// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { diffConfigs } from '../../../lib/config/diff.ts';
import type { Config } from '../../../lib/config/model.ts';
import { instance, instanceText, load, problems } from './load.ts';

const eth = (name: string) => ({ name, mtu: 1500, loopback: false, multicast: true });
const interfaces = [eth('eth0'), eth('eth1'), eth('eth2')];
const read = (text: string) => load(text + instanceText(''), { interfaces });
const config = (text: string): Config => read(text).config ?? assert.fail('no configuration');

describe('garp_group', () => {
  it('paces one interface alone and several together', () => {
    const text =
      'garp_group {\n garp_interval 0.1\n interface eth0\n}\ngarp_group {\n gna_interval 2.5\n interfaces {\n eth1 eth2\n }\n}\n';
    assert.deepEqual(
      config(text).garp_group.map((g) => [g.garp_interval, g.gna_interval, g.interface, g.interfaces]),
      [
        [100_000, null, 'eth0', []],
        [null, 2_500_000, null, ['eth1', 'eth2']],
      ],
    );
    assert.deepEqual(problems(read(text)), []);
  });

  it('without an interval is dropped', () => {
    assert.deepEqual(problems(read('garp_group {\n interface eth0\n}\n')), [
      '1:1 garp-group-empty: No garp_interval or gna_interval set for garp_group - ignoring',
    ]);
    assert.deepEqual(config('garp_group {\n interface eth0\n}\n').garp_group, []);
  });

  it('goes without a VMAC, whose frames keep the pace of the interface below', () => {
    const text = 'garp_group {\n garp_interval 1\n interfaces {\n vrrp.51\n eth0\n }\n}\n';
    const loaded = load(text + instanceText('use_vmac'), { interfaces });
    assert.deepEqual(problems(loaded), ['4:2 garp-group-vmac: garp_group interface vrrp.51 is a VMAC - ignoring']);
    assert.deepEqual(loaded.config?.garp_group[0]?.interfaces, ['eth0']);
  });

  it('goes without interfaces that do not exist or are in a group already', () => {
    const text = 'garp_group {\n garp_interval 1\n interface eth7\n interfaces {\n eth0\n eth0\n }\n}\n';
    const loaded = read(text);
    assert.deepEqual(problems(loaded), [
      '6:2 duplicate: garp_group already specified for eth0 - ignoring',
      "3:12 interface-unknown-entry: WARNING - interface eth7 specified for garp_group doesn't exist",
    ]);
    assert.deepEqual([loaded.startStatus, loaded.config?.garp_group[0]?.interfaces], [0, ['eth0']]);
  });

  it('is a change that a reload applies while running', () => {
    const slower = config('garp_group {\n garp_interval 0.2\n interface eth0\n}\n');
    const { globals, needRestart, instances } = diffConfigs(config('garp_group {\n garp_interval 0.1\n interface eth0\n}\n'), slower);
    assert.deepEqual([globals, needRestart, instances.map((i) => i.kind)], [['garp_group'], [], ['keep']]);
    assert.deepEqual(diffConfigs(slower, config('\n\ngarp_group {\n garp_interval 0.2\n interface eth0\n}\n')).globals, []);
  });
});

describe('garp_extra_if', () => {
  it('is off, comes from vrrp_garp_extra_if, and may be set off again', () => {
    const global = 'global_defs {\n vrrp_garp_extra_if all 30\n}\n';
    assert.deepEqual(instance('').garp_extra_if, { all: false, seconds: 0 });
    assert.deepEqual(instance('', {}, global).garp_extra_if, { all: true, seconds: 30 });
    assert.deepEqual(instance('garp_extra_if 0', {}, global).garp_extra_if, { all: false, seconds: 0 });
    assert.deepEqual(instance('vmac_garp_intvl 86400').garp_extra_if, { all: false, seconds: 86400 });
  });

  it('is at least a second and at most a day, globally', () => {
    for (const bad of ['0', '86401', 'all', 'all 0'])
      assert.equal(problems(load(`global_defs {\n vrrp_garp_extra_if ${bad}\n}\n`)).length > 0, true, bad);
  });
});
