// SPDX-License-Identifier: MIT
// One engine inside a network namespace, driven over the process channel by a test outside: `ip netns exec NAME node
// --import tsx engine-agent.ts`. Its event loop can be blocked on request while the test and its taps go on.

import { loadNative } from '../../lib/native/load.ts';
import type { EngineOptions } from '../../lib/native/surface.ts';

export type Request = {
  readonly id: number;
  readonly target: 'agent' | 'engine' | 'native';
  readonly method: string;
  readonly args: readonly unknown[];
};

const native = loadNative();
const send = (message: unknown): void => void process.send?.(message);
let engine: Record<string, unknown> = {};
let batch = 0;

const agent: Record<string, (...args: never[]) => unknown> = {
  open: (options: EngineOptions) => {
    engine = native.createEngine(options, (events) => send({ batch: ++batch, events })) as unknown as Record<string, unknown>;
  },
  /** Spins without giving anything else a turn. Tells when it began. */
  block: (milliseconds: number) => {
    const began = native.now();
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    return began;
  },
  /** Several calls of the engine in one turn of the loop, with a spin at the end. Returns what the last call returned. */
  sequence: (calls: readonly [string, readonly unknown[]][], blockFor: number) => {
    let last: unknown;
    for (const [method, args] of calls) last = (engine[method] as (...a: readonly unknown[]) => unknown)(...args);
    agent.block?.(blockFor as never);
    return last;
  },
};

process.on('message', (request: Request) => {
  const holder = { agent, engine, native: native as unknown as Record<string, unknown> }[request.target] as Record<
    string,
    (...args: readonly unknown[]) => unknown
  >;
  try {
    const method = holder[request.method];
    if (method === undefined) throw new Error(`no ${request.target}.${request.method}`);
    send({ id: request.id, result: method(...request.args) });
  } catch (error) {
    const { code, message, name } = error as Error & { code?: string };
    send({ id: request.id, error: { code, message, name } });
  }
});
process.on('disconnect', () => process.exit(0));
// An answer to a test that has given up.
process.on('error', () => process.exit(0));
send({ ready: true });
