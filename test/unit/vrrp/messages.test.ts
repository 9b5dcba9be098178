// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { ip } from '../../../lib/base/address.ts';
import { micros, milliseconds, seconds } from '../../../lib/base/time.ts';
import type { Note } from '../../../lib/vrrp/core/effects.ts';
import { noteText } from '../../../lib/vrrp/messages.ts';

const source = ip('192.0.2.3');
type Row = readonly [Note, string, 'detail'?];

const ROWS: readonly Row[] = [
  [{ code: 'entering_backup_init' }, '(VI_1) Entering BACKUP STATE (init)'],
  [{ code: 'entering_backup' }, '(VI_1) Entering BACKUP STATE'],
  [{ code: 'entering_active' }, '(VI_1) Entering MASTER STATE'],
  [{ code: 'entering_fault' }, '(VI_1) Entering FAULT STATE'],
  [{ code: 'entering_fault_init' }, '(VI_1) Entering FAULT STATE (init)'],
  [{ code: 'fault_at_load' }, '(VI_1) entering FAULT state'],
  [{ code: 'fault_cause', reason: { kind: 'interface_down', name: 'eth0' } }, '(VI_1): entering FAULT state (interface eth0 down)'],
  [{ code: 'fault_cause', reason: { kind: 'interface_missing', name: 'eth0' } }, '(VI_1): entering FAULT state (interface eth0 down)'],
  [
    { code: 'fault_cause', reason: { kind: 'no_source_address', family: 6 } },
    '(VI_1) entering FAULT state (no IPv6 address for interface)',
  ],
  [{ code: 'fault_cause', reason: { kind: 'source_not_configured' } }, '(VI_1): entering FAULT state (src address not configured)'],
  [{ code: 'fault_cause', reason: { kind: 'script', name: 'check' } }, '(VI_1): entering FAULT state due to script check'],
  [{ code: 'fault_cause', reason: { kind: 'socket', text: 'EPERM' } }, '(VI_1): entering FAULT state (EPERM)'],
  [{ code: 'active_down' }, '(VI_1) Receive advertisement timeout', 'detail'],
  [{ code: 'backup_heard_priority_zero' }, '(VI_1) Backup received priority 0 advertisement', 'detail'],
  [{ code: 'active_heard_priority_zero' }, '(VI_1) Master received priority 0 message', 'detail'],
  [{ code: 'sent_priority_zero' }, '(VI_1) sent 0 priority', 'detail'],
  [{ code: 'discarding_lower', source, priority: 99 }, '(VI_1) received lower priority (99) advert from 192.0.2.3 - discarding'],
  [
    { code: 'forcing_election', source, priority: 99, ours: 100, silent: false },
    '(VI_1) Received advert from 192.0.2.3 with lower priority 99, ours 100, forcing new election',
  ],
  [
    { code: 'forcing_election', source, priority: 99, ours: 100, silent: true },
    '(VI_1) Received advert from 192.0.2.3 with lower priority 99, ours 100',
  ],
  [
    { code: 'yield_higher', source, priority: 101, ours: 100 },
    '(VI_1) Master received advert from 192.0.2.3 with higher priority 101, ours 100',
  ],
  [
    { code: 'yield_address', source, priority: 100 },
    '(VI_1) Master received advert from 192.0.2.3 with same priority 100 but higher IP address than ours',
  ],
  [{ code: 'same_address', source }, '(VI_1) WARNING - equal priority advert received from remote host with our IP address.'],
  [
    { code: 'two_owners', source },
    '(VI_1) CONFIGURATION ERROR: local instance and 192.0.2.3 are both configured as address owner, please resolve',
  ],
  [{ code: 'owner_lowered', source }, '(VI_1) 192.0.2.3 is still advertising as address owner, please resolve - reducing our priority'],
  [{ code: 'owner_restored_lower', priority: 255 }, '(VI_1) Restoring our priority to 255 since received advert with lower priority'],
  [{ code: 'owner_restored_alone', priority: 255 }, '(VI_1) Restoring our priority to 255 since other address owner has disappeared'],
  [{ code: 'other_owner_stopped' }, '(VI_1): rogue address owner appears to have stopped advertising'],
  [{ code: 'priority_changed', from: 104, to: 100 }, '(VI_1) Changing effective priority from 104 to 100'],
  [
    { code: 'interval_learnt', from: seconds(1), to: milliseconds(1500) },
    '(VI_1) advertisement interval updated from 1000ms to 1500ms by master',
    'detail',
  ],
  [{ code: 'preempt_delay_started', delay: micros(5_250_000) }, '(VI_1) start preempt delay (5.250000)'],
  [{ code: 'preempt_delay_stopped' }, '(VI_1) stop preempt delay'],
  [{ code: 'heard_active', before: null, now: source }, '(VI_1) master set to 192.0.2.3', 'detail'],
  [
    { code: 'heard_active', before: { address: ip('192.0.2.1'), priority: 100 }, now: source },
    '(VI_1) master changed from 192.0.2.1 to 192.0.2.3',
    'detail',
  ],
];

describe('messages', () => {
  for (const [note, text, detail] of ROWS)
    it(`says "${text}" ${detail ? 'at detail level' : 'always'}`, () => {
      assert.deepEqual(noteText('VI_1', note), { text, detail: detail !== undefined });
    });
});
