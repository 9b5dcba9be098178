// SPDX-License-Identifier: MIT
// What each process of a daemon may do, read from the kernel for every thread of it: lib/process/role-rights.ts says what it is left.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capabilityNumbers } from '../../lib/process/rights.ts';
import { until } from '../support/until.ts';
import { instance, launcher, oneHostSuite, startBare, startCommand, writeConfiguration } from './support.ts';

const names = new Map<number, string>(Object.entries(capabilityNumbers).map(([name, number]) => [number, name.replace('CAP_', '')]));

interface Thread {
  readonly permitted: readonly string[];
  readonly effective: readonly string[];
  readonly ambient: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly filtered: boolean;
}

describe('the rights of each process', () => {
  const stage = oneHostSuite();
  const words = ['-l', '-D', '-G'];
  const programs = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'];
  const scheduling = ['IPC_LOCK', 'SYS_NICE'];
  const forVrrp = [...programs, 'NET_ADMIN', 'NET_RAW', ...scheduling];
  const forCheckers = [...programs, 'NET_ADMIN', ...scheduling];

  const server = (check: string) => `virtual_server 192.0.2.77 80 {
  lvs_method NAT
  real_server 192.0.2.78 80 {
    ${check}
  }
}
`;
  const tcp = 'TCP_CHECK { connect_timeout 1 }';
  const bfd = 'bfd_instance one { neighbor_ip 192.0.2.9 }\n';
  const page = 'global_defs {\n ka_ts { http 127.0.0.1 8765 }\n}\n';

  /** Every thread of the process of this role; waits for the process and its engine. */
  const threads = async (role: string, name = ''): Promise<readonly Thread[]> => {
    const pid = await until(`the ${role} process`, () => pidOf(stage.host.firstPid, role), { within: 15_000 });
    const folder = `/proc/${pid}/task`;
    const texts = () => readdirSync(folder).flatMap((tid) => read(`${folder}/${tid}/status`));
    await until('its threads', () => texts().some((text) => name === '' || text.includes(`Name:\t${name}`)), { within: 15_000 });
    return texts().map(threadOf);
  };
  const assertAll = (list: readonly Thread[], wanted: readonly string[], confined = false) => {
    assert.ok(list.length > 4, `${list.length} threads`);
    for (const thread of list) {
      assert.deepEqual([...thread.permitted].sort(), [...wanted].sort());
      assert.deepEqual([...thread.effective].sort(), [...wanted].sort());
      assert.equal(thread.noNewPrivileges, confined);
      assert.equal(thread.filtered, confined);
    }
  };
  const mine = threadOf(readFileSync('/proc/self/status', 'utf8')).permitted;

  it('VRRP, checks, BFD and the status page have each their own; the parent has all', async () => {
    stage.daemon = startBare(stage.host, stage.directory, page + instance() + server(tcp) + bfd, ...words);
    await stage.daemon.logged(/Entering MASTER STATE/);
    await stage.daemon.logged(/^Startup complete$/);
    assertAll(await threads('vrrp', 'ka-engine'), forVrrp);
    assertAll(await threads('checkers'), forCheckers);
    assertAll(await threads('bfd', 'ka-bfd'), scheduling, true);
    assertAll(await threads('web'), [], true);
    assertAll(await threads('parent'), mine);
  });

  it('a reload that needs more replaces the process, and the next one has it; the others stay', async () => {
    const d = startBare(stage.host, stage.directory, instance() + server(tcp), ...words);
    stage.daemon = d;
    await d.logged(/^Startup complete$/);
    const vrrp = pidOf(stage.host.firstPid, 'vrrp');
    const checkers = pidOf(stage.host.firstPid, 'checkers');
    writeFileSync(d.file, instance() + server('TCP_CHECK {\n connect_timeout 1\n bind_if lo\n bind_port 80\n }'));
    const from = d.lines.length;
    d.signal('SIGHUP');
    await d.logged(/Healthcheck child process\(\d+\) was started without CAP_NET_BIND_SERVICE, CAP_NET_RAW, .* replacing it/, { from });
    await d.logged(/^Reload complete$/, { from });
    assertAll(await threads('checkers'), [...forCheckers, 'NET_RAW', 'NET_BIND_SERVICE']);
    assert.notEqual(pidOf(stage.host.firstPid, 'checkers'), checkers);
    assert.equal(pidOf(stage.host.firstPid, 'vrrp'), vrrp);
    assert.ok(!d.lines.some((line) => line.includes('died')), d.raw());
  });

  it('a script that runs as root is root as usual; one of somebody else has nothing', async () => {
    const script = join(stage.directory, 'rights');
    writeFileSync(script, '#!/bin/sh\ncat /proc/self/status >"$1.new" && mv "$1.new" "$1"\n', { mode: 0o755 });
    const [root, nobody] = [join('/tmp', `ka-rights-${process.pid}-root`), join('/tmp', `ka-rights-${process.pid}-nobody`)];
    const more = `notify_master "${script} ${root}" root\n notify "${script} ${nobody}" nobody`;
    stage.daemon = startBare(stage.host, stage.directory, instance({ more }), ...words);
    await stage.shell(`chmod 755 ${stage.directory} ${stage.network.directory}`);
    await stage.daemon.logged(/Entering MASTER STATE/);
    const seen = async (file: string) =>
      threadOf(await until(file, () => stage.shell(`cat ${file} 2>/dev/null || true`), { within: 10_000 }));
    const asRoot = await seen(root);
    assert.deepEqual(asRoot.effective, mine);
    assert.deepEqual(asRoot.ambient, []);
    assert.equal(asRoot.noNewPrivileges, false);
    const asNobody = await seen(nobody);
    assert.deepEqual([asNobody.permitted, asNobody.ambient], [[], []]);
    await stage.shell(`rm -f ${root} ${nobody}`);
  });

  it('of a daemon that is not root: each process has its part of what that was given', async () => {
    const own = join(stage.directory, 'mine');
    mkdirSync(own);
    chmodSync(own, 0o777);
    for (const folder of [stage.directory, stage.network.directory]) chmodSync(folder, 0o755);
    const four = ['-all,+net_raw,+net_admin,+sys_nice,+ipc_lock'].flatMap((set) => [`--inh-caps=${set}`, `--ambient-caps=${set}`]);
    const command = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', ...four, process.execPath, launcher];
    const file = writeConfiguration(stage.directory, page + instance() + bfd);
    stage.daemon = startCommand(command, stage.host, own, file, '-b', join(own, 'bfd.pid'));
    await stage.daemon.logged(/^Startup complete$/);
    assertAll(await threads('vrrp', 'ka-engine'), ['NET_ADMIN', 'NET_RAW', ...scheduling]);
    assertAll(await threads('bfd', 'ka-bfd'), scheduling, true);
    assertAll(await threads('web'), [], true);
  });
}).timeout(90_000);

function threadOf(status: string): Thread {
  const set = (name: string) => {
    const bits = BigInt(`0x${new RegExp(`^${name}:\\s+([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? 0}`);
    return Array.from({ length: 64 }, (_, n) => n).flatMap((n) => ((bits >> BigInt(n)) & 1n ? [names.get(n) ?? String(n)] : []));
  };
  return {
    permitted: set('CapPrm'),
    effective: set('CapEff'),
    ambient: set('CapAmb'),
    noNewPrivileges: /^NoNewPrivs:\s+1$/m.test(status),
    filtered: /^Seccomp:\s+2$/m.test(status),
  };
}

/** Pid as seen from outside. */
function pidOf(beside: number, role: string): number | undefined {
  const here = namespace(beside);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && namespace(name) === here)
    .map(Number)
    .find((pid) => {
      const its = /(?:^|\0)KA_TS_ROLE=(\w+)/.exec(read(`/proc/${pid}/environ`)[0] ?? '')?.[1];
      return (its ?? 'parent') === role && (its !== undefined || /^Name:\s+keepalived/m.test(read(`/proc/${pid}/status`)[0] ?? ''));
    });
}

function namespace(pid: number | string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
}

/** Nothing of one that has ended. */
function read(file: string): string[] {
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
}
