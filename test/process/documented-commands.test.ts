// SPDX-License-Identifier: MIT
// Every command that the documentation tells people to type: run here beside a live daemon, run by another test, or a mention that
// is none. A command that somebody adds to the pages and nobody runs fails the first test.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions } from '../../bench/options.ts';
import type { Host } from '../../lib/lab/host.ts';
import { commandsIn, documentedCommands } from '../support/documented-commands.ts';
import { createTestNetwork, type TestNetwork } from '../support/namespaces.ts';
import { until } from '../support/until.ts';
import { launcher, requireBuild, root } from './support.ts';

interface Step {
  /** What is typed where the page has a placeholder. */
  readonly as?: string;
  /** 0 unless given. */
  readonly status?: number;
  readonly says?: RegExp;
  /** So long it runs until it is ended, milliseconds: what goes on until somebody ends it. */
  readonly endedAfter?: number;
  /** On a terminal, where it needs one. */
  readonly terminal?: boolean;
}

const bySocket = `echo '{"ka":1,"id":1,"request":"status"}' | socat - UNIX:/run/keepalived.sock | jq .answer`;

/** In this order, on a host whose daemon the first one starts. */
const here: Readonly<Record<string, Step>> = {
  'node bin/ka-ts -t -f keepalived.conf': {},
  'node bin/ka-ts --vrrp --use-file /etc/keepalived/keepalived.conf': {},
  'ka-ts status': { says: /VI_1/ },
  'ka-ts status --json': { says: /"state": ?"MASTER"/ },
  "ka-ts status --json | jq '.vrrp.instances[] | {name, state}'": { says: /"name": "VI_1"/ },
  'ka-ts top': { endedAfter: 1500, terminal: true, says: /VI_1/ },
  'ka-ts watch': { endedAfter: 1000 },
  'ka-ts watch --since 0': { endedAfter: 1000, says: /MASTER/ },
  'ka-ts watch --json': { endedAfter: 1000 },
  'ka-ts explain instance VI_1': { says: /If now/ },
  'ka-ts explain WORD': { as: 'ka-ts explain advert_int', says: /advert_int/ },
  'ka-ts explain KEYWORD': { as: 'ka-ts explain priority', says: /priority/ },
  'ka-ts doctor': { says: /VI_1/ },
  'ka-ts doctor VI_1': { says: /VI_1/ },
  'ka-ts scan IFACE': { as: 'ka-ts scan eth0', says: /51/ },
  'ka-ts replay FILE': { as: 'ka-ts replay "$(ls recordings/*.json | head -n 1)"', says: /VI_1/ },
  'ka-ts metrics': { says: /^ka_up 1$/m },
  'ka-ts check FILE...': { as: 'ka-ts check a.conf' },
  'ka-ts check /etc/keepalived/keepalived.conf': {},
  'ka-ts check a.conf b.conf': { says: /b\.conf/ },
  'ka-ts check': { as: 'ka-ts check a.conf b.conf' },
  'ka-ts fmt FILE...': { as: 'ka-ts fmt a.conf' },
  'ka-ts migrate': { says: /Going back/ },
  'ka-ts plan': { as: 'ka-ts plan b.conf', says: /priority/ },
  'ka-ts plan NEW.conf': { as: 'ka-ts plan b.conf', says: /priority/ },
  'ka-ts plan /etc/keepalived/keepalived.conf.new': { says: /priority/ },
  'ka-ts failover VI_1 --for 10m': { says: /^done$/m },
  'ka-ts operations': { says: /failover/ },
  'ka-ts maintenance on': {},
  'ka-ts takeover on': {},
  'ka-ts takeover on --for 1h': {},
  'ka-ts takeover off': {},
  'ka-ts priority VI_1 50': {},
  'ka-ts server drain POOL SERVER': { as: "ka-ts server drain '[192.0.2.80]:tcp:80' '[192.0.2.81]:tcp:80'", says: /^done$/m },
  'ka-ts server weight': { as: "ka-ts server weight '[192.0.2.80]:tcp:80' '[192.0.2.81]:tcp:80' 2", says: /^done$/m },
  'ka-ts server disable POOL SERVER': { as: "ka-ts server disable '[192.0.2.80]:tcp:80' '[192.0.2.81]:tcp:80'", says: /^done$/m },
  'ka-ts reload': { says: /^done$/m },
  'ka-ts apply NEW.conf --confirm 60s': { as: 'ka-ts apply b.conf --confirm 60s', says: /ka-ts confirm/ },
  'ka-ts confirm': {},
  'ka-ts revert': { as: 'ka-ts apply a.conf --confirm 60s && ka-ts revert' },
  [bySocket]: { says: /"document": 1/ },
  'kill -HUP "$(cat /run/keepalived.pid)"': {},
  'node bin/ka-ts -P -n -l -D -f keepalived.conf -p /tmp/ka.pid -r /tmp/vrrp.pid': {
    endedAfter: 3000,
    says: /Entering (BACKUP|MASTER) STATE/,
  },
  'node -e 0': {},
  'systemctl enable ka-ts': { as: 'systemctl --root=installed enable ka-ts' },
  'systemctl disable ka-ts': { as: 'systemctl --root=installed disable ka-ts' },
  'systemctl enable keepalived': { as: 'systemctl --root=installed enable keepalived' },
  'systemctl disable keepalived': { as: 'systemctl --root=installed disable keepalived' },
};

const package_ = 'test/process/debian-package.test.ts';
const lab = 'test/topo/lab.test.ts';

/** Command → the file that runs it, or the same with less, and what stands there. */
const elsewhere: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'npm test': ['.ci/run', 'npm test'],
  'npm ci': ['.ci/run', 'npm ci'],
  'npm run verify': ['.ci/run', 'verify:static'],
  'sh test/support/install-system.sh test': ['.ci/run', 'sh test/support/install-system.sh test'],
  'node test/run.mjs unit config conformance native': ['package.json', '"test": "node test/run.mjs"'],
  'node test/run.mjs test/topo/two-proxies.test.ts': ['package.json', '"test": "node test/run.mjs"'],
  'KA_WALK_EVENTS=10000 KA_WALK_SEED=1 node test/run.mjs test/topo/kernel-walk.test.ts': [
    'test/topo/kernel-walk.test.ts',
    'KA_WALK_EVENTS',
  ],
  'KA_UPDATE=1 npx mocha test/unit/config/codes.test.ts': ['test/unit/config/codes.test.ts', 'KA_UPDATE'],
  'npm run lab': [lab, 'runLab([])'],
  'node bin/ka-ts lab': [lab, 'runLab([])'],
  'ka-ts lab -f lb1.conf -f lb2.conf': [lab, "'-f', scenario('two-proxies-lb1.conf'), '-f', scenario('two-proxies-lb2.conf')"],
  'ka-ts lab --daemon2 keepalived': [lab, "'--daemon2', 'keepalived'"],
  'ka-ts lab --lvs': ['test/uml/lvs-lab.test.ts', "'lab', '--lvs'"],
  'npm run package:binary': ['test/process/single-file.test.ts', 'packaging/binary/build.mjs'],
  'dpkg -i build/package/ka-ts_*.deb': [package_, "must('dpkg', '-i'"],
  'npm run package:deb': [package_, 'packaging/deb/build.mjs'],
  'systemctl start ka-ts': [package_, 'starts as its unit says'],
  'systemctl reload-or-restart ka-ts': [package_, 'is upgraded without a takeover'],
  'systemctl restart ka-ts': ['test/topo/handover.test.ts', 'leaves nobody unserved'],
  'systemctl start keepalived': ['test/topo/going-over.test.ts', "replace(other(last), 'keepalived')"],
  'npm run docs': ['test/unit/cli/docs.test.ts', 'generatedDocuments'],
  'npm run licences': ['test/architecture/licences.test.ts', 'licencesPage'],
  'npm run build:library -- --report': ['test/unit/packaging/library.test.ts', 'reportPage'],
  'npm run sanitized': ['test/native/core.test.ts', 'under sanitizers'],
  'npm run sanitized -- address FILE': ['test/native/core.test.ts', 'under sanitizers'],
  'npm run recording': ['test/unit/packaging/recording.test.ts', 'render('],
  'npm run interop': ['test/topo/interop.test.ts', 'KA_INTEROP'],
  'npm run soak': ['test/process/many-reloads.test.ts', 'KA_RELOADS'],
  'npm run chaos': ['test/topo/chaos.test.ts', 'KA_CHAOS_ROUNDS'],
  'npm run chaos -- 500': ['test/topo/chaos.test.ts', 'KA_CHAOS_ROUNDS'],
  'npm run fuzz': ['test/native/fuzz.test.ts', 'runTarget'],
  'npm run fuzz -- 1800': ['test/native/fuzz.test.ts', 'runTarget'],
  'npm run fuzz -- SECONDS TARGET': ['test/native/fuzz.test.ts', 'runTarget'],
  'npm run fuzz:config': ['test/config/fuzz.test.ts', 'fuzzConfig'],
  'npm run fuzz:config -- --minutes 10': ['test/config/fuzz.test.ts', 'fuzzConfig'],
  'npm run simulate': ['test/unit/vrrp/core/simulation.test.ts', 'runCluster'],
  'npm run simulate -- 10000': ['test/unit/vrrp/core/simulation.test.ts', 'runCluster'],
};

/** Half an hour of measuring: their words are read here, and whoever releases runs them. */
const benches = /^npm run bench(?: -- (.*))?$/;

/** Not asked of anybody, or not of this machine. */
const mentions: Readonly<Record<string, string>> = {
  'systemctl stop': 'what handover.md tells about, not what to type',
  'kill -9': 'the same',
  'killall -0 NAME': 'the form of a check script',
  'ip link': 'a program that somebody else has run',
  'ip -ts monitor': 'how the benches watch addresses',
  'ka-ts PID …': 'what a process is called',
  'ssh -L 8112:127.0.0.1:8112 lb1': 'from the machine of the reader',
  'ka-ts lab --daemon keepalived': 'keepalived judged, not ka-ts; the words are those of --daemon2',
  'ka-ts lab --lvs --daemon keepalived': 'the same',
};

const router = (priority: number) => `global_defs {
  ka_ts {
    flight_recorder /run/work/recordings
  }
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  version 3
  priority ${priority}
  advert_int 0.1
  virtual_ipaddress {
    192.0.2.51/24
  }
}
virtual_server 192.0.2.80 80 {
  lb_algo rr
  lb_kind DR
  protocol TCP
  real_server 192.0.2.81 80 {
    weight 1
  }
}
`;

describe('the commands of the documentation', function () {
  this.timeout(90_000);
  const all = documentedCommands();
  let network: TestNetwork;
  let host: Host;

  /** In /run/work, as root, with a machine's own /run and /etc/keepalived. */
  const shell = (script: string) =>
    host.run(['sh', '-c', `export PATH=/run/work/path:$PATH; cd /run/work && ${script}`], { timeout: 60_000 });

  before(async () => {
    requireBuild();
    network = await createTestNetwork([{ name: 'one', interfaces: [{ name: 'eth0', addresses: ['192.0.2.1/24'] }] }]);
    host = network.host('one');
    const work = join(network.directory, 'work');
    mkdirSync(join(work, 'path'), { recursive: true });
    symlinkSync(launcher, join(work, 'path', 'ka-ts'));
    symlinkSync(join(root, 'bin'), join(work, 'bin'));
    for (const [name, priority] of [
      ['keepalived.conf', 100],
      ['keepalived.conf.new', 150],
      ['a.conf', 100],
      ['b.conf', 150],
    ] as const)
      writeFileSync(join(work, name), router(priority));
    const units = join(work, 'installed/usr/lib/systemd/system');
    mkdirSync(units, { recursive: true });
    mkdirSync(join(work, 'installed/etc'), { recursive: true });
    cpSync(join(root, 'packaging/systemd/ka-ts.service'), join(units, 'ka-ts.service'));
    cpSync('/lib/systemd/system/keepalived.service', join(units, 'keepalived.service'));
    await host.run(['sh', '-c', 'mount -t tmpfs none /run && cp -a "$1" /run/work && mount --bind /run/work /etc/keepalived', 'sh', work]);
  });
  after(async () => {
    await shell('kill "$(cat /run/keepalived.pid)"; rm -f /tmp/ka.pid /tmp/vrrp.pid /tmp/ka.sock');
    await network?.destroy();
  });

  it('are each run by a test, or are none', () => {
    const run = Object.entries(here).map(([text, { as = text }]) => as);
    // `ka-ts failover` in a sentence names what is run with its words elsewhere.
    const names = (text: string) => text.startsWith('ka-ts ') && run.some((typed) => typed.startsWith(`${text} `));
    const known = (text: string) => text in here || text in elsewhere || text in mentions || benches.test(text) || names(text);
    assert.deepEqual(
      all.filter(({ text }) => !known(text)).map(({ text, where }) => `${where}: ${text}`),
      [],
      'let a test run it: here, or elsewhere with its name in this file',
    );
    const written = new Set(all.map(({ text }) => text));
    const gone = [here, elsewhere, mentions].flatMap((table) => Object.keys(table)).filter((text) => !written.has(text));
    assert.deepEqual(gone, [], 'no page has it any more');
  });

  it('that other tests run are still there', () => {
    for (const [command, [file, text]] of Object.entries(elsewhere))
      assert.ok(readFileSync(join(root, file), 'utf8').includes(text), `${command}: ${file} has no ${text}`);
  });

  it('name scripts of the package, and benches with words that they have', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    // Some read their words themselves.
    const ownWords = readFileSync(join(root, 'bench/run.ts'), 'utf8');
    for (const { text, where } of all) {
      const script = /^npm run (\S+)/.exec(text)?.[1];
      if (script !== undefined) assert.ok(script in scripts, `${where}: ${text}`);
      const words = benches.exec(text)?.[1]?.split(' ');
      if (!words) continue;
      // A number that cannot be (--own-kernel would first boot a kernel for it) ends these before they begin, after all other words.
      if (words[0] === 'checkers' || words[0] === 'config') {
        const wrong = [
          'bench/run.ts',
          ...words.filter((w, i) => !['--runs', '--own-kernel'].includes(w) && words[i - 1] !== '--runs'),
          '--runs',
          '0',
        ];
        const { stderr } = spawnSync(process.execPath, ['--import=tsx', ...wrong], { cwd: root, encoding: 'utf8' });
        assert.match(stderr, /--runs takes/, text);
      } else if (!ownWords.includes(`words[0] === '${words[0]}'`)) parseOptions(words);
    }
  });

  it('are found in blocks and in sentences', () => {
    const page = [
      'Say `ka-ts status --json \\| jq .` or `ka-ts` there,',
      '`npm run x` too.',
      '',
      '    ka-ts plan b.conf     # what',
      '',
      '```',
      'systemctl stop x   # or: kill -TERM 1',
      'what it prints',
      '```',
      '```text',
      'ka-ts says',
      '```',
    ].join('\n');
    assert.deepEqual(
      commandsIn(page).map(({ text, line }) => `${line} ${text}`),
      ['1 ka-ts status --json | jq .', '2 npm run x', '4 ka-ts plan b.conf', '7 systemctl stop x', '7 kill -TERM 1'],
    );
  });

  for (const [command, { as = command, status = 0, says, endedAfter, terminal }] of Object.entries(here))
    it(command, async () => {
      const plain = terminal ? `script -qec ${quoted(as)} /dev/null` : as;
      const script = endedAfter === undefined ? plain : `timeout -s INT ${endedAfter / 1000} ${plain}`;
      const { status: ended, stdout, stderr } = await shell(script);
      const report = `${as}: status ${ended}\n${stdout}${stderr}`;
      // 124: timeout has ended it; some end well at INT.
      assert.ok(endedAfter === undefined ? ended === status : ended === 124 || ended === 0 || ended === 130, report);
      if (says) assert.match(stdout + stderr, says, report);
      if (command.startsWith('node bin/ka-ts --vrrp')) {
        await until('the daemon is MASTER', async () => /MASTER/.test((await shell('ka-ts status')).stdout), { within: 15_000 });
        await until('its recording', async () => (await shell('ls recordings/*.json')).status === 0);
      }
    });

  it('leave a daemon that still runs', async () => {
    assert.ok(existsSync(launcher));
    assert.match((await shell('ka-ts status')).stdout, /VI_1/);
  });
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
