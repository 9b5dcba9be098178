// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { GlobalDefs } from '../../../lib/config/model.ts';
import { createAlerts } from '../../../lib/notify/alerts.ts';
import type { Notification } from '../../../lib/ports/notifier.ts';
import { config, instance } from '../../support/configs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeMail } from '../../support/fake-mail.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const server = { smtp_server: { host: '192.0.2.25', port: 25 }, notification_email: ['Ops <ops@example.net>', 'x@y.z'] };

describe('SMTP alerts', () => {
  it('go from the user on this host, by the name of this host, to all recipients', () => {
    const { tell, mail } = setup(server);
    tell('MASTER');
    const [sent] = mail.open;
    assert.deepEqual(
      [sent?.mail.from, sent?.mail.to, sent?.server.name],
      ['root@node.example.net', ['ops@example.net', 'x@y.z'], 'node.example.net'],
    );
    assert.match(sent?.mail.text ?? '', /^Subject: \[node\] VRRP Instance VI_1 - Entering MASTER state\r$/m);
    assert.match(sent?.mail.text ?? '', /^To: Ops <ops@example.net>,\r\n x@y.z\r$/m);
  });

  it('use the names that are configured', () => {
    const { tell, mail } = setup({ ...server, smtp_helo_name: 'helo', notification_email_from: 'KA <ka@x.y>', router_id: 'R' });
    tell('MASTER');
    assert.deepEqual([mail.open[0]?.mail.from, mail.open[0]?.server.name], ['ka@x.y', 'helo']);
    assert.match(mail.open[0]?.mail.text ?? '', /^From: KA <ka@x.y>\r\nSubject: \[R\] /m);
  });

  it('need a server, a recipient, and an object that wants them', () => {
    for (const missing of [{ smtp_server: null }, { notification_email: [] }]) {
      const { tell, mail } = setup({ ...server, ...missing });
      tell('MASTER');
      assert.equal(mail.begun(), 0);
    }
    const { tell, mail } = setup(server);
    tell('MASTER', { mail: false });
    assert.equal(mail.begun(), 0);
  });

  it('are not sent twice for the same state', () => {
    const { tell, mail } = setup(server);
    for (const state of ['BACKUP', 'BACKUP', 'MASTER', 'BACKUP'] as const) tell(state);
    assert.equal(mail.begun(), 3);
    tell('BACKUP', { kind: 'GROUP' });
    assert.equal(mail.begun(), 4);
  });

  it('leave FAULT out under no_email_faults, and forget it', () => {
    const { tell, mail } = setup({ ...server, no_email_faults: true });
    for (const state of ['BACKUP', 'FAULT', 'BACKUP'] as const) tell(state);
    assert.equal(mail.begun(), 1);
  });

  it('load what they need when an instance wants them, not before', () => {
    assert.equal(setup(server).mail.prepared(), false);
    assert.equal(setup(server, true).mail.prepared(), true);
    assert.equal(setup({}, true).mail.prepared(), false);
  });
});

function setup(globals: Partial<GlobalDefs>, smtp_alert = false) {
  const mail = createFakeMail();
  const identity = { hostName: 'node.example.net', nodeName: 'node', userName: 'root' };
  const alerts = createAlerts({ mail, clock: createFakeClock(), log: createMemoryLog(), mailIdentity: () => identity });
  const base = config(instance({ smtp_alert }));
  alerts.apply({ ...base, global_defs: { ...base.global_defs, ...globals } });
  const tell = (state: Notification['state'], changes: Partial<Notification> = {}) =>
    alerts.tell({ kind: 'INSTANCE', name: 'VI_1', state, priority: 100, specific: null, generic: null, mail: true, ...changes });
  return { mail, tell };
}
