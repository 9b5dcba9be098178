// SPDX-License-Identifier: MIT
// What global_defs says about the scheduling of one process. The packet engine's threads are real-time by themselves
// (vrrp_rt_priority); the rest of the process is not, because garbage collection there would starve a small machine.

import { errorText } from '../base/errors.ts';
import type { ProcessDefs } from '../config/model-process.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Log } from '../ports/log.ts';

export type Prefix = 'vrrp' | 'checker' | 'bfd';
type Calls = Pick<NativeAddon, 'setNice' | 'lockProgram' | 'setCpuAffinity' | 'setLimit' | 'setRealtimePriority'>;

/** Real-time work without a pause for so many seconds is a defect, not a burst: the process is to be replaced. */
const mostSeconds = 5;

/** Applies what is set; what the system refuses is logged and left. `label` as in `Starting VRRP child process`. */
export function applyScheduling(prefix: Prefix, label: string, defs: ProcessDefs, native: Calls, log: Log): void {
  const attempt = (what: string, act: () => void) => {
    try {
      act();
    } catch (error) {
      log.warning(`${label} process: unable to set ${what} - ${errorText(error)}`);
    }
  };
  const nice = defs[`${prefix}_priority`];
  if (nice !== 0) attempt(`priority ${nice}`, () => native.setNice(nice));
  // All of the memory, as keepalived locks it, would crash V8.
  if (defs[`${prefix}_no_swap`]) attempt('no_swap', () => native.lockProgram());
  const realtime = defs[`${prefix}_rt_priority`];
  // Of VRRP it is the packet engine that gets it.
  if (realtime !== null && prefix !== 'vrrp') attempt(`real-time priority ${realtime}`, () => native.setRealtimePriority(realtime));
  const cpus = defs[`${prefix}_cpu_affinity`];
  if (cpus.length > 0) attempt(`CPU affinity ${cpus.join(' ')}`, () => native.setCpuAffinity(cpus));
  const rttime = defs[`${prefix}_rlimit_rttime`];
  // keepalived's hard limit kills at the first burst of many instances; ours only warns (see overuse below).
  if (rttime !== null) attempt(`RLIMIT_RTTIME ${rttime}`, () => native.setLimit('rttime', { soft: rttime, hard: null }));
}

/** Called at each SIGXCPU, which the kernel repeats every second that a real-time thread runs on. `now` in seconds. */
export function createOveruse(prefix: Prefix, label: string, log: Log, replace: () => void): (now: number) => void {
  let first = Number.NEGATIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return (now) => {
    if (now - last > 2) first = now;
    last = now;
    log.warning(`${label} process has used too much CPU time, ${prefix}_rlimit_rttime may need to be increased`);
    if (now - first >= mostSeconds) replace();
  };
}
