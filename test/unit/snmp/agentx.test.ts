// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AgentXError, createDecoder, encode, type Received } from '../../../lib/snmp/core/agentx.ts';
import { oid } from '../../../lib/snmp/core/oid.ts';

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(
    text
      .trim()
      .split(/\s+/)
      .map((word) => Number.parseInt(word, 16)),
  );
const decode = (...chunks: Uint8Array[]): Received[] => {
  const decoder = createDecoder();
  return chunks.flatMap((chunk) => decoder.feed(chunk));
};

const getNext = bytes(`01 06 10 00  00 00 00 2a  00 00 00 07  00 00 00 09  00 00 00 28
  04 04 01 00  00 00 00 01  00 00 25 72  00 00 00 64  00 00 00 05
  04 04 00 00  00 00 00 01  00 00 25 72  00 00 00 64  00 00 00 06`);

describe('AgentX', () => {
  it('reads a search range: start, whether it counts itself, end', () => {
    const [received] = decode(getNext);
    assert.deepEqual(received, {
      session: 42,
      transaction: 7,
      packet: 9,
      request: {
        kind: 'getNext',
        ranges: [{ start: oid('1.3.6.1.4.1.9586.100.5'), include: true, end: oid('1.3.6.1.4.1.9586.100.6') }],
      },
    });
  });

  it('reads what stands in several chunks, and several messages in one', () => {
    assert.equal(decode(getNext.slice(0, 1), getNext.slice(1, 30), getNext.slice(30)).length, 1);
    assert.equal(decode(Uint8Array.from([...getNext, ...getNext])).length, 2);
    assert.equal(decode(getNext.slice(0, -1)).length, 0);
  });

  it('reads the byte order that the sender says', () => {
    const little = Uint8Array.from(getNext);
    little[2] = 0;
    for (let at = 4; at < little.length; at += 4) {
      // Headers of identifiers are single bytes.
      if (at === 20 || at === 40) continue;
      little.subarray(at, at + 4).reverse();
    }
    assert.deepEqual(decode(little), decode(getNext));
  });

  it('reads a set of each kind of value', () => {
    const name = '02 04 00 00  00 00 00 01  00 00 00 02';
    const value = (text: string) => {
      const body = bytes(text);
      const head = bytes(`01 08 10 00 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 ${body.length.toString(16)}`);
      const [received] = decode(Uint8Array.from([...head, ...body]));
      assert.ok(received?.request.kind === 'testSet');
      return received.request.bindings[0];
    };
    const at = oid('1.3.6.1.4.1.2');
    assert.deepEqual(value(`00 02 00 00 ${name} ff ff ff fe`), { oid: at, value: { type: 'integer', value: -2 } });
    assert.deepEqual(value(`00 42 00 00 ${name} ff ff ff fe`), { oid: at, value: { type: 'gauge32', value: 0xfffffffe } });
    assert.deepEqual(value(`00 46 00 00 ${name} 00 00 00 01 00 00 00 00`), { oid: at, value: { type: 'counter64', value: 4294967296n } });
    assert.deepEqual(value(`00 04 00 00 ${name} 00 00 00 01 ff 00 00 00`), {
      oid: at,
      value: { type: 'octets', value: Uint8Array.of(255) },
    });
    assert.deepEqual(value(`00 40 00 00 ${name} 00 00 00 04 c0 00 02 01`), {
      oid: at,
      value: { type: 'ip', value: Uint8Array.of(192, 0, 2, 1) },
    });
    assert.deepEqual(value(`00 05 00 00 ${name}`), { oid: at, value: { type: 'null' } });
  });

  it('writes in network order, identifiers short, strings filled up to four bytes', () => {
    const sent = encode({ session: 1, transaction: 0, packet: 2 }, { kind: 'open', timeout: 5, id: [], description: 'abcde' });
    assert.deepEqual(
      sent,
      bytes('01 01 10 00 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 14 05 00 00 00 00 00 00 00 00 00 00 05 61 62 63 64 65 00 00 00'),
    );
    const binding = { oid: oid('1.3.6.1.2.1.68'), value: { type: 'counter64', value: 2n ** 32n + 1n } } as const;
    const answer = encode({ session: 1, transaction: 3, packet: 2 }, { kind: 'response', error: 0, index: 0, bindings: [binding] });
    assert.deepEqual(
      answer.slice(20),
      bytes('00 00 00 00 00 00 00 00 00 46 00 00 02 02 00 00 00 00 00 01 00 00 00 44 00 00 00 01 00 00 00 01'),
    );
  });

  it('refuses what is too long, too short or unknown, and nothing else happens', () => {
    const cases: Record<string, (copy: Uint8Array) => void> = {
      version: (c) => c.set([2], 0),
      type: (c) => c.set([99], 1),
      'a payload of 4 GB': (c) => c.set([0xff, 0xff, 0xff, 0xfc], 16),
      'a payload that is no multiple of four': (c) => c.set([0x27], 19),
      'an identifier of more parts than there are': (c) => c.set([200], 20),
      'an identifier beyond the message': (c) => c.set([20], 40),
    };
    for (const [name, change] of Object.entries(cases)) {
      const copy = Uint8Array.from(getNext);
      change(copy);
      assert.throws(() => decode(copy), AgentXError, name);
    }
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(getNext.length - 1), fc.nat(255), (noise, at, value) => {
        const copy = Uint8Array.from(getNext);
        copy[at] = value;
        for (const input of [noise, copy]) {
          try {
            decode(input);
          } catch (error) {
            assert.ok(error instanceof AgentXError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
