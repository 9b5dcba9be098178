// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStreams } from '../../../lib/kernel/streams.ts';

describe('a stream that is ended', () => {
  for (const [what, bytes] of [
    ['never closes its side', 5],
    ['does not read either', 1 << 20],
  ] as const) {
    it(`closes though its peer ${what}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ka-streams-'));
      const path = join(folder, 's');
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: bytes > 5 }, (peer) => void peer.on('data', () => {}));
      await new Promise<void>((resolve) => server.listen(path, resolve));
      const peers: { destroy(): void }[] = [];
      server.on('connection', (peer) => peers.push(peer));
      try {
        const reason = await new Promise<string>((resolve) => {
          const stream = createStreams().connect(
            { kind: 'path', path },
            {
              onOpen() {
                stream.write(new Uint8Array(bytes));
                stream.end();
                stream.end();
              },
              onData() {},
              onClose: resolve,
            },
          );
        });
        assert.equal(reason, '');
      } finally {
        for (const peer of peers) peer.destroy();
        server.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
