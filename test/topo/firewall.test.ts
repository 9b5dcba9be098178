// SPDX-License-Identifier: MIT
// The rules of no_accept and of virtual MACs in a real kernel: as iptables-save, ip6tables-save and ipset list them and as keepalived
// writes them for nft, and what they do to packets.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { Host } from '../../lib/lab/host.ts';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { createLan, createStage, type Lan } from '../support/lan.ts';
import { until } from '../support/until.ts';

/** Debian's iptables is nft under another name; the old one has the same words. */
const legacy = { source: '/usr/sbin/xtables-legacy-multi', target: '/usr/sbin/xtables-nft-multi' };
const administrators = '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT';

/** A drops, so does B with its virtual MAC; C has one and accepts. */
function configuration(globals: string, more = ''): string {
  const instance = (name: string, vrid: number, words: string, addresses: readonly string[]) => `vrrp_instance ${name} {
  interface eth0
  version 3
  virtual_router_id ${vrid}
  priority 200
  advert_int 0.1
  garp_master_delay 0
  ${words}
  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
}
`;
  return `global_defs {\n  ${globals}\n}\n${instance('A', 51, 'no_accept', ['192.0.2.100/24', '192.0.2.101/24', ...(more ? [more] : [])])}${instance(
    'B',
    52,
    'use_vmac v6\n  no_accept',
    ['fe80::77:1/64', 'fd00::1/64'],
  )}${instance('C', 53, 'use_vmac v4', ['192.0.2.120/24'])}`;
}

async function createOne(kind: Kind, globals: string): Promise<Lan> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [
      {
        name: 'a',
        kind,
        address: '192.0.2.1/24',
        ipv6: ['fe80::1/64'],
        configuration: configuration(globals),
        binds: [legacy],
      },
    ],
  });
  await runOrThrow(['ip', '-n', lan.client.netns, 'address', 'add', 'fd00::200/64', 'dev', 'eth0', 'nodad']);
  return lan;
}

async function done(host: Host, line: string): Promise<string> {
  const { status, stdout, stderr } = await host.run(['sh', '-c', line]);
  assert.equal(status, 0, `${line}: ${stderr}`);
  return stdout;
}

/** Rules and sets, without what counts. */
async function rules(host: Host): Promise<string[]> {
  const listed = await done(host, 'iptables-save; echo --6; ip6tables-save; ipset save');
  const lines = listed.split('\n').filter((line) => /^(-A|--6|create|add) /.test(`${line} `));
  const adds = lines.filter((line) => line.startsWith('add ')).sort();
  // ipset chooses the seed of its hash.
  return [...lines.filter((line) => !line.startsWith('add ')).map((line) => line.replace(/^(create \S+ \S+ family \S+).*/, '$1')), ...adds];
}

async function untilMasters(lan: Lan): Promise<void> {
  for (const name of ['A', 'B', 'C']) await untilLogged(lan.router('a').daemon, new RegExp(`\\(${name}\\) Entering MASTER STATE`));
}

async function untilRules(host: Host, what: string, wanted: readonly string[]): Promise<void> {
  let found: readonly string[] = [];
  const same = async () => {
    found = await rules(host);
    return found.join('\n') === wanted.join('\n');
  };
  await until(what, same, { every: 100 }).catch((cause: Error) => assert.deepEqual(found, wanted, cause.message));
}

/** The client asks for each address; which of them answer pings, and for which the neighbour is known. */
async function reached(lan: Lan): Promise<{ readonly answers: string[]; readonly neighbours: string[] }> {
  const asked = ['192.0.2.1', '192.0.2.100', '192.0.2.101', '192.0.2.120', 'fd00::1'];
  const answers: string[] = [];
  for (const ip of asked) if ((await lan.client.run(['ping', '-n', '-c', '1', '-W', '1', ip])).status === 0) answers.push(ip);
  const known = await done(lan.client, 'ip neigh show dev eth0');
  return { answers, neighbours: asked.filter((ip) => new RegExp(`^${ip.replaceAll('.', '\\.')} lladdr `, 'm').test(known)) };
}

function expectedRules(matched: {
  readonly in4: string[];
  readonly out4: string[];
  readonly in6: string;
  readonly out6: string;
}): string[] {
  const icmp = (chain: string, more: string, types: readonly number[], target: string) =>
    types.map((type) => `-A ${chain} ${more}-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j ${target}`);
  return [
    ...matched.in4.map((match) => `-A INPUT ${match} -j DROP`),
    administrators,
    '-A OUTPUT -o v4 -p igmp -j DROP',
    ...matched.out4.map((match) => `-A OUTPUT ${match} -j DROP`),
    '--6',
    ...icmp('INPUT', '', [135, 136], 'ACCEPT'),
    '-A INPUT -d fe80::77:1/128 -i v6 -j DROP',
    `-A INPUT ${matched.in6} -j DROP`,
    ...icmp('OUTPUT', '-o v6 ', [131, 143, 133], 'DROP'),
    ...icmp('OUTPUT', '-s fe80::1/128 -o v6 ', [136], 'DROP'),
    ...icmp('OUTPUT', '', [135, 136], 'ACCEPT'),
    '-A OUTPUT -s fe80::77:1/128 -o v6 -j DROP',
    `-A OUTPUT ${matched.out6} -j DROP`,
  ];
}

const bySet = (name4: string, name6: string, addresses: readonly string[]) => [
  ...expectedRules({
    in4: [`-m set --match-set ${name4} dst`],
    out4: [`-m set --match-set ${name4} src`],
    in6: `-m set --match-set ${name6} dst`,
    out6: `-m set --match-set ${name6} src`,
  }),
  `create ${name4} hash:ip family inet`,
  `create ${name6} hash:ip family inet6`,
  ...addresses.map((ip) => `add ${name4} ${ip}`),
  `add ${name6} fd00::1`,
];
const byAddress = (addresses: readonly string[]) =>
  expectedRules({
    in4: addresses.map((ip) => `-d ${ip}/32`),
    out4: addresses.map((ip) => `-s ${ip}/32`),
    in6: '-d fd00::1/128',
    out6: '-s fd00::1/128',
  });

const ways = [
  { name: 'iptables with sets', globals: 'vrrp_iptables', wanted: (ips: readonly string[]) => bySet('keepalived', 'keepalived6', ips) },
  {
    name: 'iptables with sets of other names',
    globals: 'vrrp_iptables\n  vrrp_ipsets mine mine6',
    wanted: (ips: readonly string[]) => bySet('mine', 'mine6', ips),
  },
  { name: 'iptables without sets', globals: 'vrrp_iptables\n  vrrp_ipsets', wanted: byAddress },
] as const;
const two = ['192.0.2.100', '192.0.2.101'];

/** Start, reload, crash, start, stop: the rules at each point are waited for. Resolves to who answered, and what was left. */
async function playIptables({ globals, wanted }: (typeof ways)[number]) {
  const lan = await createOne('ka-ts', globals);
  try {
    const { host, file, start } = lan.router('a');
    await done(host, `iptables ${administrators}`);
    start();
    await untilMasters(lan);
    await untilRules(host, 'the rules of the start', wanted(two));
    const seen = await reached(lan);
    const before = lan.router('a').daemon.lines.length;
    writeFileSync(file, configuration(globals, '192.0.2.102/24'));
    lan.router('a').daemon.signal('SIGHUP');
    await untilLogged(lan.router('a').daemon, /^Reload complete$/, { from: before });
    await untilRules(host, 'the rules after a reload', wanted([...two, '192.0.2.102']));
    await lan.router('a').daemon.kill();
    start();
    await untilMasters(lan);
    await untilRules(host, 'the rules after a crash, once each', wanted([...two, '192.0.2.102']));
    await lan.router('a').daemon.stop();
    return { seen, left: await rules(host) };
  } finally {
    await lan.destroy();
  }
}

async function playNft(kind: Kind) {
  const lan = await createOne(kind, 'nftables');
  try {
    const { host, start } = lan.router('a');
    const list = () => done(host, 'nft -s list ruleset');
    start();
    await untilMasters(lan);
    const complete = async () => {
      const text = await list();
      return ['192.0.2.100', 'fd00::1', 'fe80::77:1', '"v4"'].every((word) => text.includes(word)) && text;
    };
    const text = await until('all elements', complete, { every: 100 });
    const seen = await reached(lan);
    await lan.router('a').daemon.stop();
    return { text, seen, left: await list() };
  } finally {
    await lan.destroy();
  }
}

/** The body of a table, line by line. */
function table(text: string, name: string): string[] {
  const [, body = ''] = new RegExp(`^table ${name} \\{\\n([^]*?)^\\}`, 'm').exec(text) ?? [];
  return body.split('\n').map((line) => line.trim());
}

describe('firewall rules in the kernel', () => {
  const stage = createStage();
  const iptables = stage.play(ways.map((way) => ({ name: way.name, play: () => playIptables(way) })));
  const nft = stage.play((['ka-ts', 'keepalived'] as const).map((kind) => ({ name: kind, play: () => playNft(kind) })));

  const assertEffect = ({ answers, neighbours }: Awaited<ReturnType<typeof reached>>) => {
    assert.deepEqual(answers, ['192.0.2.1', '192.0.2.120']);
    assert.deepEqual(neighbours, ['192.0.2.1', '192.0.2.100', '192.0.2.101', '192.0.2.120', 'fd00::1'], 'ARP and ND go through');
  };

  for (const { name } of ways) {
    it(`${name}: are listed as meant, follow a reload, outlive a crash once each, and go at stop`, () => {
      assert.deepEqual(iptables(name).left, [administrators, '--6']);
    });
    it(`${name}: keep packets from addresses that do not accept, and let neighbours be found`, () => assertEffect(iptables(name).seen));
  }

  it('nft: are those of keepalived for IPv4', () => {
    const [ours, theirs] = [nft('ka-ts'), nft('keepalived')].map(({ text }) => table(text, 'ip keepalived'));
    assert.ok((theirs?.length ?? 0) > 15);
    assert.deepEqual(ours, theirs);
  });

  it('nft: are those of keepalived 2.4.3 for IPv6', () => {
    // 2.2.7 knows neither shared link-local addresses nor MLD version 1, and matches link-locals by index.
    const ours = table(nft('ka-ts').text, 'ip6 keepalived');
    const known = ours.filter((line) => !/parent_link_local|mld-report|_name|ifname|nd-neighbor-advert/.test(line));
    const theirs = new Set(table(nft('keepalived').text, 'ip6 keepalived'));
    const news = [/^type ipv6_addr \. ifname$/, /^elements = \{ fe80::1 \. "v6" \}$/, /^elements = \{ mld/, /^mld/];
    assert.deepEqual(
      known.filter((line) => !theirs.has(line) && !news.some((pattern) => pattern.test(line))),
      [],
    );
    for (const rule of [
      /^icmpv6 type nd-neighbor-advert .*ip6 saddr \. oifname @parent_link_local drop$/,
      /^icmpv6 type @mld-report .*dup to ip6 daddr device oif map @vmac_map drop$/,
      /^icmpv6 type nd-router-solicit .*drop$/,
      /^ip6 daddr \. iifname @vips_link_local_name drop$/,
      /^ip6 saddr \. oifname @vips_link_local_name drop$/,
      /^ip6 daddr @vips drop$/,
      /^ip6 saddr @vips drop$/,
    ])
      assert.ok(
        ours.some((line) => rule.test(line)),
        `${rule}\n${ours.join('\n')}`,
      );
  });

  it('nft: keep packets from addresses that do not accept, and let neighbours be found', () => assertEffect(nft('ka-ts').seen));

  it('nft: go at stop', () => assert.equal(nft('ka-ts').left, ''));
}).timeout(10_000);
