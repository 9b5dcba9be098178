// SPDX-License-Identifier: MIT
// auth_hmac blocks: keys in each form, defaults, and what switches the extension off. No message may show a key.

import assert from 'node:assert/strict';
import { dumpConfig } from '../../../lib/config/dump.ts';
import { loadConfig, loadSnapshot } from '../../../lib/config/load.ts';
import type { ConfigFiles } from '../../../lib/ports/config-files.ts';
import { main } from './load.ts';
import { memoryFiles } from './memory-files.ts';

const ascii = 'correct horse battery staple 123';
const hex = Buffer.from(ascii).toString('hex');

function read(lines: string, more: { files?: Record<string, string>; exposed?: string; rest?: string } = {}) {
  const text = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    ${more.rest ?? ''}
    auth_hmac {
${lines}
    }
    virtual_ipaddress {
        192.0.2.100
    }
}
`;
  const files: ConfigFiles = {
    ...memoryFiles({ [main]: text, ...more.files }),
    exposed: (path) => path === more.exposed,
  };
  const loaded = loadConfig(files, { file: main, configId: 'node1' });
  const findings = loaded.findings.map((f) => `${f.code}: ${f.message}`);
  return { loaded, findings, instance: loaded.config?.vrrp_instance[0], hmac: loaded.config?.vrrp_instance[0]?.auth_hmac };
}

describe('auth_hmac in the configuration', () => {
  it('takes keys as text, as hex with or without blanks, and from a file in either form', () => {
    const { hmac, findings } = read(
      `key 1 "${ascii}"\nkey 2 hex:${hex}\nkey 3 "hex:${hex.replace(/(..)/g, '$1 ').toUpperCase()}"\nkey 4 file:/k/text\nkey 5 file:/k/hex\nactive_key 3`,
      { files: { '/k/text': `${ascii}\n`, '/k/hex': `hex:${hex}\n` } },
    );
    assert.deepEqual(findings, []);
    assert.deepEqual(
      hmac?.keys.map((k) => [k.id, k.hex, k.file]),
      [
        [1, hex, null],
        [2, hex, null],
        [3, hex, null],
        [4, hex, '/k/text'],
        [5, hex, '/k/hex'],
      ],
    );
    assert.deepEqual([hmac?.active_key, hmac?.mode, hmac?.anti_replay, hmac?.time_window], [3, 'enforce', 'time', 5]);
  });

  it('makes the window three intervals in whole seconds, 5 to 300, unless one is written', () => {
    const key = `key 1 hex:${hex}\nactive_key 1`;
    const windows: [string, number][] = [
      ['advert_int 1', 5],
      ['advert_int 2', 6],
      ['version 3\nadvert_int 2.5', 6],
      ['advert_int 200', 300],
    ];
    for (const [rest, window] of windows) assert.equal(read(key, { rest }).hmac?.time_window, window, rest);
    assert.equal(read(`${key}\ntime_window 42`, { rest: 'advert_int 200' }).hmac?.time_window, 42);
  });

  it('is switched off as a whole without a usable active key', () => {
    const off = '(VI_1) auth_hmac active_key';
    assert.deepEqual(read(`key 1 hex:${hex}`).findings, [`auth-hmac-no-key: ${off} 0 is not defined, disabling extension`]);
    const { hmac, findings, loaded } = read(`key 1 hex:${hex}\nactive_key 2`);
    assert.equal(hmac, null);
    assert.deepEqual(findings, [`auth-hmac-no-key: ${off} 2 is not defined, disabling extension`]);
    assert.equal(loaded.startStatus, 0, 'the instance runs on without it');
  });

  it('refuses keys that are too short, too long, no hex or given twice, without showing them', () => {
    const bad = [
      'key 2 tooshortsecret',
      `key 2 ${'x'.repeat(65)}`,
      `key 2 hex:${hex}f`,
      'key 2 hex:zz',
      `key 1 ${'y'.repeat(40)}`,
      'key 2 file:',
    ];
    for (const line of bad) {
      const { hmac, findings, loaded } = read(`key 1 hex:${hex}\nactive_key 1\n${line}`);
      assert.deepEqual(
        hmac?.keys.map((k) => k.id),
        [1],
        line,
      );
      assert.equal(findings.length, 1, line);
      const secret = line.split(' ')[2] ?? '';
      const said = JSON.stringify(loaded.findings.map(({ message, word, hint }) => [message, word, hint]));
      if (secret !== 'file:') assert.ok(!said.includes(secret), said);
    }
  });

  it('complains of a file that is missing or without a key, and of one that others may read', () => {
    const lines = `key 1 file:/k/one\nkey 2 hex:${hex}\nactive_key 2`;
    assert.match(read(lines).findings.join(), /auth-hmac-file: .*\/k\/one: cannot be read \(missing\)/);
    assert.match(read(lines, { files: { '/k/one': 'short' } }).findings.join(), /auth-hmac-file: .*no key of 32 to 64 bytes/);
    const open = read(lines, { files: { '/k/one': ascii }, exposed: '/k/one' });
    assert.match(open.findings.join(), /auth-hmac-exposed: .*can be read or written by group or others/);
    assert.deepEqual([open.hmac?.keys.length, open.loaded.startStatus, open.loaded.testStatus], [2, 0, 6]);
  });

  it('replaces legacy authentication, and is enforced in strict mode', () => {
    const rest = 'authentication {\nauth_type AH\nauth_pass secret\n}';
    const legacy = read(`key 1 hex:${hex}\nactive_key 1`, { rest });
    assert.equal(legacy.instance?.authentication, null);
    assert.match(
      legacy.findings.join(),
      /auth-hmac-legacy: \(VI_1\) auth_hmac cannot be combined with authentication, dropping legacy auth/,
    );
    const strict = read(`key 1 hex:${hex}\nactive_key 1\nmode receive-only`, { rest: 'strict_mode\nversion 3' });
    assert.equal(strict.hmac?.mode, 'enforce');
  });

  it('is the same in a child, without a file being read again, and dumped without its keys', () => {
    const { loaded } = read('key 1 file:/k/one\nactive_key 1', { files: { '/k/one': ascii }, exposed: '/k/one' });
    const child = loadSnapshot(JSON.parse(JSON.stringify(loaded.snapshot)));
    assert.deepEqual(child.config, loaded.config);
    assert.deepEqual(
      child.findings.map((f) => f.code),
      loaded.findings.map((f) => f.code),
    );
    assert.ok(loaded.config);
    const dump = dumpConfig(loaded.config);
    assert.match(dump, /auth_hmac \{\n +key \*{8}\n +active_key 1\n +time_window 5\n +anti_replay time\n +mode enforce\n/);
    assert.ok(!dump.includes(hex) && !dump.includes(ascii));
    assert.match(dumpConfig(loaded.config, { secrets: true }), /key 1 file:\/k\/one/);
  });
});
