// SPDX-License-Identifier: MIT
// What the lab sees and does, in one closed union: the time line prints it, --json writes it, the judge measures on it.

import type { Micros } from '../base/time.ts';

export type VrrpState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';

export type LabEvent = { readonly at: Micros } & (
  | {
      readonly kind: 'advert';
      readonly node: string;
      readonly vrid: number;
      readonly priority: number;
      readonly version: number;
      readonly interval: Micros;
      readonly source: string;
      readonly destination: string;
      readonly addresses: readonly string[];
      readonly checksumOk: boolean;
    }
  /** Gratuitous ARP or unsolicited NA. */
  | { readonly kind: 'announcement'; readonly node: string; readonly address: string }
  /** From the node's log. */
  | { readonly kind: 'state'; readonly node: string; readonly state: VrrpState; readonly initial: boolean }
  /** From the node's log: its own priority has changed. */
  | { readonly kind: 'priority'; readonly node: string; readonly from: number; readonly to: number }
  /** Any other log line; only --json and --verbose show it. */
  | { readonly kind: 'log'; readonly node: string; readonly text: string }
  /** A ping of the client was answered, by the owner of this MAC address. */
  | { readonly kind: 'answer'; readonly node: string; readonly sequence: number }
  /** The client's pings are answered again, or by another node; `outage` since the last answer before, 0 for none. */
  | { readonly kind: 'reached'; readonly node: string; readonly outage: Micros; readonly lost: number }
  /** No answer for a while; `at` is when we gave up waiting, `since` the last answer. */
  | { readonly kind: 'unreachable'; readonly since: Micros }
  /** What the lab does to a node. */
  | { readonly kind: 'act'; readonly node: string; readonly text: string }
  | { readonly kind: 'step'; readonly number: number; readonly title: string; readonly expected: string }
  | { readonly kind: 'result'; readonly result: StepResult }
);

export interface StepResult {
  readonly number: number;
  readonly title: string;
  readonly before: string;
  readonly after: string;
  /** Formula of the protocol; null when no takeover is due. */
  readonly formula: string | null;
  readonly expected: Micros | null;
  /** From the event the formula counts from to the first advert of the new Active Router. */
  readonly measured: Micros | null;
  /** `measured` counts from a log line, which reaches us some milliseconds late. */
  readonly approximate: boolean;
  /** Between two answered pings; 0 when nothing was noticed. */
  readonly outage: Micros;
  readonly lostPings: number;
  /** Empty when VRRP's promises were kept. */
  readonly broken: readonly string[];
}
