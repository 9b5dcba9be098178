// SPDX-License-Identifier: MIT
// Real configurations from the shared data: each loads without a crash, and the exit status of a configuration test is
// that of keepalived 2.4.3.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dumpConfig } from '../../lib/config/dump.ts';
import { loadConfig } from '../../lib/config/load.ts';
import type { Loaded, LoadOptions } from '../../lib/config/options.ts';
import { createConfigFiles } from '../../lib/kernel/config-files.ts';
import type { ScriptChecks } from '../../lib/ports/script-checks.ts';
import { sharedPath } from '../support/shared.ts';
import { usable } from '../unit/config/load.ts';
import { memoryFiles } from '../unit/config/memory-files.ts';

const configs = sharedPath('configs');

/** The system on which expected.tsv was made: tools of the base system, no other script, no user keepalived_script. */
const system: ScriptChecks = {
  self: () => ({ uid: 0, gid: 0 }),
  identity: (user) => (['root', 'nobody', 'daemon', '0'].includes(user) ? { uid: 0, gid: 0 } : null),
  script(command) {
    const tools = ['killall', 'pidof', 'test', 'bash', 'sh', 'true'];
    if (command.startsWith('<') || /^\/(usr\/)?s?bin\//.test(command)) return usable(command);
    if (command.includes('/')) return { kind: 'inaccessible', error: 'No such file or directory' };
    return tools.includes(command) ? usable(`/usr/bin/${command}`, { found: `/usr/bin/${command}` }) : { kind: 'not_in_path' };
  },
};

/** Files whose status is ours on purpose, with the reason. */
const different: Readonly<Record<string, string>> = {
  '023-vrrp-smtp-helo-notify-fifo-conditional-not.conf':
    'the namespace named could not be entered, so keepalived ended with 0 after the first pass',
  '039-mix-route-nexthop-track-group-rs-notify.conf': 'as above',
  '141-mix-track-group-rs-notify-sorry-inhibit.conf': 'as above',
  '114-lvs-hysteresis-seq-quorum-scripts.conf':
    'a service that keepalived loses to braces out of order is read where it was meant, with its script',
  '134-kitchen-sink-all-keywords.conf': 'keepalived dies of SIGSEGV',
  '153-kitchen-sink-all-keywords.conf': 'keepalived dies of SIGSEGV',
  '229-kitchen-sink-all-keywords.conf': 'keepalived dies of SIGSEGV',
};

interface Row {
  readonly file: string;
  readonly expected: string;
  readonly loaded: Loaded;
}

function load(file: string, options: Partial<LoadOptions>): Loaded {
  return loadConfig({ ...createConfigFiles(), directory: () => configs }, { file, configId: 'cc-test', seed: 1, env: {}, ...options });
}

function table(path: string): Record<string, string>[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} is needed for this test: put the shared folder beside the repository or set KA_SHARED`, { cause });
  }
  const [head = [], ...rows] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  return rows.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ''])));
}

describe('the configuration corpus', () => {
  let rows: Row[] = [];
  before(() => {
    rows = table(sharedPath('configs', 'expected.tsv')).map((row) => {
      const interfaces = ['lo', ...(row.interfaces ?? '').split(',').filter(Boolean)].map((name) => ({
        name,
        mtu: 1500,
        loopback: name === 'lo',
        multicast: name !== 'lo',
      }));
      const file = row.file ?? '';
      return { file, expected: row['rc_2.4.3'] ?? '', loaded: load(file, { interfaces, scripts: system, lenient: false }) };
    });
  });

  const agrees = (row: Row) => String(row.loaded.testStatus) === row.expected;

  it('has the exit status of keepalived 2.4.3 for every file', () => {
    const wrong = rows.filter((r) => !agrees(r) && !(r.file in different));
    assert.deepEqual(
      wrong.map((r) => `${r.file}: ${r.loaded.testStatus}, not ${r.expected}`),
      [],
    );
  });

  it('has the same exit status for at least 139 of 146 files, and the others are different on purpose', () => {
    assert.equal(rows.length, 146);
    const others = rows.filter((r) => !agrees(r)).map((r) => r.file);
    assert.ok(others.length <= 7, others.join());
    assert.deepEqual(
      others.filter((file) => !(file in different)),
      [],
    );
  });

  it('reads back from its dump, whatever the configuration id', function () {
    this.timeout(60_000);
    for (const file of readdirSync(configs).filter((f) => f.endsWith('.conf'))) {
      for (const configId of ['low', 'high', 'cc-test']) {
        const { config } = load(file, { configId });
        if (!config) continue;
        const dump = dumpConfig(config, { secrets: true });
        const again = loadConfig(memoryFiles({ '/dump': dump }), { file: '/dump', configId });
        assert.ok(again.config, `${file}: ${again.findings.map((f) => f.message).join('; ')}`);
        assert.equal(dumpConfig(again.config, { secrets: true }), dump, file);
        assert.deepEqual(withoutPlaces(again.config), withoutPlaces(config), file);
      }
    }
  });

  it('survives the loss, doubling and misspelling of any word: no crash', () => {
    for (const file of readdirSync(configs).filter((f) => /^0.*\.conf$/.test(f))) {
      const text = readFileSync(sharedPath('configs', file), 'utf8');
      for (let n = 0; n < 40; n++) loadConfig(memoryFiles({ '/x': mutate(text, n) }), { file: '/x', configId: 'low', seed: 1 });
    }
  });
});

function mutate(text: string, n: number): string {
  const words = [...text.matchAll(/[^\s#!]+/g)];
  const word = words[(n * 7919) % Math.max(1, words.length)];
  if (!word) return text;
  const replacement = ['', `${word[0]} ${word[0]}`, `${word[0].slice(1)}x`, '{', '}', '"'][n % 6] ?? '';
  return text.slice(0, word.index) + replacement + text.slice(word.index + word[0].length);
}

/** Places move with the lines; quoting of commands is normalised. */
function withoutPlaces(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'position' || key === 'text' ? undefined : inner)));
}

describe('the scenarios', () => {
  const scenario = (name: string) => {
    const loaded = loadConfig(createConfigFiles(), { file: sharedPath('scenarios', `${name}.conf`), configId: 'x' });
    const [instance] = loaded.config?.vrrp_instance ?? [];
    assert.ok(instance, `${name}: ${loaded.findings.map((f) => f.message).join('; ')}`);
    return { ...loaded, instance };
  };

  it('all load without an error', () => {
    const files = readdirSync(sharedPath('scenarios')).filter((f) => f.endsWith('.conf'));
    assert.ok(files.length >= 12);
    for (const file of files) {
      const { findings } = scenario(file.replace('.conf', ''));
      const unexpected = findings.filter((f) => f.severity !== 'warning');
      assert.deepEqual(
        unexpected.map((f) => f.code),
        file.startsWith('ah-web1') ? ['state-ah'] : [],
        file,
      );
    }
  });

  it('two proxies: priority 100 and 99, script weight 2, PASS', () => {
    const { instance, config } = scenario('two-proxies-lb1');
    assert.deepEqual([instance.virtual_router_id, instance.priority, instance.state, instance.interface], [51, 100, 'MASTER', 'enp0s8']);
    assert.deepEqual(instance.authentication, { auth_type: 'PASS', auth_pass: '123456' });
    assert.deepEqual(instance.track_script, [{ name: 'chk_haproxy', weight: { value: 2, reverse: false } }]);
    assert.deepEqual(config?.vrrp_script[0]?.script.words, ['killall', '-0', 'haproxy']);
    assert.deepEqual([config?.vrrp_script[0]?.interval, config?.global_defs.router_id], [2_000_000, 'test1']);
    assert.deepEqual(
      instance.virtual_ipaddress.map((v) => [v.ip, v.prefixLength, v.dev]),
      [['192.168.56.15', 32, 'enp0s8']],
    );
    assert.equal(scenario('two-proxies-lb2').instance.priority, 99);
  });

  it('leading zero: virtual_router_id 09 is VRID 9', () => {
    for (const name of ['nginx-proxy-master', 'nginx-proxy-backup']) assert.equal(scenario(name).instance.virtual_router_id, 9);
  });

  it('plain priorities: 210 and 200', () => {
    assert.deepEqual([scenario('priorities-node1').instance.priority, scenario('priorities-node2').instance.priority], [210, 200]);
  });

  it('unicast: peer, source, label, broadcast, rise 2, fall 7, timeout 35, three scripts', () => {
    const { instance, config } = scenario('unicast-courier');
    assert.deepEqual(
      [instance.unicast_src_ip, instance.unicast_peer[0]?.ip, instance.advert_int],
      ['100.77.189.139', '100.77.189.137', 5_000_000],
    );
    const [vip] = instance.virtual_ipaddress;
    assert.deepEqual(
      [vip?.ip, vip?.prefixLength, vip?.broadcast, vip?.label, vip?.dev],
      ['100.77.189.140', 32, '100.77.189.255', 'eth0:0', 'eth0'],
    );
    const network = config?.vrrp_script.find((s) => s.name === 'chk_network_F');
    assert.deepEqual([network?.rise, network?.fall, network?.timeout, network?.interval], [2, 7, 35_000_000, 5_000_000]);
    assert.deepEqual(
      [instance.notify_master, instance.notify_backup, instance.notify_fault].map((s) => s?.words.slice(1)),
      [
        ['courier', 'MASTER'],
        ['courier', 'BACKUP'],
        ['courier', 'FAULT'],
      ],
    );
    assert.equal(instance.track_script.find((t) => t.name === 'chk_courier_B')?.weight.value, 1);
  });

  it('AH: nopreempt, sources, and a master by state starts as backup', () => {
    assert.deepEqual([scenario('ah-web2-nopreempt').instance.nopreempt, scenario('ah-web2').instance.mcast_src_ip], [true, '10.2.3.111']);
    const { instance } = scenario('ah-web1');
    assert.deepEqual([instance.state, instance.authentication], ['BACKUP', { auth_type: 'AH', auth_pass: '12345678' }]);
  });

  it('trackers: one of each kind, the weight of each its own or that of the instance', () => {
    const { instance } = scenario('trackers');
    assert.deepEqual(instance.track_process, [{ name: 'track_apache', weight: { value: 10, reverse: false } }]);
    assert.deepEqual(instance.track_file, [{ name: 'track_app_file', weight: { value: 1, reverse: false } }]);
    assert.deepEqual(instance.track_interface, [{ name: 'ens9', weight: { value: 5, reverse: false } }]);
    assert.equal(instance.nopreempt, false);
  });
});
