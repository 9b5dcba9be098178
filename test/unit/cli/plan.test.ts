// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planCommand } from '../../../lib/cli/plan.ts';

const router = (name: string, vrid: number, more = '', address = `192.0.2.${vrid}`) =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${vrid}\n priority 150\n virtual_ipaddress {\n  ${address}\n }\n${more}}\n`;

describe('ka-ts plan', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), `ka-unit-${process.pid}-`));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  function plan(old: string, next: string, ...more: string[]) {
    const [a, b] = [join(directory, 'old.conf'), join(directory, 'new.conf')];
    writeFileSync(a, old, { mode: 0o644 });
    writeFileSync(b, next, { mode: 0o644 });
    return ask('--running', a, ...more, b);
  }
  function ask(...argv: string[]) {
    const out: string[] = [];
    const err: string[] = [];
    const status = planCommand(argv, { write: (text) => void out.push(text), error: (text) => void err.push(text) });
    return { status, out: out.join(''), err: err.join('') };
  }
  const steps = (old: string, next: string) => (JSON.parse(plan(old, next, '--json').out) as { steps: Record<string, unknown>[] }).steps;

  it('says that nothing changes', () => {
    const { status, out } = plan(router('A', 1) + router('B', 2), router('B', 2) + router('A', 1));
    assert.deepEqual([status, out], [0, '0 changes, 0 of them may change a state (!); 2 instances are not touched\n']);
  });

  it('tells instances that come, go, start anew and change while they run', () => {
    const found = steps(
      router('A', 1) + router('B', 2) + router('C', 3, 'use_vmac\n') + router('D', 4),
      [
        router('A', 1, 'priority 90\n'),
        router('B', 2, 'garp_master_repeat 2\n'),
        router('C', 3, 'use_vmac\nvmac_xmit_base\n'),
        router('E', 5),
      ].join(''),
    );
    assert.deepEqual(
      found.map((s) => [s.change, s.name, s.stateChange]),
      [
        ['remove', 'D', true],
        ['live', 'A', true],
        ['live', 'B', false],
        ['restart', 'C', true],
        ['add', 'E', true],
      ],
    );
    assert.match(String(found[1]?.effect), /priority 150 to 90: a backup above that takes over from a master/);
  });

  it('names addresses that a master would add and remove', () => {
    const [step] = steps(router('A', 1), router('A', 1, '', '192.0.2.9/24'));
    assert.match(String(step?.effect), /adds and announces 192\.0\.2\.9\/24; a master removes 192\.0\.2\.1\/32$/);
  });

  it('tells what only a restart applies', () => {
    const { status, out } = plan(router('A', 1), `global_defs {\n vrrp_priority -3\n json_version 2\n}\n${router('A', 1)}`);
    assert.equal(status, 0);
    assert.match(out, /^ {2}live {10}global_defs \(json_version\): /m);
    assert.match(out, /^ {2}deferred {6}global_defs \(vrrp_priority\): takes effect when the daemon is restarted$/m);
  });

  it('ends with 1 and the reasons when the reload would be refused', () => {
    const fixed = plan(router('A', 1), `instance blue\n${router('A', 1)}`);
    assert.deepEqual([fixed.status, /Cannot change instance name at a reload/.test(fixed.out)], [1, true]);
    const broken = plan(router('A', 1), 'vrrp_instance A {\n interface eth0\n}\n');
    assert.deepEqual([broken.status, /^A reload would be refused:\n {2}\S/.test(broken.out)], [1, true]);
  });

  it('ends with 1 without a running configuration, and with 2 for a wrong command line', () => {
    assert.equal(ask('--running', join(directory, 'none'), join(directory, 'none')).status, 1);
    for (const argv of [[], ['a', 'b'], ['--bogus', 'a']]) assert.equal(ask(...argv).status, 2);
    assert.match(ask('--help').out, /^Usage: ka-ts plan /);
  });
});
