// SPDX-License-Identifier: MIT
// The daemon beside the packaged keepalived: the same configuration, the same options and signals; then the same exit status,
// the same files and addresses left behind, and the same lines that operators look for.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { instance, launcher, oneHostSuite, readPid } from './support.ts';

interface Scene {
  readonly configuration: string | null;
  readonly words?: readonly string[];
  /** What happens once this line is there; nothing: it ends by itself. */
  readonly when?: RegExp;
  readonly act?: (daemon: {
    signal(name: NodeJS.Signals): void;
    rewrite(text: string): void;
    logged(line: RegExp): Promise<void>;
  }) => Promise<void> | void;
}

const stop: Scene['act'] = (d) => d.signal('SIGTERM');
const master = /Entering MASTER STATE/;

const scenes: Readonly<Record<string, Scene>> = {
  'a master that is told to stop': { configuration: instance(), when: master, act: stop },
  'INT instead of TERM': { configuration: instance(), when: master, act: (d) => d.signal('SIGINT') },
  'no detail in the log': { configuration: instance(), words: ['-n', '-l', '-P'], when: master, act: stop },
  'nothing to run': { configuration: '# nothing\n', when: /no configuration to run/, act: stop },
  'VRRP switched off': { configuration: instance(), words: ['-n', '-l', '-C'], when: /no configuration to run/, act: stop },
  'addresses that stay': { configuration: instance(), words: ['-n', '-l', '-V', '-P'], when: master, act: stop },
  'no configuration file': { configuration: null },
  'an include without a file, and -e': { configuration: `include /nowhere/x.conf\n${instance()}`, words: ['-n', '-l', '-e', '-P'] },
  'an interface that is not there': { configuration: instance().replace('eth0', 'eth77') },
  'no virtual router id': { configuration: instance().replace(/virtual_router_id.*/, '') },
  'an unknown keyword': { configuration: `${instance()}bogus 1\n`, when: master, act: stop },
  'a reload that adds an instance': {
    configuration: instance(),
    when: master,
    async act(d) {
      d.rewrite(instance() + instance({ name: 'VI_2', vrid: 52 }));
      d.signal('SIGHUP');
      await d.logged(/\(VI_2\) Entering MASTER STATE/);
      d.signal('SIGTERM');
    },
  },
  'a reload that takes one away': {
    configuration: instance() + instance({ name: 'VI_2', vrid: 52 }),
    when: /\(VI_2\) Entering MASTER STATE/,
    async act(d) {
      d.rewrite(instance());
      d.signal('SIGHUP');
      await d.logged(/Reloading|Reload complete/);
      d.signal('SIGTERM');
    },
  },
};

/** Lines that both have and operators look for; all else is worded for one version. */
const known =
  /^(Starting Keepalived|Starting (VRRP|Healthcheck|BFD) child|Startup complete|Warning - keepalived|Stopping|Stopped Keepalived|Config files missing|Unknown keyword|WARNING - interface|Non-existent interface|\(\w+\) (Entering|sent 0|removing VIPs|setting VIPs|the virtual router id))/;

function normalised(lines: readonly string[]): string[] {
  const plain = lines.map((line) =>
    line
      .replace(/^.{24}: /, '')
      .replace(/^\([^)]*Line \d+\) /, '')
      .replace(/ \[[^\]]*\]$/, '')
      .replace(/Keepalived v.*/, 'Keepalived')
      .replace(/pid=\d+/, 'pid=N'),
  );
  return [...new Set(plain.filter((line) => known.test(line)))].sort();
}

describe('the daemon beside keepalived', () => {
  const stage = oneHostSuite();

  /** Plays the scene with one of them, alone on the host. */
  const play = async (name: string, command: readonly string[], { configuration, words, when, act }: Scene) => {
    const folder = join(stage.directory, name);
    mkdirSync(folder);
    const file = join(folder, 'a.conf');
    const rewrite = (text: string) => writeFileSync(file, text, { mode: 0o644 });
    if (configuration !== null) rewrite(configuration);
    const pids = ['p', 'r', 'c', 'b'].flatMap((letter) => [`-${letter}`, join(folder, `${letter}.pid`)]);
    const child = stage.host.spawn([...command, ...(words ?? ['-n', '-l', '-D', '-P']), '-G', '-f', file, ...pids], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: folder },
    });
    let text = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', (status) => resolve(status)));
    const logged = async (line: RegExp) => void (await until(`${name}: ${line} in\n${text}`, () => line.test(text)));
    if (when) {
      await logged(when);
      await until('its pid file', () => existsSync(join(folder, 'p.pid')));
      const signal = (which: NodeJS.Signals) => void stage.host.run(['kill', `-${which.slice(3)}`, String(readPid(join(folder, 'p.pid')))]);
      await act?.({ signal, rewrite, logged });
    }
    const status = await ended;
    // Theirs is a child that is started and ends with 2; ours is not started.
    const childless = (line: string) => !(status === 2 && line.startsWith('Starting VRRP'));
    const addresses = (await stage.host.addresses('eth0')).filter((a) => a.endsWith('/32'));
    for (const address of addresses) await stage.shell(`ip address delete ${address} dev eth0`);
    const left = readdirSync(folder).filter((n) => n.endsWith('.pid'));
    return { status, left, addresses, lines: normalised(text.replaceAll(folder, '').split('\n')).filter(childless) };
  };

  for (const [title, scene] of Object.entries(scenes))
    it(`is the same to whoever watches: ${title}`, async () => {
      const theirs = await play('theirs', ['keepalived'], scene);
      const ours = await play('ours', [process.execPath, launcher], scene);
      assert.deepEqual(ours, theirs);
    });
}).timeout(60_000);
