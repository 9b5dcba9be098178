// SPDX-License-Identifier: MIT
// Exit statuses (reference/cli-and-process.md section 5) and the error that carries one to the top of a process.

export const exitStatus = {
  ok: 0,
  /** Bad command line; a child's FATAL. */
  fatal: 1,
  /** A configuration error that prevents running. */
  config: 2,
  missingPermission: 4,
  /** The configuration file is missing or cannot be read. */
  noConfigFile: 6,
  internal: 70,
} as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** A process cannot start or go on; `message` is its last line in the log. A child's 1, 2 and 4 are final for the parent too. */
export class StartError extends Error {
  readonly status: ExitStatus;
  constructor(message: string, status: ExitStatus) {
    super(message);
    this.name = 'StartError';
    this.status = status;
  }
}

/** errno name of a failed system call ('ENOENT'), '' for any other error. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
