// SPDX-License-Identifier: MIT
// Reloads beside a running keepalived: what keeps the state of a virtual router (version, authentication, interval), and
// what makes another router of it (VRID, interface, unicast). Reference: process document, section 7.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createStage, first, last, now, pause, playOnLan, type Router, type RouterSpec } from '../support/lan.ts';
import { until } from '../support/until.ts';

interface Shape {
  readonly vrid?: number;
  readonly interface?: string;
  readonly lines?: string;
}

function configuration(priority: number, { vrid = 51, interface: ifname = 'eth0', lines = '' }: Shape): string {
  return `vrrp_instance VI_1 {
    interface ${ifname}
    virtual_router_id ${vrid}
    priority ${priority}
    ${lines}
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`;
}

const auth = (type: 'PASS' | 'AH') => `authentication {\n auth_type ${type}\n auth_pass secret\n}`;
const unicast = (own: number, other: number) => `unicast_src_ip 192.0.2.${own}\nunicast_peer {\n 192.0.2.${other}\n}`;

function router(name: 'a' | 'b', kind: Kind, priority: number): RouterSpec {
  return { name, kind, address: `192.0.2.${name === 'a' ? 11 : 12}/24`, configuration: configuration(priority, {}) };
}

/** Rewrites and reloads all of them at once; returns when they were told to. */
async function reload(...changes: readonly (readonly [router: Router, configuration: string])[]): Promise<number> {
  const before = changes.map(([{ daemon }]) => daemon.lines.length);
  const at = now();
  for (const [{ daemon, file }, text] of changes) {
    writeFileSync(file, text);
    daemon.signal('SIGHUP');
  }
  for (const [i, [{ daemon }]] of changes.entries()) await untilLogged(daemon, /^Reload complete$/, { from: before[i] ?? 0 });
  return at;
}

const texts = ({ daemon }: Router): string[] => daemon.lines.map((line) => line.text);
/** Since it became master. */
const transitions = (lines: readonly string[]): string[] => lines.filter((l) => /Entering (MASTER|BACKUP|FAULT) STATE$/.test(l));

const steps = ['PASS', 'AH', 'version 3'] as const;

/** a, ours, is master all the time; both get each new configuration together, b the same with its own priority. */
const playKept = () =>
  playOnLan([router('a', 'ka-ts', 150), router('b', 'keepalived', 100)], async (lan) => {
    const [a, b] = [lan.router('a'), lan.router('b')];
    a.start();
    await a.untilHolds('192.0.2.100');
    await untilLogged(b.start(), /Entering BACKUP STATE/);
    const reloads: { readonly name: string; readonly at: number }[] = [];
    for (const name of steps) {
      const lines = name === 'version 3' ? name : auth(name);
      reloads.push({ name, at: await reload([a, configuration(150, { lines })], [b, configuration(100, { lines })]) });
      await pause(1.7);
      assert.ok(await a.holds('192.0.2.100'), name);
    }
    reloads.push({ name: 'interval', at: await reload([a, configuration(150, { lines: 'version 3\nadvert_int 0.5' })]) });
    await untilLogged(b.daemon, /advertisement interval updated from 1000ms to 500ms by master/);
    const kept = { ours: transitions(texts(a)), theirs: transitions(texts(b)) };
    const moved = await reload([a, configuration(150, { vrid: 52, lines: 'version 3' })]);
    await b.untilHolds('192.0.2.100');
    return { reloads, kept, moved, after: transitions(texts(a)).slice(kept.ours.length) };
  });

const playUnicast = () =>
  playOnLan([router('a', 'ka-ts', 150), router('b', 'keepalived', 100)], async (lan) => {
    const [a, b] = [lan.router('a'), lan.router('b')];
    a.start();
    await a.untilHolds('192.0.2.100');
    await untilLogged(b.start(), /Entering BACKUP STATE/);
    await pause(0.5);
    const at = await reload([a, configuration(150, { lines: unicast(11, 12) })], [b, configuration(100, { lines: unicast(12, 11) })]);
    await until('a is master again', () => transitions(texts(a)).at(-1)?.includes('MASTER') && transitions(texts(a)).length >= 2);
    await pause(1.2);
    return { at, held: await a.holds('192.0.2.100'), other: await b.holds('192.0.2.100') };
  });

const playInterface = () =>
  playOnLan([router('a', 'ka-ts', 150)], async (lan) => {
    const a = lan.router('a');
    for (const line of [
      'link add second0 link eth0 address 02:99:00:00:00:13 type macvlan mode bridge',
      'addr add 192.0.2.13/24 dev second0',
      'link set second0 up',
    ])
      await runOrThrow(['ip', '-n', a.host.netns, ...line.split(' ')]);
    a.start();
    await a.untilHolds('192.0.2.100');
    const at = await reload([a, configuration(150, { interface: 'second0' })]);
    const addresses = async () => (await a.host.addresses('second0')).some((address) => address.startsWith('192.0.2.100/'));
    await until('the address is on the other interface', addresses);
    await pause(1.2);
    return { at, former: await a.holds('192.0.2.100') };
  });

describe('reloads beside keepalived', () => {
  const stage = createStage();
  const kept = stage.play([{ name: 'kept', play: playKept }]);
  const cast = stage.play([{ name: 'unicast', play: playUnicast }]);
  const link = stage.play([{ name: 'interface', play: playInterface }]);

  it('that change authentication, version or interval keep the master, without a farewell', () => {
    const { kept: seen, moved, packets } = kept('kept');
    assert.deepEqual([seen.ours.length, seen.theirs], [1, []]);
    assert.deepEqual(adverts(packets, { source: '192.0.2.11', priority: 0, before: moved }), []);
    assert.deepEqual(adverts(packets, { source: '192.0.2.12', before: moved }), []);
  });

  it('send an advert in its new form at once', () => {
    const { reloads, packets } = kept('kept');
    const sent = adverts(packets, { source: '192.0.2.11' });
    const wanted: Readonly<Record<string, (p: (typeof sent)[number]) => boolean>> = {
      PASS: (p) => p.authType === 1,
      AH: (p) => p.authType === 2,
      'version 3': (p) => p.version === 3 && p.interval === 100,
      interval: (p) => p.version === 3 && p.interval === 50,
    };
    for (const [i, { name, at }] of reloads.entries()) {
      const until = reloads[i + 1]?.at ?? Infinity;
      const fresh = first(
        sent.filter((p) => p.at > at && p.at < until && wanted[name]?.(p)),
        name,
      );
      const former = last(
        sent.filter((p) => p.at < fresh.at),
        'former advert',
      );
      // Sooner than the next one that was due: peers lose nothing.
      assert.ok(fresh.at - former.at < 1.02, `${name}: ${fresh.at - former.at} s after the one before`);
    }
  });

  it('that change the VRID end the one router with a farewell and begin another as BACKUP', () => {
    const { packets, moved, after } = kept('kept');
    assert.equal(adverts(packets, { source: '192.0.2.11', priority: 0, after: moved }).length, 1);
    assert.ok(first(adverts(packets, { source: '192.0.2.12', after: moved }), 'advert of b').vrid === 51);
    assert.deepEqual(after, []);
  });

  it('from multicast to unicast make a new router, which takes over by unicast', () => {
    const { packets, at, held, other } = cast('unicast');
    assert.deepEqual([held, other], [true, false]);
    const ours = adverts(packets, { source: '192.0.2.11', after: at });
    assert.deepEqual(
      ours
        .filter((p) => p.destination === '224.0.0.18')
        .map((p) => p.priority)
        .slice(-1),
      [0],
    );
  });

  it('to another interface leave the former one', () => {
    const { packets, at, former } = link('interface');
    assert.equal(former, false);
    const farewell = first(adverts(packets, { source: '192.0.2.11', priority: 0, after: at }), 'farewell');
    assert.deepEqual(adverts(packets, { source: '192.0.2.11', after: farewell.at }), []);
    assert.ok(adverts(packets, { source: '192.0.2.13', after: at }).length >= 1);
  });

  it('leave nothing for tshark to complain about', () => {
    for (const { packets } of [kept('kept'), link('interface')]) assertWellFormed(packets.filter((p) => p.source !== '192.0.2.12'));
  });
});
