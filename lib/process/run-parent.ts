// Puts the parent together from adapters and starts it: the life of a daemon from its first log line.

import { resolve } from 'node:path';
import { errorText, exitStatus, StartError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { version, versionText } from '../base/version.ts';
import type { DaemonOptions } from '../cli/options.ts';
import type { Config } from '../config/model.ts';
import { createClock } from '../kernel/clock.ts';
import { createFiles } from '../kernel/files.ts';
import { consoleSink } from '../kernel/log.ts';
import { createSystem } from '../kernel/system.ts';
import { loadNative } from '../native/load.ts';
import { parentDataLines } from '../observe/data-dump.ts';
import type { Log } from '../ports/log.ts';
import type { System } from '../ports/system.ts';
import { sinksFor } from './child.ts';
import { createReader, defaultConfigFile, logFindings } from './configuration.ts';
import { createDumpWriter, dumpDirectory, dumpFile } from './dumps.ts';
import type { LogSettings } from './messages.ts';
import { createParent } from './parent.ts';
import { createPidFiles, defaultPidFiles } from './pidfiles.ts';
import { createServiceManager } from './service-manager.ts';
import { listenToSignals } from './signals.ts';
import { createSpawner } from './spawn.ts';

/** Files of the daemon are for their owner alone unless the configuration says otherwise. */
const defaultUmask = 0o177;

/** Runs for the life of the process and ends it. `withoutEffect`: options that were accepted and do nothing yet. */
export function runParent(options: DaemonOptions, withoutEffect: readonly string[]): void {
  const native = loadNative();
  const logSettings: LogSettings = {
    syslog: options.syslog,
    facility: options.logFacility,
    console: options.logConsole && !options.fork,
    detailLevel: options.logDetail,
  };
  const log = createLog(sinksFor(logSettings, 'Keepalived', native, consoleSink()), options.logDetail);
  const system = createSystem(native);
  const clock = createClock();
  // Absolute before the daemon leaves the directory it was started in: a reload reads the same file.
  const file = options.configFile !== null && options.fork ? resolve(options.configFile) : options.configFile;
  const load = createReader({ ...options, file }, system.hostName(), native);
  const files = createFiles(native);
  const umask = options.umask ?? defaultUmask;
  const dumps = createDumpWriter({ log: () => log, directory: dumpDirectory(process.env), umask });
  const dataLines = (config: Config) => parentDataLines(config.global_defs, { hostName: system.hostName(), umask });
  const parent = createParent({
    clock,
    log,
    system,
    spawn: createSpawner(!options.fork),
    pidFiles: createPidFiles(files, log),
    serviceManager: createServiceManager(native),
    read() {
      const loaded = load();
      logFindings(loaded, log);
      return loaded;
    },
    settings: {
      runVrrp: options.runVrrp,
      runAll: options.runAll,
      respawn: options.respawn,
      pidFile: resolve(options.pidFile ?? defaultPidFiles.parent),
      vrrpPidFile: resolve(options.vrrpPidFile ?? defaultPidFiles.vrrp),
      pid: process.pid,
      child: {
        log: logSettings,
        ignoreSigint: options.ignoreSigint,
        dumpConfig: options.dumpConfig,
        umask,
        vrrp: {
          keepAddressesAtStop: options.keepVrrpAtStop,
          releaseUnrecorded: options.releaseVips,
          monitorAddresses: options.monitorAddresses,
          respawned: false,
        },
      },
    },
    writeData: (config) => dumps.write(dumpFile.parent, `${dataLines(config).join('\n')}\n`),
    logData(config) {
      if (options.dumpConfig) for (const line of dataLines(config)) log.info(line);
    },
    exit: (status) => process.exit(status),
  });

  process.on('uncaughtException', (error) => {
    log.alert(error.stack ?? error.message);
    process.exit(exitStatus.internal);
  });
  process.umask(umask);
  // Paths are absolute by now: the daemon must not hold on to the directory it was started in.
  if (options.fork) process.chdir('/');
  system.setProcessName('keepalived');
  listenToSignals(
    {
      onStop: parent.stop,
      onInterrupt: options.ignoreSigint ? () => {} : parent.stop,
      onReload: parent.reload,
      onDump: () => parent.dump('data'),
      onStatistics: () => parent.dump('statistics'),
      onClearStatistics: () => parent.dump('clear_statistics'),
      onJson: () => parent.dump('json'),
    },
    native,
  );
  // Signal listeners alone do not keep Node running, and a parent without children stays.
  setInterval(() => {}, 2 ** 30);

  introduce(log, system, file ?? defaultConfigFile, withoutEffect);
  try {
    parent.start();
  } catch (error) {
    log.alert(errorText(error));
    process.exit(error instanceof StartError ? error.status : exitStatus.internal);
  }
}

function introduce(log: Log, system: System, file: string, withoutEffect: readonly string[]): void {
  const kernel = system.kernel();
  log.info(`Starting ${versionText}, ka-ts ${version.own}`);
  log.info(`Running on ${kernel.system} ${kernel.release} ${kernel.version} (Node ${process.version})`);
  log.info(
    `Command line: ${process.argv
      .slice(1)
      .map((word) => `'${word}'`)
      .join(' ')}`,
  );
  log.info(`Configuration file ${file}`);
  for (const name of withoutEffect) log.notice(`NOTICE: option --${name} is accepted but has no effect yet`);
}
