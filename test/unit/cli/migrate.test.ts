// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { migrateCommand } from '../../../lib/cli/migrate.ts';
import { examine, type Installation, optionsInForce, splitWords, steps } from '../../../lib/cli/migration.ts';

const nothing: Installation = { program: null, version: null, unit: null, dropIns: [], optionFile: null, running: null };
const debian: Installation = {
  ...nothing,
  program: '/usr/sbin/keepalived',
  version: 'Keepalived v2.2.7 (01/16,2022)',
  unit: { path: '/lib/systemd/system/keepalived.service', start: '/usr/sbin/keepalived --dont-fork $DAEMON_ARGS', type: 'notify' },
  optionFile: { path: '/etc/default/keepalived', options: '-P -D -f "/etc/my file"' },
};
const fine = { file: '/etc/keepalived/keepalived.conf', findings: [], filesRead: 1, accepted: true, holds: ['1 virtual router'] };

describe('the options that a keepalived is started with', () => {
  it('are those of its process, else of its unit with its file', () => {
    assert.deepEqual(optionsInForce(debian), ['--dont-fork', '-P', '-D', '-f', '/etc/my file']);
    assert.deepEqual(optionsInForce({ ...debian, running: { pid: 7, words: ['-n'] } }), ['-n']);
    assert.deepEqual(optionsInForce({ ...nothing, optionFile: { path: '/etc/sysconfig/keepalived', options: '-D -S 1' } }), [
      '-D',
      '-S',
      '1',
    ]);
    assert.deepEqual(splitWords(`a 'b c' "d e" f`), ['a', 'b c', 'd e', 'f']);
  });
});

describe('what a change to ka-ts means', () => {
  const weights = (installation: Installation, configuration = fine) => examine(installation, configuration).map(({ weight }) => weight);

  it('is nothing for a usual installation', () => {
    assert.deepEqual(weights(debian), ['fine', 'fine', 'fine', 'fine']);
    const { there, back } = steps(debian, true);
    assert.ok(there.some((line) => line.startsWith('systemctl disable keepalived')));
    assert.ok(back.some((line) => line.startsWith('systemctl start keepalived')));
    const takeover = there.findIndex((line) => line.startsWith('ka-ts takeover on'));
    assert.ok(
      takeover > there.findIndex((line) => line.startsWith('systemctl start ka-ts')),
      'the backup is exchanged before it takes over',
    );
    assert.ok(there.findIndex((line) => line.startsWith('ka-ts takeover off')) > takeover);
    assert.ok(!steps(debian, false).there.some((line) => line.includes('takeover') || line.startsWith('#')), 'a director has no MASTER');
  });

  it('is told of a configuration that is not there, and of one that is wrong', () => {
    const told = (filesRead: number) =>
      examine(debian, { ...fine, accepted: false, filesRead }).find(({ text }) => text.endsWith('cannot be used'))?.detail;
    assert.match(told(0) ?? '', /^nothing is there/);
    assert.match(told(1) ?? '', /^keepalived would not start/);
  });

  it('is told for a newer keepalived, changed units and options nobody knows', () => {
    assert.ok(weights({ ...debian, version: 'Keepalived v2.5.0 (01/01,2027)' }).includes('attention'));
    assert.ok(weights({ ...debian, dropIns: ['/etc/systemd/system/keepalived.service.d/x.conf'] }).includes('attention'));
    assert.ok(weights({ ...debian, running: { pid: 1, words: ['--no-such-option'] } }).includes('refused'));
  });
});

describe('options that ka-ts.service would not read', () => {
  const stranded = (installation: Installation) =>
    examine(installation, fine).flatMap(({ text, weight }) => (text.startsWith('options do not') ? [`${weight}: ${text}`] : []));

  it('are named: of the start line, of another file, of the process', () => {
    assert.deepEqual(stranded(debian), []);
    const start = '/usr/sbin/keepalived --dont-fork --snmp -f /etc/other.conf $DAEMON_ARGS';
    assert.deepEqual(stranded({ ...debian, unit: { path: 'u', start, type: 'notify' } }), [
      'attention: options do not come along: --snmp -f /etc/other.conf',
    ]);
    assert.deepEqual(stranded({ ...debian, optionFile: { path: '/etc/conf.d/keepalived', options: '-D' } }), [
      'attention: options do not come along: -D',
    ]);
    assert.deepEqual(stranded({ ...nothing, running: { pid: 7, words: ['-n', '-x'] } }), ['attention: options do not come along: -x']);
  });

  it('are not those that it reads', () => {
    const unit = readFileSync(join(import.meta.dirname, '../../../packaging/systemd/ka-ts.service'), 'utf8');
    for (const name of ['default', 'sysconfig']) assert.ok(unit.includes(`EnvironmentFile=-/etc/${name}/keepalived\n`), name);
    assert.match(unit, /^ExecStart=.* \$DAEMON_ARGS \$KEEPALIVED_OPTIONS$/m);
  });
});

describe('ka-ts migrate', () => {
  let root: string;
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const run = (...words: string[]) => {
    const written: string[] = [];
    const output = { write: (text: string) => void written.push(text), error: (text: string) => void written.push(text), colour: false };
    const status = migrateCommand(['--root', root, ...words], output);
    return { status, out: written.join('') };
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ka-migrate-'));
    put('lib/systemd/system/keepalived.service', '[Service]\nType=forking\nExecStart=/usr/sbin/keepalived $KEEPALIVED_OPTIONS\n');
    put('etc/sysconfig/keepalived', '# options\nKEEPALIVED_OPTIONS="-D -f /etc/keepalived/other.conf"\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('reads unit, options and the configuration that they name', () => {
    put(
      'etc/keepalived/other.conf',
      'vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  virtual_ipaddress { 192.0.2.51 }\n}\n',
    );
    const { status, out } = run('--json');
    assert.equal(status, 0, out);
    const said = JSON.parse(out);
    assert.equal(said.configuration.file, join(root, 'etc/keepalived/other.conf'));
    assert.deepEqual(said.configuration.holds, ['1 virtual router']);
    assert.match(run().out, /ok {2}\S+other\.conf can be used as it is\n {6}1 virtual router\n/);
  });

  it('tells of a mounted system what it would of the running one, but for the version', () => {
    assert.match(run().out, /no keepalived program was found/);
    put('usr/sbin/keepalived', '');
    const { out } = run();
    assert.match(out, /keepalived is installed, its version is not known/);
    assert.match(out, /systemctl disable keepalived\.service\n.*systemctl start keepalived\.service/s);
  });

  it('refuses a root that is not there', () => {
    const { status, out } = run('--root', join(root, 'nowhere'));
    assert.equal(status, 2);
    assert.match(out, /--root \S+nowhere: no such directory/);
  });

  it('ends with 1 where something is in the way, and with 2 for a wrong command line', () => {
    assert.equal(run().status, 1);
    assert.equal(run('--what').status, 2);
    assert.match(run('--help').out, /^Usage: ka-ts migrate/);
  });
});
