// SPDX-License-Identifier: MIT
// Servers for checks to look at, good ones and bad ones: `node backends.mjs KIND PORT [ADDRESS] …`. A line `off PORT` on standard
// input closes one, `on PORT` opens it again. Says `ready` when all listen, and `KIND PORT TEXT` for what they see.

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const say = (text) => process.stdout.write(`${text}\n`);

/** A stream server; `serve` gets each connection. */
const stream = (serve) => (port, address) => {
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    serve(socket, port);
  });
  server.on('error', (error) => say(`error ${port} ${error.code}`));
  server.listen(port, address);
  return () => {
    server.close();
    for (const socket of open) socket.resetAndDestroy();
  };
};

const datagrams =
  (answer, type = 'udp4') =>
  (port, address) => {
    const socket = createSocket(type);
    socket.on('message', (bytes, from) => socket.send(answer(bytes), from.port, from.address));
    socket.bind(port, address);
    return () => socket.close();
  };

const kinds = {
  tcp: stream((socket) => {
    say(`tcp ${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`);
    socket.resume();
  }),
  http: stream((socket) => {
    socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'));
  }),
  smtp: stream((socket) => {
    const answers = ['250 hello\r\n', '221 bye\r\n'];
    socket.write('220 hi\r\n');
    socket.on('data', () => socket.write(answers.shift() ?? ''));
  }),
  /** Answers whatever is asked, without an error. */
  dns: datagrams((bytes) => {
    const answer = Buffer.from(bytes);
    answer.writeUInt16BE(0x8180, 2);
    return answer;
  }),
  udp: datagrams((bytes) => bytes),
  udp6: datagrams((bytes) => bytes, 'udp6'),
};

const wanted = new Map();
const [...words] = process.argv.slice(2);
for (const word of words) {
  const [kind, port, address = '127.0.0.1'] = word.split('@');
  wanted.set(Number(port), { kind, address, close: null });
}
const open = (port) => {
  const one = wanted.get(port);
  if (one && !one.close) one.close = kinds[one.kind](port, one.address);
};
for (const port of wanted.keys()) open(port);
setTimeout(() => say('ready'), 100);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [word, port] = line.split(' ');
    if (word === 'on') open(Number(port));
    const one = wanted.get(Number(port));
    if (word === 'off' && one?.close) {
      one.close();
      one.close = null;
    }
  })
  .on('close', () => process.exit());
