// SPDX-License-Identifier: MIT
// Who may import whom: the table of docs/architecture.md, as data. A wrong import shows here by name.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const lib = join(root, 'lib');

/** Layer → layers it may import; `type:` allows type-only imports. A layer may always import itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ports: ['base', 'type:config', 'type:native'],
  config: ['base', 'type:ports'],
  'vrrp/core': ['base', 'type:config'],
  'bfd/core': ['base'],
  bfd: ['bfd/core', 'base'],
  'bfd/shell': ['bfd', 'bfd/core', 'ports', 'base', 'type:config', 'type:native'],
  'check/core': ['base', 'type:config'],
  'check/protocol': ['dns-packet'],
  check: ['type:config'],
  'check/probes': ['check/core', 'check/protocol', 'ports', 'base', 'type:config', 'node:crypto', 'node:os', 'node:vm'],
  'check/shell': ['check', 'check/core', 'check/protocol', 'check/probes', 'track/trackers', 'config', 'ports', 'base', 'type:native'],
  'track/core': ['base', 'type:config', 'type:vrrp/core'],
  'track/trackers': ['track/core', 'config', 'ports', 'base'],
  track: ['track/core', 'track/trackers', 'config', 'ports', 'base'],
  vrrp: ['vrrp/core', 'base', 'type:native', 'notify/words'],
  'vrrp/shell': ['vrrp', 'notify/words', 'vrrp/core', 'config', 'ports', 'base', 'type:native'],
  'notify/words': ['type:ports', 'type:vrrp/core'],
  notify: ['notify/words', 'config', 'ports', 'base', 'type:vrrp/core'],
  native: ['base', 'node:url'],
  kernel: ['ports', 'native', 'base', 'type:config', 'nodemailer/lib/smtp-connection', 'dbus-native', 'node:*'],
  grammar: ['config', 'track/trackers', 'base'],
  observe: ['config', 'ports', 'base'],
  'dbus/core': ['type:ports'],
  'dbus/shell': ['dbus/core', 'type:config', 'type:ports'],
  'snmp/core': ['base'],
  'snmp/mibs': ['snmp/core', 'base', 'type:config', 'type:ports'],
  snmp: ['snmp/core', 'snmp/mibs', 'base', 'type:config', 'type:native', 'type:ports'],
  'snmp/shell': ['snmp', 'snmp/core', 'snmp/mibs', 'base', 'type:config', 'type:ports'],
  'control/core': ['base', 'config', 'track/core', 'type:control', 'type:ports'],
  'control/shell': ['control', 'control/core', 'ports', 'base'],
  control: ['base', 'node:net'],
  'doctor/core': ['base'],
  'doctor/shell': ['doctor/core', 'vrrp/shell', 'config', 'grammar', 'kernel', 'type:native', 'native', 'ports', 'base', 'cli', 'node:*'],
  'web/core': ['base', 'type:config', 'type:control'],
  'web/shell': ['web/core', 'metrics', 'control', 'base', 'type:config', 'node:*'],
  'metrics/core': ['base', 'type:control'],
  metrics: ['metrics/core', 'type:control', 'prom-client'],
  lab: ['config', 'grammar', 'kernel', 'native', 'ports', 'base', 'cli', 'node:*'],
  process: [
    'control',
    'control/core',
    'control/shell',
    'bfd/shell',
    'config',
    'grammar',
    'track',
    'track/core',
    'track/trackers',
    'check/probes',
    'check/shell',
    'vrrp',
    'vrrp/core',
    'vrrp/shell',
    'notify',
    'observe',
    'snmp/shell',
    'dbus/shell',
    'kernel',
    'native',
    'ports',
    'base',
    'cli',
    'node:*',
  ],
  cli: [
    'control',
    'control/core',
    'metrics',
    'metrics/core',
    'process',
    'check/protocol',
    'config',
    'grammar',
    'native',
    'kernel',
    'lab',
    'ports',
    'base',
    'commander',
    'ini',
    'node:*',
    'vrrp',
    'vrrp/core',
  ],
  library: ['config', 'vrrp/core', 'vrrp/shell', 'kernel', 'native', 'base', 'node:os'],
  entry: ['web/shell', 'process', 'cli', 'lab', 'doctor/shell', 'native'],
};

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function sources(): string[] {
  return readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}

function layerOf(file: string): string {
  const known = Object.keys(ALLOWED).sort((a, b) => b.length - a.length);
  return known.find((layer) => file === `${layer}.ts` || file.startsWith(`${layer}/`)) ?? `unknown (${file})`;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(lib, file), 'utf8');
  const found: Import[] = [];
  for (const m of text.matchAll(/^(import|export)\s+(type\s+)?([^;'"]*?from\s+)?['"]([^'"]+)['"]/gm)) {
    // `import { type A, type B }` is as type-only as `import type`.
    const names = /\{([^}]*)\}/.exec(m[3] ?? '')?.[1] ?? '';
    const allTypes = names.trim() !== '' && names.split(',').every((n) => n.trim() === '' || n.trim().startsWith('type '));
    found.push({ from: file, specifier: m[4] ?? '', typeOnly: m[2] !== undefined || allTypes });
  }
  for (const m of text.matchAll(/import\(\s*['"]([^'"]+)['"]\s*\)/g)) found.push({ from: file, specifier: m[1] ?? '', typeOnly: false });
  return found;
}

function targetLayer(i: Import): string {
  if (!i.specifier.startsWith('.')) return i.specifier;
  return layerOf(relative(lib, resolve(dirname(join(lib, i.from)), i.specifier)));
}

function allowed(from: string, to: string, typeOnly: boolean): boolean {
  if (from === to) return true;
  const rules = ALLOWED[from] ?? [];
  if (rules.includes(to)) return true;
  if (to.startsWith('node:')) return rules.includes('node:*');
  return typeOnly && rules.includes(`type:${to}`);
}

describe('the layers', () => {
  it('have a place for every source file', () => {
    assert.deepEqual(
      sources().filter((f) => layerOf(f).startsWith('unknown')),
      [],
    );
  });

  it('import only what their row of the table allows', () => {
    const wrong = sources()
      .flatMap(importsOf)
      .filter((i) => !allowed(layerOf(i.from), targetLayer(i), i.typeOnly))
      .map((i) => `${i.from} (${layerOf(i.from)}) imports ${i.specifier} (${targetLayer(i)})`);
    assert.deepEqual(wrong, []);
  });

  it('keep the cores free of node, clocks and randomness', () => {
    const wrong = sources()
      .filter((f) => f.includes('/core/') || f.startsWith('config/'))
      .filter((f) =>
        /\bfrom 'node:|\bDate\.now\(|\bperformance\.now\(|\bMath\.random\(|\bprocess\.(env|hrtime|on|exit|argv|cwd|pid)\b|\bsetTimeout\(/.test(
          readFileSync(join(lib, f), 'utf8'),
        ),
      );
    assert.deepEqual(wrong, []);
  });
});

describe('the addon', () => {
  it('is loaded in one place only', () => {
    const loaders = sources().filter((f) => readFileSync(join(lib, f), 'utf8').includes('dlopen'));
    assert.deepEqual(loaders, ['native/load.ts']);
  });
});
