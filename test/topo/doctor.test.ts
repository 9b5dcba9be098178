// SPDX-License-Identifier: MIT
// `ka-ts doctor` on set-ups that are broken in one place each, and on healthy ones: the cause is named, and nothing else is
// called a problem. Four LANs are broken and mended one way after the other.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { ownCommand } from '../../lib/lab/daemon.ts';
import type { Host } from '../../lib/lab/host.ts';
import { run, runOrThrow } from '../../lib/lab/run.ts';
import { untilLogged } from '../support/daemon.ts';
import { createLan, createStage, type Lan, type Router } from '../support/lan.ts';

interface Found {
  readonly status: number | null;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly seen: string;
    readonly mend: readonly string[];
  }[];
}

interface Shape {
  readonly priority: number;
  readonly body: string;
  readonly vrid?: number;
  readonly vip?: string;
  readonly interval?: number;
  readonly version?: number;
}

function configuration({ priority, body, vrid = 51, vip = '192.0.2.100/24', interval = 0.2, version = 3 }: Shape): string {
  return `vrrp_instance VI_1 {
  interface eth0
  version ${version}
  virtual_router_id ${vrid}
  priority ${priority}
  advert_int ${interval}
  ${body}
  virtual_ipaddress {
    ${vip}
  }
}
`;
}

/** The states that a LAN is put into, each from the healthy one and back. */
interface Break {
  readonly name: string;
  /** Where the doctor is called. */
  readonly at: 'a' | 'b';
  /** What it must name; null: nothing. */
  readonly code: string | null;
  readonly listen?: number;
  /** Commands, each on a host or on the wire (the bridge between them). */
  readonly make?: readonly (readonly ['a' | 'b' | 'wire', string])[];
  readonly mend?: readonly (readonly ['a' | 'b' | 'wire', string])[];
  readonly shapes?: { readonly a?: Partial<Shape>; readonly b?: Partial<Shape> };
  /** Whose VRRP process is held for a while. */
  readonly held?: 'a' | 'b';
  /** Stopped and not started again: comes last. */
  readonly stop?: 'a' | 'b';
}

const filter = (hook: string, rules: string, policy = 'accept') =>
  `nft 'table inet t { chain c { type filter hook ${hook} priority 0; policy ${policy}; ${rules} }; }'`;

const multicast: readonly Break[] = [
  { name: 'healthy, Active', at: 'a', code: null },
  { name: 'healthy, Backup', at: 'b', code: null },
  {
    name: 'a host firewall that lets in ssh and answers only',
    at: 'b',
    code: 'firewall_in',
    make: [['b', filter('input', 'iifname lo accept; ct state established,related accept; tcp dport 22 accept;', 'drop')]],
  },
  {
    name: 'an iptables rule against the protocol',
    at: 'b',
    code: 'firewall_in',
    make: [['b', 'iptables -A INPUT -p 112 -j DROP']],
    mend: [['b', 'iptables -F INPUT']],
  },
  { name: 'a rule that keeps adverts in', at: 'a', code: 'firewall_out', make: [['a', filter('output', 'ip protocol 112 counter drop;')]] },
  { name: 'a peer behind its own filter', at: 'a', code: 'peer_deaf', make: [['b', filter('input', 'ip protocol vrrp drop;')]] },
  {
    name: 'a switch that does not pass multicast',
    at: 'a',
    code: 'network_drops',
    make: [
      ['wire', 'bridge link set dev port0 mcast_flood off'],
      ['wire', 'bridge link set dev port1 mcast_flood off'],
    ],
    mend: [
      ['wire', 'bridge link set dev port0 mcast_flood on'],
      ['wire', 'bridge link set dev port1 mcast_flood on'],
    ],
  },
  {
    name: 'an address in another network, and strict reverse paths',
    at: 'b',
    code: 'reverse_path',
    make: [
      ['a', 'ip address add 198.51.100.1/24 dev eth0'],
      ['b', 'sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1'],
    ],
    shapes: { a: { body: 'mcast_src_ip 198.51.100.1' } },
    mend: [['b', 'sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0']],
  },
];

const content: readonly Break[] = [
  {
    name: 'different passwords',
    at: 'b',
    code: 'authentication',
    listen: 2.5,
    shapes: {
      a: { version: 2, interval: 1, body: 'authentication {\n auth_type PASS\n auth_pass one\n }' },
      b: { version: 2, interval: 1, body: 'authentication {\n auth_type PASS\n auth_pass two\n }' },
    },
  },
  { name: 'different versions', at: 'a', code: 'version', listen: 2.5, shapes: { b: { version: 2, interval: 1 } } },
  { name: 'one address, two VRIDs', at: 'a', code: 'vrid_mismatch', shapes: { b: { vrid: 52 } } },
  { name: 'one VRID, two sets of addresses', at: 'b', code: 'stranger', shapes: { b: { vip: '192.0.2.200/24' } } },
  { name: 'checksums without pseudo-header', at: 'b', code: 'checksum', shapes: { a: { body: 'v3_checksum_as_v2' } } },
  { name: 'a TTL that was taken down', at: 'b', code: 'ttl', make: [['a', filter('postrouting', 'ip protocol 112 ip ttl set 254;')]] },
  {
    name: 'an interface that became a port of a bridge',
    at: 'b',
    code: 'bridge_port',
    make: [['b', 'ip link add br1 type bridge; ip link set br1 up; ip link set eth0 master br1']],
    mend: [['b', 'ip link del br1']],
  },
  {
    name: 'an interface without multicast',
    at: 'b',
    code: 'multicast_off',
    make: [['b', 'ip link set eth0 multicast off']],
    mend: [['b', 'ip link set eth0 multicast on']],
  },
  { name: 'a daemon that is stopped', at: 'a', code: 'daemon_stopped', held: 'a' },
];

const unicast: readonly Break[] = [
  { name: 'healthy, unicast', at: 'a', code: null },
  { name: 'healthy Backup, unicast', at: 'b', code: null },
  {
    name: 'a sender that is no peer',
    at: 'b',
    code: 'not_a_peer',
    make: [['a', 'ip address add 192.0.2.33/24 dev eth0']],
    shapes: { a: { body: 'unicast_src_ip 192.0.2.33\n unicast_peer {\n 192.0.2.2\n }' } },
  },
  { name: 'a peer that speaks multicast', at: 'a', code: 'cast_kind', shapes: { b: { body: '' } } },
  {
    name: 'a wrong prefix length',
    at: 'a',
    code: 'no_route',
    make: [['a', 'ip address add 192.0.2.1/32 dev eth0; ip address del 192.0.2.1/24 dev eth0']],
    shapes: { a: { vip: '192.0.2.100/32' } },
    mend: [['a', 'ip address add 192.0.2.1/24 dev eth0; ip address del 192.0.2.1/32 dev eth0']],
  },
  { name: 'a peer without a daemon', at: 'a', code: 'unreachable', stop: 'b' },
];

const virtualMac: readonly Break[] = [
  { name: 'healthy, virtual MAC', at: 'a', code: null },
  {
    name: 'a port that filters the virtual MAC',
    at: 'a',
    code: 'vmac_filtered',
    make: [
      [
        'wire',
        `nft 'table netdev t { chain c { type filter hook ingress device port0 priority 0; ether saddr 00:00:5e:00:01:33 drop; }; }'`,
      ],
    ],
    mend: [['wire', 'nft delete table netdev t']],
  },
];

const stages = [
  { name: 'the way', breaks: multicast, body: { a: '', b: '' } },
  { name: 'what is said', breaks: content, body: { a: '', b: '' } },
  {
    name: 'unicast',
    breaks: unicast,
    body: {
      a: 'check_unicast_src\n unicast_src_ip 192.0.2.1\n unicast_peer {\n 192.0.2.2\n }',
      b: 'check_unicast_src\n unicast_src_ip 192.0.2.2\n unicast_peer {\n 192.0.2.1\n }',
    },
  },
  { name: 'virtual MAC', breaks: virtualMac, body: { a: 'use_vmac', b: 'use_vmac' } },
] as const;

const priorities = { a: 150, b: 100 } as const;

async function examine(router: Router, listen: number): Promise<Found> {
  const [program = '', ...words] = ownCommand();
  const pid = router.daemon.pidFile;
  const { status, stdout, stderr } = await router.host.run(
    [program, ...words, 'doctor', '--json', '-f', router.file, '-p', pid, '--listen', String(listen)],
    { timeout: 20_000 },
  );
  assert.notEqual(stdout, '', stderr);
  return { status, ...(JSON.parse(stdout) as Pick<Found, 'findings'>) };
}

/** What every break leaves behind, taken away. */
async function putBack(lan: Lan): Promise<void> {
  const lines = 'nft flush ruleset; ip address flush dev eth0 to 198.51.100.0/24; ip address del 192.0.2.33/24 dev eth0 2>/dev/null; true';
  for (const name of ['a', 'b']) await lan.router(name).host.run(['sh', '-c', lines]);
}

function on(lan: Lan, wire: string, where: 'a' | 'b' | 'wire', line: string): Promise<string> {
  if (where === 'wire') return runOrThrow(['ip', 'netns', 'exec', wire, 'sh', '-c', line]);
  const host: Host = lan.router(where).host;
  return runOrThrow(host.command(['sh', '-c', line]));
}

async function reshape(lan: Lan, name: 'a' | 'b', shape: Shape): Promise<void> {
  const router = lan.router(name);
  const from = router.daemon.lines.length;
  writeFileSync(router.file, configuration(shape));
  router.daemon.signal('SIGHUP');
  await untilLogged(router.daemon, /Reload complete/, { from, within: 5000 });
}

async function play(stage: (typeof stages)[number]): Promise<ReadonlyMap<string, Found>> {
  const shape = (name: 'a' | 'b'): Shape => ({ priority: priorities[name], body: stage.body[name] });
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.250/24',
    routers: (['a', 'b'] as const).map((name, n) => ({
      name,
      kind: 'ka-ts' as const,
      address: `192.0.2.${n + 1}/24`,
      configuration: configuration(shape(name)),
    })),
  });
  const found = new Map<string, Found>();
  try {
    const wire = lan.router('a').host.netns.replace(/-a$/, '-wire');
    const a = lan.router('a');
    a.start();
    lan.router('b').start();
    await untilLogged(a.daemon, /Entering MASTER STATE/);
    await untilLogged(lan.router('b').daemon, /Entering BACKUP STATE/);
    for (const each of stage.breaks) {
      for (const [where, line] of each.make ?? []) await on(lan, wire, where, line);
      for (const name of ['a', 'b'] as const) {
        const change = each.shapes?.[name];
        if (change) await reshape(lan, name, { ...shape(name), ...change });
      }
      const stopped = each.held ? lan.router(each.held).daemon.vrrpPid() : undefined;
      if (stopped !== undefined) process.kill(stopped, 'SIGSTOP');
      if (each.stop) await lan.router(each.stop).daemon.stop();
      // Long enough for a takeover where there will be one: three intervals and the skew.
      if (each.code !== null) await run(['sleep', String((each.listen ?? 1.3) > 2 ? 4 : 1)]);
      found.set(each.name, await examine(lan.router(each.at), each.listen ?? 1.3));
      if (stopped !== undefined) process.kill(stopped, 'SIGCONT');
      for (const [where, line] of each.mend ?? []) await on(lan, wire, where, line);
      await putBack(lan);
      for (const name of ['a', 'b'] as const) if (each.shapes?.[name]) await reshape(lan, name, shape(name));
      if (!each.stop) await run(['sleep', '0.7']);
    }
    return found;
  } finally {
    await lan.destroy();
  }
}

describe('ka-ts doctor', () => {
  const played = createStage(180_000).play(stages.map((stage) => ({ name: stage.name, play: () => play(stage) })));

  for (const stage of stages)
    for (const { name, code } of stage.breaks)
      it(code === null ? `finds nothing wrong: ${name}` : `names ${code}: ${name}`, () => {
        const found = played(stage.name).get(name);
        assert.ok(found);
        const problems = found.findings.filter((f) => f.severity === 'problem');
        if (code === null) {
          assert.deepEqual(
            found.findings.filter((f) => f.severity !== 'note'),
            [],
          );
          assert.equal(found.status, 0);
          return;
        }
        assert.ok(
          problems.some((f) => f.code === code),
          JSON.stringify(found.findings, null, 1),
        );
        assert.equal(found.status, 1);
        assert.ok(problems.every((f) => f.seen !== '' && f.mend.length > 0));
      });
});
