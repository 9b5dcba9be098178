// SPDX-License-Identifier: MIT
// The D-Bus service on a private system bus with the policy that is shipped, asked by GLib's own client, beside the packaged
// keepalived.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../lib/lab/host.ts';
import type { TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';
import { endProgram, instance, oneHost, type Running, requireBuild, root, startCommand, startIn, writeConfiguration } from './support.ts';

const name = 'org.keepalived.Vrrp1';
const vrrp = '/org/keepalived/Vrrp1/Vrrp';
const owner = '/org/keepalived/Vrrp1/Instance/eth0/51/IPv4';

const configuration = (more = '') => `global_defs {
  enable_dbus
  script_user root
}
${instance()}${instance({ name: 'VI_2', vrid: 52, owner: false })}${more}`;

describe('D-Bus', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let host: Host;
  let folder: string;
  let address: string;
  let bus: ChildProcess;
  let daemon: Running | undefined;

  before(async () => {
    requireBuild();
    ({ network, host } = await oneHost());
    folder = mkdtempSync(join(tmpdir(), 'ka-dbus-'));
    chmodSync(folder, 0o755);
    address = `unix:path=${join(folder, 'bus')}`;
    bus = await startBus(host, folder);
  });
  afterEach(async () => {
    await daemon?.dismiss();
    daemon = undefined;
  });
  after(async () => {
    await endProgram(bus);
    await network?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = () => ({ DBUS_SYSTEM_BUS_ADDRESS: address });
  const start = async (text = configuration()) => {
    daemon = startIn(environment(), host, network.directory, text);
    await daemon.logged(/^Acquired the name org\.keepalived\.Vrrp1 on the session bus$/);
    return daemon;
  };
  const client = (...words: string[]) => host.run(['env', `DBUS_SYSTEM_BUS_ADDRESS=${address}`, ...words]);
  const call = (path: string, method: string, ...args: string[]) =>
    client('gdbus', 'call', '--system', '--dest', name, '--object-path', path, '--method', method, ...args);
  const introspect = async () => {
    const { stdout } = await client(
      'gdbus',
      'introspect',
      '--system',
      '--dest',
      name,
      '--object-path',
      '/',
      '--recurse',
      '--only-properties',
    );
    const objects = await Promise.all(
      [vrrp, owner].map((path) => client('gdbus', 'introspect', '--system', '--dest', name, '--object-path', path)),
    );
    return [stdout, ...objects.map((o) => o.stdout)].join('\n');
  };
  const isMaster = async () =>
    (await call(owner, 'org.freedesktop.DBus.Properties.Get', `${name}.Instance`, 'State')).stdout.includes("(uint32 2, 'Master')");

  it('looks as keepalived does', async () => {
    const file = writeConfiguration(network.directory, configuration());
    daemon = startCommand(['env', `DBUS_SYSTEM_BUS_ADDRESS=${address}`, 'keepalived'], host, network.directory, file);
    await until('its name', async () => (await call(vrrp, 'org.freedesktop.DBus.Peer.Ping')).status === 0);
    await until('MASTER', isMaster);
    const theirs = await introspect();
    await daemon.stop();
    await start();
    await until('MASTER', isMaster);
    // 2.2.7 says that Name is a string, and answers with a structure.
    assert.equal(await introspect(), theirs.replaceAll('readonly s Name', 'readonly (s) Name'));
    assert.match(theirs, /IPv4/);
  });

  it('signals every transition, its start, a reload and its end', async () => {
    const match = ["type='signal',path_namespace='/org/keepalived'", "type='signal',interface='ka_ts.Transitions1'"];
    const monitor = host.spawn(['env', `DBUS_SYSTEM_BUS_ADDRESS=${address}`, 'dbus-monitor', '--system', ...match], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let seen = '';
    monitor.stdout?.on('data', (bytes: Buffer) => {
      seen += bytes.toString();
    });
    /** `/org/…/Vrrp VrrpStarted`, `/org/…/IPv4 VrrpStatusChange 2` */
    const signals = () =>
      [...seen.matchAll(/ path=(\S+); interface=\S+; member=(\S+)(?:\n +uint32 ([0-9]+))?/g)]
        .map((m) => m.slice(1).filter(Boolean).join(' '))
        .filter((line) => line.startsWith('/org/keepalived'));
    await until('the monitor listens', () => seen.includes('NameLost'));
    await start();
    await until('the takeover', () => signals().includes(`${owner} VrrpStatusChange 2`));
    const told = () =>
      [...seen.matchAll(/ path=(\S+); interface=ka_ts\.Transitions1; member=Transition\n((?: +string ".*"\n){6})/g)].map(
        ([, path, words = '']) => [path, ...[...words.matchAll(/"(.*)"\n/g)].map((w) => w[1])],
      );
    await until('why it is Active', () => told().some(([, instance, , to]) => instance === 'VI_1' && to === 'MASTER'));
    const [path, , from, to, cause, reason, evidence] = told().find((t) => t[3] === 'MASTER') ?? [];
    assert.deepEqual([path, from, to, cause], ['/ka_ts/Transitions1', 'INIT', 'MASTER', 'start']);
    assert.equal(reason, '', 'a start says all there is to say');
    assert.deepEqual(JSON.parse(evidence ?? ''), { link: 'up' });
    const itself = await client('gdbus', 'introspect', '--system', '--dest', name, '--object-path', '/ka_ts/Transitions1');
    assert.match(itself.stdout, /Transition\(s instance,\s+s from,\s+s to,\s+s cause,\s+s reason,\s+s evidence\)/);
    assert.equal((await call(vrrp, `${name}.Vrrp.ReloadConfig`)).status, 0);
    await until('the reload', () => signals().includes(`${vrrp} VrrpReloaded`));
    await daemon?.stop();
    daemon = undefined;
    await until('the end', () => signals().includes(`${vrrp} VrrpStopped`));
    const lines = signals();
    assert.equal(lines[0], `${vrrp} VrrpStarted`);
    assert.equal(lines.at(-1), `${vrrp} VrrpStopped`);
    assert.equal(lines.filter((line) => line === `${owner} VrrpStatusChange 98`).length, 1);
    await endProgram(monitor);
  });

  it('does what its methods say', async () => {
    const running = await start();
    await until('MASTER', isMaster);
    for (const [method, line, file] of [
      ['PrintData', /^Printing VRRP data on DBus request$/, 'keepalived.data'],
      ['PrintStats', /^Printing VRRP stats on DBus request$/, 'keepalived.stats'],
      ['PrintStatsClear', /^Printing and clearing VRRP stats on DBus request$/, 'keepalived.stats'],
    ] as const) {
      rmSync(join(network.directory, file), { force: true });
      assert.equal((await call(vrrp, `${name}.Vrrp.${method}`)).stdout, '()\n');
      await running.logged(line);
      await until(file, () => existsSync(join(network.directory, file)));
    }
    assert.equal((await call(owner, `${name}.Instance.SendGarp`)).stdout, '()\n');
    await running.logged(/^Sending garps on VI_1 on DBus request$/);
  });

  it('refuses what is not there, wrong types and strangers', async () => {
    await start();
    const refusal = async (...words: Parameters<typeof call>) => {
      const { status, stderr } = await call(...words);
      assert.notEqual(status, 0);
      return stderr;
    };
    assert.match(await refusal(owner, `${name}.Instance.Bogus`), /UnknownMethod/);
    assert.match(await refusal(owner.replace('51', '99'), `${name}.Instance.SendGarp`), /InvalidArgs: Instance 'eth0\/99\/IPv4' not found/);
    assert.match(await refusal('/elsewhere', `${name}.Vrrp.PrintData`), /UnknownObject/);
    const raw = (...words: string[]) => client('dbus-send', '--system', '--print-reply', `--dest=${name}`, ...words);
    assert.match((await raw(owner, 'org.freedesktop.DBus.Properties.Get', 'int32:7')).stderr, /InvalidArgs/);
    assert.match((await raw(vrrp, `${name}.Vrrp.PrintData`, 'string:x')).stderr, /InvalidArgs/);
    const stranger = await client(
      'setpriv',
      '--reuid=65534',
      '--clear-groups',
      'gdbus',
      'call',
      '--system',
      '--dest',
      name,
      '--object-path',
      vrrp,
      '--method',
      `${name}.Vrrp.ReloadConfig`,
    );
    assert.match(stranger.stderr, /AccessDenied/);
    assert.equal((await call(vrrp, 'org.freedesktop.DBus.Peer.Ping')).status, 0);
  });

  it('comes back with the bus', async () => {
    const running = await start();
    await endProgram(bus);
    await running.logged(/^Lost the name /);
    const from = running.lines.length;
    bus = await startBus(host, folder);
    await running.logged(/^Acquired the name /, { from, within: 20_000 });
    await until('MASTER', isMaster);
  });

  it('is no condition for anything else: without a bus the daemon serves, and says so once', async () => {
    daemon = startIn({ DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${join(folder, 'nothing')}` }, host, network.directory, configuration());
    await daemon.logged(/^\(VI_1\) Entering MASTER STATE/);
    await daemon.logged(/^Lost the name .*\(.*ENOENT.*\)$/);
  });
});

async function startBus(host: Host, folder: string): Promise<ChildProcess> {
  const socket = join(folder, 'bus');
  rmSync(socket, { force: true });
  writeFileSync(
    join(folder, 'bus.conf'),
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>${join(root, 'packaging/dbus/org.keepalived.Vrrp1.conf')}</include>
</busconfig>
`,
  );
  const child = host.spawn(['dbus-daemon', `--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--nopidfile'], { stdio: 'ignore' });
  await until('the bus listens', () => existsSync(socket));
  return child;
}
