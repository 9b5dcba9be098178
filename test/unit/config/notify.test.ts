// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { GlobalDefs } from '../../../lib/config/model.ts';
import type { ScriptCheck } from '../../../lib/ports/script-checks.ts';
import { fakeScripts, instance, instanceText, load, problemText, usable } from './load.ts';

const scripts = { scripts: fakeScripts({ '/etc/a': usable('/etc/a'), '/etc/b': usable('/usr/b') }) };

function globals(lines: string): GlobalDefs {
  const { config, findings } = load(`global_defs {\n${lines}\n}\n${instanceText('')}`, scripts);
  if (!config) throw new Error(findings.map((f) => f.message).join('; '));
  return config.global_defs;
}

describe('mail settings', () => {
  it('are those of the lines, with 30 s and port 25 when nothing is said', () => {
    const defs = globals('smtp_server mail.example.net\nnotification_email {\n a@b.c "Max M <m@x.y>"\n d@e.f\n}');
    assert.deepEqual(defs.smtp_server, { host: 'mail.example.net', port: 25 });
    assert.equal(defs.smtp_connect_timeout, 30_000_000);
    assert.deepEqual(defs.notification_email, ['a@b.c', 'Max M <m@x.y>', 'd@e.f']);
    assert.equal(globals('smtp_connect_timeout 0').smtp_connect_timeout, 1_000_000);
  });

  it('default the alert of an instance: own word, smtp_alert_vrrp, smtp_alert, off', () => {
    const alert = (global: string, own = '') => instance(own, {}, `global_defs {\n${global}\n}\n`).smtp_alert;
    assert.equal(alert(''), false);
    assert.equal(alert('smtp_alert'), true);
    assert.equal(alert('smtp_alert\nsmtp_alert_vrrp off'), false);
    assert.equal(alert('smtp_alert off\nsmtp_alert_vrrp'), true);
    assert.equal(alert('smtp_alert_vrrp', 'smtp_alert off'), false);
    assert.equal(alert('smtp_alert_checker'), false);
  });
});

describe('notify_priority_changes', () => {
  it('defaults to the sync group, then to the global word', () => {
    const told = (global: string, group: string, own = '') =>
      instance(own, {}, `global_defs {\n${global}\n}\nvrrp_sync_group G {\n group {\n VI_1\n }\n${group}\n}\n`).notify_priority_changes;
    assert.equal(told('', ''), false);
    assert.equal(told('vrrp_notify_priority_changes', ''), true);
    assert.equal(told('vrrp_notify_priority_changes', 'notify_priority_changes off'), false);
    assert.equal(told('', 'notify_priority_changes'), true);
    assert.equal(told('', 'notify_priority_changes', 'notify_priority_changes off'), false);
  });
});

describe('notify_deleted', () => {
  it('may stand alone, or with a script and its user', () => {
    assert.equal(instance('').notify_deleted, null);
    assert.deepEqual(instance('notify_deleted').notify_deleted, { script: null });
    const run = instance('notify_deleted "/etc/b x" nobody', scripts).notify_deleted?.script;
    assert.deepEqual([run?.path, run?.words, run?.run_as], ['/usr/b', ['/etc/b', 'x'], { uid: 65534, gid: 65534 }]);
  });
});

describe('notify FIFOs', () => {
  it('belong to the user that is named, or to the one scripts run as', () => {
    const owner = (lines: string) => globals(lines).notify_fifo?.owner;
    assert.equal(owner('notify_fifo /run/f'), null);
    assert.deepEqual(owner('script_user nobody\nnotify_fifo /run/f'), { uid: 65534, gid: 65534 });
    assert.deepEqual(owner('notify_fifo /run/f nobody'), { uid: 65534, gid: 65534 });
  });

  it('of an unknown user are not used', () => {
    const loaded = load(`global_defs {\nvrrp_notify_fifo /run/f nosuch\n}\n${instanceText('')}`, scripts);
    assert.equal(loaded.config?.global_defs.vrrp_notify_fifo, null);
    assert.ok(loaded.findings.map(problemText).includes('2:18 script-user-unknown: Invalid user/group for vrrp_ fifo /run/f - ignoring'));
  });

  it('that are the FIFO for all events are not opened twice, and their scripts not run', () => {
    const defs = globals('notify_fifo /run/f\nvrrp_notify_fifo /run/f\nvrrp_notify_fifo_script /etc/a\nlvs_notify_fifo /run/f');
    assert.deepEqual([defs.vrrp_notify_fifo, defs.vrrp_notify_fifo_script, defs.lvs_notify_fifo], [null, null, null]);
  });

  it('have scripts only where there is a FIFO to read', () => {
    assert.equal(globals('notify_fifo_script /etc/a').notify_fifo_script, null);
    assert.equal(globals('notify_fifo /run/f\nnotify_fifo_script /etc/a').notify_fifo_script?.path, '/etc/a');
  });

  it('for VRRP and LVS may be one, with one script', () => {
    const defs = globals('vrrp_notify_fifo /run/f\nvrrp_notify_fifo_script /etc/a\nlvs_notify_fifo /run/f\nlvs_notify_fifo_script /etc/b');
    assert.equal(defs.vrrp_notify_fifo_script?.path, '/etc/a');
    assert.equal(defs.lvs_notify_fifo?.path, '/run/f');
    assert.equal(defs.lvs_notify_fifo_script, null);
  });
});

describe('scripts that cannot be used', () => {
  const checks: Readonly<Record<string, readonly [ScriptCheck, string]>> = {
    '/etc/gone': [
      { kind: 'inaccessible', error: 'No such file or directory' },
      'Script /etc/gone cannot be accessed - No such file or directory',
    ],
    bare: [{ kind: 'not_in_path' }, 'Cannot find script bare in path - disabling'],
    closed: [{ kind: 'path_forbidden' }, 'Permissions failure for script closed in path - disabling'],
    '/etc/text': [{ kind: 'not_executable' }, "WARNING - script '/etc/text' is not executable for uid:gid 0:0 - disabling."],
    '/dev/x': [{ kind: 'wrong_type', component: '/dev/x' }, "Wrong file type found in script path '/dev/x'."],
    '/tmp/open': [
      usable('/tmp/open', { unsafe: '/tmp/open is writable by everyone' }),
      "Unsafe permissions found for script '/tmp/open' - disabling.",
    ],
  };
  for (const [name, [check, text]] of Object.entries(checks)) {
    it(`are refused with the reason: ${check.kind}`, () => {
      const options = { scripts: fakeScripts({ [name]: check }) };
      const head = 'global_defs {\nscript_user root\nenable_script_security\nstartup_script XX\n}\n'.replace('XX', name);
      const { config, findings } = load(head + instanceText(`notify_master ${name}`), options);
      assert.equal(config?.vrrp_instance[0]?.notify_master, null);
      assert.equal(config?.global_defs.startup_script, null);
      assert.equal(findings.filter((f) => f.message === text).length, 2, findings.map((f) => f.message).join('\n'));
    });
  }

  it('are named by kind where security is not enabled', () => {
    const { findings } = load(
      `global_defs {\nshutdown_script /etc/a\nnotify_fifo /run/f\nnotify_fifo_script /etc/b\n}\n${instanceText('')}`,
      scripts,
    );
    const told = findings.map((f) => f.message).filter((m) => m.startsWith('SECURITY'));
    assert.deepEqual(told, [
      'SECURITY VIOLATION - start/shutdown scripts are being executed but script_security not enabled.',
      'SECURITY VIOLATION - scripts are being executed but script_security not enabled.',
    ]);
  });
});
