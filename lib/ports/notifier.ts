// SPDX-License-Identifier: MIT
// Telling the world about transitions: notify scripts, FIFOs and mail; D-Bus and traps hang on the same call later.

import type { Micros } from '../base/time.ts';
import type { Config, Script } from '../config/model.ts';
import type { RefusalReason } from '../native/surface.ts';

/** keepalived's words (reference/notifications.md 1.1). */
export type NotifyState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'DELETED';
/** What is told beside transitions, to FIFOs and one script only (section 2). */
export type NewsState = 'MASTER_RX_LOWER_PRI' | 'MASTER_PRIORITY' | 'BACKUP_PRIORITY';

export interface Notification {
  readonly kind: 'INSTANCE' | 'GROUP';
  readonly name: string;
  readonly state: NotifyState | NewsState;
  /** Effective priority at that moment; 0 for a group. */
  readonly priority: number;
  /** notify_master, notify_backup, notify_fault, notify_stop …: run with the configured arguments only. */
  readonly specific: Script | null;
  /** notify: gets `KIND NAME STATE PRIORITY` appended. */
  readonly generic: Script | null;
  /** smtp_alert of the object. */
  readonly mail: boolean;
  /** Of a transition: why. */
  readonly why?: Why;
}

/** Why an object changed its state (docs/reference/causes.md). */
export interface Why {
  /** When, µs since 1970. */
  readonly at: number;
  /** States as in dumps. */
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
  /** The evidence in words; may be ''. */
  readonly text: string;
}

export interface Refused {
  readonly reason: RefusalReason;
  readonly source: string;
}

/** Something that stands wrong with an instance although its state has not changed: it began, or is over. */
export interface TroubleNotice {
  readonly kind: 'contested' | 'deaf';
  readonly over: boolean;
  readonly instance: string;
  /** docs/reference/control-socket.md has the words. */
  readonly why: string;
  readonly address: string | null;
  readonly mac: string | null;
  /** Of one that is over. */
  readonly lasted: Micros | null;
  readonly text: string;
}

export interface Notifier {
  /** The settings of a start or reload, before its first notification. FIFOs are opened anew. */
  apply(config: Config): void;
  notify(notification: Notification): void;
  /** An advert was refused, the first one of its reason since the instance changed state or accepted somebody new. */
  refused?(instance: string, refusal: Refused): void;
  trouble?(notice: TroubleNotice): void;
  /** Resolves when every script has ended; those still running after `limit` are killed with their groups. */
  drain(limit: Micros): Promise<void>;
}
