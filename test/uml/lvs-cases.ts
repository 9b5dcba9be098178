// SPDX-License-Identifier: MIT
// Virtual servers for the judge: each keyword of the IPVS side at least once, each case with services of its own. Ranges are
// those that version 2.2.7 reads.

export interface LvsCase {
  readonly name: string;
  readonly text: string;
}

const two = ['10.0.1.1 80: weight 3', '10.0.1.2 80'];
const tcp = 'protocol TCP; lvs_method NAT';

/** Lines of the n-th real server of each service. */
export type CheckOf = (n: number) => string;

/** Where servers have to begin dead they need a check; it fails. */
const failing: CheckOf = () => 'TCP_CHECK {\n    }';

/** `check`: what watches each server; without it those alone that must begin dead are watched. */
export function casesWith(check: CheckOf | null): readonly LvsCase[] {
  let address = 0;
  const free = () => `10.0.${4 + (address >> 7)}.${1 + (address++ & 127)} 80`;

  /** `header`, or the next free address; servers are addresses with their lines. */
  function vs(name: string, lines: string, servers: readonly string[], header = free()): LvsCase {
    const real = servers.map((s, n) => {
      const [where = '', ...inside] = s.split(': ');
      const watched = check ?? (/alpha/.test(lines) && inside.includes('watched') ? failing : () => '');
      return `  real_server ${where} {\n    ${inside.filter((word) => word !== 'watched').join(': ')}\n    ${watched(n)}\n  }`;
    });
    return { name, text: `virtual_server ${header} {\n  ${lines.split('; ').join('\n  ')}\n${real.join('\n')}\n}\n` };
  }

  return [
    ...['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'mh', 'dh', 'fo', 'ovf', 'sed', 'nq'].map((name) =>
      vs(`scheduler ${name}`, `${tcp}; lvs_sched ${name}`, two),
    ),
    vs('lb_algo and lb_kind', 'protocol TCP; lb_algo wrr; lb_kind DR', two),
    vs('defaults', 'protocol TCP', two),
    vs('no protocol', 'lvs_sched rr; lvs_method NAT', ['10.0.1.1 53'], '10.0.9.1 53'),
    vs('UDP, one packet', 'protocol UDP; lvs_sched rr; lvs_method NAT; ops', two),
    vs('one packet without UDP', `${tcp}; lvs_sched rr; ops`, two),
    vs('SCTP', 'protocol SCTP; lvs_sched rr; lvs_method NAT', two),
    vs('flags of sh', `${tcp}; lvs_sched sh; sh-port; sh-fallback`, two),
    vs('flags of mh', `${tcp}; lvs_sched mh; mh-port; mh-fallback`, two),
    vs('numbered flags', `${tcp}; lvs_sched rr; flag-1; flag-2; flag-3`, two),
    vs('hashed', `${tcp}; lvs_sched sh; hashed`, two),
    vs('persistence', `${tcp}; lvs_sched rr; persistence_timeout 120`, two),
    vs('persistence without a time', `${tcp}; lvs_sched rr; persistence_timeout`, two),
    vs('granularity', `${tcp}; lvs_sched rr; persistence_timeout 50; persistence_granularity 255.255.255.0`, two),
    vs('granularity alone', `${tcp}; lvs_sched rr; persistence_granularity 255.255.0.0`, two),
    vs('engine', 'protocol UDP; lvs_sched rr; lvs_method NAT; persistence_timeout 60; persistence_engine sip', two),
    vs('engine without a time', 'protocol UDP; lvs_sched rr; lvs_method NAT; persistence_engine sip', two),
    vs('port 0', `${tcp}; lvs_sched rr`, ['10.0.1.1', '10.0.1.2 8080'], '10.0.9.2'),
    vs('port 0, direct', 'protocol TCP; lvs_method DR; lvs_sched rr; persistence_timeout 9', ['10.0.1.1', '10.0.1.2 8080'], '10.0.9.3 0'),
    vs('weights', `${tcp}; lvs_sched wrr; weight 8`, ['10.0.1.1 80: weight 0', '10.0.1.2 80', '10.0.1.3 80: weight 2147483647']),
    vs('thresholds', `${tcp}; lvs_sched rr`, ['10.0.1.1 80: uthreshold 100', '10.0.1.2 80: uthreshold 4000000000\n lthreshold 7']),
    vs('DR with another port', 'protocol TCP; lvs_method DR; lvs_sched rr', ['10.0.1.1 8080', '10.0.1.2']),
    vs('NAT with and without port', `${tcp}; lvs_sched rr`, ['10.0.1.1 8080', '10.0.1.2']),
    vs('methods of servers', `${tcp}; lvs_sched rr`, ['10.0.1.1 80: lvs_method DR', '10.0.1.2 81', '10.0.1.3 80: lvs_method TUN']),
    vs('tunnels', 'protocol TCP; lvs_sched rr; lvs_method TUN type gue port 6080', [
      '10.0.1.1 80',
      '10.0.1.2 80: lvs_method TUN type gue port 6081 csum',
      '10.0.1.3 80: lvs_method TUN type gue port 6082 remcsum',
      '10.0.1.4 80: lvs_method TUN type gre',
      '10.0.1.5 80: lvs_method TUN type gre csum',
      '10.0.1.6 80: lvs_method TUN type ipip',
      '10.0.1.7 80: lvs_method TUN type ipip nocsum',
    ]),
    vs('IPv6', 'protocol TCP; lvs_sched rr; lvs_method DR', ['2001:db8:1::1 80: weight 4', '2001:db8:1::2 80'], '2001:db8::1 80'),
    vs(
      'IPv6 with persistence',
      `${tcp}; lvs_sched rr; persistence_timeout 30; persistence_granularity 64`,
      ['2001:db8:1::1 81'],
      '2001:db8::2 80',
    ),
    vs('families through a tunnel', 'protocol TCP; lvs_sched rr; lvs_method TUN', ['2001:db8:1::1 80', '10.0.1.1 80']),
    vs(
      'families through a tunnel, the other way',
      'protocol TCP; lvs_sched rr; lvs_method TUN',
      ['2001:db8:1::1 80', '10.0.1.1 80'],
      '2001:db8::3 80',
    ),
    vs('mark', 'lvs_sched rr; lvs_method DR', ['10.0.1.1', '10.0.1.2 80'], 'fwmark 1'),
    vs('mark with NAT', 'lvs_sched rr; lvs_method NAT', ['10.0.1.1 81', '10.0.1.2'], 'fwmark 2'),
    vs('mark of IPv6', 'lvs_sched rr; lvs_method NAT; ip_family inet6', ['2001:db8:1::1 81'], 'fwmark 3'),
    vs('mark by its servers', 'lvs_sched rr; lvs_method DR', ['2001:db8:1::1'], 'fwmark 4294967295'),
    vs('mark, persistent, one packet', 'lvs_sched rr; lvs_method DR; ops; persistence_timeout 5', ['10.0.1.1'], 'fwmark 5'),
    vs('sorry server that is not needed', `${tcp}; lvs_sched rr; sorry_server 10.0.2.1 80`, two),
    vs('sorry server at once', `${tcp}; lvs_sched rr; quorum 5; sorry_server 10.0.2.1 81; hysteresis 1`, ['10.0.1.1 80: weight 5']),
    vs('inhibited sorry server', `${tcp}; lvs_sched rr; sorry_server 10.0.2.1 80; sorry_server_inhibit`, two),
    vs(
      'sorry server of another method',
      `${tcp}; lvs_sched rr; quorum 4; hysteresis 2; sorry_server 10.0.2.1 80; sorry_server_lvs_method DR`,
      ['10.0.1.1 80: weight 4'],
    ),
    vs('servers without alpha', `${tcp}; lvs_sched rr; inhibit_on_failure`, ['10.0.1.1 80: weight 6', '10.0.1.2 80: inhibit_on_failure']),
    vs('alpha', `${tcp}; lvs_sched rr; alpha`, ['10.0.1.1 80: watched', '10.0.1.2 80']),
    vs('alpha, inhibited', `${tcp}; lvs_sched rr; alpha; inhibit_on_failure`, ['10.0.1.1 80: watched']),
    vs('alpha with a sorry server', `${tcp}; lvs_sched rr; alpha; sorry_server 10.0.2.1 80`, ['10.0.1.1 80: watched']),
    vs('the same server twice', `${tcp}; lvs_sched rr`, ['10.0.1.1 80: weight 1', '10.0.1.1 80: weight 2', '10.0.1.1 81']),
    vs('a server that is the sorry server', `${tcp}; lvs_sched rr; sorry_server 10.0.1.1 80; sorry_server_inhibit; inhibit_on_failure`, [
      '10.0.1.1 80: weight 3',
    ]),
    {
      name: 'groups',
      text: `virtual_server_group G {
  10.0.10.1 80
  10.0.10.2-4 81
  fwmark 11
}
virtual_server_group SIX {
  2001:db8:5::1-3 80
  2001:db8:5::fff0-fff2 81
  fwmark 12 inet6
}
virtual_server_group MARKS {
  fwmark 13
  fwmark 14 inet
}
virtual_server_group ONE {
  10.0.13.1 80
}
`,
    },
    vs('group, NAT', `${tcp}; lvs_sched rr`, ['10.0.1.1 8080', '10.0.1.2 8081: weight 2'], 'group G'),
    vs('group, tunnel', 'protocol TCP; lvs_sched rr; lvs_method TUN', ['2001:db8:1::1', '2001:db8:1::2 80'], 'group SIX'),
    vs('group of marks', 'lvs_sched rr; lvs_method DR', ['10.0.1.1', '10.0.1.2'], 'group MARKS'),
    vs('group, TCP', `${tcp}; lvs_sched rr`, ['10.0.1.1 80'], 'group ONE'),
    vs('group, UDP', 'protocol UDP; lvs_sched wlc; lvs_method NAT', ['10.0.1.2 80'], 'group ONE'),
  ];
}
