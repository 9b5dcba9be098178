// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { seconds } from '../../../lib/base/time.ts';
import type { StreamEvents } from '../../../lib/ports/streams.ts';
import { type Command, encode } from '../../../lib/snmp/core/agentx.ts';
import { createSubagent } from '../../../lib/snmp/shell/subagent.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const disconnected = 'AgentX master disconnected us, reconnecting';
const silent = 'AgentX master does not answer, reconnecting';

/** A sub-agent and a master that says what a test has it say. */
function lab() {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const connections: { readonly events: StreamEvents; readonly heard: Uint8Array[] }[] = [];
  createSubagent(
    {
      clock,
      log,
      streams: {
        connect(_, events) {
          const heard: Uint8Array[] = [];
          connections.push({ events, heard });
          return { write: (bytes) => void heard.push(bytes), end: () => events.onClose('') };
        },
      },
    },
    {
      address: { kind: 'path', path: '/nowhere' },
      description: 'test',
      subtrees: { own: [[1, 3, 6, 1, 9]], spare: [] },
      columns: () => [],
    },
  );
  const last = () => connections.at(-1) ?? assert.fail('no connection');
  const tell = (command: Command, packet = 0, session = 7) => last().events.onData(encode({ session, transaction: 0, packet }, command));
  /** To what the sub-agent has said since the last answer. */
  const answer = (error = 0) => {
    for (const message of last().heard.splice(0))
      tell({ kind: 'response', error, index: 0, bindings: [] }, new DataView(message.buffer).getUint32(12));
  };
  const accept = () => {
    last().events.onOpen();
    answer();
    answer();
  };
  const news = () => log.lines.splice(0);
  news();
  return { clock, last, tell, answer, accept, news, count: () => connections.length };
}

describe('a sub-agent whose master', () => {
  it('takes the connection and never says a word, tries again, and says so once', () => {
    const { clock, last, news, count } = lab();
    for (let tries = 1; tries <= 3; tries++) {
      assert.equal(count(), tries);
      last().events.onOpen();
      clock.advance(seconds(5));
      clock.advance(seconds(5));
    }
    assert.deepEqual(news(), [silent]);
  });

  it('refuses the session, asks again, and says why once', () => {
    const { clock, last, answer, news, count } = lab();
    for (let tries = 1; tries <= 3; tries++) {
      assert.equal(count(), tries);
      last().events.onOpen();
      answer(256);
      clock.advance(seconds(5));
    }
    assert.deepEqual(news(), ['AgentX master refused: session: openFailed', disconnected]);
  });

  it('closes the session, opens another one', () => {
    const { clock, tell, accept, news, count } = lab();
    accept();
    tell({ kind: 'close', reason: 4 }, 0, 8);
    assert.deepEqual(news(), ['AgentX subagent connected'], 'a session of somebody else');
    tell({ kind: 'close', reason: 4 });
    clock.advance(seconds(1));
    assert.equal(count(), 2);
    accept();
    assert.deepEqual(news(), [disconnected, 'AgentX subagent connected']);
  });

  it('has forgotten the session, opens another one when a ping finds that out', () => {
    const { clock, answer, accept, news, count } = lab();
    accept();
    clock.advance(seconds(120));
    answer(257);
    clock.advance(seconds(1));
    assert.equal(count(), 2);
    assert.deepEqual(news(), ['AgentX subagent connected', disconnected]);
  });

  it('answers no ping, says that it does not answer, and nothing else', () => {
    const { clock, accept, news, count } = lab();
    accept();
    clock.advance(seconds(126));
    assert.equal(count(), 2);
    assert.deepEqual(news(), ['AgentX subagent connected', silent]);
  });

  it('sends what is not AgentX, says so', () => {
    const { clock, last, accept, news, count } = lab();
    accept();
    last().events.onData(new Uint8Array(20).fill(9));
    clock.advance(seconds(1));
    assert.equal(count(), 2);
    assert.deepEqual(news(), [
      'AgentX subagent connected',
      'AgentX master sent what is not AgentX (version 9 is not AgentX), reconnecting',
    ]);
  });

  it('takes the session and sends what is not AgentX, again and again, is asked ever more seldom, and told of until nothing is new', () => {
    const { clock, last, accept, news, count } = lab();
    const nonsense = () => {
      accept();
      last().events.onData(new Uint8Array(20).fill(9));
    };
    for (const pause of [1, 2, 5, 15, 15, 15]) {
      const before = count();
      nonsense();
      clock.advance(seconds(pause - 0.1));
      assert.equal(count(), before, `asked again before ${pause} s`);
      clock.advance(seconds(0.1));
      assert.equal(count(), before + 1);
    }
    const told = ['AgentX subagent connected', 'AgentX master sent what is not AgentX (version 9 is not AgentX), reconnecting'];
    assert.deepEqual(news(), [...told, ...told]);

    accept();
    clock.advance(seconds(59));
    assert.deepEqual(news(), []);
    clock.advance(seconds(1));
    assert.deepEqual(news(), ['AgentX subagent connected'], 'a session that lasts');
    const before = count();
    last().events.onData(new Uint8Array(20).fill(9));
    clock.advance(seconds(1));
    assert.equal(count(), before + 1);
    assert.deepEqual(news(), told.slice(1));
  });

  it('answers its pings keeps its session', () => {
    const { clock, answer, accept, count } = lab();
    accept();
    for (let pings = 0; pings < 5; pings++) {
      clock.advance(seconds(120));
      answer();
      clock.advance(seconds(5));
    }
    assert.equal(count(), 1);
  });
});
