// SPDX-License-Identifier: MIT
// A notification as the mail that keepalived writes (reference: notifications document, section 3.2).

import type { Notification } from '../ports/notifier.ts';

export interface Letter {
  readonly subject: string;
  readonly body: string;
}

export interface Sender {
  /** notification_email_from, or USER@HOST. */
  readonly from: string;
  readonly to: readonly string[];
  readonly routerId: string;
}

/** Bytes, as keepalived cuts them. */
const longest = { subject: 255, body: 511 } as const;

type Told = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP' | 'DELETED';

const subjects: Readonly<Record<Told, string>> = {
  MASTER: 'Entering MASTER state',
  BACKUP: 'Entering BACKUP state',
  FAULT: 'Entering FAULT state',
  STOP: 'Stopping',
  DELETED: 'Deleted',
};

const lost = '=> VRRP Instance is no longer owning VRRP VIPs <=';
const instanceBodies: Readonly<Record<Told, string>> = {
  MASTER: '=> VRRP Instance is now owning VRRP VIPs <=',
  BACKUP: lost,
  FAULT: lost,
  STOP: '=> VRRP Instance stopping <=',
  DELETED: '=> VRRP Deleted at reload <=',
};

function groupBody(state: Told): string {
  return state === 'STOP' ? '=> All VRRP group instances are now stopping <=' : `=> All VRRP group instances are now in ${state} state <=`;
}

/** null: nothing that mails tell. */
export function letterFor({ kind, name, state }: Notification): Letter | null {
  if (state === 'MASTER_RX_LOWER_PRI' || state === 'MASTER_PRIORITY' || state === 'BACKUP_PRIORITY') return null;
  return kind === 'INSTANCE'
    ? { subject: `VRRP Instance ${name} - ${subjects[state]}`, body: instanceBodies[state] }
    : { subject: `VRRP Group ${name} - ${subjects[state]}`, body: groupBody(state) };
}

/** Headers and body; the subject without `[ROUTER_ID] `. */
export function mailText(letter: Letter, sender: Sender, date: Date): string {
  return [
    `Date: ${dateText(date)}`,
    `From: ${oneLine(sender.from)}`,
    `Subject: ${cut(oneLine(`[${sender.routerId}] ${letter.subject}`), longest.subject)}`,
    'X-Mailer: Keepalived',
    `To: ${sender.to.map(oneLine).join(',\r\n ')}`,
    '',
    cut(letter.body, longest.body),
    '',
    '',
  ].join('\r\n');
}

/** `Name <a@b>` → `a@b` */
export function bareAddress(address: string): string {
  return (/<([^<>]*)>/.exec(address)?.[1] ?? address).trim();
}

/** A name from the configuration must not become a header. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, ' ');
}

function cut(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  return encoded.length <= bytes ? text : new TextDecoder().decode(encoded.subarray(0, bytes)).replace(/\ufffd$/, '');
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Fri, 20 Nov 2026 21:16:43 +0000`, local time. */
export function dateText(d: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const offset = -d.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const time = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  return `${days[d.getDay()]}, ${two(d.getDate())} ${months[d.getMonth()]} ${d.getFullYear()} ${time} ${zone}`;
}
