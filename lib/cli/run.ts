// Does what a command line asks for (reference/cli-and-process.md section 1).

import { exitStatus } from '../base/errors.ts';
import { parseCommandLine } from './options.ts';
import { remark } from './remarks.ts';

/** The exit status, or null when the process goes on as a daemon. `argv` without interpreter and program. */
export async function runCommandLine(argv: readonly string[]): Promise<number | null> {
  const line = parseCommandLine(argv);
  switch (line.kind) {
    case 'error':
      process.stderr.write(`${line.text}\n`);
      return exitStatus.fatal;
    case 'help':
      process.stderr.write((await import('./usage.ts')).helpText());
      return exitStatus.ok;
    case 'version':
      process.stderr.write(await version());
      return exitStatus.ok;
    case 'signum':
      process.stdout.write(`${line.signal}\n`);
      return exitStatus.ok;
    case 'genhash':
      return runGenhash(line.args);
    case 'config-test':
      return (await import('./config-test.ts')).testConfiguration(line);
    case 'run': {
      const { detach, isDetached } = await import('../process/spawn.ts');
      const detached = isDetached();
      if (!detached) remark(line.remarks);
      if (line.options.fork && !detached) {
        detach();
        return exitStatus.ok;
      }
      (await import('../process/run-parent.ts')).runParent(line.options);
      return null;
    }
  }
}

export async function runGenhash(args: readonly string[]): Promise<number> {
  const [{ genhash }, { socketsHere }] = await Promise.all([import('./genhash.ts'), import('../process/sockets-here.ts')]);
  return genhash(
    args,
    (text) => process.stdout.write(text),
    (text) => process.stderr.write(text),
    socketsHere(),
  );
}

async function version(): Promise<string> {
  const [{ versionBlock }, system] = await Promise.all([import('./usage.ts'), import('../kernel/system.ts')]);
  return versionBlock({ kernel: system.kernel(), distribution: system.distribution(), node: process.version });
}
