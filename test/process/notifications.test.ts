// SPDX-License-Identifier: MIT
// Scripts, FIFO lines and mails of the real binary beside those of the packaged keepalived: the same configuration, the same
// events, compared line by line. Mails go to a real SMTP server in the namespace.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../lib/lab/host.ts';
import { commandOf, type Kind } from '../support/daemon.ts';
import type { TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';
import { instance, oneHost, type Running, requireBuild, startCommand, startWith } from './support.ts';

const sink = fileURLToPath(new URL('../support/smtp-sink.mjs', import.meta.url));

interface MailSeen {
  readonly helo: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

interface Stage {
  readonly network: TestNetwork;
  readonly host: Host;
  readonly server: ChildProcess;
  at(name: string): string;
  lines(name: string): string[];
  mails(): MailSeen[];
  script(name: string, text: string): string;
}

async function createStage(): Promise<Stage> {
  const { network, host } = await oneHost();
  const at = (name: string) => join(network.directory, name);
  await host.run(['ip', 'link', 'set', 'lo', 'up']);
  const server = host.spawn([process.execPath, sink, '2525', at('mails')], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (server.stdout) await once(server.stdout, 'data');
  const lines = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').split('\n').filter(Boolean) : []);
  return {
    network,
    host,
    server,
    at,
    lines,
    mails: () => lines('mails').map((line) => JSON.parse(line) as MailSeen),
    script(name, text) {
      writeFileSync(at(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      return at(name);
    },
  };
}

const mailGlobals = `  router_id lvs1
  smtp_server 127.0.0.1 2525
  smtp_connect_timeout 5
  notification_email_from ka@example.net
  notification_email {
    ops@example.net
    noc@example.org
  }
`;

describe('notifications beside those of keepalived', () => {
  const stages: Stage[] = [];
  before(async () => {
    requireBuild();
    stages.push(await createStage(), await createStage());
  });
  after(async () => {
    for (const { network } of stages) await network.destroy();
  });

  /** One life with every event; what the world was told of it. */
  async function live(kind: Kind, stage: Stage) {
    const { at, host, network } = stage;
    const note = (word: string) => stage.script(word, `echo "${word} $*" >> ${at('scripts')}`);
    const scripts = `notify "${note('notify')} own"
  notify_master ${note('master')}
  notify_backup "${note('backup')} 'a b' c"
  notify_fault ${note('fault')}
  notify_stop ${note('stop')}
  notify_deleted ${note('deleted')}`;
    const reader = stage.script('read', `while :; do [ -p "$1" ] && cat "$1" >> ${at('lines')}; sleep 0.02; done`);
    writeFileSync(at('healthy'), '');
    const globals = `global_defs {\n  script_user root\n${mailGlobals}  smtp_alert\n  vrrp_notify_fifo ${at('fifo')}\n  vrrp_notify_priority_changes\n}
vrrp_script chk {\n  script "/usr/bin/test -e ${at('healthy')}"\n  interval 1\n  weight -10\n}\n`;
    const first = instance({ owner: false, more: `${scripts}\n  track_script {\n    chk\n  }` });
    const second = instance({ name: 'VI_2', vrid: 52, owner: false, more: `smtp_alert off\n  notify_deleted ${at('deleted')}` });
    const third = instance({ name: 'VI_3', vrid: 53, owner: false, more: `notify_fault ${at('fault')}` });
    const group = `vrrp_sync_group G {\n  group {\n    VI_4\n    VI_5\n  }\n  notify "${note('group')} own"\n  notify_master ${note('group-master')}\n}\n`;
    const members = [4, 5].map((n) => instance({ name: `VI_${n}`, vrid: 50 + n, owner: false, more: `notify ${at('notify')}` })).join('');
    writeFileSync(at('conf'), globals + group + first + second + third + members);
    const loop = host.spawn([reader, at('fifo')], { stdio: 'ignore' });
    const daemon: Running = startCommand(commandOf(kind), host, network.directory, at('conf'));
    try {
      for (const n of [1, 2, 3, 4, 5]) await daemon.logged(new RegExp(`^\\(VI_${n}\\) Entering MASTER STATE$`));
      await host.run(['rm', at('healthy')]);
      await daemon.logged(/^\(VI_1\) Changing effective priority from 100 to 90$/);
      await host.run(['ip', 'link', 'set', 'eth0', 'down']);
      for (const n of [1, 2, 3, 4, 5]) await daemon.logged(new RegExp(`^\\(VI_${n}\\) Entering FAULT STATE$`));
      let from = daemon.lines.length;
      await host.run(['ip', 'link', 'set', 'eth0', 'up']);
      for (const n of [1, 2, 3, 4, 5]) await daemon.logged(new RegExp(`^\\(VI_${n}\\) Entering BACKUP STATE`), { from });
      await until('the mails before the reload', () => stage.mails().length >= 20);
      from = daemon.lines.length;
      writeFileSync(at('conf'), globals + group + first + members);
      daemon.signal('SIGHUP');
      await daemon.logged(/^Reload complete$/, { from });
      const vanished = () => {
        const lines = stage.lines('lines');
        const faults = lines.filter((l) => l === 'INSTANCE "VI_3" FAULT 100').length;
        return lines.includes('INSTANCE "VI_2" DELETED 100') && faults === 2;
      };
      await until('the lines and mails of the vanished', () => vanished() && stage.mails().length >= 21);
      const beforeStop = { lines: stage.lines('lines'), mails: stage.mails() };
      await daemon.stop();
      return { ...beforeStop, scripts: stage.lines('scripts'), atStop: stage.mails().slice(beforeStop.mails.length), log: daemon.lines };
    } finally {
      await daemon.stop();
      loop.kill('SIGKILL');
    }
  }

  it('are the same lines, calls and mails', async () => {
    const [mine, other] = stages;
    assert.ok(mine && other);
    const [ours, theirs] = await Promise.all([live('ka-ts', mine), live('keepalived', other)]);
    // Which of several instances is first within one event is no promise; and keepalived begins anew with the configured priority
    // at a reload, which it tells as a change.
    const byName = (lines: readonly string[]) =>
      ['VI_1', 'VI_2', 'VI_3', 'VI_4', 'VI_5', '"G"'].map((n) => lines.filter((l) => l.includes(n) && !l.includes('BACKUP_PRIORITY')));
    assert.deepEqual(byName(ours.lines), byName(theirs.lines));
    assert.deepEqual([...ours.scripts].sort(), [...theirs.scripts].sort());
    const plain = (mails: readonly MailSeen[]) =>
      mails
        .map((m) => ({
          ...m,
          text: m.text.replace(/^Date: \w{3}, \d{2} \w{3} \d{4} [\d:]{8} [+-]\d{4}\r\n/, '').replaceAll(',\r\n ', ', '),
        }))
        .map((m) => JSON.stringify(m))
        .sort();
    assert.deepEqual(plain(ours.mails), plain(theirs.mails));
    assert.match(ours.mails[0]?.text ?? '', /^Date: \w{3}, \d{2} \w{3} \d{4} [\d:]{8} [+-]\d{4}\r\nFrom: ka@example.net\r\n/);
    // keepalived often ends before its last mails are out.
    assert.equal(ours.atStop.length, 4);
    const subjects = ours.atStop.map((m) => /^Subject: (.*)\r$/m.exec(m.text)?.[1]).sort();
    assert.deepEqual(
      subjects,
      ['Group G', 'Instance VI_1', 'Instance VI_4', 'Instance VI_5'].map((who) => `[lvs1] VRRP ${who} - Stopping`),
    );
    const said = (log: readonly string[]) => log.filter((l) => l === 'SMTP alert successfully sent.').length;
    assert.equal(said(ours.log), ours.mails.length + 4);
    assert.ok(said(theirs.log) >= theirs.mails.length);
  });

  describe('by mail', () => {
    let daemon: Running | undefined;
    afterEach(async () => {
      await daemon?.dismiss();
      daemon = undefined;
    });
    const run = (stage: Stage, globals: string, instances: string): Running => {
      writeFileSync(stage.at('mail.conf'), `global_defs {\n${globals}\n  smtp_alert\n}\n${instances}`);
      daemon = startWith(stage.host, stage.network.directory, stage.at('mail.conf'));
      return daemon;
    };

    it('are all delivered when many come at once, at a takeover and at the stop', async () => {
      const [stage] = stages;
      assert.ok(stage);
      const before = stage.mails().length;
      const names = Array.from({ length: 100 }, (_, i) => `VI_${i + 1}`);
      const d = run(stage, mailGlobals, names.map((name, i) => instance({ name, vrid: i + 101 })).join(''));
      const subjects = () =>
        stage
          .mails()
          .slice(before)
          .flatMap((m) => /^Subject: \[lvs1\] (.*)\r$/m.exec(m.text)?.[1] ?? []);
      const wanted = (text: string) => names.map((name) => `VRRP Instance ${name} - ${text}`);
      await until('100 mails', () => subjects().length >= 100, { within: 20_000 });
      assert.equal(await d.stop(), 0);
      const lost = Number(/^(\d+) SMTP alerts not sent$/m.exec(d.lines.join('\n'))?.[1] ?? 0);
      assert.deepEqual(subjects().slice(0, 100).sort(), wanted('Entering MASTER state').sort());
      const stopped = new Set(subjects().slice(100));
      // Stopping takes a second at most; a busy machine may not get through in it, but knows what it left.
      assert.ok(stopped.size + lost >= 100, `${stopped.size} sent, ${lost} given up`);
      for (const subject of stopped) assert.ok(wanted('Stopping').includes(subject));
    });

    it('do not hold anything up when the server is silent, or not there', async () => {
      const [stage] = stages;
      assert.ok(stage);
      const silent = "require('node:net').createServer(() => {}).listen(2526, '127.0.0.1', () => console.log('ready'))";
      const server = stage.host.spawn([process.execPath, '-e', silent], { stdio: ['ignore', 'pipe', 'inherit'] });
      if (server.stdout) await once(server.stdout, 'data');
      const to = (port: number) => mailGlobals.replace('2525', String(port)).replace('timeout 5', 'timeout 1');
      const d = run(stage, to(2526), instance());
      await d.logged(/^\(VI_1\) Entering MASTER STATE$/);
      await d.logged(/^Timeout reading data to remote SMTP server \[127\.0\.0\.1\]:2526\.$/);
      // A reload names another server: what waits is tried there at once.
      writeFileSync(stage.at('mail.conf'), `global_defs {\n${to(2599)}\n  smtp_alert\n}\n${instance()}`);
      d.signal('SIGHUP');
      await d.logged(/^SMTP connection ERROR to \[127\.0\.0\.1\]:2599\. \(ECONNREFUSED\)$/);
      const began = performance.now();
      assert.equal(await d.stop(), 0);
      assert.ok(performance.now() - began < 5000);
      assert.match(d.lines.join('\n'), /^\d+ SMTP alerts not sent$/m);
      server.kill('SIGKILL');
    });
  });
}).timeout(60_000);
