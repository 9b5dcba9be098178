// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { untilIdle } from '../../../lib/cli/wait-idle.ts';
import type { Look } from '../../../lib/control/client.ts';
import type { ServerStatus, StatusDocument } from '../../../lib/control/document.ts';
import { statusDocument } from '../../support/status-document.ts';

const document = statusDocument();
const [pool] = document.checkers?.pools ?? [];
const [server] = pool?.servers ?? [];
assert.ok(document.checkers && pool && server);

const looking = (change: Partial<ServerStatus> | null): Look => ({
  kind: 'answer',
  document: {
    ...document,
    checkers: change === null ? null : { ...document.checkers, pools: [{ ...pool, servers: [{ ...server, ...change }] }] },
  } as StatusDocument,
});
const busy = (activeConnections: number, weight = 0) =>
  looking({ inTable: true, state: 'UP', weight, traffic: { activeConnections } as ServerStatus['traffic'] });

/** Looks one after the other, the last one again and again: how many were needed. */
async function waitOn(looks: readonly Look[], seconds: number): Promise<number> {
  let n = 0;
  const client = { status: () => Promise.resolve(looks[Math.min(n++, looks.length - 1)] as Look) };
  await untilIdle(client, { pool: pool?.name ?? '', server: server?.name ?? '', seconds });
  return n;
}

describe('waiting for an idle server', function () {
  this.timeout(10_000);

  it('takes no count for the present that may be from before it was drained', async () => {
    assert.equal(await waitOn([busy(0, 1), busy(3), busy(0), busy(1), busy(0)], 60), 7);
  });
  it('is over for a server that no table has', async () => assert.equal(await waitOn([looking({ inTable: false })], 60), 3));
  it('says how many connections are left when the time is over', () =>
    assert.rejects(waitOn([busy(12)], 0), /12 connections of .* are still active after 0 s; it stays drained/));
  it('takes no silence for an answer', async () => {
    await assert.rejects(waitOn([looking(null)], 0), /are not known/);
    await assert.rejects(waitOn([looking({ state: 'UNKNOWN' })], 0), /are not known/);
    await assert.rejects(waitOn([{ kind: 'stale', text: '' }], 0), /are not known/);
    await assert.rejects(waitOn([{ kind: 'dead', text: 'nobody is there' }], 60), /nobody is there/);
  });
});
