// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Ip, ip, ipBytes, ipFamily, ipFromBytes } from '../../../lib/base/address.ts';
import { micros } from '../../../lib/base/time.ts';
import * as types from '../../../lib/config/args.ts';
import * as entries from '../../../lib/config/entries.ts';
import * as globals from '../../../lib/config/global-args.ts';
import { includeCheckNames } from '../../../lib/config/include.ts';
import type { Args, ArgType } from '../../../lib/config/keyword.ts';
import { includeChecks } from '../../../lib/config/keywords/include-check.ts';
import { cleanLine, splitWords } from '../../../lib/config/lexer.ts';
import { lineFrom, placeAt } from '../../../lib/config/line.ts';
import * as lvs from '../../../lib/config/lvs-args.ts';
import type { LvsMethod } from '../../../lib/config/model-lvs.ts';
import {
  decimalText,
  integer,
  parseCNumber,
  parseDecimal,
  parseInteger,
  secondsDecimal,
  secondsWhole,
} from '../../../lib/config/numbers.ts';

/** Parses `text` behind a keyword, or as an entry, the way the tree does. */
function parse<T>(type: ArgType<T>, text: string, entry = false, lenient = false): { value: T | undefined; codes: string[] } {
  const { line } = cleanLine(lineFrom('f', 1, entry ? text : `keyword ${text}`));
  const { words } = splitWords(line.text);
  const first = entry ? 0 : 1;
  const codes: string[] = [];
  const args: Args = {
    line,
    words,
    first,
    object: 'VI_1',
    lenient,
    place: placeAt(line, 0).place,
    text: (i) => words[i + first]?.text,
    fault: (_i, problem) => void codes.push(problem.code),
    missing: () => void codes.push('missing'),
  };
  return { value: type.parse(args), codes };
}

function roundTrip<T>(type: ArgType<T>, values: fc.Arbitrary<T>, entry = false): void {
  fc.assert(
    fc.property(values, (value) => {
      const { value: again, codes } = parse(type, type.print(value), entry);
      // A clone has the usual prototype, which fast-check's records lack.
      assert.deepEqual(again, structuredClone(value));
      assert.deepEqual(codes, []);
    }),
  );
}

const word = fc.string({ unit: fc.constantFrom(..."abcXYZ019_-.:/ {}#!$@'"), minLength: 1, maxLength: 12 });
const name = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-.'), minLength: 1, maxLength: 15 });
const device = fc.string({ unit: fc.constantFrom(...'abcxyz019_-'), minLength: 1, maxLength: 15 });
const ip4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipFromBytes);
const ip6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipFromBytes);
const weights = (limit: number) => fc.record({ value: fc.integer({ min: -limit, max: limit }), reverse: fc.boolean() });

describe('every argument type reads back what it prints', () => {
  it('integer', () => roundTrip(integer(-253, 4294967295), fc.integer({ min: -253, max: 4294967295 })));
  it('seconds, whole', () =>
    roundTrip(
      secondsWhole(0, 4294),
      fc.integer({ min: 0, max: 4294 }).map((n) => micros(n * 1e6)),
    ));
  it('seconds, six places', () => roundTrip(secondsDecimal(0, 4294), fc.integer({ min: 0, max: 4294_000_000 }).map(micros)));
  it('seconds, three places', () =>
    roundTrip(
      secondsDecimal(0, 4294, 3),
      fc.integer({ min: 0, max: 4294_000 }).map((n) => micros(n * 1000)),
    ));
  it('bool', () => roundTrip(types.bool, fc.boolean()));
  it('flag', () => roundTrip(types.flag, fc.constant(true)));
  it('text', () => roundTrip(types.text(), word));
  it('optional text', () => roundTrip(types.optionalText('TEXT'), fc.option(word)));
  it('word list', () => roundTrip(types.wordList('WORD'), fc.array(word, { minLength: 1, maxLength: 5 })));
  it('any words', () => roundTrip(types.anyWords, fc.array(word, { maxLength: 5 })));
  it('one of', () => roundTrip(types.oneOf(['MASTER', 'BACKUP']), fc.constantFrom('MASTER' as const, 'BACKUP' as const)));
  it('address', () => roundTrip(types.address(), fc.oneof(ip4, ip6)));
  it('script', () => {
    const values = fc.record({
      words: fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }).filter((w) => w[0] !== ''),
      user: fc.option(fc.record({ user: name, group: fc.option(name) })),
    });
    fc.assert(
      fc.property(values, (value) => {
        const { value: again } = parse(types.script({ users: true }), types.script({ users: true }).print({ ...value, text: '' }));
        assert.deepEqual({ words: again?.words, user: again?.user }, structuredClone(value));
      }),
    );
  });
  it('script user', () => roundTrip(types.scriptUser, fc.record({ user: name, group: fc.option(name) })));
  it('weight', () => roundTrip(types.weight, weights(253)));
  it('period', () => roundTrip(types.periodForAll(0), fc.record({ all: fc.boolean(), seconds: fc.integer({ min: 0, max: 86400 }) })));
  it('optional integer', () => roundTrip(types.optionalInteger(1, 254, 254), fc.integer({ min: 1, max: 254 })));
  it('include checks', () => {
    const names = fc.subarray([...includeCheckNames]);
    const plain = fc.constantFrom(
      null,
      ['read' as const],
      ...includeCheckNames.filter((n) => n !== 'read').map((n) => ['read' as const, n]),
    );
    roundTrip(
      includeChecks,
      fc.record({ replace: plain, add: names, remove: names }).filter((v) => v.replace !== null || v.add.length + v.remove.length > 0),
    );
  });
  it('unicast peer', () =>
    roundTrip(entries.unicastPeer, fc.record({ ip: fc.oneof(ip4, ip6), min_ttl: fc.nat(255), max_ttl: fc.nat(255) }), true));
  it('track entry', () => {
    const entry = fc.record({ name, weight: fc.option(weights(253)), noreverse: fc.boolean() });
    roundTrip(
      entries.trackEntry('SCRIPT', 253),
      entry.map((e) => ({ ...e, noreverse: e.noreverse && e.weight !== null && !e.weight.reverse })),
      true,
    );
  });
  it('optional word', () =>
    roundTrip(types.optionalWord(['initial', 'partial']), fc.constantFrom(null, 'initial' as const, 'partial' as const)));
  it('weight up to 254', () => roundTrip(types.weightUpTo(254), weights(254)));
  it('linkbeat entry', () =>
    roundTrip(
      types.linkbeat,
      fc.record({ name, type: fc.constantFrom(null, 'MII' as const, 'ETHTOOL' as const, 'IOCTL' as const) }),
      true,
    ));
  it('interface delay entry', () => {
    const delay = fc.nat(255_000_000).map(micros);
    roundTrip(types.interfaceDelay, fc.record({ name, down: delay, up: delay }), true);
  });
  it('static address', () => {
    const entry = fc.tuple(virtualAddresses(), fc.option(name)).map(([address, track_group]) => ({ ...address, track_group }));
    roundTrip(entries.staticAddress, entry, true);
  });
  it('endpoint', () =>
    roundTrip(lvs.endpoint('bad %v'), fc.record({ ip: fc.oneof(ip4, ip6), port: fc.option(fc.integer({ min: 1, max: 65535 })) })));
  it('forwarding', () => roundTrip(lvs.forwarding, forwardings));
  it('transport', () => roundTrip(lvs.transport, fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const)));
  it('granularity', () => roundTrip(lvs.granularity, fc.oneof(ip4, fc.integer({ min: 1, max: 128 }).map(String))));
  it('digest', () => roundTrip(lvs.digest, fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 })));
  it('domain name', () => roundTrip(lvs.domainName, fc.constantFrom('.', 'com', 'www.example.com', 'example.com.')));
  it('status codes', () => {
    const code = fc.integer({ min: 100, max: 599 });
    roundTrip(
      lvs.statusCodes,
      fc.array(
        fc.tuple(code, code).map(([a, b]): readonly [number, number] => [Math.min(a, b), Math.max(a, b)]),
        { minLength: 1 },
      ),
    );
  });
  it('pattern', () => roundTrip(lvs.regexPattern, fc.string({ unit: 'binary' })));
  it('mail server', () => roundTrip(globals.mailServer, fc.record({ host: name, port: fc.integer({ min: 1, max: 65535 }) })));
  it('FIFO', () => roundTrip(globals.fifo, fc.record({ path: word, user: fc.option(fc.record({ user: name, group: fc.option(name) })) })));
  it('distinct names', () => roundTrip(globals.distinctNames('A', 6, 30), fc.uniqueArray(name, { maxLength: 6 })));
  it('CPUs', () => roundTrip(globals.cpus, fc.array(fc.nat(4095), { minLength: 1 })));
  it('LVS timeouts', () => {
    const seconds = fc.nat(2678400);
    roundTrip(globals.lvsTimeouts, fc.record({ tcp: seconds, tcpfin: seconds, udp: seconds }, { requiredKeys: ['udp'] }));
  });
  it('sync daemon', () => {
    const group = fc.constantFrom(null, ip('224.0.0.81'), ip('ff02::81'));
    const number = (min: number, max: number) => fc.option(fc.integer({ min, max }));
    roundTrip(
      globals.syncDaemon,
      fc.record({
        interface: name,
        instance: fc.option(name),
        id: number(0, 255),
        maxlen: number(1, 65507),
        port: number(1, 65535),
        ttl: number(1, 255),
        group,
      }),
    );
  });
  it('umask', () => roundTrip(globals.umask, fc.nat(0o777)));
  it('buffer policy', () =>
    roundTrip(globals.bufferPolicy, fc.oneof(fc.constantFrom('MTU' as const, 'ADVERT' as const), fc.nat(0xffffffff))));
  it('virtual devices', () => {
    const common = { name: fc.option(device), group: fc.option(fc.nat(100).map(String)) };
    const vmac = fc.record({
      ...common,
      mac: fc.constantFrom(null, '02:00:5e:00:01', '02:00:5e:00:01:33'),
      address: fc.constant(null),
      mode: fc.constant(null),
      notify: fc.boolean(),
    });
    const mode = fc.constantFrom(null, 'bridge' as const, 'private' as const, 'vepa' as const);
    const ipvlan = fc.record({
      ...common,
      mac: fc.constant(null),
      address: fc.constantFrom(null, '10.0.0.1/24', '2001:db8::1'),
      mode,
      notify: fc.constant(false),
    });
    roundTrip(globals.virtualDevice('vmac'), vmac);
    roundTrip(globals.virtualDevice('ipvlan'), ipvlan);
  });
  it('initial file content', () =>
    roundTrip(globals.initFile, fc.record({ value: fc.integer({ min: -254, max: 254 }), overwrite: fc.boolean() })));
  it('virtual address', () => roundTrip(entries.virtualAddress, virtualAddresses(), true));
});

const forwardings: fc.Arbitrary<LvsMethod> = fc
  .record({
    method: fc.constantFrom('NAT' as const, 'DR' as const, 'TUN' as const),
    type: fc.constantFrom('ipip' as const, 'gue' as const, 'gre' as const),
    port: fc.integer({ min: 1, max: 65535 }),
    checksum: fc.constantFrom('nocsum' as const, 'csum' as const, 'remcsum' as const),
  })
  .map(({ method, type, port, checksum }) => {
    if (method !== 'TUN') return { method, type: 'ipip', port: null, checksum: 'nocsum' };
    const sum = type === 'ipip' || (type === 'gre' && checksum === 'remcsum') ? 'nocsum' : checksum;
    return { method, type, port: type === 'gue' ? port : null, checksum: sum };
  });

function virtualAddresses(): fc.Arbitrary<entries.AddressEntry> {
  const family = fc.oneof(ip4, ip6).chain((ip) => fc.record({ ip: fc.constant(ip), other: ipFamily(ip) === 4 ? ip4 : ip6 }));
  return fc
    .record({
      family,
      bits: fc.nat(128),
      dev: fc.option(name),
      scope: fc.nat(255),
      label: fc.option(name),
      how: fc.constantFrom('peer', 'broadcast', 'plain'),
      flags: fc.record({
        home: fc.boolean(),
        dad: fc.boolean(),
        mngtmpaddr: fc.boolean(),
        noprefixroute: fc.boolean(),
        autojoin: fc.boolean(),
        no_track: fc.boolean(),
        use_vmac: fc.boolean(),
      }),
      preferred_lft: fc.option(fc.nat(0xffffffff)),
    })
    .map(({ family: { ip, other }, bits, dev, scope, label, how, flags, preferred_lft }) => {
      const four = ipFamily(ip) === 4;
      const full = four ? 32 : 128;
      return {
        ip,
        prefixLength: how === 'peer' ? full : bits % (full + 1),
        dev,
        scope: four ? scope : 0,
        label: four ? label : null,
        broadcast: four && how === 'broadcast' ? other : null,
        peer: how === 'peer' ? other : null,
        ...flags,
        preferred_lft: four ? null : preferred_lft,
      };
    });
}

describe('global settings', () => {
  it('umask takes bit names and any C base', () => {
    assert.deepEqual(
      ['IRUSR|IWUSR', 'IRWXO | IRGRP', '0x1ff', '022', '511'].map((t) => parse(globals.umask, t).value),
      [0o600, 0o047, 0o777, 0o022, 0o777],
    );
    for (const bad of ['01000', 'IRUSR|X', '9z', '-1']) assert.deepEqual(parse(globals.umask, bad).codes, ['umask-invalid'], bad);
  });

  it('lvs_sync_daemon takes the old bare words, and leaves out what is out of range', () => {
    const old = parse(globals.syncDaemon, 'eth0 VI_1 5');
    assert.deepEqual([old.value?.instance, old.value?.id, old.codes], ['VI_1', 5, ['keyword-deprecated']]);
    const long = parse(globals.syncDaemon, 'eth0 maxlen 120000 port 8848');
    assert.deepEqual([long.value?.maxlen, long.value?.port, long.codes], [null, 8848, ['number-range', 'word-invalid']]);
  });

  it('use_vmac tells names from MAC addresses', () => {
    assert.deepEqual(parse(globals.virtualDevice('vmac'), 'vrrp.51 02:00:00:00:00:01 netlink_notify_msg group 5').value, {
      name: 'vrrp.51',
      mac: '02:00:00:00:00:01',
      address: null,
      mode: null,
      group: '5',
      notify: true,
    });
    assert.deepEqual(parse(globals.virtualDevice('vmac'), '01:00:00:00:00:01').codes, ['mac-invalid']);
    assert.deepEqual(parse(globals.virtualDevice('vmac'), 'a b').codes, ['name-twice']);
  });
});

describe('numbers', () => {
  it('are read as strtol reads them in base 10', () => {
    assert.deepEqual(
      [parseInteger('010', false), parseInteger(' +7', false), parseInteger('', false)],
      [
        { value: 10, junk: '' },
        { value: 7, junk: '' },
        { value: 0, junk: '' },
      ],
    );
    assert.deepEqual(parseInteger('0x10', false), { value: 0, junk: 'x10' });
    assert.equal(parseInteger('-1', false), null);
    assert.equal(parseInteger('x', true), null);
  });

  it('are read in any C base where the reference says so', () => {
    assert.deepEqual(['0x1F', '010', '10', '', '08', '-1', 'x'].map(parseCNumber), [31, 8, 10, 0, null, null, null]);
  });

  it('take junk behind them only at a start, with a warning', () => {
    const type = integer(1, 100);
    assert.deepEqual(parse(type, '5x'), { value: undefined, codes: ['number-invalid'] });
    assert.deepEqual(parse(type, '5x', false, true), { value: 5, codes: ['number-junk'] });
    assert.deepEqual(parse(integer(1, 100, { strict: true }), '5x', false, true), { value: undefined, codes: ['number-invalid'] });
    assert.deepEqual(parse(type, '101', false, true).codes, ['number-range']);
    assert.deepEqual(parse(type, '').codes, ['missing']);
  });

  it('may have fractions; superfluous places are rounded and reported', () => {
    assert.deepEqual([parse(secondsDecimal(0, 10), '.5').value, parse(secondsDecimal(0, 10), '1.').value], [500_000, 1_000_000]);
    assert.deepEqual(parse(secondsDecimal(0, 10), '1.0000005'), { value: 1_000_001, codes: ['number-places'] });
    for (const bad of ['-1', '1e3', 'x', '.']) assert.deepEqual(parse(secondsDecimal(0, 10), bad).codes, ['number-invalid'], bad);
    assert.deepEqual(parse(secondsDecimal(0, 10), '10.1').codes, ['number-range']);
  });

  it('print decimals without superfluous zeros', () => {
    assert.deepEqual(
      [decimalText(1_500_000, 6), decimalText(10_000_000, 6), decimalText(1, 6), decimalText(0, 6), decimalText(7, 0)],
      ['1.5', '10', '0.000001', '0', '7'],
    );
    fc.assert(fc.property(fc.nat(), (n) => assert.equal(parseDecimal(decimalText(n, 6), 6)?.scaled, n)));
  });
});

describe('virtual address entries', () => {
  const entry = (text: string) => parse(entries.virtualAddress, text, true);

  it('work out + and - broadcast addresses', () => {
    assert.equal(entry('10.1.2.3/22 brd +').value?.broadcast, '10.1.3.255');
    assert.equal(entry('10.1.2.3/22 broadcast -').value?.broadcast, '10.1.0.0');
    assert.deepEqual(entry('10.1.2.3/31 brd +').codes, ['entry-option-invalid']);
  });

  it('keep the names of scopes until the tables are read', () => {
    assert.deepEqual(
      ['link', 'mine', '0x10'].map((s) => entry(`10.0.0.1 scope ${s}`).value?.scope),
      ['link', 'mine', 16],
    );
  });

  it('use the full length for a bad prefix, and the preferred lifetime that goes with the length', () => {
    const bad = entry('10.0.0.1/33');
    assert.deepEqual([bad.value?.prefixLength, bad.codes], [32, ['number-range', 'prefix-invalid']]);
    assert.deepEqual([entry('2001:db8::1').value?.preferred_lft, entry('2001:db8::1/64').value?.preferred_lft], [0, null]);
  });

  it('are dropped for a bad address or a second dev', () => {
    assert.deepEqual(entry('10.0.0'), { value: undefined, codes: ['address-invalid'] });
    assert.deepEqual(entry('10.0.0.1 dev a dev b'), { value: undefined, codes: ['entry-dev-twice'] });
  });

  it('ignore what does not fit the family and words they do not know', () => {
    assert.deepEqual(entry('2001:db8::1 label x scope link brd + bogus').codes, [
      'entry-option-invalid',
      'entry-option-invalid',
      'entry-option-invalid',
      'entry-unknown-word',
    ]);
    assert.deepEqual(entry('10.0.0.1 constructor').codes, ['entry-unknown-word']);
  });

  it('give a point-to-point address its full length and no broadcast', () => {
    const { value, codes } = entry('10.0.0.1/24 brd + peer 10.0.0.2');
    assert.deepEqual([value?.prefixLength, value?.broadcast, value?.peer, codes], [32, null, '10.0.0.2', ['entry-option-invalid']]);
  });

  it('survive any words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.constantFrom('10.0.0.1', '::1', 'dev', 'peer', 'brd', 'label', 'scope', '+')), { minLength: 1 }),
        (words) => void entry(words.join(' ')),
      ),
    );
  });
});

describe('tracked objects', () => {
  it('clamp 254 to 253 with an error', () => {
    assert.deepEqual(parse(entries.trackEntry('SCRIPT', 253), 'a weight 254', true), {
      value: { name: 'a', weight: { value: 253, reverse: false }, noreverse: false },
      codes: ['weight-clamped'],
    });
    assert.deepEqual(parse(entries.trackEntry('SCRIPT', 253), 'a weight 300', true), {
      value: { name: 'a', weight: null, noreverse: false },
      codes: ['number-range'],
    });
  });
});

it('addresses of the test generators are canonical', () => {
  fc.assert(fc.property(fc.oneof(ip4, ip6), (ip: Ip) => assert.equal(ipFromBytes(ipBytes(ip)), ip)));
});
