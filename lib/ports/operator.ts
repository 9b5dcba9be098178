// SPDX-License-Identifier: MIT
// Who asked for something at run time, and what stands over the configuration because of it.

/** As the kernel says it (SO_PEERCRED). */
export interface Operator {
  /** failover, maintenance, priority, weight, reload, apply, revert, snmp; expired: the time of one is over. */
  readonly operation: string;
  /** null: not known, as for SNMP. */
  readonly uid: number | null;
  readonly pid: number | null;
  /** Its name on this machine; null: it has none. */
  readonly user: string | null;
}

/** An instance whose priority an operator has changed. */
export interface Operated {
  readonly instance: string;
  /** As it is written in the configuration, and as it is now. */
  readonly configured: number;
  readonly priority: number;
  readonly by: Operator;
}

/** Why a configuration comes anew. */
export interface LoadReason {
  /** reload: the file was read; operator: the same file, and another operation over it. */
  readonly occasion: 'reload' | 'operator';
  /** null: a signal, or a time that had come. */
  readonly by: Operator | null;
  /** All that is in force with it. */
  readonly operated: readonly Operated[];
}

export const plainReload: LoadReason = Object.freeze({ occasion: 'reload', by: null, operated: [] });
