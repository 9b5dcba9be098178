// Reading the configuration in the parent: which file, what the system is asked about it, and what is said of it.

import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { InterfaceInfo, Loaded } from '../config/options.ts';
import { logLine } from '../config/report.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import { createScriptChecks } from '../kernel/script-checks.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Log } from '../ports/log.ts';

export const defaultConfigFile = '/etc/keepalived/keepalived.conf';

export interface Source {
  /** As given; null: the default. */
  readonly file: string | null;
  readonly configId: string | null;
  readonly strictIncludes: boolean;
}

/** Reads all files anew and logs what was read and found; never throws. */
export type ReadConfiguration = () => Loaded;

export interface Reader {
  /** Absolute path or pattern. */
  readonly file: string;
  readonly read: ReadConfiguration;
}

/** `hostName`: its part before the first dot is the default identity for `@ID` lines. */
export function createReader(source: Source, hostName: string, native: Pick<NativeAddon, 'networkSnapshot'>, log: Log): Reader {
  const files = createConfigFiles();
  // Absolute from the start: a daemon's working directory is not the one it was started in.
  const file = source.file === null ? defaultConfigFile : resolve(source.file);
  const configId = source.configId ?? hostName.split('.')[0] ?? '';
  return {
    file,
    read() {
      const loaded = loadConfig(files, {
        file,
        configId,
        allIncludes: source.strictIncludes,
        env: process.env,
        interfaces: interfaceInfos(native),
        scripts: createScriptChecks(),
      });
      logFindings(loaded, log);
      return loaded;
    },
  };
}

function logFindings(loaded: Loaded, log: Log): void {
  for (const name of loaded.filesRead) log.info(`Opening file '${name}'.`);
  for (const finding of loaded.findings) log.info(logLine(finding, loaded.filesRead.length));
}

const loopbackFlag = 0x8;
const multicastFlag = 0x1000;

function interfaceInfos(native: Pick<NativeAddon, 'networkSnapshot'>): InterfaceInfo[] {
  return native.networkSnapshot().links.map(({ name, mtu, flags }) => ({
    name,
    mtu,
    loopback: (flags & loopbackFlag) !== 0,
    multicast: (flags & multicastFlag) !== 0,
  }));
}
