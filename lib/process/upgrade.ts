// SPDX-License-Identifier: MIT
// Another program in the place of this one, without a takeover by the peers (docs/decisions/0022-upgrade-in-place.md). A reload that
// finds its own files changed tries the new program, lets the children go on alone, and becomes the new one by exec: the same
// process for systemd and for the kernel. The new parent starts new children and ends the old ones when those can begin.

import { errorText } from '../base/errors.ts';
import { version } from '../base/version.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Log } from '../ports/log.ts';
import { type GuardianBequest, type LeftChild, packBequest } from './bequest.ts';
import { daemonVariable } from './marks.ts';
import { type Command, type OwnProgram, ownCommand, watchOwnProgram } from './own-program.ts';
import { type TrialResult, tryProgram } from './trial.ts';

export interface Upgrade {
  /** Another program stands where ours was. */
  isDue(): boolean;
  /** Whether that one can take our place. Called back once. */
  try(done: (result: TrialResult) => void): void;
  /** Becomes the new program. Returns only when that failed, which is logged. */
  replace(children: readonly LeftChild[], guardian: GuardianBequest): void;
}

export interface UpgradeContext {
  readonly native: Pick<NativeAddon, 'replaceProgram' | 'createMemoryFile'>;
  readonly log: Log;
  /** Where the daemon was started. */
  readonly directory: string;
  /** Undoes what the new program will do again. */
  readonly leave: () => void;
  readonly program?: OwnProgram;
  readonly command?: Command;
}

export function createUpgrade({
  native,
  log,
  directory,
  leave,
  program = watchOwnProgram(),
  command = ownCommand(),
}: UpgradeContext): Upgrade {
  return {
    isDue: () => program.hasChanged(),
    try: (done) => tryProgram(command, directory, done),
    replace(children, guardian) {
      try {
        const bequest = packBequest({ directory, version: version.own, children, guardian }, native.createMemoryFile);
        const environment = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
        leave();
        native.replaceProgram(
          {
            path: command.path,
            arguments: [process.argv0, ...command.arguments],
            environment: [...environment, `${daemonVariable}=1`, bequest.variable],
          },
          bequest.keep,
        );
      } catch (error) {
        log.alert(`Unable to become the new program - ${errorText(error)}`);
      }
    },
  };
}
