// SPDX-License-Identifier: MIT
// Users and script files of this machine, looked at as keepalived does (reference/cli-and-process.md section 11).

import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import type { RunAs, ScriptCheck, ScriptChecks } from '../ports/script-checks.ts';

export function createScriptChecks(searchPath: string = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'): ScriptChecks {
  return {
    self: () => ({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }),
    identity,
    script: (command, as, useSymlinkPaths) => checkScript(command, as, useSymlinkPaths, searchPath),
  };
}

function identity(user: string, group: string | null): RunAs | null {
  const account = entry('passwd', user);
  if (!account) return null;
  const uid = Number(account[2]);
  if (group === null) return { uid, gid: Number(account[3]) };
  const found = entry('group', group);
  return found ? { uid, gid: Number(found[2]) } : null;
}

/** Number of a group by name or number; null: there is none. */
export function groupId(group: string): number | null {
  const found = entry('group', group);
  return found ? Number(found[2]) : null;
}

/** Name of a user as the local file has it; null: it has none there. Asks no directory service: an answer may take its time. */
export function localUserName(uid: number): string | null {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return lines.map((l) => l.split(':')).find((fields) => fields[2] === String(uid))?.[0] || null;
  } catch {
    return null;
  }
}

/** One line of a name database by name or number: the local file first, then whatever else the system is set up for. */
function entry(database: 'passwd' | 'group', key: string): readonly string[] | null {
  if (key === '' || key.startsWith('-') || key.includes(':')) return null;
  const matches = (fields: readonly string[]) => fields[0] === key || (/^[0-9]+$/.test(key) && fields[2] === key);
  try {
    const lines = readFileSync(`/etc/${database}`, 'utf8').split('\n');
    const local = lines.map((l) => l.split(':')).find(matches);
    if (local) return local;
    return execFileSync('getent', [database, key], { encoding: 'utf8', timeout: 2000, stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split(':');
  } catch {
    return null;
  }
}

function checkScript(command: string, as: RunAs, useSymlinkPaths: boolean, searchPath: string): ScriptCheck {
  // `</path` is a shell redirection that only asks whether the file exists.
  if (command.startsWith('<')) return { kind: 'usable', path: command, found: null, unsafe: null, symlink: null };
  let configured = command;
  let found: string | null = null;
  if (!command.includes('/')) {
    const search = findInPath(command, as, searchPath);
    if (search.path === null) return { kind: search.forbidden ? 'path_forbidden' : 'not_in_path' };
    configured = search.path;
    found = search.path;
  }
  let real: string;
  try {
    real = realpathSync(configured);
    if (!reachable(real, as)) return { kind: 'inaccessible', error: 'Permission denied' };
  } catch (error) {
    return { kind: 'inaccessible', error: errorText(error) };
  }
  const info = statSync(real);
  if (!info.isFile() || !permitted(info, as, 1)) return { kind: 'not_executable' };
  const path = useSymlinkPaths ? configured : real;
  const asRoot =
    as.uid === 0 || as.gid === 0 || ((info.mode & 0o4000) !== 0 && info.uid === 0) || ((info.mode & 0o2000) !== 0 && info.gid === 0);
  if (!asRoot) return { kind: 'usable', path, found, unsafe: null, symlink: null };
  const looks = [lookAlong(configured), lookAlong(real)];
  const wrong = looks.find((l) => l.wrongType !== null)?.wrongType;
  if (wrong) return { kind: 'wrong_type', component: wrong };
  const first = (key: 'unsafe' | 'symlink') => looks.find((l) => l[key] !== null)?.[key] ?? null;
  return { kind: 'usable', path, found, unsafe: first('unsafe'), symlink: first('symlink') };
}

function findInPath(name: string, as: RunAs, searchPath: string): { path: string | null; forbidden: boolean } {
  let forbidden = false;
  for (const directory of searchPath.split(':')) {
    const path = `${directory === '' ? '.' : directory}/${name}`;
    try {
      const info = statSync(path);
      if (!info.isFile()) continue;
      if (permitted(info, as, 1) && reachable(realpathSync(path), as)) return { path, forbidden: false };
      forbidden = true;
    } catch {
      // Not there: the next directory.
    }
  }
  return { path: null, forbidden };
}

/** Every directory above `real` may be entered. */
function reachable(real: string, as: RunAs): boolean {
  return ancestors(real).every((directory) => permitted(statSync(directory), as, 1));
}

/** `bit` 1: execute or search. Root needs one such bit anywhere on a file, none on a directory. */
function permitted(info: Stats, as: RunAs, bit: number): boolean {
  if (as.uid === 0) return info.isDirectory() || (info.mode & (bit * 0o111)) !== 0;
  const shift = info.uid === as.uid ? 6 : info.gid === as.gid ? 3 : 0;
  return ((info.mode >> shift) & bit) !== 0;
}

interface PathLook {
  wrongType: string | null;
  unsafe: string | null;
  symlink: string | null;
}

/** As many as the kernel follows. */
const mostLinks = 40;

/**
 * The way to a file as the kernel goes it, from above: each directory is looked at before what it holds, those of symbolic links too. So
 * what is found safe cannot have been exchanged since its directory was looked at, nor can it be later, by anybody but root.
 */
function lookAlong(path: string): PathLook {
  const look: PathLook = { wrongType: null, unsafe: null, symlink: null };
  const steps = partsOf(path.startsWith('/') ? path : `${process.cwd()}/${path}`);
  let way: string[] = [];
  look.unsafe ??= whyUnsafe('/', lstatSync('/'));
  for (let links = 0; steps.length > 0; ) {
    const step = steps.shift() as string;
    if (step === '.') continue;
    if (step === '..') {
      way.pop();
      continue;
    }
    const component = `/${[...way, step].join('/')}`;
    const info = lstatSync(component);
    if (info.isSymbolicLink()) {
      if (++links > mostLinks) throw Object.assign(new Error('ELOOP'), { code: 'ELOOP' });
      if (steps.length > 0) look.symlink ??= component;
      // Its mode says nothing; its owner may exchange it in a directory where nobody else may.
      if (info.uid !== 0) look.unsafe ??= `${component} belongs to ${nameOf('passwd', info.uid)}`;
      const target = readlinkSync(component);
      if (target.startsWith('/')) way = [];
      steps.unshift(...partsOf(target));
      continue;
    }
    if (steps.length === 0 ? !info.isFile() : !info.isDirectory()) look.wrongType ??= component;
    look.unsafe ??= whyUnsafe(component, info);
    way.push(step);
  }
  return look;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function whyUnsafe(component: string, info: Stats): string | null {
  if (info.uid !== 0) return `${component} belongs to ${nameOf('passwd', info.uid)}`;
  if (info.isDirectory() && (info.mode & 0o1000) !== 0) return null;
  if ((info.mode & 0o002) !== 0) return `${component} is writable by everyone`;
  if ((info.mode & 0o020) !== 0 && info.gid !== 0) return `${component} is writable by group ${nameOf('group', info.gid)}`;
  return null;
}

function nameOf(database: 'passwd' | 'group', id: number): string {
  return entry(database, String(id))?.[0] ?? String(id);
}

/** `/a/b/c` → `/`, `/a`, `/a/b` */
function ancestors(path: string): string[] {
  const parts = partsOf(path);
  return parts.map((_, i) => `/${parts.slice(0, i).join('/')}`);
}

function errorText(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const texts: Readonly<Record<string, string>> = {
    ENOENT: 'No such file or directory',
    EACCES: 'Permission denied',
    ENOTDIR: 'Not a directory',
    ELOOP: 'Too many levels of symbolic links',
    ENAMETOOLONG: 'File name too long',
  };
  return (code && texts[code]) ?? code ?? String(error);
}
