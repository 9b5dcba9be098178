// SPDX-License-Identifier: MIT
// A mail server on 127.0.0.1 that appends what it gets to a file, a JSON object a line: smtp-sink.mjs PORT FILE

import { appendFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

const [port, file] = process.argv.slice(2);

new SMTPServer({
  authOptional: true,
  logger: false,
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', (bytes) => chunks.push(bytes));
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope;
      const text = Buffer.concat(chunks).toString();
      appendFileSync(
        file,
        `${JSON.stringify({ helo: session.hostNameAppearsAs, from: mailFrom.address, to: rcptTo.map((r) => r.address), text })}\n`,
      );
      done();
    });
  },
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
