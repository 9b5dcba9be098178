// SPDX-License-Identifier: MIT
// keepalived's log text for each note of the machine (reference/vrrp-protocol.md sections 6, 7 and 15;
// reference/notifications.md section 4). People grep for these: the two spellings `(NAME) ` and `(NAME): ` are keepalived's.

import { exhaustive } from '../base/result.ts';
import { type Micros, secondsText } from '../base/time.ts';
import type { ClaimEffect } from './core/claims.ts';
import type { Note } from './core/effects.ts';
import type { GroupNote } from './core/group.ts';
import type { FaultReason } from './core/types.ts';

export interface NoteText {
  readonly text: string;
  /** Only with --log-detail (-D). */
  readonly detail: boolean;
}

/** The line for a note of the instance `name`. All are LOG_INFO. */
export function noteText(name: string, note: Note): NoteText {
  const line = (text: string): NoteText => ({ text: `(${name}) ${text}`, detail: false });
  const detail = (text: string): NoteText => ({ text: `(${name}) ${text}`, detail: true });
  switch (note.code) {
    case 'entering_backup_init':
      return line('Entering BACKUP STATE (init)');
    case 'entering_backup':
      return line('Entering BACKUP STATE');
    case 'entering_active':
      return line('Entering MASTER STATE');
    case 'entering_fault':
      return line('Entering FAULT STATE');
    case 'entering_fault_init':
      return line('Entering FAULT STATE (init)');
    case 'fault_at_load':
      return line('entering FAULT state');
    case 'fault_cause':
      return { text: faultText(name, note.reason), detail: false };
    case 'active_down':
      return detail('Receive advertisement timeout');
    case 'backup_heard_priority_zero':
      return detail('Backup received priority 0 advertisement');
    case 'active_heard_priority_zero':
      return detail('Master received priority 0 message');
    case 'sent_priority_zero':
      return detail('sent 0 priority');
    case 'discarding_lower':
      return line(`received lower priority (${note.priority}) advert from ${note.source} - discarding`);
    case 'forcing_election': {
      const what = `Received advert from ${note.source} with lower priority ${note.priority}, ours ${note.ours}`;
      return line(note.silent ? what : `${what}, forcing new election`);
    }
    case 'yield_higher':
      return line(`Master received advert from ${note.source} with higher priority ${note.priority}, ours ${note.ours}`);
    case 'yield_address':
      return line(`Master received advert from ${note.source} with same priority ${note.priority} but higher IP address than ours`);
    case 'same_address':
      return line('WARNING - equal priority advert received from remote host with our IP address.');
    case 'two_owners':
      return line(`CONFIGURATION ERROR: local instance and ${note.source} are both configured as address owner, please resolve`);
    case 'owner_lowered':
      return line(`${note.source} is still advertising as address owner, please resolve - reducing our priority`);
    case 'owner_restored_lower':
      return line(`Restoring our priority to ${note.priority} since received advert with lower priority`);
    case 'owner_restored_alone':
      return line(`Restoring our priority to ${note.priority} since other address owner has disappeared`);
    case 'other_owner_stopped':
      return { text: `(${name}): rogue address owner appears to have stopped advertising`, detail: false };
    case 'priority_changed':
      return line(`Changing effective priority from ${note.from} to ${note.to}`);
    case 'interval_learnt':
      return detail(`advertisement interval updated from ${whole(note.from)}ms to ${whole(note.to)}ms by master`);
    case 'preempt_delay_started':
      return line(`start preempt delay (${secondsText(note.delay)})`);
    case 'preempt_delay_stopped':
      return line('stop preempt delay');
    case 'heard_active':
      return detail(note.before ? `master changed from ${note.before.address} to ${note.now}` : `master set to ${note.now}`);
    // keepalived has no words for the rest: it gives up the role when robbed, has no lease, and leaves before others come.
    case 'address_restored':
      return line('virtual addresses, routes or rules were removed by somebody else, putting them back');
    case 'restore_limit':
      return line(`removed by somebody else ${note.removals} times within a minute, giving up the MASTER state`);
    case 'woke_late':
      return line(`advert ${secondsText(note.late)} seconds late: listening for another master first`);
    case 'timer_expired':
      return { text: `VRRP thread timer expired ${secondsText(note.late)} seconds ago`, detail: false };
    case 'yield_late':
      return line(`${note.source} is master with priority ${note.priority} since this router was held up`);
    case 'lease_lost':
      return line('no answer from the event loop, addresses given up');
    case 'resuming':
      return line('going on where the process that died was MASTER');
    case 'handing_over':
      return line(`serving until another router takes over, for at most ${secondsText(note.limit)} seconds`);
    case 'handed_over':
      return line(`${note.to} has taken over`);
    case 'nobody_took_over':
      return line('no other router has taken over');
    default:
      return exhaustive(note);
  }
}

/** keepalived does not listen for these and has no words. */
export function contestedText(name: string, { address, mac }: Extract<ClaimEffect, { kind: 'contested' }>): string {
  return `(${name}) ${address} is claimed by ${mac} too: a second master, or a host with this address? Announcing it again`;
}

export function resolvedText(name: string, { claims, answers, lasted }: Extract<ClaimEffect, { kind: 'resolved' }>): string {
  return `(${name}) nobody else claims the addresses any more (${claims} claims in ${secondsText(lasted)} seconds, ${answers} answers)`;
}

/** The line for a note of the sync group `name`. */
export function groupNoteText(name: string, note: GroupNote): NoteText {
  const words = { active: 'MASTER', backup: 'BACKUP', fault: 'FAULT' } as const;
  switch (note.code) {
    case 'syncing':
      return { text: `VRRP_Group(${name}) Syncing instances to ${words[note.to]} state`, detail: false };
    case 'syncing_at_load':
      return { text: `VRRP_Group(${name}): Syncing ${note.name} to FAULT state`, detail: false };
    default:
      return exhaustive(note);
  }
}

function faultText(name: string, reason: FaultReason): string {
  switch (reason.kind) {
    case 'interface_down':
    // For keepalived an interface that does not exist yet is a down one.
    case 'interface_missing':
      return `(${name}): entering FAULT state (interface ${reason.name} down)`;
    case 'no_source_address':
      return `(${name}) entering FAULT state (no IPv${reason.family} address for interface)`;
    case 'source_not_configured':
      return `(${name}): entering FAULT state (src address not configured)`;
    case 'script':
      return `(${name}): entering FAULT state due to script ${reason.name}`;
    case 'file':
      return `(${name}): entering FAULT state (tracked file ${reason.name} has status ${reason.status})`;
    case 'process':
      return `(${name}) entering FAULT state (tracked process ${reason.name} quorum not achieved)`;
    // keepalived says nothing of a session that is down.
    case 'bfd':
      return `(${name}): entering FAULT state (tracked BFD instance ${reason.name} down)`;
    case 'socket':
    case 'config':
      return `(${name}): entering FAULT state (${reason.text})`;
    default:
      return exhaustive(reason);
  }
}

/** A reason to be in FAULT, for a status. */
export function faultWords(reason: FaultReason): string {
  switch (reason.kind) {
    case 'interface_down':
      return `interface ${reason.name} is down`;
    case 'interface_missing':
      return `interface ${reason.name} does not exist`;
    case 'no_source_address':
      return `the interface has no IPv${reason.family} address to send from`;
    case 'source_not_configured':
      return 'the source address is not on this host';
    case 'script':
      return `script ${reason.name} fails`;
    case 'file':
      return `file ${reason.name} says ${reason.status}`;
    case 'process':
      return `process ${reason.name} has no quorum`;
    case 'bfd':
      return `BFD session ${reason.name} is down`;
    case 'socket':
    case 'config':
      return reason.text;
    default:
      return exhaustive(reason);
  }
}

function whole(t: Micros): number {
  return Math.floor(t / 1000);
}
