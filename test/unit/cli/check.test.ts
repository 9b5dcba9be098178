// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCommand } from '../../../lib/cli/check.ts';
import { instanceText } from '../config/load.ts';

let folder = '';

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function check(argv: readonly string[], terminal: { colour?: boolean; width?: number } = {}): Promise<Run> {
  let out = '';
  let err = '';
  const status = await checkCommand([...argv], {
    write: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
    width: terminal.width ?? 100,
    colour: terminal.colour ?? false,
  });
  return { status, out, err };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

describe('ka-ts check', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ka-ts-check-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  describe('for people', () => {
    it('shows place, line, caret, suggestion and effect of each finding, and counts them', async () => {
      const path = file('people.conf', instanceText(' prioritty 100\n priority 300'));
      const { status, out } = await check([path]);
      assert.equal(
        out,
        `${path}:7:2: error: Unknown keyword 'prioritty' [unknown-keyword]
     prioritty 100
     ^^^^^^^^^
  expected: a keyword of vrrp_instance
  hint: did you mean 'priority'?
  effect: ignored

${path}:8:11: error: number '300' outside range [1, 255] [number-range]
     priority 300
              ^^^
  expected: 1..255
  effect: (VI_1) Priority not valid! must be between 1 & 255. Using default 100

${path}: 2 errors
`,
      );
      assert.equal(status, 1);
    });

    it('says so when there is nothing to say', async () => {
      const path = file('clean.conf', instanceText(' priority 100'));
      assert.deepEqual(await check([path]), { status: 0, out: `${path}: nothing to complain about\n`, err: '' });
    });

    it('has colour on a terminal and with --color only', async () => {
      const path = file('colour.conf', instanceText(' prioritty 100'));
      const coloured = async (argv: string[], colour: boolean) => (await check([...argv, path], { colour })).out.includes('\u001b[');
      assert.deepEqual(
        [await coloured([], true), await coloured([], false), await coloured(['--color'], false), await coloured(['--no-color'], true)],
        [true, false, true, false],
      );
      assert.equal((await check(['--json', '--color', path])).out.includes('\u001b['), false);
    });

    it('keeps to the width of the terminal', async () => {
      const path = file('w', instanceText(` virtual_ipaddress_excluded {\n 10.0.0.2 dev eth0 ${'label x '.repeat(12)} lable x\n }`));
      const { out } = await check([path], { width: 60 });
      const long = out.split('\n').filter((l) => l.length > 60 && !l.startsWith(path));
      assert.deepEqual(long, []);
    });
  });

  describe('for editors', () => {
    it('writes one line a finding, with file, line, column, severity and code', async () => {
      const path = file('compact.conf', instanceText(' prioritty 100\n priority five'));
      const { out } = await check(['--compact', path]);
      for (const line of out.trimEnd().split('\n')) assert.match(line, /^[^:]+:\d+:\d+: (fatal|error|warning|notice): .+ \[[a-z-]+\]$/);
      assert.equal(out.trimEnd().split('\n').length, 2);
    });
  });

  describe('for programs', () => {
    it('writes one JSON object a line, and a summary last', async () => {
      const path = file('json.conf', instanceText('\tprioritty 100'));
      const { out, status } = await check(['--json', path]);
      const objects = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(objects, [
        {
          kind: 'finding',
          code: 'unknown-keyword',
          severity: 'error',
          class: 'UNKNOWN_KEYWORD',
          message: "Unknown keyword 'prioritty'",
          file: path,
          line: 7,
          column: 2,
          word: 'prioritty',
          replacement: 'priority',
          source: '\tprioritty 100',
          definedAt: null,
          expected: 'a keyword of vrrp_instance',
          hint: "did you mean 'priority'?",
          effect: 'ignored',
        },
        { kind: 'summary', files: [path], fatal: 0, errors: 1, warnings: 0, notices: 0, testStatus: [5], status: 1 },
      ]);
      assert.equal(status, 1);
    });
  });

  describe('the exit status', () => {
    it('is 0 with warnings alone, and 1 with --strict', async () => {
      const path = file('warning.conf', `vrrp_script chk {\n script /bin/true\n}\n${instanceText(' priority 100')}`);
      assert.deepEqual([(await check([path])).status, (await check(['--strict', path])).status], [0, 1]);
    });

    it('is 1 for a file that is not there', async () => {
      const { status, out } = await check([join(folder, 'nothing.conf')]);
      assert.equal(status, 1);
      assert.match(out, /\[file-missing\]/);
    });

    it('is 2 for a wrong command line, which is told on standard error', async () => {
      for (const argv of [[], ['--nonsense', 'x'], ['--json', '--compact', 'x'], ['-i']]) {
        const { status, out, err } = await check(argv);
        assert.deepEqual([status, out, /^ka-ts check: .+\nTry 'ka-ts check --help'\.\n$/.test(err)], [2, '', true], argv.join(' '));
      }
    });

    it('is told by --help', async () => {
      const { status, out } = await check(['--help']);
      assert.equal(status, 0);
      assert.match(out, /Exit status: 0 .*1 .*2 /s);
      assert.deepEqual(
        out.split('\n').filter((l) => l.length > 100),
        [],
      );
    });
  });

  describe('what is asked of the machine', () => {
    it('is nothing about interfaces, scripts and users, unless wished for', async () => {
      const text = `vrrp_script chk {\n script /nowhere/check\n}\n${instanceText(' track_script {\n chk\n }').replaceAll('eth0', 'nosuch0')}`;
      const path = file('machine.conf', text);
      const codes = async (...argv: string[]) =>
        [...(await check(['--compact', ...argv, path])).out.matchAll(/\[([a-z-]+)\]$/gm)].map((m) => m[1]);
      assert.deepEqual(await codes(), []);
      assert.ok((await codes('--interfaces')).includes('interface-unknown'));
      assert.ok((await codes('--scripts')).includes('script-disabled'));
    });

    it('leaves every file as it was', async () => {
      const path = file('untouched.conf', instanceText(' priority 300\n}'));
      const before = [readdirSync(folder), statSync(path).mtimeMs];
      for (const format of ['--compact', '--json', '--weights']) await check([format, path]);
      assert.deepEqual([readdirSync(folder), statSync(path).mtimeMs], before);
    });

    it('is the identity given with -i for @ lines', async () => {
      const path = file('id.conf', instanceText(' @lb1 prioritty 1'));
      assert.deepEqual([(await check(['-i', 'lb1', path])).status, (await check(['-i', 'lb2', path])).status], [1, 0]);
    });

    it('is that every include matches, with -e', async () => {
      const path = file('include.conf', `include ${folder}/nothing.d\n${instanceText(' priority 100')}`);
      assert.deepEqual([(await check([path])).status, (await check(['-e', path])).status], [0, 1]);
    });
  });

  it('compares several files as nodes of a cluster', async () => {
    const one = file('lb1.conf', instanceText(' priority 100'));
    const two = file('lb2.conf', instanceText(' priority 90\n advert_int 3'));
    const { out } = await check(['--json', one, two]);
    const kinds = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).kind);
    assert.deepEqual(kinds.slice(-2), ['cluster', 'summary']);
    const { status, out: people } = await check([one, two]);
    assert.match(people, /advert_int/);
    assert.equal(status, 1);
  });

  it('tells what a misspelling leads to as its effect, not as mistakes of their own', async () => {
    const text = instanceText(' priority 100').replace('virtual_router_id', 'virtal_router_id');
    const { out, status } = await check(['--json', file('effect.conf', text)]);
    const [finding, summary] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      [finding.line, finding.code, finding.replacement, finding.severity, finding.effect],
      [3, 'unknown-keyword', 'virtual_router_id', 'fatal', 'ignored; (VI_1) the virtual router id must be set'],
    );
    assert.deepEqual([summary.kind, summary.fatal, summary.errors, status], ['summary', 1, 0, 1]);
  });

  it('goes on behind a missing parameter, where the daemon ends', async () => {
    const path = file('go-on.conf', instanceText(' priority\n prioritty 5'));
    const { out } = await check(['--compact', path]);
    assert.match(out, /:7:\d+: fatal: .*\[parameter-missing\]\n.*:8:2: error: .*\[unknown-keyword\]/);
  });

  it('shows both places of text that comes from a definition or another file', async () => {
    file('part.inc', ' prioritty 5\n');
    const path = file('places.conf', instanceText(` $BAD=prioritty 5\n $BAD\n include ${folder}/part.inc`));
    const { out } = await check([path]);
    assert.match(
      out,
      /places\.conf:8:2: error: .*\n.*\$BAD\n.*\^\n {2}in text defined at .*places\.conf:7:7\n {5}\$BAD=prioritty 5\n {10}\^{9}\n/,
    );
    assert.match(out, /part\.inc:1:2: error: /);
  });
});
