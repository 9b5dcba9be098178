// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { hasQuorum, type MatchRules, matches } from '../../../../lib/track/core/process-match.ts';

const rules = (process: string[], param_match: MatchRules['param_match'] = 'none', full_command = param_match !== 'none'): MatchRules => ({
  process,
  param_match,
  full_command,
});
const run = (...words: string[]) => ({ name: (words[0] ?? '').slice(0, 15), words });

describe('matching processes', () => {
  it('compares the name, of which the kernel keeps 15 bytes', () => {
    assert.ok(matches(rules(['averylongcommandname']), { name: 'averylongcomman', words: ['/usr/bin/averylongcommandname'] }));
    assert.ok(!matches(rules(['averylongcomma']), { name: 'averylongcomman', words: [] }));
    assert.ok(matches(rules(['kworker/0:1']), { name: 'kworker/0:1', words: [] }));
  });

  it('full_command compares the first word of the command line exactly', () => {
    assert.ok(matches(rules(['/usr/sbin/httpd'], 'none', true), { name: 'httpd', words: ['/usr/sbin/httpd', '-k'] }));
    assert.ok(!matches(rules(['httpd'], 'none', true), { name: 'httpd', words: ['/usr/sbin/httpd'] }));
    assert.ok(!matches(rules(['httpd'], 'none', true), { name: 'httpd', words: [] }));
  });

  it('compares parameters exactly, as the beginning of the list, or with a last word that goes on', () => {
    const given = ['sleep', '12', 'x'];
    const rows: readonly [MatchRules['param_match'], string[], boolean][] = [
      ['exact', ['sleep', '12', 'x'], true],
      ['exact', ['sleep', '12', 'x', 'y'], false],
      ['exact', ['sleep', '12'], false],
      ['partial', ['sleep', '12', 'x', 'y'], true],
      ['partial', ['sleep', '12', 'xy'], false],
      ['initial', ['sleep', '12', 'xy', 'z'], true],
      ['initial', ['sleep', '12', 'x'], true],
      ['initial', ['sleep', '12'], false],
      ['initial', ['sleep', '1', '2', 'x'], false],
    ];
    for (const [how, words, expected] of rows) assert.equal(matches(rules(given, how), run(...words)), expected, `${how} ${words}`);
  });

  it('without parameters: exact wants none, the others take any', () => {
    assert.ok(matches(rules(['a'], 'exact'), run('a')));
    assert.ok(!matches(rules(['a'], 'exact'), run('a', 'b')));
    for (const how of ['initial', 'partial'] as const) assert.ok(matches(rules(['a'], how), run('a', 'b')), how);
  });
});

describe('the quorum of processes', () => {
  it('is between quorum and quorum_max; quorum_max 0 wants none', () => {
    const ok = (quorum: number, quorum_max: number | null) => [0, 1, 2, 3].filter((n) => hasQuorum({ quorum, quorum_max }, n));
    assert.deepEqual(ok(1, null), [1, 2, 3]);
    assert.deepEqual(ok(2, 2), [2]);
    assert.deepEqual(ok(1, 0), [0]);
  });
});
