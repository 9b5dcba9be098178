// SPDX-License-Identifier: MIT
// Reading the configuration in the parent: which file, what the system is asked about it, and what is said of it.

import { hostname } from 'node:os';
import { loadConfig, parseSnapshot } from '../config/load.ts';
import type { InterfaceInfo, Loaded } from '../config/options.ts';
import { logLine } from '../config/report.ts';
import { createConfigFiles } from '../kernel/config-files.ts';
import { createScriptChecks } from '../kernel/script-checks.ts';
import { loadNative } from '../native/load.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Log } from '../ports/log.ts';
import { defaultConfigFile } from './places.ts';

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
      discarded: source.testing === true,
      env: process.env,
      // For `$_RANDOM`, no secret: node:crypto would take 2 ms to load.
      seed: Math.floor(Math.random() * 2 ** 32),
      interfaces: interfaceInfos(native),
      scripts: createScriptChecks(),
    });
}

/** For a configuration test: one reading, nothing logged. Throws Error{code} when the namespace cannot be entered. */
export function readOnce(source: Source & { readonly namespace: string | null }): Loaded {
  const native = loadNative();
  return readInNamespace(source.namespace, createReader({ ...source, testing: true }, hostname(), native), (name) =>
    native.enterNetworkNamespace(name),
  ).loaded;
}

export interface ReadInNamespace {
  readonly loaded: Loaded;
  /** The one that was entered. */
  readonly namespace: string | null;
  /** What the configuration names, even when the command line won over it. */
  readonly configured: string | null;
}

/**
 * Reads, in the namespace of the command line or else in that which the configuration names: its interfaces are those of that
 * namespace. Throws what `enter` throws.
 */
export function readInNamespace(option: string | null, load: ReadConfiguration, enter: (name: string) => void): ReadInNamespace {
  if (option !== null) enter(option);
  const loaded = load();
  const configured = namespaceIn(loaded);
  if (option !== null || configured === null) return { loaded, namespace: option, configured };
  enter(configured);
  return { loaded: load(), namespace: configured, configured };
}

/** net_namespace also of a configuration that is refused: the reason may be that its interfaces are elsewhere. */
function namespaceIn({ snapshot }: Loaded): string | null {
  const named = Object.values(snapshot.files).some((file) => 'text' in file && file.text.includes('net_namespace'));
  return named ? (parseSnapshot(snapshot)?.settings.net_namespace?.value ?? null) : null;
}

/** Says what was read and found, as keepalived does: each file by detail, the main one in any case. */
export function logFindings(loaded: Loaded, log: Log): void {
  for (const [index, name] of loaded.filesRead.entries()) {
    log.detail(`Opening file '${name}'.`);
    if (index === 0) log.info(`Configuration file ${name}`);
  }
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
