// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { dnsAnswer, dnsQuery } from '../../../lib/check/protocol/dns.ts';
import { echoRequest, isEchoReply } from '../../../lib/check/protocol/icmp.ts';
import { createSmtpDialogue } from '../../../lib/check/protocol/smtp.ts';
import { hexBytes, isExpectedReply, usualPayload } from '../../../lib/check/protocol/udp.ts';

describe('the SMTP dialogue', () => {
  function play(...lines: readonly string[]): string[] {
    const dialogue = createSmtpDialogue('me.example');
    return lines.map((line) => {
      const step = dialogue.feed(line);
      return step.kind === 'send' ? step.text : step.kind === 'bad' ? `bad ${step.what}` : step.kind;
    });
  }

  it('greets, says HELO and leaves', () => {
    assert.deepEqual(play('220 hi\r\n', '250 hello\r\n', '221 bye\r\n'), ['HELO me.example\r\n', 'QUIT\r\n', 'good']);
    assert.deepEqual(play('220\n', '250\n', 'whatever\n'), ['HELO me.example\r\n', 'QUIT\r\n', 'good']);
  });

  it('takes lines in pieces', () => {
    assert.deepEqual(play('22', '0 h', 'i\r', '\n'), ['wait', 'wait', 'wait', 'HELO me.example\r\n']);
  });

  it('refuses other answers, and a greeting of several lines', () => {
    for (const greeting of ['554 no\r\n', '220-one\r\n', '2200 x\r\n', 'HTTP/1.0 400 Bad\r\n', '\r\n', '\0\0\n'])
      assert.deepEqual(play(greeting), ['bad greeting banner'], greeting);
    assert.deepEqual(play('220 hi\r\n', '500 what\r\n').at(-1), 'bad HELO response');
  });

  it('keeps no flood', () => {
    assert.deepEqual(play('x'.repeat(2000)), ['bad flood']);
  });

  it('outlives any text', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), (lines) => void play(...lines)));
  });
});

describe('a DNS query', () => {
  it('asks as keepalived does', () => {
    const bytes = Buffer.from(dnsQuery(0x1234, 'SOA', '.'));
    assert.equal(bytes.toString('hex'), '12340100000100000000000000' + '00060001');
    for (const type of ['A', 'NS', 'CNAME', 'SOA', 'MX', 'TXT', 'AAAA', 'RRSIG', 'DNSKEY']) {
      const [question] = decode(Buffer.from(dnsQuery(1, type, 'www.example.com'))).questions ?? [];
      assert.deepEqual([question?.type, question?.name, question?.class], [type, 'www.example.com', 'IN']);
    }
  });

  it('does not fit names that are too long', () => {
    assert.throws(() => dnsQuery(1, 'A', `${'x'.repeat(64)}.example`), RangeError);
    assert.throws(() => dnsQuery(1, 'A', `${'x.'.repeat(130)}example`), RangeError);
  });

  it('is answered by a response with its id, whatever else is in it', () => {
    const answer = (flags: number, id = 7) =>
      Uint8Array.from([id >> 8, id & 255, flags >> 8, flags & 255, ...new Array<number>(8).fill(255)]);
    assert.deepEqual([dnsAnswer(answer(0x8180), 7), dnsAnswer(answer(0x8183), 7)], [0, 3]);
    assert.deepEqual(
      [dnsAnswer(answer(0x0100), 7), dnsAnswer(answer(0x8180, 8), 7), dnsAnswer(answer(0x8180).subarray(0, 11), 7)],
      [null, null, null],
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void dnsAnswer(bytes, 7)));
  });
});

describe('a UDP reply', () => {
  const rule = (pattern: string, shortest = 0, longest = 255) => ({ pattern, shortest, longest });
  const bytes = (hex: string) => hexBytes(hex);

  it('is compared as far as both go, x for any digit', () => {
    assert.ok(isExpectedReply(bytes('0a0b'), rule('0a0b')));
    assert.ok(isExpectedReply(bytes('0a0bff'), rule('0a0b')));
    assert.ok(isExpectedReply(bytes('0a'), rule('0a0b')));
    assert.ok(isExpectedReply(bytes('3afb'), rule('xaxb')));
    assert.ok(!isExpectedReply(bytes('0a0c'), rule('0a0b')));
    assert.ok(!isExpectedReply(bytes('3bfb'), rule('xaxb')));
  });

  it('has its length within the limits, where data are required', () => {
    assert.ok(!isExpectedReply(bytes('0a'), rule('0a', 2)));
    assert.ok(!isExpectedReply(bytes('0a0a0a'), rule('0a', 0, 2)));
    assert.ok(isExpectedReply(bytes('0a0a0a'), rule('', 5, 1)), 'any reply');
  });

  it('follows a payload of keepalived', () => {
    assert.equal(Buffer.from(usualPayload(32)).toString(), 'keepalived check - keepalived ch');
    assert.deepEqual([...hexBytes('00ff10')], [0, 255, 16]);
  });
});

describe('an echo', () => {
  it('is a request of 128 bytes, and a reply with its sequence', () => {
    const request = echoRequest(4, 0x0102);
    assert.deepEqual([request.length, ...request.subarray(0, 8)], [136, 8, 0, 0, 0, 0, 0, 1, 2]);
    assert.equal(Buffer.from(request.subarray(8, 27)).toString(), 'keepalived check - ');
    assert.equal(echoRequest(6, 1)[0], 128);
    const reply = (type: number, sequence: number) => Uint8Array.from([type, 0, 9, 9, 9, 9, sequence >> 8, sequence & 255]);
    assert.ok(isEchoReply(4, reply(0, 258), 258) && isEchoReply(6, reply(129, 258), 258));
    assert.ok(
      !isEchoReply(4, reply(0, 259), 258) && !isEchoReply(4, reply(3, 258), 258) && !isEchoReply(4, reply(0, 258).subarray(0, 7), 258),
    );
  });
});
