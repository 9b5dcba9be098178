// SPDX-License-Identifier: MIT
// npm run bench -- config [--runs N] [--json]: a configuration test of large files beside the packaged keepalived, `-t` from start
// to exit, taking turns (A B A B …) in a namespace of their own whose eth0 the instances name. Needs root, and dist/ built.
//
// How to read the figures: docs/performance-config.md.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './statistics.ts';

const launcher = fileURLToPath(new URL('../bin/ka-ts', import.meta.url));
const self = fileURLToPath(import.meta.url);
/** A test that takes longer than this has hung. */
const patience = 60_000;

interface Candidate {
  readonly name: string;
  readonly command: string;
  readonly args: (file: string) => readonly string[];
  /** Whether its exit status is that of a configuration test. */
  readonly reads: boolean;
}

const candidates: readonly Candidate[] = [
  { name: 'keepalived', command: 'keepalived', args: (file) => ['-t', '-f', file], reads: true },
  { name: 'ka-ts', command: process.execPath, args: (file) => [launcher, '-t', '-f', file], reads: true },
  // What no program in JavaScript can fall below.
  { name: 'node -e 0', command: process.execPath, args: () => ['-e', '0'], reads: false },
];

const samples: Readonly<Record<string, string>> = {
  '255 instances': instances(255),
  '1000 virtual servers': servers(1000),
  '2000 virtual servers': servers(2000),
  '5000 virtual servers': servers(5000),
};

/** Four real servers each, with a check. */
function servers(count: number): string {
  const one = (i: number) => {
    const real = [1, 2, 3, 4].map(
      (n) =>
        `    real_server 172.16.${i & 255}.${n} 80 {\n        weight ${n}\n        TCP_CHECK {\n            connect_timeout 3\n` +
        '            connect_port 80\n            retry 3\n            delay_before_retry 3\n        }\n    }\n',
    );
    return (
      `virtual_server 10.${i >> 16}.${(i >> 8) & 255}.${i & 255} 80 {\n    delay_loop 6\n    lb_algo rr\n    lb_kind NAT\n` +
      `    persistence_timeout 50\n    protocol TCP\n${real.join('')}}\n`
    );
  };
  return `global_defs {\n    router_id bench\n}\n${Array.from({ length: count }, (_, i) => one(i)).join('')}`;
}

function instances(count: number): string {
  const one = (id: number) =>
    `vrrp_instance VI_${id} {\n    state BACKUP\n    interface eth0\n    virtual_router_id ${id}\n    priority 100\n    advert_int 1\n` +
    '    authentication {\n        auth_type PASS\n        auth_pass bench\n    }\n' +
    `    virtual_ipaddress {\n        10.0.${id}.1/24 dev eth0\n        10.0.${id}.2/24 dev eth0 label eth0:${id}\n    }\n}\n`;
  return `global_defs {\n    router_id bench\n}\n${Array.from({ length: count }, (_, i) => one(i + 1)).join('')}`;
}

/** Milliseconds from start to exit. Throws when the candidate cannot run or has hung. */
function measure({ name, command, args }: Candidate, file: string): { readonly ms: number; readonly status: number } {
  const began = performance.now();
  const { status, signal, error } = spawnSync(command, args(file), { stdio: 'ignore', timeout: patience });
  const ms = performance.now() - began;
  if (error || status === null) throw new Error(`${name} ended with ${signal ?? error?.message}`);
  return { ms, status };
}

function compare(folder: string, runs: number, json: boolean): void {
  const rows = Object.entries(samples).map(([sample, text]) => {
    const file = join(folder, `${sample.replaceAll(' ', '-')}.conf`);
    writeFileSync(file, text);
    const times = new Map(candidates.map(({ name }) => [name, [] as number[]]));
    const statuses = new Set<number>();
    for (let run = 0; run < runs; run++) {
      for (const candidate of candidates) {
        const { ms, status } = measure(candidate, file);
        times.get(candidate.name)?.push(ms);
        if (candidate.reads) statuses.add(status);
      }
    }
    if (statuses.size !== 1) throw new Error(`${sample}: exit statuses ${[...statuses].join(' and ')}: they do not read the same`);
    const middle = Object.fromEntries([...times].map(([name, list]) => [name, round(median(list))]));
    const ratio = round((middle['ka-ts'] ?? 0) / (middle.keepalived ?? 1));
    return { sample, status: [...statuses][0] ?? -1, runs, ...middle, ratio };
  });
  if (json) for (const row of rows) console.log(JSON.stringify({ bench: 'config', unit: 'ms', ...row }));
  else console.table(rows);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Makes a namespace with an eth0, runs this file inside it, and removes it. */
export function configBench(words: readonly string[]): number {
  const { values } = parseArgs({ args: [...words], options: { runs: { type: 'string', default: '7' }, json: { type: 'boolean' } } });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 1000) throw new Error('--runs takes a whole number from 1 to 1000');
  const namespace = `ka${process.pid}-config`;
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'ignore' });
  const folder = mkdtempSync(join(tmpdir(), 'ka-ts-bench-'));
  ip('netns', 'add', namespace);
  try {
    ip('-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1');
    const inside = [process.execPath, '--import=tsx', self, folder, String(runs), values.json ? 'json' : 'table'];
    return spawnSync('ip', ['netns', 'exec', namespace, ...inside], { stdio: 'inherit' }).status ?? 1;
  } finally {
    ip('netns', 'delete', namespace);
    rmSync(folder, { recursive: true, force: true });
  }
}

const [script, folder, runs, form] = process.argv.slice(1);
if (script === self && folder) compare(folder, Number(runs), form === 'json');
