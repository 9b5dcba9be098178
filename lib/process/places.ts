// SPDX-License-Identifier: MIT
// Where the files of one daemon lie and what its processes are called, by namespace and instance name
// (reference: process document, section 6). Pure.

import { isAbsolute, join } from 'node:path';
import type { ProcessDefs } from '../config/model-process.ts';

/** What sets one daemon of a machine apart from another. */
export interface Identity {
  /** In force: of the command line, else of the configuration. */
  readonly namespace: string | null;
  readonly instance: string | null;
  readonly usePidDir: boolean;
}

export const defaultConfigFile = '/etc/keepalived/keepalived.conf';
export const runDirectory = '/run';
/** Sub-directory of the run directory for daemons that are not the only one. */
export const pidDirectory = join(runDirectory, 'keepalived');

export type PidRole = 'parent' | 'vrrp' | 'checkers' | 'bfd';

export function identityOf(defs: ProcessDefs | null, namespaceOption: string | null): Identity {
  const namespace = namespaceOption ?? defs?.net_namespace ?? null;
  return { namespace, instance: defs?.instance ?? null, usePidDir: (defs?.use_pid_dir ?? false) || namespace !== null };
}

/** `/run/keepalived.pid`, `/run/keepalived/vrrp_INSTANCE.pid` */
export function defaultPidFile(role: PidRole, identity: Identity): string {
  return besidePids(role === 'parent' ? 'keepalived' : role, 'pid', identity);
}

export function defaultReloadFile(identity: Identity): string {
  return besidePids('keepalived', 'reload', identity);
}

function besidePids(name: string, extension: string, { instance, usePidDir }: Identity): string {
  if (!usePidDir) return join(runDirectory, `${name}.${extension}`);
  return join(pidDirectory, `${name}${instance === null ? '' : `_${instance}`}.${extension}`);
}

/** `_NAMESPACE_INSTANCE`, whichever there are. */
export function identSuffix({ namespace, instance }: Identity): string {
  return [namespace, instance].map((part) => (part === null ? '' : `_${part}`)).join('');
}

export type DataRole = '' | 'parent' | 'check' | 'bfd';

/**
 * Path of a state dump: `state_dump_file` gives directory and name (a slash at its end: the directory alone; no slash at its
 * start: within `directory`). The role stands before the extension, then, with `data_use_instance`, the identity.
 */
export function dataFile(
  role: DataRole,
  defs: Pick<ProcessDefs, 'state_dump_file' | 'data_use_instance'>,
  identity: Identity,
  directory: string,
): string {
  const given = defs.state_dump_file ?? '';
  const path = isAbsolute(given) ? given : join(directory, given === '' ? '/' : given);
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1) || 'keepalived.data';
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const who = defs.data_use_instance ? [identity.namespace, identity.instance].filter((part) => part !== null).join('_') : '';
  return `${path.slice(0, slash)}/${stem}${role === '' ? '' : `_${role}`}${who === '' ? '' : `.${who}`}${extension}`;
}

/** The control socket of the daemon with this pid file: whoever has the one has the other. */
export function socketBeside(pidFile: string): string {
  return `${withoutExtension(pidFile)}.sock`;
}

/** What operators have changed in that daemon. */
export function operationsBeside(pidFile: string): string {
  return `${withoutExtension(pidFile)}.operations`;
}

/** The configuration that comes back unless another one is confirmed. */
export function configurationBeside(pidFile: string): string {
  return `${withoutExtension(pidFile)}.before`;
}

function withoutExtension(pidFile: string): string {
  return pidFile.endsWith('.pid') ? pidFile.slice(0, -'.pid'.length) : pidFile;
}
