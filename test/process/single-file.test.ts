// The one executable (npm run package:binary), in a root that holds nothing but it and the C libraries.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive, oneHostSuite, type Running, requireBuild, root, startCommand, writeConfiguration } from './support.ts';

const built = join(root, 'build', 'package', 'ka-ts');

describe('the single file', function () {
  this.timeout(90_000);
  const stage = oneHostSuite();
  let bare: string;
  let inside: readonly string[];
  before(() => {
    requireBuild();
    const other = process.env.KA_OTHER_NODE;
    const words = other ? ['--node', realpathSync(other)] : [];
    const made = spawnSync(process.execPath, [join(root, 'packaging/binary/build.mjs'), ...words], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    bare = join(stage.network.directory, 'bare');
    const libraries = spawnSync('ldd', [built], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
    assert.ok(libraries.length > 3, 'a program without libraries?');
    for (const file of libraries) {
      mkdirSync(join(bare, dirname(file)), { recursive: true });
      copyFileSync(file, join(bare, file));
    }
    for (const folder of ['proc', 'dev', 'tmp', 'run', stage.network.directory]) mkdirSync(join(bare, folder), { recursive: true });
    copyFileSync(built, join(bare, 'ka-ts'));
    symlinkSync('ka-ts', join(bare, 'keepalived'));
    symlinkSync('ka-ts', join(bare, 'genhash'));
    const shared = stage.network.directory;
    const enter = `mount --rbind /proc ${bare}/proc && mount --rbind /dev ${bare}/dev && mount --bind ${shared} ${bare}${shared} && exec chroot ${bare} "$@"`;
    inside = ['unshare', '--mount', 'sh', '-c', enter, 'sh'];
  });

  const run = (...words: string[]) => stage.host.run([...inside, ...words]);

  it('says its version, tests a configuration and explains, without a Node on the machine', async () => {
    assert.equal(existsSync(join(bare, 'usr/bin/node')), false);
    assert.match((await run('/ka-ts', '--version')).stderr, /^Keepalived v2\.4\.3 .*ka-ts \d+\.\d+\.\d+, MIT licence/s);
    const file = writeConfiguration(stage.network.directory, 'vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 999\n}\n');
    const test = await run('/keepalived', '-t', '-f', file);
    assert.notEqual(test.status, 0);
    assert.match(test.stderr, /virtual_router_id|VRID/i);
    assert.match((await run('/ka-ts', 'explain', 'advert_int')).stdout, /advert_int/);
  });

  it('is genhash by that name', async () => {
    assert.match((await run('/genhash')).stderr, /genhash/i);
  });

  it('runs the daemon with its processes, reloads, and ends', async () => {
    const file = writeConfiguration(stage.network.directory, configuration('192.0.2.51'));
    stage.daemon = startCommand([...inside, '/keepalived'], stage.host, stage.network.directory, file);
    const daemon: Running = stage.daemon;
    await daemon.logged(/Entering MASTER STATE/);
    const child = await daemon.vrrpPid();
    assert.equal(await isAlive(stage.host, child), true);
    assert.match(await stage.shell('ip -4 addr show eth0'), /192\.0\.2\.51/);
    assert.doesNotMatch(await stage.shell(`ls -A ${bare}/run ${bare}/tmp`), /\.node/);
    daemon.signal('SIGHUP');
    await daemon.logged(/^Reload complete$/);
    assert.equal(await daemon.dismiss(), 0);
  });
});

const configuration = (address: string) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 255
  advert_int 1
  state MASTER
  virtual_ipaddress {
    ${address}
  }
}
`;
