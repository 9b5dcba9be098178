// SPDX-License-Identifier: MIT
// Notify FIFOs of the real binary, read by other programs.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { instance, oneHostSuite, type Running, startWith } from './support.ts';

describe('notify FIFOs', () => {
  const stage = oneHostSuite();
  const at = (name: string) => join(stage.network.directory, name);
  const content = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '');
  const has = (name: string, line: string) => until(`${line} in ${name}`, () => content(name).split('\n').includes(line));
  const configure = (globals: string, instances: string): string => {
    writeFileSync(at('fifo.conf'), `global_defs {\n  script_user root\n${globals}\n}\n${instances}`);
    return at('fifo.conf');
  };
  const run = (globals: string, instances: string): Running => {
    stage.daemon = startWith(stage.host, stage.network.directory, configure(globals, instances));
    return stage.daemon;
  };
  const reader = (name: string): string => {
    writeFileSync(at(name), `#!/bin/sh\necho "reader of $2 as $(id -u)" >> ${at('readers')}\nexec cat "$2" >> ${at(`${name}.out`)}\n`, {
      mode: 0o755,
    });
    return at(name);
  };

  it('get every transition; they are made for their owner, read by their script, and removed at the end', async () => {
    const d = run(
      `  notify_fifo ${at('all')} daemon\n  notify_fifo_script "${reader('read-all')} x"
  vrrp_notify_fifo ${at('vrrp')}\n  vrrp_notify_fifo_script "${reader('read-vrrp')} x"`,
      instance({ more: 'notify_master_rx_lower_pri /bin/true' }),
    );
    await has('read-all.out', 'INSTANCE "VI_1" MASTER 255');
    await has('read-vrrp.out', 'INSTANCE "VI_1" MASTER 255');
    const info = statSync(at('all'));
    assert.deepEqual([info.isFIFO(), info.mode & 0o777, info.uid], [true, 0o600, 1]);
    assert.equal(await d.stop(), 0);
    assert.deepEqual(content('read-all.out').trimEnd().split('\n'), ['INSTANCE "VI_1" MASTER 255', 'INSTANCE "VI_1" STOP 255']);
    assert.deepEqual(content('readers').trimEnd().split('\n').sort(), [`reader of ${at('all')} as 0`, `reader of ${at('vrrp')} as 0`]);
    assert.equal(existsSync(at('all')) || existsSync(at('vrrp')), false);
  });

  it('begin anew at a reload, which tells who vanished and, if asked, the state of those who stayed', async () => {
    // They are told when they have ended.
    const globals = `  ka_ts {\n    break_before_make\n  }\n  vrrp_notify_fifo ${at('again')}\n  vrrp_notify_fifo_script "${reader('read-again')} x"\n  fifo_write_vrrp_states_on_reload`;
    const stays = instance();
    const d = run(
      globals,
      `${stays}${instance({ name: 'VI_2', vrid: 52, more: 'notify_deleted' })}${instance({ name: 'VI_3', vrid: 53 })}`,
    );
    for (const n of [1, 2, 3]) await has('read-again.out', `INSTANCE "VI_${n}" MASTER 255`);
    await d.logged(/^Startup complete$/);
    writeFileSync(at('read-again.out'), '');
    configure(globals, stays);
    d.signal('SIGHUP');
    await d.logged(/^Reload complete$/);
    await has('read-again.out', 'INSTANCE "VI_1" MASTER 255');
    assert.deepEqual(content('read-again.out').trimEnd().split('\n'), [
      'INSTANCE "VI_2" DELETED 255',
      'INSTANCE "VI_3" FAULT 255',
      'INSTANCE "VI_1" MASTER 255',
    ]);
    assert.equal(content('readers').split(`reader of ${at('again')} as 0`).length - 1, 2, 'a reader each');
    assert.equal(d.lines.includes('vrrp notify fifo script terminated'), false);
  });

  it('tell changes of priority, where asked for', async () => {
    writeFileSync(at('healthy'), '');
    const d = run(
      `  vrrp_notify_fifo ${at('priority')}\n  vrrp_notify_fifo_script "${reader('read-priority')} x"\n  vrrp_notify_priority_changes`,
      `vrrp_script chk {\n  script "/usr/bin/test -e ${at('healthy')}"\n  interval 1\n  weight -10\n}
${instance({ owner: false, more: 'track_script {\n    chk\n  }' })}${instance({ name: 'VI_2', vrid: 52, owner: false, more: 'notify_priority_changes off\n  track_script {\n    chk\n  }' })}`,
    );
    await d.logged(/^VRRP_Script\(chk\) succeeded$/);
    await stage.host.run(['rm', at('healthy')]);
    await d.logged(/^\(VI_2\) Changing effective priority from 100 to 90$/);
    await until('a change of priority', () => /^INSTANCE "VI_1" (BACKUP|MASTER)_PRIORITY 90$/m.test(content('read-priority.out')));
    assert.doesNotMatch(content('read-priority.out'), /VI_2" \w+_PRIORITY/);
  });

  it('are nothing that somebody else has put there', async () => {
    writeFileSync(at('file'), 'precious');
    const d = run(`  notify_fifo ${at('file')}\n  vrrp_notify_fifo ${at('nowhere')}/fifo`, instance());
    await d.logged(/^\(VI_1\) Entering MASTER STATE$/);
    assert.ok(d.lines.includes(`notify fifo ${at('file')} is not a fifo we own - not using`));
    assert.ok(d.lines.some((l) => l.startsWith(`Unable to open vrrp notify fifo ${at('nowhere')}/fifo - ENOENT`)));
    assert.equal(await d.stop(), 0);
    assert.equal(readFileSync(at('file'), 'utf8'), 'precious');
  });
}).timeout(30_000);
