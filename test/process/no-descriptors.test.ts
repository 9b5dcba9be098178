// SPDX-License-Identifier: MIT
// A parent whose descriptors have run out: it refuses a reload, cannot start a child, and goes on when there are some again.

import assert from 'node:assert/strict';
import { until } from '../support/until.ts';
import { instance, oneHostSuite, readPid, start } from './support.ts';

describe('a parent without descriptors', () => {
  const stage = oneHostSuite();

  it('refuses a reload, and starts a dead child when it can again', async () => {
    const d = start(stage.host, stage.directory, instance());
    stage.daemon = d;
    await d.logged(/^Startup complete$/);
    const parent = readPid(d.parentFile);
    const allow = (most: number) => stage.shell(`prlimit --pid ${parent} --nofile=${most}:4096`);
    await allow(3);
    d.signal('SIGHUP');
    await d.logged(/^Reload refused: .*EMFILE/);
    const vrrp = await d.vrrpPid();
    await stage.shell(`kill -KILL ${vrrp}`);
    await d.logged(/^Could not start a child process: .*EMFILE/);
    await allow(1024);
    await until('another VRRP process', () => readPid(d.vrrpFile, vrrp), { within: 15_000 });
    assert.equal(readPid(d.parentFile), parent);
    const from = d.lines.length;
    await d.logged(/Entering MASTER STATE/, { from: 0 });
    d.signal('SIGHUP');
    await d.logged(/^Reload complete$/, { from, within: 15_000 });
  });
}).timeout(60_000);
