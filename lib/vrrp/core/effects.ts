// SPDX-License-Identifier: MIT
// Everything the machine can ask for. The order of effects in a step is part of the contract: the shell performs them
// one after the other (order on becoming active: reference/vrrp-protocol.md section 6.4).

import type { Ip } from '../../base/address.ts';
import type { Micros } from '../../base/time.ts';
import type { ActiveRouter, FaultReason, State } from './types.ts';

export type VrrpEffect =
  | { readonly kind: 'arm'; readonly due: Micros; readonly generation: number }
  | { readonly kind: 'disarm' }
  /** Packets are looked at only in Backup and Active. */
  | { readonly kind: 'listen'; readonly on: boolean }
  /**
   * Periodic adverts with this Priority every Advertisement_Interval. now: one at once and the period starts there;
   * next: the running period stays, the new Priority goes out with its next advert.
   */
  | { readonly kind: 'advertise'; readonly priority: number; readonly every: Micros; readonly first: 'now' | 'next' }
  /** Adverts end; before that so many with Priority 0. */
  | { readonly kind: 'quiet'; readonly farewells: 0 | 1 | 2 }
  | { readonly kind: 'own_addresses' }
  | { readonly kind: 'release_addresses' }
  /** A burst over all addresses now, after the addresses are acknowledged; and once more after `again` unless 0. */
  | {
      readonly kind: 'announce';
      readonly repeat: number;
      readonly again: Micros;
      readonly why: 'active' | 'lower_priority' | 'restored' | 'reload' | 'refresh' | 'woke_late';
    }
  /** Periodic refresh bursts while active; every 0 stops them. */
  | { readonly kind: 'announce_periodically'; readonly repeat: number; readonly every: Micros; readonly firstAt: Micros }
  /** One announcement for each further interface with addresses, every so often; every 0 stops them. */
  | { readonly kind: 'announce_extra'; readonly every: Micros; readonly firstAt: Micros }
  /** Our own source address, for the peers of a unicast router. */
  | { readonly kind: 'announce_source' }
  /** Whether questions for its addresses on its virtual MACs are answered. */
  | { readonly kind: 'answer_arp'; readonly on: boolean }
  /** Queued and periodic ones. */
  | { readonly kind: 'cancel_announcements' }
  /** A finished transition: notifications go out. initial: the first state after start. */
  | { readonly kind: 'state_changed'; readonly from: State; readonly to: State; readonly initial: boolean; readonly priority: number }
  /** FIFO MASTER_RX_LOWER_PRI and its script. */
  | { readonly kind: 'heard_lower_priority' }
  /** Rate-limited refusal lines may be told again (section 4.2, "rl"). */
  | { readonly kind: 'clear_refusals' }
  | { readonly kind: 'note'; readonly note: Note };

/** Things worth a log line, as data; vrrp/messages.ts has keepalived's text for each. */
export type Note =
  | { readonly code: 'entering_backup_init' }
  | { readonly code: 'entering_backup' }
  | { readonly code: 'entering_active' }
  | { readonly code: 'entering_fault' }
  | { readonly code: 'entering_fault_init' }
  /** Lower-case variant printed once when the first cause appears at load. */
  | { readonly code: 'fault_at_load' }
  | { readonly code: 'fault_cause'; readonly reason: FaultReason }
  | { readonly code: 'active_down' }
  | { readonly code: 'backup_heard_priority_zero' }
  | { readonly code: 'active_heard_priority_zero' }
  | { readonly code: 'sent_priority_zero' }
  | { readonly code: 'discarding_lower'; readonly source: Ip; readonly priority: number }
  | { readonly code: 'forcing_election'; readonly source: Ip; readonly priority: number; readonly ours: number; readonly silent: boolean }
  | { readonly code: 'yield_higher'; readonly source: Ip; readonly priority: number; readonly ours: number }
  | { readonly code: 'yield_address'; readonly source: Ip; readonly priority: number }
  | { readonly code: 'same_address'; readonly source: Ip }
  | { readonly code: 'two_owners'; readonly source: Ip }
  | { readonly code: 'owner_lowered'; readonly source: Ip }
  | { readonly code: 'owner_restored_lower'; readonly priority: number }
  | { readonly code: 'owner_restored_alone'; readonly priority: number }
  /** The other owner kept silent through the whole watch. */
  | { readonly code: 'other_owner_stopped' }
  | { readonly code: 'priority_changed'; readonly from: number; readonly to: number }
  | { readonly code: 'interval_learnt'; readonly from: Micros; readonly to: Micros }
  | { readonly code: 'preempt_delay_started'; readonly delay: Micros }
  | { readonly code: 'preempt_delay_stopped' }
  | { readonly code: 'heard_active'; readonly before: ActiveRouter | null; readonly now: Ip }
  | { readonly code: 'address_restored' }
  /** Removed so often that somebody else should have them. */
  | { readonly code: 'restore_limit'; readonly removals: number }
  | { readonly code: 'woke_late'; readonly late: Micros }
  | { readonly code: 'timer_expired'; readonly late: Micros }
  | { readonly code: 'yield_late'; readonly source: Ip; readonly priority: number }
  | { readonly code: 'lease_lost' }
  /** The process before this one died while Active, and nobody has noticed yet. */
  | { readonly code: 'resuming' }
  /** Farewell said, addresses kept for at most `limit`. */
  | { readonly code: 'handing_over'; readonly limit: Micros }
  | { readonly code: 'handed_over'; readonly to: Ip }
  | { readonly code: 'nobody_took_over' };
