// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAgent } from '../../../lib/snmp/core/agent.ts';
import { createDecoder, encode, type Received } from '../../../lib/snmp/core/agentx.ts';
import { createMib, scalar } from '../../../lib/snmp/core/mib.ts';
import { oid } from '../../../lib/snmp/core/oid.ts';
import { createSession } from '../../../lib/snmp/core/session.ts';
import { integer } from '../../../lib/snmp/core/value.ts';

/** A Get of RFC 2741 section 6.2.5 in network byte order, for one object below 1.3.6.1. */
function get(packet: number, ...below: number[]): Uint8Array {
  const body = [below.length, 0, 0, 0, ...below.flatMap((part) => [0, 0, 0, part]), 0, 0, 0, 0];
  const word = (n: number) => [0, 0, n >> 8, n & 0xff];
  body[1] = 0;
  return Uint8Array.from([1, 5, 0x10, 0, ...word(7), ...word(0), ...word(packet), ...word(body.length), ...body]);
}

function lab(prepare?: (then: () => void) => void) {
  const sent: Received[] = [];
  const refused: string[] = [];
  const decoder = createDecoder();
  let value = 0;
  const agent = createAgent(() => createMib([scalar(oid('1.3.6.1.9'), () => integer(value))]));
  const subtrees = { own: [oid('1.3.6.1.9')], spare: [oid('1.3.6.1.8')] };
  const session = createSession('test', subtrees, agent, {
    onReady() {},
    onRefusal: (what) => refused.push(what),
    onNonsense: (what) => refused.push(what),
    send: (bytes) => sent.push(...decoder.feed(bytes)),
    ...(prepare && { prepare }),
  });
  return { session, sent, refused, set: (next: number) => (value = next) };
}

/** Packet numbers of the answers. */
const answered = (sent: readonly Received[]) => sent.filter(({ request }) => request.kind === 'response').map(({ packet }) => packet);

describe('a session with the master', () => {
  it('answers at once where nothing is to be prepared', () => {
    const { session, sent } = lab();
    assert.equal(session.feed(get(1, 1, 3, 6, 1, 9, 0)), true);
    assert.deepEqual(answered(sent), [1]);
  });

  it('lets requests wait for what they ask about, and answers them in order from what is there then', () => {
    let ready = () => {};
    let asked = 0;
    const { session, sent, set } = lab((then) => {
      asked++;
      ready = then;
    });
    session.feed(get(1, 1, 3, 6, 1, 9, 0));
    session.feed(get(2, 1, 3, 6, 1, 9, 0));
    assert.deepEqual([answered(sent), asked], [[], 1]);
    set(5);
    ready();
    assert.deepEqual(answered(sent), [1, 2]);
    session.feed(get(3, 1, 3, 6, 1, 9, 0));
    assert.equal(asked, 2);
    ready();
    assert.deepEqual(answered(sent), [1, 2, 3]);
  });

  it('keeps only so many waiting, whatever a master sends', () => {
    let ready = () => {};
    const { session, sent } = lab((then) => {
      ready = then;
    });
    for (let packet = 1; packet <= 5_000; packet++) session.feed(get(packet & 0xfff, 1, 3, 6, 1, 9, 0));
    ready();
    assert.equal(answered(sent).length, 1024);
  });

  it('keeps nothing of notifications that a master takes and never answers', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const packets: number[] = [];
    let told = 0;
    let ready = false;
    const session = createSession(
      'test',
      { own: [oid('1.3.6.1.9')], spare: [] },
      createAgent(() => createMib([])),
      {
        onReady() {
          ready = true;
        },
        onRefusal: assert.fail,
        onNonsense: assert.fail,
        send(bytes) {
          if (ready) told++;
          else packets.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(12));
        },
      },
    );
    session.begin();
    for (let answered = 0; answered < packets.length; answered++)
      session.feed(
        encode({ session: 7, transaction: 0, packet: packets[answered] ?? 0 }, { kind: 'response', error: 0, index: 0, bindings: [] }),
      );
    const held = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = held();
    for (let traps = 0; traps < 200_000; traps++) session.trap([]);
    assert.equal(told, 200_000);
    const more = held() - before;
    assert.ok(more < 2_000_000, `${more} bytes`);
    // So that the session itself is not garbage before it was weighed.
    session.ping();
  });
});
