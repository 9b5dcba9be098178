// SPDX-License-Identifier: MIT
// The checker process of the real binary, with real servers to look at. Kernels without IPVS are the usual case here: then
// it says so, and checks all the same.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Backends, startBackends } from '../support/backends.ts';
import { until } from '../support/until.ts';
import { instance, oneHostSuite, type Running, readPid, start } from './support.ts';

const address = '192.0.2.1';
const vs = '[192.0.2.200]:tcp:80';
const rs = (port: number) => `[${address}]:tcp:${port}`;

/** One service, servers by port with their lines. */
function service(servers: Readonly<Record<number, string>>, lines = ''): string {
  const real = Object.entries(servers).map(([port, text]) => `  real_server ${address} ${port} {\n${text}\n  }\n`);
  return `virtual_server 192.0.2.200 80 {\n  delay_loop 0.3\n  warmup 0\n  protocol TCP\n  lvs_sched rr\n  lvs_method NAT\n${lines}\n${real.join('')}}\n`;
}

const tcp = 'TCP_CHECK {\nconnect_timeout 1\nretry 1\ndelay_before_retry 0.1\n}';

describe('the checker process', function () {
  this.timeout(30_000);
  const stage = oneHostSuite();
  let backends: Backends;
  before(async () => {
    const six = ['tcp@8030@::', 'udp6@8031@::'];
    const kinds = ['tcp@8001', 'tcp@8002', 'http@8010', 'smtp@8011', 'dns@8012', 'udp@8013'];
    backends = await startBackends(stage.host, ...kinds.map((kind) => `${kind}@${address}`), ...six);
  });
  after(() => backends.stop());
  const run = (configuration: string, ...more: string[]): Running => {
    stage.daemon = start(
      stage.host,
      stage.directory,
      `global_defs {\n  script_user root\n  lvs_notify_fifo ${join(stage.directory, 'lvs')}\n}\n${configuration}`,
      '-C',
      ...more,
    );
    return stage.daemon;
  };

  it('sees a server die and come back, and tells scripts and the FIFO', async () => {
    const told = join(stage.directory, 'told');
    const script = (word: string) => `"/usr/bin/env sh -c 'echo ${word} >> ${told}'"`;
    const d = run(
      service(
        { 8001: `${tcp}\nnotify_up ${script('up')}\nnotify_down ${script('down')}`, 8002: tcp, 8003: tcp },
        `quorum 2\nquorum_down ${script('lost')}`,
      ),
    );
    await d.logged(/^Startup complete/);
    const fifo = await stage.host.spawn(['sh', '-c', `exec cat ${join(stage.directory, 'lvs')} > ${join(stage.directory, 'lines')}`]);
    try {
      await d.logged(new RegExp(`^TCP_CHECK on service \\[${address}\\]:tcp:8003 failed\\.$`));
      backends.off(8001);
      await d.logged(/^TCP_CHECK on service .*:8001 failed after 1 retries\.$/);
      await d.logged(/^Lost quorum 2-0=2 > 1 for VS/);
      backends.on(8001);
      await d.logged(/^TCP connection to .*:8001 success\.$/);
      await d.logged(/^Gained quorum 2\+0=2 <= 2/, { from: d.lines.findIndex((l) => l.startsWith('Lost quorum')) });
      // The first two are processes of the same moment: who writes first is the kernel's choice.
      const words = () => (existsSync(told) ? readFileSync(told, 'utf8') : '');
      await until('the scripts', () => ['down\nlost\nup\n', 'lost\ndown\nup\n'].includes(words()));
      await until('the FIFO', () =>
        readFileSync(join(stage.directory, 'lines'), 'utf8').endsWith(`RS ${rs(8001)} ${vs} UP\nVS ${vs} UP\n`),
      );
    } finally {
      fifo.kill();
    }
    assert.equal(await d.stop(), 0);
    assert.ok(d.lines.includes(`Shutting down service ${rs(8001)} from VS ${vs}`));
  });

  it('says when there is no IPVS, and VRRP goes on beside it', async () => {
    stage.daemon = start(stage.host, stage.directory, `${instance()}${service({ 8001: tcp })}`, '--all', '-B');
    const d = stage.daemon;
    await d.logged(/^Startup complete/);
    await d.logged(/Entering MASTER STATE/);
    assert.ok(d.lines.some((l) => l.startsWith("IPVS: Can't initialize ipvs")) || existsSync('/proc/net/ip_vs'));
    const pids = [readPid(d.checkersFile), readPid(d.vrrpFile)];
    assert.ok(pids.every((pid) => pid !== undefined) && pids[0] !== pids[1]);
  });

  it('checks by every kind of check, sees each server go and come back', async () => {
    const more = 'retry 0\nconnect_timeout 1\n';
    const misc = join(stage.directory, 'healthy');
    writeFileSync(misc, '');
    const kinds: Readonly<Record<number, string>> = {
      8010: `HTTP_GET {\n${more}url {\npath /\nstatus_code 200\nregex hello$\n}\n}`,
      8011: `SMTP_CHECK {\n${more}}`,
      8012: `DNS_CHECK {\n${more}name example.com\ntype A\n}`,
      8013: `UDP_CHECK {\n${more}require_reply\n}`,
      8014: `MISC_CHECK {\nretry 0\nmisc_path "/usr/bin/test -e ${misc}"\n}`,
      8015: `PING_CHECK {\n${more}}`,
    };
    const d = run(service(kinds));
    await d.logged(/^Startup complete/);
    const ports = [8010, 8011, 8012, 8013];
    const says = (word: string, port: number, from: number) => d.logged(new RegExp(`^${word} service .*:${port} `), { from });
    for (const port of ports) backends.off(port);
    rmSync(misc);
    for (const port of [...ports, 8014]) await says('Removing', port, 0);
    const from = d.lines.length;
    for (const port of ports) backends.on(port);
    writeFileSync(misc, '');
    for (const port of [...ports, 8014]) await says('Adding', port, from);
    assert.ok(!d.lines.some((l) => l.includes(':8015 ') && l.startsWith('Removing')), 'the ping');
    assert.ok(
      d.lines.some((l) => /^Misc check for \[.*8014 VS .*\] by \[.*\] failed with retry disabled \(exited with status 1\)\.$/.test(l)),
    );
  });

  it('sees by PING who is silent, who is not there and who returns', async () => {
    const ping = 'PING_CHECK {\nconnect_timeout 0.5\nretry 1\ndelay_before_retry 0.1\n}';
    const text = service({ 8020: ping }).replace(/}\n$/, `  real_server 198.51.100.9 8021 {\n${ping}\n  }\n}\n`);
    const ignore = (what: 0 | 1) => stage.shell(`echo ${what} > /proc/sys/net/ipv4/icmp_echo_ignore_all`);
    const d = run(text);
    // No route leads there: known at the very first try, without a wait.
    await d.logged(/^ICMP CHECK on service \[198\.51\.100\.9\]:tcp:8021 failed\.$/);
    try {
      await ignore(1);
      await d.logged(/^ICMP CHECK on service \[192\.0\.2\.1\]:tcp:8020 of \[192\.0\.2\.200\]:tcp:80 failed after 1 retries\.$/);
      await d.logged(/^Removing service .*:8020 /);
    } finally {
      await ignore(0);
    }
    await d.logged(/^ICMP connection to \[192\.0\.2\.1\]:tcp:8020 success\.$/);
    await d.logged(/^Adding service .*:8020 /, { from: d.lines.findIndex((l) => /^Removing service .*:8020 /.test(l)) });
  });

  it('reaches servers at IPv6 and link-local addresses', async () => {
    await stage.shell('ip addr add 2001:db8::1/64 dev eth0 nodad; ip addr add fe80::77/64 dev eth0 nodad');
    const more = 'connect_timeout 1\nretry 0\n';
    const server = (ip: string, port: number, kind: string, lines = '') =>
      `  real_server ${ip} ${port} {\n    ${kind} {\n${more}${lines}\n    }\n  }\n`;
    const d = run(
      `virtual_server 2001:db8::200 80 {\n  delay_loop 0.3\n  warmup 0\n  alpha\n  protocol TCP\n  lvs_sched rr\n  lvs_method NAT\n${server('2001:db8::1', 8030, 'TCP_CHECK')}${server('fe80::77', 8030, 'TCP_CHECK', 'bind_if eth0')}${server('2001:db8::1', 8031, 'UDP_CHECK', 'require_reply')}${server('fe80::77', 8032, 'PING_CHECK', 'bind_if eth0')}${server('2001:db8::1', 8033, 'TCP_CHECK')}}\n`,
    );
    for (const name of ['2001:db8::1]:tcp:8030', 'fe80::77]:tcp:8030', '2001:db8::1]:tcp:8031', 'fe80::77]:tcp:8032'])
      await until(`${name} is up`, () => d.lines.some((l) => l.startsWith(`Adding service [${name} `)));
    await d.logged(/^TCP_CHECK on service \[2001:db8::1\]:tcp:8033 failed\.$/);
    const from = d.lines.length;
    backends.off(8030);
    await d.logged(/^Removing service \[fe80::77\]:tcp:8030 /, { from });
    backends.on(8030);
  });

  it('checks while the address of the service is here, with ha_suspend', async () => {
    const d = run(service({ 8003: tcp }, 'ha_suspend'));
    await d.logged(/^Deactivating healthchecker for service .*:8003 /);
    await d.logged(/^Startup complete/);
    await stage.shell('ip addr add 192.0.2.200/32 dev eth0');
    await d.logged(/^Activating healthchecker for service .*:8003 /);
    await d.logged(/^TCP_CHECK on service .*:8003 failed/);
    await stage.shell('ip addr del 192.0.2.200/32 dev eth0');
    await d.logged(/^Suspending healthchecker for service .*:8003 /);
  });

  it('is replaced when it is killed, alone', async () => {
    const d = run(service({ 8001: tcp }));
    await d.logged(/^Startup complete/);
    const first = readPid(d.checkersFile);
    await stage.shell(`kill -9 ${first}`);
    await d.logged(/^Healthcheck child process\(\d+\) died: Respawning/);
    const second = await until('another pid', () => readPid(d.checkersFile, first));
    assert.notEqual(first, second);
    await d.logged(/^Activating healthchecker/, { from: d.lines.findIndex((l) => l.includes('Respawning')) });
  });

  it('keeps what it knows over a reload', async () => {
    const d = run(service({ 8001: tcp, 8003: tcp }));
    await d.logged(/^TCP_CHECK on service .*:8003 failed/);
    const from = d.lines.length;
    d.signal('SIGHUP');
    await d.logged(/^Reload complete/, { from });
    await until('another round', () => backends.lines.filter((l) => l.startsWith('tcp 8001')).length > 3);
    assert.deepEqual(
      d.lines.slice(from).filter((l) => /Adding|Removing|failed/.test(l)),
      [],
    );
  });
});
