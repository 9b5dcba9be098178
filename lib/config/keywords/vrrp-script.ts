// SPDX-License-Identifier: MIT
// vrrp_script: a periodic check that instances track.

import { micros, seconds } from '../../base/time.ts';
import { flag, script, scriptUser, weight } from '../args.ts';
import { keywords } from '../keyword.ts';
import { integer, secondsDecimal } from '../numbers.ts';

export const vrrpScript = keywords({
  script: {
    arg: script({ users: false }),
    reload: 'restart',
    doc: 'Command to run; words after it are ignored',
    example: '"/usr/bin/killall -0 haproxy"',
  },
  interval: { arg: secondsDecimal(0, 4294, 3), default: seconds(1), reload: 'live', doc: 'Time between runs', example: '2' },
  timeout: { arg: secondsDecimal(0, 4294, 3), reload: 'live', doc: 'Run counts as failed after this; interval when absent', example: '1' },
  weight: {
    arg: weight,
    default: { value: 0, reverse: false },
    reload: 'live',
    doc: 'Priority change; 0 means FAULT on failure',
    example: '-20',
  },
  rise: {
    arg: integer(1, 2147483647),
    default: 1,
    invalid: "(%s): vrrp script rise value '%v' invalid, defaulting to 1",
    reload: 'live',
    doc: 'Successes needed for up',
    example: '2',
  },
  fall: {
    arg: integer(1, 2147483647),
    default: 1,
    invalid: "(%s): vrrp script fall value '%v' invalid, defaulting to 1",
    reload: 'live',
    doc: 'Failures needed for down',
    example: '3',
  },
  user: { arg: scriptUser, reload: 'restart', doc: 'Identity of the script' },
  init_fail: { arg: flag, default: false, reload: 'live', doc: 'Assume failed until first success' },
});

/** keepalived replaces 0 by one second, with an error. */
export const leastInterval = micros(1_000_000);
