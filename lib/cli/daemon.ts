// What keepalived's options ask for when they ask for nothing else: a daemon.

import { runParent } from '../process/run-parent.ts';
import { detach, isDetached } from '../process/spawn.ts';
import { isTrial, runTrial } from '../process/trial.ts';
import type { CommandLine } from './options.ts';
import { remark } from './remarks.ts';

/** This process becomes the parent, or starts it in the background and may end. */
export function startDaemon({ options, remarks }: Extract<CommandLine, { kind: 'run' }>): void {
  if (isTrial()) {
    process.exitCode = runTrial(options);
    return;
  }
  const detached = isDetached();
  if (!detached) remark(remarks);
  if (options.fork && !detached) detach();
  else runParent(options);
}
