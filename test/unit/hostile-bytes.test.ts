// SPDX-License-Identifier: MIT
// Everything that TypeScript reads from others, given any bytes: nothing throws but what is promised, nothing grows, and it does
// not matter how the bytes were cut on their way. The configuration has a test of its own (test/config/fuzz.test.ts); what C++
// reads has libFuzzer. KA_PROPERTY_RUNS makes it long.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Micros, micros, seconds } from '../../lib/base/time.ts';
import { dnsAnswer, dnsQuery } from '../../lib/check/protocol/dns.ts';
import { createResponseReader } from '../../lib/check/protocol/http1.ts';
import { echoRequest, isEchoReply } from '../../lib/check/protocol/icmp.ts';
import { createSmtpDialogue } from '../../lib/check/protocol/smtp.ts';
import { hexBytes, isExpectedReply } from '../../lib/check/protocol/udp.ts';
import { createLineReader } from '../../lib/control/core/lines.ts';
import { errorLine, readReply, readRequest } from '../../lib/control/protocol.ts';
import { answerCall } from '../../lib/dbus/core/objects.ts';
import { readFromChild } from '../../lib/process/from-child.ts';
import { createGuardian } from '../../lib/process/guardian.ts';
import { createAgent } from '../../lib/snmp/core/agent.ts';
import { AgentXError, createDecoder, encode } from '../../lib/snmp/core/agentx.ts';
import { createMib, scalar } from '../../lib/snmp/core/mib.ts';
import { oid } from '../../lib/snmp/core/oid.ts';
import { createSession } from '../../lib/snmp/core/session.ts';
import { fileNumber } from '../../lib/track/core/file-value.ts';
import { matches } from '../../lib/track/core/process-match.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryLog } from '../support/memory-log.ts';

const numRuns = Number(process.env.KA_PROPERTY_RUNS ?? 300);
const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void) => fc.assert(fc.property(arbitrary, holds), { numRuns });

const anyBytes = fc.uint8Array({ maxLength: 6000, size: 'max' });
const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

/** Words of the protocol in any order, with rubbish in between. */
function spoken(words: readonly string[]): fc.Arbitrary<Uint8Array> {
  const piece = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...words).map(latin1) }, fc.uint8Array({ maxLength: 40 }), anyBytes);
  return fc.array(piece, { maxLength: 12 }).map((pieces) => Uint8Array.from(pieces.flatMap((p) => [...p])));
}

/** The bytes, and where they are cut. */
function cut(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<{ whole: Uint8Array; chunks: Uint8Array[] }> {
  return fc.tuple(bytes, fc.array(fc.nat(), { maxLength: 20 })).map(([whole, places]) => {
    const ends = [...places.map((p) => p % (whole.length + 1)), whole.length].sort((a, b) => a - b);
    let from = 0;
    const chunks = ends.map((to) => {
      const chunk = whole.slice(from, to);
      from = to;
      return chunk;
    });
    return { whole, chunks };
  });
}

describe('any bytes', () => {
  const http = spoken(['HTTP/1.1 200 OK\r\n', 'Content-Length: ', '10', '\r\n\r\n', '\r\n', '999999999999999', 'HTTP/1.0 099 ']);

  it('from a web server: the same however they are cut, no header beyond its limit, no body beyond its length', () => {
    check(cut(http), ({ whole, chunks }) => {
      const read = (parts: readonly Uint8Array[]) => {
        let body = 0;
        const reader = createResponseReader((bytes) => {
          body += bytes.length;
        });
        for (const part of parts) reader.feed(part);
        assert.ok((reader.header()?.length ?? 0) <= 4095);
        const status = reader.status();
        assert.ok(status === null || (status >= 0 && status <= 999));
        const length = reader.contentLength();
        assert.ok(length === null || body <= length);
        assert.ok(body <= reader.received() && reader.received() <= whole.length);
        return [status, length, body, reader.isRefused(), reader.received(), Buffer.from(reader.header() ?? []).toString('hex')];
      };
      assert.deepEqual(read(chunks), read([whole]));
    });
  });

  it('from a mail server: good only after both codes, an end to patience', () => {
    const talk = fc.oneof(fc.constantFrom('220 a\r\n', '250 b\r\n', '220-', '221\n', '250\n', '\r\n', 'x'.repeat(2000)), fc.string());
    check(fc.array(talk, { maxLength: 20 }), (said) => {
      const dialogue = createSmtpDialogue('me');
      let sent = 0;
      let kept = 0;
      for (const text of said) {
        const step = dialogue.feed(text);
        if (step.kind === 'send') sent++;
        if (step.kind === 'good') assert.equal(sent, 2);
        if (step.kind === 'bad') return;
        kept = step.kind === 'wait' ? kept + text.length : 0;
        assert.ok(kept <= 1024, 'no line is kept beyond its limit');
      }
    });
  });

  it('from a name server: an answer is to our question and has a code', () => {
    check(fc.tuple(fc.uint8Array({ maxLength: 600 }), fc.nat(65535), fc.boolean()), ([bytes, id, ours]) => {
      if (ours && bytes.length > 1) bytes.set([id >> 8, id & 255]);
      const code = dnsAnswer(bytes, id);
      assert.ok(code === null || (code >= 0 && code <= 15 && bytes.length >= 12 && ((bytes[2] ?? 0) & 128) !== 0));
    });
    check(fc.tuple(fc.string(), fc.constantFrom('A', 'SOA', 'NS')), ([name, type]) => {
      try {
        assert.ok(dnsQuery(1, type, name).length <= 512);
      } catch (error) {
        assert.ok(error instanceof RangeError || /label|name/i.test(String(error)), String(error));
      }
    });
  });

  it('from an echoing host or a UDP service: only the awaited answer is one', () => {
    check(fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.constantFrom<4 | 6>(4, 6), fc.nat(65535)), ([bytes, family, sequence]) => {
      const fits = isEchoReply(family, bytes, sequence);
      assert.ok(!fits || (bytes.length >= 8 && ((bytes[6] ?? 0) << 8) + (bytes[7] ?? 0) === sequence));
      assert.equal(isEchoReply(family, echoRequest(family, sequence), sequence), false, 'our own question is no answer');
      const pattern = Buffer.from(bytes).toString('hex');
      assert.ok(isExpectedReply(hexBytes(pattern), { pattern, shortest: 0, longest: 200 }));
    });
  });

  it('in a tracked file: a number of 32 bits, or none', () => {
    const text = fc.oneof(
      fc.string(),
      fc.bigInt().map(String),
      fc.tuple(fc.constantFrom(' ', '-', '+', '0x', '0', '\0'), fc.string()).map((p) => p.join('')),
    );
    check(text, (content) => {
      const number = fileNumber(content);
      if (number.kind === 'value') assert.ok(Number.isInteger(number.value) && number.value >= -(2 ** 31) && number.value < 2 ** 31);
      else assert.match(number.text, /^-?\d{1,19}$/);
    });
  });

  it('in a command line: it matches itself, and rules do not throw', () => {
    const words = fc.array(fc.string(), { minLength: 1, maxLength: 5 });
    const match = fc.constantFrom<'none' | 'exact' | 'partial' | 'initial'>('none', 'exact', 'partial', 'initial');
    check(fc.tuple(words, words, match, fc.boolean()), ([wanted, seen, param_match, full_command]) => {
      matches({ process: wanted, param_match, full_command }, { name: seen[0] ?? '', words: seen });
      assert.ok(matches({ process: wanted, param_match: 'exact', full_command: true }, { name: '', words: wanted }));
    });
  });
});

describe('any bytes of an SNMP master', () => {
  const name = oid('1.3.6.1.4.1.9586.100.5.1.1');
  const genuine = [
    encode({ session: 1, transaction: 2, packet: 3 }, { kind: 'ping' }),
    encode({ session: 1, transaction: 0, packet: 1 }, { kind: 'response', error: 0, index: 0, bindings: [] }),
    encode(
      { session: 1, transaction: 2, packet: 3 },
      { kind: 'notify', bindings: [{ oid: name, value: { type: 'octets', value: Uint8Array.of(1, 2, 3) } }] },
    ),
  ];
  /** A genuine message with another type and a few bytes changed. */
  const changed = fc
    .tuple(fc.constantFrom(...genuine), fc.integer({ min: 1, max: 18 }), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([message, type, changes]) => {
      const copy = Uint8Array.from(message);
      copy[1] = type;
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    });
  const stream = fc.array(fc.oneof({ weight: 5, arbitrary: changed }, fc.constantFrom(...genuine), fc.uint8Array({ maxLength: 60 })), {
    maxLength: 6,
  });
  const joined = stream.map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

  it('are messages or nonsense, the same however they are cut', () => {
    check(cut(joined), ({ whole, chunks }) => {
      const read = (parts: readonly Uint8Array[]) => {
        const decoder = createDecoder();
        const found: unknown[] = [];
        try {
          for (const part of parts) found.push(...decoder.feed(part));
          return { count: found.length, nonsense: false };
        } catch (error) {
          assert.ok(error instanceof AgentXError, String(error));
          return { count: -1, nonsense: true };
        }
      };
      assert.deepEqual(read(chunks), read([whole]));
    });
  });

  it('are answered or end the connection; no answer is longer than a message may be', () => {
    check(cut(joined), ({ chunks }) => {
      const mib = createMib([scalar(name, () => ({ type: 'integer', value: 1 }))]);
      const said: Uint8Array[] = [];
      const news = { onReady: () => {}, onRefusal: () => {}, onNonsense: () => {}, send: (bytes: Uint8Array) => said.push(bytes) };
      const session = createSession(
        'test',
        { own: [name], spare: [] },
        createAgent(() => mib),
        news,
      );
      session.begin();
      for (const chunk of chunks) if (!session.feed(chunk)) break;
      session.end();
      for (const bytes of said) assert.ok(bytes.length < 1 << 16);
    });
  });
});

describe('any line on the control socket', () => {
  const almost = fc.record(
    {
      ka: fc.constantFrom<unknown>(1, 2, '1', null),
      id: fc.anything(),
      request: fc.constantFrom<unknown>('status', 'watch', 'ping', 'x', 1),
      args: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    almost.map((value) => {
      try {
        return JSON.stringify(value) ?? '';
      } catch {
        return '{"ka":1';
      }
    }),
  );

  it('is a request, or refused in words that are one line of the protocol', () => {
    check(line, (text) => {
      const read = readRequest(text);
      if (read.ok) {
        assert.ok(['status', 'watch', 'ping', 'operate'].includes(read.request.request));
        assert.ok(typeof read.request.args === 'object' && !Array.isArray(read.request.args));
        return;
      }
      const reply = errorLine(read.id, read.error);
      assert.equal(reply.indexOf('\n'), reply.length - 1);
      const back = readReply(reply.trimEnd());
      assert.ok(back !== null && 'error' in back);
    });
    check(line, (text) => void readReply(text));
  });

  it('comes the same however it was cut, and none is longer than allowed', () => {
    check(fc.array(fc.oneof(fc.string(), fc.constantFrom('\n', 'x'.repeat(60))), { maxLength: 12 }), (pieces) => {
      const read = (chunks: readonly string[]) => {
        const reader = createLineReader(50);
        const lines: string[] = [];
        let tooLong = false;
        for (const chunk of chunks) {
          const come = reader.push(chunk);
          lines.push(...come.lines);
          tooLong ||= come.tooLong;
        }
        for (const one of lines) assert.ok(one.length <= 50 && !one.includes('\n'));
        return { lines, tooLong };
      };
      assert.deepEqual(read(pieces), read([pieces.join('')]));
    });
  });
});

describe('any call on the bus', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'constructor',
      '__proto__',
      'toString',
      'Get',
      'Set',
      'GetAll',
      'Introspect',
      'PrintData',
      'SendGarp',
      'Name',
      'State',
      '',
    ),
    fc.string(),
  );
  const name = fc.oneof(
    fc.constantFrom('org.keepalived.Vrrp1.Vrrp', 'org.keepalived.Vrrp1.Instance', 'org.freedesktop.DBus.Properties', ''),
    word,
  );
  const path = fc.oneof(
    fc.constantFrom(
      '/',
      '/org/keepalived/Vrrp1/Vrrp',
      '/org/keepalived/Vrrp1/Instance/eth0/51/IPv4',
      '/org/keepalived/Vrrp1/Instance/x/1/IPv4',
    ),
    fc.array(word).map((parts) => `/${parts.join('/')}`),
  );
  const call = fc.record({
    path,
    interface: name,
    member: word,
    signature: fc.constantFrom('', 's', 'ss', 'ssv'),
    body: fc.array(fc.oneof(name, fc.anything()), { maxLength: 3 }),
  });

  it('is answered, and does nothing that has no name', () => {
    check(call, (asked) => {
      const done: string[] = [];
      const world = {
        instances: [{ name: 'VI_1', interface: 'eth0', vrid: 51, family: 4 as const, state: 'Backup' as const }],
        machineId: '0',
        perform: (method: string) => done.push(method),
        sendGarp: (instance: string) => done.push(instance),
      };
      const reply = answerCall(asked, world, { above: [], noInterface: 'none' });
      if (reply.kind === 'error') assert.match(reply.name, /^org\.freedesktop\.DBus\.Error\.\w+$/);
      for (const deed of done) assert.ok(['PrintData', 'VI_1'].includes(deed), deed);
      assert.ok(done.length <= 1 && (done.length === 0 || asked.signature === ''));
    });
  });
});

describe('anything from a child whose memory is damaged', () => {
  it('is a message with the shape of one, or none', () => {
    const almost = fc.record({
      kind: fc.constantFrom('guard', 'bfd', 'loaded'),
      active: fc.anything(),
      gone: fc.anything(),
      change: fc.anything(),
      generation: fc.anything(),
    });
    check(fc.oneof(fc.anything(), almost), (value) => {
      const message = readFromChild(value);
      if (message?.kind === 'guard')
        for (const { key, text } of message.active) assert.ok(key >= 0 && key < 65_536 && typeof text === 'string');
      if (message?.kind === 'loaded') assert.ok(Number.isInteger(message.generation));
      if (message?.kind === 'bfd') assert.equal(typeof message.change.name, 'string');
    });
  });

  const record = {
    ...{ key: 1, name: 'VI_1', group: null, patience: seconds(3), trackingDelta: 0, prepared: false, version: 3 },
    ...{ endpoint: { ifname: 'eth0' }, frame: { vrid: 1 }, removal: [] },
  };

  it('leaves the parent alive, and the addresses go within its patience', () => {
    const value = fc.oneof(fc.anything(), fc.constantFrom<unknown>(record.patience, record.name, record.removal, 2, 3));
    const text = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.tuple(fc.constantFrom(...Object.keys(record)), value).map(([key, v]) => JSON.stringify({ ...record, [key]: v })),
      },
      fc.constant(JSON.stringify(record)),
      fc.json(),
      fc.string(),
    );
    const slot = fc.record({ at: fc.maxSafeInteger(), every: fc.nat(2 ** 32 - 1), ahSequence: fc.nat(2 ** 32 - 1) });
    check(fc.tuple(text, slot), ([packed, last]) => {
      const clock = createFakeClock(seconds(100));
      let removed = 0;
      const native = {
        sendFarewell: () => {},
        executeNetlink: () => {
          removed++;
          return [];
        },
      };
      const guardian = createGuardian({ native, clock, log: createMemoryLog() });
      guardian.starting();
      guardian.loaded();
      guardian.told({ kind: 'guard', active: [{ key: 1, name: 'VI_1', prepared: false, text: packed }], gone: [] });
      const resume = guardian.died({ read: () => last as { at: Micros; every: Micros; ahSequence: number } }, 'respawned_now');
      const known = packed === JSON.stringify(record);
      for (const { until } of resume) assert.ok(Number.isFinite(until));
      if (!known) return;
      for (const { until } of resume) assert.ok(until <= clock.now() + record.patience);
      clock.advance(micros(2 * record.patience + 1_000_000));
      assert.equal(removed, 1, 'addresses that nobody looks after');
      assert.equal(clock.pending(), 0);
    });
  });
});
