// SPDX-License-Identifier: MIT
// An operator takes a server out of a pool while somebody is connected to it: new clients go elsewhere at once, the command
// waits for the one that is there, and then the server is out. In a kernel that has IPVS; who is connected is real TCP.

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { ownCommand } from '../../lib/lab/daemon.ts';
import { type Director, ipvsadm, startDirector } from '../support/ipvs-judge.ts';
import { until } from '../support/until.ts';

const execute = promisify(execFile);
const patient = { within: 60_000, every: 200 };
const space = `ka-idle-${process.pid}`;
const service = '10.9.0.1';
const home = '10.9.0.250';
const pool = `[${service}]:tcp:80`;
const serverOf = (port: number) => `[${home}]:tcp:${port}`;

const text = `global_defs { router_id idle }
virtual_server ${service} 80 {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server ${home} 8001 { TCP_CHECK { } }
  real_server ${home} 8002 { TCP_CHECK { } }
}
`;

/** Connects, says so, and stays until it is told to go or its input ends. */
const client = `
import socket, sys
s = socket.create_connection(('${service}', 80), 20)
print('connected', flush=True)
sys.stdin.readline()
s.close()
`;

/** Takes whoever comes, on both ports, and says nothing. */
const backend = `
import socket, selectors
waiting = selectors.DefaultSelector()
for port in (8001, 8002):
    s = socket.create_server(('${home}', port))
    waiting.register(s, selectors.EVENT_READ, True)
print('listening', flush=True)
while True:
    for key, _ in waiting.select():
        if key.data:
            waiting.register(key.fileobj.accept()[0], selectors.EVENT_READ, False)
        elif not key.fileobj.recv(100):
            waiting.unregister(key.fileobj)
            key.fileobj.close()
`;

describe('a server that an operator takes out', function () {
  this.timeout(200_000);
  let director: Director;
  let backends: ChildProcess;
  const clients: ChildProcess[] = [];

  before(async () => {
    execFileSync('ip', ['netns', 'add', space]);
    for (const line of [
      'link set lo up',
      'link add eth0 type dummy',
      'link set eth0 up',
      `addr add ${home}/24 dev eth0`,
      `addr add ${service}/32 dev eth0`,
    ])
      execFileSync('ip', ['-n', space, ...line.split(' ')]);
    backends = spawn('ip', ['netns', 'exec', space, 'python3', '-c', backend], { stdio: ['ignore', 'pipe', 'inherit'] });
    const isListening = new Promise((done) => backends.stdout?.once('data', done));
    await isListening;
    director = await startDirector(space, ownCommand(), text);
  });

  after(async () => {
    for (const one of clients) one.kill('SIGKILL');
    await director?.stop();
    backends?.kill('SIGKILL');
    execFileSync('ip', ['netns', 'delete', space]);
  });

  const say = async (...words: string[]) => {
    const [program = '', ...more] = ownCommand();
    return (await execute(program, [...more, ...words, '--socket', director.socket])).stdout;
  };

  async function connect(): Promise<ChildProcess> {
    const one = spawn('ip', ['netns', 'exec', space, 'python3', '-c', client], { stdio: ['pipe', 'pipe', 'inherit'] });
    clients.push(one);
    let said = '';
    one.stdout?.on('data', (bytes: Buffer) => (said += bytes));
    await until('a client is connected', () => said.includes('connected'), patient);
    return one;
  }

  /** Weight and active connections by port. */
  async function table(): Promise<Map<number, readonly [weight: number, active: number]>> {
    const rows = (await ipvsadm(space, '-Ln')).matchAll(/-> 10\.9\.0\.250:(\d+) +\S+ +(\d+) +(\d+)/g);
    return new Map([...rows].map(([, port, weight, active]) => [Number(port), [Number(weight), Number(active)]]));
  }

  it('gets no new client, is waited for, and is out once the last one has gone', async () => {
    const first = await connect();
    let port = 0;
    await until(
      'the connection is counted',
      async () => {
        port = [...(await table())].find(([, [, active]]) => active === 1)?.[0] ?? 0;
        return port > 0;
      },
      patient,
    );
    const other = port === 8001 ? 8002 : 8001;
    let hasReturned = false;
    const out = say('server', 'disable', pool, serverOf(port), '--wait-idle', '--timeout', '60s').finally(() => {
      hasReturned = true;
    });
    await until('it is drained', async () => (await table()).get(port)?.[0] === 0, patient);
    // Round robin would give it one of two.
    await connect();
    await connect();
    const busy = await table();
    assert.deepEqual([busy.get(port), busy.get(other)?.[1], hasReturned], [[0, 1], 2, false]);
    first.stdin?.write('go\n');
    await out;
    await until('it is in no table', async () => !(await table()).has(port), patient);
    assert.match(await say('operations'), /is disabled \(disable by root/);
    await say('server', 'enable', pool, serverOf(port));
    await until('it is back', async () => (await table()).get(port)?.[0] === 1, patient);
  });

  it('stays drained when its clients do not go in time, and that is said', async () => {
    await connect();
    await connect();
    const port = [...(await table())].find(([, [, active]]) => active > 0)?.[0] ?? 0;
    await assert.rejects(
      say('server', 'drain', pool, serverOf(port), '--wait-idle', '--timeout', '1s'),
      (error: { stderr: string; code: number }) => {
        assert.match(error.stderr, /active/);
        return error.code !== 0;
      },
    );
    assert.equal((await table()).get(port)?.[0], 0);
  });
});
