// SPDX-License-Identifier: MIT
// One sync group in keepalived.data.

import type { GroupView } from '../ports/vrrp-view.ts';
import { notifyLines, trackerLines } from './instance-lines.ts';

export function groupLines({ config: c, state, faulty, waiting }: GroupView): string[] {
  return [
    ` VRRP Sync Group = ${c.name}, ${state}`,
    ...[
      `Num member fault ${faulty}, num member init ${waiting}`,
      'VRRP member instances :',
      ...c.group.map((name) => `  ${name}`),
      ...(c.sync_group_tracking_weight ? ['sync group tracking weight set'] : []),
      `Using smtp notification = ${c.smtp_alert ? 'yes' : 'no'}`,
      ...trackerLines(c),
      ...notifyLines(c),
    ].map((line) => `   ${line}`),
  ];
}
