// SPDX-License-Identifier: MIT
// tcpdump records in a namespace with the kernel's time stamps, tshark tells what the packets are. Neither knows ka-ts.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Host } from '../../lib/lab/host.ts';
import { runOrThrow } from '../../lib/lab/run.ts';

/** A frame as tshark understands it. Fields of other protocols are '' or NaN. */
export interface Packet {
  readonly number: number;
  /** Unix time in seconds, from the kernel. */
  readonly at: number;
  readonly length: number;
  readonly kind: 'advert' | 'garp' | 'arp' | 'na' | 'echo_request' | 'echo_reply' | 'other';
  /** Of an IP packet; NaN for ARP. */
  readonly family: number;
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** IP source or ARP sender. */
  readonly source: string;
  readonly destination: string;
  /** IPv6: hop limit. */
  readonly ttl: number;
  readonly ipId: number;
  readonly ipLength: number;
  /** IPv6: traffic class. */
  readonly tos: number;
  readonly ipChecksumGood: boolean;
  readonly version: number;
  readonly vrid: number;
  readonly priority: number;
  readonly authType: number;
  readonly authString: string;
  /** As in the packet: whole seconds for version 2, centiseconds for version 3. */
  readonly interval: number;
  readonly checksumGood: boolean;
  readonly addresses: readonly string[];
  readonly arpOperation: number;
  readonly arpSenderMac: string;
  readonly arpTargetMac: string;
  readonly arpTarget: string;
  readonly echoSequence: number;
  /** Neighbor Advertisement: target, its link-layer address and the flags that are set: r, s, o. */
  readonly naTarget: string;
  readonly naMac: string;
  readonly naFlags: string;
  /** What tshark complains about; notes and chats are left out. */
  readonly complaints: readonly string[];
}

export interface Capture {
  readonly file: string;
  /** Ends the capture and decodes it. */
  packets(): Promise<Packet[]>;
}

const running = new Set<ChildProcess>();

/** Captures everything that a host's interface sees. Resolves when tcpdump listens. */
export async function startCapture(host: Host, ifname: string, file: string, filter = ''): Promise<Capture> {
  // Outside the host's pid namespace, so that SIGINT reaches it directly; same network.
  const argv = [
    'netns',
    'exec',
    host.netns,
    'tcpdump',
    '-i',
    ifname,
    '-w',
    file,
    '-U',
    '--immediate-mode',
    '-s',
    '256',
    '-B',
    '8192',
    '-Z',
    'root',
  ];
  const child = spawn('ip', filter === '' ? argv : [...argv, filter], { stdio: ['ignore', 'ignore', 'pipe'] });
  running.add(child);
  const ended = once(child, 'exit').finally(() => running.delete(child));
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.includes('listening on')) resolve();
    });
    child.once('exit', () => reject(new Error(`tcpdump: ${text}`)));
  });
  return {
    file,
    packets: async () => {
      if (child.exitCode === null) child.kill('SIGINT');
      await ended;
      return decode(file);
    },
  };
}

const fields = {
  number: 'frame.number',
  at: 'frame.time_epoch',
  length: 'frame.len',
  sourceMac: 'eth.src',
  destinationMac: 'eth.dst',
  ipSource: 'ip.src',
  ipDestination: 'ip.dst',
  ttl: 'ip.ttl',
  ipv6Source: 'ipv6.src',
  ipv6Destination: 'ipv6.dst',
  hopLimit: 'ipv6.hlim',
  trafficClass: 'ipv6.tclass',
  ipId: 'ip.id',
  ipLength: 'ip.len',
  tos: 'ip.dsfield',
  ipChecksum: 'ip.checksum.status',
  version: 'vrrp.version',
  vrid: 'vrrp.virt_rtr_id',
  priority: 'vrrp.prio',
  authType: 'vrrp.auth_type',
  authString: 'vrrp.auth_string',
  interval: 'vrrp.adver_int',
  shortInterval: 'vrrp.short_adver_int',
  checksum: 'vrrp.checksum.status',
  addresses: 'vrrp.ip_addr',
  ipv6Addresses: 'vrrp.ipv6_addr',
  arpOperation: 'arp.opcode',
  arpSenderMac: 'arp.src.hw_mac',
  arpTargetMac: 'arp.dst.hw_mac',
  arpSender: 'arp.src.proto_ipv4',
  arpTarget: 'arp.dst.proto_ipv4',
  icmpType: 'icmp.type',
  echoSequence: 'icmp.seq',
  icmpv6Type: 'icmpv6.type',
  naTarget: 'icmpv6.nd.na.target_address',
  naMac: 'icmpv6.opt.linkaddr',
  naRouter: 'icmpv6.nd.na.flag.r',
  naSolicited: 'icmpv6.nd.na.flag.s',
  naOverride: 'icmpv6.nd.na.flag.o',
  severity: '_ws.expert.severity',
  complaint: '_ws.expert.message',
} as const;

/** PI_WARN; errors are larger. */
const warning = 0x00600000;

/** Decodes a capture file with tshark, checksums of IP included. */
export async function decode(file: string): Promise<Packet[]> {
  const wanted = Object.values(fields).flatMap((name) => ['-e', name]);
  const format = ['-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=|', '-E', 'occurrence=a'];
  const argv = ['tshark', '-n', '-r', file, '-o', 'ip.check_checksum:TRUE', ...format, ...wanted];
  const text = await runOrThrow(argv, { timeout: 60_000 });
  return text.split('\n').filter(Boolean).map(toPacket);
}

function toPacket(line: string): Packet {
  const cells = line.split('\t');
  const all = (name: keyof typeof fields) => cells[Object.keys(fields).indexOf(name)]?.split('|') ?? [];
  // An ICMP error quotes another packet: only the outer one counts.
  const cell = (name: keyof typeof fields) => all(name)[0] ?? '';
  const number = (...names: (keyof typeof fields)[]) => Number(names.map(cell).find((text) => text !== '') ?? Number.NaN);
  const flag = (name: keyof typeof fields, letter: string) => (/^(?:1|True)$/.test(cell(name)) ? letter : '');
  const severities = all('severity').map(Number);
  const messages = all('complaint');
  const isArp = cell('arpOperation') !== '';
  return {
    number: number('number'),
    at: number('at'),
    length: number('length'),
    kind: icmpv6Kind(cell('icmpv6Type')) ?? (isArp ? arpKind(cell) : kindOf(cell('version'), cell('icmpType'))),
    family: cell('ipv6Source') !== '' ? 6 : cell('ipSource') !== '' ? 4 : Number.NaN,
    sourceMac: cell('sourceMac'),
    destinationMac: cell('destinationMac'),
    source: isArp ? cell('arpSender') : cell('ipSource') || cell('ipv6Source'),
    destination: isArp ? cell('arpTarget') : cell('ipDestination') || cell('ipv6Destination'),
    ttl: number('ttl', 'hopLimit'),
    ipId: number('ipId'),
    ipLength: number('ipLength'),
    tos: number('tos', 'trafficClass'),
    ipChecksumGood: cell('ipChecksum') === '1',
    version: number('version'),
    vrid: number('vrid'),
    priority: number('priority'),
    authType: number('authType'),
    authString: cell('authString'),
    interval: number('interval', 'shortInterval'),
    checksumGood: cell('checksum') === '1',
    addresses: [...all('addresses'), ...all('ipv6Addresses')].filter(Boolean),
    arpOperation: number('arpOperation'),
    arpSenderMac: cell('arpSenderMac'),
    arpTargetMac: cell('arpTargetMac'),
    arpTarget: cell('arpTarget'),
    echoSequence: number('echoSequence'),
    naTarget: cell('naTarget'),
    naMac: cell('naMac'),
    naFlags: flag('naRouter', 'r') + flag('naSolicited', 's') + flag('naOverride', 'o'),
    complaints: messages.filter((_, i) => (severities[i] ?? 0) >= warning),
  };
}

function icmpv6Kind(type: string): Packet['kind'] | undefined {
  if (type === '') return undefined;
  return type === '136' ? 'na' : 'other';
}

/** A kernel that still has the address answers the announcement of its next owner, to that one alone: an answer like any other. */
function arpKind(cell: (name: keyof typeof fields) => string): Packet['kind'] {
  const isAnswer = cell('arpOperation') === '2' && cell('destinationMac') !== 'ff:ff:ff:ff:ff:ff';
  return cell('arpSender') === cell('arpTarget') && !isAnswer ? 'garp' : 'arp';
}

function kindOf(version: string, icmp: string): Packet['kind'] {
  if (icmp !== '') return icmp === '8' ? 'echo_request' : icmp === '0' ? 'echo_reply' : 'other';
  return version === '' ? 'other' : 'advert';
}

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
