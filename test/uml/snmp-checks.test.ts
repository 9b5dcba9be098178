// SPDX-License-Identifier: MIT
// The check half of the KEEPALIVED-MIB: our checker process and that of the packaged keepalived, each in a namespace with a master
// agent of its own, are walked whole; traps are received.

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { StatusDocument, Traffic } from '../../lib/control/document.ts';
import { ownCommand } from '../../lib/lab/daemon.ts';
import { type Director, ipvsadm, startDirector } from '../support/ipvs-judge.ts';
import { type Master, objects, startMaster, trapText } from '../support/snmp-master.ts';
import { until } from '../support/until.ts';
import { checkedByPort, services } from './snmp-checks-config.ts';

const execute = promisify(execFile);
const mib = '.1.3.6.1.4.1.9586.100.5';
const patient = { within: 60_000, every: 200 };

/** Where keepalived 2.2.7 is not followed, and why (docs/operations/differences.md). */
const DIFFERENCES: readonly (readonly [object: RegExp, why: string])[] = [
  [/^5\.1\.(1|3\.1|3\.2)\.0 /, 'version; the address of no mail server'],
  [/^5\.3\.3\.1\.51\.5 /, '2.2.7 shows an IPv4 mask as a prefix length too where a mark or group leads to IPv4'],
  [/^5\.3\.3\.1\.(3[2-6]|4[1-9]|50)\.|^5\.3\.4\.1\.(2[2-6]|3[0-9])\./, 'rates'],
];

/** In the MIB of 2.4.3, not yet in that of 2.2.7. */
const ADDED = /^5\.(1\.12|3\.3\.1\.7[2-8]|3\.4\.1\.(5[6-9]|6[0-3]))\./;

interface Side {
  readonly space: string;
  readonly folder: string;
  master: Master;
  director: Director;
  backends: ChildProcess;
}

/** `undo`: what ends what was begun, last first, also when something here fails. */
async function startSide(space: string, command: readonly string[], undo: (() => unknown)[]): Promise<Side> {
  execFileSync('ip', ['netns', 'add', space]);
  undo.push(() => execFileSync('ip', ['netns', 'delete', space]));
  for (const line of [
    'link set lo up',
    'link add eth0 type dummy',
    'link set eth0 up',
    'addr add 10.0.0.250/24 dev eth0',
    'route add 10.0.0.0/8 dev eth0',
  ])
    execFileSync('ip', ['-n', space, ...line.split(' ')]);
  const inside = (words: readonly string[]) => ['netns', 'exec', space, ...words];
  const folder = mkdtempSync(join(tmpdir(), 'ka-snmp-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const master = await startMaster((words, options) => spawn('ip', inside(words), options), folder);
  undo.push(() => master.stop());
  const backends = spawn('ip', inside([process.execPath, resolve('test/support/tcp-backends.mjs')]), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo.push(() => backends.kill('SIGKILL'));
  const side: Omit<Side, 'director'> = { space, folder, master, backends };
  await tell(side, 'open 8001', 'open 8002');
  const director = await startDirector(space, command, services(join(folder, 'agentx')));
  undo.push(() => director.stop());
  return { ...side, director };
}

/** Resolves when the backends have answered. */
async function tell({ backends }: Pick<Side, 'backends'>, ...lines: string[]): Promise<void> {
  let said = 0;
  const count = (text: Buffer) => (said += String(text).split('done').length - 1);
  backends.stdout?.on('data', count);
  backends.stdin?.write(`${lines.join('\n')}\n`);
  await until('the backends have answered', () => said >= lines.length, patient);
  backends.stdout?.off('data', count);
}

async function snmp({ space }: Side, tool: string, ...words: string[]): Promise<string> {
  const { stdout } = await execute('ip', ['netns', 'exec', space, 'env', 'MIBS=', tool, '-v2c', ...words], { maxBuffer: 1 << 24 });
  return stdout;
}

const target = '127.0.0.1:1161';
const walk = async (side: Side) =>
  objects(await snmp(side, 'snmpbulkwalk', '-cpublic', '-Cr50', '-On', '-Ox', '-OQ', '-OU', '-t5', target, mib));
const get = async (side: Side, object: string) =>
  (await snmp(side, 'snmpget', '-cpublic', '-Oqv', '-t5', target, `${mib}.3.${object}`)).trim();

/** Three clients of the service of UDP, each of a port of its own. */
const clients = `
import socket
for i in range(3):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b'x' * 100, ('10.0.4.2', 53))
`;

describe('the checkers over SNMP', function () {
  this.timeout(200_000);
  const sides: Side[] = [];
  const undo: (() => unknown)[] = [];
  let ours: Side;
  let judge: Side;

  before(async () => {
    judge = await startSide(`ka-snmp-${process.pid}-k`, ['keepalived'], undo);
    sides.push(judge);
    ours = await startSide(`ka-snmp-${process.pid}-o`, ownCommand(), undo);
    sides.push(ours);
  });

  after(async () => {
    for (const end of undo.reverse()) await end();
  });

  const traps = (side: Side) =>
    side.master
      .traps()
      .map(trapText)
      .filter((line) => line.startsWith('100.5.3.'));
  const bothAgree = async () => {
    let lists: string[][] = [];
    await until(
      'both have sent the same traps',
      () => {
        lists = sides.map((side) => traps(side).toSorted());
        return lists[0]?.join('\n') === lists[1]?.join('\n');
      },
      patient,
    ).catch(() => assert.deepEqual(lists[1], lists[0]));
  };

  it('tell what keepalived tells of the same servers in the same state', async () => {
    for (const side of sides) {
      await until('the server without a backend is down', async () => (await get(side, '4.1.6.3.1')) === '2', patient);
      await execute('ip', ['netns', 'exec', side.space, 'python3', '-c', clients]);
      await until('the clients are counted', async () => (await get(side, '3.1.27.2')) === '3', patient);
    }
    const theirs = await walk(judge);
    const mine = await walk(ours);
    const comparable = (list: readonly string[]) =>
      list.filter((line) => !DIFFERENCES.some(([object]) => object.test(line)) && !ADDED.test(line));
    assert.ok(theirs.length > 1_000, `${theirs.length} objects`);
    assert.deepEqual(comparable(mine), comparable(theirs));
    const names = new Set(mine.map((line) => line.split(' ', 1)[0]));
    assert.deepEqual(
      theirs.map((line) => line.split(' ', 1)[0]).filter((name) => !names.has(name)),
      [],
    );
    // What 2.2.7 does not have: both counters are the same in 64 bits, and a script by its path.
    assert.ok(mine.includes('5.3.3.1.39.2 = 3') && mine.includes('5.3.4.1.63.1.2 = 0'));
  });

  it('show what the kernel counts in the status document and the metrics', async () => {
    // Conns InPkts OutPkts InBytes OutBytes, of the service and of its server.
    const table = await ipvsadm(ours.space, '-Ln', '--stats', '--exact', '-u', '10.0.4.2:53');
    const [service, server] = [...table.matchAll(/^(?:UDP| {2}->)\s+\S+:\d+\s+(.*)$/gm)].map(([, row = '']) =>
      row.trim().split(/\s+/).map(Number),
    );
    assert.deepEqual([service?.[0], server?.[0]], [3, 3], table);
    // In this kernel an answer may take longer than a person waits.
    const said = (word: string, ...more: string[]) => until(word, () => say(word, ...more).catch(() => undefined), patient);
    const { checkers } = JSON.parse(await said('status', '--json')) as StatusDocument;
    const pool = checkers?.pools.find((p) => p.name.includes('10.0.4.2'));
    const row = (t: Traffic | null | undefined) => t && [t.connections, t.packetsIn, t.packetsOut, t.bytesIn, t.bytesOut];
    assert.deepEqual(row(pool?.traffic), service);
    assert.deepEqual(row(pool?.servers[0]?.traffic), server);
    const metrics = await said('metrics');
    assert.match(metrics, /^ka_pool_connections_total\{pool="[^"]*10\.0\.4\.2[^"]*",protocol="UDP"\} 3$/m);
    assert.match(metrics, /^ka_server_bytes_total\{pool="[^"]*10\.0\.4\.2[^"]*",protocol="UDP",server="[^"]*",direction="in"\} [1-9]\d*$/m);
  });

  it('send each trap once: a server that goes and comes back, a quorum with it', async () => {
    await bothAgree();
    for (const side of sides) await tell(side, `close ${checkedByPort}`);
    const sent = (side: Side, pattern: RegExp, times: number) =>
      until(`${side.space}: ${pattern}`, () => traps(side).filter((line) => pattern.test(line)).length === times, patient);
    // Real server dead; the service's quorum not met.
    const gone = /^100\.5\.3\.5\.0\.1 1 0A 00 01 01 80 2 2 1 0A 00 04 01 80 1 2 3 "test-node"$/;
    for (const side of sides) await sent(side, gone, 1);
    await bothAgree();
    for (const side of sides) await tell(side, `open ${checkedByPort}`);
    for (const side of sides) await sent(side, /^100\.5\.3\.5\.0\.1 1 0A 00 01 01 80 1 2 1 0A 00 04 01 80 1 3 3 "test-node"$/, 1);
    await bothAgree();
  });

  /** `ka-ts WORDS` to our daemon. */
  const say = async (...words: string[]) => {
    const [program = '', ...more] = ownCommand();
    return (await execute(program, [...more, ...words, '--socket', ours.director.socket])).stdout;
  };

  it('take another weight, in the table at once and until a reload; anything else is refused', async () => {
    const set = (object: string, type: string, value: string) =>
      snmp(ours, 'snmpset', '-cprivate', '-On', '-t5', target, `${mib}.3.${object}`, type, value);
    const weights = async () => [...(await ipvsadm(ours.space, '-Sn')).matchAll(/-a -t 10\.0\.4\.1:80 .*-w (\d+)/g)].map((m) => m[1]);
    await set('4.1.7.1.2', 'i', '300');
    await until('the kernel has it', async () => (await weights()).includes('300'), patient);
    assert.equal(await get(ours, '4.1.7.1.2'), '300');
    assert.match(
      ours.director.log(),
      /Changing weight from 3 to 300 for active service \[10\.0\.1\.1\]:tcp:80 of VS \[10\.0\.4\.1\]:tcp:80/,
    );
    for (const [object, type, value, said] of [
      ['4.1.7.1.2', 'i', '-1', /wrongValue/],
      ['4.1.7.1.2', 's', 'x', /wrongType/],
      ['4.1.7.1.1', 'i', '5', /noCreation/],
      ['4.1.7.99.1', 'i', '5', /noCreation/],
      ['3.1.22.1', 'u', '5', /notWritable/],
    ] as const)
      await assert.rejects(set(object, type, value), said, `${object} = ${value}`);
    // One thing with `ka-ts server weight`: the later word holds, and is shown.
    await say('server', 'weight', '[10.0.4.1]:tcp:80', '[10.0.1.1]:tcp:80', '7');
    await until('the kernel has the later one', async () => (await weights()).includes('7'), patient);
    assert.equal(await get(ours, '4.1.7.1.2'), '7');
    await set('4.1.7.1.2', 'i', '301');
    await until('the kernel has the last one', async () => (await weights()).includes('301'), patient);
    await until('it alone is shown', async () => /^[^\n]* is 301 [^\n]*\n$/.test(await say('operations')), patient);
    await ours.director.reload(services(join(ours.folder, 'agentx')));
    assert.equal(await get(ours, '4.1.7.1.2'), '3');
    await until('the kernel has the old one', async () => !(await weights()).includes('301'), patient);
  });

  it('say good-bye for each server and each service', async () => {
    const before = sides.map((side) => traps(side).length);
    await Promise.all(sides.map((side) => side.director.stop()));
    await until('all is said', () => sides.every((side, i) => traps(side).length > (before[i] ?? 0) + 10), patient);
    await bothAgree();
  });
});
