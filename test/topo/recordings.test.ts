// SPDX-License-Identifier: MIT
// What the flight recorder keeps of a real failover: tshark reads it, no password is in it, and the machines decide the same again.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownCommand } from '../../lib/lab/daemon.ts';
import type { Recording } from '../../lib/vrrp/core/replay.ts';
import type { ScanResult } from '../../lib/vrrp/scan.ts';
import { untilLogged } from '../support/daemon.ts';
import { createLan, createStage } from '../support/lan.ts';
import { until } from '../support/until.ts';

const password = 'Geheim77';

const configuration = (priority: number, recorder: string) => `global_defs {
  ka_ts {
    ${recorder}
  }
}
vrrp_sync_group G {
  group {
    VI_1
    VI_6
  }
}
vrrp_instance VI_1 {
  version 2
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass ${password}
  }
  virtual_ipaddress {
    192.0.2.100/24
  }
}
vrrp_instance VI_6 {
  version 3
  interface eth0
  virtual_router_id 61
  priority ${priority}
  advert_int 0.2
  virtual_ipaddress {
    fe80::61
  }
}
`;

interface Played {
  readonly files: readonly { readonly name: string; readonly content: Buffer; readonly mode: number }[];
  readonly tshark: string;
  readonly comments: string;
  readonly replay: { readonly status: number | null; readonly text: string };
  readonly spoilt: number | null;
  readonly scan: { readonly status: number | null; readonly text: string };
}

async function play(): Promise<Played> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.200/24',
    routers: (['a', 'b'] as const).map((name, n) => ({
      name,
      kind: 'ka-ts',
      address: `192.0.2.1${n}/24`,
      ipv6: [`fe80::${n + 1}/64`],
      configuration: '',
    })),
  });
  try {
    const folder = join(lan.network.directory, 'recordings');
    const [a, b] = [lan.router('a'), lan.router('b')];
    writeFileSync(a.file, configuration(150, ''));
    writeFileSync(b.file, configuration(100, `flight_recorder ${folder} files 3 size 1000000`));
    a.start();
    await untilLogged(a.daemon, /^\(VI_6\) Entering MASTER STATE/);
    b.start();
    await untilLogged(b.daemon, /^\(VI_6\) Entering BACKUP STATE/);
    const scan = spawnSync('ip', ['netns', 'exec', lan.client.netns, ...ownCommand(), 'scan', '--seconds', '2', '--json', 'eth0'], {
      encoding: 'utf8',
    });
    a.daemon.signal('SIGTERM');
    await untilLogged(b.daemon, /^\(VI_6\) [A-Z]+ to MASTER, cause/);
    const names = () => readdirSync(folder).filter((name) => /-active-.*\.json$/.test(name));
    const [json = ''] = await until('a recording', () => names().length > 0 && names());
    await b.daemon.stop();
    const path = join(folder, json);
    const capture = path.replace(/json$/, 'pcapng');
    const [command = '', ...words] = ownCommand();
    const replay = (file: string) => spawnSync(command, [...words, 'replay', file], { encoding: 'utf8' });
    const fields = ['-T', 'fields', '-e', 'frame.protocols', '-e', 'vrrp.virt_rtr_id', '-e', 'vrrp.checksum.status', '-e', 'frame.comment'];
    const spoilt = join(lan.network.directory, 'spoilt.json');
    const done = replay(capture);
    writeFileSync(spoilt, readFileSync(path, 'utf8').replace(/"priority":150/g, '"priority":90'));
    return {
      files: readdirSync(folder).map((name) => ({
        name,
        content: readFileSync(join(folder, name)),
        mode: statSync(join(folder, name)).mode,
      })),
      tshark: execFileSync('tshark', ['-r', capture, ...fields], { encoding: 'utf8' }),
      comments: execFileSync('tshark', ['-r', capture, '-V'], { encoding: 'utf8' }),
      replay: { status: done.status, text: done.stdout + done.stderr },
      spoilt: replay(spoilt).status,
      scan: { status: scan.status, text: scan.stdout + scan.stderr },
    };
  } finally {
    await lan.destroy();
  }
}

describe('the recording of a failover', () => {
  const played = createStage().play([{ name: 'failover', play }]);
  const result = () => played('failover');

  it('is for root alone and within its bounds', () => {
    const { files } = result();
    assert.ok(files.length > 0 && files.length <= 6, `${files.map((f) => f.name)}`);
    assert.deepEqual([...new Set(files.map((f) => f.mode & 0o777))], [0o600]);
  });

  it('opens in tshark: packets of all members both ways, timers and causes between them', () => {
    const { tshark, comments } = result();
    const rows = tshark.trim().split('\n');
    assert.ok(
      rows.some((r) => /ip:vrrp\t51\t/.test(r) && /farewell|accepted/.test(r)),
      tshark,
    );
    assert.ok(
      rows.some((r) => /ipv6:vrrp\t61\t/.test(r)),
      tshark,
    );
    assert.ok(
      rows.some((r) => /sent/.test(r)),
      tshark,
    );
    assert.match(comments, /deadline [0-9]+ ran out/);
    assert.match(comments, /to MASTER, cause (peer_resigned|sync_group)/);
    assert.doesNotMatch(comments, /Malformed/);
  });

  it('has no password in it', () => {
    for (const { name, content } of result().files) assert.equal(content.includes(password), false, name);
    assert.match(result().comments, /password masked/);
  });

  it('is decided the same again, byte for byte', () => {
    const { replay, files } = result();
    assert.equal(replay.status, 0, replay.text);
    assert.match(replay.text, /VI_1: backup -> active/);
    assert.match(replay.text, /[0-9]+ steps, all decisions the same/);
    const { steps } = JSON.parse(files.find((f) => /-active-.*json$/.test(f.name))?.content.toString() ?? '') as Recording;
    assert.ok(steps.length > 3, `${steps.length}`);
  });

  it('begins where a scan of the wire sees both routers and free VRIDs', () => {
    const { scan } = result();
    assert.equal(scan.status, 0, scan.text);
    const { senders, free } = JSON.parse(scan.text) as ScanResult;
    assert.deepEqual(
      senders.map((s) => [s.family, s.vrid, s.version, s.priority, s.authType, s.addresses]),
      [
        [4, 51, 2, 150, 1, ['192.0.2.100']],
        [6, 61, 3, 150, 0, ['fe80::61']],
      ],
    );
    assert.equal(free.ipv4, '1-50, 52-255');
  });

  it('is not the same any more where somebody changed it', () => assert.equal(result().spoilt, 1));
});
