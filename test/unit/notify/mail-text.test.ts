// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { bareAddress, dateText, letterFor, mailText } from '../../../lib/notify/mail-text.ts';
import type { Notification } from '../../../lib/ports/notifier.ts';

const quiet = { specific: null, generic: null, mail: true, priority: 100 } as const;
const letter = (kind: Notification['kind'], state: Notification['state']) => letterFor({ ...quiet, kind, state, name: 'X' });

describe('mails about transitions', () => {
  const rows: readonly (readonly [Notification['kind'], Notification['state'], string, string])[] = [
    ['INSTANCE', 'MASTER', 'VRRP Instance X - Entering MASTER state', '=> VRRP Instance is now owning VRRP VIPs <='],
    ['INSTANCE', 'BACKUP', 'VRRP Instance X - Entering BACKUP state', '=> VRRP Instance is no longer owning VRRP VIPs <='],
    ['INSTANCE', 'FAULT', 'VRRP Instance X - Entering FAULT state', '=> VRRP Instance is no longer owning VRRP VIPs <='],
    ['INSTANCE', 'STOP', 'VRRP Instance X - Stopping', '=> VRRP Instance stopping <='],
    ['INSTANCE', 'DELETED', 'VRRP Instance X - Deleted', '=> VRRP Deleted at reload <='],
    ['GROUP', 'MASTER', 'VRRP Group X - Entering MASTER state', '=> All VRRP group instances are now in MASTER state <='],
    ['GROUP', 'BACKUP', 'VRRP Group X - Entering BACKUP state', '=> All VRRP group instances are now in BACKUP state <='],
    ['GROUP', 'FAULT', 'VRRP Group X - Entering FAULT state', '=> All VRRP group instances are now in FAULT state <='],
    ['GROUP', 'STOP', 'VRRP Group X - Stopping', '=> All VRRP group instances are now stopping <='],
  ];
  for (const [kind, state, subject, body] of rows) {
    it(`${kind} ${state}`, () => assert.deepEqual(letter(kind, state), { subject, body }));
  }

  it('are none about priorities', () => {
    for (const state of ['MASTER_RX_LOWER_PRI', 'MASTER_PRIORITY', 'BACKUP_PRIORITY'] as const)
      assert.equal(letter('INSTANCE', state), null);
  });

  it('have the headers of keepalived, one recipient a line', () => {
    const sender = { from: 'root@vm', to: ['a@x', 'Max M <b@y>'], routerId: 'lvs1' };
    const text = mailText({ subject: 'S', body: 'B' }, sender, new Date(2026, 10, 20, 21, 16, 43));
    assert.match(text, /^Date: Fri, 20 Nov 2026 21:16:43 [+-]\d{4}\r\n/);
    assert.equal(
      text.slice(text.indexOf('\r\n') + 2),
      'From: root@vm\r\nSubject: [lvs1] S\r\nX-Mailer: Keepalived\r\nTo: a@x,\r\n Max M <b@y>\r\n\r\nB\r\n\r\n',
    );
  });

  it('cut a subject at 255 bytes, not within a character, and never let a name become a header', () => {
    const sender = { from: 'a@b\r\nBcc: all@x', to: ['c@d'], routerId: 'r' };
    const text = mailText({ subject: 'é'.repeat(200), body: 'B' }, sender, new Date(0));
    const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '';
    assert.equal(Buffer.byteLength(subject), 254);
    assert.doesNotMatch(text, /^Bcc/m);
  });

  it('carry the local time with its distance from UTC', () => {
    const at = (minutes: number) => dateText(Object.assign(new Date(2026, 0, 5, 3, 4, 5), { getTimezoneOffset: () => minutes }) as Date);
    assert.equal(at(-330), 'Mon, 05 Jan 2026 03:04:05 +0530');
    assert.equal(at(210), 'Mon, 05 Jan 2026 03:04:05 -0330');
  });

  it('are addressed to what stands between the angle brackets', () => {
    assert.equal(bareAddress('Max M <max@x.y>'), 'max@x.y');
    assert.equal(bareAddress(' a@b.c '), 'a@b.c');
    assert.equal(bareAddress('<a@b>'), 'a@b');
  });
});
