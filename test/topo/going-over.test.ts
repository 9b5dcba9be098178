// SPDX-License-Identifier: MIT
// From keepalived to ka-ts and back on a pair that serves, in the order of docs/operations/migration.md, while a client asks the
// address a thousand times a second. KA_FIGURES=1 prints what it lost.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, ownCommand, startDaemon } from '../../lib/lab/daemon.ts';
import type { Host } from '../../lib/lab/host.ts';
import { commandOf, type Kind, untilLogged } from '../support/daemon.ts';
import { createStage, now, pause } from '../support/lan.ts';
import { createTestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';
import { type Loss, longestLoss, pingOn } from '../support/vacancy.ts';

const ifname = 'eth0';
const vip = '192.0.2.100';

interface Case {
  readonly interval: number;
  readonly nopreempt: boolean;
}

interface Phase {
  readonly name: string;
  /** The longest row of requests without an answer. */
  readonly loss: Loss | null;
}

type Role = 'one' | 'two';

/** The same text for either program. */
const configuration = (priority: number, { interval, nopreempt }: Case) => `vrrp_instance VI_1 {
    state BACKUP
    interface ${ifname}
    virtual_router_id 51
    version 3
    priority ${priority}
    advert_int ${interval}
    ${nopreempt ? 'nopreempt' : ''}
    virtual_ipaddress {
        ${vip}/24
    }
}
`;

async function play(c: Case): Promise<readonly Phase[]> {
  const network = await createTestNetwork(
    [['one', '192.0.2.11/24'] as const, ['two', '192.0.2.12/24'] as const, ['client', '192.0.2.50/24'] as const].map(([name, address]) => ({
      name,
      interfaces: [{ name: ifname, addresses: [address] }],
    })),
  );
  try {
    const hosts: Record<Role, Host> = { one: network.host('one'), two: network.host('two') };
    const daemons: Partial<Record<Role, Daemon>> = {};
    const patience = { within: (4 * c.interval + 15) * 1000 };
    const daemon = (role: Role) => daemons[role] ?? assert.fail(`${role} was never started`);
    const holds = async (role: Role) => (await hosts[role].addresses(ifname)).some((a) => a.startsWith(`${vip}/`));
    const other = (role: Role): Role => (role === 'one' ? 'two' : 'one');
    const onlyOn = (role: Role) =>
      until(`${role} alone has the address`, async () => (await holds(role)) && !(await holds(other(role))), { every: 50, ...patience });
    const start = (role: Role, kind: Kind) => {
      const file = join(network.directory, `${role}.conf`);
      writeFileSync(file, configuration(role === 'one' ? 200 : 150, c));
      daemons[role] = startDaemon(hosts[role], { command: commandOf(kind), configuration: file, directory: network.directory });
    };
    /** Of the one that does not have the address. */
    const replace = async (role: Role, kind: Kind) => {
      await daemon(role).stop();
      start(role, kind);
      await untilLogged(daemon(role), /Entering BACKUP STATE/, patience);
    };
    const takeover = async (role: Role, word: 'on' | 'off') => {
      const asked = [...ownCommand(), 'takeover', word, '--pid', daemon(role).pidFile];
      const { status, stderr } = await hosts[role].run(asked);
      assert.equal(status, 0, stderr);
    };
    const moments: { name: string; from: number; to: number }[] = [];
    const phase = async (name: string, play: () => Promise<unknown>) => {
      const from = now();
      await play();
      // Late losses are this one's.
      await pause(0.3);
      moments.push({ name, from, to: now() });
    };

    start('one', 'keepalived');
    await onlyOn('one');
    start('two', 'keepalived');
    await untilLogged(daemon('two'), /Entering BACKUP STATE/, patience);
    const pings = await pingOn(network.host('client'), vip, 110);
    await pause(0.5);
    await phase('over: the backup is exchanged', () => replace('two', 'ka-ts'));
    await phase('over: ka-ts takes over from keepalived', async () => {
      await takeover('two', 'on');
      await onlyOn('two');
    });
    await phase('over: the other one is exchanged', () => replace('one', 'ka-ts'));
    await phase('over: the takeover ends', async () => {
      await takeover('two', 'off');
      // nopreempt leaves it where it is, for as long as anybody would wait.
      if (c.nopreempt) await pause(4 * c.interval);
      await onlyOn(c.nopreempt ? 'two' : 'one');
    });
    const last: Role = c.nopreempt ? 'two' : 'one';
    await phase('back: the backup is exchanged', () => replace(other(last), 'keepalived'));
    await phase('back: ka-ts stops, keepalived takes over', async () => {
      await daemon(last).stop();
      await onlyOn(other(last));
    });
    await phase('back: keepalived starts where ka-ts was', async () => {
      start(last, 'keepalived');
      if (c.nopreempt) await untilLogged(daemon(last), /Entering BACKUP STATE/, patience);
      else await onlyOn('one');
    });
    await phase(plannedStop, async () => {
      const master: Role = (await holds('one')) ? 'one' : 'two';
      await daemon(master).stop();
      await onlyOn(other(master));
    });
    const result = await pings.stop();
    assert.ok(result.sent > 2000, `${result.sent} requests`);
    return moments.map(({ name, from, to }) => ({ name, loss: longestLoss(result, from, to) }));
  } finally {
    await network.destroy();
  }
}

const plannedStop = 'beside it: keepalived stops where it has the address';

const cases: readonly Case[] = [
  { interval: 1, nopreempt: false },
  { interval: 0.1, nopreempt: false },
  { interval: 1, nopreempt: true },
];
const nameOf = ({ interval, nopreempt }: Case) => `an advert every ${interval} s${nopreempt ? ', nopreempt' : ''}`;

describe('from keepalived to ka-ts and back, under a client that asks a thousand times a second', () => {
  const stage = createStage();
  const played = stage.play(cases.map((c) => ({ name: nameOf(c), play: () => play(c) })));
  for (const c of cases) {
    it(`loses nothing that a planned hand-over would not: ${nameOf(c)}`, () => {
      const phases = played(nameOf(c));
      const report = phases
        .map(({ name, loss }) => `${String(loss?.count ?? 0).padStart(5)} in ${(loss?.length ?? 0).toFixed(1).padStart(6)} ms  ${name}`)
        .join('\n');
      if (process.env.KA_FIGURES) console.log(report);
      assert.equal(phases.length, 8);
      // A busy test machine loses some by itself; the last one shows that a gap would be seen.
      for (const { name, loss } of phases) {
        assert.ok(name === plannedStop ? (loss?.length ?? 0) > 20 : (loss?.count ?? 0) <= 20, report);
      }
    });
  }
});
