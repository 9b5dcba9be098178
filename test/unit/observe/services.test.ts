import assert from 'node:assert/strict';
import { checkerDataLines } from '../../../lib/observe/checker-dump.ts';
import type { CheckersView, PoolView } from '../../../lib/ports/checkers.ts';
import { load } from '../config/load.ts';

const facts = { hostName: 'node1', umask: 0o177, namespace: null, nextReload: null };

function viewOf(text: string, change: (pool: PoolView) => PoolView = (p) => p): CheckersView {
  const { config } = load(text);
  assert.ok(config);
  const pools = config.virtual_server.map((vs) =>
    change({
      config: vs,
      quorumUp: true,
      suspended: false,
      servers: vs.real_server.map((rs) => ({ up: true, present: true, weight: rs.weight, checks: [] })),
    }),
  );
  return { config, pools };
}

function dumped(view: CheckersView): string[] {
  const lines = checkerDataLines(view, facts);
  return lines.slice(lines.indexOf('------< LVS Topology >------'));
}

describe('the dump of the checker process', () => {
  it('shows groups, services and servers with what they are now', () => {
    const text = `virtual_server_group G {
  10.0.0.1 80
  10.0.0.2-5 81
  fwmark 4
}
virtual_server group G {
  lvs_sched sh
  sh-port
  lvs_method NAT
  protocol TCP
  persistence_timeout 30
  persistence_granularity 255.255.255.0
  sorry_server 10.0.0.7 81
  real_server 10.0.1.1 8081 {
    weight 10
    TCP_CHECK {
    }
  }
  real_server 10.0.1.2 81 {
    lvs_method TUN type gue port 666 csum
    uthreshold 10
    lthreshold 4
  }
}
`;
    const failed = { up: false, hasRun: true, tries: 0 };
    const view = viewOf(text, (pool) => ({
      ...pool,
      servers: pool.servers.map((s, i) => (i === 0 ? { up: false, present: false, weight: 12, checks: [failed] } : s)),
    }));
    assert.deepEqual(dumped(view), [
      '------< LVS Topology >------',
      ' ------< Virtual server group >------',
      ' Virtual Server Group = G, IPv4 = yes, IPv6 = no',
      '   VIP = 10.0.0.1, VPORT = 80',
      '     Alive: 1 tcp, 0 udp, 0 sctp',
      '   VIP Range = 10.0.0.2-10.0.0.5, VPORT = 81',
      '     Alive: 1 tcp, 0 udp, 0 sctp',
      '   FWMARK = 4',
      '     Alive: 1 IPv4, 0 IPv6',
      ' ------< Virtual server >------',
      ' VS GROUP = [G]:0',
      '   Address family = inet',
      '   lvs_sched = sh',
      '   sh-port = enabled',
      '   sh-fallback = disabled',
      '   One packet scheduling = disabled',
      '   persistence timeout = 30',
      '   persistence granularity = 255.255.255.0',
      '   protocol = TCP',
      '   omega is OFF',
      '   quorum = 1, hysteresis = 0',
      '   Using smtp notification = no',
      '   sorry server = [10.0.0.7]:tcp:81',
      '     forwarding method = NAT',
      '     Inhibit on failure is OFF',
      '   alive = 1',
      '   quorum_state_up = 1',
      '   ------< Real server >------',
      '   RIP = 10.0.1.1, RPORT = 8081, WEIGHT = 10 EFF WEIGHT = 12',
      '   forwarding method = NAT',
      '   connection limit range = 0 -> 0',
      '   Inhibit on failure is OFF',
      '   Using smtp notification = yes',
      '   initial weight = 10',
      '   effective weight = 12',
      '   alive = 0',
      '   num failed checkers = 1',
      '   RS set = 0',
      '   ------< Real server >------',
      '   RIP = 10.0.1.2, RPORT = 0, WEIGHT = 1 EFF WEIGHT = 1',
      '   forwarding method = TUN, type = GUE, port = 666, checksum',
      '   connection limit range = 4 -> 10',
      '   Inhibit on failure is OFF',
      '   Using smtp notification = yes',
      '   initial weight = 1',
      '   effective weight = 1',
      '   alive = 1',
      '   num failed checkers = 0',
      '   RS set = 1',
    ]);
  });

  it('says what global_defs says of IPVS', () => {
    const text = 'global_defs {\nlvs_timeouts tcp 9 udp 8\nlvs_sync_daemon eth0 id 4 ttl 2\nlvs_flush\nlvs_flush_on_stop\n}\n';
    const lines = checkerDataLines(viewOf(text), facts).filter((line) => line.startsWith(' LVS '));
    assert.deepEqual(lines, [
      ' LVS TCP timeout = 9',
      ' LVS UDP timeout = 8',
      ' LVS syncd interface = eth0',
      ' LVS syncd syncid = 4',
      ' LVS syncd mcast ttl = 2',
      ' LVS flush = true',
      ' LVS flush on stop = full',
    ]);
    const plain = checkerDataLines(viewOf(''), facts);
    assert.ok(plain.includes(' LVS flush on stop = disabled'));
    assert.ok(!plain.includes('------< LVS Topology >------'));
  });
});
