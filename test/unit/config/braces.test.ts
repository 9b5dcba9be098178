// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { diagnose } from '../../../lib/config/diagnose.ts';
import { load, main } from './load.ts';
import { memoryFiles } from './memory-files.ts';

type Files = Parameters<typeof memoryFiles>[0];

/** `line code` of all that is found in `text`. */
function found(text: string, more: Files = {}): string[] {
  const { findings } = diagnose(memoryFiles({ ...more, [main]: text }), { file: main, configId: 'node1', seed: 1 });
  return findings.map((f) => `${f.place?.file === main ? '' : `${f.place?.file}:`}${f.place?.line} ${f.code}`);
}

const good = `global_defs {
    router_id a
}
vrrp_script chk {
    script /bin/true
    interval 2
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    authentication {
        auth_type PASS
        auth_pass x
    }
    virtual_ipaddress {
        192.0.2.1
        192.0.2.2
    }
    track_script {
        chk
    }
    priority 100
}
virtual_server 192.0.2.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.0.2.11 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 192.0.2.12 80 {
        weight 1
    }
}
`;

/** The text with line `n` (from 1) replaced; it stays a line, so that numbers are the same. */
function without(n: number, text = good, by = ''): string {
  return text
    .split('\n')
    .map((line, i) => (i === n - 1 ? by : line))
    .join('\n');
}

describe('a brace that went wrong', () => {
  it('is not looked for in a good file', () => {
    assert.deepEqual(found(good), []);
  });

  for (const [line, next] of [
    [3, 4],
    [7, 8],
    [14, 15],
    [18, 19],
    [21, 22],
    [23, 24],
    [32, 33],
    [33, 34],
    [36, 37],
  ] as const) {
    it(`missing in line ${line} is one finding, at the next thing that cannot stand there`, () => {
      const lines = found(without(line));
      assert.deepEqual(
        lines.map((l) => l.replace(/^36 /, '37 ')),
        [`${next} brace-missing`],
      );
    });
  }

  it('is found by indentation where the words would allow many places', () => {
    const lines = found(without(21));
    assert.deepEqual(lines, ['22 brace-missing']);
  });

  it('is found without indentation too', () => {
    const flat = without(18).replace(/^ +/gm, '');
    assert.deepEqual(found(flat), ['19 brace-missing']);
  });

  it('opening, missing behind a keyword, is one finding there', () => {
    for (const n of [1, 8, 11, 15, 19, 28]) {
      const text = without(n, good, good.split('\n')[n - 1]?.replace(' {', ''));
      const lines = found(text);
      assert.deepEqual(lines, [`${n} brace-expected`]);
    }
  });

  it('doubled is one finding where it stands', () => {
    for (const n of [3, 18, 33]) {
      const text = without(n, good, `${good.split('\n')[n - 1]} }`);
      assert.deepEqual(found(text), [`${n} brace-extra`]);
    }
    assert.deepEqual(found(without(15, good, '    virtual_ipaddress { {')), ['15 brace-unexpected']);
  });

  it('does not hide what else is wrong, and two of them are two findings', () => {
    const text = without(18, without(7)).replace('priority 100', 'prioritty 100').replace('weight 1\n    }\n}', 'wieght 1\n    }\n}');
    assert.deepEqual(found(text), ['8 brace-missing', '19 brace-missing', '22 unknown-keyword', '35 unknown-keyword']);
  });

  it('in an included file is reported there', () => {
    const part = '/etc/keepalived/part.conf';
    const lines = found(`include ${part}\n${good}`, { [part]: 'static_ipaddress {\n    192.0.2.9 dev eth0\n\n' });
    assert.ok(lines.includes(`${part}:2 brace-missing`), lines.join('; '));
    assert.deepEqual(
      lines.filter((l) => l.endsWith('unknown-keyword')),
      [],
    );
  });

  it('keeps columns and lines of everything else', () => {
    const { findings } = diagnose(memoryFiles({ [main]: without(18).replace('    track_script {', '    track_script { chk weight 999') }), {
      file: main,
      configId: 'node1',
      seed: 1,
    });
    const number = findings.find((f) => f.code === 'number-range');
    assert.deepEqual([number?.place?.line, number?.place?.column], [19, 31]);
  });

  it('changes nothing of what a configuration test says', () => {
    const lines = load(without(33)).findings.map((f) => f.message);
    assert.ok(
      lines.some((l) => /missing '}'s/.test(l)),
      lines.join('; '),
    );
  });

  it('costs a bounded time in a big file', function () {
    this.timeout(120_000);
    const service = good.slice(good.indexOf('virtual_server'));
    const many = Array.from({ length: 1500 }, (_, i) => service.replace('192.0.2.1 80', `10.0.${i >> 8}.${i & 255} 80`)).join('');
    const broken = many.replace(/ {4}\}\n\}\nvirtual_server 10\.0\.3\.0 /, ' \n}\nvirtual_server 10.0.3.0 ');
    assert.notEqual(broken, many);
    const lines = found(broken).filter((f) => f.includes('brace'));
    assert.equal(lines.length, 1);
  });
});
