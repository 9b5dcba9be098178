// SPDX-License-Identifier: MIT
// Telling the world about servers and services: scripts, FIFOs and mail, and after these whoever watches (SNMP traps).

import type { Micros } from '../base/time.ts';
import type { Config } from '../config/model.ts';
import type { RealServer, VirtualServer } from '../config/model-lvs.ts';

export interface PoolNotifier {
  /** The settings of a start or reload, before its first notification. FIFOs are opened anew. */
  apply(config: Config): void;
  /** notify_up or notify_down, and the FIFO. */
  serverChanged(vs: VirtualServer, rs: RealServer, up: boolean): void;
  /** quorum_up or quorum_down, the FIFO, and mail where the service asks for it. `text`: why, for the mail. */
  serviceChanged(vs: VirtualServer, up: boolean, text: string): void;
  /** It stays in the table with another weight. */
  weightChanged?(vs: VirtualServer, rs: RealServer, weight: number): void;
  /** The mail of a check, where the server asks for it. `up`: the server after it. */
  mailCheck(vs: VirtualServer, rs: RealServer, up: boolean, text: string): void;
  /** Resolves when every script has ended and mails are out; what still runs after `limit` is killed or dropped. */
  drain(limit: Micros): Promise<void>;
}

/** Hears of every change, those at a stop too for which no script runs. */
export interface PoolObserver {
  /** `serversUp`: how many of its service are, with this change. */
  serverChanged(vs: VirtualServer, rs: RealServer, up: boolean, serversUp: number): void;
  quorumChanged(vs: VirtualServer, quorum: QuorumWord, serversUp: number): void;
}

export type QuorumWord = 'met' | 'not met' | 'shutdown';
