// SPDX-License-Identifier: MIT
// The IPVS table of a real kernel: what the addon writes is what ipvsadm reads, and what the packaged keepalived makes of the same
// configuration.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { ip } from '../../lib/base/address.ts';
import { type ServiceState, started } from '../../lib/check/core/service.ts';
import { startServiceTable } from '../../lib/check/shell/ipvs.ts';
import type { Config } from '../../lib/config/model.ts';
import { createClock } from '../../lib/kernel/clock.ts';
import { createIpvs } from '../../lib/kernel/ipvs.ts';
import { createTools } from '../../lib/kernel/tools.ts';
import { loadNative } from '../../lib/native/load.ts';
import type { Ipvs, IpvsDestination, IpvsMessage, IpvsService } from '../../lib/ports/ipvs.ts';
import { ipvsadm, savedTable, startJudge } from '../support/ipvs-judge.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { load } from '../unit/config/load.ts';
import { casesWith } from './lvs-cases.ts';

const cases = casesWith(null);
const openIpvs = createIpvs(loadNative(), createTools());
const options = { receiveBuffer: 0, forceReceiveBuffer: false };
const spaces = { ours: `ka-lvs-${process.pid}-o`, judge: `ka-lvs-${process.pid}-j` };

function configOf(text: string): Config {
  const { config } = load(text);
  assert.ok(config, text);
  return config;
}

const poolsOf = (config: Config): ServiceState[] => config.virtual_server.map((vs) => started(vs, false)[0]);

function startOurs(config: Config, onSend: (messages: readonly IpvsMessage[]) => void = () => {}) {
  const log = createMemoryLog();
  const context = {
    openIpvs: async (o: Parameters<typeof openIpvs>[0]): Promise<Ipvs> => {
      const ipvs = await openIpvs({ ...o, namespace: spaces.ours });
      return {
        ...ipvs,
        apply(messages) {
          onSend(messages);
          return ipvs.apply(messages);
        },
      };
    },
    clock: createClock(),
    log,
    // This kernel knows no family of nftables: what the rules do is shown elsewhere, here the services count.
    tools: { run: async () => ({ kind: 'ended', status: 0, output: '', errors: '' }) as const },
  };
  return startServiceTable(config, poolsOf(config), context).then((table) => ({ table, log }));
}

describe('the IPVS table of a kernel', function () {
  this.timeout(120_000);

  before(() => {
    for (const name of Object.values(spaces)) {
      execFileSync('ip', ['netns', 'add', name]);
      for (const line of ['link set lo up', 'link add eth0 type dummy', 'link set eth0 up', 'addr add 10.0.0.250/24 dev eth0'])
        execFileSync('ip', ['-n', name, ...line.split(' ')]);
    }
  });

  after(() => {
    for (const name of Object.values(spaces)) execFileSync('ip', ['netns', 'delete', name]);
  });

  describe('as ipvsadm reads it', () => {
    let ipvs: Ipvs;
    const web: IpvsService = {
      key: { kind: 'address', ip: ip('10.0.0.1'), port: 80, protocol: 'TCP' },
      scheduler: 'rr',
      flags: 0,
      timeout: 0,
      netmask: 0xffffffff,
      engine: '',
    };
    const server: IpvsDestination = {
      ip: ip('10.0.1.1'),
      port: 80,
      method: 'NAT',
      tunnel: null,
      weight: 1,
      upperThreshold: 0,
      lowerThreshold: 0,
    };
    const done = async (...messages: IpvsMessage[]) =>
      assert.deepEqual(
        await ipvs.apply(messages),
        messages.map(() => 0),
      );

    before(async () => {
      ipvs = await openIpvs({ ...options, namespace: spaces.ours });
    });
    afterEach(() => done({ command: 'flush' }));
    after(() => ipvs.close());

    it('answers each message of a batch by itself', async () => {
      const key = web.key;
      const errors = await ipvs.apply([
        { command: 'new_service', service: web },
        { command: 'new_service', service: web },
        { command: 'set_destination', service: key, destination: server },
        { command: 'new_destination', service: key, destination: server },
        { command: 'new_destination', service: { ...key, port: 81 } as typeof key, destination: server },
        { command: 'delete_destination', service: key, destination: { ip: ip('10.0.1.9'), port: 80 } },
        { command: 'new_service', service: { ...web, key: { kind: 'fwmark', mark: 3, family: 4 }, scheduler: 'nonesuch' } },
        { command: 'set_destination', service: key, destination: { ...server, weight: 9 } },
      ]);
      assert.deepEqual(errors, [0, 17, 2, 0, 3, 2, 2, 0]);
      assert.deepEqual(await savedTable(spaces.ours), ['-A -t 10.0.0.1:80 -s rr', '-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 9']);
    });

    it('tells each message its fate in batches beyond one datagram', async () => {
      await done({ command: 'new_service', service: web });
      const many = Array.from({ length: 2000 }, (_, i) => ({ ...server, ip: ip(`10.1.${i >> 8}.${i & 255}`) }));
      await done(...many.map((destination): IpvsMessage => ({ command: 'new_destination', service: web.key, destination })));
      const [entry] = await ipvs.read();
      assert.deepEqual(
        entry?.destinations.map((d) => d.destination),
        // The kernel puts a new one in front.
        many.reverse(),
      );
    });

    it('reads back what it wrote', async () => {
      const services: IpvsService[] = [
        { ...web, flags: 1, timeout: 77, netmask: 0xffffff00 },
        { ...web, key: { kind: 'address', ip: ip('2001:db8::1'), port: 443, protocol: 'SCTP' }, flags: 1, timeout: 5, netmask: 64 },
        { ...web, key: { kind: 'fwmark', mark: 0xfffffffe, family: 6 }, flags: 4 + 8 + 16 + 32, scheduler: 'mh', netmask: 128 },
        { ...web, key: { kind: 'address', ip: ip('10.0.0.1'), port: 5060, protocol: 'UDP' }, flags: 1 + 4, timeout: 9, engine: 'sip' },
      ];
      const tunnel = { ...server, ip: ip('2001:db8::7'), port: 80, method: 'TUN' as const, weight: 2 ** 31 - 1 };
      const inFirst: IpvsDestination[] = [
        { ...server, port: 8080, upperThreshold: 4_000_000_000, lowerThreshold: 3 },
        { ...server, ip: ip('10.0.1.2'), method: 'DR', weight: 0 },
        { ...tunnel, tunnel: { type: 'gue', port: 6080, checksum: 'remcsum' } },
        { ...tunnel, ip: ip('10.0.1.3'), tunnel: { type: 'gre', port: 0, checksum: 'csum' } },
        { ...tunnel, ip: ip('10.0.1.4'), tunnel: { type: 'ipip', port: 0, checksum: 'nocsum' } },
      ];
      await done(
        ...services.map((service): IpvsMessage => ({ command: 'new_service', service })),
        ...inFirst.map((destination): IpvsMessage => ({ command: 'new_destination', service: web.key, destination })),
      );
      for (const service of services) assert.deepEqual((await ipvs.readService(service.key))?.service, service);
      const entry = await ipvs.readService(web.key);
      assert.deepEqual(
        entry?.destinations.map((d) => d.destination),
        inFirst.reverse(),
      );
      assert.equal(entry?.statistics.connections, 0);
      assert.equal((await ipvs.read()).length, 4);
      assert.equal(await ipvs.readService({ kind: 'fwmark', mark: 1, family: 4 }), null);
      // gue, then back to plain: nothing of it stays.
      const plain = { ...tunnel, tunnel: { type: 'ipip', port: 0, checksum: 'nocsum' } } as const;
      await done({ command: 'set_destination', service: web.key, destination: plain });
      assert.deepEqual((await ipvs.readService(web.key))?.destinations[2]?.destination, plain);
    });

    it('knows timeouts and sync daemons', async () => {
      const before = await ipvs.timeouts();
      await done({ command: 'set_timeouts', timeouts: { tcp: 100, udp: 7 } });
      assert.deepEqual(await ipvs.timeouts(), { ...before, tcp: 100, udp: 7 });
      assert.match(await ipvsadm(spaces.ours, '-L', '--timeout'), /100 120 7/);
      await done({ command: 'set_timeouts', timeouts: before });
      const daemon = { ifname: 'eth0', syncId: 200, maxLength: 1000, group: ip('224.0.0.99'), port: 9999, ttl: 5 };
      const both = (['master', 'backup'] as const).map((state) => ({ ...daemon, state }));
      await done(...both.map((d): IpvsMessage => ({ command: 'new_daemon', daemon: d })));
      // A backup takes what comes, in at least a kilobyte.
      assert.deepEqual(await ipvs.daemons(), [both[0], { ...both[1], maxLength: 1024 }]);
      assert.match(await ipvsadm(spaces.ours, '-L', '--daemon'), /master sync daemon.*eth0.*syncid=200.*maxlen=1000.*224\.0\.0\.99/);
      await done(...both.map((d): IpvsMessage => ({ command: 'delete_daemon', daemon: d })));
      assert.deepEqual(await ipvs.daemons(), []);
    });

    it('has nothing to say after close', async () => {
      const other = await openIpvs({ ...options, namespace: spaces.ours });
      other.close();
      other.close();
      await assert.rejects(other.read(), { code: 'ERR_IPVS_CLOSED' });
      await assert.rejects(openIpvs({ ...options, namespace: 'none-such' }), { code: 'ENOENT' });
    });
  });

  describe('that others change too', () => {
    it('keeps what is theirs, gets back what was ours, and a reload of one among 2,000 servers is one message', async () => {
      const text = (weight: number) =>
        `virtual_server 10.0.7.1 80 {\nprotocol TCP\nlvs_sched wrr\nlvs_method NAT\n${Array.from(
          { length: 2000 },
          (_, i) => `real_server 10.2.${i >> 8}.${i & 255} 80 {\nweight ${i === 1234 ? weight : 1}\n}\n`,
        ).join('')}}\n`;
      const sent: IpvsMessage[] = [];
      const config = configOf(text(1));
      const { table } = await startOurs(config, (messages) => void sent.push(...messages));
      try {
        assert.equal(sent.length, 2001);
        await ipvsadm(spaces.ours, '-A', '-t', '10.9.9.9:443', '-s', 'sh');
        await ipvsadm(spaces.ours, '-a', '-t', '10.9.9.9:443', '-r', '10.9.1.1:443', '-m');
        for (const order of [
          '-d -t 10.0.7.1:80 -r 10.2.0.7:80',
          '-e -t 10.0.7.1:80 -r 10.2.0.8:80 -m -w 99',
          '-a -t 10.0.7.1:80 -r 10.2.200.1:80 -m',
        ])
          await ipvsadm(spaces.ours, ...order.split(' '));
        sent.length = 0;
        await table.load(config, poolsOf(config));
        assert.deepEqual(sent.map((m) => m.command).sort(), ['delete_destination', 'new_destination', 'set_destination']);
        sent.length = 0;
        const next = configOf(text(5));
        await table.load(next, poolsOf(next));
        assert.deepEqual(
          sent.map((m) => m.command === 'set_destination' && [m.destination.ip, m.destination.weight]),
          [['10.2.4.210', 5]],
        );
      } finally {
        await table.stop(false);
      }
      assert.deepEqual(await savedTable(spaces.ours), ['-A -t 10.9.9.9:443 -s sh', '-a -t 10.9.9.9:443 -r 10.9.1.1:443 -m -w 1']);
      await ipvsadm(spaces.ours, '-C');
    });
  });

  describe('beside keepalived', () => {
    for (const { name, text } of [
      { name: 'services and servers', text: cases.map((c) => c.text).join('\n') },
      // A kernel with a sync daemon takes no server of the other family.
      {
        name: 'timeouts and the sync daemon',
        text: `global_defs {
          lvs_timeouts tcp 1000 tcpfin 60 udp 90
          lvs_sync_daemon eth0 id 77 maxlen 1200 port 9998 ttl 2 group 224.0.0.98
        }
        ${cases[0]?.text}`,
      },
      {
        name: 'groups under marks',
        text: `global_defs {\n nftables_ipvs\n nftables_ipvs_start_fwmark 2000\n}
        virtual_server_group A {\n 10.0.10.1 80\n 10.0.10.2-4 81\n}
        virtual_server_group SIX {\n 2001:db8:5::1-3 80\n}
        virtual_server_group OWN {\n 10.0.11.1 80\n fwmark 11\n}
        ${['A TCP NAT 10.0.1.1 8080', 'A UDP DR 10.0.1.1', 'OWN TCP NAT 10.0.1.1 80', 'SIX SCTP TUN 2001:db8:1::1', 'A SCTP NAT 10.0.1.2']
          .map((line) => line.split(' '))
          .map(
            ([group, protocol, method, ...server]) =>
              `virtual_server group ${group} {\n protocol ${protocol}\n lvs_sched rr\n lvs_method ${method}\n real_server ${server.join(' ')} {\n }\n}\n`,
          )
          .join('')}`,
      },
      {
        name: 'other timeouts and another sync daemon',
        text: `global_defs {\n lvs_timeouts udp 10\n lvs_sync_daemon eth0\n lvs_flush\n lvs_flush_on_stop VS\n}\n${cases[1]?.text}`,
      },
    ]) {
      it(`begins and ends the same: ${name}`, async () => {
        const judge = await startJudge(spaces.judge, text);
        const { table, log } = await startOurs(configOf(text));
        try {
          assert.deepEqual(await savedTable(spaces.ours), await savedTable(spaces.judge));
          for (const list of ['--timeout', '--daemon'])
            assert.equal(await ipvsadm(spaces.ours, '-L', list), await ipvsadm(spaces.judge, '-L', list));
          assert.deepEqual(log.lines, ['Initializing ipvs']);
        } finally {
          await judge.stop();
          await table.stop(false);
        }
        assert.deepEqual(await savedTable(spaces.ours), ['']);
        assert.deepEqual(await savedTable(spaces.judge), ['']);
        for (const list of ['--timeout', '--daemon'])
          assert.equal(await ipvsadm(spaces.ours, '-L', list), await ipvsadm(spaces.judge, '-L', list));
      });
    }
  });
});
