// SPDX-License-Identifier: MIT
// The shell around the pure machine, with a fake engine: what it asks of the engine, in which order.

import assert from 'node:assert/strict';
import { add, micros, seconds } from '../../../../lib/base/time.ts';
import type { Config, VrrpInstance } from '../../../../lib/config/model.ts';
import type { TrackingStatus } from '../../../../lib/ports/tracking.ts';
import { config, instance, syncGroup, virtualAddress } from '../../../support/configs.ts';
import { address, type FakeNative, link } from '../../../support/fake-native.ts';
import { advert, becomeActive, quiet, runOut, start, turn, type World } from '../../../support/vrrp-shell.ts';

describe('the VRRP shell', () => {
  it('writes the lines of a takeover when everything that others wait for is done', async () => {
    const among = (fake: FakeNative, line: string) => void fake.calls.push(`log ${line}`);
    const world = await start(config(instance()), () => {}, among);
    const before = world.fake.calls.length;
    await becomeActive(world);
    const calls = world.fake.calls.slice(before);
    const firstLine = calls.findIndex((c) => c.startsWith('log '));
    for (const urgent of ['advertise 1', 'netlink 1', 'announce 1']) {
      const at = calls.findIndex((c) => c.startsWith(urgent));
      assert.ok(at >= 0 && at < firstLine, `${urgent} before the log:\n${calls.join('\n')}`);
    }
    const entering = world.lines.indexOf('(VI_1) Entering MASTER STATE');
    assert.ok(entering >= 0 && entering < world.lines.indexOf('(VI_1) setting VIPs.'), world.lines.join('\n'));
  });

  it('opens the sockets, listens as a backup and waits for the down interval', async () => {
    const { fake, lines } = await start(config(instance()));
    assert.deepEqual(
      fake.takeCalls().filter((c) => !c.startsWith('lease order') && !c.startsWith('clear')),
      ['open multicast 224.0.0.18 @2', 'add 1 e1 vrid 51', 'listen 1 off', 'listen 1 on', `arm 1 ${1_000_000 + 3_414_062} g1`],
    );
    assert.ok(lines.includes('(VI_1) Entering BACKUP STATE (init)'));
  });

  it('advertises, owns the addresses, announces them after their ticket, and gives the lease order', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    const calls = world.fake.takeCalls();
    const of = (prefix: string) => calls.findIndex((c) => c.startsWith(prefix));
    assert.ok(of('advertise 1 p150 from 192.0.2.1 now') >= 0, calls.join('\n'));
    assert.ok(of('advertise 1') < of('netlink 1: add 192.0.2.100/32 @2'));
    assert.ok(of('netlink 1') < of('announce 1 192.0.2.100 x5 at 0 after 1'));
    assert.ok(
      calls.some((c) => /^announce 1 192\.0\.2\.100 x5 at [1-9]\d+ after 1$/.test(c)),
      'second burst',
    );
    assert.ok(calls.includes('lease order 1: 1 farewells, 1 messages'));
    assert.deepEqual(
      world.notifications.map((n) => n.state),
      ['BACKUP', 'MASTER'],
    );
  });

  for (const members of [1, 3]) {
    it(`orders from the engine what it would do itself, and does none of it twice (${members} together)`, async () => {
      const names = Array.from({ length: members }, (_, n) => `VI_${n + 1}`);
      const instances = names.map((name, n) =>
        instance({
          name,
          virtual_router_id: 51 + n,
          virtual_ipaddress: [virtualAddress(`192.0.2.10${n}`), virtualAddress(`192.0.2.20${n}`)],
        }),
      );
      const conf = { ...config(...instances), vrrp_sync_group: members > 1 ? [syncGroup({ group: names })] : [] };
      const own = (calls: readonly string[]) => calls.filter((c) => /^(advertise|netlink|announce)/.test(c));
      const plain = (calls: readonly string[]) =>
        own(calls)
          .flatMap((c) => c.replace(/^netlink \d+: /, '').split(/, (?=add)/))
          .map((c) => c.replace(/ after \d+$/, ''))
          .sort();
      const play = async (byOrder: boolean) => {
        const world = await start(conf);
        await Promise.resolve();
        const last = names.length;
        for (const key of names.keys()) {
          const armed = world.fake.calls.filter((c) => c.startsWith(`arm ${key + 1} `)).at(-1) ?? '';
          const [, , due, generation] = armed.split(' ');
          world.fake.now = micros(Number(due));
          if (key + 1 === last) break;
          world.fake.emit({ kind: 'expired', key: key + 1, at: world.fake.now, generation: Number(generation?.slice(1)), late: micros(0) });
          await Promise.resolve();
        }
        world.fake.takeCalls();
        if (byOrder) world.fake.takeOver(last);
        const done = world.fake.takeCalls();
        const event = { kind: 'expired', key: last, at: world.fake.now, generation: 1, late: micros(0) } as const;
        world.fake.emit(byOrder ? { ...event, done: true } : event);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { world, done, calls: world.fake.takeCalls() };
      };
      const performed = await play(false);
      const ordered = await play(true);
      assert.deepEqual(plain(ordered.done), plain(performed.calls));
      assert.equal(ordered.done.filter((c) => c.startsWith('netlink')).length, 1, 'one batch');
      const kinds = ordered.done.map((c) => c.split(' ')[0]).filter((word, n, all) => word !== all[n - 1]);
      assert.deepEqual(kinds, ['advertise', 'netlink', 'announce', 'lease']);
      assert.deepEqual(own(ordered.calls), []);
      assert.deepEqual(ordered.world.lines, performed.world.lines);
      assert.deepEqual(ordered.world.notifications, performed.world.notifications);
      const lease = (calls: readonly string[]) => calls.filter((c) => c.startsWith('lease order')).sort();
      assert.deepEqual(lease(ordered.done), lease(performed.calls));
    });
  }

  it('yields to a better router: adverts end, the address goes', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.fake.takeCalls();
    world.fake.emit(advert(add(world.fake.now, micros(10)), '192.0.2.2', 200));
    await turn();
    const calls = world.fake.takeCalls();
    assert.ok(calls.includes('quiet 1 0'));
    assert.ok(calls.includes('netlink 2: delete 192.0.2.100/32 @2'));
    assert.ok(calls.includes('cancel 1'));
    assert.equal(world.notifications.at(-1)?.state, 'BACKUP');
  });

  it('handles an advert before an expiry that was due later, though both come in one batch', async () => {
    const world = await start(config(instance({ nopreempt: true })));
    const due = micros(1_000_000 + 3_414_062);
    world.fake.takeCalls();
    world.fake.emit(advert(micros(due - 10), '192.0.2.2', 100), { kind: 'expired', key: 1, at: due, generation: 1, late: micros(0) });
    await turn();
    assert.ok(!world.fake.takeCalls().some((c) => c.startsWith('advertise')));
  });

  it('puts an address back that somebody else removed, and stays what it is', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.fake.takeCalls();
    const notified = world.notifications.length;
    const vip = world.fake.addresses.find((a) => a.address === '192.0.2.100') ?? assert.fail();
    world.fake.addresses = world.fake.addresses.filter((a) => a !== vip);
    world.fake.emit({ kind: 'address', at: world.fake.now, change: 'deleted', address: vip });
    await turn();
    const calls = world.fake.takeCalls();
    assert.ok(calls.includes('netlink 2: add 192.0.2.100/32 @2'), calls.join('\n'));
    assert.ok(calls.some((c) => c.startsWith('announce 1')));
    assert.equal(world.notifications.length, notified);
  });

  it('goes to FAULT when its interface goes down and says goodbye twice', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.fake.takeCalls();
    world.fake.emit({ kind: 'link', at: world.fake.now, change: 'new', link: link(2, 'eth0', { flags: 0 }) });
    await turn();
    assert.ok(world.fake.takeCalls().includes('quiet 1 2'));
    assert.ok(world.lines.includes('(VI_1) Entering FAULT STATE'), world.lines.join('\n'));
    assert.ok(world.lines.includes('Netlink reports eth0 down'));
    assert.equal(world.notifications.at(-1)?.state, 'FAULT');
  });

  it('does not come back for an address that is new in the moment in which a BFD session was lost', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.notifications.splice(0);
    world.tracking.lost = (name) => world.tracking.status.set('VI_1', { ...quiet, faults: [{ kind: 'bfd', name }] });
    world.fake.did({ kind: 'lost', key: 1, at: world.fake.now, session: 'peer' });
    const added = address(2, 'fe80::1', 64);
    world.fake.emit({ kind: 'address', at: world.fake.now, change: 'new', address: added });
    await turn();
    assert.deepEqual(
      world.notifications.map((n) => n.state),
      ['FAULT'],
    );
  });

  it('opens its sockets anew when the interface was deleted and comes back with another index', async () => {
    const world = await start(config(instance()));
    world.fake.takeCalls();
    world.fake.emit({ kind: 'link', at: world.fake.now, change: 'deleted', link: link(2, 'eth0') });
    await turn();
    assert.ok(world.fake.takeCalls().includes('close endpoint 1'));
    world.fake.emit(
      { kind: 'link', at: world.fake.now, change: 'new', link: link(9, 'eth0') },
      { kind: 'address', at: world.fake.now, change: 'new', address: address(9, '192.0.2.1') },
    );
    await turn();
    const calls = world.fake.takeCalls();
    assert.ok(calls.includes('open multicast 224.0.0.18 @9'));
    assert.ok(calls.some((c) => c.startsWith('arm 1')));
    assert.ok(world.lines.includes('Interface eth0 deleted'));
  });

  it('starts in FAULT without an interface, with the reason', async () => {
    const world = await start(config(instance()), (fake) => {
      fake.links = [];
      fake.addresses = [];
    });
    assert.ok(
      world.lines.some((l) => l.includes('eth0') && l.includes('(VI_1)')),
      world.lines.join('\n'),
    );
    assert.ok(!world.fake.calls.some((c) => c.startsWith('open')));
  });

  it('stays up with a reason when a socket cannot be opened', async () => {
    const world = await start(config(instance()), (fake) => {
      fake.endpointError = 'Operation not permitted';
    });
    assert.ok(
      world.lines.some((l) => l.includes('Operation not permitted')),
      world.lines.join('\n'),
    );
  });

  it('removes leftovers of an earlier run before it starts', async () => {
    const world = await start(config(instance()), (fake) => fake.addresses.push(address(2, '192.0.2.100', 32)));
    const calls = world.fake.takeCalls();
    assert.equal(calls[0], 'netlink 1: delete 192.0.2.100/32 @2');
  });

  it('changes the advertised priority with the next advert when a script changes it', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.fake.takeCalls();
    world.tracking.status.set('VI_1', { ...quiet, trackingDelta: -20 });
    world.tracking.inputs?.onChange('VI_1', { ...quiet, trackingDelta: -20 });
    assert.ok(world.fake.takeCalls().includes('advertise 1 p130 from 192.0.2.1 next'));
    assert.ok(world.lines.includes('(VI_1) Changing effective priority from 150 to 130'));
  });

  it('says what would come of a failing script, does nothing meanwhile, and does that then', async () => {
    const world = await start(config(instance()));
    world.tracking.followed = [{ kind: 'script', name: 'chk', up: true }];
    const fault: TrackingStatus = { ...quiet, faults: [{ kind: 'script', name: 'chk' }] };
    const asked = async (supposed: TrackingStatus) => {
      world.tracking.supposed = supposed;
      return (await world.shell.prospects('VI_1'))?.find((p) => p.what === 'script chk failed');
    };
    await becomeActive(world);
    const before = [world.lines.length, world.notifications.length];
    assert.deepEqual(await asked({ ...quiet, trackingDelta: -20 }), {
      what: 'script chk failed',
      priority: 130,
      state: 'MASTER',
      afterSeconds: null,
      outcome: 'it stays MASTER unless a backup that preempts has more than 130',
    });
    const failed = await asked(fault);
    assert.deepEqual([failed?.state, failed?.afterSeconds], ['FAULT', 0]);
    assert.match(failed?.outcome ?? '', /^FAULT, with a farewell/);
    assert.deepEqual([world.lines.length, world.notifications.length], before);
    world.tracking.status.set('VI_1', fault);
    world.tracking.inputs?.onChange('VI_1', fault);
    assert.equal(world.shell.view().instances[0]?.state, 'FAULT');
    assert.ok(
      world.fake.takeCalls().some((c) => /^quiet 1.*2/.test(c)),
      'farewells',
    );
    assert.equal(await world.shell.prospects('VI_9'), null);
  });

  it('says when it would take over from the router that it hears', async () => {
    const world = await start(config(instance({ priority: 100 })));
    world.fake.emit(advert(world.fake.now, '192.0.2.2', 200));
    await turn();
    const prospects = await world.shell.prospects('VI_1');
    const of = (what: string) => prospects?.find((p) => p.what === what);
    const silent = of('192.0.2.2 fell silent');
    assert.deepEqual([silent?.state, of('192.0.2.2 ended in order')?.state], ['MASTER', 'MASTER']);
    const down = (world.shell.view().instances[0]?.downInterval ?? 0) / 1e6;
    assert.equal(silent?.afterSeconds, down);
    assert.equal(of('192.0.2.2 ended in order')?.afterSeconds, down - 3);
  });

  it('says goodbye, removes the addresses and notifies STOP at the end, once', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.fake.takeCalls();
    const stopped = Promise.all([world.shell.stop(), world.shell.stop()]);
    await turn();
    assert.ok(!world.fake.calls.some((c) => c.startsWith('netlink')), 'the addresses serve until somebody else does');
    await runOut(world, 1);
    await stopped;
    const calls = world.fake.takeCalls();
    assert.equal(calls.filter((c) => c === 'quiet 1 1').length, 1);
    assert.ok(world.lines.includes('(VI_1) no other router has taken over'), world.lines.join('\n'));
    assert.ok(calls.includes('netlink 2: delete 192.0.2.100/32 @2'));
    assert.equal(calls.at(-1), 'close engine');
    assert.equal(world.notifications.filter((n) => n.state === 'STOP').length, 1);
  });

  it('removes the addresses a moment after its successor is heard', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.fake.takeCalls();
    const stopped = world.shell.stop();
    world.fake.now = add(world.fake.now, seconds(0.4));
    world.fake.emit(advert(world.fake.now, '192.0.2.2', 100));
    await turn();
    assert.ok(world.lines.includes('(VI_1) 192.0.2.2 has taken over'), world.lines.join('\n'));
    assert.ok(
      world.fake.calls.some((c) => c.startsWith(`arm 1 ${world.fake.now + 20_000} `)),
      world.fake.calls.join('\n'),
    );
    await runOut(world, 1);
    await stopped;
    assert.ok(world.fake.takeCalls().includes('netlink 2: delete 192.0.2.100/32 @2'));
    assert.equal(world.notifications.at(-1)?.state, 'STOP');
  });

  it('waits for nobody when hurried, or when its interface goes down', async () => {
    for (const end of ['hurry', 'link'] as const) {
      const world = await start(config(instance()));
      await becomeActive(world);
      const stopped = world.shell.stop();
      if (end === 'hurry') world.shell.hurry();
      else world.fake.emit({ kind: 'link', at: world.fake.now, change: 'new', link: link(2, 'eth0', { flags: 0 }) });
      await stopped;
      assert.ok(world.fake.takeCalls().includes('netlink 2: delete 192.0.2.100/32 @2'), end);
      assert.ok(!world.lines.includes('(VI_1) no other router has taken over'));
    }
  });

  it('breaks before it makes when told to', async () => {
    const world = await start(config(instance({ ka_ts: { break_before_make: true, vip_lease: 0 } })));
    await becomeActive(world);
    await world.shell.stop();
    const calls = world.fake.takeCalls();
    assert.ok(calls.indexOf('quiet 1 1') < calls.indexOf('netlink 2: delete 192.0.2.100/32 @2'), calls.join('\n'));
  });

  it('tells a change of priority and a weaker rival, to who wants to know', async () => {
    const world = await start(config(instance({ notify_priority_changes: true })));
    await becomeActive(world);
    world.notifications.splice(0);
    world.tracking.status.set('VI_1', { ...quiet, trackingDelta: -20 });
    world.tracking.inputs?.onChange('VI_1', { ...quiet, trackingDelta: -20 });
    world.fake.emit(advert(world.fake.now, '192.0.2.2', 100));
    await turn();
    assert.deepEqual(
      world.notifications.map((n) => [n.state, n.priority, n.generic, n.mail]),
      [
        ['MASTER_PRIORITY', 130, null, false],
        ['MASTER_RX_LOWER_PRI', 130, null, false],
      ],
    );
  });

  describe('with a sync group', () => {
    const members = (): [VrrpInstance, VrrpInstance] => [
      instance(),
      instance({ name: 'VI_2', virtual_router_id: 52, virtual_ipaddress: [virtualAddress('192.0.2.200')] }),
    ];
    const grouped = (...groups: string[][]): Config => ({
      ...config(...members()),
      vrrp_sync_group: groups.map((group, n) => syncGroup({ name: `G${n}`, group })),
    });
    /** The down timers of both run out. */
    async function bothActive(world: World): Promise<void> {
      const due = world.fake.calls.filter((c) => /^arm [12] /.test(c)).map((c) => c.split(' '));
      world.fake.now = micros(Math.max(...due.map(([, , at]) => Number(at))));
      for (const [, key, , generation] of due)
        world.fake.emit({
          kind: 'expired',
          key: Number(key),
          at: world.fake.now,
          generation: Number(generation?.slice(1)),
          late: micros(0),
        });
      await turn();
    }
    const told = (world: World) => world.notifications.splice(0).map((n) => `${n.kind} ${n.name} ${n.state} ${n.priority}`);

    it('advertises for all members before the first address, and tells the group last', async () => {
      const world = await start(grouped(['VI_1', 'VI_2']));
      assert.deepEqual(told(world), ['INSTANCE VI_1 BACKUP 150', 'INSTANCE VI_2 BACKUP 150', 'GROUP G0 BACKUP 0']);
      await bothActive(world);
      const calls = world.fake.takeCalls();
      const last = (prefix: string) => calls.map((c) => c.startsWith(prefix)).lastIndexOf(true);
      assert.ok(last('advertise') < calls.findIndex((c) => c.includes('add 192.0.2.')), calls.join('\n'));
      assert.deepEqual(told(world), ['INSTANCE VI_2 MASTER 150', 'INSTANCE VI_1 MASTER 150', 'GROUP G0 MASTER 0']);
      assert.ok(world.lines.includes('VRRP_Group(G0) Syncing instances to MASTER state'));
    });

    it('stops with the instances first, then the groups', async () => {
      const world = await start(grouped(['VI_1', 'VI_2']));
      await bothActive(world);
      told(world);
      const stopped = world.shell.stop();
      await runOut(world, 1);
      assert.deepEqual(told(world), ['INSTANCE VI_1 STOP 150'], 'the group ends when all members have');
      await runOut(world, 2);
      await stopped;
      assert.deepEqual(told(world), ['INSTANCE VI_2 STOP 150', 'GROUP G0 STOP 0']);
    });

    it('a reload that takes the group away, or makes one, moves nobody', async () => {
      const world = await start(grouped(['VI_1', 'VI_2']));
      await bothActive(world);
      told(world);
      await world.shell.reload(grouped());
      await turn();
      assert.deepEqual(told(world), []);
      assert.deepEqual(world.shell.view().groups, []);
      await world.shell.reload(grouped(['VI_2', 'VI_1']));
      await turn();
      assert.deepEqual(told(world), ['GROUP G0 MASTER 0']);
      assert.deepEqual(
        world.shell.view().groups.map((g) => [g.state, g.config.group.join()]),
        [['MASTER', 'VI_2,VI_1']],
      );
    });

    it('a reload that joins a faulty instance takes the other one to FAULT; parted again it recovers', async () => {
      const world = await start(grouped());
      await bothActive(world);
      const faulty: TrackingStatus = { ...quiet, faults: [{ kind: 'script', name: 'chk' }] };
      world.tracking.status.set('VI_2', faulty);
      world.tracking.inputs?.onChange('VI_2', faulty);
      told(world);
      await world.shell.reload(grouped(['VI_1', 'VI_2']));
      await turn();
      assert.deepEqual(told(world), ['INSTANCE VI_1 FAULT 150', 'GROUP G0 FAULT 0']);
      await world.shell.reload(grouped());
      await turn();
      assert.deepEqual(told(world), ['INSTANCE VI_1 BACKUP 150']);
    });
  });
});
