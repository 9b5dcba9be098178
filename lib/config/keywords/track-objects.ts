// SPDX-License-Identifier: MIT
// Things that instances, groups and checkers follow: files, processes, BFD sessions, and delays of interface changes.

import { micros } from '../../base/time.ts';
import { address, bool, flag, optionalWord, text, weight, weightUpTo, wordList } from '../args.ts';
import { initFile } from '../global-args.ts';
import { keywords } from '../keyword.ts';
import { integer, secondsDecimal } from '../numbers.ts';

const live = 'live' as const;

export const trackFile = keywords({
  file: {
    arg: text('PATH'),
    repeat: { first: 'File already set for track file %s - ignoring %v' },
    reload: live,
    doc: 'File to watch',
    example: '/run/keepalived/maintenance',
  },
  weight: {
    arg: weightUpTo(254),
    default: { value: 1, reverse: false },
    repeat: { first: 'Weight already set for track file %s - ignoring %v' },
    reload: live,
    doc: 'Multiplier of the number read, 0 means non-zero is a fault',
  },
  init_file: { arg: initFile, reload: live, doc: 'Write VALUE at start when the file is absent' },
});

export const trackProcess = keywords({
  process: {
    arg: wordList('COMMAND [PARAM...]'),
    repeat: { first: 'Process already set for track process %s - ignoring %v' },
    reload: live,
    doc: 'Command to look for',
    example: 'haproxy',
  },
  param_match: { arg: optionalWord(['initial', 'partial']), reload: live, doc: 'How parameters are compared' },
  weight: {
    arg: weightUpTo(254),
    default: { value: 0, reverse: false },
    repeat: { first: 'Weight already set for track process %s - ignoring %v' },
    reload: live,
    doc: 'Priority change; 0 means FAULT',
  },
  quorum: { arg: integer(1, 65535), default: 1, reload: live, doc: 'Fewest processes for success', example: '1' },
  quorum_max: { arg: integer(0, 65535), reload: live, doc: 'Most processes for success; unlimited when absent' },
  delay: { arg: secondsDecimal(0.000001, 3600), reload: live, doc: 'Sets terminate_delay and fork_delay' },
  terminate_delay: { arg: secondsDecimal(0.000001, 3600), default: micros(0), reload: live, doc: 'Wait after quorum loss' },
  fork_delay: { arg: secondsDecimal(0.000001, 3600), default: micros(0), reload: live, doc: 'Wait after quorum gain' },
  full_command: { arg: flag, default: false, reload: live, doc: 'Compare the full command line, not the short name' },
});

const interval = (min: number) => secondsDecimal(min, 4294967, 3, 1e3);
const neighbour = address({ message: "Configuration error: BFD instance '%s' malformed neighbor address '%v'" });

export const bfdInstance = keywords({
  source_ip: {
    arg: address({ message: "Configuration error: BFD instance '%s' malformed source address '%v', ignoring" }),
    reload: live,
    doc: 'Local address; chosen by the kernel when absent',
  },
  neighbor_ip: { arg: neighbour, reload: live, doc: 'Peer address' },
  neighbour_ip: { as: 'neighbor_ip', arg: neighbour, reload: live, doc: 'Peer address' },
  min_rx: { arg: interval(1), default: micros(10_000), reload: live, doc: 'Required minimum receive interval' },
  min_tx: { arg: interval(1), default: micros(10_000), reload: live, doc: 'Desired minimum transmit interval' },
  idle_tx: { arg: interval(1000), default: micros(1_000_000), reload: live, doc: 'Transmit interval while not up' },
  multiplier: { arg: integer(1, 255, { strict: true }), default: 5, reload: live, doc: 'Missed packets before down' },
  passive: { arg: flag, default: false, reload: live, doc: 'Wait for the peer to start' },
  ttl: { arg: integer(1, 255, { strict: true }), reload: live, doc: 'TTL or hop limit sent; 255 for IPv4, 64 for IPv6 when absent' },
  hoplimit: { as: 'ttl', arg: integer(1, 255, { strict: true }), reload: live, doc: 'TTL or hop limit sent' },
  max_hops: { arg: integer(-1, 255, { strict: true }), default: 0, reload: live, doc: 'Hops a received packet may have used' },
  multihop: { arg: bool, default: false, reload: live, doc: 'Use port 4784 instead of 3784' },
  weight: { arg: weight, default: { value: 0, reverse: false }, reload: live, doc: 'Default VRRP weight of this session' },
  vrrp: { arg: flag, default: false, reload: live, doc: 'Send events to VRRP' },
  checker: { arg: flag, default: false, reload: live, doc: 'Send events to the checker' },
});
