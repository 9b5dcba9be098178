// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Args } from '../../../lib/config/keyword.ts';
import { cleanLine, splitWords } from '../../../lib/config/lexer.ts';
import { lineFrom, placeAt } from '../../../lib/config/line.ts';
import { ruleEntry } from '../../../lib/config/policy-rules.ts';
import { routeEntry } from '../../../lib/config/routes.ts';
import { load, problems } from './load.ts';

function args(text: string, messages: string[]): Args {
  const { line } = cleanLine(lineFrom('f', 1, text));
  const { words } = splitWords(line.text);
  return {
    line,
    words,
    first: 0,
    object: '',
    lenient: false,
    place: placeAt(line, 0).place,
    text: (i) => words[i]?.text,
    fault: (_i, problem) => void messages.push(problem.message),
    missing: (i) => void messages.push(`missing ${i}`),
  };
}

function read<T>(type: { parse(a: Args): T | undefined }, text: string) {
  const messages: string[] = [];
  return { value: type.parse(args(text, messages)), messages };
}

const routes = [
  '192.168.100.0/24 via 192.168.101.1 dev eth0',
  'default via 10.0.0.1',
  'to 10.1.0.0/16 via 10.0.0.1 table 6909 metric 5 no_track',
  'blackhole 192.168.113.1/32',
  '2001:db8::/64 dev eth1 src 2001:db8::1 metric 256 pref high expires 30',
  'inet6 default via 2001:db8::1 dev eth0',
  '192.168.200.0/24 dev eth1 table 6909 tos 0x04 protocol 112 no_track scope link priority 12 mtu lock 1000 hoplimit 100 advmss 101 rtt 2000 rttvar 1s reordering 104 window 105 cwnd 106 ssthresh lock 107 realms cosmos/0x14 rto_min 208ms initcwnd 109 initrwnd 110 features ecn ttl-propagate enabled fastopen_no_cookie 1',
  '192.168.100.0/24 table 6909 congctl lock vegas nexthop via 192.168.101.1 dev eth0 onlink weight 1 nexthop via 192.168.101.2 dev eth4 onlink weight 2',
  '10.0.0.0/8 encap ip id 5 dst 10.9.9.9 tos 4 ttl 7 via 10.0.0.1',
  '10.0.0.0/8 encap mpls 100/200 nexthop via 10.0.0.1 encap ip6 dst 2001:db8::1 hoplimit 3',
];

describe('routes', () => {
  for (const text of routes) {
    it(`${text.slice(0, 60)}: read without a word, and printed so that it can be read again`, () => {
      const type = routeEntry(false);
      const { value, messages } = read(type, text);
      assert.deepEqual(messages, []);
      assert.ok(value);
      const again = read(type, type.print(value));
      assert.deepEqual([again.value, again.messages], [value, []], type.print(value));
    });
  }

  it('take the word after inet6 for what it is (keepalived swallows it)', () => {
    assert.deepEqual(
      [
        read(routeEntry(false), 'inet6 default via 2001:db8::1').value?.destination,
        read(routeEntry(false), 'inet6 default via 2001:db8::1').value?.family,
      ],
      ['default', 6],
    );
  });

  it('report old words, short times and foreign protocols as keepalived does', () => {
    const said = (text: string) => read(routeEntry(false), text).messages;
    assert.deepEqual(said('0.0.0.0/0 gw 192.168.0.1'), ['"gw" for routes is deprecated. Please use "via"']);
    assert.deepEqual(said('192.168.113.0/24 via 192.168.100.252 or 192.168.100.253'), [
      '"or" for routes is deprecated. Please use "nexthop"',
    ]);
    assert.deepEqual(said('10.0.0.0/8 dev eth0 rtt 102 rttvar 103 rto_min 108'), [
      'rtt value 102 below minimum 200ms, resetting',
      'rtt value 103 below minimum 200ms, resetting',
      'rto value 108 below minimum 200ms, resetting',
    ]);
    assert.deepEqual(said('10.0.0.0/8 dev eth0 protocol bird'), [
      'Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol',
    ]);
  });

  it('are dropped for what cannot be read', () => {
    const dropped = (text: string) => {
      const { value, messages } = read(routeEntry(false), text);
      return [value, messages];
    };
    assert.deepEqual(dropped('10.0.0.0/8 via 10.0.0.1 restore'), [undefined, ['unknown route keyword restore']]);
    assert.deepEqual(dropped('10.0.0/8 via 10.0.0.1'), [undefined, ['VRRP parsed invalid IP 10.0.0/8. skipping IP...']]);
    assert.deepEqual(dropped('default via x.x.x.x'), [undefined, ['invalid route via address x.x.x.x']]);
    assert.deepEqual(dropped('10.0.0.0/8 via 2001:db8::1'), [undefined, ['Cannot mix IPv4 and IPv6 addresses for route']]);
    assert.deepEqual(dropped('via 10.0.0.1'), [undefined, ['Route has no destination']]);
    assert.deepEqual(dropped('10.0.0.0/8 track_group G'), [undefined, ['unknown route keyword track_group']]);
    assert.equal(read(routeEntry(true), '10.0.0.0/8 dev eth0 track_group G').value?.options.track_group, 'G');
  });
});

const rules = [
  'from 192.168.28.0/24 to 192.168.29.0/26 table default iif eth3 oif eth0 tos 22 fwmark 24/12 preference 39 realms 30/20',
  'to 1:2:3:4:5:6:7:0/112 from 7:6:5:4:3:2::/96 table 6908 uidrange 10000-19999 preference 10000',
  'from 1.2.10.0/24 l3mdev priority 9999',
  'not from 10.0.0.0/8 type blackhole preference 5',
  'inet6 goto 500 preference 100 ipproto tcp sport 80-90 dport 1000-2000',
  'from any to 10.0.0.1 lookup main order 7 sup_pl 3 suppress_ifgroup 4 tunnel-id 5',
];

describe('policy rules', () => {
  for (const text of rules) {
    it(`${text.slice(0, 60)}: read without a word, and printed so that it can be read again`, () => {
      const type = ruleEntry(false);
      const { value, messages } = read(type, text);
      assert.deepEqual(messages, []);
      assert.ok(value);
      assert.deepEqual(read(type, type.print(value)).value, value);
    });
  }

  it('are dropped for what cannot be read', () => {
    const said = (text: string) => read(ruleEntry(false), text).messages;
    assert.deepEqual(said('from 10.0.0.0/8 table 1 restore'), ['Unknown rule option restore']);
    assert.deepEqual(said('to 192.168.100./24 table 1'), [
      'VRRP parsed invalid IP 192.168.100./24. skipping IP...',
      'Invalid rule to address 192.168.100./24',
    ]);
    assert.deepEqual(said('from 10.0.0.0/8'), ['Rule has no action']);
    assert.deepEqual(said('from 10.0.0.0/8 table 1 blackhole'), ['Rule has more than one action: table, blackhole']);
  });

  it('without preference get one, counted down for each family, with a warning', () => {
    const loaded = load(
      'static_rules {\n from 10.0.0.0/8 table 1\n from 2001:db8::/32 table 1\n from 10.1.0.0/16 table 1\n to 10.0.0.0/8 table 2 preference 7\n}\n',
    );
    const text = (n: number) => `Rule has no preference specified - setting to ${n}. This is probably not what you want.`;
    assert.deepEqual(
      problems(loaded).map((p) => p.split(': ')[1]),
      [text(16384), text(16384), text(16383)],
    );
  });
});
