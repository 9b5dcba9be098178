// SPDX-License-Identifier: MIT
// Puts the parent together from adapters and starts it: the life of a daemon from its first log line.

import { resolve } from 'node:path';
import { errorText, exitStatus, StartError } from '../base/errors.ts';
import { version } from '../base/version.ts';
import type { DaemonOptions } from '../cli/options.ts';
import type { Config } from '../config/model.ts';
import { createClock } from '../kernel/clock.ts';
import { createFiles } from '../kernel/files.ts';
import { createProcesses } from '../kernel/processes.ts';
import { createScriptChecks } from '../kernel/script-checks.ts';
import { createSystem } from '../kernel/system.ts';
import { loadNative } from '../native/load.ts';
import type { NativeAddon } from '../native/surface.ts';
import { parentDataLines } from '../observe/data-dump.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { takeBequest } from './bequest.ts';
import { saveConfiguration } from './config-save.ts';
import { createReader, logFindings, type ReadConfiguration, type ReadInNamespace, readInNamespace } from './configuration.ts';
import { createControl, timeOfDay } from './control.ts';
import { allowCoreDumps } from './core-dump.ts';
import { createDumpWriter, dumpDirectory } from './dumps.ts';
import type { EarlyChild } from './early.ts';
import { createEdgeScripts } from './edge-scripts.ts';
import { createGuardian } from './guardian.ts';
import { introduction } from './introduction.ts';
import { createProcessLog, type LogSettings, syslogSender } from './log-places.ts';
import { keepYoungGenerationSmall } from './node-flags.ts';
import { adoptOrphans } from './orphans.ts';
import { createParent, type ParentContext } from './parent.ts';
import { preparePidDirectory } from './pid-directory.ts';
import { createPidFiles } from './pidfiles.ts';
import { dataFile, defaultConfigFile, defaultPidFile, type Identity, identityOf, identSuffix } from './places.ts';
import { createPredecessor } from './predecessor.ts';
import { createReloadControl } from './reload-control.ts';
import { createResident } from './resident.ts';
import { createServiceManager, type ServiceManager, watchdogPeriod } from './service-manager.ts';
import { listenToSignals } from './signals.ts';

import { createSpawner } from './spawn.ts';
import { createUpgrade } from './upgrade.ts';
import { createWebChild } from './web-child.ts';

/** Files of the daemon are for their owner alone unless the configuration says otherwise. */
const defaultUmask = 0o177;
const ident = 'Keepalived';

/** Runs for the life of the process and ends it. */
export function runParent(options: DaemonOptions, early: EarlyChild | null = null): void {
  const bequest = takeBequest();
  if (bequest) process.chdir(bequest.directory);
  const directory = process.cwd();
  const native = loadNative();
  keepYoungGenerationSmall(native);
  const logSettings = logSettingsOf(options);
  const log = createProcessLog(logSettings, { ident, name: 'parent', filePart: '' }, native);
  const system = createSystem(native);
  const clock = createClock();
  // Absolute before the daemon leaves the directory it was started in: a reload reads the same file.
  const file = options.configFile !== null && options.fork ? resolve(options.configFile) : options.configFile;
  const source = { ...options, file };
  if (bequest) log.info(`ka-ts ${version.own} takes the place of ${bequest.version}; the routers go on`);
  for (const line of introduction(system.kernel(), process.argv.slice(1))) log.info(line);

  const load = createReader(source, system.hostName(), native);
  // Names of files and processes hang on what the configuration says, so it is read before the parent is put together.
  const { loaded: first, namespace } = readOrEnd(options.namespace, load, native, log);
  const defs = first.config?.global_defs ?? null;
  // It was born outside.
  if (namespace !== null) early?.drop();
  const identity = identityOf(defs, namespace);
  const suffix = identSuffix(identity);
  const log_: LogSettings = { ...logSettings, identSuffix: suffix };
  if (suffix !== '' && options.syslog) {
    log.info(`Changing syslog ident to ${ident}${suffix}`);
    const sender = syslogSender(log_, ident);
    native.syslogOpen(sender.ident, sender.facility, sender.toConsole);
  }
  const umask = options.umask ?? defs?.umask ?? defaultUmask;
  const core = allowCoreDumps(options, native, log);
  const leaveDirectory = prepare(native, identity, log);
  let loads = 0;
  const control = createReloadControl({
    identity,
    clock,
    log,
    first,
    load,
    announce(loaded) {
      logFindings(loaded, log);
      saveConfiguration(loaded, process.pid, loads++, log.warning);
    },
    reload: () => parent.reload(),
  });
  const exit = (status: number): never => {
    control.stop();
    web.close();
    socket.close();
    leaveDirectory();
    core.restore();
    process.exit(status);
  };
  const dumps = createDumpWriter({ log: () => log, directory: dumpDirectory(process.env), umask });
  const dataLines = (config: Config) =>
    parentDataLines(config.global_defs, { hostName: system.hostName(), umask, namespace: identity.namespace, nextReload: control.next() });
  const serviceManager = createServiceManager(native);
  const pidFile = resolve(options.pidFile ?? defaultPidFile('parent', identity));
  const configFile = resolve(file ?? defaultConfigFile);
  const socket = createControl({ native, clock, log, identity, pidFile, configFile, pid: process.pid });
  const web = createWebChild({ native, clock, log, server: socket.server, identity: (user) => createScriptChecks().identity(user, null) });
  const settle = createResident(clock, native);
  const parent = createParent({
    clock,
    log,
    system,
    guardian: createGuardian({ native, clock, log, inherited: bequest?.guardian }),
    predecessors: bequest && new Map(bequest.children.map((left) => [left.role, createPredecessor(left, clock)])),
    upgrade: createUpgrade({
      native,
      log,
      directory,
      leave() {
        web.close();
        control.stop();
        leaveDirectory();
        core.restore();
      },
    }),
    spawn: createSpawner(!options.fork, native, early),
    pidFiles: createPidFiles(createFiles(native), log),
    serviceManager,
    read: control.read,
    objection: control.objection,
    onConfig(config) {
      control.follow(config);
      socket.follow(config);
      web.follow(config);
      settle();
      // Whoever is needed has been taken by then.
      setImmediate(() => early?.drop());
    },
    onEvent: socket.onEvent,
    onWeight: socket.onWeight,
    overlaid: socket.overlaid,
    operated: socket.operated,
    timeOfDay,
    runEdgeScript: createEdgeScripts(
      createProcesses({ clock, log, native, environment: process.env, softCoreLimit: core.forChildren.scriptCoreLimit }),
      log,
    ),
    settings: {
      runVrrp: options.runVrrp,
      runCheckers: options.runCheckers,
      runBfd: options.runBfd,
      runAll: options.runAll,
      respawn: options.respawn,
      pidFile,
      vrrpPidFile: resolve(options.vrrpPidFile ?? defaultPidFile('vrrp', identity)),
      checkersPidFile: resolve(options.checkersPidFile ?? defaultPidFile('checkers', identity)),
      bfdPidFile: resolve(options.bfdPidFile ?? defaultPidFile('bfd', identity)),
      pid: process.pid,
      child: childSettings(options, { log: log_, identity, umask, ...core.forChildren }),
    },
    writeData: (config) =>
      dumps.write(dataFile('parent', config.global_defs, identity, dumpDirectory(process.env)), `${dataLines(config).join('\n')}\n`),
    logData(config) {
      if (options.dumpConfig) for (const line of dataLines(config)) log.info(line);
    },
    exit,
  });

  socket.attach(parent);
  process.on('uncaughtException', (error) => {
    log.alert(error.stack ?? error.message);
    exit(exitStatus.internal);
  });
  process.umask(umask);
  // Paths are absolute by now: the daemon must not hold on to the directory it was started in.
  if (options.fork) process.chdir('/');
  system.setProcessName(defs?.process_name ?? 'keepalived');
  listenToSignals(
    {
      onStop: parent.stop,
      onInterrupt: options.ignoreSigint ? () => {} : parent.stop,
      onReload: () => parent.reload(),
      onDump: () => parent.dump('data'),
      onStatistics: () => parent.dump('statistics'),
      onClearStatistics: () => parent.dump('clear_statistics'),
      onJson: () => parent.dump('json'),
    },
    native,
  );
  process.on('SIGCHLD', adoptOrphans({ native, clock }));
  // Signal listeners alone do not keep Node running, and a parent without children stays.
  setInterval(() => {}, 2 ** 30);
  feedWatchdog(serviceManager, clock);
  try {
    parent.start();
  } catch (error) {
    log.alert(errorText(error));
    exit(error instanceof StartError ? error.status : exitStatus.internal);
  }
}

function logSettingsOf(options: DaemonOptions): LogSettings {
  return {
    syslog: options.syslog,
    facility: options.logFacility,
    console: options.logConsole && !options.fork,
    systemConsole: options.logConsole,
    detailLevel: options.logDetail,
    file: options.logFile === null ? null : resolve(options.logFile),
    flush: options.flushLogFile,
    format: options.logFormat,
    identSuffix: '',
  };
}

type ChildSettings = ParentContext['settings']['child'];
type Given = Omit<ChildSettings, 'ignoreSigint' | 'dumpConfig' | 'vrrp' | 'snmp' | 'checkers'>;

function childSettings(options: DaemonOptions, more: Given): ChildSettings {
  return {
    ...more,
    ignoreSigint: options.ignoreSigint,
    dumpConfig: options.dumpConfig,
    vrrp: {
      keepAddressesAtStop: options.keepVrrpAtStop,
      monitorAddresses: options.monitorAddresses,
      respawned: false,
      resume: [],
    },
    snmp: { all: options.snmp, socket: options.snmpSocket },
    checkers: { keepTableAtStop: options.keepIpvsAtStop, monitorAddresses: options.monitorAddresses, respawned: false },
  };
}

/** Ends the process, with 0 as keepalived does, when the namespace cannot be entered. */
function readOrEnd(option: string | null, load: ReadConfiguration, native: NativeAddon, log: Log): ReadInNamespace {
  const enter = (name: string) => {
    try {
      native.enterNetworkNamespace(name);
    } catch (error) {
      log.alert(`Unable to set network namespace ${name} - exiting: ${errorText(error)}`);
      process.exit(exitStatus.ok);
    }
  };
  const read = readInNamespace(option, load, enter);
  if (option !== null && read.configured !== null && read.configured !== option)
    log.info(`Overriding config net_namespace '${read.configured}' with command line namespace '${option}'`);
  return read;
}

function prepare(native: NativeAddon, identity: Identity, log: Log): () => void {
  try {
    return preparePidDirectory(native, identity);
  } catch (error) {
    log.alert(`Unable to prepare the pid directory - ${errorText(error)}`);
    process.exit(exitStatus.fatal);
  }
}

/** WatchdogSec of the unit, while the event loop runs. */
function feedWatchdog(manager: ServiceManager, clock: Clock): void {
  const period = watchdogPeriod(process.env);
  if (period === null) return;
  const feed = () => {
    manager.alive();
    clock.after(period, feed);
  };
  feed();
}
