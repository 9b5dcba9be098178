// SPDX-License-Identifier: MIT
// `ka-ts lab --lvs` as a user runs it, in a kernel with IPVS.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { ownCommand } from '../../lib/lab/daemon.ts';

describe('ka-ts lab --lvs', function () {
  this.timeout(180_000);

  it('shows the pool while servers die and return, and leaves nothing behind', async () => {
    const [program = '', ...words] = ownCommand();
    const child = spawn(program, [...words, 'lab', '--lvs', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [status] = (await once(child, 'close')) as [number | null];
    const events = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(status, 0, output);
    const results = events.filter((e) => e.kind === 'result');
    assert.deepEqual(
      results.map((r) => r.pool),
      [['rs1', 'rs2'], ['rs2'], ['rs1', 'rs2'], [], ['rs2'], ['rs1', 'rs2']],
    );
    // Whoever is in the pool has answered the client, and nobody else.
    assert.deepEqual(
      results.map((r) => Object.keys(r.answers as object).sort()),
      [['rs1', 'rs2'], ['rs2'], ['rs1', 'rs2'], ['-'], ['rs2'], ['rs1', 'rs2']],
    );
    assert.deepEqual(
      readdirSync('/run/netns').filter((name) => name.startsWith(`ka${child.pid}-`)),
      [],
    );
  });
});
