// SPDX-License-Identifier: MIT
// A sync group of two virtual routers on two interfaces, the same on both sides: what happens to one member happens to
// both, for every pair of daemons; ours says the same lines and runs the same scripts as keepalived in its place.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../lib/lab/daemon.ts';
import { commandOf, type Kind, pairings } from '../support/daemon.ts';
import { createStage } from '../support/lan.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';

const vips = { eth0: '192.0.2.100', eth1: '198.51.100.100' } as const;
const addressOf = { a: ['192.0.2.11/24', '198.51.100.11/24'], b: ['192.0.2.12/24', '198.51.100.12/24'] } as const;
type Name = keyof typeof addressOf;

function configuration(priority: number, script: string): string {
  const member = (n: 0 | 1) => `vrrp_instance V${n} {
  interface eth${n}
  virtual_router_id ${60 + n}
  priority ${priority}
  advert_int 1
  notify "${script}"
  virtual_ipaddress {
    ${n === 0 ? vips.eth0 : vips.eth1}/24
  }
}
`;
  return `global_defs {
  script_user root
  enable_script_security
}
vrrp_sync_group VG {
  group {
    V0
    V1
  }
  notify_master "${script} to-master"
  notify_backup "${script} to-backup"
  notify_fault "${script} to-fault"
  notify_stop "${script} to-stop"
  notify "${script}"
}
${member(0)}${member(1)}`;
}

interface Played {
  /** Log lines of the first router that tell of states, in four parts: start, cable pulled, cable plugged, stop. */
  readonly log: readonly (readonly string[])[];
  /** Arguments of its scripts, sorted: scripts of different objects run beside each other. */
  readonly calls: readonly string[];
  /** The second router's lines. */
  readonly other: readonly string[];
}

const TELLING = /^\((V[01])\) (Entering|sent 0|setting VIPs|removing VIPs)|^VRRP_Group|^Netlink reports/;

async function play([one, two]: readonly [Kind, Kind]): Promise<Played> {
  const hosts = (['a', 'b'] as const).map((name) => ({
    name,
    interfaces: addressOf[name].map((address, n) => ({ name: `eth${n}`, addresses: [address] })),
  }));
  const network = await createTestNetwork(hosts);
  try {
    const start = (name: Name, kind: Kind, priority: number): Daemon => {
      const script = join(network.directory, `${name}.sh`);
      writeFileSync(script, `#!/bin/sh\necho "$@" >> ${script}.calls\n`, { mode: 0o755 });
      writeFileSync(`${script}.calls`, '');
      const file = join(network.directory, `${name}.conf`);
      writeFileSync(file, configuration(priority, script));
      return startDaemon(network.host(name), { command: commandOf(kind), configuration: file, directory: network.directory });
    };
    const a = start('a', one, 150);
    const b = start('b', two, 100);
    const marks: number[] = [0];
    const calls = () => readFileSync(join(network.directory, 'a.sh.calls'), 'utf8').trim().split('\n');
    await holds(network, 'a', true);
    await until('the scripts of MASTER have run', () => calls().length >= 8);
    marks.push(a.lines.length);
    await network.cable('a', 'eth1', false);
    await holds(network, 'b', true);
    await holds(network, 'a', false);
    marks.push(a.lines.length);
    await network.cable('a', 'eth1', true);
    await holds(network, 'a', true);
    await holds(network, 'b', false);
    await until('the scripts of MASTER have run again', () => calls().length >= 20);
    marks.push(a.lines.length);
    await a.stop();
    await holds(network, 'b', true);
    const parts = marks.map((from, n) => a.lines.slice(from, marks[n + 1]).map((l) => l.text));
    return {
      log: parts.map((lines) => lines.filter((l) => TELLING.test(l))),
      calls: calls().sort(),
      other: b.lines.map((l) => l.text).filter((l) => TELLING.test(l)),
    };
  } finally {
    await network.destroy();
  }
}

/** Both addresses, or neither. */
async function holds(network: TestNetwork, name: Name, wanted: boolean): Promise<void> {
  const host = network.host(name);
  for (const [ifname, vip] of Object.entries(vips)) {
    const has = async () => (await host.addresses(ifname)).some((a) => a.startsWith(`${vip}/`));
    await until(`${name} ${wanted ? 'has' : 'no longer has'} ${vip}`, async () => (await has()) === wanted, { every: 50, within: 20_000 });
  }
}

/** Which member's timer ends last is chance: the one that leads is called X, the other Y. */
function named(lines: readonly string[]): string[] {
  const leader = lines.find((l) => l.includes('Entering MASTER'))?.slice(1, 3);
  return lines.map((l) => (leader ? l.replace(/\((V[01])\)/, (_, v) => (v === leader ? '(X)' : '(Y)')) : l));
}

/** From the first line that says so to the end. */
const takeover = (lines: readonly string[]) => named(lines.slice(lines.findIndex((l) => l.includes('Entering MASTER'))));

const FAULT = [
  'Netlink reports eth1 down',
  '(V1) Entering FAULT STATE',
  '(V1) sent 0 priority',
  '(V1) removing VIPs.',
  'VRRP_Group(VG) Syncing instances to FAULT state',
  '(V0) Entering FAULT STATE',
  '(V0) removing VIPs.',
];
const RETURN = [
  'Netlink reports eth1 up',
  '(V1) Entering BACKUP STATE',
  'VRRP_Group(VG) Syncing instances to BACKUP state',
  '(V0) Entering BACKUP STATE',
];
const TAKEOVER = [
  '(X) Entering MASTER STATE',
  '(X) setting VIPs.',
  'VRRP_Group(VG) Syncing instances to MASTER state',
  '(Y) Entering MASTER STATE',
  '(Y) setting VIPs.',
];

describe('a sync group on both sides', () => {
  const result = createStage().play(pairings().map((pair) => ({ name: pair.join(' and '), play: () => play(pair) })));

  for (const pair of pairings()) {
    const name = pair.join(' and ');
    describe(name, () => {
      it('moves as a whole, with keepalived’s lines: a cable pulled and plugged, a stop', () => {
        const { log } = result(name);
        assert.deepEqual(takeover(log[0] ?? []), TAKEOVER);
        assert.deepEqual(log[1], FAULT);
        assert.deepEqual((log[2] ?? []).slice(0, RETURN.length), RETURN);
        assert.deepEqual(takeover(log[2] ?? []), TAKEOVER);
        assert.deepEqual((log[3] ?? []).slice().sort(), [
          '(V0) removing VIPs.',
          '(V0) sent 0 priority',
          '(V1) removing VIPs.',
          '(V1) sent 0 priority',
        ]);
      });

      it('runs the scripts of members and group once for each state', () => {
        const states = ['BACKUP', 'BACKUP', 'FAULT', 'MASTER', 'MASTER', 'STOP'];
        const expected = states.flatMap((state) => [
          `GROUP VG ${state} 0`,
          `INSTANCE V0 ${state} 150`,
          `INSTANCE V1 ${state} 150`,
          `to-${state.toLowerCase()}`,
        ]);
        assert.deepEqual(result(name).calls, expected.sort());
      });

      it('gives way as a whole when the better group returns', () => {
        const { other } = result(name);
        const from = other.findIndex((l, n) => l.includes('Entering BACKUP STATE') && other.slice(0, n).some((b) => b.includes('MASTER')));
        const lines = other.slice(from, from + 5).filter((l) => !l.includes('VIPs'));
        assert.equal(lines[1], 'VRRP_Group(VG) Syncing instances to BACKUP state');
        assert.equal(lines.length, 3, lines.join('\n'));
      });
    });
  }
});
