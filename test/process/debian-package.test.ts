// SPDX-License-Identifier: MIT
// The Debian package in an empty Debian: installed, started as its unit starts it, upgraded, removed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Host } from '../../lib/lab/host.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';
import { type Running, readPid, requireBuild, root, startCommand, writeConfiguration } from './support.ts';

const router = (priority: number) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  priority ${priority}
  advert_int 0.2
  virtual_ipaddress {
    192.0.2.51/24
  }
}
`;

describe('the Debian package', function () {
  // The first run fetches a Debian, from wherever and however slowly.
  this.timeout(900_000);
  const debian = join(root, 'build', 'debian-12');
  let network: TestNetwork;
  let host: Host;
  let inside: readonly string[];
  let peer: Running | undefined;
  let daemon: Running | undefined;
  let before_: string;

  const make = (...words: string[]) => {
    const made = spawnSync(process.execPath, words, { encoding: 'utf8' });
    assert.equal(made.status, 0, `${words.join(' ')}: ${made.stderr}`);
    return made.stdout;
  };
  const chroot = (...words: string[]) => host.run([...inside, ...words]);
  const must = async (...words: string[]) => {
    const { status, stdout, stderr } = await chroot(...words);
    assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  /** Everything that is there, but for the records that dpkg and alternatives keep of their own work. */
  const everything = () =>
    must(
      'find',
      '/',
      '-xdev',
      '!',
      '-path',
      '/proc/*',
      '!',
      '-path',
      '/dev/*',
      '!',
      '-path',
      '/var/lib/dpkg/*',
      '!',
      '-path',
      '/var/log/*',
      '!',
      '-path',
      '/tmp/*',
    );

  before(async () => {
    requireBuild();
    if (!existsSync(join(debian, 'usr/bin/dpkg'))) {
      const begun = `${debian}.begun`;
      rmSync(begun, { recursive: true, force: true });
      const made = spawnSync('debootstrap', ['--variant=minbase', 'bookworm', begun, 'http://deb.debian.org/debian'], {
        encoding: 'utf8',
        timeout: 600_000,
      });
      assert.equal(made.status, 0, made.stdout + made.stderr);
      rmSync(debian, { recursive: true, force: true });
      renameSync(begun, debian);
    }
    const other = process.env.KA_OTHER_NODE;
    make(join(root, 'packaging/binary/build.mjs'), ...(other ? ['--node', realpathSync(other)] : []));
    const deb = /^(\S+\.deb):/m.exec(make(join(root, 'packaging/deb/build.mjs'), '--store'))?.[1] ?? '';
    network = await createTestNetwork([
      { name: 'one', interfaces: [{ name: 'eth0', addresses: ['192.0.2.1/24'] }] },
      { name: 'two', interfaces: [{ name: 'eth0', addresses: ['192.0.2.2/24'] }] },
    ]);
    host = network.host('one');
    const shared = network.directory;
    mkdirSync(join(debian, shared), { recursive: true });
    const enter = `mount --rbind /proc ${debian}/proc && mount --rbind /dev ${debian}/dev && mount --bind ${shared} ${debian}${shared} && exec chroot ${debian} "$@"`;
    inside = ['unshare', '--mount', 'sh', '-c', enter, 'sh'];
    // What a run that was ended in the middle has left.
    await chroot('dpkg', '--purge', 'ka-ts', 'keepalived');
    rmSync(join(debian, 'etc/keepalived'), { recursive: true, force: true });
    before_ = await everything();
    copyFileSync(deb, join(shared, 'ka-ts.deb'));
  });
  after(async () => {
    await daemon?.dismiss();
    await peer?.stop();
    if (host) await chroot('dpkg', '--purge', 'ka-ts');
    await network?.destroy();
  });

  it('has nothing in it that lintian calls an error or warns of', () => {
    const words = ['--allow-root', '--fail-on', 'error,warning', join(network.directory, 'ka-ts.deb')];
    // The one for the tests is not compressed.
    const suppressed = ['data', 'control'].map((part) => `uses-no-compression-for-${part}-tarball`).join(',');
    const { status, stdout, stderr } = spawnSync('lintian', ['--suppress-tags', suppressed, ...words], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  });

  it('installs, and is keepalived by an alternative', async () => {
    await must('dpkg', '-i', join(network.directory, 'ka-ts.deb'));
    assert.match((await chroot('keepalived', '--version')).stderr, /^Keepalived v2\.4\.3/);
    assert.match(await must('dpkg', '-s', 'ka-ts'), /Status: install ok installed/);
    const files = await must('dpkg', '-L', 'ka-ts');
    for (const part of [
      '/lib/systemd/system/ka-ts.service',
      '/man8/ka-ts.8.gz',
      '/man5/ka-ts.conf.5.gz',
      'completions/ka-ts',
      '/etc/logrotate.d/ka-ts',
    ])
      assert.ok(files.includes(part), part);
    const unit = readFileSync(join(debian, 'lib/systemd/system/ka-ts.service'), 'utf8');
    const manuals = [...unit.matchAll(/man:(\S+)\((\d)\)/g)].map(([, name, section]) => `/man${section}/${name}.${section}.gz`);
    assert.deepEqual(
      manuals.filter((name) => !files.includes(name)),
      [],
      'the unit names manuals that are not there',
    );
    assert.notDeepEqual(manuals, []);
  });

  it('has manuals whose synopsis stands in one column', () => {
    const folder = join(debian, 'usr/share/man/man1');
    for (const name of readdirSync(folder).filter((file) => file.startsWith('ka-ts-'))) {
      const page = gunzipSync(readFileSync(join(folder, name))).toString('utf8');
      const [, synopsis = ''] = /^\.SH SYNOPSIS\n(.+?)\n\.SH /ms.exec(page.replaceAll('\\-', '-')) ?? [];
      const lines = synopsis.split('\n').slice(1, -1);
      assert.ok(lines.length > 0 && lines.every((line) => line.startsWith('ka-ts')), `${name}:\n${synopsis}`);
    }
  });

  it('is keepalived when a packaged one goes, and not before', async () => {
    const other = join(network.directory, 'other');
    mkdirSync(join(other, 'DEBIAN'), { recursive: true });
    mkdirSync(join(other, 'usr/sbin'), { recursive: true });
    const fields = 'Package: keepalived\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: stand-in\n';
    writeFileSync(join(other, 'DEBIAN/control'), fields);
    writeFileSync(join(other, 'usr/sbin/keepalived'), '#!/bin/sh\necho the other one\n', { mode: 0o755 });
    const built = spawnSync('dpkg-deb', ['--build', other, join(network.directory, 'other.deb')], { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    await must('dpkg', '-i', join(network.directory, 'other.deb'));
    assert.equal(await must('/usr/sbin/keepalived'), 'the other one\n');
    await must('dpkg', '-i', join(network.directory, 'ka-ts.deb'));
    assert.equal(await must('/usr/sbin/keepalived'), 'the other one\n');
    await must('dpkg', '--purge', 'keepalived');
    assert.match((await chroot('/usr/sbin/keepalived', '--version')).stderr, /^Keepalived v2\.4\.3/);
  });

  it('has its log files in /tmp rotated', async () => {
    const rules = readFileSync(join(debian, 'etc/logrotate.d/ka-ts'), 'utf8');
    const rotate = `mount -t tmpfs -o mode=1777 none /tmp && umask 022 && printf %s "$1" >/tmp/rules &&
      echo line >/tmp/keepalived.log && echo line >/tmp/keepalived_vrrp.log &&
      logrotate --force --state /tmp/state /tmp/rules && cd /tmp && echo *.gz`;
    const { status, stdout, stderr } = await host.run(['unshare', '--mount', 'sh', '-c', rotate, 'sh', rules]);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'keepalived.log.1.gz keepalived_vrrp.log.1.gz\n');
  });

  it('starts as its unit says, with the address of a keepalived that has it', async () => {
    mkdirSync(join(debian, 'etc/keepalived'), { recursive: true });
    writeFileSync(join(debian, 'etc/keepalived/keepalived.conf'), router(150));
    peer = startCommand(['keepalived'], network.host('two'), network.directory, writeConfiguration(network.directory, router(100)));
    await peer.logged(/Entering MASTER STATE/);
    const unit = readFileSync(join(debian, 'lib/systemd/system/ka-ts.service'), 'utf8');
    const command =
      /^ExecStart=(.*)$/m
        .exec(unit)?.[1]
        ?.split(' ')
        .filter((word) => !word.startsWith('$')) ?? [];
    assert.equal(command[0], '/usr/bin/ka-ts');
    daemon = startCommand([...inside, ...command], host, network.directory, '/etc/keepalived/keepalived.conf');
    await daemon.logged(/Entering MASTER STATE/);
    await peer.logged(/Entering BACKUP STATE/, { from: 1 });
  });

  it('is upgraded without a takeover', async () => {
    assert.ok(daemon && peer);
    const parent = readPid(daemon.parentFile);
    const child = await daemon.vrrpPid();
    const from = daemon.lines.length;
    const peerFrom = peer.lines.length;
    await must('dpkg', '-i', join(network.directory, 'ka-ts.deb'));
    // What `systemctl reload` of the package's own script does.
    daemon.signal('SIGHUP');
    await daemon.logged(/takes the place of/, { from });
    await daemon.logged(/^Startup complete$/, { from });
    assert.notEqual(await daemon.vrrpPid(child), child);
    assert.equal(readPid(daemon.parentFile), parent);
    assert.ok(!peer.lines.slice(peerFrom).some((line) => line.includes('MASTER')), peer.raw());
  });

  it('hands over when it stops, and leaves nothing behind when it is purged', async () => {
    assert.ok(daemon && peer);
    const from = peer.lines.length;
    assert.equal(await daemon.stop(), 0);
    await peer.logged(/Entering MASTER STATE/, { from });
    // Enabled as in the root of an image, where systemd does not run.
    const wants = '/etc/systemd/system/multi-user.target.wants';
    await must('sh', '-c', `mkdir -p ${wants} && ln -s /lib/systemd/system/ka-ts.service ${wants}`);
    await must('dpkg', '--purge', 'ka-ts');
    await must('rmdir', '--ignore-fail-on-non-empty', wants);
    rmSync(join(debian, 'etc/keepalived'), { recursive: true });
    await until('the root as it was', async () => (await everything()) === before_);
  });
});
