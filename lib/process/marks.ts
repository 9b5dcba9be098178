// SPDX-License-Identifier: MIT
// What the environment says of a process that this program has started itself.

/** The daemon in the background: it must not detach again. */
export const daemonVariable = 'KA_TS_DAEMON';
/** A new program that is only tried (trial.ts). */
export const trialVariable = 'KA_TS_TRIAL';
/** A program in the place of another (bequest.ts). */
export const bequestVariable = 'KA_TS_BEQUEST';

/** Asked once: scripts inherit the environment, and a daemon that one of them starts is another one. */
export function isDetached(): boolean {
  return isMarked(daemonVariable);
}

/** Asked once. */
export function isTrial(): boolean {
  return isMarked(trialVariable);
}

/** Any number of times. */
export function isSuccessor(): boolean {
  return process.env[bequestVariable] !== undefined;
}

function isMarked(variable: string): boolean {
  const is = process.env[variable] !== undefined;
  delete process.env[variable];
  return is;
}
