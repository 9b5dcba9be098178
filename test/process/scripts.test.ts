// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { instance, isAlive, oneHostSuite, type Running, start } from './support.ts';

describe('scripts of the daemon', () => {
  const stage = oneHostSuite();
  const at = (name: string) => join(stage.network.directory, name);
  const script = (name: string, text: string): string => {
    writeFileSync(at(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return at(name);
  };
  const run = (configuration: string): Running => {
    stage.daemon = start(stage.host, stage.network.directory, `global_defs {\n  script_user root\n}\n${configuration}`);
    return stage.daemon;
  };

  it('get the transition as arguments, in order, at start, takeover and stop', async () => {
    const out = at('transitions');
    const generic = script('notify', `echo "notify $*" >> ${out}`);
    const named = (word: string) => script(word, `echo "${word} $*" >> ${out}`);
    const d = run(
      instance({
        owner: false,
        more: `
  notify_master ${named('master')}
  notify_backup "${named('backup')} a 'b c'"
  notify_stop ${named('stop')}
  notify ${generic}`,
      }),
    );
    await d.logged(/Entering MASTER STATE/);
    await until('the scripts of the takeover', () => existsSync(out) && readFileSync(out, 'utf8').split('\n').length > 4);
    assert.equal(await d.stop(), 0);
    const lines = readFileSync(out, 'utf8').split('\n');
    // The two of one transition run side by side; transitions follow each other.
    const pairs = [0, 2, 4].map((i) => lines.slice(i, i + 2).sort());
    assert.deepEqual(pairs, [
      ['backup a b c', 'notify INSTANCE VI_1 BACKUP 100'],
      ['master ', 'notify INSTANCE VI_1 MASTER 100'],
      ['notify INSTANCE VI_1 STOP 100', 'stop '],
    ]);
  });

  it('that hang are ended with their whole group at their timeout', async () => {
    const pids = at('hanging');
    const hang = script('hang', `sleep 1000 & echo $$ $! >> ${pids}\nwait`);
    const d = run(
      `vrrp_script chk {\n  script ${hang}\n  interval 3\n  timeout 1\n}\n${instance({ more: 'track_script {\n    chk\n  }' })}`,
    );
    await d.logged(/^VRRP_Script\(chk\) timed_out$/);
    await d.logged(/^\(VI_1\) Entering FAULT STATE/i);
    for (const pid of readFileSync(pids, 'utf8').trim().split(/\s+/)) {
      await until(`${pid} is gone`, async () => !(await isAlive(stage.host, pid)));
    }
  });

  it('that run on at stop are killed after a second', async () => {
    const pids = at('endless');
    const endless = script('endless', `trap '' TERM\necho $$ >> ${pids}\nwhile :; do sleep 1; done`);
    const d = run(instance({ more: `notify_stop ${endless}` }));
    await d.logged(/^Startup complete$/);
    const began = performance.now();
    assert.equal(await d.stop(), 0);
    const took = performance.now() - began;
    assert.ok(took > 900 && took < 4000, `it took ${Math.round(took)} ms`);
    assert.equal(await isAlive(stage.host, readFileSync(pids, 'utf8').trim()), false);
  });

  it('that are slower than the changes of state end with the true one', async () => {
    const flaps = Number(process.env.KA_FLAPS ?? 60);
    const out = at('flaps');
    const slow = script('slow', `sleep 0.2\necho "$3" >> ${out}`);
    const d = run(instance({ more: `notify ${slow}` }));
    await d.logged(/Entering MASTER STATE/);
    const batch = at('batch');
    writeFileSync(batch, `${'link set eth0 down\nlink set eth0 up\n'.repeat(flaps)}link set eth0 down\n`);
    await stage.host.run(['ip', '-batch', batch]);
    // Under load the kernel may tell of several changes at once: what counts is the last one.
    const changes = () => d.lines.filter((l) => /Entering (FAULT|MASTER) STATE$/.test(l));
    await until('the last change', () => changes().length > 40 && changes().at(-1)?.includes('FAULT'), { within: 90_000, every: 200 });
    await d.logged(/^INSTANCE VI_1: its notify scripts have caught up, \d+ changes were left out$/, { within: 20_000 });
    const told = readFileSync(out, 'utf8').trimEnd().split('\n');
    assert.equal(told.at(-1), 'FAULT');
    // After the gap they alternate as the states did.
    const tail = told.slice(-20);
    assert.ok(
      tail.every((state, i) => i === 0 || state !== tail[i - 1]),
      tail.join(' '),
    );
    assert.ok(told.length < 40, `${told.length} runs`);
    await stage.host.run(['ip', 'link', 'set', 'eth0', 'up']);
    await until('MASTER as the last word', () => readFileSync(out, 'utf8').trimEnd().endsWith('MASTER'));
  }).timeout(120_000);

  it('around the life of the daemon run before its first child and after its last, for as long as they may', async () => {
    const out = at('edges');
    const up = script('up', `echo "up $* $(id -u)" >> ${out}; exit 3`);
    const globals = `global_defs {
  startup_script "${up} a 'b c'" root
  shutdown_script "/usr/bin/sleep 100" nobody
  shutdown_script_timeout 1
}`;
    const d = run(`${globals}\n${instance()}`);
    await d.logged(/^Startup complete$/);
    assert.equal(readFileSync(out, 'utf8'), 'up a b c 0\n');
    const said = () =>
      d.lines
        .filter((l) => /^(Starting VRRP|Running \w+ script|\w+ script |Stopped -)/.test(l))
        .map((l) => l.replace(/, pid.*| - used.*/, ''));
    assert.deepEqual(said(), [`Running startup script ${up}`, 'startup script script failed, status 3', 'Starting VRRP child process']);
    const began = performance.now();
    assert.equal(await d.stop(), 0);
    assert.ok(performance.now() - began < 6000);
    assert.deepEqual(said().slice(3), ['Stopped', 'Running shutdown script /usr/bin/sleep', 'shutdown script timed out']);
  });

  it('that fail take the instance to FAULT, and back to work when they succeed', async () => {
    const flag = at('healthy');
    writeFileSync(flag, '');
    const check = script('check', `test -e ${flag}`);
    const d = run(`vrrp_script chk {\n  script ${check}\n  interval 1\n}\n${instance({ more: 'track_script {\n    chk\n  }' })}`);
    await d.logged(/Entering MASTER STATE/);
    await stage.host.run(['rm', flag]);
    await d.logged(/^VRRP_Script\(chk\) failed \(exited with status 1\)$/);
    await d.logged(/^\(VI_1\) Entering FAULT STATE$/);
    const from = d.lines.length;
    writeFileSync(flag, '');
    await d.logged(/^VRRP_Script\(chk\) succeeded$/, { from });
    await d.logged(/^\(VI_1\) Entering MASTER STATE$/, { from });
  });
}).timeout(30_000);
