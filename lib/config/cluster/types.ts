// SPDX-License-Identifier: MIT
// What the cluster check says: plain JSON data, printed as it is by `ka-ts check --json`. Times are microseconds.

import type { Family, Ip } from '../../base/address.ts';
import type { Micros } from '../../base/time.ts';

export interface ClusterReport {
  readonly version: 1;
  readonly nodes: readonly ClusterNode[];
  /** Worst first, then in the order of the routers. */
  readonly findings: readonly ClusterFinding[];
  /** In the order of the first node's instances. */
  readonly routers: readonly RouterReport[];
}

export interface ClusterNode {
  /** What tells the file from the others: `lb1`. */
  readonly name: string;
  readonly file: string;
  /** false: refused on its own, and left out of everything here. */
  readonly usable: boolean;
}

/** error: the address is held twice or by nobody, or a check is useless; warning: likely not meant; notice: good to know. */
export type ClusterSeverity = 'error' | 'warning' | 'notice';

export interface ClusterFinding {
  /** Stable name of the rule, `cluster-…`; never reused for another meaning. */
  readonly code: string;
  readonly severity: ClusterSeverity;
  /** Name of the virtual router as RouterReport has it; null: about whole nodes. */
  readonly router: string | null;
  readonly message: string;
  /** One per node concerned. */
  readonly places: readonly ClusterPlace[];
  readonly effect: string;
  readonly advice: string;
}

export interface ClusterPlace {
  readonly node: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What stands there, as it is to be shown; never a password or key. */
  readonly value: string;
}

/** One virtual router: the instances of all nodes that belong together. */
export interface RouterReport {
  readonly name: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: Family;
  readonly addresses: readonly Ip[];
  readonly members: readonly MemberReport[];
  readonly checks: readonly CheckReport[];
  /** First the outcome without any failure, the only one where the nodes do not hear each other; every combination of failures that was looked at is in exactly one. */
  readonly outcomes: readonly Outcome[];
  readonly coverage: Coverage;
}

export interface MemberReport {
  readonly node: string;
  readonly instance: string;
  readonly state: 'MASTER' | 'BACKUP';
  readonly priority: number;
  /** Effective priority while every check succeeds; null: FAULT. */
  readonly sum: number | null;
  readonly preempts: boolean;
  /** Source address of its adverts, which decides a tie; null: the interface supplies it. */
  readonly source: Ip | null;
}

export type CheckKind = 'script' | 'interface' | 'process' | 'file' | 'bfd';

export interface CheckReport {
  /** `lb1: chk_haproxy`, as outcomes name it. */
  readonly id: string;
  readonly node: string;
  readonly kind: CheckKind;
  readonly name: string;
  /** 0: a failure sends the instance to FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
  readonly detection: Detection;
}

/** From the failure of what is checked to the moment when the instance acts on it, at most. */
export interface Detection {
  readonly failing: Micros;
  /** When the check itself hangs until its timeout; null where nothing can hang. */
  readonly hanging: Micros | null;
  /** `every 2 s, fall 3` */
  readonly how: string;
}

export interface Outcome {
  readonly case: OutcomeCase;
  /** One per member. */
  readonly levels: readonly Level[];
  /** Nodes that hold the addresses afterwards: none, one, or several that do not hear each other. */
  readonly holders: readonly string[];
  readonly why: Why;
  /** The addresses change their place. */
  readonly moved: boolean;
  /** At most; null when nothing moves, or nobody takes over. */
  readonly takes: Takes | null;
  /** Who holds them when everything succeeds again. */
  readonly after: readonly string[];
}

export type OutcomeCase =
  /** Exactly these fail; none: all is well. */
  | { readonly kind: 'checks'; readonly failed: readonly string[] }
  /** Any one of these fails alone, always with the same result. */
  | { readonly kind: 'one'; readonly of: readonly string[] }
  /** Two or more fail together, in so many of the combinations looked at; `least`: the fewest with this result. */
  | { readonly kind: 'several'; readonly combinations: number; readonly least: readonly string[] }
  /** The node stops in order and says so. */
  | { readonly kind: 'stop'; readonly node: string }
  /** The node dies, or loses the link of the instance: nobody is told. */
  | { readonly kind: 'loss'; readonly node: string; readonly interface: string | null };

/** Effective priority, from lowest to highest over the combinations of one outcome. */
export interface Level {
  readonly low: number | null;
  readonly high: number | null;
  /** In one combination at least the instance is in FAULT; always when low is null. */
  readonly fault: boolean;
  readonly gone: boolean;
}

/**
 * highest: nobody is above. kept: another is equal, and an equal one does not preempt. address: equal and starting
 * together, the higher address decides. nopreempt, delay: somebody is above and does not, or not yet, take over.
 * alone: the others cannot. nobody: all in FAULT. split: several do not hear each other.
 */
export type Why = 'highest' | 'kept' | 'address' | 'nopreempt' | 'alone' | 'nobody' | 'split';

export interface Takes {
  /** Until the cause is noticed. */
  readonly detection: Micros;
  /** From then until the first advert of the new holder. */
  readonly takeover: Micros;
}

export interface Coverage {
  readonly checks: number;
  /** 2 to the number of checks. */
  readonly combinations: number;
  readonly looked: number;
  /** false: single failures, pairs, whole nodes and everything; not all combinations. */
  readonly complete: boolean;
}
