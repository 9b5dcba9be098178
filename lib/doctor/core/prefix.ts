// SPDX-License-Identifier: MIT
import { ipBytes, parseIp } from '../../base/address.ts';

/** Both are numeric; false for two families. `length` in bits. */
export function inPrefix(address: string, network: string, length: number): boolean {
  const [a, b] = [parseIp(address), parseIp(network)];
  if (!a.ok || !b.ok) return false;
  const [x, y] = [ipBytes(a.value), ipBytes(b.value)];
  if (x.length !== y.length) return false;
  for (let bit = 0; bit < length; bit += 8) {
    const mask = length - bit >= 8 ? 0xff : (0xff << (8 - (length - bit))) & 0xff;
    const at = bit / 8;
    if ((((x[at] ?? 0) ^ (y[at] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
