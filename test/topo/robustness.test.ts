// SPDX-License-Identifier: MIT
// What must not disturb a router, and what must: a flood of broken adverts, busy JavaScript, a lost lease, a reload, a pulled
// cable, a killed child. Each with a peer of ours that would take over if anything slipped.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { innerPid } from '../../lib/lab/daemon.ts';
import { type Kind, kinds, untilLogged } from '../support/daemon.ts';
import { flood } from '../support/flood.ts';
import { down, skew } from '../support/formula.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, garps, type Lan, last, now, pause, type Recording } from '../support/lan.ts';
import { assertSpan, assertSteady, tolerance } from '../support/timing.ts';

const a = '192.0.2.11';
const b = '192.0.2.12';
const vip = '192.0.2.100';
const password = 'secret';

function configuration(priority: number, globals = ''): string {
  return `global_defs {
  ${globals}
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass ${password}
  }
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
}

/** a (150) is Active, b (100) its backup; both run when this resolves. */
async function createCluster(kind: Kind, globals = ''): Promise<Lan & { readonly blockFile: string }> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      { name: 'a', kind, address: `${a}/24`, configuration: configuration(150, globals) },
      { name: 'b', kind, address: `${b}/24`, configuration: configuration(100) },
    ],
  });
  try {
    const blockFile = join(lan.network.directory, 'block');
    const preload = `--import=${join(import.meta.dirname, '..', 'support', 'block-event-loop.mjs')}`;
    lan.router('a').start(kind === 'ka-ts' ? { NODE_OPTIONS: preload, KA_BLOCK: blockFile } : {});
    await lan.router('a').untilHolds(vip);
    lan.router('b').start();
    await untilLogged(lan.router('b').daemon, /Entering BACKUP STATE/);
    return { ...lan, blockFile };
  } catch (cause) {
    await lan.destroy();
    throw cause;
  }
}

/** Keeps the VRRP child's JavaScript of router a busy. */
function block(lan: Lan & { readonly blockFile: string }, milliseconds: number): void {
  const pid = lan.router('a').daemon.vrrpPid();
  assert.ok(pid !== undefined, 'the VRRP child of a has written its pid file');
  writeFileSync(lan.blockFile, `${innerPid(pid)} ${milliseconds}`);
}

function states(lan: Lan, name: string): string[] {
  return lan.router(name).daemon.lines.flatMap((l) => /Entering ([A-Z]+) STATE/.exec(l.text)?.[1] ?? []);
}

interface Span extends Recording {
  readonly from: number;
  readonly to: number;
  readonly statesOfA: readonly string[];
  readonly statesOfB: readonly string[];
}

/** Runs `act` on a quiet cluster and looks a little longer. */
async function disturb(kind: Kind, act: (lan: Awaited<ReturnType<typeof createCluster>>) => Promise<void>, globals = ''): Promise<Span> {
  const lan = await createCluster(kind, globals);
  try {
    await pause(1.5);
    const from = now();
    await act(lan);
    await pause(1.5);
    const to = now();
    return { ...(await lan.recording()), from, to, statesOfA: states(lan, 'a'), statesOfB: states(lan, 'b') };
  } finally {
    await lan.destroy();
  }
}

function assertUndisturbed(span: Span, kind: Kind): void {
  assert.deepEqual(span.statesOfA, ['BACKUP', 'MASTER']);
  assert.deepEqual(span.statesOfB, ['BACKUP']);
  const list = adverts(span.packets, { source: a, after: span.from - 1.2, before: span.to });
  assert.ok(list.length >= Math.floor(span.to - span.from), `${list.length} adverts in ${span.to - span.from} s`);
  assertSteady(list, 1, tolerance(kind), 'a');
}

describe('robustness', () => {
  const stage = createStage();
  const each = <R>(play: (kind: Kind) => Promise<R>) => stage.play(kinds().map((kind) => ({ name: kind, play: () => play(kind) })));

  const flooded = each((kind) =>
    disturb(kind, async (lan) => {
      const target = { source: '192.0.2.66', vrid: 51, priority: 255, password, vip };
      const sent = await flood(lan.client, 'eth0', target, 1000, 5, 20260101);
      assert.equal(sent, 5000);
    }),
  );
  const busy = each((kind) =>
    disturb(kind, async (lan) => {
      block(lan, 500);
      await pause(3);
    }),
  );
  const resigned = each((kind) =>
    disturb(
      kind,
      async (lan) => {
        const told = lan.router('b').daemon.lines.length;
        block(lan, 6000);
        await untilLogged(lan.router('b').daemon, /Entering MASTER STATE/, { from: told });
        await lan.router('a').untilReleased(vip, { within: 500 });
        // The supervisor ends the hung child and starts another, which takes over again.
        await untilLogged(lan.router('b').daemon, /Entering BACKUP STATE/, { from: told, within: 20_000 });
        await lan.router('a').untilHolds(vip);
      },
      'ka_ts { lease 1 }',
    ),
  );
  const reloaded = each((kind) =>
    disturb(kind, async (lan) => {
      const router = lan.router('a');
      const watch = router.host.spawn(['ip', '-o', 'monitor', 'address'], { stdio: ['ignore', 'pipe', 'ignore'] });
      let changes = '';
      watch.stdout?.setEncoding('utf8').on('data', (text: string) => (changes += text));
      router.daemon.signal('SIGHUP');
      await pause(2.5);
      writeFileSync(router.file, configuration(160));
      router.daemon.signal('SIGHUP');
      await pause(2.5);
      assert.equal(changes, '', 'no address was touched');
    }),
  );
  const unplugged = each((kind) =>
    disturb(kind, async (lan) => {
      const [one, two] = [lan.router('a'), lan.router('b')];
      await lan.cable('a', false);
      await untilLogged(one.daemon, /Entering FAULT STATE/);
      await one.untilReleased(vip, { within: 1_000 });
      await two.untilHolds(vip);
      await pause(1.2);
      await lan.cable('a', true);
      await one.untilHolds(vip);
      await two.untilReleased(vip);
    }),
  );
  const killed = each((kind) =>
    disturb(kind, async (lan) => {
      const { daemon } = lan.router('a');
      const [parent] = daemon.pids();
      const child = daemon.vrrpPid();
      assert.ok(child !== undefined);
      const from = daemon.lines.length;
      process.kill(child, 'SIGKILL');
      await untilLogged(daemon, /VRRP child process\([0-9]+\) died: Respawning/, { from });
      // What the dead child left must not stay: two routers would own the address. Ours goes on before anybody notices.
      if (kind === 'keepalived') await lan.router('a').untilReleased(vip, { within: 2_500 });
      await untilLogged(daemon, /Entering MASTER STATE/, { from });
      await lan.router('a').untilHolds(vip);
      await lan.router('b').untilReleased(vip);
      assert.equal(daemon.pids()[0], parent);
    }),
  );

  for (const kind of kinds()) {
    it(`1,000 mutated packets a second for 5 s change no state and delay no advert (${kind})`, () => {
      const span = flooded(kind);
      const strangers = span.packets.filter((p) => p.sourceMac === '02:00:00:00:00:99').length;
      assert.ok(strangers > 4500, `${strangers} mutants were on the wire`);
      assertUndisturbed(span, kind);
    });

    it(`a reload keeps the state and the addresses; a new priority goes out without a flap (${kind})`, () => {
      const span = reloaded(kind);
      assert.deepEqual([...new Set(span.statesOfA)], ['BACKUP', 'MASTER']);
      assert.deepEqual(span.statesOfB, ['BACKUP']);
      const list = adverts(span.packets, { source: a, after: span.from - 1.2, before: span.to });
      for (let i = 1; i < list.length; i++) assert.ok((list[i]?.at ?? 0) - (list[i - 1]?.at ?? 0) < 1 + tolerance(kind));
      assert.ok(list.every((p) => p.priority === 150 || p.priority === 160));
      assert.equal(last(list, 'advert').priority, 160);
    });

    it(`a pulled cable means FAULT here and a takeover there; plugged in again, the better one comes back (${kind})`, () => {
      const { packets, from, statesOfA, statesOfB } = unplugged(kind);
      assert.deepEqual(statesOfA, ['BACKUP', 'MASTER', 'FAULT', 'BACKUP', 'MASTER']);
      assert.deepEqual(statesOfB, ['BACKUP', 'MASTER', 'BACKUP']);
      const takeover = first(adverts(packets, { source: b, after: from }), 'takeover');
      const lastWord = last(adverts(packets, { source: a, before: takeover.at }), 'advert of a');
      assertSpan(takeover.at - lastWord.at, down(100), tolerance(kind), 'takeover');
      assert.equal(garps(packets, vip, takeover.at, takeover.at + 0.5).length, 5);
    });

    it(`a killed child is started again, and its address does not linger meanwhile (${kind})`, () => {
      const { packets, from, to } = killed(kind);
      const back = last(adverts(packets, { source: a, after: from, before: to }), 'advert of a');
      assert.equal(back.priority, 150);
    });

    it(`tshark finds nothing wrong with any packet of ours (${kind})`, () => {
      for (const span of [flooded, reloaded, unplugged, killed])
        assertWellFormed(span(kind).packets.filter((p) => p.sourceMac !== '02:00:00:00:00:99'));
    });

    if (kind !== 'ka-ts') continue;

    it('JavaScript that is busy for 500 ms delays no advert', () => assertUndisturbed(busy(kind), kind));

    it('JavaScript that is busy beyond the lease makes the router resign; a new child takes over again', () => {
      const { packets, from, to } = resigned(kind);
      const farewell = first(adverts(packets, { source: a, priority: 0, after: from }), 'farewell');
      // The lease of 1 s is renewed ahead of time, so it runs out at most 1 s after the block began.
      assert.ok(farewell.at - from < 1.2, `${farewell.at - from} s`);
      const takeover = first(adverts(packets, { source: b, after: farewell.at }), 'takeover');
      assertSpan(takeover.at - farewell.at, skew(100), tolerance(kind), 'takeover');
      assert.equal(last(adverts(packets, { source: a, after: takeover.at, before: to }), 'return').priority, 150);
    });
  }
});
