// SPDX-License-Identifier: MIT
// Brace alternatives of include patterns, as glob(3) with GLOB_BRACE expands them: `a{b,c}d` → `abd`, `acd`.

import { LimitExceeded, limits } from './limits.ts';

/** All alternatives in order; the pattern itself when it has none. `{}` and unbalanced braces stand for themselves. */
export function braceAlternatives(pattern: string): string[] {
  const out: string[] = [];
  expand(pattern, out);
  return out;
}

export function hasBraces(pattern: string): boolean {
  return findGroup(pattern) !== null;
}

export function hasWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

function expand(pattern: string, out: string[]): void {
  const group = findGroup(pattern);
  if (!group) {
    if (out.length >= limits.braceAlternatives) throw new LimitExceeded('braceAlternatives', 'include pattern has too many alternatives');
    out.push(pattern);
    return;
  }
  for (const part of group.parts) expand(pattern.slice(0, group.from) + part + pattern.slice(group.to), out);
}

function findGroup(pattern: string): { from: number; to: number; parts: string[] } | null {
  for (let from = pattern.indexOf('{'); from >= 0; from = pattern.indexOf('{', from + 1)) {
    if (pattern[from + 1] === '}') continue;
    const parts: string[] = [];
    let depth = 0;
    let start = from + 1;
    for (let i = from; i < pattern.length; i++) {
      const c = pattern[i];
      if (c === '\\') i++;
      else if (c === '{') depth++;
      else if (c === ',' && depth === 1) {
        parts.push(pattern.slice(start, i));
        start = i + 1;
      } else if (c === '}' && --depth === 0) {
        parts.push(pattern.slice(start, i));
        return { from, to: i + 1, parts };
      }
    }
  }
  return null;
}
