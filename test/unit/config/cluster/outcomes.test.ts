// SPDX-License-Identifier: MIT
// The table of outcomes: which lines it has, and how it is printed.

import assert from 'node:assert/strict';
import { checkWeights, renderCluster, renderWeights } from '../../../../lib/config/cluster/index.ts';
import { nodeNames } from '../../../../lib/config/cluster/names.ts';
import type { Outcome } from '../../../../lib/config/cluster/types.ts';
import { clusterOf, loadAs, node, router, scenarioCluster, script, tracking } from './support.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);

/** Both nodes track `count` checks of this weight. */
function many(count: number, weight = -20) {
  const before = names(count)
    .map((n) => script(n, weight))
    .join('');
  const lines = (priority: number) => `state BACKUP;priority ${priority};${tracking(...names(count))}`;
  return clusterOf(node(lines(110), { before }), node(lines(100), { before }));
}

const combinationsIn = (outcomes: readonly Outcome[]) =>
  outcomes.reduce(
    (sum, { case: c }) => sum + (c.kind === 'checks' ? 1 : c.kind === 'one' ? c.of.length : c.kind === 'several' ? c.combinations : 0),
    0,
  );

describe('table of outcomes', () => {
  it('has a line for each combination of up to three checks', () => {
    assert.deepEqual(
      router(many(1)).outcomes.map((o) => (o.case.kind === 'checks' ? o.case.failed : o.case.kind)),
      [[], ['lb1: c0'], ['lb2: c0'], ['lb1: c0', 'lb2: c0'], 'stop', 'loss'],
    );
  });

  it('counts every combination of up to twelve checks exactly once', () => {
    for (const count of [1, 2, 4, 6]) {
      const { outcomes, coverage } = router(many(count));
      assert.equal(coverage.complete, true);
      assert.equal(combinationsIn(outcomes), 2 ** (2 * count), `${count} checks a node`);
      assert.ok(outcomes.length <= 12, `${outcomes.length} lines`);
    }
  });

  it('states what it looked at when there are more than twelve checks', () => {
    const { coverage, outcomes } = router(many(20));
    assert.equal(coverage.complete, false);
    assert.equal(coverage.combinations, 2 ** 40);
    assert.equal(combinationsIn(outcomes), coverage.looked);
    assert.ok(coverage.looked < 5000);
    assert.match(
      renderCluster(many(20), { colour: false, width: 100 }),
      /40 checks have 1099511627776 combinations: looked at \d+ of them/,
    );
  });

  it('has one line when the nodes do not hear each other', () => {
    const report = clusterOf(node('priority 110'), node('priority 100', { vrid: 52 }));
    assert.deepEqual(
      router(report).outcomes.map((o) => o.why),
      ['split'],
    );
  });

  it('says what the trackers of one node can do', () => {
    const { config } = loadAs('one.conf', node(`priority 100;${tracking('a', 'b')}`, { before: script('a', 20) + script('b', 0) }));
    assert.ok(config);
    const [table] = checkWeights(config);
    assert.deepEqual(
      table?.outcomes.map((o) => [o.levels[0]?.low, o.levels[0]?.fault]),
      [
        [120, false],
        [100, false],
        [null, true],
        [null, true],
      ],
    );
    assert.match(renderWeights(checkWeights(config), { colour: false, width: 80 }), /a \+ b +FAULT/);
  });
});

describe('printed cluster report', () => {
  it('shows the table of the two proxies as one wants to read it at night', () => {
    const text = renderCluster(scenarioCluster('two-proxies-lb1.conf', 'two-proxies-lb2.conf'), { colour: false, width: 80 });
    const table = text.split('\n').slice(text.split('\n').findIndex((l) => l.includes('what fails')));
    assert.deepEqual(table.slice(0, 7), [
      '  what fails                          lb1  lb2  the addresses are on',
      '  nothing                             102  101  lb1',
      '  lb1: chk_haproxy                    100  101  lb2 in 2 s + 3.605 s',
      '  lb2: chk_haproxy                    102   99  lb1',
      '  lb1: chk_haproxy, lb2: chk_haproxy  100   99  lb1',
      '  lb1 is stopped                        –  101  lb2 in 0.605 s',
      '  lb1 dies or loses enp0s8              –  101  lb2 in 3.605 s',
    ]);
  });

  it('keeps to the width, and says the same with colour as without', () => {
    for (const report of [
      many(2),
      many(6),
      scenarioCluster('ah-web1.conf', 'ah-web2-nopreempt.conf'),
      clusterOf(node('priority 255'), node('priority 255')),
    ]) {
      for (const width of [60, 80, 120]) {
        const plain = renderCluster(report, { colour: false, width });
        for (const line of plain.split('\n')) assert.ok(line.length <= width, `${width}: ${line}`);
        const coloured = renderCluster(report, { colour: true, width });
        assert.ok(coloured.includes('\u001b['));
        assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), plain);
      }
    }
  });

  it('lets no control character of a file reach the terminal', () => {
    const text = renderCluster(clusterOf(node('priority 110', { name: 'V\u001b[31mI' }), node('priority 110')), {
      colour: false,
      width: 80,
    });
    assert.ok(!text.includes('\u001b'));
  });

  it('prints hundreds of like routers as one table', () => {
    const all = (priority: number) =>
      Array.from({ length: 50 }, (_, i) => node(`priority ${priority}`, { name: `V${i + 1}`, vrid: i + 1, vips: `10.0.${i}.1` })).join('');
    const text = renderCluster(clusterOf(all(110), all(100)), { colour: false, width: 80 });
    assert.equal(text.match(/what fails/g)?.length, 1);
    assert.match(text, /V1, V2, V3, V4, V5 and 45 more {2}50 alike/);
  });
});

describe('names of nodes', () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['two-proxies-lb1.conf', 'two-proxies-lb2.conf'],
      ['lb1', 'lb2'],
    ],
    [
      ['lb1/keepalived.conf', 'lb2/keepalived.conf'],
      ['lb1', 'lb2'],
    ],
    [
      ['/etc/a/keepalived.conf', '/etc/b/keepalived.conf'],
      ['a', 'b'],
    ],
    [
      ['ah-web1.conf', 'ah-web2-nopreempt.conf'],
      ['web1', 'web2-nopreempt'],
    ],
    [
      ['keepalived.conf', 'keepalived.conf'],
      ['keepalived#1', 'keepalived#2'],
    ],
    [['only/this.conf'], ['this']],
  ];
  for (const [files, expected] of cases)
    it(`of ${files.join(' and ')} are ${expected.join(' and ')}`, () => assert.deepEqual(nodeNames(files), expected));
});
