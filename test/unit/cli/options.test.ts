// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CommandLine, defaults, parseCommandLine, rows } from '../../../lib/cli/options.ts';

describe('the command line', () => {
  it('without options keeps every default', () => {
    assert.deepEqual(run([]).options, defaults());
  });

  it('reads every option of the table by its short and its long name', () => {
    const changes: Readonly<Record<string, Partial<ReturnType<typeof defaults>>>> = {
      'f x': { configFile: 'x' },
      P: { runCheckers: false },
      C: { runVrrp: false },
      B: { runBfd: false },
      l: { logConsole: true },
      D: { logDetail: 1 },
      'S local3': { logFacility: 19 },
      G: { syslog: false },
      'u 027': { umask: 0o27 },
      X: { releaseVips: true },
      V: { keepVrrpAtStop: true },
      I: { keepIpvsAtStop: true },
      R: { respawn: false },
      n: { fork: false },
      d: { dumpConfig: true },
      'p x': { pidFile: 'x' },
      'r x': { vrrpPidFile: 'x' },
      'c x': { checkersPidFile: 'x' },
      'b x': { bfdPidFile: 'x' },
      a: { monitorAddresses: true },
      's x': { namespace: 'x' },
      e: { strictIncludes: true },
      'i x': { configId: 'x' },
      x: { snmp: true },
      'A x': { snmpSocket: 'x' },
      m: { coreDump: true },
    };
    const longOf = new Map(rows.map(({ short, long }) => [short, long]));
    for (const [words, wanted] of Object.entries(changes)) {
      const [letter = '', ...value] = words.split(' ');
      assert.deepEqual(run([`-${letter}`, ...value]).options, { ...defaults(), ...wanted }, letter);
      assert.deepEqual(run([`--${longOf.get(letter)}`, ...value]).options, { ...defaults(), ...wanted }, letter);
    }
  });

  it('takes short options bundled, with an attached or a following value', () => {
    const { options } = run(['-nlDf', 'a.conf', '-p/run/a.pid', '-r', '/run/v.pid']);
    assert.equal(options.fork, false);
    assert.equal(options.logConsole, true);
    assert.equal(options.logDetail, 1);
    assert.equal(options.configFile, 'a.conf');
    assert.equal(options.pidFile, '/run/a.pid');
    assert.equal(options.vrrpPidFile, '/run/v.pid');
  });

  it('takes long options with =, with a following value, and abbreviated', () => {
    const { options } = run(['--use-file=a.conf', '--pid', '/run/a.pid', '--dont-f', '--log-d']);
    assert.equal(options.configFile, 'a.conf');
    assert.equal(options.pidFile, '/run/a.pid');
    assert.equal(options.fork, false);
    assert.equal(options.logDetail, 1);
  });

  it('prefers an exact long name to one that merely starts with it', () => {
    assert.equal(run(['--vrrp']).options.runCheckers, false);
    assert.equal(run(['--check']).options.runVrrp, false);
  });

  it('refuses an abbreviation that fits several options', () => {
    assert.deepEqual(parseCommandLine(['--dont']), { kind: 'error', text: 'Unknown option --dont' });
  });

  it('counts -D up to two', () => {
    assert.equal(run(['-DDD']).options.logDetail, 2);
  });

  it('processes subsystem options from left to right', () => {
    const vrrpOnly = run(['--all', '-P', '-B']).options;
    assert.deepEqual([vrrpOnly.runVrrp, vrrpOnly.runCheckers, vrrpOnly.runBfd], [true, false, false]);
    const everything = run(['-P', '--all']).options;
    assert.deepEqual([everything.runVrrp, everything.runCheckers, everything.runBfd], [true, true, true]);
  });

  it('takes a value that begins with a dash when one is required', () => {
    assert.equal(run(['-f', '-odd']).options.configFile, '-odd');
  });

  it('gives -t only an attached file', () => {
    const attached = parseCommandLine(['-t/tmp/log']);
    assert.ok(attached.kind === 'config-test' && attached.logFile === '/tmp/log');
    const separate = parseCommandLine(['-t', '/tmp/log']);
    assert.ok(separate.kind === 'config-test' && separate.logFile === null);
    assert.deepEqual(separate.remarks.operands, ['/tmp/log']);
    const long = parseCommandLine(['--config-test=/tmp/log', '-f', 'x']);
    assert.ok(long.kind === 'config-test' && long.logFile === '/tmp/log' && long.options.configFile === 'x');
  });

  it('makes a configuration test run in the foreground without syslog', () => {
    const line = parseCommandLine(['-t']);
    assert.ok(line.kind === 'config-test' && !line.options.fork && !line.options.syslog && !line.options.respawn);
  });

  for (const [argv, text] of [
    [['-Q'], 'Unknown option -Q'],
    [['-nQ'], 'Unknown option -Q'],
    [['--bogus=1'], 'Unknown option --bogus=1'],
    [['--vrrp=1'], 'Unknown option --vrrp=1'],
    [['-f'], 'Missing parameter for option -f'],
    [['--use-file'], 'Missing parameter for option --use-file'],
    [['--use-file='], 'Missing parameter for option --use-file'],
    [['--log-format', 'xml'], "Invalid log format 'xml'"],
    [['--signum', 'FOO'], 'Unknown sigfunc FOO'],
    [['-s'], 'Missing parameter for option -s'],
    [['--debug'], 'Unknown option --debug'],
  ] as const) {
    it(`answers ${argv.join(' ')} with "${text}"`, () => {
      assert.deepEqual(parseCommandLine(argv), { kind: 'error', text });
    });
  }

  it('stops at the first option that answers by itself', () => {
    assert.equal(parseCommandLine(['-v', '-Q']).kind, 'version');
    assert.equal(parseCommandLine(['-h', '-v']).kind, 'help');
    assert.equal(parseCommandLine(['-Q', '-v']).kind, 'error');
  });

  it('knows the signals of keepalived on glibc', () => {
    const numbers = ['STOP', 'RELOAD', 'DATA', 'STATS', 'STATS_CLEAR', 'JSON'].map((name) => parseCommandLine([`--signum=${name}`]));
    assert.deepEqual(
      numbers.map((line) => line.kind === 'signum' && line.signal),
      [15, 1, 10, 12, 63, 36],
    );
  });

  it('hands everything after -T to genhash', () => {
    assert.deepEqual(parseCommandLine(['-T', '-s', '10.0.0.1', '-Q']), { kind: 'genhash', args: ['-s', '10.0.0.1', '-Q'] });
  });

  it('goes on with a warning after a bad facility or mask', () => {
    const { options, remarks } = run(['-S', 'mail', '-u', '01777']);
    assert.deepEqual(remarks.warnings, ["Invalid log facility 'mail'", 'Invalid --umask option 01777']);
    assert.equal(options.logFacility, 3);
    assert.equal(options.umask, null);
  });

  it('reads a mask by the rules of C and a facility by name or number', () => {
    assert.equal(run(['-u', '022']).options.umask, 0o022);
    assert.equal(run(['-u', '0x12']).options.umask, 0x12);
    assert.equal(run(['-u', '18']).options.umask, 18);
    assert.equal(run(['-S', '3']).options.logFacility, 19);
    assert.equal(run(['-S', 'local7']).options.logFacility, 23);
    assert.equal(run(['-S', 'user']).options.logFacility, 1);
  });

  it('reports operands, also behind --', () => {
    const { remarks } = run(['a', '-n', '-I', '--', '-b']);
    assert.deepEqual(remarks.operands, ['a', '-b']);
  });

  it('never throws, whatever it is given', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('-n', '-f', '--', '-', '--no', '-t=', '--config-test=', '-M', '--no-syslog', '--='));
    fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (argv) => typeof parseCommandLine(argv).kind === 'string'));
  });
});

function run(argv: readonly string[]): Extract<CommandLine, { kind: 'run' }> {
  const line = parseCommandLine(argv);
  assert.ok(line.kind === 'run', `kind is ${line.kind}`);
  return line;
}
