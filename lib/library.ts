// SPDX-License-Identifier: MIT
// What other programs may use of ka-ts (`import { … } from 'ka-ts'`): the configuration parser, the pure machine of a virtual router,
// and the codec. docs/reference/library.md has its types; a test refuses a change of them that nobody wrote down.

import { hostname } from 'node:os';
import { type Diagnosis, diagnose } from './config/diagnose.ts';
import { loadConfig } from './config/load.ts';
import type { Loaded, LoadOptions } from './config/options.ts';
import { createConfigFiles } from './kernel/config-files.ts';
import { loadNative } from './native/load.ts';
import type { NativeAddon } from './native/surface.ts';

export { type Micros, micros, milliseconds, seconds } from './base/time.ts';
export type { Diagnosis } from './config/diagnose.ts';
export type { Config, VrrpInstance } from './config/model.ts';
export type { Loaded } from './config/options.ts';
export { type Plan, type PlanStep, planReload } from './config/plan.ts';
export type { Finding, Severity } from './config/report.ts';
export type { VrrpEffect } from './vrrp/core/effects.ts';
export type { VrrpEvent } from './vrrp/core/events.ts';
export { initial, step } from './vrrp/core/instance.ts';
export type { Instance, Settings, State } from './vrrp/core/types.ts';
export { settingsOf } from './vrrp/shell/settings.ts';

export type ReadOptions = Pick<LoadOptions, 'file'> & Partial<Pick<LoadOptions, 'configId' | 'allIncludes'>>;

/** Reads a keepalived.conf and what it includes. Never throws for what a file contains: `config` is null, `findings` say why. */
export function readConfiguration(options: ReadOptions): Loaded {
  return loadConfig(createConfigFiles(), { configId: ownId(), ...options });
}

/** As `ka-ts check`: every mistake once, with place, what was expected, and what the daemon does because of it. */
export function checkConfiguration(options: ReadOptions): Diagnosis {
  return diagnose(createConfigFiles(), { configId: ownId(), ...options });
}

/** Packets, encoded and judged by the code that the daemon runs. */
export type Codec = Pick<NativeAddon, 'encodeAdvert' | 'judgeAdvert' | 'encodeAnnouncement' | 'describeFrame'>;

/** Loads the addon when it is first called. Throws with the path and what to do where it was not built. */
export function codec(): Codec {
  const { encodeAdvert, judgeAdvert, encodeAnnouncement, describeFrame } = loadNative();
  return { encodeAdvert, judgeAdvert, encodeAnnouncement, describeFrame };
}

function ownId(): string {
  return hostname().split('.')[0] ?? '';
}
