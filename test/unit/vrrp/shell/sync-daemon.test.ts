// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Config } from '../../../../lib/config/model.ts';
import type { Notification, Notifier } from '../../../../lib/ports/notifier.ts';
import { createSyncDaemon } from '../../../../lib/vrrp/shell/sync-daemon.ts';
import { createFakeIpvs } from '../../../support/fake-ipvs.ts';
import { createMemoryLog } from '../../../support/memory-log.ts';
import { instanceText, load } from '../../config/load.ts';

function configOf(line: string): Config {
  const { config } = load(`global_defs {\n${line}\n}\n${instanceText('')}`);
  assert.ok(config);
  return config;
}

function setUp() {
  const ipvs = createFakeIpvs();
  const log = createMemoryLog();
  const seen: string[] = [];
  const inner: Notifier = { apply: () => void seen.push('apply'), notify: (n) => void seen.push(n.state), drain: async () => {} };
  const sync = createSyncDaemon(async () => ipvs, log);
  const notifier = sync.withSyncDaemon(inner);
  const tell = (state: Notification['state'], name = 'VI_1', kind: Notification['kind'] = 'INSTANCE') =>
    notifier.notify({ kind, name, state, priority: 100, specific: null, generic: null, mail: false });
  const running = async () => {
    // Calls are asynchronous one by one.
    for (let i = 0; i < 5; i++) await new Promise((done) => setImmediate(done));
    return (await ipvs.daemons()).map((d) => `${d.state} ${d.ifname} ${d.syncId}`);
  };
  return { ipvs, log, seen, sync, notifier, tell, running };
}

describe('the sync daemon of an instance', () => {
  it('is backup until the instance is MASTER, and again when it is not', async () => {
    const { seen, sync, notifier, tell, running } = setUp();
    notifier.apply(configOf('lvs_sync_daemon eth0 VI_1'));
    // Its number is that of the virtual router.
    assert.deepEqual(await running(), ['backup eth0 51']);
    tell('BACKUP');
    tell('MASTER');
    assert.deepEqual(await running(), ['master eth0 51']);
    tell('FAULT');
    assert.deepEqual(await running(), ['backup eth0 51']);
    tell('MASTER_PRIORITY');
    tell('MASTER', 'VI_2');
    tell('MASTER', 'VI_1', 'GROUP');
    assert.deepEqual(await running(), ['backup eth0 51']);
    await sync.stop();
    await sync.stop();
    assert.deepEqual(await running(), []);
    assert.deepEqual(seen, ['apply', 'BACKUP', 'MASTER', 'FAULT', 'MASTER_PRIORITY', 'MASTER', 'MASTER']);
  });

  it('stays master through a reload, with new settings where there are', async () => {
    const { ipvs, notifier, tell, running } = setUp();
    notifier.apply(configOf('lvs_sync_daemon eth0 VI_1'));
    tell('MASTER');
    await running();
    ipvs.taken();
    notifier.apply(configOf('lvs_sync_daemon eth0 VI_1'));
    await running();
    assert.deepEqual(ipvs.taken(), []);
    notifier.apply(configOf('lvs_sync_daemon eth1 VI_1 id 7'));
    assert.deepEqual(await running(), ['master eth1 7']);
    notifier.apply(configOf(''));
    assert.deepEqual(await running(), []);
  });

  it('takes away what an earlier run left, and is none of a checker process', async () => {
    const { ipvs, notifier, running } = setUp();
    notifier.apply(configOf('lvs_sync_daemon eth0 id 3'));
    assert.deepEqual(await running(), []);
    await ipvs.apply([
      { command: 'new_daemon', daemon: { state: 'master', ifname: 'eth9', syncId: 9, maxLength: 0, group: null, port: 0, ttl: 0 } },
    ]);
    notifier.apply(configOf('lvs_sync_daemon eth0 VI_1'));
    assert.deepEqual(await running(), ['backup eth0 51']);
  });

  it('is missed by nobody where the kernel has no IPVS', async () => {
    const log = createMemoryLog();
    const inner: Notifier = { apply: () => {}, notify: () => {}, drain: async () => {} };
    const sync = createSyncDaemon(() => Promise.reject(new Error('this kernel has no IPVS')), log);
    sync.withSyncDaemon(inner).apply(configOf('lvs_sync_daemon eth0 VI_1'));
    await new Promise((done) => setImmediate(done));
    await sync.stop();
    assert.deepEqual(log.lines, ["IPVS: Can't initialize ipvs: this kernel has no IPVS"]);
  });
});
