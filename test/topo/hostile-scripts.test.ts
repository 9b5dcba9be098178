// SPDX-License-Identifier: MIT
// Check scripts that do all they can to hang, hide, flood or kill: each ends as it should, and the adverts never notice.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../lib/lab/daemon.ts';
import { watchAdverts } from '../support/adverts-live.ts';
import { commandOf, untilLogged } from '../support/daemon.ts';
import { birth } from '../support/kernel-walk.ts';
import { createStage, now } from '../support/lan.ts';
import { createTestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';

/** Seconds. */
const interval = 0.2;

/**
 * What a script does, and the line that must come of it; a timeout is 1 s. It writes its pid, and those of its children that
 * have to go with it.
 */
const scripts: Readonly<Record<string, { readonly body: string; readonly line: RegExp }>> = {
  stubborn: { body: "trap '' TERM; echo $$ >>PIDS; while :; do sleep 1; done", line: /^VRRP_Script\(stubborn\) timed_out$/ },
  stopped: { body: 'echo $$ >>PIDS; kill -STOP $$', line: /^VRRP_Script\(stopped\) timed_out$/ },
  parent: { body: "(trap '' TERM; sleep 1000) & echo $$ $! >>PIDS; wait", line: /^VRRP_Script\(parent\) timed_out$/ },
  demon: { body: 'setsid sleep 1000 & exit 3', line: /^VRRP_Script\(demon\) failed \(exited with status 3\)$/ },
  closed: { body: 'exec 0<&- 1>&- 2>&-; exit 4', line: /^VRRP_Script\(closed\) failed \(exited with status 4\)$/ },
  flood: {
    body: 'head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2; exit 5',
    line: /^VRRP_Script\(flood\) failed \(exited with status 5\)$/,
  },
  suicide: { body: 'kill -9 0', line: /^VRRP_Script\(suicide\) failed \(due to signal 9\)$/ },
  parricide: { body: 'kill -HUP $$; sleep 5', line: /^VRRP_Script\(parricide\) failed \(due to signal 1\)$/ },
};

const configuration = (directory: string): string => {
  const script = (name: string) => `vrrp_script ${name} {
  script ${join(directory, name)}
  interval 1
  timeout 1
  weight -1
}
`;
  return `global_defs {
  script_user root
}
${Object.keys(scripts).map(script).join('')}vrrp_instance VI_1 {
  state MASTER
  interface e0
  version 3
  virtual_router_id 51
  priority 200
  advert_int ${interval}
  virtual_ipaddress {
    192.0.0.100/24
  }
  track_script {
${Object.keys(scripts)
  .map((name) => `    ${name}\n`)
  .join('')}  }
}
`;
};

async function play() {
  const network = await createTestNetwork([{ name: 'one', interfaces: [] }]);
  let daemon: Daemon | undefined;
  try {
    const host = network.host('one');
    const pids = join(network.directory, 'pids');
    writeFileSync(pids, '');
    for (const line of birth('e0')) await host.run(['ip', ...line.split(' ')]);
    for (const [name, { body }] of Object.entries(scripts))
      writeFileSync(join(network.directory, name), `#!/bin/sh\n${body.replaceAll('PIDS', pids)}\n`, { mode: 0o755 });
    const file = join(network.directory, 'hell.conf');
    writeFileSync(file, configuration(network.directory));
    const live = await watchAdverts(host, 'e0');
    daemon = startDaemon(host, { command: commandOf('ka-ts'), configuration: file, directory: network.directory });
    await untilLogged(daemon, /\(VI_1\) Entering MASTER STATE/);
    const from = now();
    for (const { line } of Object.values(scripts)) await untilLogged(daemon, line);
    // TERM at 1 s, KILL at 3 s, and the next run is stubborn again: all of the first runs have to go.
    await until('each of the first runs was seen', () => readFileSync(pids, 'utf8').split('\n').length > 3);
    const seen = readFileSync(pids, 'utf8').split(/\s+/).filter(Boolean);
    for (const pid of seen) {
      const status = async () => (await host.run(['sh', '-c', 'cat "/proc/$1/status" 2>/dev/null || true', 'sh', pid])).stdout;
      const gone = async () => {
        const text = await status();
        return text === '' || /^State:\s+Z/m.test(text);
      };
      await until(`${pid} is gone`, gone, { every: 100 });
    }
    await until('adverts have passed meanwhile', () => now() > from + 5);
    const adverts = live.seen.filter((x) => x.at > from);
    const until_ = now();
    const stoppedIn = await timed(() => daemon?.stop());
    live.stop();
    return { adverts, from, until: until_, seen: seen.length, lines: daemon.lines.map((l) => l.text), stoppedIn };
  } finally {
    await daemon?.kill();
    await network.destroy();
  }
}

async function timed(act: () => Promise<unknown> | undefined): Promise<number> {
  const began = now();
  await act();
  return now() - began;
}

describe('scripts from hell', () => {
  const played = createStage().play([{ name: 'all', play }]);

  for (const [name, { line }] of Object.entries(scripts))
    it(`"${name}" ends as it should`, () => assert.ok(played('all').lines.some((text) => line.test(text))));

  it('what was started is gone, with its group, 2 s after TERM was not enough', () => assert.ok(played('all').seen >= 4));

  it('no advert is late, and none is missing', () => {
    const { adverts, from, until: end } = played('all');
    assert.ok(adverts.length > (end - from) / interval - 2, `${adverts.length} adverts in ${end - from} s`);
    for (let i = 1; i < adverts.length; i++) {
      const gap = (adverts[i]?.at ?? 0) - (adverts[i - 1]?.at ?? 0);
      assert.ok(gap < interval + 0.08, `a gap of ${gap} s`);
    }
    // Eight failing scripts of weight -1.
    assert.equal(adverts.at(-1)?.priority, 192);
  });

  it('the daemon neither dies nor changes state, and still ends in time', () => {
    const { lines, stoppedIn } = played('all');
    assert.ok(!lines.some((text) => /Respawning|Entering (?:BACKUP STATE$|FAULT)/.test(text)), lines.join('\n'));
    assert.ok(stoppedIn < 5, `${stoppedIn} s`);
  });
});
