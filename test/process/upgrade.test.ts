// SPDX-License-Identifier: MIT
// Another program in the place of a running one, as a package installs it: the files change, and the unit is reloaded.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../lib/lab/host.ts';
import { startCapture } from '../support/capture.ts';
import { adverts } from '../support/lan.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';
import { isAlive, type Running, readPid, requireBuild, root, startCommand, writeConfiguration } from './support.ts';

const interval = 0.1;
const router = (priority: number) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  priority ${priority}
  advert_int ${interval}
  virtual_ipaddress {
    192.0.2.51/24
  }
}
`;

describe('an upgrade in place', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let host: Host;
  let peer: Running;
  let daemon: Running;
  let program: string;
  let file: string;
  before(async () => {
    requireBuild();
    network = await createTestNetwork([
      { name: 'one', interfaces: [{ name: 'eth0', addresses: ['192.0.2.1/24'] }] },
      { name: 'two', interfaces: [{ name: 'eth0', addresses: ['192.0.2.2/24'] }] },
    ]);
    host = network.host('one');
    program = join(network.directory, 'program');
    // Without the code caches: V8 knows the text that one belongs to by its length alone.
    const filter = (name: string) => !name.endsWith('.cache');
    for (const part of ['bin', 'dist/bundle']) cpSync(join(root, part), join(program, part), { recursive: true, filter });
    mkdirSync(join(program, 'build/Release'), { recursive: true });
    cpSync(join(root, 'build/Release/ka_ts.node'), join(program, 'build/Release/ka_ts.node'));
    file = writeConfiguration(network.directory, router(150));
    daemon = startCommand([process.execPath, join(program, 'bin/ka-ts')], host, network.directory, file);
    await daemon.logged(/Entering MASTER STATE/);
    // The packaged keepalived waits for us to fail.
    peer = startCommand(['keepalived'], network.host('two'), network.directory, writeConfiguration(network.directory, router(100)));
    await peer.logged(/Entering BACKUP STATE/);
  });
  after(async () => {
    await daemon?.dismiss();
    await peer?.stop();
    await network?.destroy();
  });

  /** As dpkg does it: a new file under the old name. */
  const install = (name: string, text: string) => {
    const path = join(program, 'dist/bundle', name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };

  it('leaves process, addresses and peers alone', async () => {
    const parent = readPid(daemon.parentFile);
    const child = await daemon.vrrpPid();
    const capture = await startCapture(host, 'eth0', join(network.directory, 'upgrade.pcapng'), 'ip proto 112');
    const from = daemon.lines.length;
    const peerFrom = peer.lines.length;
    const bundle = readFileSync(join(program, 'dist/bundle/daemon.cjs'), 'utf8');
    install('daemon.cjs', bundle.replaceAll("'0.1.0'", "'0.1.1'").replaceAll('"0.1.0"', '"0.1.1"'));
    daemon.signal('SIGHUP');
    await daemon.logged(/^Upgrading ka-ts 0\.1\.0 to 0\.1\.1$/, { from });
    await daemon.logged(/^ka-ts 0\.1\.1 takes the place of 0\.1\.0; the routers go on$/, { from });
    await daemon.logged(/going on where the process that died was MASTER/, { from });
    await daemon.logged(/^Startup complete$/, { from });
    const next = await daemon.vrrpPid(child);
    assert.equal(readPid(daemon.parentFile), parent);
    assert.notEqual(next, child);
    assert.equal(await isAlive(host, child), false);
    const { stdout } = await host.run(['ip', '-4', 'addr', 'show', 'eth0']);
    assert.match(stdout, /192\.0\.2\.51/);
    const packets = adverts(await capture.packets());
    assert.deepEqual([...new Set(packets.map((p) => p.source))], ['192.0.2.1']);
    assert.ok(packets.every((p) => p.priority === 150));
    assert.ok(!peer.lines.slice(peerFrom).some((line) => line.includes('MASTER')), peer.raw());
  });

  it('is refused when the new program cannot run, and the old one reloads', async () => {
    const parent = readPid(daemon.parentFile);
    const child = await daemon.vrrpPid();
    const from = daemon.lines.length;
    const good = readFileSync(join(program, 'dist/bundle/daemon.cjs'), 'utf8');
    install('daemon.cjs', '(function () { throw new Error("half installed") })');
    daemon.signal('SIGHUP');
    const line = await daemon.logged(/^Upgrade refused: /, { from });
    assert.match(line, /reloading with the program that runs$/);
    await daemon.logged(/^Reload complete$/, { from });
    assert.equal(readPid(daemon.parentFile), parent);
    assert.equal(await daemon.vrrpPid(), child);
    install('daemon.cjs', good);
  });

  it('takes a new configuration along', async () => {
    const from = daemon.lines.length;
    writeFileSync(file, router(150).replace('192.0.2.51/24', '192.0.2.51/24\n    192.0.2.52/24'));
    daemon.signal('SIGHUP');
    await daemon.logged(/^Upgrading ka-ts 0\.1\.1 to 0\.1\.1$/, { from });
    await daemon.logged(/^Startup complete$/, { from });
    await until('the second address', async () => (await host.run(['ip', '-4', 'addr', 'show', 'eth0'])).stdout.includes('192.0.2.52'));
    assert.ok(!daemon.lines.slice(from).some((line) => /BACKUP STATE|removing VIPs/.test(line)), daemon.raw());
  });
});
