// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { operateCommand, operationOf, secondsOf } from '../../../lib/cli/operate.ts';
import type { Config } from '../../../lib/config/model.ts';
import { planOperation } from '../../../lib/control/core/operations.ts';
import { nextExpiry, type Overlay, operatedBy, overlaid, overlayText, readOverlay, unexpired } from '../../../lib/control/core/overlay.ts';

const now = 1_800_000_000;
const who = { uid: 1000, pid: 7, user: 'ada' };
const configuration = {
  vrrp_instance: [
    { name: 'VI_1', priority: 255 },
    { name: 'VI_2', priority: 90 },
  ],
  virtual_server: [
    {
      name: 'V',
      real_server: [
        { name: 'R', weight: 3 },
        { name: 'S', weight: 4 },
      ],
    },
  ],
} as unknown as Config;

function planned(args: Record<string, unknown>, overlay: Overlay = []): Overlay {
  const plan = planOperation(args, overlay, configuration, who, now);
  assert.equal(plan.kind, 'overlay', JSON.stringify(plan));
  return (plan as Extract<typeof plan, { kind: 'overlay' }>).overlay;
}

const priorities = (overlay: Overlay) => overlaid(configuration, overlay).vrrp_instance.map((i) => i.priority);
const weights = (overlay: Overlay) => overlaid(configuration, overlay).virtual_server[0]?.real_server.map((r) => r.weight);

describe('operations', () => {
  it('change nothing where there are none', () => assert.equal(overlaid(configuration, []), configuration));

  it('set a priority and take it back', () => {
    const one = planned({ operation: 'priority', instance: 'VI_2', value: 120 });
    assert.deepEqual(priorities(one), [255, 120]);
    const two = planned({ operation: 'priority', instance: 'VI_2', value: 130 }, one);
    assert.equal(two.length, 1);
    assert.deepEqual(priorities(two), [255, 130]);
    assert.deepEqual(planned({ operation: 'priority', instance: 'VI_2', value: null }, two), []);
  });

  it('leave a server out, drained or not, and take it back', () => {
    const drained = planned({ operation: 'weight', pool: 'V', server: 'R', value: 0 });
    const disabled = planned({ operation: 'disable', pool: 'V', server: 'R', forSeconds: 60 }, drained);
    assert.deepEqual(weights(disabled), [4]);
    assert.equal(disabled[1]?.until, now + 60);
    assert.deepEqual(weights(unexpired(disabled, now + 61)), [0, 4]);
    assert.deepEqual(planned({ operation: 'enable', pool: 'V', server: 'R' }, disabled), []);
    // Any other weight is a wish of its own.
    const light = planned({ operation: 'weight', pool: 'V', server: 'R', value: 1 });
    assert.deepEqual(planned({ operation: 'enable', pool: 'V', server: 'R' }, light), light);
    assert.deepEqual(readOverlay(overlayText(disabled)), { overlay: disabled });
    assert.match(
      JSON.stringify(planOperation({ operation: 'disable', pool: 'V', server: 'X' }, [], configuration, who, now)),
      /there is no server 'X'/,
    );
    assert.deepEqual(operationOf(['server', 'disable', 'V', 'R'], {}), { operation: 'disable', pool: 'V', server: 'R' });
    assert.throws(() => operationOf(['server', 'stop', 'V', 'R'], {}), /drain\|reset\|disable\|enable\|weight/);
  });

  it('fail over with the least priority, also an address owner, and say who asked', () => {
    const overlay = planned({ operation: 'failover', instance: 'VI_1', forSeconds: 600 });
    assert.deepEqual(priorities(overlay), [1, 90]);
    assert.deepEqual(overlay, [
      { kind: 'priority', instance: 'VI_1', value: 1, why: 'failover', at: now, until: now + 600, uid: 1000, pid: 7, user: 'ada' },
    ]);
  });

  it('tell whose priorities they are, and what would be without them', () => {
    const one = planned({ operation: 'priority', instance: 'VI_2', value: 90 });
    assert.deepEqual(operatedBy(configuration, one), [], 'it is as configured');
    const all = planned({ operation: 'maintenance', on: true }, one);
    const by = { operation: 'maintenance', uid: 1000, pid: 7, user: 'ada' };
    assert.deepEqual(operatedBy(configuration, all), [
      { instance: 'VI_1', configured: 255, priority: 1, by },
      { instance: 'VI_2', configured: 90, priority: 1, by },
    ]);
  });

  it('are read without the name of the user too, as an older daemon wrote them', () => {
    const text = overlayText(planned({ operation: 'maintenance', on: true })).replace(/,\s*"user": "ada"/, '');
    const read = readOverlay(text);
    assert.ok('overlay' in read);
    assert.equal(read.overlay[0]?.user, null);
  });

  it('take over all instances, past nopreempt and preempt_delay, and never make an owner less', () => {
    const patient = {
      ...configuration,
      vrrp_instance: configuration.vrrp_instance.map((i) => ({ ...i, nopreempt: i.name === 'VI_1', preempt_delay: 5_000_000 })),
    } as unknown as Config;
    const overlay = planned({ operation: 'takeover', on: true, forSeconds: 60 });
    assert.deepEqual(
      overlaid(patient, overlay).vrrp_instance.map((i) => [i.priority, i.nopreempt, i.preempt_delay]),
      [
        [255, false, 0],
        [254, false, 0],
      ],
    );
    assert.deepEqual(planned({ operation: 'takeover', on: false }, overlay), []);
    assert.deepEqual(priorities(planned({ operation: 'maintenance', on: true }, overlay)), [1, 1]);
  });

  it('put maintenance before everything else, and leave that for afterwards', () => {
    const before = planned({ operation: 'priority', instance: 'VI_2', value: 120 });
    const during = planned({ operation: 'maintenance', on: true }, before);
    assert.deepEqual(priorities(during), [1, 1]);
    assert.deepEqual(planned({ operation: 'maintenance', on: false }, during), before);
  });

  it('set weights of one server', () => {
    assert.deepEqual(weights(planned({ operation: 'weight', pool: 'V', server: 'S', value: 0 })), [3, 0]);
  });

  it('expire', () => {
    const both = planned(
      { operation: 'failover', instance: 'VI_2' },
      planned({ operation: 'failover', instance: 'VI_1', forSeconds: 600 }),
    );
    assert.equal(nextExpiry(both), now + 600);
    assert.equal(unexpired(both, now + 599).length, 2);
    assert.deepEqual(
      unexpired(both, now + 600).map((e) => e.kind === 'priority' && e.instance),
      ['VI_2'],
    );
  });

  it('survive what they are written to', () => {
    const overlay = planned({ operation: 'weight', pool: 'V', server: 'S', value: 0 }, planned({ operation: 'maintenance', on: true }));
    assert.deepEqual(readOverlay(overlayText(overlay)), { overlay });
  });

  for (const text of [
    '',
    'null',
    '[]',
    '{"overlay":2,"entries":[]}',
    '{"overlay":1,"entries":[{}]}',
    '{"overlay":1,"entries":[{"kind":"priority","instance":null,"value":255,"at":1,"until":null,"why":"","uid":0,"pid":1}]}',
  ])
    it(`are not read from ${text || 'nothing'}, and it is said why`, () => {
      const read = readOverlay(text);
      assert.ok('wrong' in read && read.wrong !== '');
    });

  for (const args of [
    {},
    { operation: 'halt' },
    { operation: 'priority', instance: 'VI_9', value: 1 },
    { operation: 'priority', instance: 'VI_1', value: 255 },
    { operation: 'priority', instance: 'VI_1', value: 1.5 },
    { operation: 'priority', instance: 'VI_1' },
    { operation: 'failover', instance: ['VI_1'] },
    { operation: 'failover', instance: 'VI_1', forSeconds: -1 },
    { operation: 'failover', instance: 'VI_1', forSeconds: 'Infinity' },
    { operation: 'maintenance' },
    { operation: 'takeover', on: 'yes' },
    { operation: 'apply', file: 'relative.conf' },
    { operation: 'apply', file: '/etc/new.conf', confirmSeconds: 0 },
    { operation: 'apply', file: '/etc/new.conf', confirmSeconds: 100_000 },
    { operation: 'apply' },
    { operation: 'weight', pool: 'V', server: 'T', value: 0 },
    { operation: 'weight', pool: 'V', server: 'S', value: -1 },
  ])
    it(`refuse ${JSON.stringify(args)} with a reason`, () => {
      const plan = planOperation(args, [], configuration, who, now);
      assert.equal(plan.kind, 'wrong');
      assert.notEqual((plan as { text: string }).text, '');
    });

  it('name what there is where something is not', () => {
    const plan = planOperation({ operation: 'failover', instance: 'VI_9' }, [], configuration, who, now);
    assert.equal((plan as { text: string }).text, "there is no instance 'VI_9'; there are: VI_1, VI_2");
  });
});

describe('the words of an operation', () => {
  it('become a request', () => {
    assert.deepEqual(operationOf(['failover', 'VI_1'], { forSeconds: 5 }), { operation: 'failover', instance: 'VI_1', forSeconds: 5 });
    assert.deepEqual(operationOf(['priority', 'VI_1', 'reset'], {}), { operation: 'priority', instance: 'VI_1', value: null });
    assert.deepEqual(operationOf(['server', 'drain', 'V', 'S'], {}), { operation: 'weight', pool: 'V', server: 'S', value: 0 });
    assert.deepEqual(operationOf(['maintenance', 'off'], {}), { operation: 'maintenance', on: false });
    assert.deepEqual(operationOf(['takeover', 'on'], { forSeconds: 60 }), { operation: 'takeover', on: true, forSeconds: 60 });
  });

  it('are refused where they make no sense', () => {
    for (const words of [
      ['failover'],
      ['maintenance', 'maybe'],
      ['takeover'],
      ['priority', 'VI_1', 'high'],
      ['server', 'stop', 'V', 'S'],
      ['reload', 'now'],
    ])
      assert.throws(() => operationOf(words, {}), TypeError, words.join(' '));
  });

  it('are refused in the words of whoever wrote them, before the daemon is asked', async () => {
    for (const [line, expected] of [
      ['failover VI_1 --for 0', "failover: --for takes a time from 1s to 365d, not '0'"],
      ['failover VI_1 --for 366d', "failover: --for takes a time from 1s to 365d, not '366d'"],
      ['failover VI_1 --for -5', "failover: --for takes a time such as 90, 90s, 10m, 2h or 1d, not '-5'"],
      ['apply a.conf --confirm 2d', "apply: --confirm takes a time from 1s to 1d, not '2d'"],
      ['priority VI_1 255', "priority: a priority is 1 to 254, or reset for the configured one, not '255'"],
      ['priority VI_1 0', "priority: a priority is 1 to 254, or reset for the configured one, not '0'"],
      ['server weight V S 65536', "server: a weight is 0 to 65535, or reset for the configured one, not '65536'"],
    ] as const) {
      let said = '';
      const hear = (text: string) => {
        said += text;
      };
      const argv = [...line.split(' '), '--socket', '/nonexistent.sock'];
      assert.equal(await operateCommand(argv, { write: hear, error: hear, width: 80, colour: false }), 2, line);
      assert.equal(said, `ka-ts ${expected}\nTry 'ka-ts ${argv[0]} --help'.\n`);
    }
    assert.equal(operationOf(['server', 'weight', 'V', 'S', '0'], {}).value, 0);
    assert.equal(operationOf(['priority', 'VI_1', '254'], {}).value, 254);
  });

  it('have times in the usual units', () => {
    assert.deepEqual(['90', '90s', '10m', '2h', '1d'].map(secondsOf), [90, 90, 600, 7200, 86_400]);
    for (const bad of ['', '-1', '1w', '1.5h', 'soon']) assert.throws(() => secondsOf(bad), TypeError, bad);
  });
});
