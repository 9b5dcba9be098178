// SPDX-License-Identifier: MIT
// The whole daemon beside the packaged keepalived in one kernel, each in a namespace of its own: the IPVS tables are equal when
// servers die and return, after a reload, and at the end.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ownCommand } from '../../lib/lab/daemon.ts';
import { type Director, ipvsadm, savedTable, startDirector } from '../support/ipvs-judge.ts';
import { until } from '../support/until.ts';
import { casesWith } from './lvs-cases.ts';

const spaces = { ours: `ka-lvs-${process.pid}-d`, judge: `ka-lvs-${process.pid}-k` };
const ports = ['8001', '8002', '8003', '8004', '8005', '8006', '8007'];
const patient = { within: 60_000, every: 200 };

const cases = casesWith(
  (n) =>
    `TCP_CHECK {\n      connect_ip 127.0.0.1\n      connect_port ${ports[n]}\n      connect_timeout 2\n      retry 0\n      delay_loop 1\n      warmup 0\n    }`,
);
const whole = cases.map((c) => c.text).join('');

/** Other weights, schedulers, times and servers; a service less, and one more. */
const changed = `${cases
  .slice(1)
  .map((c) => c.text)
  .join('')
  .replaceAll('weight 3', 'weight 30')
  .replaceAll('lvs_sched rr', 'lvs_sched wrr')
  .replaceAll('persistence_timeout 120', 'persistence_timeout 121')
  .replaceAll('uthreshold 100', 'uthreshold 101')
  .replaceAll('type gre csum', 'type gre')
  .replaceAll('10.0.1.2 80 ', '10.0.1.22 80 ')}virtual_server 10.0.14.1 80 {
  protocol TCP
  lvs_sched lc
  lvs_method NAT
  real_server 10.0.1.9 80 {
  }
}
`;

/** Lines to backends in both namespaces, done when both have answered. */
function backends(): { tell(...lines: string[]): Promise<void>; end(): void } {
  const both = Object.values(spaces).map((name): ChildProcess & { said: number } => {
    const child = spawn('ip', ['netns', 'exec', name, process.execPath, resolve('test/support/tcp-backends.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const counted = Object.assign(child, { said: 0 });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (counted.said += text.split('done').length - 1));
    return counted;
  });
  return {
    async tell(...lines) {
      const wanted = both.map((b) => b.said + lines.length);
      for (const b of both) b.stdin?.write(`${lines.join('\n')}\n`);
      await until('the backends have answered', () => both.every((b, i) => b.said === wanted[i]), patient);
    },
    end: () => {
      for (const b of both) b.kill('SIGKILL');
    },
  };
}

/** keepalived's table once it has not changed for longer than any check waits. */
async function settled(): Promise<string[]> {
  let last = '';
  let since = 0;
  return until(
    "keepalived's table is settled",
    async () => {
      const table = await savedTable(spaces.judge);
      if (table.join('\n') !== last) {
        last = table.join('\n');
        since = performance.now();
      }
      return performance.now() - since > 4000 && table;
    },
    patient,
  );
}

/** Holds our table against keepalived's; `sizes`: how long it was each time. */
function comparison(judge: Director, ours: Director) {
  const sizes: number[] = [];
  const same = async (phase: string) => {
    const wanted = (await settled()).toSorted();
    let found: string[] = [];
    try {
      await until(
        'our table is the same',
        async () => {
          found = (await savedTable(spaces.ours)).toSorted();
          return found.join('\n') === wanted.join('\n');
        },
        patient,
      );
    } catch {
      assert.deepEqual(found, wanted, `${phase}\n${ours.log().slice(-3000)}\nkeepalived:\n${judge.log().slice(-3000)}`);
    }
    sizes.push(wanted.length);
    return wanted;
  };
  return { same, sizes };
}

/** What is asked in the checks of every kind, on each of the two machines. */
const asked = ['http@8110', 'smtp@8111', 'dns@8112', 'udp@8113', 'tcp@8114'];

/** A service for each kind of check, with as many of its words as both versions read; `folder`: where the files are. */
function everyKind(folder: string): string {
  const page = 'url {\n path /\n';
  const kinds: readonly (readonly [kind: string, port: number, lines: string])[] = [
    ['HTTP_GET', 8110, `virtualhost www.example.com\n${page} status_code 200 301-302\n}`],
    ['HTTP_GET', 8110, `http_protocol 1.1\n${page} digest 5d41402abc4b2a76b9719d911017c592\n}`],
    ['HTTP_GET', 8110, `fast_recovery\n${page} status_code 200\n}\nurl {\n path /second\n virtualhost x\n}`],
    ['HTTP_GET', 8110, `${page} regex "^HEL+O"\n regex_options caseless multiline\n regex_min_offset 8\n regex_max_offset 90\n}`],
    ['HTTP_GET', 8110, `${page} regex goodbye\n regex_no_match\n}`],
    ['HTTP_GET', 8110, `${page} status_code 404\n}`],
    ['SSL_GET', 8110, `enable_sni\ntls_compliant\n${page}}`],
    ['SMTP_CHECK', 8111, 'helo_name example.com'],
    ['DNS_CHECK', 8112, 'type A\nname www.example.com'],
    ['UDP_CHECK', 8113, 'payload 0a0b0c\nrequire_reply 0a0b\nmin_reply_length 2\nmax_reply_length 9'],
    ['UDP_CHECK', 8113, 'require_reply 6c'],
    ['UDP_CHECK', 8113, ''],
    ['TCP_CHECK', 8114, 'bindto 127.0.0.2\nbind_if lo\nfwmark 3\nlog_all_failures'],
    ['PING_CHECK', 8115, ''],
    ['MISC_CHECK', 8116, `misc_path "/usr/bin/test -e ${folder}/well"`],
    ['MISC_CHECK', 8117, `misc_path ${folder}/level.sh\nmisc_dynamic`],
    ['FILE_CHECK', 8118, 'track_file load\nweight 2'],
    ['FILE_CHECK', 8119, 'track_file load\nweight 0'],
  ];
  const times = 'retry 0\ndelay_loop 1\nwarmup 0';
  const services = kinds.map(([kind, port, lines], i) => {
    const target = /MISC|FILE/.test(kind) ? '' : 'connect_ip 127.0.0.1\nconnect_timeout 2\n';
    const inside = `${kind} {\n${target}${kind === 'FILE_CHECK' ? '' : times}\n${lines}\n}`;
    const service = (n: number, more: string) =>
      `virtual_server 10.0.20.${n} 80 {\nprotocol TCP\nlvs_sched wrr\nlvs_method NAT\n${more}\nreal_server 10.0.1.1 ${port} {\nweight 20\n${inside}\n}\n}\n`;
    return service(2 * i + 1, '') + service(2 * i + 2, 'inhibit_on_failure\nsorry_server 10.0.2.1 80');
  });
  return `global_defs {\nscript_user root\n}\ntrack_file load {\nfile ${folder}/load\n}\n${services.join('')}`;
}

describe('the daemon beside keepalived', function () {
  this.timeout(200_000);
  let servers: ReturnType<typeof backends>;

  before(async () => {
    for (const name of Object.values(spaces)) {
      execFileSync('ip', ['netns', 'add', name]);
      for (const line of [
        'link set lo up',
        'link add eth0 type veth peer name far',
        'link set eth0 up',
        'link set far up',
        'addr add 10.0.0.250/24 dev eth0',
      ])
        execFileSync('ip', ['-n', name, ...line.split(' ')]);
    }
    servers = backends();
    await servers.tell(...ports.map((port) => `open ${port}`));
  });

  after(() => {
    servers.end();
    for (const name of Object.values(spaces)) execFileSync('ip', ['netns', 'delete', name]);
  });

  it(`has the same tables of ${cases.length} configurations all along`, async () => {
    const judge = await startDirector(spaces.judge, ['keepalived'], whole);
    const ours = await startDirector(spaces.ours, ownCommand(), whole);
    const { same, sizes } = comparison(judge, ours);
    try {
      await same('at the start');
      await servers.tell('close 8002');
      await same('without the second servers');
      await servers.tell('close 8001', ...ports.slice(2).map((port) => `close ${port}`));
      await same('without servers');
      await servers.tell('open 8001', 'open 8003');
      await same('with some of them');
      await servers.tell('open 8002', ...ports.slice(3).map((port) => `open ${port}`));
      await same('with all of them again');
      await Promise.all([judge.reload(changed), ours.reload(changed)]);
      await same('after a reload');
      await servers.tell('close 8001');
      await same('with failures after the reload');
    } finally {
      await Promise.all([judge.stop(), ours.stop()]);
    }
    assert.deepEqual(await savedTable(spaces.ours), ['']);
    // Every phase had a table of its own.
    assert.ok(new Set(sizes).size > 4, String(sizes));
  });

  it('has the same tables with every kind of check all along', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ka-lvs-judge-'));
    const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
    const text = everyKind(folder);
    put('well', '');
    put('level', '12');
    put('load', '0');
    put('level.sh', `#!/bin/sh\nexit $(cat ${folder}/level)\n`);
    chmodSync(join(folder, 'level.sh'), 0o755);
    const backends = Object.values(spaces).map((name) =>
      spawn(
        'ip',
        ['netns', 'exec', name, process.execPath, resolve('test/support/backends.mjs'), ...asked.map((what) => `${what}@0.0.0.0`)],
        {
          stdio: ['pipe', 'ignore', 'inherit'],
        },
      ),
    );
    const all = (word: 'on' | 'off') => {
      for (const b of backends) b.stdin.write(asked.map((what) => `${word} ${what.split('@')[1]}\n`).join(''));
    };
    const echo = (ignored: 0 | 1) => {
      for (const name of Object.values(spaces))
        execFileSync('ip', ['netns', 'exec', name, 'sh', '-c', `echo ${ignored} > /proc/sys/net/ipv4/icmp_echo_ignore_all`]);
    };
    const judge = await startDirector(spaces.judge, ['keepalived'], text);
    const ours = await startDirector(spaces.ours, ownCommand(), text);
    const { same } = comparison(judge, ours);
    try {
      const begun = await same('at the start');
      // The dynamic weight is what the script says, and a page, a pattern and a reply that are not as wanted are failures.
      assert.ok(
        begun.some((line) => /:8117 -m -w 10$/.test(line)),
        begun.join('\n'),
      );
      all('off');
      echo(1);
      rmSync(join(folder, 'well'));
      put('level', '1');
      put('load', '7');
      const dead = await same('without servers');
      assert.ok(
        dead.some((line) => /:8118 -m -w 34$/.test(line)),
        dead.join('\n'),
      );
      assert.ok(!dead.some((line) => /:811[0-24-79] -m -w [1-9]/.test(line)), dead.join('\n'));
      all('on');
      echo(0);
      put('well', '');
      put('level', '5');
      put('load', '-3');
      await same('with all of them again');
      const next = text.replaceAll('weight 20', 'weight 30').replaceAll('goodbye', 'hello');
      await Promise.all([judge.reload(next), ours.reload(next)]);
      await same('after a reload');
    } finally {
      await Promise.all([judge.stop(), ours.stop()]);
      for (const b of backends) b.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    }
    assert.deepEqual(await savedTable(spaces.ours), ['']);
  });

  it('runs the sync daemon of an instance as its state says', async () => {
    const text = `global_defs {
  lvs_sync_daemon eth0 inst VI_1 maxlen 1300
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  virtual_ipaddress {
    10.0.0.100
  }
}
`;
    const ours = await startDirector(spaces.ours, ownCommand(), text, ['-P']);
    const running = (state: string) =>
      until(
        `the ${state} sync daemon runs`,
        async () => (await ipvsadm(spaces.ours, '-L', '--daemon')).startsWith(`${state} sync daemon`),
        patient,
      );
    try {
      await running('backup');
      await running('master');
      assert.match(await ipvsadm(spaces.ours, '-L', '--daemon'), /eth0.*syncid=51.*maxlen=1300/);
      execFileSync('ip', ['-n', spaces.ours, 'link', 'set', 'eth0', 'down']);
      await running('backup');
    } finally {
      await ours.stop();
      execFileSync('ip', ['-n', spaces.ours, 'link', 'set', 'eth0', 'up']);
    }
    assert.equal(await ipvsadm(spaces.ours, '-L', '--daemon'), '');
  });
});
