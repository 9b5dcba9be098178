// SPDX-License-Identifier: MIT
// Scripts: who runs them, what is executed, and what keepalived says of those it will not run
// (reference/cli-and-process.md section 11 "Checks at load").

import type { RunAs } from '../ports/script-checks.ts';
import type { Command } from './args.ts';
import { type BuildContext, notice, repaired } from './build-context.ts';
import type { BuiltGlobals } from './build-globals.ts';
import { type Block, placeOf, valueIn } from './keyword.ts';
import { leastInterval, vrrpScript } from './keywords/vrrp-script.ts';
import type { Script, ScriptUser, VrrpScript } from './model.ts';
import type { Place } from './report.ts';

export interface ScriptBuilder {
  /** An unusable one is reported; `unknownUser` is keepalived's text when nobody can be found to run it. */
  script(command: Command, place: Place, unknownUser?: string): Outcome;
  /** Whom something belongs to that is made for `user`, or for the default user. */
  owner(user: ScriptUser | null, place: Place, unknownUser: string): RunAs | null | 'unknown';
  tracked(block: Block<typeof vrrpScript>): { readonly script: VrrpScript | null; readonly disabled: boolean };
  /** Call when all scripts are built: the finding about security as a whole. */
  finish(): void;
}

type Outcome =
  | { readonly script: Script; readonly failed: null }
  /** `reason`: what is wrong with the script, for the effect of a finding about its object. */
  | { readonly script: null; readonly failed: 'identity' | 'insecure' | 'missing'; readonly reason: string };

/** `what` names them in the finding about security. */
export function scriptBuilder(
  globals: BuiltGlobals,
  what: 'scripts' | 'check scripts' | 'start/shutdown scripts',
  context: BuildContext,
): ScriptBuilder {
  const { scripts } = context;
  const { enable_script_security: secure, script_user } = globals.defs;
  let inUse = false;
  let insecure = false;
  let told = false;

  /** Section 6 of the language reference: own user, else script_user, else keepalived_script, else the daemon's. */
  function identify(user: ScriptUser | null, place: Place, command: string, text?: string): RunAs | null | 'unknown' {
    if (!scripts) return null;
    if (user) {
      const found = scripts.identity(user.user, user.group);
      if (found) return found;
      repaired(context, place, 'script-user-unknown', text ?? `Unable to set uid/gid for script '${command}'`, {
        scope: 'child',
        word: user.user,
        expected: 'an existing user and group',
      });
      return 'unknown';
    }
    const unknown = () => {
      if (text) repaired(context, place, 'script-user-unknown', text, { scope: 'child' });
      return 'unknown' as const;
    };
    if (script_user) return scripts.identity(script_user.user, script_user.group) ?? unknown();
    const usual = scripts.identity('keepalived_script', null);
    if (usual) return usual;
    if (!secure) return null;
    if (!told) {
      repaired(context, place, 'script-user-unknown', 'Unable to set default user keepalived_script for script', {
        scope: 'child',
        hint: "create the user keepalived_script or set 'script_user'",
      });
    }
    told = true;
    return unknown();
  }

  function script(command: Command, place: Place, unknownUser?: string): Outcome {
    const as = identify(command.user, place, command.text, unknownUser);
    if (as === 'unknown') return { script: null, failed: 'identity', reason: 'nobody is there to run it as' };
    const [name = ''] = command.words;
    const base = { words: command.words, user: command.user, text: command.text, run_as: as };
    if (!scripts) return { script: { ...base, path: null }, failed: null };
    const runsAs = as ?? scripts.self();
    const check = scripts.script(name, runsAs, globals.use_symlink_paths);
    const say = (code: string, message: string, more = {}) => notice(context, place, code, message, { word: name, ...more });
    switch (check.kind) {
      case 'usable': {
        if (check.found !== null) {
          say(
            'script-path-search',
            `WARNING - script \`${name}\` resolved by path search to \`${check.found}\`. Please specify full path.`,
          );
        }
        if (check.symlink !== null) {
          say('script-symlink', `Wrong file type found in script path '${check.symlink}'.`, {
            hint: `${check.symlink} is a symbolic link; keepalived 2.4.3 would not run the script as root`,
            effect: 'the script is run all the same',
          });
        }
        inUse = true;
        if (check.unsafe !== null) {
          insecure = true;
          say('script-unsafe', `Unsafe permissions found for script '${name}'${secure ? ' - disabling' : ''}.`, { hint: check.unsafe });
          if (secure) return { script: null, failed: 'insecure', reason: check.unsafe };
        }
        return { script: { ...base, path: check.path }, failed: null };
      }
      case 'not_in_path':
        say('script-missing', `Cannot find script ${name} in path - disabling`);
        return { script: null, failed: 'missing', reason: `${name} is not in PATH` };
      case 'path_forbidden':
        say('script-missing', `Permissions failure for script ${name} in path - disabling`);
        return { script: null, failed: 'missing', reason: `${name} in PATH may not be run by its user` };
      case 'inaccessible':
        say('script-missing', `Script ${name} cannot be accessed - ${check.error}`);
        return { script: null, failed: 'missing', reason: `${name}: ${check.error}` };
      case 'not_executable':
        say('script-not-executable', `WARNING - script '${name}' is not executable for uid:gid ${runsAs.uid}:${runsAs.gid} - disabling.`);
        return { script: null, failed: 'missing', reason: `${name} is not executable for its user` };
      case 'wrong_type':
        say('script-wrong-type', `Wrong file type found in script path '${check.component}'.`);
        return { script: null, failed: 'insecure', reason: `${check.component} is neither directory nor regular file` };
    }
  }

  function tracked(block: Block<typeof vrrpScript>): { script: VrrpScript | null; disabled: boolean } {
    const get = <K extends keyof typeof vrrpScript & string>(key: K) => valueIn(vrrpScript, block, key);
    const command = get('script');
    if (!command) {
      repaired(context, block.place, 'script-not-set', `No script set for vrrp_script ${block.name} - removing`, {
        scope: 'child',
        word: block.name,
      });
      return { script: null, disabled: false };
    }
    const outcome = script({ ...command, user: get('user') ?? null }, placeOf(block, 'script'));
    if (!outcome.script) {
      if (outcome.failed === 'identity') {
        if (!get('user')) {
          repaired(context, block.place, 'script-user-unknown', `Unable to set default user for vrrp script ${block.name} - removing`, {
            scope: 'child',
          });
        }
        return { script: null, disabled: false };
      }
      const why = outcome.failed === 'insecure' ? 'due to insecure' : 'since not found/accessible';
      repaired(context, block.place, 'script-disabled', `Disabling track script ${block.name} ${why}`, {
        word: block.name,
        effect: `track_script ${block.name} is disabled: ${outcome.reason}`,
      });
      return { script: null, disabled: true };
    }
    const interval = positive(block, 'interval');
    return {
      disabled: false,
      script: {
        name: block.name,
        position: block.place,
        script: outcome.script,
        interval,
        timeout: block.settings.timeout ? positive(block, 'timeout') : interval,
        weight: get('weight'),
        rise: get('rise'),
        fall: get('fall'),
        init_fail: get('init_fail'),
      },
    };
  }

  function positive(block: Block<typeof vrrpScript>, key: 'interval' | 'timeout') {
    const value = valueIn(vrrpScript, block, key) ?? leastInterval;
    if (value > 0) return value;
    repaired(context, placeOf(block, key), 'value-raised', `(${block.name}): vrrp script ${key} must be greater than 0, setting to 1`, {
      scope: 'child',
      word: key,
    });
    return leastInterval;
  }

  return {
    script,
    owner: (user, place, unknownUser) => identify(user, place, '', unknownUser),
    tracked,
    finish() {
      if (!inUse || secure) return;
      repaired(
        context,
        null,
        'script-security',
        `SECURITY VIOLATION - ${what} are being executed but script_security not enabled.${insecure ? ' There are insecure scripts.' : ''}`,
        {
          class: 'SECURITY_ERROR',
          severity: 'warning',
          hint: "set 'enable_script_security' in global_defs",
          effect: 'the scripts are run',
        },
      );
    },
  };
}

/** Once for all builders: whether the user that scripts run as by default exists. */
export function checkScriptUser(globals: BuiltGlobals, place: Place | null, context: BuildContext): void {
  const { scripts } = context;
  const { script_user } = globals.defs;
  if (scripts && script_user && !scripts.identity(script_user.user, script_user.group)) {
    repaired(context, place, 'script-user-unknown', 'Error setting global script uid/gid', {
      scope: 'parent',
      word: script_user.user,
      hint: `user '${script_user.user}'${script_user.group === null ? '' : ` or group '${script_user.group}'`} does not exist`,
      effect: 'scripts without a user of their own are not run',
    });
  }
}
