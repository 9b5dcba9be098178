// SPDX-License-Identifier: MIT
// The interface vanishes between two lines of code: at each line that a starting daemon logs, one daemon loses its interface and
// gets it back later. Every one of them ends where it would have been.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../lib/lab/daemon.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { watchAdverts } from '../support/adverts-live.ts';
import { commandOf, untilLogged } from '../support/daemon.ts';
import { birth } from '../support/kernel-walk.ts';
import { createStage, now } from '../support/lan.ts';
import { createTestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';

/** The line of the log at which the interface goes; from 'Starting Keepalived' to some adverts. */
const moments = [1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 17];

const configuration = `global_defs {
  dynamic_interfaces
}
vrrp_instance VI_4 {
  interface e0
  version 3
  virtual_router_id 4
  advert_int 0.05
  virtual_ipaddress {
    192.0.0.100/24
  }
}
vrrp_instance VI_6 {
  interface e0
  version 3
  virtual_router_id 6
  advert_int 0.05
  virtual_ipaddress {
    fe80::77:1/64
  }
}
vrrp_instance VI_9 {
  interface e0
  use_vmac v9
  version 3
  virtual_router_id 9
  advert_int 0.05
  virtual_ipaddress {
    192.0.0.109/24
  }
}
`;

async function play(moment: number) {
  const network = await createTestNetwork([{ name: 'one', interfaces: [] }]);
  let daemon: Daemon | undefined;
  try {
    const host = network.host('one');
    const ip = (lines: readonly string[]) => runOrThrow(['ip', '-n', host.netns, '-batch', '-'], { input: lines.join('\n') });
    await ip(birth('e0'));
    const file = join(network.directory, 'vanishing.conf');
    writeFileSync(file, configuration);
    let lines = 0;
    daemon = startDaemon(host, {
      command: commandOf('ka-ts'),
      configuration: file,
      directory: network.directory,
      onLine: () => {
        // At once, and before anything else happens here.
        if (++lines === moment) spawnSync('ip', ['-n', host.netns, 'link', 'delete', 'e0']);
      },
    });
    await untilLogged(daemon, /Startup complete/);
    await until('the interface is gone', () => lines >= moment);
    const from = daemon.lines.length;
    await ip(birth('e0'));
    for (const id of [4, 6, 9]) await untilLogged(daemon, new RegExp(`\\(VI_${id}\\) Entering MASTER STATE`), { from });
    const live = await watchAdverts(host, 'e0');
    const listening = now();
    for (const vrid of [4, 6, 9]) await live.untilSeen(`an advert for ${vrid}`, (x) => x.vrid === vrid && x.priority === 100, listening);
    live.stop();
    const shown = await runOrThrow(['ip', '-n', host.netns, '-o', 'address', 'show']);
    const ended = await daemon.stop();
    const left = await runOrThrow(['ip', '-n', host.netns, '-o', 'address', 'show']);
    return { shown, left, ended, lines: daemon.lines.map((l) => l.text) };
  } catch (cause) {
    const log = daemon?.lines.map((l) => `  ${l.text}`).join('\n');
    throw new Error(`gone at line ${moment}: ${(cause as Error).message}\n${log}`, { cause });
  } finally {
    await daemon?.kill();
    await network.destroy();
  }
}

describe('an interface that vanishes while the daemon starts', () => {
  const name = (moment: number) => `at line ${moment}`;
  const played = createStage().play(moments.map((moment) => ({ name: name(moment), play: () => play(moment) })));

  for (const moment of moments)
    it(`${name(moment)} of the log: the daemon lives on, and uses the new one`, () => {
      const { shown, left, ended, lines } = played(name(moment));
      for (const vip of ['192.0.0.100/24', 'fe80::77:1/64', '192.0.0.109/24']) assert.ok(shown.includes(` ${vip} `), shown);
      assert.match(shown, /v9 +inet 192\.0\.0\.109/);
      assert.ok(!lines.some((text) => /Respawning|died/.test(text)), lines.join('\n'));
      assert.ok(ended, 'it stops by itself');
      assert.doesNotMatch(left, /192\.0\.0\.10|fe80::77:1|v9/);
    });
});
