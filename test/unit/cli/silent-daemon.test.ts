// SPDX-License-Identifier: MIT
// Commands and a daemon that is there and does not answer: held by a debugger, stopped, hanging.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainCommand } from '../../../lib/cli/explain.ts';
import { operateCommand } from '../../../lib/cli/operate.ts';

describe('a daemon that does not answer', () => {
  let directory = '';
  let socket = '';
  let server: Server;
  let open: Socket[] = [];
  let said = '';
  let heard = '';
  const hear = (text: string) => {
    said += text;
  };
  const output = { write: hear, error: hear, width: 80, colour: false };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ka-silent-'));
    socket = join(directory, 'silent.sock');
    said = '';
    heard = '';
    open = [];
    server = createServer((s) => {
      open.push(s);
      s.on('data', (bytes) => {
        heard += bytes;
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  });
  afterEach(() => {
    for (const s of open) s.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is asked for no operation, which it would do when it goes on', async () => {
    const from = Date.now();
    assert.equal(await operateCommand(['failover', 'VI_1', '--socket', socket], output), 3);
    assert.ok(Date.now() - from < 10_000, `${Date.now() - from} ms`);
    assert.match(said, /no answer within 2000 ms: the daemon hangs or was stopped/);
    assert.match(heard, /"ping"/);
    assert.doesNotMatch(heard, /operate|failover/);
  });

  it('is no reason to call its instance an unknown keyword', async () => {
    assert.equal(await explainCommand(['VI_1', '--socket', socket], output), 3);
    assert.match(said, /^'VI_1' is no keyword, and whether it is an instance nobody says: no answer within 400 ms/);
  });

  it('does not keep keywords from being explained', async () => {
    assert.equal(await explainCommand(['advert_int', '--socket', socket], output), 0);
    assert.equal(heard, '');
  });
});
