// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createAgent } from '../../../lib/snmp/core/agent.ts';
import type { Request } from '../../../lib/snmp/core/agentx.ts';
import { createMib, numbered, scalar, table } from '../../../lib/snmp/core/mib.ts';
import { compareOid, type Oid, oid } from '../../../lib/snmp/core/oid.ts';
import { integer, text } from '../../../lib/snmp/core/value.ts';

const entry = oid('1.3.6.1.9.2.1');

function example(set: (row: string, value: number) => void = () => {}) {
  return createMib([
    scalar(oid('1.3.6.1.9.1'), () => text('scalar')),
    ...table(
      entry,
      () => numbered(['a', 'b', 'c']),
      { 2: text, 3: (row) => (row === 'b' ? null : integer(row.charCodeAt(0))), 10: () => integer(1) },
      { 3: (row) => (value) => (value.type === 'integer' && value.value > 0 ? () => set(row, value.value) : 'wrongValue') },
    ),
    scalar(oid('1.3.6.1.9.3'), () => null),
    scalar(oid('1.3.6.1.9.4'), () => integer(4)),
  ]);
}

const everything = ['1.0', '2.1.2.1', '2.1.2.2', '2.1.2.3', '2.1.3.1', '2.1.3.3', '2.1.10.1', '2.1.10.2', '2.1.10.3', '4.0'].map((name) =>
  oid(`1.3.6.1.9.${name}`),
);

function ask(request: Request) {
  return createAgent(() => example()).answer({ session: 1, transaction: 1, packet: 1, request });
}

describe('a MIB', () => {
  it('is walked in the order of its identifiers, columns by number', () => {
    const mib = example();
    const seen: Oid[] = [];
    for (let found = mib.next([], false, []); found; found = mib.next(found.oid, false, [])) seen.push(found.oid);
    assert.deepEqual(seen, everything);
  });

  it('finds the next one from anywhere, as a search through all would', () => {
    const mib = example();
    const tail = fc.array(fc.nat(11), { maxLength: 5 });
    fc.assert(
      fc.property(tail, fc.boolean(), tail, (from, include, to) => {
        const start = [...oid('1.3.6.1.9'), ...from];
        const end = to.length === 0 ? [] : [...oid('1.3.6.1.9'), ...to];
        const first = everything.find((name) => compareOid(name, start) > (include ? -1 : 0));
        const expected = first && (end.length === 0 || compareOid(first, end) < 0) ? first : null;
        assert.deepEqual(mib.next(start, include, end)?.oid ?? null, expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('tells an object that is not there from a row that is not', () => {
    const mib = example();
    assert.equal(mib.get(oid('1.3.6.1.9.2.1.4.1')), undefined);
    assert.equal(mib.get([...entry, 2, 9]), null);
    assert.equal(mib.get([...entry, 3, 2]), null);
    assert.deepEqual(mib.get([...entry, 3, 3])?.cell.value, integer(99));
  });
});

describe('an agent', () => {
  it('answers a bulk request round by round, each repeater in its own range', () => {
    const range = (start: Oid, end: Oid = []) => ({ start, include: false, end });
    const ranges = [range(oid('1.3.6.1.9')), range([...entry, 2]), range([...entry, 3], [...entry, 4])];
    const answer = ask({ kind: 'getBulk', nonRepeaters: 1, maxRepetitions: 3, ranges });
    assert.deepEqual(
      answer?.bindings.map(({ oid: name, value }) => `${name.slice(5).join('.')} ${value.type}`),
      ['1.0 octets', '2.1.2.1 octets', '2.1.3.1 integer', '2.1.2.2 octets', '2.1.3.3 integer', '2.1.2.3 octets', '2.1.3.3 endOfMibView'],
    );
  });

  it('stops a bulk request that goes on behind the last object', () => {
    const ranges = [{ start: [9], include: false, end: [] }];
    assert.equal(ask({ kind: 'getBulk', nonRepeaters: 0, maxRepetitions: 65_535, ranges })?.bindings.length, 1);
  });

  it('ends a bulk request that asks for more than anybody can want behind a whole round', () => {
    const ranges = Array.from({ length: 1000 }, () => ({ start: [1], include: false, end: [] }));
    const request = { kind: 'getBulk', nonRepeaters: 0, ranges } as const;
    assert.equal(ask({ ...request, maxRepetitions: 2 })?.bindings.length, 2000);
    assert.equal(ask({ ...request, maxRepetitions: 65_535 })?.bindings.length, 3000);
  });

  it('changes nothing before the commit, and takes it back on undo', () => {
    const done: string[] = [];
    const agent = createAgent(() => example((row, value) => done.push(`${row}=${value}`)));
    const say = (request: Request) => agent.answer({ session: 1, transaction: 5, packet: 1, request });
    assert.equal(say({ kind: 'testSet', bindings: [{ oid: [...entry, 3, 1], value: integer(7) }] })?.error, 0);
    assert.deepEqual(done, []);
    assert.equal(say({ kind: 'commitSet' })?.error, 0);
    assert.deepEqual(done, ['a=7']);
    assert.equal(say({ kind: 'undoSet' })?.error, 0);
    assert.deepEqual(done, ['a=7', 'a=97']);
    assert.equal(say({ kind: 'cleanupSet' }), null);
  });

  it('refuses a set with the error that fits, and the number of the binding', () => {
    const good = { oid: [...entry, 3, 1], value: integer(5) };
    for (const [name, value, error] of [
      [[...entry, 2, 1], text('x'), 17],
      [[...entry, 99, 1], integer(1), 17],
      [[...entry, 3, 9], integer(1), 11],
      [[...entry, 3, 1], text('x'), 7],
      [[...entry, 3, 1], integer(0), 10],
    ] as const) {
      const answer = ask({ kind: 'testSet', bindings: [good, { oid: name, value }] });
      assert.deepEqual([answer?.error, answer?.index], [error, 2], name.join('.'));
    }
    assert.equal(ask({ kind: 'commitSet' })?.error, 14);
    assert.equal(ask({ kind: 'undoSet' })?.error, 15);
  });
});
