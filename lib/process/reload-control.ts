// SPDX-License-Identifier: MIT
// Everything around a reload that is not the reload itself: the marker file, the test before it, what it must not change,
// and the time at which it is due (reference: process document, section 7).

import { appendFileSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { errorText } from '../base/errors.ts';
import type { Config } from '../config/model.ts';
import type { ProcessDefs } from '../config/model-process.ts';
import type { Loaded } from '../config/options.ts';
import { logLine } from '../config/report.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { ReadConfiguration } from './configuration.ts';
import { unchangeable } from './fixed.ts';
import { defaultReloadFile, type Identity } from './places.ts';
import { createReloadSchedule, type ReloadFile } from './reload-time.ts';

export interface ReloadContext {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly log: Log;
  /** What was read already: the answer to the first read(). */
  readonly first: Loaded;
  readonly load: ReadConfiguration;
  /** Says what was read and found. */
  readonly announce: (loaded: Loaded) => void;
  readonly reload: () => void;
}

export interface ReloadControl {
  readonly read: ReadConfiguration;
  /** As ParentContext has them. */
  readonly objection: (loaded: Loaded, old: Config | null) => string | null;
  readonly follow: (config: Config) => void;
  /** When the next scheduled one is due; null: none is. */
  next(): string | null;
  stop(): void;
}

export function createReloadControl(context: ReloadContext): ReloadControl {
  const { log, identity } = context;
  const schedule = createReloadSchedule(context.clock, reloadFiles, log, context.reload);
  let early: Loaded | null = context.first;
  let marker: string | null = markerOf(context.first.config?.global_defs ?? null, identity);
  if (marker !== null) removeMarker(marker, log);

  return {
    read() {
      const loaded = early ?? withMarker(marker, context.load, log);
      early = null;
      context.announce(loaded);
      return loaded;
    },
    objection(loaded, old) {
      const next = loaded.config;
      if (!next) return null;
      const refused = old ? unchangeable(old, next) : [];
      if (refused.length > 0) {
        for (const line of refused) log.info(line);
        return 'it changes what only a restart can change';
      }
      const rules = (old ?? next).global_defs.reload_check_config;
      if (rules === null || loaded.testStatus === 0) return null;
      return old ? reportTest(loaded, rules, log) : startObjection(loaded);
    },
    follow({ global_defs }) {
      marker = markerOf(global_defs, identity);
      schedule.follow(global_defs.reload_time_file, global_defs.reload_repeat);
    },
    next: () => schedule.next(),
    stop: () => schedule.stop(),
  };
}

/** At start the findings are in the log already. Warnings are no reason not to serve. */
function startObjection(loaded: Loaded): string | null {
  const wrong = loaded.findings.some((f) => f.severity === 'error' || f.severity === 'fatal');
  return wrong ? 'The configuration has errors, and reload_check_config is set' : null;
}

/** Adds the findings to the log file of the test. */
function reportTest(loaded: Loaded, path: string, log: Log): string {
  if (path === '') return 'New config failed validation';
  try {
    appendFileSync(path, loaded.findings.map((f) => `${logLine(f, loaded.filesRead.length)}\n`).join(''), { mode: 0o644 });
  } catch (error) {
    log.error(`Unable to write ${path} - ${errorText(error)}`);
  }
  return `New config failed validation, see ${path} for details`;
}

function markerOf(defs: ProcessDefs | null, identity: Identity): string | null {
  const path = defs?.reload_file ?? null;
  return path === '' ? defaultReloadFile(identity) : path;
}

/** The marker stands while files are read, so that whoever writes them can wait. */
function withMarker(path: string | null, load: ReadConfiguration, log: Log): Loaded {
  if (path === null) return load();
  try {
    writeFileSync(path, '', { mode: 0o644 });
  } catch (error) {
    log.error(`Unable to create reload file ${path} - ${errorText(error)}`);
  }
  try {
    return load();
  } finally {
    removeMarker(path, log);
  }
}

function removeMarker(path: string, log: Log): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    log.error(`Unable to remove reload file ${path} - ${errorText(error)}`);
  }
}

/** A time is a few bytes: whatever else the file holds is no time. */
const mostBytes = 64;

const reloadFiles: ReloadFile = {
  now: Date.now,
  read(path) {
    try {
      return readFileSync(path, 'utf8').slice(0, mostBytes);
    } catch {
      return null;
    }
  },
  remove: (path) => rmSync(path, { force: true }),
  watch(directory, name, changed) {
    const watcher = watch(directory, (_event, what) => {
      if (what === null || what === name) changed();
    });
    // The directory itself went away: nothing more will come.
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  },
};
