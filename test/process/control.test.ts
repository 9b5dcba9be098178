// SPDX-License-Identifier: MIT
// The control socket of the real daemon: what it says against what the kernel has, and what it says when something hangs or dies.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createControlClient, type Look } from '../../lib/control/client.ts';
import type { ControlEvent, InstanceStatus, Prospect, StatusDocument } from '../../lib/control/document.ts';
import { until } from '../support/until.ts';
import { ask, instance, launcher, oneHostSuite, type Running, readPid, start } from './support.ts';

const socketOf = (d: Running) => d.parentFile.replace(/\.pid$/, '.sock');

/** A busy machine is no defect: only what a test is about is held to the patience of the client. */
const calm = 5000;

describe('the control socket', () => {
  const stage = oneHostSuite();

  const run = async (configuration: string): Promise<Running> => {
    stage.daemon = start(stage.host, stage.directory, configuration);
    await stage.daemon.logged(/^Startup complete$/);
    await until('the socket', () => existsSync(socketOf(stage.daemon)));
    return stage.daemon;
  };
  const looked = async (d: Running, limit = calm): Promise<Look> => {
    const client = createControlClient(socketOf(d), limit);
    try {
      return await client.status();
    } finally {
      client.close();
    }
  };
  const document = async (d: Running): Promise<StatusDocument> => {
    const look = await looked(d);
    assert.equal(look.kind, 'answer', JSON.stringify(look).slice(0, 200));
    return (look as Extract<Look, { kind: 'answer' }>).document;
  };
  const one = async (d: Running): Promise<InstanceStatus | undefined> => (await document(d)).vrrp?.instances[0];

  it('is for root alone, says what the kernel has, and goes with the daemon', async () => {
    const d = await run(instance());
    const held = async () => (await stage.shell('ip -4 -o addr show dev eth0')).includes('192.0.2.51/32');
    await until('the address', held);
    const i = await until('MASTER', async () => {
      const found = await one(d);
      return found?.state === 'MASTER' && found.addresses[0]?.held ? found : undefined;
    });
    assert.equal(i.active?.self, true);
    assert.equal(lstatSync(socketOf(d)).mode & 0o777, 0o600);
    const { daemon } = await document(d);
    assert.equal(daemon.pid, readPid(d.parentFile));
    assert.equal(daemon.processes[0]?.pid, readPid(d.vrrpFile));
    assert.equal(daemon.heartbeat?.periodSeconds, 0.1);
    // Taken away behind its back: the next answers never claim what is not there for longer than it takes to be put back.
    await stage.shell('ip addr del 192.0.2.51/32 dev eth0');
    await until('the address back', async () => (await held()) && (await one(d))?.addresses[0]?.held === true);
    const shown = ask('status', '--socket', socketOf(d));
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /VI_1 eth0\/51\s+MASTER\s+255/);
    assert.equal(await d.stop(), 0);
    assert.equal(existsSync(socketOf(d)), false);
    assert.equal(ask('status', '--socket', socketOf(d)).status, 3);
  });

  it('says UNKNOWN of a VRRP process that was stopped, and the truth again when it goes on', async () => {
    const d = await run(instance());
    await until('MASTER', async () => (await one(d))?.state === 'MASTER');
    const pid = await d.vrrpPid();
    await stage.host.run(['kill', '-STOP', String(pid)]);
    try {
      // Looks that are close together share one answer.
      const stale = await until('the stop to be noticed', async () => {
        const found = await document(d);
        return found.daemon.processes[0]?.stale ? found : undefined;
      });
      assert.deepEqual(
        stale.vrrp?.instances.map((i) => [i.state, i.lastKnownState]),
        [['UNKNOWN', 'MASTER']],
      );
      assert.equal(stale.vrrp?.instances[0]?.addresses[0]?.held, false);
      await until('the heartbeat is missed', async () => (await document(d)).daemon.heartbeat?.stale === true);
      const shown = ask('status', '--socket', socketOf(d));
      assert.equal(shown.status, 1);
      assert.match(shown.stdout, /UNKNOWN was MASTER/);
    } finally {
      await stage.host.run(['kill', '-CONT', String(pid)]);
    }
    await until('an answer', async () => (await one(d))?.state === 'MASTER');
  });

  it('is stale within two beats when the daemon is stopped, and dead when it is killed', async () => {
    const d = await run(instance());
    d.signal('SIGSTOP');
    const from = Date.now();
    const look = await looked(d, 400);
    const took = Date.now() - from;
    assert.equal(look.kind, 'stale');
    assert.ok(took < 1000, `${took} ms`);
    d.signal('SIGKILL');
    await d.ended;
    // The file is still there: nobody was left to remove it.
    assert.ok(existsSync(socketOf(d)));
    assert.equal((await looked(d)).kind, 'dead');
  });

  it('takes the place of a socket that a dead daemon left, and of nothing else', async () => {
    const path = join(stage.directory, 'own.sock');
    const configured = (place: string) => `global_defs {\n  ka_ts {\n    control_socket ${place} 0660\n  }\n}\n${instance()}`;
    const left = spawnSync(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    assert.equal(left.signal, 'SIGKILL');
    assert.ok(existsSync(path));
    const d = start(stage.host, stage.directory, configured(path));
    stage.daemon = d;
    const client = createControlClient(path, calm);
    await until('an answer there', async () => (await client.status()).kind === 'answer');
    client.close();
    assert.equal(lstatSync(path).mode & 0o777, 0o660);
    // A reload moves it; where somebody lives, or something else lies, it does not go.
    const others = join(stage.directory, 'others.sock');
    const living = createServer().listen(others);
    try {
      writeFileSync(d.file, configured(others));
      d.signal('SIGHUP');
      await d.logged(/^No control socket - another process listens on .*others\.sock/);
      assert.equal(existsSync(path), false);
      const file = join(stage.directory, 'a.file');
      writeFileSync(file, 'precious');
      writeFileSync(d.file, configured(file));
      d.signal('SIGHUP');
      await d.logged(/^No control socket - .*a\.file exists and is no socket/);
      assert.ok(lstatSync(file).isFile());
    } finally {
      living.close();
    }
  });

  it('outlives its children, tells of their end, and refuses garbage meanwhile', async () => {
    const d = await run(instance({ owner: false }));
    const events: ControlEvent[] = [];
    const client = createControlClient(socketOf(d), calm);
    const stop = client.watch({ since: 0, onEvent: (event) => void events.push(event), onEnd: (error) => assert.fail(error.message) });
    await until('MASTER', () => events.some((e) => e.kind === 'transition' && e.to === 'MASTER'), { within: 15_000 });
    const replies = await Promise.all(
      ['GET / HTTP/1.0\r\n\r\n', 'x'.repeat(40_000), '\u0000\n', '{"ka":1}\n'].map((text) => said(socketOf(d), text)),
    );
    assert.deepEqual(
      replies.map((r) => JSON.parse(r).error.code),
      ['bad_request', 'too_long', 'bad_request', 'unknown_request'],
    );
    const pid = await d.vrrpPid();
    await stage.host.run(['kill', '-KILL', String(pid)]);
    await until('its end and its successor', () => events.some((e) => e.kind === 'process' && e.what === 'died' && e.pid === pid));
    await d.vrrpPid(pid);
    await until('the new one answers', async () => {
      const { daemon } = await document(d);
      return daemon.processes[0]?.restarts === 1 && daemon.processes[0].stale === false;
    });
    const { control } = (await document(d)).daemon;
    assert.deepEqual([control.refused.bad_request, control.refused.too_long], [3, 1]);
    assert.deepEqual(
      events.map((e) => e.id),
      events.map((_, index) => index + 1),
    );
    stop();
    client.close();
  });

  it('tells those who watch of links, trackers, priorities with their sum, reloads and operations', async () => {
    const up = join(stage.directory, 'up');
    const load = join(stage.directory, 'load');
    writeFileSync(up, '');
    writeFileSync(load, '0');
    const d = await run(`vrrp_script there {
  script "/usr/bin/test -e ${up}"
  interval 1
  weight -20
}
track_file load {
  file ${load}
  weight 1
}
${instance({ owner: false, more: 'track_script {\n there\n }\n track_file {\n load weight 1\n }' })}`);
    const watcher = spawn(process.execPath, [launcher, 'watch', '--json', '--since', '0', '--socket', socketOf(d)]);
    let text = '';
    watcher.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    const lines = () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as ControlEvent & { ka: number });
    const told = (what: string, look: (e: ControlEvent) => boolean) => until(what, () => lines().find(look));
    try {
      await told('MASTER', (e) => e.kind === 'transition' && e.to === 'MASTER' && e.cause !== undefined);
      writeFileSync(load, '7');
      await told('the file', (e) => e.kind === 'tracker' && e.tracker === 'file' && e.value === 7);
      await told('the priority it makes', (e) => e.kind === 'priority' && e.to === 107);
      const explained = ask('explain', 'instance', 'VI_1', '--json', '--socket', socketOf(d));
      const { prospects } = JSON.parse(explained.stdout) as { prospects: Prospect[] };
      const said = (what: string) => prospects.find((p) => p.what === what);
      assert.equal(said('script there failed')?.priority, 87, explained.stdout + explained.stderr);
      assert.equal(said('eth0 went down')?.state, 'FAULT');
      rmSync(up);
      await told('the script', (e) => e.kind === 'tracker' && e.name === 'there' && e.state === 'down');
      const sum = await told('the priority both make', (e) => e.kind === 'priority' && e.to === 87);
      assert.deepEqual(sum.kind === 'priority' && { base: sum.base, parts: sum.parts }, {
        base: 100,
        parts: [
          { kind: 'script', name: 'there', adds: -20 },
          { kind: 'file', name: 'load', adds: 7 },
        ],
      });
      assert.equal(ask('priority', 'VI_1', '50', '--socket', socketOf(d)).status, 0);
      await told('who asked', (e) => e.kind === 'operation' && e.operation === 'priority' && e.user === 'root');
      await told('the priority asked for', (e) => e.kind === 'priority' && e.to === 37 && e.base === 50);
      await told('the reload', (e) => e.kind === 'reload' && e.taken && e.id > sum.id);
      await stage.shell('ip link set eth0 down');
      await told('the link', (e) => e.kind === 'link' && e.name === 'eth0' && e.state === 'down');
      await stage.shell('ip link set eth0 up');
      await told('the link again', (e) => e.kind === 'link' && e.state === 'up');
      assert.ok(lines().every((e) => e.ka === 1));
    } finally {
      watcher.kill('SIGKILL');
      await once(watcher, 'exit');
    }
  });

  it('takes operations that outlive a reload and a restart, and expire', async () => {
    const d = await run(instance({ owner: false }));
    const operate = (...words: string[]) => ask(...words, '--socket', socketOf(d));
    const priority = async () => (await one(d))?.priority.base;
    assert.equal(operate('priority', 'VI_1', '77').status, 0);
    await until('the priority', async () => (await priority()) === 77);
    assert.equal(operate('reload').status, 0);
    assert.equal(await priority(), 77);
    const wrong = operate('failover', 'VI_9');
    assert.deepEqual([wrong.status, /there are: VI_1/.test(wrong.stderr)], [1, true]);
    // Another user may not, even where the socket lets him in.
    const other =
      await stage.shell(`chmod 711 ${stage.network.directory} ${stage.directory}; chmod 666 ${socketOf(d)}; setpriv --reuid 65534 --regid 65534 --clear-groups ${process.execPath} -e '
      const s = require("node:net").connect(${JSON.stringify(socketOf(d))});
      s.on("data", (b) => { console.log(JSON.parse(b).error.code); s.end(); });
      s.write("{\\"ka\\":1,\\"id\\":1,\\"request\\":\\"operate\\",\\"args\\":{\\"operation\\":\\"reload\\"}}\\n");'`);
    assert.equal(other, 'denied');
    await d.logged(/^Operation refused: uid 65534/);
    assert.equal(await d.stop(), 0);
    const again = start(stage.host, stage.directory, instance({ owner: false }), '-p', d.parentFile);
    stage.daemon = again;
    await again.logged(/^Operation still in force: priority: priority of VI_1 77, by root \(uid 0, pid \d+\)$/);
    await until('the priority after the restart', async () => existsSync(socketOf(d)) && (await priority()) === 77);
    assert.equal(operate('priority', 'VI_1', '66', '--for', '2s').status, 0);
    await until('the other priority', async () => (await priority()) === 66);
    await until('its end', async () => (await priority()) === 100);
    assert.deepEqual((await document(d)).daemon.operations, []);
    assert.equal(existsSync(d.parentFile.replace(/\.pid$/, '.operations')), false);
  });

  it('keeps operations where operations_file says, and puts aside what is none', async () => {
    const kept = join(stage.directory, 'kept');
    const configured = (place: string) => `global_defs {\n  ka_ts {\n    operations_file ${place}\n  }\n}\n${instance({ owner: false })}`;
    writeFileSync(kept, '{"overlay":1,"entries":[{}]}', { mode: 0o600 });
    const d = await run(configured(kept));
    await d.logged(/kept cannot be used: entry 1 of "entries" is no operation\. it is now .*kept\.bad/);
    const operate = (...words: string[]) => ask(...words, '--socket', socketOf(d));
    const reload = (place: string) => {
      writeFileSync(d.file, configured(place));
      assert.equal(operate('reload').status, 0);
    };
    assert.equal(operate('priority', 'VI_1', '77').status, 0);
    assert.match(readFileSync(kept, 'utf8'), /"value": 77[\s\S]*"user": "root"/);
    reload(join(stage.directory, 'moved'));
    assert.deepEqual([existsSync(kept), existsSync(join(stage.directory, 'moved'))], [false, true]);
    await until('the priority', async () => (await one(d))?.priority.base === 77);
    // Where nothing can be kept nothing is changed.
    reload(join(stage.directory, 'none', 'kept'));
    await d.logged(/operations are refused until it is there$/);
    const refused = operate('priority', 'VI_1', '66');
    assert.deepEqual([refused.status, /nothing is changed/.test(refused.stderr)], [1, true], refused.stderr);
    assert.equal((await one(d))?.priority.base, 77);
  });

  it('puts another configuration on trial, and the one before back', async () => {
    const d = await run(instance({ owner: false }));
    const operate = (...words: string[]) => ask(...words, '--socket', socketOf(d));
    const priority = async () => (await one(d))?.priority.base;
    const before = readFileSync(d.file, 'utf8');
    const next = join(stage.directory, 'next.conf');
    writeFileSync(next, before.replace('priority 100', 'priority 80'));
    const trial = operate('apply', next, '--confirm', '2s');
    assert.equal(trial.status, 0, trial.stderr);
    assert.match(trial.stdout, /^done\nsay 'ka-ts confirm' before \d\d:\d\d:\d\d, or the configuration before comes back\n$/);
    await until('the new priority', async () => (await priority()) === 80);
    await d.logged(/was not confirmed in time - back to the configuration before$/);
    await until('the old priority', async () => (await priority()) === 100);
    assert.equal(readFileSync(d.file, 'utf8'), before);
    // Confirmed it stays; what the daemon refuses never was.
    assert.equal(operate('apply', next, '--confirm', '1h').status, 0);
    assert.equal(operate('confirm').status, 0);
    assert.equal(readFileSync(d.file, 'utf8'), readFileSync(next, 'utf8'));
    writeFileSync(next, 'vrrp_instance {\n');
    const refused = operate('apply', next);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /next\.conf:1:[\s\S]*\nka-ts apply: /);
    await until('the file as it was', () => readFileSync(d.file, 'utf8').includes('priority 80'));
    await until('the priority as it was', async () => (await priority()) === 80);
    assert.equal(operate('revert').status, 1);
  });

  it('takes a configuration with findings, and tells them', async () => {
    const d = await run(instance({ owner: false }));
    const operate = (...words: string[]) => ask(...words, '--socket', socketOf(d));
    const next = join(stage.directory, 'next.conf');
    const secret = 'authentication {\n auth_type PASS\n auth_pas hidden77\n }\n';
    writeFileSync(next, readFileSync(d.file, 'utf8').replace('priority 100', `priorty 110\n ${secret}`));
    for (const words of [['apply', next], ['reload']]) {
      const { status, stdout, stderr } = operate(...words);
      assert.deepEqual([status, stdout], [0, 'done\n'], stderr);
      assert.match(stderr, /\.conf:\d+:\d+[\s\S]*priorty[\s\S]*priority/);
      assert.doesNotMatch(stderr, /hidden77/);
    }
    // What is in order is told in one word.
    writeFileSync(next, readFileSync(d.file, 'utf8').replace(/priorty 110\n[^}]*}/, 'priority 110'));
    assert.equal(operate('apply', next).stderr, '');
  });

  it('is not there when it is not wanted', async () => {
    stage.daemon = start(stage.host, stage.directory, `global_defs {\n  ka_ts {\n    no_control_socket\n  }\n}\n${instance()}`);
    await stage.daemon.logged(/^Startup complete$/);
    assert.equal(existsSync(socketOf(stage.daemon)), false);
  });
}).timeout(30_000);

/** All that comes back for this text. */
function said(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(path, () => socket.end(text));
    socket.setEncoding('utf8');
    socket.on('data', (more: string) => {
      got += more;
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
  });
}
