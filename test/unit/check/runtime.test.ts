// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Outcome } from '../../../lib/check/core/outcome.ts';
import { isUp } from '../../../lib/check/core/service.ts';
import type { Config } from '../../../lib/config/model.ts';
import { startLab } from '../../support/fake-checks.ts';
import { load } from '../config/load.ts';

const down: Outcome = { kind: 'down', why: 'failed' };

interface Text {
  readonly globals?: string;
  readonly service?: string;
  /** By port: lines of the server. */
  readonly servers?: Readonly<Record<number, string>>;
  readonly more?: string;
}

const tcp = 'TCP_CHECK {\n}\n';

function config({ globals = '', service = '', servers = { 80: tcp, 81: tcp }, more = '' }: Text = {}): Config {
  const real = Object.entries(servers).map(([port, lines]) => `real_server 10.0.1.1 ${port} {\n${lines}}\n`);
  const text = `global_defs {\n${globals}\n}\nvirtual_server 10.0.0.1 80 {\ndelay_loop 10\nwarmup 4\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n${service}\n${real.join('')}}\n${more}`;
  const loaded = load(text).config;
  assert.ok(loaded);
  return loaded;
}

const rs = (port: number) => `[10.0.1.1]:tcp:${port}`;
const vs = '[10.0.0.1]:tcp:80';

describe('the checkers', () => {
  it('begin with servers in the table, and check them after a second and a part of the warmup', async () => {
    const lab = await startLab(config());
    assert.deepEqual(lab.log.lines, [
      `Adding service ${rs(80)} to VS ${vs}`,
      `Adding service ${rs(81)} to VS ${vs}`,
      `Gained quorum 1+0=1 <= 2 for VS ${vs}`,
      `Activating healthchecker for service ${rs(80)} for VS ${vs}`,
      `Activating healthchecker for service ${rs(81)} for VS ${vs}`,
      'Activating BFD healthchecker',
    ]);
    assert.deepEqual(lab.table.calls, ['load 1']);
    await lab.pass(2.9);
    assert.deepEqual(lab.asked, []);
    await lab.pass(0.2);
    assert.deepEqual(lab.asked, [80, 81]);
    await lab.pass(10);
    assert.deepEqual(lab.asked, [80, 81, 80, 81]);
    assert.deepEqual(lab.told, ['apply', `VS ${vs} UP Starting with quorum up 1+0=1 <= 2`]);
  });

  it('take a server out, tell it, mail it, and bring it back', async () => {
    const lab = await startLab(config());
    lab.answers.set(81, down);
    await lab.pass(4);
    assert.deepEqual(lab.log.lines.slice(6), [`TCP_CHECK on service ${rs(81)} failed.`, `Removing service ${rs(81)} from VS ${vs}`]);
    assert.deepEqual(lab.table.calls, ['load 1', 'update 0']);
    assert.deepEqual(lab.told.slice(2), ['RS 81 DOWN', 'mail 81 DOWN TCP CHECK failed on service']);
    lab.answers.delete(81);
    await lab.pass(10);
    assert.deepEqual(lab.log.lines.slice(8), [`TCP connection to ${rs(81)} success.`, `Adding service ${rs(81)} to VS ${vs}`]);
    assert.deepEqual(lab.told.slice(4), ['RS 81 UP', 'mail 81 UP TCP CHECK succeed on service']);
  });

  it('try again before they give up, at their own pace', async () => {
    const lab = await startLab(config({ servers: { 80: 'TCP_CHECK {\nretry 2\ndelay_before_retry 1\nlog_all_failures\n}\n' } }));
    await lab.pass(4);
    lab.answers.set(80, down);
    await lab.pass(12);
    assert.deepEqual(lab.log.lines.slice(4), [
      `TCP connection to ${rs(80)} failed.`,
      `TCP connection to ${rs(80)} failed.`,
      `TCP connection to ${rs(80)} failed.`,
      `TCP_CHECK on service ${rs(80)} failed after 2 retries.`,
      `Removing service ${rs(80)} from VS ${vs}`,
      `Lost quorum 1-0=1 > 0 for VS ${vs}`,
    ]);
  });

  it('say with log_all_failures why a server is given up, once, while it was up', async () => {
    const said = async (lines: string, why: string) => {
      const lab = await startLab(config({ servers: { 80: `${lines}log_all_failures\n}\n` } }));
      const from = lab.log.lines.length;
      lab.answers.set(80, { kind: 'down', why });
      await lab.pass(24);
      return lab.log.lines.slice(from).filter((line) => !/^(Removing|Lost)/.test(line));
    };
    const page = 'HTTP_GET {\nurl {\npath /\n}\n';
    assert.deepEqual(await said(page, 'HTTP status code error to'), [
      `HTTP status code error to server ${rs(80)}.`,
      `HTTP_CHECK on service ${rs(80)} failed after 1 retries.`,
    ]);
    assert.deepEqual(await said('TCP_CHECK {\nalpha\n', 'failed'), [`TCP_CHECK on service ${rs(80)} failed.`]);
    assert.deepEqual(await said('DNS_CHECK {\n', 'read timeout from socket'), [`DNS_CHECK (${rs(80)}) read timeout from socket`]);
  });

  it('learn nothing of a server when this side is in the way, and say so once', async () => {
    const lab = await startLab(config({ servers: { 80: tcp } }));
    lab.answers.set(80, { kind: 'unable', why: 'EADDRNOTAVAIL' });
    await lab.pass(24);
    assert.deepEqual(lab.asked.length, 3);
    assert.deepEqual(lab.log.lines.slice(4), [`TCP_CHECK ${rs(80)} socket bind failed. Rescheduling (EADDRNOTAVAIL)`]);
    assert.equal(lab.shell.view().pools[0]?.servers[0]?.up, true);
  });

  it('call a packet that may not leave no bad address', async () => {
    const lab = await startLab(config({ servers: { 80: 'PING_CHECK {\n}\n' } }));
    lab.answers.set(80, { kind: 'unable', why: 'EPERM', step: 'send' });
    await lab.pass(24);
    assert.deepEqual(lab.log.lines.slice(5), [`PING_CHECK ${rs(80)} socket send failed. Rescheduling (EPERM)`]);
  });

  it('ask once for all who want the same, and each makes of it what it would alone', async () => {
    const same = `virtual_server 10.0.0.2 80 {\ndelay_loop 10\nwarmup 4\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\nquorum 1\nreal_server 10.0.1.1 80 {\n${tcp}}\nreal_server 10.0.1.1 82 {\nTCP_CHECK {\nalpha\n}\n}\n}\n`;
    const lab = await startLab(config({ servers: { 80: tcp, 82: tcp }, more: same }));
    await lab.pass(20);
    assert.deepEqual(lab.asked, [80, 82, 80, 82]);
    lab.answers.set(80, down);
    await lab.pass(12);
    const states = lab.shell.view().pools.map((p) => p.servers.map((s) => s.up));
    assert.deepEqual(states, [
      [false, true],
      [false, true],
    ]);
    assert.equal(lab.log.lines.filter((l) => l.startsWith('TCP_CHECK on')).length, 2);
  });

  it('mail only what moves a server where that is asked for', async () => {
    const two = { 80: `TCP_CHECK {\n}\nTCP_CHECK {\nconnect_port 90\n}\n` };
    const lab = await startLab(config({ globals: 'no_checker_emails', servers: two }));
    lab.answers.set(80, down).set(90, down);
    await lab.pass(4);
    assert.equal(lab.told.filter((t) => t.startsWith('mail')).length, 1);
    const every = await startLab(config({ servers: two }));
    every.answers.set(80, down).set(90, down);
    await every.pass(4);
    assert.equal(every.told.filter((t) => t.startsWith('mail')).length, 2);
  });

  it('follow files: the number as weight, or as the word on the server', async () => {
    const files = 'track_file load {\nfile /run/load\nweight 1\n}\n';
    const lab = await startLab(
      config({
        servers: { 80: 'weight 5\nFILE_CHECK {\ntrack_file load\n}\n', 81: 'FILE_CHECK {\ntrack_file load\nweight 0\n}\n' },
        more: files,
      }),
    );
    lab.files.change('/run/load', '3');
    await lab.pass(1);
    assert.deepEqual(
      lab.shell.view().pools[0]?.servers.map((s) => [s.up, s.weight]),
      [
        [true, 8],
        [false, 1],
      ],
    );
    assert.ok(lab.log.lines.includes(`Changing weight from 5 to 8 for active service ${rs(80)} of VS ${vs}`));
    assert.ok(lab.log.lines.includes(`(${rs(81)}): tracked file load now FAULT state`));
    lab.files.change('/run/load', null);
    await lab.pass(1);
    assert.deepEqual(
      lab.shell.view().pools[0]?.servers.map((s) => [s.up, s.weight]),
      [
        [true, 5],
        [true, 1],
      ],
    );
  });

  it('follow BFD sessions', async () => {
    const session = 'bfd_instance peer {\nneighbor_ip 10.0.1.1\n}\n';
    const lab = await startLab(
      config({ servers: { 80: 'BFD_CHECK {\nname peer\n}\n', 81: 'BFD_CHECK {\nname peer\nalpha\n}\n' }, more: session }),
    );
    const states = () => lab.shell.view().pools[0]?.servers.map((s) => s.up);
    assert.deepEqual(states(), [true, false]);
    lab.shell.bfdChanged('peer', true);
    lab.shell.bfdChanged('nobody', false);
    assert.deepEqual(states(), [true, true]);
    lab.shell.bfdChanged('peer', false);
    await lab.pass(1);
    assert.deepEqual(states(), [false, false]);
    assert.ok(lab.log.lines.includes(`BFD check of [peer] RS(${rs(80)}) is DOWN`));
    assert.ok(lab.told.includes('mail 80 DOWN BFD CHECK peer failed on service'));
  });

  it('go on without IPVS, and catch up with it when it comes', async () => {
    const lab = await startLab(config(), { refusals: 1 });
    assert.match(lab.log.lines[0] ?? '', /^IPVS: Can't initialize ipvs/);
    lab.answers.set(81, down);
    await lab.pass(30);
    assert.deepEqual(lab.table.calls, []);
    assert.ok(lab.told.includes('RS 81 DOWN'));
    await lab.pass(31);
    assert.deepEqual(lab.table.calls, ['load 1']);
    assert.deepEqual(lab.table.pools[0]?.servers.map(isUp), [true, false]);
    lab.answers.delete(81);
    await lab.pass(10);
    assert.deepEqual(lab.table.calls, ['load 1', 'update 0']);
  });

  it('wait for the address of their service where they are told to', async () => {
    const lab = await startLab(config({ service: 'ha_suspend' }));
    assert.equal(lab.log.lines[3], `Deactivating healthchecker for service ${rs(80)} for VS ${vs}`);
    await lab.pass(30);
    assert.deepEqual(lab.asked, []);
    const lines = lab.log.lines.length;
    lab.setAddress('10.0.0.1', true);
    assert.deepEqual(lab.log.lines.slice(lines), [
      'Netlink reflector reports IP 10.0.0.1 added',
      `Activating healthchecker for service ${rs(80)} for VS ${vs}`,
      `Activating healthchecker for service ${rs(81)} for VS ${vs}`,
    ]);
    lab.answers.set(80, down);
    await lab.pass(12);
    assert.equal(lab.shell.view().pools[0]?.servers[0]?.up, false);
    lab.setAddress('10.0.0.1', false);
    assert.equal(lab.log.lines.at(-1), `Suspending healthchecker for service ${rs(81)} for VS ${vs}`);
    lab.answers.delete(80);
    await lab.pass(30);
    assert.equal(lab.shell.view().pools[0]?.servers[0]?.up, false, 'frozen');
  });

  it('wait for one address of a group', async () => {
    const group = `virtual_server_group web {\n10.0.7.1-9 80\n}\nvirtual_server group web {\ndelay_loop 10\nwarmup 0\nprotocol TCP\nha_suspend\nlvs_sched rr\nlvs_method NAT\nreal_server 10.0.1.1 85 {\n${tcp}}\n}\n`;
    const lab = await startLab(config({ more: group }));
    await lab.pass(5);
    assert.ok(!lab.asked.includes(85));
    lab.setAddress('10.0.7.5', true);
    await lab.pass(10);
    assert.ok(lab.asked.includes(85));
  });

  it('let themselves ping while they run', async () => {
    const lab = await startLab(config({ servers: { 80: 'PING_CHECK {\n}\n' } }));
    assert.equal(lab.settings.get('ipv4/ping_group_range'), '0 0');
    assert.equal(lab.log.lines[0], 'Warning: net.ipv4.ping_group_range being expanded from 1 0 to 0 0');
    await lab.shell.stop();
    assert.equal(lab.settings.get('ipv4/ping_group_range'), '1 0');
    const without = await startLab(config());
    assert.equal(without.settings.get('ipv4/ping_group_range'), '1\t0\n');
  });

  it('go round several pages, one at a time', async () => {
    const pages = 'HTTP_GET {\nurl {\npath /a\n}\nurl {\npath /b\n}\n}\n';
    const lab = await startLab(config({ servers: { 80: `alpha\n${pages}` } }));
    await lab.pass(4);
    assert.equal(lab.shell.view().pools[0]?.servers[0]?.up, false, 'one page is not all');
    await lab.pass(10);
    assert.equal(lab.shell.view().pools[0]?.servers[0]?.up, true);
    lab.answers.set(80, down);
    await lab.pass(24);
    assert.ok(lab.log.lines.includes(`HTTP_CHECK on service ${rs(80)} failed after 1 retries.`));
    lab.answers.delete(80);
    await lab.pass(10);
    assert.equal(lab.shell.view().pools[0]?.servers[0]?.up, false, 'the page that failed, then all');
    await lab.pass(20);
    assert.equal(lab.shell.view().pools[0]?.servers[0]?.up, true);
    const quick = await startLab(config({ servers: { 80: `alpha\n${pages.replace('{', '{\nfast_recovery')}` } }));
    await quick.pass(4);
    assert.equal(quick.shell.view().pools[0]?.servers[0]?.up, true);
  });

  it('stop with a word for each server, and leave the table alone where that is asked for', async () => {
    const lab = await startLab(config({ service: 'omega' }));
    await lab.shell.stop();
    await lab.shell.stop();
    assert.deepEqual(lab.log.lines.slice(6), [
      `Shutting down service ${rs(80)} from VS ${vs}`,
      `Shutting down service ${rs(81)} from VS ${vs}`,
    ]);
    assert.deepEqual(lab.table.calls, ['load 1', 'stop']);
    assert.deepEqual(lab.told.slice(2), ['RS 80 DOWN', 'RS 81 DOWN', `VS ${vs} DOWN Shutting down`, 'drain']);
    assert.equal(lab.clock.pending(), 0);
    const keeping = await startLab(config(), { keep: true });
    await keeping.shell.stop();
    assert.deepEqual([keeping.table.calls, keeping.log.lines.length], [['load 1', 'keep'], 6]);
  });
});

describe('a reload of the checkers', () => {
  it('keeps what is known of servers that stay, and checks all of them anew', async () => {
    const lab = await startLab(config());
    lab.answers.set(81, down);
    await lab.pass(4);
    const lines = lab.log.lines.length;
    await lab.shell.reload(config({ service: 'persistence_timeout 50' }));
    assert.deepEqual(lab.log.lines.slice(lines), []);
    assert.deepEqual(lab.table.calls, ['load 1', 'update 0', 'load 1']);
    assert.deepEqual(
      lab.shell.view().pools[0]?.servers.map((s) => [s.up, s.present]),
      [
        [true, true],
        [false, false],
      ],
    );
    lab.asked.length = 0;
    await lab.pass(3.2);
    assert.deepEqual(lab.asked, [80, 81]);
  });

  it('that comes more often than a check is due does not keep it from running', async () => {
    const lab = await startLab(config());
    await lab.pass(4);
    lab.asked.length = 0;
    for (let i = 1; i <= 10; i++) {
      await lab.shell.reload(config({ service: `persistence_timeout ${50 + i}` }));
      await lab.pass(2);
    }
    // A reload brings the next run forward to three seconds, and never puts it off.
    for (const port of [80, 81]) {
      const times = lab.asked.filter((p) => p === port).length;
      assert.ok(times >= 3 && times <= 6, `${port}: ${times} times in 20 s`);
    }
  });

  it("removes, adds and changes servers, in keepalived's words", async () => {
    const lab = await startLab(config());
    await lab.pass(4);
    const lines = lab.log.lines.length;
    await lab.shell.reload(config({ servers: { 80: `weight 3\n${tcp}`, 82: tcp, 83: 'TCP_CHECK {\nalpha\n}\n' } }));
    assert.deepEqual(lab.log.lines.slice(lines), [
      `service ${rs(81)} no longer exist`,
      `Removing service ${rs(81)} from VS ${vs}`,
      `Changing weight from 1 to 3 for active service ${rs(80)} of VS ${vs}`,
      `Adding service ${rs(82)} to VS ${vs}`,
    ]);
    assert.deepEqual(lab.told.slice(2), ['apply', 'RS 81 DOWN']);
    // A new server without alpha has its usual number of tries.
    lab.answers.set(82, down);
    await lab.pass(3.2);
    assert.equal(lab.shell.view().pools[0]?.servers[1]?.up, true);
    await lab.pass(1.5);
    assert.equal(lab.shell.view().pools[0]?.servers[1]?.up, false);
    assert.equal(lab.shell.view().pools[0]?.servers[2]?.up, true, 'alpha: up at its first success');
  });

  it('removes and adds services', async () => {
    const other = `virtual_server 10.0.0.2 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\nreal_server 10.0.1.2 80 {\n}\n}\n`;
    const lab = await startLab(config({ more: other }));
    const lines = lab.log.lines.length;
    await lab.shell.reload(config());
    assert.deepEqual(lab.log.lines.slice(lines), [
      'Removing Virtual Server [10.0.0.2]:tcp:80',
      'Removing service [10.0.1.2]:tcp:80 from VS [10.0.0.2]:tcp:80',
    ]);
    await lab.shell.reload(config({ more: other }));
    assert.deepEqual(lab.log.lines.slice(lines + 2), [
      'Adding service [10.0.1.2]:tcp:80 to VS [10.0.0.2]:tcp:80',
      'Gained quorum 1+0=1 <= 1 for VS [10.0.0.2]:tcp:80',
    ]);
  });

  it('loses the quorum by a new configuration, and calls the sorry server', async () => {
    const lab = await startLab(config());
    lab.answers.set(81, down);
    await lab.pass(4);
    const lines = lab.log.lines.length;
    await lab.shell.reload(config({ service: 'quorum 2\nsorry_server 10.0.9.9 80' }));
    assert.deepEqual(lab.log.lines.slice(lines), [
      `Lost quorum 2-0=2 > 1 for VS ${vs}`,
      `Adding sorry server [10.0.9.9]:tcp:80 to VS ${vs}`,
      `Removing alive servers from the pool for VS ${vs}`,
    ]);
    const [pool] = lab.table.pools;
    assert.deepEqual([pool?.sorryPresent, pool?.servers.map((s) => s.present)], [true, [false, false]]);
    await lab.shell.reload(config());
    assert.deepEqual(
      lab.table.pools[0]?.servers.map((s) => s.present),
      [true, false],
    );
    assert.equal(lab.table.pools[0]?.sorryPresent, false);
  });

  it('tell an observer of every change, with how many servers are left, at a stop without omega too', async () => {
    const lab = await startLab(config());
    lab.answers.set(81, down);
    await lab.pass(4);
    assert.deepEqual(lab.observed.splice(0), ['VS met, 2 up', 'RS 81 down, 1 up']);
    lab.answers.set(80, down);
    await lab.pass(22);
    assert.deepEqual(lab.observed.splice(0), ['RS 80 down, 0 up', 'VS not met, 0 up']);
    lab.answers.clear();
    await lab.pass(22);
    assert.deepEqual(lab.observed.splice(0), ['RS 81 up, 1 up', 'VS met, 1 up', 'RS 80 up, 2 up']);
    await lab.shell.stop();
    assert.deepEqual(lab.observed, ['RS 80 down, 1 up', 'RS 81 down, 0 up', 'VS shutdown, 0 up']);
  });

  it('puts into the table what happens while the kernel is still busy with it', async () => {
    const session = 'bfd_instance peer {\nneighbor_ip 10.0.1.1\n}\ntrack_file load {\nfile /run/load\nweight 1\n}\n';
    const text = {
      servers: { 80: 'BFD_CHECK {\nname peer\n}\n', 81: 'FILE_CHECK {\ntrack_file load\n}\n', 82: tcp },
      more: session,
    };
    const lab = await startLab(config(text));
    const { load } = lab.table;
    let go = () => {};
    lab.table.load = async (...args) => {
      await load(...args);
      await new Promise<void>((done) => (go = done));
    };
    const lines = lab.log.lines.length;
    const reloaded = lab.shell.reload(config({ ...text, servers: { ...text.servers, 82: `weight 9\n${tcp}` } }));
    await lab.pass(0);
    lab.shell.bfdChanged('peer', false);
    lab.files.change('/run/load', '3');
    await lab.pass(1);
    assert.deepEqual(lab.table.calls, ['load 1', 'load 1']);
    assert.ok(!lab.told.includes('RS 80 DOWN'), 'not before the table has it');
    go();
    await reloaded;
    await lab.pass(0.5);
    const kept = lab.table.pools[0]?.servers ?? [];
    assert.deepEqual(kept.map(isUp), [false, true, true]);
    assert.deepEqual([...(kept[1]?.contributions.values() ?? [])], [3]);
    assert.deepEqual(lab.log.lines.slice(lines), [
      `BFD check of [peer] RS(${rs(80)}) is DOWN`,
      `Changing weight from 1 to 9 for active service ${rs(82)} of VS ${vs}`,
      `Removing service ${rs(80)} from VS ${vs}`,
      `Changing weight from 1 to 4 for active service ${rs(81)} of VS ${vs}`,
    ]);
    assert.deepEqual(lab.told.slice(2), ['apply', 'RS 80 DOWN', 'mail 80 DOWN BFD CHECK peer failed on service']);
  });

  it('begins no checks when the daemon was stopped meanwhile', async () => {
    const lab = await startLab(config());
    const reloaded = lab.shell.reload(config());
    await lab.shell.stop();
    await reloaded;
    assert.equal(lab.clock.pending(), 0);
  });

  it('take a weight from outside until the next reload', async () => {
    const lab = await startLab(config());
    const weights = () => lab.shell.view().pools[0]?.servers.map((server) => server.weight);
    lab.shell.setWeight(0, 1, 40);
    lab.shell.setWeight(0, 9, 40);
    lab.shell.setWeight(9, 0, 40);
    assert.deepEqual(weights(), [1, 40]);
    assert.deepEqual(lab.log.lines.slice(6), [`Changing weight from 1 to 40 for active service ${rs(81)} of VS ${vs}`]);
    assert.deepEqual(lab.table.calls, ['load 1', 'update 0']);
    await lab.shell.reload(config());
    assert.deepEqual(weights(), [1, 1]);
  });
});
