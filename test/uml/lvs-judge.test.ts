// The whole daemon beside the packaged keepalived in one kernel, each in a namespace of its own: the IPVS tables are equal when
// servers die and return, after a reload, and at the end.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ownCommand } from '../../lib/lab/daemon.ts';
import { ipvsadm, savedTable, startDirector } from '../support/ipvs-judge.ts';
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
    const begun: number[] = [];
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
        assert.deepEqual(found, wanted, `${phase}\n${ours.log().slice(-3000)}`);
      }
      begun.push(wanted.length);
    };
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
    assert.ok(new Set(begun).size > 4, String(begun));
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
