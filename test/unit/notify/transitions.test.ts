// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Script } from '../../../lib/config/model.ts';
import { createNotifier } from '../../../lib/notify/transitions.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeFifos } from '../../support/fake-fifos.ts';
import { createFakeMail } from '../../support/fake-mail.ts';
import { createFakeProcesses } from '../../support/fake-processes.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

describe('notify scripts', () => {
  it('run as configured for the state, then with kind, name, state and priority appended', () => {
    const { notifier, processes } = setup();
    notifier.notify({
      kind: 'INSTANCE',
      name: 'VI_1',
      state: 'MASTER',
      priority: 150,
      specific: script('/etc/master', 'a b'),
      generic: script('/etc/notify', 'x'),
      mail: false,
    });
    assert.deepEqual(
      processes.runs.map((r) => [r.command.path, ...r.command.args]),
      [
        ['/etc/master', 'a b'],
        ['/etc/notify', 'x', 'INSTANCE', 'VI_1', 'MASTER', '150'],
      ],
    );
  });

  it('are nothing for an instance without scripts', () => {
    const { notifier, processes } = setup();
    notifier.notify({ kind: 'INSTANCE', name: 'VI_1', state: 'STOP', priority: 100, specific: null, generic: null, mail: false });
    assert.equal(processes.runs.length, 0);
  });

  it('are executed by their real path under their configured name', () => {
    const { notifier, processes } = setup();
    const linked: Script = { ...script('/etc/link'), path: '/usr/real' };
    notifier.notify({ kind: 'GROUP', name: 'G', state: 'BACKUP', priority: 0, specific: linked, generic: null, mail: false });
    assert.equal(processes.last().command.path, '/usr/real');
    assert.equal(processes.last().command.argv0, '/etc/link');
  });

  it('run as the user that was found for them', () => {
    const { notifier, processes } = setup();
    const asNobody: Script = { ...script('/etc/notify'), run_as: { uid: 65534, gid: 65534 } };
    notifier.notify({ kind: 'INSTANCE', name: 'VI_1', state: 'FAULT', priority: 100, specific: null, generic: asNobody, mail: false });
    assert.deepEqual(processes.last().command.identity, { uid: 65534, gid: 65534 });
  });

  it('say so when they cannot be run, and not when they merely fail', () => {
    const { notifier, processes, log } = setup();
    notifier.notify({
      kind: 'INSTANCE',
      name: 'V',
      state: 'BACKUP',
      priority: 1,
      specific: script('/etc/gone'),
      generic: script('/etc/sad'),
      mail: false,
    });
    processes.runs[0]?.exit({ kind: 'not_started', code: 'ENOENT', text: 'spawn /etc/gone ENOENT' });
    processes.runs[1]?.exit({ kind: 'exited', status: 1 });
    assert.deepEqual(log.lines, ["Couldn't find command: /etc/gone"]);
  });
});

function setup() {
  const processes = createFakeProcesses();
  const log = createMemoryLog();
  return {
    processes,
    log,
    notifier: createNotifier({
      processes,
      clock: createFakeClock(),
      log,
      fifos: createFakeFifos(),
      mail: createFakeMail(),
      mailIdentity: () => assert.fail('no mail here'),
    }),
  };
}

function script(...words: string[]): Script {
  return { words, user: null, text: words.join(' '), path: null, run_as: null };
}
