// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { closeSync, readFileSync, writeSync } from 'node:fs';
import { loadNative } from '../../lib/native/load.ts';
import { createChannel } from '../../lib/process/channel.ts';
import { until } from '../support/until.ts';

const native = loadNative();

/** Both ends of a channel, with what each has heard. */
function bothEnds() {
  const heard: unknown[][] = [[], []];
  const ended = [0, 0];
  const ends = native.socketPair('stream').map((fd, i) =>
    createChannel<unknown>(native, fd, {
      onMessage: (message) => void heard[i]?.push(message),
      onEnd: () => {
        ended[i] = (ended[i] ?? 0) + 1;
      },
    }),
  );
  const [one, other] = ends;
  assert.ok(one && other);
  return { one, other, heard, ended };
}

describe('a channel between two processes', () => {
  it('hands messages on in order, whatever is in them', async () => {
    const { one, other, heard, ended } = bothEnds();
    const messages = [{ text: 'line\nfeed \0 ä 😀' }, null, [1, [2]], 'x'.repeat(100_000), {}];
    for (const message of messages) void one.send(message);
    void other.send('back');
    await until('all of them', () => heard[1]?.length === messages.length && heard[0]?.length === 1);
    assert.deepEqual(heard, [['back'], messages]);
    one.close();
    one.close();
    await until('the end', () => ended[1] === 1);
    assert.deepEqual(ended, [0, 1], 'who closes it knows');
    await one.send('nobody');
    await other.send('nobody');
  });

  it('keeps what the other end does not read yet, and says when it is gone', async () => {
    const { one, other, heard } = bothEnds();
    const big = 'y'.repeat(8_000_000);
    let sent = false;
    const sending = one.send({ big }).then(() => {
      sent = true;
    });
    await Promise.resolve();
    assert.equal(sent, false, 'no socket buffer holds that');
    await sending;
    await until('it has come', () => heard[1]?.length === 1);
    assert.deepEqual(heard[1], [{ big }]);
    one.close();
    other.close();
  });

  it('lets who sends go on when the other end goes away', async () => {
    const [fd, theirs] = native.socketPair('stream');
    let ends = 0;
    const channel = createChannel<unknown>(native, fd, { onMessage() {}, onEnd: () => void ends++ });
    const sending = channel.send('z'.repeat(8_000_000));
    closeSync(theirs);
    await sending;
    await until('the end', () => ends === 1);
  });

  it('says what is no message, and goes on', async () => {
    const [fd, theirs] = native.socketPair('stream');
    const heard: unknown[] = [];
    const channel = createChannel<unknown>(native, fd, { onMessage: (message) => void heard.push(message), onEnd() {} });
    writeSync(theirs, '{"half":');
    writeSync(theirs, ' 1}\n{broken\n\n"last"\n"no line feed"');
    await until('all of it', () => heard.length === 4);
    assert.deepEqual(heard, [{ half: 1 }, undefined, undefined, 'last']);
    channel.close();
    closeSync(theirs);
  });

  it('says U+FFFD for what is no UTF-8, and puts a letter together that came in two pieces', async () => {
    const [fd, theirs] = native.socketPair('stream');
    const heard: unknown[] = [];
    const channel = createChannel<unknown>(native, fd, { onMessage: (message) => void heard.push(message), onEnd() {} });
    const odd = Buffer.concat([Buffer.from('"a'), Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf0, 0x9f]), Buffer.from('"')]);
    writeSync(theirs, odd);
    writeSync(theirs, '\n');
    const smile = Buffer.from('"\u{1f600}"\n');
    writeSync(theirs, smile.subarray(0, 3));
    await until('the first', () => heard.length === 1);
    writeSync(theirs, smile.subarray(3));
    await until('the second', () => heard.length === 2);
    assert.deepEqual(heard, [JSON.parse(odd.toString('utf8')), '\u{1f600}']);
    channel.close();
    closeSync(theirs);
  });

  it('goes on with the next line when who hears one throws', async () => {
    const [fd, theirs] = native.socketPair('stream');
    const heard: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => void heard.push(error.message));
    try {
      createChannel<unknown>(native, fd, {
        onMessage(message) {
          throw new Error(`thrown at ${message}`);
        },
        onEnd: () => void heard.push('end'),
      });
      writeSync(theirs, '1\n2\n');
      closeSync(theirs);
      await until('the end', () => heard.includes('end'));
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    }
    assert.deepEqual(heard, ['thrown at 1', 'thrown at 2', 'end']);
  });

  it('lets all who wait go on when more was sent meanwhile', async () => {
    const { one, other, heard } = bothEnds();
    const big = 'w'.repeat(1_000_000);
    await Promise.all(Array.from({ length: 20 }, () => one.send(big)));
    await until('all of it', () => heard[1]?.length === 20);
    one.close();
    other.close();
  });

  it('may be closed by who hears a message: the rest is not heard', async () => {
    const [fd, theirs] = native.socketPair('stream');
    const heard: unknown[] = [];
    const channel = createChannel<unknown>(native, fd, {
      onMessage(message) {
        heard.push(message);
        channel.close();
      },
      onEnd: () => void heard.push('end'),
    });
    writeSync(theirs, '1\n2\n3\n');
    closeSync(theirs);
    await until('the first', () => heard.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(heard, [1]);
  });

  it('refuses what is no descriptor, and text with a zero byte', () => {
    assert.throws(
      () =>
        native.openChannel(
          100_000,
          () => {},
          () => {},
        ),
      { code: 'EBADF' },
    );
    const [fd, theirs] = native.socketPair('stream');
    const channel = native.openChannel(
      fd,
      () => {},
      () => {},
    );
    assert.throws(() => channel.send('a\0b'), TypeError);
    assert.equal(channel.waiting(), 0);
    channel.close();
    channel.close();
    closeSync(theirs);
  });
});

describe('a process of the daemon', () => {
  it('has the descriptors it was given in their order and no other, and stays in our process group', async () => {
    const [fd, theirs] = native.socketPair('stream');
    let text = '';
    const channel = native.openChannel(
      fd,
      (line) => {
        text += `${line ?? ''}\n`;
      },
      () => {},
    );
    const script = 'exec 1>&3; ls /proc/self/fd | tr "\\n" " "; readlink /proc/self/fd/0 /proc/self/fd/2; cut -d" " -f5 /proc/self/stat';
    const pid = native.startProgram({
      path: '/bin/sh',
      arguments: ['sh', '-c', script],
      environment: ['PATH=/usr/bin:/bin'],
      descriptors: [-1, 2, -1, theirs],
    });
    closeSync(theirs);
    const ending = await until('its end', () => native.takeEnding(pid) ?? undefined);
    assert.deepEqual(ending, { status: 0 });
    await until('what it said', () => text.trim().split('\n').length === 3);
    const [first = '', second, group] = text.trim().split('\n');
    // The directory that is listed has the next number.
    assert.match(first, /^0 1 2 3 4 \/dev\/null$/);
    assert.equal(second, '/dev/null');
    assert.equal(group, readFileSync('/proc/self/stat', 'utf8').split(' ')[4]);
    channel.close();
  });
});
