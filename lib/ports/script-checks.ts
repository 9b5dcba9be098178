// SPDX-License-Identifier: MIT
// What the system says about the scripts and users a configuration names (reference/cli-and-process.md section 11).

/** A user and group as numbers; scripts run with exactly this gid. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** A command as keepalived looks at it before the first run. */
export type ScriptCheck =
  | {
      readonly kind: 'usable';
      /** What to execute: the resolved real path, or the configured one with use_symlink_paths. */
      readonly path: string;
      /** Set when a bare name was found in PATH. */
      readonly found: string | null;
      /** Set when root would run something that others may change: the path component at fault and why. */
      readonly unsafe: string | null;
      /** A directory of the path is a symbolic link and root runs it: keepalived 2.4.3 would disable it. */
      readonly symlink: string | null;
    }
  | { readonly kind: 'not_in_path' }
  | { readonly kind: 'path_forbidden' }
  /** realpath() failed; strerror text. */
  | { readonly kind: 'inaccessible'; readonly error: string }
  | { readonly kind: 'not_executable' }
  /** A component of the path is neither directory nor regular file nor link: refused for root whatever the security setting. */
  | { readonly kind: 'wrong_type'; readonly component: string };

export interface ScriptChecks {
  /** null when the user, or the group given with it, does not exist. Names or numbers. */
  identity(user: string, group: string | null): RunAs | null;
  /** Who the daemon itself is. */
  self(): RunAs;
  /** `command` is the first word of the script. */
  script(command: string, as: RunAs, useSymlinkPaths: boolean): ScriptCheck;
}
