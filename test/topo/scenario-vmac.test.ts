// SPDX-License-Identifier: MIT
// The scenario "VMAC" with the configuration file as somebody wrote it; a second router with a lower priority takes over.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../../lib/lab/run.ts';
import { type Kind, pairings, untilLogged } from '../support/daemon.ts';
import { assertWellFormed } from '../support/judge.ts';
import { adverts, createLan, createStage, first, garps, type Lan, now, type Recording } from '../support/lan.ts';
import { scenarioFile } from '../support/shared.ts';
import { until } from '../support/until.ts';

const vip = '10.100.10.254';
const virtualMac = '00:00:5e:00:01:fa';
const own = { a: { address: '10.100.10.1', mac: '02:00:00:00:10:01' }, b: { address: '10.100.10.2', mac: '02:00:00:00:10:02' } } as const;
type Name = keyof typeof own;

interface ShownLink {
  readonly ifname: string;
  readonly address: string;
  readonly link?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly mode?: string } };
}

interface Played extends Recording {
  readonly link: ShownLink;
  /** When b had it; Unix time in seconds. */
  readonly taken: number;
  /** Interfaces of a after its end. */
  readonly left: readonly string[];
  readonly calls: Readonly<Record<Name, string>>;
}

async function links(lan: Lan, name: Name): Promise<ShownLink[]> {
  return JSON.parse(await runOrThrow(['ip', '-n', lan.router(name).host.netns, '-j', '-d', 'link', 'show'])) as ShownLink[];
}

/** Asks for the address anew. */
async function ask(lan: Lan): Promise<void> {
  await lan.client.run(['ip', 'neigh', 'flush', 'dev', 'eth0']);
  await until(`${vip} answers`, async () => (await lan.client.run(['ping', '-c', '1', '-W', '1', vip])).status === 0, { every: 100 });
}

async function play(kinds: readonly [Kind, Kind]): Promise<Played> {
  const router = (name: Name, kind: Kind) => ({ name, kind, mac: own[name].mac, address: `${own[name].address}/24`, configuration: '' });
  const lan = await createLan({ ifname: 'eth0', client: '10.100.10.100/24', routers: [router('a', kinds[0]), router('b', kinds[1])] });
  try {
    const calls = (name: Name) => join(lan.network.directory, `${name}.calls`);
    for (const name of ['a', 'b'] as const) {
      // The script stands where the test may write; all else is as it was written.
      const script = join(lan.network.directory, `vmac_tweak-${name}.sh`);
      writeFileSync(script, `#!/bin/sh\necho "$*" >>${calls(name)}\n`);
      chmodSync(script, 0o755);
      const text = scenarioFile('vmac.conf').replace('/usr/local/bin/vmac_tweak.sh', script);
      writeFileSync(lan.router(name).file, name === 'a' ? text : text.replace('priority 150', 'priority 100'));
    }
    const [a, b] = [lan.router('a'), lan.router('b')];
    a.start();
    await untilLogged(a.daemon, /\(instance1\) Entering MASTER STATE/);
    b.start();
    await untilLogged(b.daemon, /\(instance1\) Entering BACKUP STATE/);
    await ask(lan);
    const link = first(
      (await links(lan, 'a')).filter((l) => l.ifname === 'vrrp.250'),
      'vrrp.250',
    );
    await until('the script of a was called', () => existsSync(calls('a')));
    await a.daemon.stop();
    await untilLogged(b.daemon, /\(instance1\) Entering MASTER STATE/);
    const taken = now();
    await ask(lan);
    await until('the script of b was called', () => existsSync(calls('b')));
    const left = (await links(lan, 'a')).map((l) => l.ifname);
    const told = { a: readFileSync(calls('a'), 'utf8'), b: readFileSync(calls('b'), 'utf8') };
    return { ...(await lan.recording()), link, taken, left, calls: told };
  } finally {
    await lan.destroy();
  }
}

describe('scenario VMAC', () => {
  const played = createStage().play(pairings().map((pair) => ({ name: pair.join('/'), play: () => play(pair) })));

  for (const pair of pairings())
    describe(pair.join('/'), () => {
      const recorded = () => played(pair.join('/'));

      it('makes a private macvlan vrrp.250 with the virtual MAC on eth0, and takes it away at the end', () => {
        const { link, left } = recorded();
        assert.equal(link.address, virtualMac);
        assert.equal(link.link, 'eth0');
        assert.deepEqual([link.linkinfo?.info_kind, link.linkinfo?.info_data?.mode], ['macvlan', 'private']);
        assert.ok(!left.includes('vrrp.250'), left.join(' '));
      });

      it('adverts leave the base interface with its own MAC and address', () => {
        for (const name of ['a', 'b'] as const) {
          const list = adverts(recorded().packets, { source: own[name].address });
          assert.ok(list.length > 0);
          for (const p of list) assert.deepEqual([p.vrid, p.sourceMac, p.addresses[0]], [250, own[name].mac, vip]);
        }
      });

      it('the address answers ARP with the virtual MAC, on both routers', () => {
        const { packets, taken } = recorded();
        // Neighbour entries tell less: a router asks for the client from the address, with the MAC of its base interface.
        const answers = packets.filter((p) => p.kind === 'arp' && p.arpOperation === 2 && p.source === vip);
        for (const list of [answers.filter((p) => p.at < taken), answers.filter((p) => p.at > taken)]) {
          assert.ok(list.length > 0);
          for (const p of list) assert.deepEqual([p.sourceMac, p.arpSenderMac], [virtualMac, virtualMac]);
        }
      });

      it('announces the address with the virtual MAC only', () => {
        const macs = garps(recorded().packets, vip).map((p) => p.sourceMac);
        assert.ok(macs.length >= 10);
        assert.deepEqual([...new Set(macs)], [virtualMac]);
      });

      it('calls the notify script with its argument once on each router', () => {
        assert.deepEqual(recorded().calls, { a: 'vrrp.250\n', b: 'vrrp.250\n' });
      });

      it('tshark finds nothing wrong with any packet', () => assertWellFormed(recorded().packets));
    });
});
