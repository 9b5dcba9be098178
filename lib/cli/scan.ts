// SPDX-License-Identifier: MIT
// `ka-ts scan IFACE`: which virtual routers are on a wire, and which VRIDs are free there. Listens only.

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { errorCode, errorText } from '../base/errors.ts';
import { loadNative } from '../native/load.ts';
import { createScan, scanText } from '../vrrp/scan.ts';

const usage = `Usage: ka-ts scan [--seconds N] [--json] INTERFACE

Listens for adverts on an interface and lists the virtual routers there: VRID, version, priority,
addresses, sender, intervals; what is wrong with them; and the VRIDs that nobody uses. Sends
nothing. Needs root or CAP_NET_RAW. Backups are silent: only Active routers are heard.

      --seconds N    how long to listen, 1 to 3600 (default 5)
      --json         one JSON object: {"interface", "seconds", "senders", "problems", "free", "leftOut"}
  -h, --help         this text

Exit status: 0 nothing is wrong; 1 there is a problem; 2 the command line was wrong, or nobody
may listen there.
`;

/** `argv` behind `scan`. The exit status. */
export async function scanCommand(argv: string[]): Promise<number> {
  let asked: { readonly ifname: string; readonly seconds: number; readonly json: boolean } | 'help';
  try {
    asked = readArguments(argv);
  } catch (error) {
    process.stderr.write(`ka-ts scan: ${errorText(error)}\nTry 'ka-ts scan --help'.\n`);
    return 2;
  }
  if (asked === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const { ifname, seconds, json } = asked;
  const native = loadNative();
  const scan = createScan();
  try {
    // Without the group's membership a card passes its packets only when it passes all.
    const tap = native.openTap({ netns: '', ifname, snaplen: 2048, promiscuous: true }, (frames) => {
      for (const { at, bytes } of frames) scan.hear(at, native.describeFrame(bytes));
    });
    await sleep(seconds * 1000);
    const dropped = tap.drops();
    tap.close();
    if (dropped > 0) process.stderr.write(`ka-ts scan: ${dropped} frames came faster than they could be read\n`);
  } catch (error) {
    process.stderr.write(`ka-ts scan: ${ifname}: ${errorText(error)}${hint(errorCode(error))}\n`);
    return 2;
  }
  const result = scan.result();
  process.stdout.write(json ? `${JSON.stringify({ interface: ifname, seconds, ...result })}\n` : scanText(ifname, seconds, result));
  return result.problems.length > 0 ? 1 : 0;
}

function hint(code: string): string {
  if (code === 'EPERM' || code === 'EACCES') return '. Listening needs root or CAP_NET_RAW: try sudo ka-ts scan …';
  return code === 'ENODEV' ? '. `ip link` lists the interfaces' : '';
}

function readArguments(argv: string[]) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const [ifname, ...more] = positionals;
  if (ifname === undefined || more.length > 0) throw new Error('one interface is needed');
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 3600)) throw new Error(`--seconds takes 1 to 3600, not '${values.seconds}'`);
  return { ifname, seconds, json: values.json };
}
