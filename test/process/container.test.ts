// SPDX-License-Identifier: MIT
// The daemon where it is not on a whole machine: as process 1 of a container, and without the rights it needs.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../../lib/lab/host.ts';
import { until } from '../support/until.ts';
import { instance, launcher, oneHostSuite, readPid } from './support.ts';

describe('the daemon in a container', () => {
  const stage = oneHostSuite();
  let container: ChildProcess | undefined;
  after(() => container?.kill('SIGKILL'));
  const holds = async () => (await stage.host.addresses('eth0')).includes('192.0.2.51/32');

  it('is process 1: collects what scripts leave behind, takes signals, and ends with 0 at TERM', async () => {
    const at = (name: string) => join(stage.directory, name);
    // What it starts has forked away twice over when the script ends, some of it as another user.
    writeFileSync(
      at('leave.sh'),
      `#!/bin/sh\nfor i in 1 2 3 4 5; do ( setsid sleep 0.$i & ) ; done\n( setpriv --reuid 65534 --clear-groups sleep 0.3 & )\necho $1 >> ${at('ran')}\n`,
      { mode: 0o755 },
    );
    const file = at('a.conf');
    writeFileSync(file, `global_defs {\n script_user root\n}\n${instance({ more: `notify ${at('leave.sh')}` })}`);
    const [pid, vrrp] = [at('p.pid'), at('v.pid')];
    const daemon = ['env', `TMPDIR=${stage.directory}`, process.execPath, launcher, '-n', '-G', '-P', '-f', file, '-p', pid, '-r', vrrp];
    const inside = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', ...daemon];
    container = spawn('nsenter', [`--target=${stage.host.firstPid}`, '--net', '--mount', ...inside], { stdio: 'ignore' });
    const ended = once(container, 'exit');
    await until('the address', holds);
    assert.equal(readPid(pid), 1);
    // nsenter has become unshare.
    const first = childrenOf(container.pid ?? 0)[0] ?? 0;
    await until('the script ran', () => existsSync(at('ran')));
    await until('none is left but the VRRP process', () => childrenOf(first).length === 1);
    process.kill(first, 'SIGUSR1');
    await until('the dump', () => existsSync(at('keepalived.data')));
    process.kill(first, 'SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.equal(await holds(), false);
    assert.deepEqual(readFileSync(at('ran'), 'utf8').trim().split('\n').length, 2);
  });

  it('ends with 4, and says why, where it may not open its sockets', async () => {
    const mine = join(stage.directory, 'mine');
    mkdirSync(mine);
    chmodSync(mine, 0o777);
    for (const folder of [stage.directory, stage.network.directory]) chmodSync(folder, 0o755);
    const file = join(mine, 'a.conf');
    writeFileSync(file, instance(), { mode: 0o644 });
    const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath, launcher];
    const { status, stderr } = await stage.host.run([
      ...nobody,
      ...['-n', '-l', '-G', '-P', '-f', file, '-p', join(mine, 'p'), '-r', join(mine, 'v')],
    ]);
    assert.equal(status, 4, stderr);
    assert.match(stderr, /CAP_NET_RAW is missing: vrrp_instance cannot work/);
    assert.equal(existsSync(join(mine, 'p')), false);
  });
}).timeout(40_000);
