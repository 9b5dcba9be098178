// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { fakeScripts, load, problems, usable } from './load.ts';

const service = (lines = '', servers = 'real_server 10.0.0.2 80 {\n}', header = '10.0.0.1 80') =>
  `virtual_server ${header} {\n protocol TCP\n lvs_sched rr\n lvs_method NAT\n${lines}\n${servers}\n}\n`;
const said = (text: string, options = {}) => problems(load(text, options)).map((p) => p.replace(/^[0-9]+:[0-9]+ /, ''));

describe('virtual servers', () => {
  it('that are complete need no word', () => {
    assert.deepEqual(said(service()), []);
    assert.deepEqual(
      said(
        service(
          '',
          'real_server 10.0.0.2 80 {\n TCP_CHECK {\n connect_timeout 3\n }\n HTTP_GET {\n url {\n path /\n status_code 200-299 404\n }\n }\n}',
        ),
      ),
      [],
    );
  });

  it('are completed with keepalived words', () => {
    assert.deepEqual(said('virtual_server 10.0.0.1 80 {\n real_server 10.0.0.2 80 {\n }\n}\n'), [
      'protocol-default: Virtual server [10.0.0.1]:none:80: no protocol set - defaulting to UDP',
      "scheduler-default: Virtual server [10.0.0.1]:udp:80: no scheduler set, setting default 'wlc'",
      'forwarding-default: Virtual server [10.0.0.1]:udp:80: no forwarding method set, setting default NAT',
    ]);
    assert.deepEqual(said(service('', undefined, '10.0.0.1')), [
      'port-zero: Virtual server [10.0.0.1]:tcp:0: zero port only valid for persistent services - setting',
    ]);
    assert.deepEqual(said(service('', '')), ['service-empty: Virtual server [10.0.0.1]:tcp:80 has no real servers - ignoring']);
  });

  it('by mark need no protocol and have no port', () => {
    assert.deepEqual(said('virtual_server fwmark 3 {\n lvs_sched rr\n lvs_method DR\n real_server 10.0.0.2 80 {\n }\n}\n'), [
      'ports-differ: WARNING - fwmark virtual server FWM 3, real server [10.0.0.2]:none:80 has port specified - clearing',
    ]);
  });

  it('cannot change the port with DR or TUN', () => {
    assert.deepEqual(said(service('lvs_method DR', 'real_server 10.0.0.2 81 {\n}\n sorry_server 10.0.0.3 82')), [
      "ports-differ: WARNING - virtual server [10.0.0.1]:tcp:80 and real server [10.0.0.2]:tcp:81 ports don't match - resetting",
      "ports-differ: WARNING - virtual server [10.0.0.1]:tcp:80 and sorry server ports don't match - resetting",
    ]);
    assert.deepEqual(said(service('', 'real_server 10.0.0.2 81 {\n}')), []);
  });

  it('cannot ask for more than all servers weigh', () => {
    assert.deepEqual(said(service('quorum 5', 'real_server 10.0.0.2 80 {\n weight 2\n}\nreal_server 10.0.0.3 80 {\n}')), [
      'quorum-reduced: Warning - quorum 5 for [10.0.0.1]:tcp:80 exceeds total weight of real servers 3, reducing quorum to 3',
    ]);
  });

  it('report words that do not belong where they stand', () => {
    const loaded = load(service('', 'real_server 10.0.0.2 80 {\n path /\n}'));
    assert.deepEqual([loaded.findings.find((f) => f.code === 'unknown-keyword')?.hint], ["'path' belongs in url"]);
  });

  it('with a bad address are skipped as a whole', () => {
    const loaded = load(service('', undefined, '10.0.0 80'));
    assert.deepEqual(problems(loaded), ['1:16 address-invalid: Invalid virtual server ip 10.0.0']);
  });

  it('warn about old words', () => {
    assert.deepEqual(said(service('', 'real_server 10.0.0.2 80 {\n HTTP_GET {\n nb_get_retry 3\n url {\n path /\n }\n }\n}')), [
      "keyword-deprecated: nb_get_retry is deprecated - please use 'retry'",
    ]);
  });
});

describe('scripts of virtual servers', () => {
  const misc = (lines: string) => service('', `real_server 10.0.0.2 80 {\n MISC_CHECK {\n${lines}\n }\n}`);

  it('that are run without script security are a security finding of their own', () => {
    const loaded = load(misc('misc_path /bin/check'), { scripts: fakeScripts({ '/bin/check': usable('/bin/check') }) });
    assert.deepEqual(
      [problems(loaded), loaded.testStatus],
      [['script-security: SECURITY VIOLATION - check scripts are being executed but script_security not enabled.'], 6],
    );
  });

  it('of unknown users are removed', () => {
    assert.deepEqual(said(misc('misc_path /bin/check\n user ghost'), { scripts: fakeScripts() }), [
      "script-user-unknown: Failed to set uid/gid for misc checker script '/bin/check' - removing",
    ]);
    assert.deepEqual(said(`global_defs {\n script_user ghost\n}\n${misc('misc_path /bin/check')}`, { scripts: fakeScripts() }), [
      'script-user-unknown: Error setting global script uid/gid',
      "script-user-unknown: Unable to set default user for misc script '/bin/check' - removing",
    ]);
  });

  it('must be named', () => {
    assert.deepEqual(said(misc('misc_timeout 3')), ['misc-check-empty: No script path has been specified for MISC_CHECKER - skipping']);
  });
});

describe('the name of a DNS_CHECK', () => {
  const dns = (name: string) => said(service('', `real_server 10.0.0.2 53 {\n DNS_CHECK {\n name ${name}\n }\n}`));

  it('fits into a question', () => {
    const label = 'a'.repeat(63);
    for (const name of ['.', 'com', 'www.example.com', 'example.com.', `${label}.${label}.${label}.${'a'.repeat(61)}`])
      assert.deepEqual(dns(name), [], name);
    for (const [name, why] of [
      ['a..b', 'has empty label'],
      ['.a', 'has empty label'],
      [`a${label}.com`, 'has a label longer than 63 bytes'],
      [`${label}.${label}.${label}.${'a'.repeat(62)}`, 'is longer than 253 bytes'],
    ] as const)
      assert.deepEqual(dns(name), [`domain-invalid: DNS_CHECK name '${name}' ${why} - ignoring`]);
  });
});

describe('groups of virtual servers', () => {
  it('take addresses, ranges, prefixes and marks', () => {
    assert.deepEqual(
      said(
        'virtual_server_group G {\n 10.0.0.1 80\n 10.0.0.1-9 80\n 10.0.0.1-10.0.0.20 80\n 10.0.0.0/24 80\n 2001:db8::1-f\n fwmark 3 inet6\n}\n',
      ),
      [],
    );
  });

  it('report what is none of these, and emptiness', () => {
    assert.deepEqual(said('virtual_server_group G {\n 10.0.0 80\n}\n'), [
      'address-invalid: Invalid virtual server group IP address 10.0.0 /port/80 - skipping',
      'server-group-empty: virtual server group G has no entries - removing',
    ]);
    for (const range of ['10.0.0.9-3', '10.0.0.9-9', '10.0.1.1-10.0.0.9', '2001:db8::9-8', '2001:db8::1:1-2001:db8::1'])
      assert.deepEqual(said(`virtual_server_group G {\n ${range} 80\n 10.0.0.1-10.0.0.1 81\n 2001:db8::9-a 82\n}\n`), [
        `address-invalid: Address range end is not greater than address range start - ${range} - skipping`,
      ]);
    assert.deepEqual(said('virtual_server_group G x {\n fwmark 1\n}\n'), [
      'block-extra-words: Block virtual_server_group has extra parameters x ...',
    ]);
  });
});
