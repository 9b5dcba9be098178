// SPDX-License-Identifier: MIT
// reload_time_file: a file that says when to reload (reference: process document, section 7). Parsing is pure; the
// schedule gets its clock and file through ports.

import { basename, dirname } from 'node:path';
import { micros } from '../base/time.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export interface ReloadTime {
  /** ms since 1970. */
  readonly at: number;
  /** Written with a date; without one it can repeat every day. */
  readonly dated: boolean;
}

const pattern = /^(?:(\d{2}|\d{4})-(\d{1,2})-(\d{1,2})[ \t]+)?(\d{1,2}):(\d{1,2}):(\d{1,2})(Z?)$/;

/** `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, local time or with `Z` UTC. null: not one, or a date gone by. */
export function parseReloadTime(text: string, now: number): ReloadTime | null {
  const found = pattern.exec(text.trim());
  if (!found) return null;
  const [, year, month, day, ...time] = found;
  const [h, m, s] = time.slice(0, 3).map(Number) as [number, number, number];
  const utc = time[3] === 'Z';
  const today = new Date(now);
  const make = (y: number, mo: number, d: number) => (utc ? Date.UTC(y, mo, d, h, m, s) : new Date(y, mo, d, h, m, s).getTime());
  if (h > 23 || m > 59 || s > 59) return null;
  if (year === undefined) {
    const [y, mo, d] = utc
      ? [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()]
      : [today.getFullYear(), today.getMonth(), today.getDate()];
    const first = make(y, mo, d);
    return { at: first > now ? first : make(y, mo, d + 1), dated: false };
  }
  const [y, mo, d] = [Number(year) + (year.length === 2 ? 2000 : 0), Number(month) - 1, Number(day)];
  // Date rolls the 31st of February over into March.
  const check = new Date(Date.UTC(y, mo, d));
  if (check.getUTCMonth() !== mo || check.getUTCDate() !== d) return null;
  const at = make(y, mo, d);
  return at > now ? { at, dated: true } : null;
}

/** The file and the calendar, or a test's. */
export interface ReloadFile {
  /** ms since 1970. */
  now(): number;
  /** null: there is none. */
  read(path: string): string | null;
  remove(path: string): void;
  /** Calls when something named `name` changes in `directory`. Throws Error{code}. */
  watch(directory: string, name: string, changed: () => void): Cancel;
}

export interface ReloadSchedule {
  /** Follows what the configuration in force says; null: none. */
  follow(path: string | null, repeat: boolean): void;
  /** For the dump; null: nothing is scheduled. */
  next(): string | null;
  stop(): void;
}

export function createReloadSchedule(clock: Clock, file: ReloadFile, log: Log, reload: () => void): ReloadSchedule {
  let path: string | null = null;
  let repeat = false;
  let planned: ReloadTime | null = null;
  let cancelTimer: Cancel = () => {};
  let cancelWatch: Cancel = () => {};

  const arm = (time: ReloadTime) => {
    planned = time;
    cancelTimer();
    // In laps: the clock of the day may be set meanwhile.
    const left = Math.min(Math.max(0, time.at - file.now()), 60_000);
    cancelTimer = clock.after(micros(left * 1000), () => (file.now() >= time.at ? fire(time) : arm(time)));
  };
  const fire = (time: ReloadTime) => {
    planned = null;
    if (path !== null && !(repeat && !time.dated)) file.remove(path);
    else look();
    reload();
  };
  const cancel = () => {
    cancelTimer();
    if (planned) log.info(`Cancelling reload scheduled for ${timeText(planned.at)}`);
    planned = null;
  };
  const look = () => {
    const text = path === null ? null : file.read(path);
    if (text === null) return cancel();
    const time = parseReloadTime(text, file.now());
    if (!time) {
      log.info(`Invalid reload time '${text.trim()}' specified - ignoring`);
      return cancel();
    }
    if (planned?.at === time.at) return;
    if (planned) log.info(`Reload time updated from ${timeText(planned.at)} to ${timeText(time.at)}`);
    else log.info(`Scheduling reload for ${timeText(time.at)}`);
    arm(time);
  };

  return {
    follow(next, again) {
      repeat = again;
      if (next === path) return;
      cancelWatch();
      cancelWatch = () => {};
      path = next;
      if (path !== null) {
        try {
          cancelWatch = file.watch(dirname(path), basename(path), look);
        } catch (error) {
          log.warning(`Unable to watch reload_time_file ${path} - ${(error as Error).message}`);
        }
      }
      look();
    },
    next: () => (planned ? timeText(planned.at) : null),
    stop() {
      cancelTimer();
      cancelWatch();
    },
  };
}

/** `2026-11-22 04:00:00`, local time. */
function timeText(at: number): string {
  const t = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}
