// SPDX-License-Identifier: MIT
// Looks for an installed keepalived: program, unit, file with options, process. Reads only.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'ini';
import type { Installation } from './migration.ts';

const unitFolders = [
  'etc/systemd/system',
  'run/systemd/system',
  'usr/local/lib/systemd/system',
  'lib/systemd/system',
  'usr/lib/systemd/system',
];
const optionFiles = ['etc/default/keepalived', 'etc/sysconfig/keepalived', 'etc/conf.d/keepalived'];
const programs = ['usr/sbin/keepalived', 'sbin/keepalived', 'usr/local/sbin/keepalived', 'usr/bin/keepalived'];

/** `root`: `/`, or where another system is mounted; then no program is run and no process looked for. */
export function findInstallation(root: string, pidFile: string): Installation {
  return {
    ...programOf(root),
    unit: unitOf(root),
    dropIns: unitFolders.flatMap((folder) => filesIn(join(root, folder, 'keepalived.service.d'))),
    optionFile: optionsOf(root),
    running: root === '/' ? runningOf(pidFile) : null,
  };
}

function programOf(root: string): Pick<Installation, 'program' | 'version'> {
  const there = programs.map((path) => join(root, path)).filter((path) => existsSync(path));
  if (root !== '/') return { program: there[0] ?? null, version: null };
  for (const program of there) {
    try {
      // Both write it to standard error.
      const text = execFileSync('/bin/sh', ['-c', '"$1" --version 2>&1', 'sh', program], { encoding: 'utf8', timeout: 5000 });
      const [first = '', , third = ''] = text.split('\n');
      return { program, version: third.startsWith('ka-ts') ? `${first} ${third}` : first };
    } catch {
      // It does not run.
    }
  }
  return { program: there[0] ?? null, version: null };
}

function unitOf(root: string): Installation['unit'] {
  for (const folder of unitFolders) {
    const path = join(root, folder, 'keepalived.service');
    const text = read(path);
    if (text === null) continue;
    const service = (parse(text) as { Service?: Record<string, unknown> }).Service ?? {};
    return { path, start: asText(service.ExecStart), type: asText(service.Type) || 'simple' };
  }
  return null;
}

function optionsOf(root: string): Installation['optionFile'] {
  for (const name of optionFiles) {
    const path = join(root, name);
    const text = read(path);
    if (text === null) continue;
    const values = parse(text) as Record<string, unknown>;
    return { path, options: asText(values.DAEMON_ARGS) || asText(values.KEEPALIVED_OPTIONS) };
  }
  return null;
}

function runningOf(pidFile: string): Installation['running'] {
  const pid = Number.parseInt(read(pidFile) ?? '', 10);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  const words = read(`/proc/${pid}/cmdline`)?.split('\0').slice(0, -1);
  return words?.[0]?.endsWith('keepalived') ? { pid, words: words.slice(1) } : null;
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
