// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { Packet } from './capture.ts';
import type { Kind } from './daemon.ts';

/**
 * Seconds by which a measured time may miss the protocol's formula. Ours runs with real-time priority and has to keep 20 ms;
 * the packaged keepalived beside it has none, and a busy test machine is not its fault.
 */
export function tolerance(kind: Kind): number {
  return kind === 'ka-ts' ? 0.02 : 0.25;
}

/** Holds a span of time against its formula, both in seconds. */
export function assertSpan(measured: number, expected: number, within: number, what: string): void {
  const miss = Math.abs(measured - expected);
  assert.ok(
    miss <= within,
    `${what}: ${measured.toFixed(4)} s, expected ${expected.toFixed(4)} s, missed by ${(miss * 1000).toFixed(1)} ms`,
  );
}

/** Adverts follow each other at the interval, in seconds. */
export function assertSteady(list: readonly Packet[], interval: number, within: number, what: string): void {
  for (let i = 1; i < list.length; i++) {
    const gap = (list[i]?.at ?? 0) - (list[i - 1]?.at ?? 0);
    assertSpan(gap, interval, within, `${what}: gap before frame ${list[i]?.number}`);
  }
}

/**
 * A router that was just started takes over after its own down interval, in seconds. The interval begins somewhere between the
 * start of the program and its first log line, whatever the machine makes of a program's start.
 */
export function assertOwnInterval(takeover: number, started: number, ready: number, interval: number, within: number): void {
  const earliest = started + interval - within;
  const latest = ready + interval + within;
  const what = `took over ${(takeover - started).toFixed(4)} s after its start and ${(takeover - ready).toFixed(4)} s after its first line`;
  assert.ok(takeover > earliest && takeover < latest, `${what}, expected ${interval.toFixed(4)} s`);
}
