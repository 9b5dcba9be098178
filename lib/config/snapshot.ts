// SPDX-License-Identifier: MIT
// Recording what a build asks of the system, and answering from the record: the parent asks once, its children build
// the same configuration from the snapshot without touching the system.

import { err, ok } from '../base/result.ts';
import type { ConfigFiles, FileFault } from '../ports/config-files.ts';
import type { RunAs, ScriptCheck, ScriptChecks } from '../ports/script-checks.ts';
import type { ConfigSnapshot, LoadOptions } from './options.ts';
import { decodeText } from './source.ts';

export interface Recorder {
  readonly files: ConfigFiles;
  readonly scripts: ScriptChecks | null;
  readonly env: (name: string) => string;
  readonly seed: number;
  snapshot(): ConfigSnapshot;
}

export function recordAnswers(files: ConfigFiles, options: LoadOptions, seed: number): Recorder {
  const read: Record<string, { text: string } | { fault: string }> = {};
  const globs: Record<string, readonly string[]> = {};
  const env: Record<string, string> = {};
  const identities: Record<string, RunAs | null> = {};
  const checks: Record<string, ScriptCheck> = {};
  const exposed = new Set<string>();
  const asked = options.scripts;
  return {
    seed,
    env(name) {
      const value = options.env?.[name] ?? '';
      env[name] = value;
      return value;
    },
    files: {
      directory: () => files.directory(),
      glob(pattern, directory) {
        const matches = files.glob(pattern, directory);
        globs[`${directory}\0${pattern}`] = matches;
        return matches;
      },
      exposed(path) {
        const is = files.exposed?.(path) ?? false;
        if (is) exposed.add(path);
        return is;
      },
      read(path) {
        const content = files.read(path);
        read[path] = content.ok ? { text: decodeText(content.value) } : { fault: content.error };
        return content;
      },
    },
    scripts: asked
      ? {
          self: () => asked.self(),
          identity(user, group) {
            const found = asked.identity(user, group);
            identities[identityKey(user, group)] = found;
            return found;
          },
          script(command, as, useSymlinkPaths) {
            const check = asked.script(command, as, useSymlinkPaths);
            checks[scriptKey(command, as, useSymlinkPaths)] = check;
            return check;
          },
        }
      : null,
    snapshot: () => ({
      version: 1,
      options: {
        file: options.file,
        configId: options.configId,
        allIncludes: options.allIncludes ?? false,
        lenient: options.lenient ?? true,
        env,
        seed,
        interfaces: options.interfaces ?? null,
      },
      directory: files.directory(),
      files: read,
      globs,
      exposed: [...exposed],
      scripts: asked ? { self: asked.self(), identities, checks } : null,
    }),
  };
}

export function filesFromSnapshot(snapshot: ConfigSnapshot): ConfigFiles {
  return {
    directory: () => snapshot.directory,
    glob: (pattern, directory) => own(snapshot.globs, `${directory}\0${pattern}`) ?? [],
    exposed: (path) => snapshot.exposed.includes(path),
    read(path) {
      const entry = own(snapshot.files, path);
      if (!entry) return err('missing');
      return 'text' in entry ? ok(new TextEncoder().encode(entry.text)) : err(entry.fault as FileFault);
    },
  };
}

export function optionsFromSnapshot(snapshot: ConfigSnapshot): LoadOptions {
  const { interfaces, ...options } = snapshot.options;
  return {
    ...options,
    ...(interfaces ? { interfaces } : {}),
    ...(snapshot.scripts ? { scripts: scriptsFromSnapshot(snapshot.scripts) } : {}),
  };
}

function scriptsFromSnapshot(answers: NonNullable<ConfigSnapshot['scripts']>): ScriptChecks {
  return {
    self: () => answers.self,
    identity: (user, group) => own(answers.identities, identityKey(user, group)) ?? null,
    script: (command, as, useSymlinkPaths) =>
      own(answers.checks, scriptKey(command, as, useSymlinkPaths)) ?? { kind: 'inaccessible', error: 'not in the snapshot' },
  };
}

function identityKey(user: string, group: string | null): string {
  return JSON.stringify([user, group]);
}

function scriptKey(command: string, as: RunAs, useSymlinkPaths: boolean): string {
  return JSON.stringify([command, as.uid, as.gid, useSymlinkPaths]);
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
