// SPDX-License-Identifier: MIT
// TCP servers that accept and say nothing, on the loopback of the namespace this runs in. Reads lines: `open PORT`, `close PORT`;
// answers each with `done`.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const servers = new Map();
createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, port] = line.split(' ');
  if (word === 'open') {
    const server = createServer((socket) => socket.on('error', () => {}).end());
    servers.set(port, server);
    server.listen(Number(port), '127.0.0.1', () => console.log('done'));
  } else servers.get(port).close(() => console.log('done'));
});
