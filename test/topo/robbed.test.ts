// SPDX-License-Identifier: MIT
// Somebody deletes the virtual address of an Active router, again and again: it is back within 20 ms, announced once, and neither
// router nor its backup changes its state. The times are those at which `ip monitor` heard of it.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import type { Host } from '../../lib/lab/host.ts';
import { run } from '../../lib/lab/run.ts';
import { untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, first, garps, neighborAdverts, now, type Recording } from '../support/lan.ts';
import { until } from '../support/until.ts';

/** An odd number, for a median. */
const times = 11;
/** Seconds between two deletions: longer than anything that follows one. */
const apart = 0.3;

const families = [
  { name: 'IPv4', vrid: 51, vip: '192.0.2.100', length: 24, announced: garps, sources: ['192.0.2.11', '192.0.2.12'] },
  { name: 'IPv6', vrid: 52, vip: 'fd00:77::100', length: 64, announced: neighborAdverts, sources: ['fe80::11', 'fe80::12'] },
] as const;
type Family = (typeof families)[number];

function configuration(priority: number): string {
  const instance = ({ vrid, vip, length, name }: Family) => `vrrp_instance VI_${vrid} {
  interface eth0
  version 3
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int 0.1
  garp_master_delay 0
  virtual_ipaddress {
    ${name === 'IPv6' ? 'fe80::77:100/64\n    ' : ''}${vip}/${length}
  }
}
`;
  return `global_defs {\n  ka_ts {\n    restore_limit 0\n  }\n}\n${families.map(instance).join('')}`;
}

/** How long the address was away, in milliseconds, each time; grows. */
function watchAbsences(host: Host, { vip }: Family): number[] {
  const away: number[] = [];
  const child = host.spawn(['ip', '-tshort', '-oneline', 'monitor', 'address'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let at = Number.NaN;
  let left: number | undefined;
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, when, micros] = /^\[(\S+?)\.(\d{6})\]/.exec(line) ?? [];
      if (when) at = Date.parse(`${when}Z`) + Number(micros) / 1000;
      if (!line.includes(` ${vip}/`)) return;
      if (line.includes('Deleted')) left = at;
      else if (left !== undefined) away.push(at - left);
    });
  return away;
}

interface Robbery extends Recording {
  /** Unix time in seconds of each deletion. */
  readonly deletions: readonly number[];
  readonly away: readonly number[];
  readonly states: Readonly<Record<'a' | 'b', readonly string[]>>;
}

async function rob(family: Family): Promise<Robbery> {
  const { vip, length } = family;
  const router = (name: 'a' | 'b', n: number) => ({
    name,
    kind: 'ka-ts' as const,
    address: `192.0.2.1${n}/24`,
    ipv6: [`fe80::1${n}/64`, `fd00:77::1${n}/64`],
    configuration: configuration(name === 'a' ? 150 : 100),
  });
  const lan = await createLan({ ifname: 'eth0', client: '192.0.2.200/24', routers: [router('a', 1), router('b', 2)] });
  try {
    const [a, b] = [lan.router('a'), lan.router('b')];
    a.start();
    for (const { vip: each } of families) await a.untilHolds(each);
    b.start();
    for (const { vrid: each } of families) await untilLogged(b.daemon, new RegExp(`\\(VI_${each}\\) Entering BACKUP STATE`));
    const away = watchAbsences(a.host, family);
    const deletions: number[] = [];
    const began = { a: a.daemon.lines.length, b: b.daemon.lines.length };
    // The first one is for the monitor to be heard of.
    while (deletions.length <= times) {
      const from = now();
      await until('the time between two deletions', () => now() > from + apart);
      deletions.push(now());
      const { status, stderr } = await run(['ip', '-n', a.host.netns, 'address', 'del', `${vip}/${length}`, 'dev', 'eth0']);
      assert.equal(status, 0, stderr);
      await a.untilHolds(vip);
    }
    const end = now();
    await until('the last announcement has passed', () => now() > end + apart);
    const states = (name: 'a' | 'b') =>
      lan
        .router(name)
        .daemon.lines.slice(began[name])
        .map((line) => line.text)
        .filter((text) => /Entering/.test(text));
    return { ...(await lan.recording()), deletions, away, states: { a: states('a'), b: states('b') } };
  } finally {
    await lan.destroy();
  }
}

describe('a virtual address that somebody deletes', () => {
  const robbed = createStage().play(families.map((family) => ({ name: family.name, play: () => rob(family) })));

  for (const family of families)
    describe(family.name, () => {
      it('is back within 20 ms', () => {
        const { away } = robbed(family.name);
        assert.ok(away.length >= times, `${away.length} absences seen`);
        const sorted = [...away].sort((x, y) => x - y);
        const median = sorted[sorted.length >> 1] ?? Number.NaN;
        assert.ok(median < 20, `median ${median} ms of ${sorted.map((ms) => ms.toFixed(2)).join(', ')}`);
      });

      it('is announced once each time', () => {
        const { deletions, packets } = robbed(family.name);
        const counts = deletions.map((at) => family.announced(packets, family.vip, at, at + apart).length);
        assert.deepEqual(
          counts,
          deletions.map(() => 1),
        );
      });

      it('costs no state, no farewell and no advert', () => {
        const { deletions, states, packets } = robbed(family.name);
        assert.deepEqual(states, { a: [], b: [] });
        const [ours, theirs] = family.sources;
        const span = { after: first(deletions, 'deletion'), before: (deletions.at(-1) ?? 0) + apart };
        const sent = adverts(packets, { source: ours, ...span }).filter((p) => p.vrid === family.vrid);
        assert.ok(sent.length > (span.before - span.after) / 0.1 - 3, `${sent.length} adverts`);
        assert.ok(sent.every((p) => p.priority === 150));
        assert.deepEqual(
          adverts(packets, { source: theirs, ...span }).filter((p) => p.vrid === family.vrid),
          [],
        );
      });
    });
}).timeout(10_000);
