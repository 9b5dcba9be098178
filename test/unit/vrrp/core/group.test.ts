// SPDX-License-Identifier: MIT
// The rules of sync groups, one test each (reference/vrrp-protocol.md section 8). What a whole network of them does is in
// group-convergence.test.ts.

import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import { type Micros, micros, seconds } from '../../../../lib/base/time.ts';
import type { FaultReason } from '../../../../lib/vrrp/core/types.ts';
import { groupNoteText, noteText } from '../../../../lib/vrrp/messages.ts';
import { createFakeGroup, type FakeGroup } from '../../../support/fake-group.ts';
import { type SettingsOverrides, testSettings } from '../../../support/fake-machine.ts';
import { createVirtualClock, type VirtualClock } from '../../../support/virtual-clock.ts';

const DOWN = micros(3_609_375);
const down: FaultReason = { kind: 'interface_down', name: 'eth1' };
const rival = (priority: number) => ({ source: ip('192.0.2.9'), priority, interval: seconds(1) });

interface Stage {
  readonly clock: VirtualClock;
  readonly group: FakeGroup;
  /** Log lines, adverts (`V0 sends 100`) and notifications, in the order they happen. */
  readonly said: string[];
  /** What was said since the last look. */
  take(): string[];
  wait(time: Micros): void;
}

function stage(...members: SettingsOverrides[]): Stage {
  const clock = createVirtualClock();
  const said: string[] = [];
  const settings = (members.length > 0 ? members : [{}, {}]).map((m, n) => testSettings({ name: `V${n}`, ...m }));
  const group = createFakeGroup({
    clock,
    members: settings.map((s, n) => ({ settings: s, source: ip(`192.0.2.${n + 1}`) })),
    send: (n, advert) => said.push(`V${n} sends ${advert.priority}`),
    onStep: (effects) => {
      for (const e of effects) {
        if (e.kind === 'group_note') said.push(groupNoteText('G', e.note).text);
        else if (e.kind === 'group_changed') said.push(`GROUP ${e.to}`);
        else if (e.effect.kind === 'state_changed') said.push(`V${e.member} ${e.effect.to}`);
        else if (e.effect.kind === 'note') said.push(noteText(settings[e.member]?.name ?? '', e.effect.note).text);
        else if (e.effect.kind === 'own_addresses' || e.effect.kind === 'announce') said.push(`V${e.member} ${e.effect.kind}`);
      }
    },
  });
  return {
    clock,
    group,
    said,
    take: () => said.splice(0),
    wait: (time) => clock.runUntil(micros(clock.now() + time)),
  };
}

const states = (group: FakeGroup) => group.members.map((m) => m.instance.state);
/** It has said what a start says. */
const started = (...members: SettingsOverrides[]): Stage => {
  const s = stage(...members);
  s.group.startUp();
  s.take();
  return s;
};
/** V0 has timed out and waits for V1, which does 309 ms later. */
const held = (): Stage => {
  const s = started({ priority: 200 }, { priority: 100 });
  s.wait(micros(3_300_000));
  assert.equal(s.group.members[0]?.instance.held, true);
  return s;
};
const active = (...members: SettingsOverrides[]): Stage => {
  const s = started(...members);
  s.wait(DOWN);
  assert.equal(s.group.state, 'active');
  s.take();
  return s;
};

describe('a sync group', () => {
  it('[KA-8-1] starts in Backup: each member says so, then the group', () => {
    const { group, take } = stage();
    group.startUp();
    assert.deepEqual(take(), [
      '(V0) Entering BACKUP STATE (init)',
      '(V1) Entering BACKUP STATE (init)',
      'V0 backup',
      'V1 backup',
      'GROUP backup',
    ]);
  });

  it('[KA-8-1] starts Active when every member is an owner configured MASTER', () => {
    const owner = { priority: 255, wantsActive: true };
    const { group, take, said } = stage(owner, owner);
    group.startUp();
    assert.deepEqual(states(group), ['active', 'active']);
    assert.deepEqual(
      said.filter((line) => line.startsWith('(') || line.startsWith('GROUP')),
      ['(V0) Entering MASTER STATE', '(V1) Entering MASTER STATE', 'GROUP active'],
    );
    take();
  });

  it('[KA-8-2] with owners and others: the owner wants to be Active from the beginning, and waits', () => {
    const { group, clock, wait } = stage({ priority: 255, wantsActive: true }, { priority: 100 });
    group.startUp();
    assert.deepEqual(states(group), ['backup', 'backup']);
    assert.equal(group.members[0]?.instance.due, 1_003_906, 'one interval and Skew_Time');
    assert.equal(group.members[0]?.instance.held, true);
    wait(micros(DOWN - 1));
    assert.deepEqual(states(group), ['backup', 'backup']);
    wait(micros(1));
    assert.deepEqual(states(group), ['active', 'active'], `at ${clock.now()}`);
  });

  it('[KA-8-3] starts in Fault when one member is faulty, and says whom it holds', () => {
    const { group, take } = stage();
    group.startUp({ 1: { faults: [down] } });
    assert.deepEqual(take(), [
      'VRRP_Group(G): Syncing V0 to FAULT state',
      '(V0) entering FAULT state',
      '(V0) Entering FAULT STATE (init)',
      '(V1): entering FAULT state (interface eth1 down)',
      '(V1) entering FAULT state',
      '(V1) Entering FAULT STATE (init)',
      'V0 fault',
      'V1 fault',
      'GROUP fault',
    ]);
  });

  it('[KA-8-4] waits silently until the scripts of all members have reported', () => {
    const { group, take } = stage();
    group.startUp({ 1: { waiting: true } });
    assert.deepEqual(take(), []);
    assert.deepEqual(states(group), ['initialize', 'initialize']);
    group.track(1, []);
    assert.deepEqual(take(), [
      '(V1) Entering BACKUP STATE',
      'VRRP_Group(G) Syncing instances to BACKUP state',
      '(V0) Entering BACKUP STATE',
      'V1 backup',
      'V0 backup',
      'GROUP backup',
    ]);
  });

  it('[KA-8-4] a waited for script that fails leads all to Fault', () => {
    const { group, take } = stage();
    group.startUp({ 0: { waiting: true } });
    group.track(0, [{ kind: 'script', name: 'check' }]);
    assert.deepEqual(states(group), ['fault', 'fault']);
    assert.ok(take().includes('VRRP_Group(G) Syncing instances to FAULT state'));
  });

  it('[KA-8-5] becomes Active with the last member that times out; the first is held and waits another down interval', () => {
    const { group, wait, take, clock } = started({ priority: 200 }, { priority: 100 });
    wait(micros(3_218_750));
    assert.deepEqual(take(), ['(V0) Receive advertisement timeout']);
    assert.equal(group.members[0]?.instance.due, 2 * 3_218_750);
    wait(micros(DOWN - clock.now()));
    assert.deepEqual(take(), [
      '(V1) Receive advertisement timeout',
      '(V1) Entering MASTER STATE',
      'V1 own_addresses',
      'V1 announce',
      'VRRP_Group(G) Syncing instances to MASTER state',
      '(V0) Entering MASTER STATE',
      'V0 own_addresses',
      'V0 announce',
      'V1 active',
      'V0 active',
      'GROUP active',
      'V1 sends 100',
      'V0 sends 200',
    ]);
  });

  it('[KATS-group-order] all adverts go before the first address, all addresses before the first notification', () => {
    const order: string[] = [];
    const clock = createVirtualClock();
    const group = createFakeGroup({
      clock,
      members: [0, 1, 2].map((n) => ({ settings: testSettings({ name: `V${n}` }), source: ip(`192.0.2.${n + 1}`) })),
      onStep: (effects) => order.push(...effects.flatMap((e) => (e.kind === 'member' ? [e.effect.kind] : []))),
    });
    group.startUp();
    order.splice(0);
    clock.runUntil(DOWN);
    assert.equal(order.filter((k) => k === 'advertise').length, 3);
    assert.ok(order.lastIndexOf('advertise') < order.indexOf('own_addresses'), order.join());
    assert.ok(order.lastIndexOf('own_addresses') < order.indexOf('state_changed'), order.join());
  });

  it('[KA-8-6] a held member that accepts an advert no longer wants to be Active', () => {
    const { group, wait } = held();
    assert.equal(group.members[0]?.instance.held, true);
    group.hear(0, rival(210));
    assert.equal(group.members[0]?.instance.held, false);
    wait(micros(500_000));
    assert.deepEqual(states(group), ['backup', 'backup'], 'V1 has timed out alone');
  });

  it('[KA-8-6] one that discards an advert goes on wanting', () => {
    const { group, wait } = held();
    group.hear(0, rival(50));
    assert.equal(group.members[0]?.instance.held, true);
    wait(micros(400_000));
    assert.deepEqual(states(group), ['active', 'active']);
  });

  it('[KA-8-7] gives way with all members when one loses, without a farewell', () => {
    const { group, take } = active();
    group.hear(1, rival(150));
    assert.deepEqual(take(), [
      '(V1) Master received advert from 192.0.2.9 with higher priority 150, ours 100',
      '(V1) Entering BACKUP STATE',
      'VRRP_Group(G) Syncing instances to BACKUP state',
      '(V0) Entering BACKUP STATE',
      'V1 backup',
      'V0 backup',
      'GROUP backup',
    ]);
    assert.deepEqual([group.owns(0), group.owns(1)], [false, false]);
  });

  it('[KA-8-8] goes to Fault with one member: that says farewell twice, the others once and silently', () => {
    const { group, take } = active();
    group.track(1, [down]);
    assert.deepEqual(take(), [
      '(V1) Entering FAULT STATE',
      '(V1) sent 0 priority',
      'VRRP_Group(G) Syncing instances to FAULT state',
      '(V0) Entering FAULT STATE',
      'V1 fault',
      'V0 fault',
      'GROUP fault',
      'V1 sends 0',
      'V1 sends 0',
      'V0 sends 0',
    ]);
  });

  it('[KA-8-8] a backup group goes to Fault without a packet', () => {
    const { group, take } = started();
    group.track(0, [down]);
    assert.deepEqual(states(group), ['fault', 'fault']);
    assert.ok(!take().some((line) => line.includes('sends')));
  });

  it('[KA-8-9] leaves Fault when no member is faulty or waits any more', () => {
    const { group, take } = active();
    group.track(0, [down]);
    group.track(1, [{ kind: 'script', name: 'check' }]);
    take();
    group.track(0, []);
    assert.deepEqual(states(group), ['fault', 'fault']);
    assert.deepEqual(take(), []);
    group.track(1, [], { waiting: true });
    assert.deepEqual(states(group), ['fault', 'fault']);
    group.track(1, []);
    assert.deepEqual(take(), [
      '(V1) Entering BACKUP STATE',
      'VRRP_Group(G) Syncing instances to BACKUP state',
      '(V0) Entering BACKUP STATE',
      'V1 backup',
      'V0 backup',
      'GROUP backup',
    ]);
  });

  it('[KA-8-9] owners leave Fault to Active together', () => {
    const owner = { priority: 255, wantsActive: true };
    const { group, take } = stage(owner, owner);
    group.startUp({ 1: { faults: [down] } });
    take();
    group.track(1, []);
    assert.deepEqual(states(group), ['active', 'active']);
    assert.ok(take().includes('VRRP_Group(G) Syncing instances to MASTER state'));
  });

  it('[KA-8-10] announces the addresses of all members when one hears a lower router', () => {
    const { group, take } = active();
    group.hear(0, rival(50));
    assert.deepEqual(
      take().filter((line) => line.includes('announce')),
      ['V0 announce', 'V1 announce'],
    );
  });

  it('[KA-8-11] a group of one member is a router like others', () => {
    const { group, take, wait } = stage({});
    group.startUp();
    wait(DOWN);
    assert.equal(group.state, 'active');
    assert.ok(!take().some((line) => line.includes('Syncing')));
    group.track(0, [down]);
    assert.equal(group.state, 'fault');
  });

  it('[KA-8-12] stops member by member: nobody follows, each says farewell', () => {
    const { group, take } = active();
    group.shutDown();
    assert.deepEqual(
      take().filter((line) => !line.startsWith('(')),
      ['V0 initialize', 'V0 sends 0', 'V1 initialize', 'V1 sends 0'],
    );
  });

  describe('after a reload', () => {
    it('[KATS-group-joins] lets a new member of an Active group catch up when its own timer runs out', () => {
      const { group, wait } = stage({}, {});
      group.startUp({}, [0]);
      wait(DOWN);
      assert.equal(group.state, 'active');
      group.startUp({}, [1]);
      assert.deepEqual(states(group), ['active', 'backup']);
      assert.equal(group.state, 'active');
      wait(DOWN);
      assert.deepEqual(states(group), ['active', 'active']);
    });

    it('[KATS-group-joins] goes back with all members when the new one finds a better router: groups do not split', () => {
      const { group, wait, take } = stage({}, {});
      group.startUp({}, [0]);
      wait(DOWN);
      group.startUp({}, [1]);
      take();
      group.hear(1, rival(150));
      assert.deepEqual(states(group), ['backup', 'backup']);
      assert.ok(take().includes('VRRP_Group(G) Syncing instances to BACKUP state'));
    });

    it('[KATS-group-joins] a new member that is faulty leads the others to Fault', () => {
      const { group, wait } = stage({}, {});
      group.startUp({}, [0]);
      wait(DOWN);
      group.startUp({ 1: { faults: [down] } }, [1]);
      assert.deepEqual(states(group), ['fault', 'fault']);
      assert.equal(group.owns(0), false);
    });

    it('keeps an Active group Active when its settings change', () => {
      const { group, take } = active();
      for (const n of [0, 1]) group.reload(n, testSettings({ name: `V${n}`, priority: 120 }));
      group.reconcile();
      assert.equal(group.state, 'active');
      assert.deepEqual(
        take().filter((line) => !line.includes('announce')),
        ['V0 sends 120', 'V1 sends 120'],
      );
    });
  });

  describe('with a startup delay', () => {
    const delayed = (s: Stage) => s.group.startUp({ 0: { notBefore: seconds(2) }, 1: { notBefore: seconds(2) } });

    it('[KA-6.2-6] counts its timers from the end of the delay and hears nothing before', () => {
      const s = stage();
      delayed(s);
      assert.equal(s.group.members[0]?.instance.due, 2_000_000 + DOWN);
      s.wait(seconds(1));
      s.group.hear(0, rival(150));
      assert.equal(s.group.members[0]?.instance.heard, null);
      s.wait(DOWN);
      assert.equal(s.group.state, 'backup');
      s.wait(seconds(1));
      assert.equal(s.group.state, 'active');
    });

    it('[KA-6.2-6] owners are Active when it ends, and nobody hears of a Backup', () => {
      const owner = { priority: 255, wantsActive: true };
      const s = stage(owner, owner);
      delayed(s);
      assert.deepEqual(
        s.take().filter((line) => line.startsWith('V')),
        [],
      );
      s.wait(micros(1_999_999));
      assert.notEqual(s.group.state, 'active');
      s.wait(micros(1));
      assert.equal(s.group.state, 'active');
    });

    it('[KA-6.2-6] a reload moves its end', () => {
      const s = stage();
      delayed(s);
      for (const n of [0, 1]) s.group.feed(n, { kind: 'delayed', at: s.clock.now(), notBefore: seconds(1) });
      assert.equal(s.group.members[0]?.instance.due, 1_000_000 + DOWN);
    });
  });
});
