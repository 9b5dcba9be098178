// SPDX-License-Identifier: MIT
// Which processes count for a vrrp_track_process, and what their number means (reference/notifications.md section 8).

import type { TrackProcess } from '../../config/model.ts';

/** The kernel keeps 15 bytes of a name. */
const NAME_BYTES = 15;

export type MatchRules = Pick<TrackProcess, 'process' | 'param_match' | 'full_command'>;

/** What is known of one process. */
export interface Candidate {
  readonly name: string;
  /** Command line; none for a kernel thread. */
  readonly words: readonly string[];
}

/** A configured name as the kernel shows it. */
export function shortName(command: string): string {
  return new TextDecoder('utf-8').decode(new TextEncoder().encode(command).subarray(0, NAME_BYTES));
}

export function matches({ process, param_match, full_command }: MatchRules, candidate: Candidate): boolean {
  const [command = '', ...parameters] = process;
  if (!full_command) return candidate.name === shortName(command);
  const [name, ...given] = candidate.words;
  if (name !== command) return false;
  const text = joined(given);
  switch (param_match) {
    case 'none':
      return true;
    case 'exact':
      return text === joined(parameters);
    case 'partial':
      return text.startsWith(joined(parameters));
    // The last word may go on: without its end.
    case 'initial':
      return text.startsWith(joined(parameters).slice(0, -1));
  }
}

/** As the kernel keeps a command line. */
function joined(words: readonly string[]): string {
  return words.map((word) => `${word}\0`).join('');
}

export function isSameMatch(a: MatchRules, b: MatchRules): boolean {
  const key = ({ process, param_match, full_command }: MatchRules) => JSON.stringify([process, param_match, full_command]);
  return key(a) === key(b);
}

/** The number of processes is within the limits. */
export function hasQuorum({ quorum, quorum_max }: Pick<TrackProcess, 'quorum' | 'quorum_max'>, count: number): boolean {
  if (quorum_max === 0) return count === 0;
  return count >= quorum && (quorum_max === null || count <= quorum_max);
}
