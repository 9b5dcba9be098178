// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Config } from '../../../lib/config/model.ts';
import { type Capability, capabilityNumbers, lackingRights } from '../../../lib/process/rights.ts';
import { rightsOf } from '../../../lib/process/role-rights.ts';
import { load } from '../config/load.ts';

const all = (1n << 41n) - 1n;
const without = (name: Capability) => all & ~(1n << BigInt(capabilityNumbers[name]));
const runs = { vrrp: true, checkers: true, bfd: true };

function configOf(text: string): Config {
  const { config } = load(text);
  assert.ok(config);
  return config;
}

const check = (words: string) => `virtual_server 192.0.2.77 80 {
  lvs_method NAT
  real_server 192.0.2.78 80 {
    TCP_CHECK {
      connect_timeout 1
      ${words}
    }
  }
}
`;
const router = (words = '') => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    192.0.2.51
  }
  ${words}
}
`;

describe('a missing capability', () => {
  const cases: readonly (readonly [Capability, string, string, boolean])[] = [
    ['CAP_NET_ADMIN', router(), 'vrrp_instance', true],
    ['CAP_NET_ADMIN', check(''), 'virtual_server', true],
    ['CAP_NET_ADMIN', 'static_ipaddress {\n 192.0.2.9 dev eth0\n}\n', 'static objects', true],
    ['CAP_NET_ADMIN', check('fwmark 5'), 'fwmark', true],
    ['CAP_NET_RAW', router(), 'vrrp_instance', true],
    ['CAP_NET_RAW', check('bind_if eth0'), 'bind_if', false],
    ['CAP_NET_BIND_SERVICE', check('bind_port 80'), 'bind_port', false],
    ['CAP_SYS_ADMIN', `net_namespace_ipvs other\n${check('')}`, 'net_namespace_ipvs', false],
    ['CAP_SYS_NICE', `global_defs {\n vrrp_rt_priority 5\n}\n${router()}`, 'vrrp_rt_priority', false],
    ['CAP_SYS_NICE', `global_defs {\n vrrp_priority -5\n}\n${router()}`, 'vrrp_priority', false],
    ['CAP_SYS_NICE', `global_defs {\n checker_rt_priority 5\n}\n${check('')}`, 'checker_rt_priority', false],
    ['CAP_SYS_NICE', `global_defs {\n bfd_priority -5\n}\nbfd_instance one {\n neighbor_ip 192.0.2.9\n}\n`, 'bfd_priority', false],
    ['CAP_SYS_NICE', `global_defs {\n max_auto_priority 5\n}\n${router()}`, 'max_auto_priority', false],
    ['CAP_IPC_LOCK', `global_defs {\n vrrp_no_swap\n}\n${router()}`, 'vrrp_no_swap', false],
    ['CAP_IPC_LOCK', `global_defs {\n checker_no_swap\n}\n${check('')}`, 'checker_no_swap', false],
    ['CAP_IPC_LOCK', 'global_defs {\n bfd_no_swap\n}\n', 'bfd_no_swap', false],
  ];
  for (const [capability, text, keyword, indispensable] of cases)
    it(`${capability}: ${keyword} ${indispensable ? 'cannot' : 'will not'} work`, () => {
      const [lack, ...others] = lackingRights(configOf(text), runs, without(capability), 0);
      assert.deepEqual(others, []);
      assert.equal(lack?.capability, capability);
      assert.ok(lack.keywords.includes(keyword), lack.keywords.join(', '));
      assert.equal(lack.indispensable, indispensable);
    });

  it('is nobody’s concern where nothing needs it', () => {
    for (const name of Object.keys(capabilityNumbers) as Capability[])
      assert.deepEqual(lackingRights(configOf(''), { vrrp: false, checkers: false, bfd: false }, without(name), 0), []);
  });
});

describe('what a process is left', () => {
  it('grows with the keywords of its part, and of no other', () => {
    const [plain, rich] = [check(''), check('bind_if eth0\n bind_port 80')].map((text) => configOf(text + router()));
    assert.ok(plain && rich);
    const more = (role: 'vrrp' | 'checkers' | 'bfd') => {
      const before = rightsOf(role, plain, 0);
      return rightsOf(role, rich, 0).filter((one) => !before.includes(one));
    };
    assert.deepEqual(more('checkers'), ['CAP_NET_BIND_SERVICE', 'CAP_NET_RAW']);
    assert.deepEqual(more('vrrp'), []);
    assert.deepEqual(rightsOf('bfd', rich, 0), ['CAP_IPC_LOCK', 'CAP_SYS_NICE']);
    assert.ok(!rightsOf('checkers', plain, 0).includes('CAP_NET_RAW'));
  });

  it('holds all that its keywords need', () => {
    const text = `net_namespace_ipvs other\nglobal_defs {\n vrrp_no_swap\n}\n${check('bind_port 80')}${router()}`;
    for (const role of ['vrrp', 'checkers'] as const) {
      const config = configOf(text);
      const only = { vrrp: role === 'vrrp', checkers: role === 'checkers', bfd: false };
      const held = rightsOf(role, config, 0).reduce((sum, name) => sum | (1n << BigInt(capabilityNumbers[name])), 0n);
      assert.deepEqual(lackingRights(config, only, held, 0), []);
    }
  });
});
