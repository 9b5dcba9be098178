// SPDX-License-Identifier: MIT
import { randomFrom } from '../../lib/config/definitions.ts';

/** Numbers from 0 to `n` - 1 that a seed decides. */
export function dice(seed: number): (n: number) => number {
  const random = randomFrom(seed);
  return (n) => Math.floor(random() * n);
}
