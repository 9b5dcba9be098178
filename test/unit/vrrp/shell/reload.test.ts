// SPDX-License-Identifier: MIT
// A reload: what stays is not touched, what changes changes by its difference.

import assert from 'node:assert/strict';
import type { VrrpInstance } from '../../../../lib/config/model.ts';
import { config, instance, virtualAddress } from '../../../support/configs.ts';
import { becomeActive, runOut, start, turn } from '../../../support/vrrp-shell.ts';

describe('the VRRP shell on reload', () => {
  const two = (): [VrrpInstance, VrrpInstance] => [
    instance(),
    instance({ name: 'VI_2', virtual_router_id: 52, virtual_ipaddress: [virtualAddress('192.0.2.200')] }),
  ];

  it('touches nothing that did not change', async () => {
    const world = await start(config(...two()));
    await becomeActive(world);
    world.fake.takeCalls();
    await world.shell.reload(config(...two()));
    await turn();
    assert.deepEqual(
      world.fake.takeCalls().filter((c) => !c.startsWith('lease order')),
      [],
    );
  });

  it('tells a vanished instance as DELETED where that is asked for, else as FAULT without its script; a replaced one as FAULT', async () => {
    const deleted = { script: null };
    const notify_fault = { words: ['/etc/fault'], user: null, text: '/etc/fault', path: null, run_as: null };
    const gone = instance({ name: 'VI_2', virtual_router_id: 52, notify_deleted: deleted, notify_fault });
    const silent = instance({ name: 'VI_3', virtual_router_id: 53, notify_fault });
    const world = await start(config(instance({ notify_deleted: deleted }), gone, silent));
    world.notifications.splice(0);
    await world.shell.reload(config(instance({ notify_deleted: deleted, vmac_xmit_base: true })));
    assert.deepEqual(
      world.notifications.map((n) => [n.name, n.state, n.specific]),
      [
        ['VI_2', 'DELETED', null],
        ['VI_3', 'FAULT', null],
        ['VI_1', 'FAULT', null],
        ['VI_1', 'BACKUP', null],
      ],
    );
  });

  it('tells the FIFOs the state of who stayed, when asked to', async () => {
    const world = await start(config(instance()));
    world.notifications.splice(0);
    const next = config(instance());
    await world.shell.reload({ ...next, global_defs: { ...next.global_defs, fifo_write_vrrp_states_on_reload: true } });
    assert.deepEqual(world.notifications, [
      { kind: 'INSTANCE', name: 'VI_1', state: 'BACKUP', priority: 150, specific: null, generic: null, mail: false },
    ]);
  });

  it('lets a removed instance resign and leaves the other alone', async () => {
    const world = await start(config(...two()));
    await becomeActive(world);
    world.fake.takeCalls();
    await world.shell.reload(config(two()[1]));
    await turn();
    const calls = world.fake.takeCalls();
    assert.ok(calls.includes('quiet 1 1'));
    assert.ok(!calls.includes('remove 1'), 'it serves until somebody else does');
    assert.deepEqual(
      world.shell.view().instances.map((i) => i.config.name),
      ['VI_2'],
    );
    await runOut(world, 1, calls);
    const later = world.fake.takeCalls();
    assert.ok(later.indexOf('netlink 2: delete 192.0.2.100/32 @2') < later.indexOf('remove 1'), later.join('\n'));
    assert.ok(later.includes('remove 1'));
    assert.ok(!calls.some((c) => / 2( |$)/.test(c) && !c.startsWith('netlink') && !c.startsWith('lease')), calls.join('\n'));
  });

  it('leaves an address in the kernel that moves from one master to another, also when two change places', async () => {
    const world = await start(config(...two()));
    await runOut(world, 1);
    await runOut(world, 2);
    const [one, other] = two();
    const swapped = [
      { ...one, virtual_ipaddress: other.virtual_ipaddress },
      { ...other, virtual_ipaddress: one.virtual_ipaddress },
    ];
    world.fake.takeCalls();
    await world.shell.reload(config(...swapped));
    await turn();
    const calls = world.fake.takeCalls();
    assert.ok(!calls.some((c) => c.includes('delete')), calls.join('\n'));
    assert.ok(calls.some((c) => c.startsWith('announce 1 192.0.2.200')));
    await world.shell.reload(config(one));
    await turn();
    await runOut(world, 2, world.fake.calls);
    const later = world.fake.takeCalls().filter((c) => c.includes('delete'));
    assert.deepEqual(later, ['netlink 5: delete 192.0.2.200/32 @2, add 192.0.2.100/32 @2'], 'nobody holds that one any more');
  });

  it('keeps a changed master active and changes only its address difference', async () => {
    const world = await start(config(instance()));
    await becomeActive(world);
    world.fake.takeCalls();
    await world.shell.reload(
      config(instance({ priority: 120, virtual_ipaddress: [virtualAddress('192.0.2.100'), virtualAddress('192.0.2.101')] })),
    );
    await turn();
    const calls = world.fake.takeCalls();
    assert.ok(calls.includes('netlink 2: add 192.0.2.101/32 @2'), calls.join('\n'));
    assert.ok(calls.includes('advertise 1 p120 from 192.0.2.1 now'));
    assert.ok(!calls.some((c) => c.startsWith('quiet')));
    assert.equal(world.notifications.at(-1)?.state, 'MASTER');
  });
});
