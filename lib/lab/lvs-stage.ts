// SPDX-License-Identifier: MIT
// The lab's load balancer: a director, two real servers and a client on one network, direct routing. Servers and client are small
// programs of their own, told what to do over their standard input.

import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Host, processTree } from './host.ts';
import { type PoolMember, poolOf } from './lvs-pool.ts';
import { createNetwork } from './network.ts';
import { runOrThrow } from './run.ts';

export const service = { address: '10.77.0.50', port: 80 } as const;
export const servers = { rs1: '10.77.0.11', rs2: '10.77.0.12' } as const;
export type ServerName = keyof typeof servers;
/** Seconds. */
export const checks = { interval: 1, timeout: 1 } as const;

export const configuration = `virtual_server ${service.address} ${service.port} {
  delay_loop ${checks.interval}
  warmup 0
  alpha
  protocol TCP
  lvs_sched rr
  lvs_method DR
${Object.values(servers)
  .map(
    (address) => `  real_server ${address} ${service.port} {
    HTTP_GET {
      url {
        path /
        status_code 200
      }
      connect_timeout ${checks.timeout}
      retry 0
    }
  }
`,
  )
  .join('')}}
`;

/** Says its name to whoever asks; a line `off` ends it, `on` brings it back. */
const serverProgram = `
const { createServer } = require('node:http');
let server;
const words = { on() { server = createServer((_, r) => r.setHeader('connection', 'close').end(process.argv[1])).listen(80); },
  off() { server.close(); server.closeAllConnections(); } };
words.on();
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => words[line]()).on('close', () => process.exit());
`;

/** Asks ten times a second, a line for each answer: who gave it, or nothing. */
const clientProgram = `
const { get } = require('node:http');
const ask = () => {
  let done = false;
  const tell = (who) => { if (!done) console.log(who); done = true; };
  get({ host: process.argv[1], agent: false, timeout: 500 }, (r) => { let text = ''; r.on('data', (d) => (text += d)).on('end', () => tell(text)); })
    .on('timeout', function () { this.destroy(); }).on('error', () => tell('-'));
};
setInterval(ask, 100);
process.stdin.resume().on('end', () => process.exit());
`;

export interface LvsStage {
  /** null: the service is not there. */
  pool(): Promise<PoolMember[] | null>;
  turn(server: ServerName, on: boolean): void;
  /** Whoever answered the client since the last time, `-` for nobody. */
  answers(): string[];
  /** What the director's daemon has logged. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

export async function createLvsStage(command: readonly string[]): Promise<LvsStage> {
  const directory = mkdtempSync(join(tmpdir(), `ka-lab-${process.pid}-`));
  const plugged = (name: string, address: string) => ({ name, interfaces: [{ name: 'eth0', addresses: [`${address}/24`] }] });
  const network = await createNetwork([
    plugged('director', '10.77.0.1'),
    ...Object.entries(servers).map(([name, address]) => plugged(name, address)),
    plugged('client', '10.77.0.100'),
  ]).catch((error) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  let daemon: ChildProcess | undefined;
  const close = async () => {
    // Politely, so that the table is seen to go; the rest ends with its host.
    const [, parent] = processTree(daemon?.pid ?? 0);
    if (parent !== undefined && daemon?.exitCode === null) {
      const ended = new Promise((done) => daemon?.once('exit', done));
      process.kill(parent, 'SIGTERM');
      await Promise.race([ended, new Promise((done) => setTimeout(done, 5000))]);
    }
    await network.destroy();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const director = network.host('director');
    await runOrThrow(director.command(['ip', 'address', 'add', `${service.address}/32`, 'dev', 'eth0']));
    const running = new Map<string, ChildProcess>();
    for (const name of Object.keys(servers)) {
      const host = network.host(name);
      // The address is here to be served, and not to be told of: the director alone answers for it.
      const settings =
        'for n in all eth0; do echo 1 >/proc/sys/net/ipv4/conf/$n/arp_ignore; echo 2 >/proc/sys/net/ipv4/conf/$n/arp_announce; done';
      await runOrThrow(host.command(['sh', '-c', `${settings}; ip address add ${service.address}/32 dev lo`]));
      running.set(name, program(host, serverProgram, name));
    }
    const heard: string[] = [];
    const client = program(network.host('client'), clientProgram, service.address);
    if (client.stdout) createInterface({ input: client.stdout }).on('line', (line) => heard.push(line));
    const file = join(directory, 'director.conf');
    writeFileSync(file, configuration);
    const pids = [
      ['-p', 'director.pid'],
      ['-c', 'checkers.pid'],
    ].flatMap(([option = '', name = '']) => [option, join(directory, name)]);
    const log: string[] = [];
    daemon = director.spawn([...command, '-C', '-n', '-l', '-D', '-f', file, ...pids], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [daemon.stdout, daemon.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => log.push(line));
    return {
      async pool() {
        const text = await runOrThrow(director.command(['cat', '/proc/net/ip_vs']));
        return poolOf(text, service.address, service.port);
      },
      turn: (server, on) => void running.get(server)?.stdin?.write(on ? 'on\n' : 'off\n'),
      answers: () => heard.splice(0),
      log,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function program(host: Host, text: string, word: string): ChildProcess {
  return host.spawn([process.execPath, '-e', text, word], { stdio: ['pipe', 'pipe', 'inherit'] });
}
