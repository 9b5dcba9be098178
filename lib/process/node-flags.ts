// SPDX-License-Identifier: MIT
// Flags of V8 for processes that run for months, set when they run. On the command line each of them would make Node compile its own
// modules instead of taking what its build made of them: V8 compares all flags. To be set when the modules of a start are loaded,
// for the same reason.

import type { NativeAddon } from '../native/surface.ts';

type Calls = Pick<NativeAddon, 'setV8Flags'>;

/**
 * V8 doubles the young generation with each burst of work, a reload say, up to 48 MiB, and hardly ever takes it back: what looks like
 * a leak for hours. On the command line V8 takes a factor of 1 for 2; later it believes it.
 */
export function keepYoungGenerationSmall(native: Calls): void {
  native.setV8Flags('--semi-space-growth-factor=1');
}

/**
 * V8 forgets a function when it has not run for some collections. A takeover may come after weeks and must not wait for the compiler:
 * 0.7 ms of 1.5 between deadline and first gratuitous ARP. That all of a child is compiled at all, its code cache sees to
 * (bin/bundle.cjs).
 */
export function keepCompiled(native: Calls): void {
  native.setV8Flags('--no-flush-bytecode');
}

/** glibc gives each thread that allocates a heap of its own, which keeps what it once had: up to 4 MiB for 255 routers. */
export const childMalloc = { MALLOC_ARENA_MAX: '1' };
