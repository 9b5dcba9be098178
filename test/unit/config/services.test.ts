// SPDX-License-Identifier: MIT
// What virtual servers come to: inheritance, defaults of the checks, groups.

import assert from 'node:assert/strict';
import { dumpConfig } from '../../../lib/config/dump.ts';
import type { Checker, VirtualServer } from '../../../lib/config/model-lvs.ts';
import { load } from './load.ts';

function services(text: string): readonly VirtualServer[] {
  return load(text).config?.virtual_server ?? [];
}

/** The first check of one server in one service. */
function check(kind: string, lines: string, ofServer = '', ofService = ''): Checker {
  const text = `virtual_server 10.0.0.1 80 {\nprotocol TCP\n${ofService}\nreal_server 10.0.1.1 8080 {\n${ofServer}\n${kind} {\n${lines}\n}\n}\n}\n`;
  const found = services(text)[0]?.real_server[0]?.checkers[0];
  assert.ok(found, 'no check');
  return found;
}

describe('virtual servers', () => {
  it('are known by address, mark or group, and named as keepalived names them', () => {
    const rest = 'protocol TCP\nreal_server 10.0.1.1 80 {\n}\n}\n';
    const found = services(
      `virtual_server_group web {\n10.0.0.2-5 80\n}\nvirtual_server 10.0.0.1 80 {\n${rest}virtual_server fwmark 7 {\n${rest}` +
        `virtual_server group web {\n${rest}virtual_server group web {\n${rest}`,
    );
    assert.deepEqual(
      found.map((vs) => [vs.name, vs.key.kind, vs.real_server[0]?.name]),
      [
        ['[10.0.0.1]:tcp:80', 'address', '[10.0.1.1]:tcp:80'],
        ['FWM 7', 'fwmark', '[10.0.1.1]:none:80'],
        ['[web]:0', 'group', '[10.0.1.1]:tcp:80'],
        ['[web]:1', 'group', '[10.0.1.1]:tcp:80'],
      ],
    );
  });

  it('have entries of groups as ranges', () => {
    const { config } = load(
      'virtual_server_group web {\n10.0.0.2-5 80\n10.0.0.0/30 81\n10.0.0.9\n10.0.0.1-10.0.1.2 82\n2001:db8::1-f 83\nfwmark 3 inet\n}\n',
    );
    const entries = config?.virtual_server_group[0]?.entries.map((e) =>
      e.kind === 'fwmark' ? `${e.mark} ${e.family}` : `${e.first} ${e.last} ${e.port}`,
    );
    assert.deepEqual(entries, [
      '10.0.0.2 10.0.0.5 80',
      '10.0.0.0 10.0.0.3 81',
      '10.0.0.9 10.0.0.9 0',
      '10.0.0.1 10.0.1.2 82',
      '2001:db8::1 2001:db8::f 83',
      '3 4',
    ]);
  });

  it('give their servers weight, method and inhibition where these say nothing', () => {
    const [vs] = services(
      'virtual_server 10.0.0.1 80 {\nprotocol TCP\nweight 5\nlvs_method DR\ninhibit_on_failure\nreal_server 10.0.1.1 {\n}\n' +
        'real_server 10.0.1.2 80 {\nweight 2\nlvs_method NAT\ninhibit_on_failure off\n}\n}\n',
    );
    assert.deepEqual(
      vs?.real_server.map((rs) => [rs.weight, rs.lvs_method.method, rs.inhibit_on_failure, rs.port, rs.smtp_alert]),
      [
        [5, 'DR', true, 80, true],
        [2, 'NAT', false, 80, true],
      ],
    );
    assert.deepEqual([vs?.lvs_sched, vs?.quorum, vs?.smtp_alert, vs?.persistence], ['wlc', 1, false, null]);
  });

  it('get persistence from a granularity or from a port of zero', () => {
    const of = (header: string, lines: string) =>
      services(`virtual_server ${header} {\nprotocol TCP\n${lines}\nreal_server 10.0.1.1 {\n}\n}\n`)[0]?.persistence;
    assert.deepEqual(of('10.0.0.1 80', 'persistence_granularity 255.255.255.0'), {
      timeout: 360,
      granularity: '255.255.255.0',
      engine: null,
    });
    assert.deepEqual(of('10.0.0.1 0', ''), { timeout: 360, granularity: null, engine: null });
    assert.deepEqual(of('10.0.0.1 80', 'persistence_timeout 20')?.timeout, 20);
  });
});

describe('checks of real servers', () => {
  const timing = (c: Checker) => ('timing' in c ? c.timing : null);

  it('have the usual times of their kind', () => {
    const usual = (kind: string, lines = '') => {
      const t = timing(check(kind, lines));
      return [t?.retry, (t?.delay_before_retry ?? 0) / 1e6, (t?.delay_loop ?? 0) / 1e6, (t?.warmup ?? 0) / 1e6];
    };
    assert.deepEqual(usual('TCP_CHECK'), [1, 1, 60, 60]);
    assert.deepEqual(usual('HTTP_GET', 'url {\npath /\n}'), [1, 3, 60, 60]);
    assert.deepEqual(usual('DNS_CHECK'), [3, 60, 60, 60]);
    assert.deepEqual(usual('MISC_CHECK', 'misc_path /bin/true'), [0, 1, 60, 60]);
  });

  it('ask by DNS for a record type written in any case', () => {
    for (const [written, type] of [
      ['AAAA', 'AAAA'],
      ['aaaa', 'AAAA'],
      ['Aaaa', 'AAAA'],
      ['dnsKey', 'DNSKEY'],
      ['AAAB', 'SOA'],
    ] as const) {
      const dns = check('DNS_CHECK', `type ${written}`);
      assert.equal(dns.kind === 'DNS_CHECK' && dns.type, type, written);
    }
  });

  it('inherit from server and service, the nearest word counts', () => {
    const t = timing(
      check('TCP_CHECK', 'retry 7', 'retry 6\ndelay_loop 3\nalpha on', 'retry 5\ndelay_loop 2\nwarmup 1\ndelay_before_retry 9'),
    );
    assert.deepEqual(t, {
      delay_loop: 3e6,
      warmup: 1e6,
      retry: 7,
      delay_before_retry: 9e6,
      alpha: true,
      log_all_failures: false,
    });
  });

  it('go to their server unless told otherwise', () => {
    const target = (lines: string, ofServer = '') => {
      const c = check('TCP_CHECK', lines, ofServer);
      return 'target' in c ? `${c.target.ip} ${c.target.port} ${c.target.connect_timeout / 1e6}` : '';
    };
    assert.equal(target(''), '10.0.1.1 8080 5');
    assert.equal(target('connect_ip 10.0.5.5\nconnect_port 99', 'connect_timeout 2'), '10.0.5.5 99 2');
  });

  it('name a host by page, check, server, service; and to TLS not by server', () => {
    const names = (page: string, own: string, server: string, ofService: string) => {
      const word = (name: string) => (name === '' ? '' : `virtualhost ${name}`);
      const c = check('SSL_GET', `enable_sni\n${word(own)}\nurl {\npath /\n${word(page)}\n}`, word(server), word(ofService));
      return c.kind === 'SSL_GET' ? [c.url[0]?.host, c.url[0]?.sni] : [];
    };
    assert.deepEqual(names('page', 'check', 'server', 'service'), ['page', 'page']);
    assert.deepEqual(names('', 'check', 'server', 'service'), ['check', 'check']);
    assert.deepEqual(names('', '', 'server', 'service'), ['server', 'service']);
    assert.deepEqual(names('', '', '', 'service'), ['service', 'service']);
    assert.deepEqual(names('', '', 'server', ''), ['server', null]);
  });

  it('limit scripts by the delay_loop of the service', () => {
    const c = check('MISC_CHECK', 'misc_path /bin/true\ndelay_loop 1', 'delay_loop 2', 'delay_loop 3');
    assert.equal(c.kind === 'MISC_CHECK' && c.misc_timeout, 3e6);
  });

  it('take hexadecimal data, and leave out what is none', () => {
    const c = check('UDP_CHECK', 'payload 01 FE\nrequire_reply 0X xx');
    assert.deepEqual(c.kind === 'UDP_CHECK' && [c.payload, c.require_reply, c.max_reply_length], ['01fe', '0xxx', 255]);
    const bad = check('UDP_CHECK', 'payload 0x1\nrequire_reply zz');
    assert.deepEqual(bad.kind === 'UDP_CHECK' && [bad.payload, bad.require_reply], [null, null]);
  });
});

describe('what TLS shows of us', () => {
  it('is known, and written back without its secrets', () => {
    const { config } = load('SSL {\n password 123456\n ca /etc/ca.pem\n certificate /etc/cert.pem\n key /etc/key.pem\n}\n');
    assert.deepEqual(config?.SSL, { password: '123456', ca: '/etc/ca.pem', certificate: '/etc/cert.pem', key: '/etc/key.pem' });
    assert.equal(load('').config?.SSL, null);
    const text = dumpConfig(config);
    assert.match(text, /SSL \{\n {4}password \*+\n {4}ca \/etc\/ca\.pem\n/);
    assert.ok(!text.includes('123456'));
  });
});
