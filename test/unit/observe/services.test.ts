// SPDX-License-Identifier: MIT
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
  const checks = lines.indexOf('------< Health checkers >------');
  return lines.slice(lines.indexOf('------< LVS Topology >------'), checks < 0 ? undefined : checks);
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
    const failed = { up: false, hasRun: true, tries: 0, weight: 2 };
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

  it('shows every check with what it is now', () => {
    const timing = 'delay_loop 5\nwarmup 3\nretry 2\ndelay_before_retry 2';
    const text = `track_file tf {\nfile /run/tf\n}\nbfd_instance B1 {\nneighbor_ip 192.0.2.9\n}
virtual_server 192.0.2.200 80 {
protocol TCP
lvs_sched rr
real_server 192.0.2.1 80 {
TCP_CHECK {\nconnect_ip 192.0.2.5\nconnect_port 81\nbindto 192.0.2.1\nbind_port 1234\nbind_if eth0\nfwmark 7\nconnect_timeout 2\n${timing}\nalpha\nlog_all_failures\n}
HTTP_GET {\nhttp_protocol 1.1\n${timing}\nurl {\npath /\nstatus_code 200-204 301\nvirtualhost u.example\nregex "hel+o"\nregex_options caseless\nregex_no_match\nregex_min_offset 3\n}\nurl {\npath /two\ndigest 640205b7b0fc66c1ea91c463fac6334d\n}\n}
UDP_CHECK {\n${timing}\npayload 0a0b0c\nrequire_reply 0a0x\nmin_reply_length 2\n}
MISC_CHECK {\nmisc_path "/bin/true one"\nmisc_timeout 4\nmisc_dynamic\n}
FILE_CHECK {\ntrack_file tf\nweight 3 reverse\n}
BFD_CHECK {\nname B1\nalpha\n}
}
}
`;
    const view = viewOf(text, (pool) => ({
      ...pool,
      servers: pool.servers.map((s) => ({
        ...s,
        checks: Array.from({ length: 6 }, (_, i) => ({ up: i > 0, hasRun: true, tries: i, weight: -i })),
      })),
    }));
    const lines = checkerDataLines(view, facts);
    const shown = lines.slice(lines.indexOf('------< Health checkers >------')).join('\n');
    const name = ' [192.0.2.200]:tcp:80 -> [192.0.2.1]:tcp:80';
    const timed = (alpha: string, tries: number, log: string) =>
      `   Alpha = ${alpha}\n   Delay loop = 5000000 us\n   Warmup = 3000000 us\n   Retries = 2\n   Delay before retry = 2000000 us\n   Retries iterations = ${tries}\n   Log all failures = ${log}`;
    const now = (up: string, weight: number) => `   Enabled = yes\n   Up = ${up}\n   Has run = yes\n   Current weight = ${weight}`;
    // A script first: checks stand in the order of their kinds.
    assert.ok(shown.startsWith(`------< Health checkers >------\n${name}\n${now('no', 0)}\n   Alpha = no\n`), shown);
    for (const part of [
      `${name}\n${now('yes', -1)}\n${timed('yes', 1, 'yes')}\n   Connection\n     Dest = [192.0.2.5]`,
      '     Dest = [192.0.2.5]:81\n     Bind to = [192.0.2.1]:1234\n     Bind i/f = eth0\n     Mark = 7\n     Timeout = 2.000000\n   Keepalive method = TCP_CHECK\n',
      '   Keepalive method = HTTP_GET, http protocol 1.1\n   Enable SNI unset\n   Fast recovery unset\n   Checked url = /\n     HTTP Status Code(s)\n       200-204\n       301\n     Virtual host = u.example\n     Regex = "hel+o"\n     Regex no match\n     Regex min offset = 3, max_offset = none\n     Regex options: caseless\n   Checked url = /two\n     digest = 640205b7b0fc66c1ea91c463fac6334d\n     HTTP Status Code(s)\n       200-299\n',
      '   Keepalive method = UDP_CHECK\n   Payload len = 3\n   Require reply = yes\n     Min reply length = 2\n     Max reply length = 255\n     Reply data len = 2\n     Reply data mask = yes\n',
      "   Keepalive method = MISC_CHECK\n   script = '/bin/true' 'one'\n   timeout = 4\n   dynamic = YES\n   uid:gid = 0:0\n",
      `${now('yes', -4)}\n   Keepalive method = FILE_CHECK\n     Tracked file = tf\n`,
      '   Keepalive method = BFD_CHECK\n   Name = B1\n   Alpha is ON\n',
      `------< Checker track files >------\n Track file = tf\n   File = /run/tf\n   Tracking instances :\n    ${name}, weight 3 reverse\n`,
      '------< Checker track BFDs >------\n Checker Track BFD = B1\n   Tracking RS :\n   [192.0.2.1]:tcp:80',
    ])
      assert.ok(shown.includes(part), `${part}\nin\n${shown}`);
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
