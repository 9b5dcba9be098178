// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { dumpConfig } from '../../../lib/config/dump.ts';
import { instanceText, load, problems } from './load.ts';

function defsOf(text: string) {
  const { config } = load(text);
  assert.ok(config);
  return config.global_defs;
}

describe('what global_defs says of IPVS', () => {
  it('has defaults', () => {
    const defs = defsOf('');
    assert.equal(defs.lvs_flush, false);
    assert.equal(defs.lvs_flush_on_stop, 'each');
    assert.equal(defs.lvs_timeouts, null);
    assert.equal(defs.lvs_sync_daemon, null);
    assert.equal(defs.net_namespace_ipvs, null);
  });

  it('survives being written out', () => {
    for (const text of [
      'net_namespace_ipvs\n',
      'net_namespace_ipvs lvs\nglobal_defs {\nlvs_flush\nlvs_flush_on_stop\nlvs_timeouts tcp 1 tcpfin 2 udp 3\n}\n',
      'global_defs {\nlvs_flush_on_stop VS\nlvs_sync_daemon eth0 id 3 maxlen 1200 port 9 ttl 4 group 224.0.0.9\n}\n',
      'global_defs {\nlvs_netlink_cmd_rcv_bufs 100000\nlvs_netlink_cmd_rcv_bufs_force\nlvs_netlink_monitor_rcv_bufs 70000\nlvs_netlink_monitor_rcv_bufs_force\nnftables_ipvs t\nnftables_ipvs_priority 3\n}\n',
      `global_defs {\nlvs_sync_daemon eth0 VI_1\n}\n${instanceText('')}`,
      instanceText('lvs_sync_daemon_interface eth1'),
    ]) {
      const { config } = load(text);
      assert.ok(config);
      assert.deepEqual(defsOf(dumpConfig(config)), config.global_defs, text);
    }
  });

  it('takes the number of the virtual router for the sync daemon that follows it', () => {
    const follows = (line: string) => defsOf(`global_defs {\n${line}\n}\n${instanceText('')}`).lvs_sync_daemon?.id;
    assert.equal(follows('lvs_sync_daemon eth0 VI_1'), 51);
    assert.equal(follows('lvs_sync_daemon eth0 inst VI_1 id 7'), 7);
    assert.equal(follows('lvs_sync_daemon eth0'), 0);
    assert.equal(follows('lvs_sync_daemon eth0 VI_9'), undefined);
  });

  it('knows the older word for the sync daemon, and prefers the newer', () => {
    const older = load(instanceText('lvs_sync_daemon_interface eth1'));
    assert.deepEqual(older.config?.global_defs.lvs_sync_daemon, {
      interface: 'eth1',
      instance: 'VI_1',
      id: 51,
      maxlen: null,
      port: null,
      ttl: null,
      group: null,
    });
    assert.equal(problems(older).length, 1);
    const both = `global_defs {\nlvs_sync_daemon eth0 id 3\n}\n${instanceText('lvs_sync_daemon_interface eth1')}`;
    assert.equal(defsOf(both).lvs_sync_daemon?.interface, 'eth0');
  });
});
