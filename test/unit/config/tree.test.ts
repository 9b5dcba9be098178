// SPDX-License-Identifier: MIT
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax under test.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe as describeFinding, type FindingClass, logLine, testExitStatus } from '../../../lib/config/report.ts';
import { nearest } from '../../../lib/config/suggest.ts';
import { load, main, problems } from './load.ts';

const good = 'vrrp_instance A {\n  interface eth0\n  virtual_router_id 1\n  virtual_ipaddress {\n    10.0.0.1\n  }\n}\n';

describe('an unknown keyword', () => {
  it('is reported with file, line, column and the nearest known word', () => {
    const loaded = load(good.replace('interface', 'interfcae'));
    const [finding] = loaded.findings;
    assert.deepEqual(finding?.place, { file: main, line: 2, column: 3 });
    assert.equal(finding?.hint, "did you mean 'interface'?");
    assert.equal(loaded.testStatus, 5);
    assert.ok(finding);
    assert.equal(
      describeFinding(finding, loaded.sourceLine).split('\n').slice(0, 3).join('\n'),
      `${main}:2:3: error: Unknown keyword 'interfcae' [unknown-keyword]\n      interfcae eth0\n      ^^^^^^^^^`,
    );
  });

  it('that belongs elsewhere is told where', () => {
    assert.equal(load('virtual_router_id 3\n').findings[0]?.hint, "'virtual_router_id' belongs in vrrp_instance");
  });

  it('with a block is reported once and skipped as a whole', () => {
    const loaded = load(`${good.slice(0, -2)}  virtal_ipaddress {\n 10.0.0.2\n nested {\n x\n }\n }\n priority 7\n}\n`);
    assert.deepEqual(problems(loaded), ["7:3 unknown-keyword: Unknown keyword 'virtal_ipaddress'"]);
    assert.equal(loaded.config?.vrrp_instance[0]?.priority, 7);
  });

  it('stands in an included file under that name', () => {
    const { findings } = load('include a.conf', {}, { '/etc/keepalived/a.conf': '\n\n   bogus 1' });
    assert.deepEqual(findings[0]?.place, { file: 'a.conf', line: 3, column: 4 });
  });

  it('from a definition shows both places', () => {
    const loaded = load('$X=bogus\n\n  ${X} 1');
    const [finding] = loaded.findings;
    assert.deepEqual([finding?.place?.line, finding?.place?.column, finding?.definedAt?.line, finding?.definedAt?.column], [3, 3, 1, 4]);
    assert.match(finding ? describeFinding(finding, loaded.sourceLine) : '', /in text defined at .*:1:4/);
  });

  it('never takes a name of Object.prototype for a keyword', () => {
    for (const word of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
      assert.equal(load(`${word} {\n}\n`).findings[0]?.code, 'unknown-keyword', word);
  });
});

describe('braces', () => {
  it('one too many is reported where it stands', () => {
    assert.deepEqual(problems(load(`${good}}\n${good.replace('A', 'B').replace('id 1', 'id 2')}`)), ["8:1 brace-extra: Extra '}' found"]);
  });

  it('a missing one is reported at the block that begins before it, and both blocks are read', () => {
    const loaded = load(`${good.slice(0, -2)}${good.replace('A', 'B').replace('id 1', 'id 2')}`);
    assert.deepEqual(problems(loaded), ["7:1 brace-missing: Missing '}' before 'vrrp_instance'"]);
    assert.deepEqual(
      loaded.config?.vrrp_instance.map((i) => i.name),
      ['A', 'B'],
    );
  });

  it('a missing one after a list is reported at the next block', () => {
    const loaded = load(
      'vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n authentication {\n auth_type PASS\n auth_pass x\n }\n}\n',
    );
    assert.deepEqual(problems(loaded), ["6:2 brace-missing: Missing '}' before 'authentication'"]);
    assert.equal(loaded.config?.vrrp_instance[0]?.authentication?.auth_pass, 'x');
  });

  it('a missing one at the end is reported at the block that is open', () => {
    assert.deepEqual(problems(load(good.slice(0, -2))), ["1:1 brace-missing: There are 1 missing '}'s or extra '{'s"]);
  });

  it('an unexpected one is ignored, its content read where it stands', () => {
    const loaded = load(good.replace('virtual_router_id 1', 'virtual_router_id 1 {\n priority 9\n }'));
    assert.deepEqual(problems(loaded), ["3:23 brace-unexpected: Unexpected '{' - ignoring"]);
    assert.equal(loaded.config?.vrrp_instance[0]?.priority, 9);
  });

  it('a missing opening one is reported and the block is read', () => {
    const loaded = load(good.replace(' {', ''));
    assert.equal(loaded.findings[0]?.class, 'MISSING_BOB');
    assert.equal(loaded.config?.vrrp_instance.length, 1);
  });

  it('may be opened on the next line', () => {
    assert.deepEqual(problems(load(good.replaceAll(' {', '\n{'))), []);
  });
});

describe('arguments', () => {
  it('that are missing end reading with status 2', () => {
    const loaded = load('vrrp_instance A {\n interface\n}\n');
    assert.deepEqual(problems(loaded), [
      '2:11 parameter-missing: *** Configuration line starting `interface` is missing a parameter after keyword `interface` at word position 2',
    ]);
    assert.deepEqual([loaded.config, loaded.testStatus, loaded.startStatus], [null, 2, 2]);
  });

  it('behind a list keyword are reported and dropped', () => {
    assert.deepEqual(problems(load(good.replace('virtual_ipaddress {', 'virtual_ipaddress x {'))), [
      '4:21 block-extra-words: Block virtual_ipaddress has extra parameters x ...',
    ]);
  });

  it('in quotes that are not closed are reported at the quote, and the script is dropped', () => {
    const loaded = load(`${good.slice(0, -2)}  notify "/bin/x y\n}\n`);
    assert.deepEqual(
      loaded.findings.filter((f) => f.class !== 'OK').map((f) => [f.code, f.place?.line]),
      [
        ['unterminated-quote', 7],
        ['unmatched-quote', 7],
      ],
    );
    assert.equal(loaded.config?.vrrp_instance[0]?.notify, null);
  });
});

describe('findings', () => {
  it('never show a password', () => {
    for (const text of ['auth_pass s3cret"', 'auth_pass "s3cret', 'auth_pas s3cret', 'auth_pass s3cret1234567']) {
      const loaded = load(`vrrp_instance A {\n authentication {\n auth_type PASS\n ${text}\n }\n}\n`);
      const shown = loaded.findings.map((f) => JSON.stringify(f) + describeFinding(f, loaded.sourceLine) + logLine(f, 1)).join('\n');
      assert.ok(loaded.findings.length > 0);
      assert.ok(!shown.includes('s3cret'), shown);
    }
  });

  it('keep the exit status when there are very many', () => {
    const loaded = load(`${'bogus\n'.repeat(5000)}vrrp_instance A {\n interface eth0\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n`);
    assert.ok(loaded.findings.length <= 1010);
    assert.equal(loaded.startStatus, 2);
  });

  it('of keepalived classes give its exit statuses', () => {
    const status = (...classes: FindingClass[]) => testExitStatus(classes.map(finding));
    assert.deepEqual(
      [
        status(),
        status('OK'),
        status('BAD_IF'),
        status('FATAL'),
        status('BAD_IF', 'GENERAL_ERROR'),
        status('DEPRECATED'),
        status('GENERAL_ERROR', 'SECURITY_ERROR'),
        status('SECURITY_ERROR', 'MISSING_PARAMETER'),
      ],
      [0, 0, 4, 4, 5, 5, 6, 2],
    );
  });

  it('suggest near words only', () => {
    assert.equal(nearest('prioirty', ['priority', 'preempt']), 'priority');
    assert.equal(nearest('xyzzy', ['priority', 'preempt']), null);
  });
});

function finding(c: FindingClass) {
  return {
    code: 'x',
    severity: 'error' as const,
    class: c,
    scope: 'whole' as const,
    place: null,
    definedAt: null,
    word: null,
    message: '',
    expected: null,
    hint: null,
    effect: null,
  };
}

describe('any text', () => {
  const tokens = fc.constantFrom(
    'vrrp_instance',
    'A',
    '{',
    '}',
    '\n',
    '"',
    "'",
    '\\',
    '$A=',
    '${A}',
    '$A',
    '~SEQ(A,1,3)',
    '~LST(A,b)',
    '@x',
    '#',
    '!',
    'interface',
    'eth0',
    'virtual_ipaddress',
    '10.0.0.1',
    'include',
    '*',
    'global_defs',
    'notify',
    'vrrp_script',
    ' ',
    '\0',
    'priority',
    '255',
    'track_script',
  );

  it('made of bytes is read without a crash', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void load(text)),
      { numRuns: 500 },
    );
  });

  it('made of pieces of configuration is read without a crash', () => {
    fc.assert(
      fc.property(fc.array(tokens, { maxLength: 60 }), fc.boolean(), (parts, spaced) => {
        const loaded = load(parts.join(spaced ? ' ' : ''));
        for (const f of loaded.findings) describeFinding(f, loaded.sourceLine);
      }),
      { numRuns: 2000 },
    );
  });
});
