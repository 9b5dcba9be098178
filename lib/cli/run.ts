// Does what a command line asks for (reference/cli-and-process.md section 1).

import { openSync, writeSync } from 'node:fs';
import { errorText, exitStatus } from '../base/errors.ts';
import { type DaemonOptions, parseCommandLine, type Remarks } from './options.ts';

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
      remark(line.remarks);
      return testConfiguration(line.options, line.logFile);
    case 'run': {
      const { detach, isDetached } = await import('../process/spawn.ts');
      const detached = isDetached();
      if (!detached) remark(line.remarks);
      if (line.options.fork && !detached) {
        detach();
        return exitStatus.ok;
      }
      (await import('../process/run-parent.ts')).runParent(line.options, line.remarks.withoutEffect);
      return null;
    }
  }
}

export async function runGenhash(args: readonly string[]): Promise<number> {
  return (await import('./genhash.ts')).genhash(
    args,
    (text) => process.stdout.write(text),
    (text) => process.stderr.write(text),
  );
}

/** -t: findings to standard error, or appended to a file; status 1 when that cannot be opened. */
async function testConfiguration(options: DaemonOptions, logFile: string | null): Promise<number> {
  const [{ configTest }, { readOnce }, { saveConfiguration }] = await Promise.all([
    import('./config-test.ts'),
    import('../process/configuration.ts'),
    import('../process/config-save.ts'),
  ]);
  let output: number = process.stderr.fd;
  try {
    if (logFile !== null) output = openSync(logFile, 'a', 0o644);
  } catch (error) {
    process.stderr.write(`Unable to open config-test log file ${logFile}: ${errorText(error)}\n`);
    return exitStatus.fatal;
  }
  const write = (line: string) => void writeSync(output, `${line}\n`);
  try {
    const loaded = readOnce({ ...options, file: options.configFile });
    saveConfiguration(loaded, process.pid, 0, write);
    return configTest(loaded, write);
  } catch (error) {
    // The namespace: keepalived ends with 0 there, but what was not looked at has not passed.
    write(`Unable to set network namespace - ${errorText(error)}`);
    return exitStatus.missingPermission;
  }
}

function remark(remarks: Remarks): void {
  for (const text of remarks.warnings) process.stderr.write(`${text}\n`);
  if (remarks.operands.length > 0) process.stdout.write(`Unexpected argument(s): ${remarks.operands.join(' ')} \n`);
}

async function version(): Promise<string> {
  const [{ versionBlock }, system] = await Promise.all([import('./usage.ts'), import('../kernel/system.ts')]);
  return versionBlock({ kernel: system.kernel(), distribution: system.distribution(), node: process.version });
}
