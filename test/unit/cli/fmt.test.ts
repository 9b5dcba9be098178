// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fmtCommand } from '../../../lib/cli/fmt.ts';
import { replaceFile } from '../../../lib/cli/replace-file.ts';

describe('ka-ts fmt', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ka-ts-fmt-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function file(name: string, content: string | Uint8Array): string {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  }

  async function run(argv: string[], input: string | Uint8Array = '') {
    const written: Buffer[] = [];
    let errors = '';
    const status = await fmtCommand(argv, {
      write: (bytes) => void written.push(Buffer.from(bytes as Uint8Array)),
      error: (text) => {
        errors += text;
      },
      input: (async function* () {
        yield Buffer.from(input as Uint8Array);
      })(),
    });
    return { status, bytes: Buffer.concat(written), out: Buffer.concat(written).toString(), errors };
  }

  it('prints files one after the other', async () => {
    const { status, out, errors } = await run([file('a', 'a { b }\n'), file('c', ' c 1 # d')]);
    assert.deepEqual([status, out, errors], [0, 'a {\n    b\n}\nc 1 # d\n', '']);
  });

  it('reads standard input for -', async () => {
    const { status, out } = await run(['-'], 'a\n{ }');
    assert.deepEqual([status, out], [0, 'a {\n}\n']);
  });

  it('writes in place only what changes, and keeps rights and links', async () => {
    const changed = file('a', 'a { b }\n');
    const same = file('b', 'b\n');
    chmodSync(changed, 0o640);
    symlinkSync(changed, join(directory, 'link'));
    const before = statSync(same).mtimeMs;
    const { status, out } = await run(['--write', join(directory, 'link'), same]);
    assert.deepEqual([status, out], [0, '']);
    assert.equal(readFileSync(changed, 'utf8'), 'a {\n    b\n}\n');
    assert.equal(statSync(changed).mode & 0o7777, 0o640);
    assert.equal(statSync(same).mtimeMs, before);
    assert.deepEqual(readdirSync(directory).sort(), ['a', 'b', 'link']);
  });

  it('names with --check what would change, and ends with 1', async () => {
    const bad = file('a', 'a { b }\n');
    const good = file('b', 'b\n');
    assert.deepEqual(pick(await run(['--check', good])), [0, '', '']);
    assert.deepEqual(pick(await run(['-c', bad, good])), [1, `${bad}\n`, '']);
    assert.equal(readFileSync(bad, 'utf8'), 'a { b }\n');
  });

  it('leaves a file with unbalanced braces as it is and says why', async () => {
    const bad = file('a', 'a {\n\n\n');
    assert.deepEqual(pick(await run([bad])), [2, 'a {\n\n\n', `${bad}:1: left as it is: a { that is never closed\n`]);
    assert.equal((await run(['-w', bad])).status, 2);
    assert.equal(readFileSync(bad, 'utf8'), 'a {\n\n\n');
  });

  it('goes on after a file that cannot be read', async () => {
    const { status, out, errors } = await run([join(directory, 'none'), file('b', ' b\n')]);
    assert.deepEqual([status, out], [2, 'b\n']);
    assert.match(errors, /none: ENOENT/);
  });

  it('gives back every byte, whatever the character set', async () => {
    for (const text of [' # caf\u00e9\n', '\ufeffa\n'])
      assert.deepEqual((await run(['-'], text)).bytes, Buffer.from(text.replace(/^ /, '')));
    const latin1 = Buffer.from('a # caf\u00e9 \u00ff\n', 'latin1');
    assert.deepEqual((await run(['-'], latin1)).bytes, latin1);
  });

  it('ends reading what has no end', async () => {
    const { status, out, errors } = await run(['/dev/zero']);
    assert.deepEqual([status, out], [2, '']);
    assert.match(errors, /bigger than/);
  });

  it('does not replace what is no regular file', async () => {
    const { status, errors } = await run(['--write', '/dev/null']);
    assert.deepEqual([status, errors], [0, '']);
    assert.throws(() => replaceFile('/dev/null', Buffer.from('x')), /not a regular file/);
  });

  it('refuses a wrong command line with 2', async () => {
    for (const argv of [[], ['--bogus'], ['-w', '-c', 'x'], ['-w', '-']]) {
      const { status, out, errors } = await run(argv);
      assert.deepEqual([status, out], [2, ''], argv.join(' '));
      assert.match(errors, /^ka-ts fmt: .*\nTry 'ka-ts fmt --help'\.\n$/s);
    }
  });

  it('explains itself within 100 columns', async () => {
    const { status, out } = await run(['--help']);
    assert.equal(status, 0);
    assert.ok(out.split('\n').every((line) => line.length <= 100));
  });
});

function pick(result: { readonly status: number; readonly out: string; readonly errors: string }): unknown[] {
  return [result.status, result.out, result.errors];
}
