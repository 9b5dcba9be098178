// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { type Chain, type FilteredPacket, judgePacket, mendFilter } from '../../../lib/doctor/core/firewall.ts';
import { readIptables } from '../../../lib/doctor/core/iptables.ts';
import { readNft } from '../../../lib/doctor/core/nft.ts';

const packet: FilteredPacket = {
  family: 4,
  protocol: 112,
  source: '192.0.2.2',
  destination: '224.0.0.18',
  multicast: true,
  in: 'eth0',
  out: '',
};

const chain = (hook: string | null, policy = 'accept', name = 'c') => ({
  chain: { family: 'inet', table: 't', name, hook, prio: 0, policy, type: 'filter' },
});
const rule = (handle: number, ...expr: object[]) => ({ rule: { family: 'inet', table: 't', chain: 'c', handle, expr } });
const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
const protocol = { payload: { protocol: 'ip', field: 'protocol' } };
const read = (...items: object[]): Chain[] => readNft(JSON.stringify({ nftables: items }));
const verdict = (chains: readonly Chain[], p = packet): string => {
  const { verdict, sure } = judgePacket(chains, p, 'in');
  return sure ? verdict : `perhaps ${verdict}`;
};

describe('the packet filter as the doctor reads it', () => {
  it('drops by policy what no rule accepts, and what a rule drops before another accepts', () => {
    const ssh = rule(1, match({ payload: { protocol: 'tcp', field: 'dport' } }, 22), { accept: null });
    assert.equal(verdict(read(chain('input', 'drop'), ssh)), 'drop');
    assert.equal(verdict(read(chain('input', 'drop'), ssh, rule(2, match(protocol, 'vrrp'), { accept: null }))), 'accept');
    assert.equal(verdict(read(chain('input'), rule(1, match(protocol, 112), { drop: null }), rule(2, { accept: null }))), 'drop');
    assert.equal(verdict(read(chain('input'), rule(1, match(protocol, 'vrrp', '!='), { drop: null }))), 'accept');
  });

  it('understands addresses, sets, interfaces and the state of flows', () => {
    const source = { payload: { protocol: 'ip', field: 'saddr' } };
    const from = (right: unknown) => verdict(read(chain('input'), rule(1, match(source, right), { drop: null })));
    assert.equal(from({ prefix: { addr: '192.0.2.0', len: 30 } }), 'drop');
    assert.equal(from({ prefix: { addr: '192.0.2.4', len: 30 } }), 'accept');
    assert.equal(from({ set: ['10.0.0.1', { range: ['192.0.2.1', '192.0.2.9'] }] }), 'drop');
    assert.equal(from({ range: ['192.0.2.10', '192.0.2.99'] }), 'accept');
    const named = { set: { family: 'inet', table: 't', name: 'bad', elem: ['192.0.2.2'] } };
    assert.equal(verdict(read(named, chain('input'), rule(1, match(source, '@bad'), { drop: null }))), 'drop');
    const meta = (key: string, right: unknown) => verdict(read(chain('input'), rule(1, match({ meta: { key } }, right), { drop: null })));
    assert.equal(meta('iifname', 'eth*'), 'drop');
    assert.equal(meta('iifname', 'lo'), 'accept');
    assert.equal(meta('oifname', 'eth0'), 'accept');
    const state = match({ ct: { key: 'state' } }, { set: ['established', 'related'] }, 'in');
    assert.equal(verdict(read(chain('input', 'drop'), rule(1, state, { accept: null }))), 'drop');
    const unicast = { ...packet, multicast: false, destination: '192.0.2.1' };
    assert.equal(verdict(read(chain('input', 'drop'), rule(1, state, { accept: null })), unicast), 'perhaps drop');
  });

  it('says perhaps where a rule cannot be read, and follows jumps, loops included', () => {
    const unknown = { xt: { type: 'match', name: 'recent' } };
    assert.equal(verdict(read(chain('input'), rule(1, unknown, { drop: null }))), 'perhaps drop');
    assert.equal(verdict(read(chain('input', 'drop'), rule(1, unknown, { accept: null }))), 'perhaps drop');
    const other = { rule: { family: 'inet', table: 't', chain: 'd', handle: 9, expr: [{ drop: null }] } };
    assert.equal(verdict(read(chain('input'), rule(1, { jump: { target: 'd' } }), chain(null, 'accept', 'd'), other)), 'drop');
    assert.equal(verdict(read(chain('input'), rule(1, { jump: { target: 'c' } }))), 'accept');
  });

  it('reads what iptables-save writes', () => {
    const text = (rules: string) => readIptables(`*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:mine - [0:0]\n${rules}\nCOMMIT\n`, 4);
    assert.equal(verdict(text('')), 'drop');
    assert.equal(verdict(text('-A INPUT -m comment --comment "let -j DROP in" -j mine\n-A mine -p 112 -i eth+ -j ACCEPT')), 'accept');
    assert.equal(verdict(text('-A INPUT ! -s 192.0.2.0/24 -j ACCEPT')), 'drop');
    assert.equal(verdict(text('-A INPUT -m conntrack --ctstate NEW -j ACCEPT')), 'perhaps drop');
    assert.equal(verdict(text('-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -p vrrp -j ACCEPT')), 'accept');
  });

  it('proposes the command that fits who wrote the rule', () => {
    const mend = (chains: readonly Chain[]) => {
      const { by } = judgePacket(chains, packet, 'in');
      assert.ok(by);
      return mendFilter(by, packet, 'in');
    };
    assert.deepEqual(mend(read(chain('input'), rule(7, { drop: null }))), [
      'nft insert rule inet t c ip protocol vrrp accept',
      'or remove it: nft delete rule inet t c handle 7',
    ]);
    assert.deepEqual(mend(readIptables('*filter\n:INPUT DROP [0:0]\n', 4)), ['iptables -I INPUT -p 112 -j ACCEPT']);
    const firewalld = { chain: { family: 'inet', table: 'firewalld', name: 'filter_INPUT', hook: 'input', prio: 10, policy: 'drop' } };
    assert.match(mend(read(firewalld))[0] ?? '', /^firewall-cmd --permanent --add-protocol=vrrp/);
  });

  it('survives anything that parses as JSON', () => {
    for (const text of ['{}', '[]', 'null', '{"nftables":[{"chain":1},{"rule":{"expr":[1,null,{}]}}]}'])
      assert.ok(Array.isArray(readNft(text)));
    assert.throws(() => readNft('nft: no'), SyntaxError);
  });
});
