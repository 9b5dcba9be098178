// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seconds } from '../../../lib/base/time.ts';
import { judged, type ServiceState, started, weighed } from '../../../lib/check/core/service.ts';
import { startServiceTable } from '../../../lib/check/shell/ipvs.ts';
import { compare, remember } from '../../../lib/check/shell/ipvs-compare.ts';
import { desired } from '../../../lib/check/shell/ipvs-desired.ts';
import { type KnownTable, tableOf } from '../../../lib/check/shell/ipvs-table.ts';
import type { Config } from '../../../lib/config/model.ts';
import type { IpvsMessage } from '../../../lib/ports/ipvs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeIpvs } from '../../support/fake-ipvs.ts';
import { createFakeNft } from '../../support/fake-nft.ts';
import { createMemoryLog } from '../../support/memory-log.ts';
import { load } from '../config/load.ts';

function configOf(text: string): Config {
  const { config } = load(text);
  assert.ok(config);
  return config;
}

const poolsOf = (config: Config): ServiceState[] => config.virtual_server.map((vs) => started(vs, false)[0]);

/** A TCP service with NAT servers 10.0.1.1 …, these lines in each. */
function service(header: string, servers: readonly string[], lines = ''): string {
  const real = servers.map((s, i) => `  real_server 10.0.1.${i + 1} 8080 {\n${s}\n  }`);
  return `virtual_server ${header} {\n  protocol TCP\n  lvs_sched rr\n  lvs_method NAT\n${lines}\n${real.join('\n')}\n}\n`;
}

function pool(state: readonly ServiceState[], index: number): ServiceState {
  const found = state[index];
  assert.ok(found);
  return found;
}

function vsOf(config: Config, index = 0) {
  const vs = config.virtual_server[index];
  assert.ok(vs);
  return vs;
}

async function table(config: Config, pools = poolsOf(config)) {
  const ipvs = createFakeIpvs();
  const clock = createFakeClock();
  const log = createMemoryLog();
  const tools = createFakeNft();
  const start = (c = config, p = pools) => startServiceTable(c, p, { openIpvs: async () => ipvs, clock, log, tools });
  return { ipvs, clock, log, start, pools, tools };
}

const turn = () => new Promise((done) => setImmediate(done));

describe('the wanted table', () => {
  it('has flags, persistence and methods in the numbers of the kernel', () => {
    const config = configOf(`virtual_server 10.0.0.1 80 {
      protocol TCP
      lvs_sched sh
      sh-port
      sh-fallback
      lvs_method TUN type gue port 6080 remcsum
      persistence_timeout 90
      persistence_granularity 255.255.255.128
      persistence_engine sip
      real_server 10.0.1.1 80 {
        weight 7
        uthreshold 100
        lthreshold 10
      }
      real_server 10.0.1.2 80 {
        lvs_method DR
      }
    }
    virtual_server fwmark 9 {
      ip_family inet6
      lvs_sched mh
      mh-port
      flag-3
      ops
      lvs_method NAT
      persistence_timeout 5
      persistence_granularity 64
      real_server 2001:db8::1 81 {
      }
    }
    `);
    const [first, second] = desired(config, poolsOf(config)).values();
    assert.deepEqual(first?.service, {
      key: config.virtual_server[0]?.key,
      scheduler: 'sh',
      flags: 1 + 8 + 16,
      timeout: 90,
      netmask: 0xffffff80,
      engine: 'sip',
    });
    assert.deepEqual(
      [...(first?.destinations.values() ?? [])],
      [
        {
          ip: '10.0.1.1',
          port: 80,
          method: 'TUN',
          tunnel: { type: 'gue', port: 6080, checksum: 'remcsum' },
          weight: 7,
          upperThreshold: 100,
          lowerThreshold: 10,
        },
        { ip: '10.0.1.2', port: 80, method: 'DR', tunnel: null, weight: 1, upperThreshold: 0, lowerThreshold: 0 },
      ],
    );
    assert.deepEqual(second?.service, {
      key: { kind: 'fwmark', mark: 9, family: 6 },
      scheduler: 'mh',
      flags: 1 + 4 + 16 + 32,
      timeout: 5,
      netmask: 64,
      engine: '',
    });
    assert.deepEqual([...(second?.destinations.keys() ?? [])], ['2001:db8::1:81']);
  });

  it('makes every address of a group a service of the family, then its marks', () => {
    const group =
      'virtual_server_group G {\n 10.0.0.254-10.0.1.1 80\n fwmark 5 inet\n fwmark 6 inet6\n 2001:db8::fffe-2001:db8::1:0 81\n}\n';
    const v4 = configOf(group + service('group G', ['']));
    const wanted = desired(v4, poolsOf(v4));
    assert.deepEqual([...wanted.keys()], ['10.0.0.254:tcp:80', '10.0.0.255:tcp:80', '10.0.1.0:tcp:80', '10.0.1.1:tcp:80', 'Fwm 5']);
    assert.deepEqual([...(wanted.get('Fwm 5')?.destinations.keys() ?? [])], ['10.0.1.1:8080']);
    const v6 = configOf(
      `${group}virtual_server group G {\n protocol UDP\n lvs_sched rr\n lvs_method DR\n ip_family inet6\n real_server 2001:db8::99 9 {\n }\n}\n`,
    );
    const six = desired(v6, poolsOf(v6));
    assert.deepEqual([...six.keys()], ['2001:db8::fffe:udp:81', '2001:db8::ffff:udp:81', '2001:db8::1:0:udp:81', 'Fwm 6 inet6']);
    // Routed packets keep the port of the service, under a mark any.
    assert.deepEqual([...(six.get('2001:db8::ffff:udp:81')?.destinations.keys() ?? [])], ['2001:db8::99:81']);
    assert.deepEqual([...(six.get('Fwm 6 inet6')?.destinations.keys() ?? [])], ['2001:db8::99:0']);
  });

  it('ends a range that is a slip of the pen', () => {
    const config = configOf(`virtual_server_group G {\n 10.0.0.0/8 80\n}\n${service('group G', [''])}`);
    assert.equal(desired(config, poolsOf(config)).size, 65_536);
  });

  it('joins what several virtual servers say of one service', () => {
    const text = 'virtual_server_group G {\n fwmark 5\n 10.0.0.1 80\n}\n';
    const config = configOf(`${text}${service('group G', ['', ''])}${service('group G', ['weight 5'], 'protocol UDP')}`);
    const wanted = desired(config, poolsOf(config));
    assert.deepEqual([...wanted.keys()], ['10.0.0.1:tcp:80', 'Fwm 5', '10.0.0.1:udp:80']);
    const marked = wanted.get('Fwm 5')?.destinations;
    assert.deepEqual(
      [...(marked ?? [])].map(([id, d]) => `${id} ${d.weight}`),
      ['10.0.1.1:8080 5', '10.0.1.2:8080 1'],
    );
  });

  it('follows a pool through failure, sorry server and return', () => {
    const config = configOf(service('10.0.0.1 80', ['inhibit_on_failure\nTCP_CHECK {\n}', 'TCP_CHECK {\n}'], 'sorry_server 10.0.2.1 90'));
    const vs = vsOf(config);
    const shown = (state: ServiceState) =>
      [...(desired(config, [state]).get('10.0.0.1:tcp:80')?.destinations ?? [])].map(([id, d]) => `${id} ${d.weight}`);
    let state = pool(poolsOf(config), 0);
    assert.deepEqual(shown(state), ['10.0.1.1:8080 1', '10.0.1.2:8080 1']);
    state = judged(vs, state, 0, 0, false)[0];
    assert.deepEqual(shown(state), ['10.0.1.1:8080 0', '10.0.1.2:8080 1']);
    state = judged(vs, state, 1, 0, false)[0];
    assert.deepEqual(shown(state), ['10.0.1.1:8080 0', '10.0.2.1:90 1']);
    state = judged(vs, state, 0, 0, true)[0];
    assert.deepEqual(shown(state), ['10.0.1.1:8080 1']);
    state = weighed(vs, state, 0, 0, 41)[0];
    assert.deepEqual(shown(state), ['10.0.1.1:8080 42']);
    // Negative weights are none.
    state = weighed(vs, judged(vs, state, 1, 0, true)[0], 0, 0, -5)[0];
    assert.deepEqual(shown(state), ['10.0.1.1:8080 0', '10.0.1.2:8080 1']);
  });

  it('takes a server that is the sorry server too for the one whose turn it is', () => {
    const text = service(
      '10.0.0.1 80',
      ['weight 3\nTCP_CHECK {\n}'],
      'inhibit_on_failure\nsorry_server 10.0.1.1 8080\nsorry_server_inhibit',
    );
    const config = configOf(text);
    const weights = (state: ServiceState) =>
      [...(desired(config, [state]).get('10.0.0.1:tcp:80')?.destinations ?? [])].map(([id, d]) => `${id} ${d.weight}`);
    const up = pool(poolsOf(config), 0);
    assert.deepEqual(weights(up), ['10.0.1.1:8080 3']);
    assert.deepEqual(weights(judged(vsOf(config), up, 0, 0, false)[0]), ['10.0.1.1:8080 1']);
  });
});

describe('the comparison', () => {
  const config = (weights: readonly number[], lines = '') =>
    configOf(
      service(
        '10.0.0.1 80',
        weights.map((w) => `weight ${w}`),
        lines,
      ),
    );
  const wanted = (c: Config) => desired(c, poolsOf(c));
  const told = (messages: readonly IpvsMessage[]) => messages.map((m) => m.command);

  it('says nothing where nothing differs', () => {
    assert.deepEqual(compare(wanted(config([1, 2])), wanted(config([1, 2])), []), []);
  });

  it('needs one message for one changed weight among two thousand servers', () => {
    const many = (changed: number) => {
      const real = Array.from(
        { length: 2000 },
        (_, i) => `real_server 10.1.${i >> 8}.${i & 255} 80 {\n weight ${i === 1234 ? changed : 1}\n}`,
      );
      return wanted(configOf(`virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched rr\n lvs_method NAT\n${real.join('\n')}\n}\n`));
    };
    const [message, ...others] = compare(many(1), many(9), ['10.0.0.1:tcp:80']);
    assert.deepEqual(others, []);
    assert.ok(message?.command === 'set_destination');
    assert.deepEqual([message.destination.ip, message.destination.weight], ['10.1.4.210', 9]);
  });

  it('makes anew only what is another thing, so that one of thousands costs little', () => {
    const config = configOf(service('10.0.0.1 80', ['', '', '']));
    const [vs] = config.virtual_server;
    assert.ok(vs);
    const before = pool(poolsOf(config), 0);
    const destinations = (state: ServiceState) =>
      [...desired(config, [state, ...poolsOf(config).slice(1)]).values()].flatMap((e) => [...e.destinations.values()]);
    const first = destinations(before);
    const second = destinations(weighed(vs, before, 0, 0, 5)[0]);
    const again = destinations(before);
    assert.equal(second[0]?.weight, (first[0]?.weight ?? 0) + 5);
    assert.ok(first.slice(1).every((d, i) => d === second[i + 1]));
    assert.deepEqual(again, first);
  });

  it('adds before it removes, and removes services only of ours', () => {
    const have = wanted(configOf(service('10.0.0.1 80', ['', '']) + service('10.0.0.9 80', [''])));
    const want = wanted(configOf(service('10.0.0.1 80', ['weight 2']).replace('10.0.1.1', '10.0.1.7')));
    assert.deepEqual(told(compare(have, want, [])), ['new_destination', 'delete_destination', 'delete_destination']);
    assert.deepEqual(told(compare(have, want, ['10.0.0.9:tcp:80', '10.0.0.1:tcp:80', '10.0.0.5:tcp:80'])), [
      'delete_service',
      'new_destination',
      'delete_destination',
      'delete_destination',
    ]);
  });

  it('changes a service in place, and does not look at times without persistence', () => {
    const plain = wanted(config([1]));
    assert.deepEqual(told(compare(plain, wanted(config([1], 'lvs_sched wrr')), [])), ['set_service']);
    assert.deepEqual(told(compare(plain, wanted(config([1], 'persistence_timeout 7')), [])), ['set_service']);
    const entry = plain.get('10.0.0.1:tcp:80');
    assert.ok(entry);
    const other: KnownTable = new Map([['10.0.0.1:tcp:80', { ...entry, service: { ...entry.service, timeout: 360, netmask: 1 } }]]);
    assert.deepEqual(compare(other, plain, []), []);
  });

  it('leads from any table to any other', () => {
    const server = fc.record({ ip: fc.integer({ min: 1, max: 6 }), weight: fc.integer({ min: 0, max: 3 }), dr: fc.boolean() });
    const one = fc.record({
      port: fc.integer({ min: 80, max: 83 }),
      sched: fc.constantFrom('rr', 'wlc'),
      servers: fc.array(server, { minLength: 1 }),
    });
    const textOf = (
      services: readonly { port: number; sched: string; servers: readonly { ip: number; weight: number; dr: boolean }[] }[],
    ) =>
      services
        .map(({ port, sched, servers }) => {
          const real = servers.map(
            (s) => `real_server 10.0.1.${s.ip} ${port} {\n weight ${s.weight}\n lvs_method ${s.dr ? 'DR' : 'NAT'}\n}`,
          );
          return `virtual_server 10.0.0.1 ${port} {\n protocol TCP\n lvs_sched ${sched}\n lvs_method NAT\n${real.join('\n')}\n}\n`;
        })
        .join('');
    fc.assert(
      fc.property(fc.array(one, { maxLength: 4 }), fc.array(one, { maxLength: 4 }), (a, b) => {
        const have = wanted(configOf(textOf(a)));
        const want = wanted(configOf(textOf(b)));
        const messages = compare(have, want, [...have.keys()]);
        for (const message of messages) remember(have, message);
        assert.deepEqual(compare(have, want, [...have.keys()]), []);
        assert.deepEqual(new Set(have.keys()), new Set(want.keys()));
        for (const [id, { destinations }] of want) assert.deepEqual(new Map(have.get(id)?.destinations), new Map(destinations));
      }),
      { numRuns: 200 },
    );
  });
});

describe('the table in the kernel', () => {
  const text = service('10.0.0.1 80', ['TCP_CHECK {\n}', 'TCP_CHECK {\n}']);

  it('is filled in one batch, and others keep theirs', async () => {
    const { ipvs, start } = await table(configOf(text));
    const foreign = [...desired(configOf(service('10.9.9.9 80', [''])), poolsOf(configOf(service('10.9.9.9 80', ['']))))][0]?.[1];
    assert.ok(foreign);
    await ipvs.apply([{ command: 'new_service', service: foreign.service }]);
    ipvs.calls.length = 0;
    const served = await start();
    assert.deepEqual(ipvs.calls, [
      'new_service 10.0.0.1:TCP:80',
      'new_destination 10.0.0.1:TCP:80 -> 10.0.1.1:8080 w1',
      'new_destination 10.0.0.1:TCP:80 -> 10.0.1.2:8080 w1',
      '--',
    ]);
    await served.stop(false);
    assert.deepEqual(ipvs.shown(), ['10.9.9.9:TCP:80 rr']);
    assert.ok(ipvs.closed);
  });

  it('sends what one turn changes together, and answers when the kernel has', async () => {
    const config = configOf(text);
    const { ipvs, start, pools } = await table(config);
    const served = await start();
    ipvs.calls.length = 0;
    const vs = vsOf(config);
    const one = judged(vs, pool(pools, 0), 0, 0, false)[0];
    const two = judged(vs, one, 1, 0, false)[0];
    let answered = 0;
    const first = served.update(0, one).then(() => answered++);
    const second = served.update(0, two).then(() => answered++);
    assert.equal(answered, 0);
    await Promise.all([first, second]);
    assert.deepEqual(ipvs.calls, [
      'delete_destination 10.0.0.1:TCP:80 -> 10.0.1.1:8080',
      'delete_destination 10.0.0.1:TCP:80 -> 10.0.1.2:8080',
      '--',
    ]);
    assert.equal(ipvs.reads, 1);
  });

  it('needs one message when a reload changes one of two thousand servers', async () => {
    const many = (weight: number) =>
      configOf(
        `virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_sched rr\n lvs_method NAT\n${Array.from({ length: 2000 }, (_, i) => `real_server 10.1.${i >> 8}.${i & 255} 80 {\n weight ${i === 7 ? weight : 1}\n}`).join('\n')}\n}\n`,
      );
    const { ipvs, start } = await table(many(1));
    const served = await start();
    ipvs.calls.length = 0;
    await served.load(many(5), poolsOf(many(5)));
    assert.deepEqual(ipvs.taken(), ['set_destination 10.0.0.1:TCP:80 -> 10.1.0.7:80 w5']);
  });

  it('takes away what a reload leaves out, and nothing of others', async () => {
    const { ipvs, start } = await table(configOf(text + service('10.0.0.2 80', [''])));
    const served = await start();
    ipvs.calls.length = 0;
    const next = configOf(text);
    await served.load(next, poolsOf(next));
    assert.deepEqual(ipvs.taken(), ['delete_service 10.0.0.2:TCP:80']);
  });

  it('finds by a reload what others have changed in its services', async () => {
    const config = configOf(text);
    const { ipvs, start } = await table(config);
    const served = await start();
    const key = vsOf(config).key as Extract<IpvsMessage, { command: 'delete_service' }>['service'];
    await ipvs.apply([
      { command: 'delete_destination', service: key, destination: { ip: '10.0.1.1' as never, port: 8080 } },
      {
        command: 'new_destination',
        service: key,
        destination: { ip: '10.7.7.7' as never, port: 80, method: 'NAT', tunnel: null, weight: 1, upperThreshold: 0, lowerThreshold: 0 },
      },
    ]);
    ipvs.calls.length = 0;
    await served.load(config, poolsOf(config));
    assert.deepEqual(ipvs.taken(), [
      'new_destination 10.0.0.1:TCP:80 -> 10.0.1.1:8080 w1',
      'delete_destination 10.0.0.1:TCP:80 -> 10.7.7.7:80',
    ]);
  });

  it('looks again at once when the kernel knows better', async () => {
    const config = configOf(text);
    const { ipvs, start, pools, log } = await table(config);
    const served = await start();
    const key = vsOf(config).key as Extract<IpvsMessage, { command: 'delete_service' }>['service'];
    // Somebody empties the table.
    await ipvs.apply([{ command: 'delete_service', service: key }]);
    await served.update(0, weighed(vsOf(config), pool(pools, 0), 0, 0, 4)[0]);
    assert.deepEqual(ipvs.shown(), ['10.0.0.1:TCP:80 rr', '10.0.0.1:TCP:80 -> 10.0.1.1:8080 w5', '10.0.0.1:TCP:80 -> 10.0.1.2:8080 w1']);
    assert.deepEqual(log.lines.slice(1), [
      'IPVS cmd IP_VS_SO_SET_EDITDEST(1161) error: No such service(3) (10.0.0.1:tcp:80 -> 10.0.1.1:8080)',
    ]);
  });

  it('looks again when answers were lost', async () => {
    const { ipvs, start } = await table(configOf(text));
    ipvs.loseNext = true;
    await start();
    assert.equal(ipvs.reads, 2);
    assert.equal(ipvs.shown().length, 3);
  });

  it('says once what keeps being refused, and tries again after a while', async () => {
    const { ipvs, start, clock, log } = await table(configOf(text));
    ipvs.unknownSchedulers.add('rr');
    await start();
    const line = 'IPVS cmd IP_VS_SO_SET_ADD(1154) error: Scheduler or persistence engine not found(2) (10.0.0.1:tcp:80)';
    assert.deepEqual(log.lines.slice(1), [line]);
    clock.advance(seconds(30));
    await turn();
    await turn();
    assert.deepEqual(log.lines.slice(1), [line]);
    ipvs.unknownSchedulers.clear();
    clock.advance(seconds(30));
    await turn();
    await turn();
    assert.equal(ipvs.shown().length, 3);
    assert.equal(clock.pending(), 0);
  });

  it('outlives a table that cannot be read', async () => {
    const { ipvs, start, clock, log } = await table(configOf(text));
    ipvs.readError = 'ENOBUFS';
    await start();
    assert.deepEqual(log.lines.slice(1), ['IPVS: netlink request: ENOBUFS']);
    clock.advance(seconds(30));
    await turn();
    await turn();
    assert.equal(ipvs.shown().length, 3);
  });

  it('keeps what a neighbour has in a shared service', async () => {
    const groups = 'virtual_server_group A {\n fwmark 1\n fwmark 2\n}\nvirtual_server_group B {\n fwmark 2\n fwmark 3\n}\n';
    const config = configOf(
      `${groups}${service('group A', ['TCP_CHECK {\n}'])}${service('group B', ['']).replace('10.0.1.1', '10.0.1.2')}${service('fwmark 3', ['']).replace('10.0.1.1', '10.0.1.3')}`,
    );
    const { ipvs, start, pools } = await table(config);
    const served = await start();
    const before = ipvs.shown();
    ipvs.calls.length = 0;
    await served.update(0, judged(vsOf(config), pool(pools, 0), 0, 0, false)[0]);
    assert.deepEqual(ipvs.taken(), ['delete_destination mark 1 IPv4 -> 10.0.1.1:8080', 'delete_destination mark 2 IPv4 -> 10.0.1.1:8080']);
    assert.equal(ipvs.shown().length, before.length - 2);
  });

  it('ends as lvs_flush_on_stop says, and stays with -I', async () => {
    for (const [line, keep, told] of [
      ['', false, ['delete_service 10.0.0.1:TCP:80']],
      ['lvs_flush_on_stop VS', false, ['delete_service 10.0.0.1:TCP:80']],
      ['lvs_flush_on_stop', false, ['flush']],
      ['', true, []],
    ] as const) {
      const { ipvs, start } = await table(configOf(`global_defs {\n${line}\n}\n${text}`));
      const served = await start();
      ipvs.calls.length = 0;
      await Promise.all([served.stop(keep), served.stop(keep)]);
      assert.deepEqual(ipvs.taken(), told);
      assert.ok(ipvs.closed);
      await served.update(0, pool(poolsOf(configOf(text)), 0));
    }
  });

  it('empties the table first with lvs_flush', async () => {
    const { ipvs, start } = await table(configOf(`global_defs {\nlvs_flush\n}\n${text}`));
    const served = await start();
    assert.equal(ipvs.taken()[0], 'flush');
    await served.load(configOf(text), poolsOf(configOf(text)));
    assert.deepEqual(ipvs.taken(), []);
  });

  it('sets timeouts and gives back what was there', async () => {
    const withTimes = (line: string) => configOf(`global_defs {\n${line}\n}\n${text}`);
    const { ipvs, start } = await table(withTimes('lvs_timeouts tcp 60 udp 5'));
    const served = await start();
    assert.deepEqual(await ipvs.timeouts(), { tcp: 60, tcpfin: 120, udp: 5 });
    await served.load(withTimes('lvs_timeouts tcpfin 8'), poolsOf(withTimes('')));
    assert.deepEqual(await ipvs.timeouts(), { tcp: 900, tcpfin: 8, udp: 300 });
    await served.load(withTimes(''), poolsOf(withTimes('')));
    assert.deepEqual(await ipvs.timeouts(), { tcp: 900, tcpfin: 120, udp: 300 });
    await served.load(withTimes('lvs_timeouts tcp 1'), poolsOf(withTimes('')));
    await served.stop(false);
    assert.deepEqual(await ipvs.timeouts(), { tcp: 900, tcpfin: 120, udp: 300 });
  });

  it('runs both sync daemons when they follow no instance', async () => {
    const withDaemon = (line: string) => configOf(`global_defs {\n${line}\n}\n${text}`);
    const { ipvs, start } = await table(withDaemon('lvs_sync_daemon eth0 id 3'));
    const served = await start();
    const none = ['delete_daemon master eth0 3', 'delete_daemon backup eth0 3'];
    assert.deepEqual(ipvs.taken().slice(0, 4), [...none, 'new_daemon master eth0 3', 'new_daemon backup eth0 3']);
    await served.load(withDaemon('lvs_sync_daemon eth0 id 3'), poolsOf(withDaemon('')));
    assert.deepEqual(ipvs.taken(), []);
    await served.load(withDaemon('lvs_sync_daemon eth1 id 4'), poolsOf(withDaemon('')));
    assert.deepEqual(
      (await ipvs.daemons()).map((d) => `${d.state} ${d.ifname} ${d.syncId}`),
      ['master eth1 4', 'backup eth1 4'],
    );
    await served.stop(true);
    assert.deepEqual(await ipvs.daemons(), []);
  });

  it('cannot be without IPVS', async () => {
    const config = configOf(text);
    const context = { clock: createFakeClock(), log: createMemoryLog(), tools: createFakeNft() };
    const openIpvs = () => Promise.reject(Object.assign(new Error('this kernel has no IPVS'), { code: 'ENOENT' }));
    await assert.rejects(startServiceTable(config, poolsOf(config), { ...context, openIpvs }), {
      name: 'StartError',
      message: "IPVS: Can't initialize ipvs: this kernel has no IPVS",
    });
  });

  it('reads back its own table', async () => {
    const config = configOf(text);
    const { ipvs, start } = await table(config);
    await start();
    const have = tableOf(await ipvs.read());
    assert.deepEqual(compare(have, desired(config, poolsOf(config)), []), []);
  });
});
