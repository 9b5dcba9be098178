// SPDX-License-Identifier: MIT
// kill -9 of the VRRP process in every state, beside a keepalived: it comes back, the addresses are where they belong, and never
// do two routers advertise for longer than it takes one of them to hear the other.
//
// KA_KILLS=50 is how many there are in all; ten by default, two in each state. Each daemon is killed twice: keepalived's back-off,
// which is ours too, makes a third respawn wait for seconds.

import assert from 'node:assert/strict';
import { untilLogged } from '../support/daemon.ts';
import { adverts, createLan, createStage, type Lan, type Recording } from '../support/lan.ts';
import { until } from '../support/until.ts';

const interval = 0.1;
const vip = '192.0.2.100';
const killsOfEachDaemon = 2;
const states = ['initialize', 'backup', 'master', 'fault', 'reload'] as const;
type At = (typeof states)[number];
const rounds = Math.max(1, Math.round(Number(process.env.KA_KILLS ?? 10) / states.length / killsOfEachDaemon));
/** What a busy test machine adds to an interval, in seconds. */
const lateness = 0.3;

function configuration(priority: number): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority ${priority}
    advert_int ${interval}
    virtual_ipaddress {
        ${vip}/24
    }
}
`;
}

async function play(at: At): Promise<Recording> {
  const priorities = at === 'backup' ? [100, 150] : [200, 150];
  const [mine = 0, theirs = 0] = priorities;
  const lan = await createLan({
    ifname: 'eth0',
    client: '192.0.2.50/24',
    routers: [
      { name: 'victim', kind: 'ka-ts', address: '192.0.2.11/24', configuration: configuration(mine) },
      { name: 'peer', kind: 'keepalived', address: '192.0.2.12/24', configuration: configuration(theirs) },
    ],
  });
  try {
    lan.router('peer').start();
    await lan.router('peer').untilHolds(vip);
    for (let n = 0; n < rounds; n++) await playRound(lan, at);
    return await lan.recording();
  } finally {
    await lan.destroy();
  }
}

async function playRound(lan: Lan, at: At): Promise<void> {
  const [one, two] = [lan.router('victim'), lan.router('peer')];
  const daemon = one.start();
  for (let kill = 0; kill < killsOfEachDaemon; kill++) {
    // In initialize the process has just been started and has told nobody anything yet.
    const known = kill === 0 ? undefined : daemon.vrrpPid();
    if (at !== 'initialize') await settled(lan, at);
    if (at === 'fault' && kill === 0) {
      await lan.cable('victim', false);
      await untilLogged(daemon, /Entering FAULT STATE/);
    }
    if (at === 'reload') daemon.signal('SIGHUP');
    const from = daemon.lines.length;
    const pid = await until('a VRRP process', () => {
      const child = daemon.pids().at(1);
      return child !== undefined && (at !== 'initialize' || child !== known) ? child : undefined;
    });
    process.kill(pid, 'SIGKILL');
    await untilLogged(daemon, /VRRP child process\(\d+\) died: Respawning/, { from });
    await until('another VRRP process', () => daemon.pids().at(1) !== undefined && daemon.pids().at(1) !== pid, { within: 15_000 });
  }
  if (at === 'fault') {
    assert.equal(await one.holds(vip), false, 'nothing is left behind by who is in FAULT');
    await lan.cable('victim', true);
  }
  await settled(lan, at);
  assert.ok(await daemon.stop(), 'it ends by itself');
  await two.untilHolds(vip);
  await one.untilReleased(vip);
}

/** Whoever should have the address has it, and nobody else. */
async function settled(lan: Lan, at: At): Promise<void> {
  const [holder, other] = at === 'backup' ? ['peer', 'victim'] : ['victim', 'peer'];
  if (at === 'fault' && lan.router('victim').daemon.lines.some((l) => /Entering FAULT/.test(l.text))) return;
  await until(
    `${holder} has the address and ${other} has not`,
    async () => (await lan.router(holder ?? '').holds(vip)) && !(await lan.router(other ?? '').holds(vip)),
    { within: 20_000, every: 50 },
  );
}

/** Seconds from the first to the last change of the speaker, where they follow each other within two intervals: the longest quarrel. */
function longestQuarrel(packets: Recording['packets']): number {
  let [longest, speaker, begin, last] = [0, '', -Infinity, -Infinity];
  for (const { source, at } of adverts(packets).filter((p) => p.priority > 0)) {
    if (source === speaker) continue;
    if (at - last > 2 * interval) begin = at;
    longest = Math.max(longest, at - begin);
    [speaker, last] = [source, at];
  }
  return longest;
}

describe(`the VRRP process is killed ${rounds * states.length * killsOfEachDaemon} times`, () => {
  const stage = createStage(60_000 + rounds * 40_000);
  const played = stage.play(states.map((at) => ({ name: at, play: () => play(at) })));
  for (const at of states) {
    it(`in ${at}`, () => {
      const { packets } = played(at);
      assert.ok(longestQuarrel(packets) <= interval + lateness, `two spoke for ${longestQuarrel(packets)} s`);
    });
  }
});
