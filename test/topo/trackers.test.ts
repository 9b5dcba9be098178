// SPDX-License-Identifier: MIT
// The same trackers, the same events: what ka-ts logs is what the packaged keepalived logs. Each plays on a wire of its own.

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kind, untilLogged } from '../support/daemon.ts';
import { createLan, createStage } from '../support/lan.ts';

const configuration = (folder: string) => `global_defs {
  dynamic_interfaces
}
interface_up_down_delays {
  e1 1 0.5
}
linkbeat_interfaces {
  e2 MII
}
track_file plain {
  file ${folder}/plain
  init_file 3
}
track_file upside {
  file ${folder}/upside
  weight 2 reverse
}
track_file strict {
  file ${folder}/strict
  weight 0
}
vrrp_instance VI {
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress {
    192.0.2.100/24
  }
  track_interface {
    e1 weight 5
    e2 weight 4 reverse
  }
  track_file {
    plain
    upside weight 3 reverse
    strict
  }
}
`;

/** What trackers make a daemon say. keepalived does not lower the priority of a file that is a fault. */
const ofTrackers =
  /tracked file|Changing effective priority|Entering (FAULT|BACKUP) STATE|Invalid number|Netlink reports e|Linkbeat reports|delay by|linkbeat type|NIC polling/;

async function play(kind: Kind): Promise<string[]> {
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.9/24',
    routers: [
      {
        name: 'node',
        kind,
        address: '192.0.2.1/24',
        interfaces: [
          { name: 'e1', addresses: [] },
          { name: 'e2', addresses: [] },
        ],
        configuration: '',
      },
    ],
  });
  try {
    const node = lan.router('node');
    const folder = join(lan.network.directory, 'files');
    mkdirSync(folder);
    writeFileSync(node.file, configuration(folder));
    const daemon = node.start();
    const said = async (pattern: RegExp, act: () => unknown): Promise<void> => {
      const from = daemon.lines.length;
      await act();
      await untilLogged(daemon, pattern, { from });
    };
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    const cable = (name: string, plugged: boolean) => lan.network.cable('node', name, plugged);

    await untilLogged(daemon, /^Startup complete$/);
    await said(/priority from 104 to 109/, () => write('plain', '8\n'));
    await said(/priority from 109 to 103/, () => write('upside', ' 0x2 and more\n'));
    await said(/now FAULT/, () => write('strict', '1'));
    await said(/Entering BACKUP/, () => write('strict', 'abc'));
    await said(/Invalid number/, () => write('plain', '99999999999'));
    await said(/priority from 103 to 254/, () => write('plain', '250'));
    await said(/priority from 254 to 95/, () => rmSync(join(folder, 'plain')));
    await said(/priority from 95 to 100/, () => {
      write('plain.new', '5\n');
      renameSync(join(folder, 'plain.new'), join(folder, 'plain'));
    });
    await said(/delay by/, () => cable('e1', false));
    await cable('e1', true);
    await said(/priority from 100 to 95/, () => cable('e1', false));
    await said(/priority from 95 to 100/, () => cable('e1', true));
    await said(/priority from 100 to 104/, () => cable('e2', false));
    await said(/priority from 104 to 100/, () => cable('e2', true));
    return daemon.lines.map((line) => line.text.replaceAll(folder, 'DIR')).filter((text) => ofTrackers.test(text));
  } finally {
    await lan.destroy();
  }
}

describe('trackers beside keepalived', () => {
  const played = createStage().play([
    { name: 'ka-ts', play: () => play('ka-ts') },
    { name: 'keepalived', play: () => play('keepalived') },
  ]);
  // At the start the order of independent lines is each daemon's own.
  const story = (lines: readonly string[]) => lines.slice(lines.findIndex((l) => l.includes('from 104 to 109')));

  it('files, delayed and polled links are told in the same words and with the same numbers', () => {
    assert.deepEqual(story(played('ka-ts')), story(played('keepalived')));
  });

  it('a way of polling that a driver has not is replaced, and said so', () => {
    for (const kind of ['ka-ts', 'keepalived'])
      assert.ok(played(kind).includes('(e2): Configured linkbeat type MII not supported, using ETHTOOL'), kind);
  });
});
