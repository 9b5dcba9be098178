// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fileStatus } from '../../../../lib/track/core/aggregate.ts';
import { fileNumber } from '../../../../lib/track/core/file-value.ts';

const value = (text: string | null) => {
  const read = fileNumber(text);
  return read.kind === 'value' ? read.value : read.text;
};

describe('the number in a file', () => {
  it('is read as C does: blanks, sign, 0x, leading 0; what follows is ignored', () => {
    const rows: readonly [string | null, number][] = [
      ['5\n', 5],
      [' \t\n-12 rest', -12],
      ['+7', 7],
      ['0x10', 16],
      ['-0X1f', -31],
      ['010', 8],
      ['09', 0],
      ['0x', 0],
      ['2147483647', 2147483647],
      ['-2147483648', -2147483648],
      ['', 0],
      ['abc', 0],
      ['- 5', 0],
      ['--5', 0],
      [null, 0],
    ];
    for (const [text, expected] of rows) assert.equal(value(text), expected, JSON.stringify(text));
  });

  it('is refused beyond 32 bits, shown as 64 bits hold it', () => {
    assert.equal(value('99999999999'), '99999999999');
    assert.equal(value('2147483648'), '2147483648');
    assert.equal(value('-99999999999999999999999'), '-9223372036854775808');
    assert.equal(value('0xffffffffffffffffffff'), '9223372036854775807');
  });

  it('never fails on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 127 }), (text) => {
        const read = fileNumber(text);
        assert.ok(read.kind === 'invalid' || Number.isInteger(read.value));
      }),
    );
  });
});

describe('what a file adds', () => {
  const status = (number: number, weight: number, reverse = false) => fileStatus({ value: weight, reverse }, number);

  it('[KA-7.4-1] is number × weight, turned round by reverse, at most 253', () => {
    assert.deepEqual([status(3, 1), status(3, -2), status(3, 2, true), status(300, 1), status(-300, 1, true)], [3, -6, -6, 253, 253]);
    assert.ok(Object.is(status(0, -5), 0));
  });

  it('[KA-7.4-2] is Fault from -254 down, and with weight 0 for any number but 0, or for 0 with reverse', () => {
    assert.deepEqual([status(-254, 1), status(-253, 1), status(2147483647, -254)], [-254, -253, -254]);
    assert.deepEqual([status(1, 0), status(-1, 0), status(0, 0), status(0, 0, true), status(7, 0, true)], [-254, -254, 0, -254, 0]);
  });
});
