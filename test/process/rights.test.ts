// SPDX-License-Identifier: MIT
// Each capability dropped in turn: what is indispensable is refused before anything starts, what is not is named with its keywords;
// and a daemon that is not root, with two capabilities and no more.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lackingRights } from '../../lib/process/rights.ts';
import { until } from '../support/until.ts';
import { instance, launcher, oneHostSuite, startCommand, writeConfiguration } from './support.ts';

describe('the daemon without a capability', () => {
  const stage = oneHostSuite();
  const without = (name: string) => ['setpriv', `--bounding-set=-${name}`, `--inh-caps=-${name}`, process.execPath, launcher];
  const begin = (command: readonly string[], text: string) => {
    const file = writeConfiguration(stage.directory, text);
    return startCommand(command, stage.host, stage.directory, file);
  };
  const holds = async () => (await stage.host.addresses('eth0')).includes('192.0.2.51/32');

  for (const capability of ['net_raw', 'net_admin']) {
    it(`${capability}: says so with the keywords, ends with 4, and has started nothing`, async () => {
      const running = begin(without(capability), instance());
      stage.daemon = running;
      assert.equal(await running.ended, 4, running.raw());
      const line = running.lines.find((text) => text.startsWith(`CAP_${capability.toUpperCase()} is missing: vrrp_instance`));
      assert.ok(line, running.raw());
      assert.match(line, /cannot work\. Grant it/);
      assert.ok(!running.lines.some((text) => text.includes('Starting VRRP child')), running.raw());
      assert.equal(existsSync(running.parentFile), false);
      assert.equal(await holds(), false);
    });
  }

  const demanding = `global_defs {
  script_user nobody nogroup
  vrrp_rt_priority 50
  vrrp_no_swap
}
${instance({ more: 'notify /bin/true' })}`;
  const dispensable = {
    setuid: 'script_user',
    setgid: 'script_user',
    kill: 'timeout of scripts',
    sys_nice: 'vrrp_rt_priority',
    ipc_lock: 'vrrp_no_swap',
  };
  for (const [capability, keyword] of Object.entries(dispensable)) {
    it(`${capability}: names ${keyword}, and runs`, async () => {
      stage.daemon = begin(without(capability), demanding);
      const line = await stage.daemon.logged(new RegExp(`CAP_${capability.toUpperCase()} is missing: .*${keyword}.* will not work`));
      assert.match(line, /or leave the keyword out/);
      await stage.daemon.logged(/Entering MASTER STATE/);
      await until('the address', holds);
      assert.equal(stage.daemon.lines.filter((text) => /^CAP_/.test(text)).length, 1, stage.daemon.raw());
    });
  }

  it('is master without being root, with CAP_NET_ADMIN and CAP_NET_RAW alone', async () => {
    const mine = join(stage.directory, 'mine');
    mkdirSync(mine);
    chmodSync(mine, 0o777);
    for (const folder of [stage.directory, stage.network.directory]) chmodSync(folder, 0o755);
    const two = ['-all,+net_raw,+net_admin'].flatMap((set) => [`--inh-caps=${set}`, `--ambient-caps=${set}`]);
    const command = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', ...two, process.execPath, launcher];
    stage.daemon = startCommand(command, stage.host, mine, writeConfiguration(stage.directory, instance()));
    await stage.daemon.logged(/Entering MASTER STATE/);
    await until('the address', holds);
    assert.ok(!stage.daemon.lines.some((text) => /^CAP_/.test(text)), stage.daemon.raw());
    assert.equal(await stage.daemon.dismiss(), 0);
    assert.equal(await holds(), false);
  });

  it('asks for nothing that the configuration does not', () => {
    const none = { global_defs: { vrrp_priority: 0, checker_priority: 0, bfd_priority: 0, max_auto_priority: 0 } };
    const lists = { vrrp_instance: [], virtual_server: [], static_ipaddress: [], static_routes: [], static_rules: [] };
    const config = { ...none, ...lists } as unknown as Parameters<typeof lackingRights>[0];
    assert.deepEqual(lackingRights(config, { vrrp: true, checkers: true, bfd: true }, 0n, 65534), []);
  });
}).timeout(60_000);
