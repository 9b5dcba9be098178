// SPDX-License-Identifier: MIT
// The real binary in a namespace: starting it, its log, its pids and its end.

import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { childrenOf, type Host } from '../../lib/lab/host.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { type Patience, until } from '../support/until.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const launcher = join(root, 'bin', 'ka-ts');

/** Throws with what to do when the program was not built: these tests run what users run. */
export function requireBuild(): void {
  if (!existsSync(join(root, 'dist', 'bundle', 'daemon.cjs'))) throw new Error('dist/bundle is missing: run "npm run build" first');
}

export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end in the foreground; only for options that start no daemon. */
export function ask(...args: string[]): Answer {
  return spawnSync(process.execPath, [launcher, ...args], { encoding: 'utf8', timeout: 20_000 });
}

/** One host with one Ethernet interface, eth0, 192.0.2.1/24. */
export async function oneHost(): Promise<{ network: TestNetwork; host: Host }> {
  const network = await createTestNetwork([{ name: 'one', interfaces: [{ name: 'eth0', addresses: ['192.0.2.1/24'] }] }]);
  return { network, host: network.host('one') };
}

/** What a suite of tests of one daemon at a time needs. */
export interface HostSuite {
  readonly network: TestNetwork;
  readonly host: Host;
  /** Another empty one for each test. */
  readonly directory: string;
  /** The one that runs: stopped after its test. Throws when none was started. */
  daemon: Running;
  /** Runs a script of sh on the host; its output without the last line feed. Throws when it does not end with 0. */
  shell(script: string): Promise<string>;
}

/** Registers the hooks of such a suite with the one around. */
export function oneHostSuite(): HostSuite {
  let made: Awaited<ReturnType<typeof oneHost>> | undefined;
  let directory = '';
  let daemon: Running | undefined;
  before(async () => {
    requireBuild();
    made = await oneHost();
  });
  beforeEach(() => {
    directory = mkdtempSync(join(suite.network.directory, 'test-'));
  });
  afterEach(async () => {
    await daemon?.dismiss();
    daemon = undefined;
  });
  after(() => made?.network.destroy());
  const present = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new Error(`${what} before its time`);
    return value;
  };
  const suite: HostSuite = {
    get network() {
      return present(made, 'the network').network;
    },
    get host() {
      return present(made, 'the host').host;
    },
    get directory() {
      return directory;
    },
    get daemon() {
      return present(daemon, 'the daemon');
    },
    set daemon(running) {
      daemon = running;
    },
    shell: async (script) => (await runOrThrow(suite.host.command(['sh', '-c', script]))).trim(),
  };
  return suite;
}

export interface Running {
  readonly lines: readonly string[];
  /** Everything on standard error, stamps included. */
  readonly raw: () => string;
  /** Its configuration. */
  readonly file: string;
  readonly parentFile: string;
  readonly vrrpFile: string;
  readonly checkersFile: string;
  readonly ended: Promise<number | null>;
  /** Waits for a line that matches, among those from index `from` on. */
  logged(pattern: RegExp, patience?: Patience & { from?: number }): Promise<string>;
  /** The pid in the VRRP pid file, as the host counts them; once it is another one than `not`. */
  vrrpPid(not?: number): Promise<number>;
  signal(name: NodeJS.Signals): void;
  /** TERM and the exit status; KILL and an error when it does not end. */
  stop(): Promise<number | null>;
  /** As stop(), for who is done with it: a second TERM ends the wait for a successor. */
  dismiss(): Promise<number | null>;
}

let starts = 0;

/** Starts it with `-n -l -D -G`, fresh pid files and the given configuration; without checks, or with `-C` with nothing else. */
export function start(host: Host, directory: string, configuration: string, ...more: string[]): Running {
  return launch(host, directory, writeConfiguration(directory, configuration), more, {});
}

/** As start(), with a configuration file that is there, or not. */
export function startWith(host: Host, directory: string, file: string, ...more: string[]): Running {
  return launch(host, directory, file, more, {});
}

/** As start(), with more environment. */
export function startIn(environment: NodeJS.ProcessEnv, host: Host, directory: string, configuration: string, ...more: string[]): Running {
  return launch(host, directory, writeConfiguration(directory, configuration), more, environment);
}

/** As start(), with no words of its own but `-n` and the files: what it says and where is up to `words`. */
export function startBare(host: Host, directory: string, configuration: string, ...words: string[]): Running {
  return launch(host, directory, writeConfiguration(directory, configuration), words, {}, [process.execPath, launcher], ['-n']);
}

/** As startWith(), for any program that takes keepalived's options. */
export function startCommand(command: readonly string[], host: Host, directory: string, file: string, ...more: string[]): Running {
  starts++;
  return launch(host, directory, file, more, {}, command);
}

/** A file of its own for each call; its path. */
export function writeConfiguration(directory: string, configuration: string): string {
  starts++;
  const file = join(directory, `${starts}.conf`);
  writeFileSync(file, configuration, { mode: 0o644 });
  return file;
}

function launch(
  host: Host,
  directory: string,
  file: string,
  more: readonly string[],
  environment: NodeJS.ProcessEnv,
  command: readonly string[] = [process.execPath, launcher],
  // Tests of checks say so by -C, the others are about VRRP.
  usual: readonly string[] = ['-n', '-l', '-D', '-G', ...(more.includes('-C') ? [] : ['-P'])],
): Running {
  const parentFile = join(directory, `${starts}.parent.pid`);
  const vrrpFile = join(directory, `${starts}.vrrp.pid`);
  const checkersFile = join(directory, `${starts}.checkers.pid`);
  const args = [...usual, '-f', file, '-p', parentFile, '-r', vrrpFile, '-c', checkersFile, ...more];
  const child = host.spawn([...command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Dumps go there, not over those of the machine's own daemon.
    env: { ...process.env, TMPDIR: directory, ...environment },
  });
  const lines: string[] = [];
  let raw = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    raw += bytes.toString();
  });
  if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => lines.push(line.replace(/^.{24}: /, '')));
  const ended = once(child, 'close').then(([status]) => status as number | null);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const stop = async () => {
    signal(child, 'SIGTERM');
    const late = setTimeout(() => signal(child, 'SIGKILL'), 15_000);
    const status = await ended;
    clearTimeout(late);
    return status;
  };
  return {
    lines,
    raw: () => raw,
    file,
    parentFile,
    vrrpFile,
    checkersFile,
    ended,
    async logged(pattern, patience = {}) {
      const { from = 0 } = patience;
      try {
        return await until(`${pattern} in the log`, () => lines.slice(from).find((line) => pattern.test(line)), patience);
      } catch (cause) {
        throw new Error(`${(cause as Error).message}; the log:\n${raw}`, { cause });
      }
    },
    vrrpPid: (not) => until('a pid in the VRRP pid file', () => readPid(vrrpFile, not)),
    signal: (name) => signal(child, name),
    stop: () => stop(),
    async dismiss() {
      const from = lines.length;
      const done = stop();
      const waits = () => over || lines.slice(from).some((line) => line.includes('serving until another router takes over'));
      await until('its end, or its wait', waits, { within: 15_000 }).catch(() => {});
      if (!over) signal(child, 'SIGTERM');
      return done;
    },
  };
}

export function readPid(file: string, not?: number): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return Number.isNaN(pid) || pid === not ? undefined : pid;
}

/** nsenter stays outside; the daemon is its only child. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  const pid = child.pid === undefined ? undefined : childrenOf(child.pid)[0];
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
    // What stands between us and the daemon stops together with it.
    if ((name === 'SIGCONT' || name === 'SIGKILL') && child.pid !== undefined) process.kill(child.pid, 'SIGCONT');
  } catch {
    // It has ended meanwhile.
  }
}

export interface InstanceText {
  readonly name?: string;
  readonly vrid?: number;
  /** An address owner is active at once, anybody else about 3.6 s after its start. */
  readonly owner?: boolean;
  readonly more?: string;
}

/** A vrrp_instance on eth0 with the address 192.0.2.VRID. */
export function instance({ name = 'VI_1', vrid = 51, owner = true, more = '' }: InstanceText = {}): string {
  return `vrrp_instance ${name} {
  state ${owner ? 'MASTER' : 'BACKUP'}
  interface eth0
  virtual_router_id ${vrid}
  priority ${owner ? 255 : 100}
  advert_int 1
  virtual_ipaddress {
    192.0.2.${vrid}
  }
  ${more}
}
`;
}

/** A zombie counts as gone: process 1 of a host does not reap. */
export async function isAlive(host: Host, pid: number | string): Promise<boolean> {
  const { stdout } = await host.run(['sh', '-c', 'cat "/proc/$1/status" 2>/dev/null || true', 'sh', String(pid)]);
  return stdout !== '' && !/^State:\s+Z/m.test(stdout);
}

/** SIGTERM to what a host's spawn() has started, and the wait for its end; nothing where it has ended already. */
export async function endProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  signal(child, 'SIGTERM');
  await ended;
}
