// SPDX-License-Identifier: MIT
// Virtual MACs on the wire: ../shared/scenarios/vmac.conf with ka-ts and keepalived in each role, adverts from the virtual MAC,
// IPv6, and what keepalived makes of the same configuration. tshark, ip, nft and /proc are the judges.

import assert from 'node:assert/strict';
import type { Host } from '../../lib/lab/host.ts';
import { type Kind, pairings, untilLogged } from '../support/daemon.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, garps, type Lan, neighborAdverts, now, type Recording } from '../support/lan.ts';
import { scenarioFile } from '../support/shared.ts';
import { until } from '../support/until.ts';

interface Case {
  readonly title: string;
  readonly vip: string;
  readonly client: string;
  readonly routers: readonly [string, string];
  readonly vmac: string;
  readonly device: string;
  /** Where adverts come from. */
  readonly adverts: 'base' | 'virtual';
  readonly configuration: (priority: number) => string;
}

const baseMac = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as const;

const cases: readonly Case[] = [
  {
    title: 'vmac.conf: adverts from the interface below',
    vip: '10.100.10.254',
    client: '10.100.10.100/24',
    routers: ['10.100.10.1', '10.100.10.2'],
    vmac: '00:00:5e:00:01:fa',
    device: 'vrrp.250',
    adverts: 'base',
    configuration: (priority) => scenarioFile('vmac.conf').replace('priority 150', `priority ${priority}`),
  },
  {
    title: 'version 3: adverts from the virtual MAC',
    vip: '192.0.2.100',
    client: '192.0.2.200/24',
    routers: ['192.0.2.1', '192.0.2.2'],
    vmac: '00:00:5e:00:01:33',
    device: 'vrrp.51',
    adverts: 'virtual',
    configuration: (priority) => `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.5
    priority ${priority}
    use_vmac
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`,
  },
  {
    title: 'IPv6: adverts from the virtual MAC',
    vip: '2001:db8::100',
    client: '192.0.2.200/24',
    routers: ['192.0.2.1', '192.0.2.2'],
    vmac: '00:00:5e:00:02:34',
    device: 'vrrp.52',
    adverts: 'virtual',
    configuration: (priority) => `
vrrp_instance VI_6 {
    interface eth0
    virtual_router_id 52
    version 3
    advert_int 0.5
    priority ${priority}
    use_vmac
    virtual_ipaddress {
        fe80::100/64
        2001:db8::100/64
    }
}
`,
  },
];

interface Played extends Recording {
  readonly stopped: number;
  /** Link-layer address of the virtual address in the client's table before and after the takeover. */
  readonly neighbour: readonly [string, string];
  readonly linksAfterStop: readonly string[];
  readonly end: number;
}

async function play(c: Case, kinds: readonly [Kind, Kind]): Promise<Played> {
  const six = c.vip.includes(':');
  const lan = await createLan({
    ifname: 'eth0',
    client: c.client,
    routers: ([0, 1] as const).map((n) => ({
      name: `node${n + 1}`,
      kind: kinds[n],
      address: `${c.routers[n]}/24`,
      mac: baseMac[n],
      ...(six ? { ipv6: [`fe80::${n + 1}/64`, `2001:db8::${n + 1}/64`] } : {}),
      configuration: c.configuration(n === 0 ? 150 : 100),
    })),
  });
  try {
    if (six) await expectDone(lan.client, ['ip', 'address', 'add', '2001:db8::200/64', 'dev', 'eth0', 'nodad']);
    const [one, two] = [lan.router('node1'), lan.router('node2')];
    one.start();
    await untilLogged(one.daemon, /Entering BACKUP STATE/);
    two.start();
    await untilHeld(one.host, c);
    await until('the client reaches it', () => reaches(lan.client, c.vip));
    const before = await neighbour(lan.client, c.vip);
    const stopped = now();
    await one.daemon.stop();
    await untilHeld(two.host, c);
    await until('the client reaches the other one', () => reaches(lan.client, c.vip));
    const after = await neighbour(lan.client, c.vip);
    const end = now();
    const linksAfterStop = await madeLinks(one.host);
    return { ...(await lan.recording()), stopped, neighbour: [before, after], linksAfterStop, end };
  } finally {
    await lan.destroy();
  }
}

async function expectDone(host: Host, argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await host.run(argv);
  assert.equal(status, 0, `${argv.join(' ')}: ${stderr}`);
  return stdout;
}

async function untilHeld(host: Host, { vip, device }: Case): Promise<void> {
  await until(`${host.name} has ${vip} on ${device}`, async () => {
    const { stdout } = await host.run(['ip', '-o', 'address', 'show', 'dev', device]);
    return stdout.includes(` ${vip}/`);
  });
}

async function reaches(client: Host, address: string): Promise<boolean> {
  return (await client.run(['ping', '-n', '-c', '1', '-W', '1', address])).status === 0;
}

async function neighbour(client: Host, address: string): Promise<string> {
  return /lladdr (\S+)/.exec(await expectDone(client, ['ip', 'neigh', 'show', address]))?.[1] ?? '';
}

async function madeLinks(host: Host): Promise<string[]> {
  const shown = JSON.parse(await expectDone(host, ['ip', '-json', 'link', 'show'])) as { ifname: string }[];
  return shown.map((l) => l.ifname).filter((name) => name.startsWith('vrrp'));
}

/** b does not hear what comes from the virtual MAC, as behind a hypervisor that lets no foreign MAC out. */
async function playFiltered(): Promise<readonly string[]> {
  const c = cases[1] as Case;
  const lan = await createLan({
    ifname: 'eth0',
    client: c.client,
    routers: ([0, 1] as const).map((n) => ({
      name: n === 0 ? 'a' : 'b',
      kind: 'ka-ts' as const,
      address: `${c.routers[n]}/24`,
      configuration: c.configuration(n === 0 ? 150 : 100),
    })),
  });
  try {
    const [a, b] = [lan.router('a'), lan.router('b')];
    const rule =
      'table ip f { chain c { type filter hook prerouting priority -300; ether saddr 00:00:5e:00:01:33 ip protocol 112 drop\n}\n}\n';
    await expectDone(b.host, ['nft', rule]);
    const { lines } = a.start();
    b.start();
    await untilLogged(a.daemon, /NOTICE: .*filters/);
    return lines.map((l) => l.text);
  } finally {
    await lan.destroy();
  }
}

/** What a router has made of its configuration: link, addresses, settings, rules. */
interface Made {
  readonly link: object;
  readonly addresses: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly rules: string;
}

const both = `
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.2
    priority 150
    use_vmac
    no_accept
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
}
`;

async function playAlone(kind: Kind): Promise<Made> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: [{ name: 'router', kind, address: '192.0.2.1/24', mac: baseMac[0], configuration: both }],
  });
  try {
    return await look(lan);
  } finally {
    await lan.destroy();
  }
}

async function look(lan: Lan): Promise<Made> {
  const { host, start } = lan.router('router');
  start();
  const rules = await until('addresses and rules are set', async () => {
    const shown = (await host.run(['ip', '-o', 'address', 'show', 'dev', 'vrrp.51'])).stdout;
    const { stdout } = await host.run(['nft', 'list', 'table', 'ip', 'keepalived']);
    return shown.includes('192.0.2.101/') && stdout.includes('192.0.2.101') ? stdout : undefined;
  });
  const [link] = JSON.parse(await expectDone(host, ['ip', '-details', '-json', 'link', 'show', 'vrrp.51']));
  const keys = ['arp_ignore', 'arp_filter', 'accept_local', 'rp_filter', 'promote_secondaries'];
  const settings: Record<string, string> = {};
  for (const name of ['eth0', 'vrrp.51']) {
    for (const key of keys) settings[`${name} ${key}`] = (await expectDone(host, ['cat', `/proc/sys/net/ipv4/conf/${name}/${key}`])).trim();
  }
  settings.disable_ipv6 = (await expectDone(host, ['cat', '/proc/sys/net/ipv6/conf/vrrp.51/disable_ipv6'])).trim();
  return {
    link: { mac: link.address, base: link.link, mtu: link.mtu, mode: link.linkinfo.info_data.mode, ipv6: link.inet6_addr_gen_mode },
    addresses: await host.addresses('vrrp.51'),
    settings,
    rules,
  };
}

describe('virtual MACs on the wire', function () {
  this.timeout(20_000);
  const stage = createStage();
  const plays = cases.flatMap((c) => pairings().map((kinds) => ({ name: `${c.title}: ${kinds.join(' then ')}`, c, kinds })));
  const result = stage.play(plays.map(({ name, c, kinds }) => ({ name, play: () => play(c, kinds) })));
  const alone = stage.play((['ka-ts', 'keepalived'] as const).map((kind) => ({ name: kind, play: () => playAlone(kind) })));

  const filtered = stage.play([{ name: 'filtered', play: playFiltered }]);

  for (const { name, c, kinds } of plays) {
    describe(name, () => {
      const ours = ([0, 1] as const).filter((n) => kinds[n] === 'ka-ts');
      const six = c.vip.includes(':');

      it('sends well-formed packets', () => assertWellFormed(result(name).packets));

      it(`sends adverts from the ${c.adverts === 'base' ? "interface's own" : 'virtual'} MAC`, () => {
        for (const n of ours) {
          const source = six ? `fe80::${n + 1}` : c.routers[n];
          const sent = adverts(result(name).packets, { source });
          assert.ok(sent.length > 0, `no adverts of ${source}`);
          const wanted = c.adverts === 'base' ? baseMac[n] : c.vmac;
          for (const p of sent) assert.equal(p.sourceMac, wanted, `frame ${p.number}`);
        }
      });

      it('announces the addresses with the virtual MAC', () => {
        const { packets, stopped, end } = result(name);
        for (const n of ours) {
          const [from, to] = n === 0 ? [-Infinity, stopped] : [stopped, end];
          const sent = six ? neighborAdverts(packets, c.vip, from, to) : garps(packets, c.vip, from, to);
          assert.ok(sent.length >= 5, `${sent.length} announcements by ${kinds[n]}`);
          for (const p of sent) assert.equal(p.sourceMac, c.vmac, `frame ${p.number}`);
        }
      });

      // keepalived's interface below names the address with its own MAC when it looks for the client.
      it('leaves the entry of the client as it is over the takeover', () => {
        for (const n of ours) assert.equal(result(name).neighbour[n], c.vmac, `while ${kinds[n]} holds it`);
      });

      if (!six) {
        it('answers ARP for it from the virtual MAC alone', () => {
          const replies = result(name).packets.filter((p) => p.kind === 'arp' && p.arpOperation === 2 && p.source === c.vip);
          for (const p of replies) assert.equal(p.arpSenderMac, c.vmac, `frame ${p.number}`);
        });

        it('lets no IGMP report of the group out with the virtual MAC', () => {
          const sent = result(name).packets.filter((p) => p.sourceMac === c.vmac && p.destinationMac === '01:00:5e:00:00:16');
          assert.deepEqual(sent, []);
        });
      }

      if (kinds[0] === 'ka-ts') it('removes the interface when it stops', () => assert.deepEqual(result(name).linksAfterStop, []));
    });
  }

  it('says what to look for where the network filters the virtual MAC', () => {
    const said = filtered('filtered').filter((line) => /filters/.test(line));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /^NOTICE: \(VI_1\) 192\.0\.2\.2 goes on advertising with lower priority 100: .*00:00:5e:00:01:33/);
  });

  describe('what is made of a configuration', () => {
    it('is the interface that keepalived makes', () => {
      assert.deepEqual(alone('ka-ts').link, alone('keepalived').link);
      assert.deepEqual(alone('ka-ts').addresses, alone('keepalived').addresses);
    });

    it('has the settings that keepalived sets', () => assert.deepEqual(alone('ka-ts').settings, alone('keepalived').settings));

    it('has the rules that keepalived writes', () => assert.equal(alone('ka-ts').rules, alone('keepalived').rules));
  });
});
