// SPDX-License-Identifier: MIT
// docs/reference/control-socket.md against the program: names, bounds, errors.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { longestRequest } from '../../../lib/control/protocol.ts';
import { bounds } from '../../../lib/control/shell/server.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/reference/control-socket.md');

/** Fields of the exported interfaces of the document, and the kinds of its events. */
function namesInDocument(): string[] {
  const source = read('lib/control/document.ts').replace(/\/\*\*[\s\S]*?\*\//g, '');
  const fields = [...source.matchAll(/readonly (\w+)\??:/g)].map((m) => m[1] ?? '');
  const kinds = [...source.matchAll(/kind: '(\w+)'/g)].map((m) => m[1] ?? '');
  return [...new Set([...fields, ...kinds])];
}

/** Of trackers and values of their own, named by the lists they stand in. */
const told = ['document', 'running', 'counter', 'rise', 'fall', 'intervalSeconds', 'path', 'value', 'count'];

describe('the reference page of the control socket', () => {
  it('names every field of the document and every kind of event', () => {
    const missing = namesInDocument().filter(
      (name) => !told.includes(name) && !page.includes(`\`${name}\``) && !page.includes(`.${name}\``),
    );
    assert.deepEqual(missing, []);
  });

  it('has the bounds that hold', () => {
    assert.ok(page.includes(`more than ${longestRequest} bytes`));
    assert.ok(page.includes(`${bounds.perSecond} requests a second (${bounds.burst} at once)`));
    assert.ok(page.includes(`more than ${bounds.queue} that wait`));
    assert.ok(page.includes(`${bounds.connections} connections are open`));
    assert.ok(page.includes(`${bounds.backlog / 1024} KiB wait`));
    assert.ok(page.includes(`within ${bounds.patience / 1e6} s`));
    assert.ok(page.includes(`after ${bounds.idle / 60e6} minutes`));
  });

  it('names every error', () => {
    const source = read('lib/control/protocol.ts');
    const union = /export type ErrorCode = ([^;]+);/.exec(source)?.[1] ?? '';
    for (const [, code] of union.matchAll(/'(\w+)'/g)) assert.ok(page.includes(`\`${code}\``), code);
  });
});
