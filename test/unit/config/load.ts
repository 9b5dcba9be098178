// SPDX-License-Identifier: MIT
// Loads configuration text from memory for tests.

import { loadConfig } from '../../../lib/config/load.ts';
import type { VrrpInstance } from '../../../lib/config/model.ts';
import type { Loaded, LoadOptions } from '../../../lib/config/options.ts';
import type { Finding } from '../../../lib/config/report.ts';
import type { RunAs, ScriptCheck, ScriptChecks } from '../../../lib/ports/script-checks.ts';
import { memoryFiles } from './memory-files.ts';

export const main = '/etc/keepalived/keepalived.conf';

type Others = Parameters<typeof memoryFiles>[0];

/** Loads `text` as the main file, with `files` beside it. */
export function load(text: string, options: Partial<LoadOptions> = {}, files: Others = {}): Loaded {
  return loadConfig(memoryFiles({ ...files, [main]: text }), { file: main, configId: 'node1', seed: 1, ...options });
}

/** One instance with sensible settings; later lines win. */
export function instanceText(lines: string, address = '10.0.0.9'): string {
  return `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n ${address}\n }\n${lines}\n}\n`;
}

/** The only instance of `lines`; throws with the findings when there is none. */
export function instance(lines: string, options: Partial<LoadOptions> = {}, prefix = ''): VrrpInstance {
  const loaded = load(prefix + instanceText(lines), options);
  const [found] = loaded.config?.vrrp_instance ?? [];
  if (!found) throw new Error(`no instance: ${loaded.findings.map((f) => f.message).join('; ')}`);
  return found;
}

/** `line:column code message` of each finding that is not a mere notice. */
export function problems(loaded: Loaded): string[] {
  return loaded.findings.filter((f) => f.class !== 'OK').map(problemText);
}

export function problemText(f: Finding): string {
  return `${f.place ? `${f.place.line}:${f.place.column} ` : ''}${f.code}: ${f.message}`;
}

/** A system with these scripts; users root and nobody exist. */
export function fakeScripts(checks: Readonly<Record<string, ScriptCheck>> = {}, users: Readonly<Record<string, RunAs>> = {}): ScriptChecks {
  const known: Readonly<Record<string, RunAs>> = { root: { uid: 0, gid: 0 }, nobody: { uid: 65534, gid: 65534 }, ...users };
  return {
    self: () => ({ uid: 0, gid: 0 }),
    identity: (user) => (Object.hasOwn(known, user) ? (known[user] ?? null) : null),
    script: (command) => checks[command] ?? { kind: 'inaccessible', error: 'No such file or directory' },
  };
}

export function usable(path: string, more: Partial<Extract<ScriptCheck, { kind: 'usable' }>> = {}): ScriptCheck {
  return { kind: 'usable', path, found: null, unsafe: null, symlink: null, ...more };
}
