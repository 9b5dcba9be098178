// SPDX-License-Identifier: MIT
// Which signals a process of the daemon listens to. Until a listener stands, SIGHUP and SIGUSR2 end a Node process and
// SIGUSR1 opens its inspector, so this comes before the pid file tells anybody where to send one.

import type { NativeAddon } from '../native/surface.ts';
import { signalOf } from './dumps.ts';

export interface SignalActions {
  readonly onStop: () => void;
  /** INT: a stop too, unless --ignore-sigint. */
  readonly onInterrupt: () => void;
  readonly onReload: () => void;
  /** USR1: data dump. */
  readonly onDump: () => void;
  /** USR2: statistics. */
  readonly onStatistics: () => void;
  /** SIGRTMAX-1: statistics, then zero them. */
  readonly onClearStatistics: () => void;
  /** SIGRTMIN+2 */
  readonly onJson: () => void;
}

/** Listens for the life of the process; everything else that monitoring may send is outlived. */
export function listenToSignals(actions: SignalActions, native: Pick<NativeAddon, 'outliveUnusedSignals' | 'listenToSignal'>): void {
  native.outliveUnusedSignals();
  native.listenToSignal(signalOf.json, actions.onJson);
  native.listenToSignal(signalOf.clear_statistics, actions.onClearStatistics);
  process.on('SIGTERM', actions.onStop);
  process.on('SIGINT', actions.onInterrupt);
  process.on('SIGHUP', actions.onReload);
  process.on('SIGUSR1', actions.onDump);
  process.on('SIGUSR2', actions.onStatistics);
}

/** strsignal(3) of glibc for those that end a process. */
export function signalText(signal: NodeJS.Signals): string {
  return texts[signal] ?? signal;
}

const texts: Partial<Record<NodeJS.Signals, string>> = {
  SIGHUP: 'Hangup',
  SIGINT: 'Interrupt',
  SIGQUIT: 'Quit',
  SIGILL: 'Illegal instruction',
  SIGTRAP: 'Trace/breakpoint trap',
  SIGABRT: 'Aborted',
  SIGBUS: 'Bus error',
  SIGFPE: 'Floating point exception',
  SIGKILL: 'Killed',
  SIGUSR1: 'User defined signal 1',
  SIGSEGV: 'Segmentation fault',
  SIGUSR2: 'User defined signal 2',
  SIGPIPE: 'Broken pipe',
  SIGALRM: 'Alarm clock',
  SIGTERM: 'Terminated',
  SIGXCPU: 'CPU time limit exceeded',
};
