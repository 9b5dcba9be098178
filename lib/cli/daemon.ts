// SPDX-License-Identifier: MIT
// What keepalived's options ask for when they ask for nothing else: a daemon. Modules are imported when they are needed: a child that
// can be started at once is on its way before the parent has loaded the rest of itself.

import { loadNative } from '../native/load.ts';
import { type EarlyChild, startEarly } from '../process/early.ts';
import { isDetached, isSuccessor, isTrial } from '../process/marks.ts';
import { defaultConfigFile } from '../process/places.ts';
import type { CommandLine, DaemonOptions } from './options.ts';
import { remark } from './remarks.ts';

/** This process becomes the parent, or starts it in the background and may end. */
export async function startDaemon({ options, remarks }: Extract<CommandLine, { kind: 'run' }>): Promise<void> {
  if (isTrial()) {
    const { runTrial } = await import('../process/trial.ts');
    process.exitCode = runTrial(options);
    return;
  }
  const detached = isDetached();
  if (!detached) remark(remarks);
  if (options.fork && !detached) {
    const { detach } = await import('../process/spawn.ts');
    detach();
    return;
  }
  const early = isSuccessor() ? null : startAtOnce(options);
  const { runParent } = await import('../process/run-parent.ts');
  runParent(options, early);
}

function startAtOnce(options: DaemonOptions): EarlyChild | null {
  return startEarly(options, options.configFile ?? defaultConfigFile, loadNative());
}
