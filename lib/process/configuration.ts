// Reading the configuration in the parent: which file, what the system is asked about it, and what is said of it.

import { hostname } from 'node:os';
import { loadConfig } from '../config/load.ts';
import type { InterfaceInfo, Loaded } from '../config/options.ts';
import { logLine } from '../config/report.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import { createScriptChecks } from '../kernel/script-checks.ts';
import { loadNative } from '../native/load.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Log } from '../ports/log.ts';

export const defaultConfigFile = '/etc/keepalived/keepalived.conf';

export interface Source {
  /** As given, relative to the working directory of each reading; null: the default. */
  readonly file: string | null;
  readonly configId: string | null;
  readonly strictIncludes: boolean;
  /** A configuration test: nothing is forgiven that a start forgives. */
  readonly testing?: boolean;
}

/** Reads all files anew; never throws. */
export type ReadConfiguration = () => Loaded;

/** `hostName`: its part before the first dot is the default identity for `@ID` lines. */
export function createReader(source: Source, hostName: string, native: Pick<NativeAddon, 'networkSnapshot'>): ReadConfiguration {
  const files = createConfigFiles();
  return () =>
    loadConfig(files, {
      file: source.file ?? defaultConfigFile,
      configId: source.configId ?? hostName.split('.')[0] ?? '',
      allIncludes: source.strictIncludes,
      lenient: !source.testing,
      env: process.env,
      // For `$_RANDOM`, no secret: node:crypto would take 2 ms to load.
      seed: Math.floor(Math.random() * 2 ** 32),
      interfaces: interfaceInfos(native),
      scripts: createScriptChecks(),
    });
}

/** For a configuration test: one reading, nothing logged. */
export function readOnce(source: Source): Loaded {
  return createReader({ ...source, testing: true }, hostname(), loadNative())();
}

/** Says what was read and found, as keepalived does. */
export function logFindings(loaded: Loaded, log: Log): void {
  for (const name of loaded.filesRead) log.info(`Opening file '${name}'.`);
  for (const finding of loaded.findings) log.info(logLine(finding, loaded.filesRead.length));
}

const loopbackFlag = 0x8;
const multicastFlag = 0x1000;

/** Interfaces of this network namespace, as a configuration is checked against them. Throws when the addon cannot be loaded. */
export function interfacesHere(): InterfaceInfo[] {
  return interfaceInfos(loadNative());
}

function interfaceInfos(native: Pick<NativeAddon, 'networkSnapshot'>): InterfaceInfo[] {
  return native.networkSnapshot().links.map(({ name, mtu, flags }) => ({
    name,
    mtu,
    loopback: (flags & loopbackFlag) !== 0,
    multicast: (flags & multicastFlag) !== 0,
  }));
}
