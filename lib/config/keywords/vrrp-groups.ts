// SPDX-License-Identifier: MIT
// Blocks beside the instances: groups of them, pacing groups, interfaces that are polled or debounced, static objects.

import { bool, flag, script, text } from '../args.ts';
import { trackEntry } from '../entries.ts';
import { keywords } from '../keyword.ts';
import { secondsDecimal } from '../numbers.ts';

const live = 'live' as const;
const users = script({ users: true });

function notify(keyword: string, doc: string) {
  return { arg: users, repeat: { first: `vrrp group %s: ${keyword} script already specified - ignoring %v` }, reload: live, doc };
}

export const syncGroup = keywords({
  group: { entry: text('INSTANCE'), flat: true, reload: live, doc: 'Member instances', example: 'VI_1 VI_2' },
  track_interface: { entry: trackEntry('IFNAME', 253), reload: live, doc: 'Interfaces tracked for every member' },
  track_script: {
    entry: trackEntry('SCRIPT', 253),
    reload: live,
    doc: 'Scripts tracked for every member',
    example: 'chk_haproxy weight -20',
  },
  track_file: { entry: trackEntry('FILE', 254), reload: live, doc: 'Files tracked for every member' },
  track_process: { entry: trackEntry('PROCESS', 254), reload: live, doc: 'Processes tracked for every member' },
  track_bfd: { entry: trackEntry('BFD', 253), reload: live, doc: 'BFD sessions tracked for every member' },
  notify_backup: notify('backup', 'Run on entry to BACKUP'),
  notify_master: notify('master', 'Run on entry to MASTER'),
  notify_fault: notify('fault', 'Run on entry to FAULT'),
  notify_stop: notify('stop', 'Run when VRRP stops'),
  notify: notify('notify', 'Run on every transition with four more arguments'),
  smtp_alert: { arg: bool, reload: live, doc: 'Mail on transitions' },
  global_tracking: {
    as: 'sync_group_tracking_weight',
    arg: flag,
    reload: live,
    deprecated: { use: 'sync_group_tracking_weight' },
    doc: 'Allow weighted trackers on members',
  },
  sync_group_tracking_weight: { arg: flag, default: false, reload: live, doc: 'Allow weighted trackers on members' },
  notify_priority_changes: { arg: bool, reload: live, doc: 'Report priority changes on FIFOs' },
});

export const garpGroup = keywords({
  garp_interval: { arg: secondsDecimal(0, 4294.967295), reload: live, doc: 'Gap between gratuitous ARPs' },
  gna_interval: { arg: secondsDecimal(0, 4294.967295), reload: live, doc: 'Gap between unsolicited NAs' },
  interface: { arg: text('IFNAME', { max: 15 }), reload: live, doc: 'Interface paced on its own', example: 'eth0' },
  interfaces: { entry: text('IFNAME', { max: 15 }), flat: true, reload: live, doc: 'Interfaces paced together', example: 'eth1 eth2' },
});

export const trackGroup = keywords({
  group: { entry: text('INSTANCE'), flat: true, reload: live, doc: 'Member instances' },
});
