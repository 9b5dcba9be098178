// SPDX-License-Identifier: MIT
// A short run of every fuzz target of test/fuzz: the inputs kept in the repository, the golden frames, and a second or two of new
// ones. npm run fuzz is the long one.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { coverage, needed } from '../fuzz/coverage.ts';
import { buildTargets, folder, root, runTarget, targets } from '../fuzz/targets.ts';

const seconds = 1;

describe('every native decoder under libFuzzer', function () {
  this.timeout(300_000);

  // One build serves both: fuzzing and counting.
  before(() => buildTargets(true));

  for (const name of targets()) {
    it(`${name}: no finding`, async () => {
      assert.ok(existsSync(join(root, 'test/fuzz/corpus', `${name}.hex`)), 'the repository keeps inputs for each target');
      const { finding, executions, edges } = await runTarget(name, seconds, { counted: true });
      assert.equal(finding, null, finding ?? '');
      assert.ok(executions > 1000 && edges > 10, `${executions} inputs, ${edges} edges: it did not fuzz`);
    });
  }

  it('has a finding to tell where a limit is passed', async () => {
    assert.ok(existsSync(join(folder(true), 'fuzz_bfd')));
    const { finding } = await runTarget('bfd', seconds, { counted: true, more: ['-rss_limit_mb=1'] });
    assert.match(finding ?? '', /to see it again/);
  });

  it(`reaches ${needed} % of the decoders' lines with what is kept`, () => {
    const rows = coverage(targets());
    const share = (100 * rows.reduce((sum, row) => sum + row.covered, 0)) / rows.reduce((sum, row) => sum + row.lines, 0);
    assert.ok(share >= needed, rows.map((row) => `${row.file}: ${row.covered} of ${row.lines}`).join('\n'));
    for (const { file, lines } of rows) assert.ok(lines > 10, `${file}: only ${lines} lines were found`);
  });
});
