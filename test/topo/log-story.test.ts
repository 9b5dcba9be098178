// SPDX-License-Identifier: MIT
// The same story told by ka-ts and by the packaged keepalived 2.2.7: a start, a takeover, a better router that comes and
// goes, a reload, a stop; with and without -D. The logs are the same but for what stands in DIFFERENCES, and that stands
// in docs/operations/differences.md as well.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../../lib/lab/host.ts';
import { commandOf, type Kind, untilLogged } from '../support/daemon.ts';
import { createLan, createStage, now } from '../support/lan.ts';
import { until } from '../support/until.ts';

function configuration(priority: number, addresses: string): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    garp_master_delay 1
    garp_master_repeat 2
    garp_master_refresh_repeat 2
    virtual_ipaddress {
        ${addresses}
    }
    virtual_ipaddress_excluded {
        fd00:99::100
    }
}
`;
}

/** Lines that only one of them writes, or that each writes at a time of its own, and why that is so. */
const DIFFERENCES: readonly (readonly [line: RegExp, why: string])[] = [
  [/^(Starting Keepalived|Running on|Command line:| {5,}'|Stopped|CPU usage)/, 'versions, paths and times'],
  [/^NOTICE: /, 'advice about scheduling, each its own'],
  [/^Starting VRRP child process/, 'the pid'],
  [/^\(VI_1\) (serving until another router|no other router)/, 'make before break is ours'],
  [/, cause [a-z_]+/, 'why, in words of ours'],
  [/^Control socket /, 'where it can be asked'],
  [/^(Startup|Reload) complete$/, 'when the VRRP process has said so, not when it was told'],
];

interface Story {
  readonly lines: readonly string[];
}

async function play(kind: Kind, detail: boolean): Promise<Story> {
  const router = (name: 'a' | 'b', number: number, text: string) => ({
    name,
    kind: name === 'a' ? kind : ('keepalived' as const),
    address: `192.0.2.${number}/24`,
    ipv6: [`fe80::${number}/64`],
    configuration: text,
  });
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [router('a', 11, configuration(100, '192.0.2.100')), router('b', 12, configuration(200, '192.0.2.100'))],
  });
  try {
    const { host, file } = lan.router('a');
    const files = ['p', 'r', 'c', 'b'].flatMap((option) => [`-${option}`, join(lan.network.directory, `story.${option}.pid`)]);
    const child = host.spawn([...commandOf(kind), '-n', '-l', ...(detail ? ['-D'] : []), '-f', file, ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let text = '';
    const collect = (bytes: Buffer): void => {
      text += bytes.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const lines = (): string[] => text.split('\n').map((line) => line.replace(/^\w{3} \w{3} +\d+ [\d:]+ \d{4}: /, ''));
    const said = (pattern: RegExp, times = 1) =>
      until(`${kind} logs ${pattern} ${times} times`, () => lines().filter((line) => pattern.test(line)).length >= times);
    const pause = async (seconds: number): Promise<void> => {
      const start = now();
      await until('a pause', () => now() > start + seconds);
    };
    const signal = (name: NodeJS.Signals): void => {
      const pid = child.pid === undefined ? undefined : childrenOf(child.pid)[0];
      if (pid !== undefined) process.kill(pid, name);
    };
    try {
      await said(/Entering MASTER STATE/);
      await pause(1.7);
      await untilLogged(lan.router('b').start(), /Entering MASTER STATE/);
      await said(/Entering BACKUP STATE$/);
      await lan.router('b').daemon.stop();
      await said(/Entering MASTER STATE/, 2);
      await pause(1.7);
      writeFileSync(file, configuration(110, '192.0.2.100\n192.0.2.101'));
      signal('SIGHUP');
      await said(/Reload complete/);
      await pause(1);
    } finally {
      signal('SIGTERM');
      await ended;
    }
    return { lines: lines().filter((line) => line !== '') };
  } finally {
    await lan.destroy();
  }
}

/** Without the descriptors of sockets, which ka-ts does not tell, and the folders of files. */
function comparable({ lines }: Story): string[] {
  const first = lines.findIndex((line) => line.includes('(init)'));
  return lines
    .filter((line, i) => !(i < first && / removing (E-)?VIPs\.$/.test(line)))
    .filter((line) => !DIFFERENCES.some(([pattern]) => pattern.test(line)))
    .map((line) => line.replace(/fd\(\d+,\d+\),? ,?/, '').replace(/\/\S+\//, ''));
}

/** At the start the parent and the child of keepalived write side by side. */
const byChild = (lines: readonly string[]): string[] => [
  ...lines.filter((line) => /^Registering/.test(line)).sort(),
  ...lines.filter((line) => !/^Registering/.test(line)),
];

describe('the log of a story', () => {
  const stage = createStage();
  const stories = stage.play(
    (['ka-ts', 'keepalived'] as const).flatMap((kind) =>
      [true, false].map((detail) => ({ name: `${kind} ${detail}`, play: () => play(kind, detail) })),
    ),
  );

  for (const detail of [true, false]) {
    it(`is keepalived's, ${detail ? 'with' : 'without'} -D`, () => {
      const ours = byChild(comparable(stories(`ka-ts ${detail}`)));
      const theirs = byChild(comparable(stories(`keepalived ${detail}`)));
      assert.ok(theirs.length > (detail ? 40 : 5), theirs.join('\n'));
      assert.deepEqual(ours, theirs);
    });

    it(`has each line that is told apart, ${detail ? 'with' : 'without'} -D`, () => {
      const { lines } = stories(`ka-ts ${detail}`);
      for (const line of [/^Starting Keepalived v/, /^Startup complete$/, /^Reload complete$/, /^Stopped Keepalived v/])
        assert.equal(lines.filter((text) => line.test(text)).length, 1, `${line}`);
    });
  }
});
