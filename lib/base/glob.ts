// SPDX-License-Identifier: MIT
// Shell patterns for one path component, as glob(3) and fnmatch(3) with FNM_PERIOD understand them.

/** Whether `name` matches: `*`, `?`, `[a-z]`, `[!a-z]`, `\x`; a leading dot only matches a dot. Linear in practice. */
export function matchesName(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.') && !pattern.startsWith('\\.')) return false;
  let p = 0;
  let n = 0;
  let star = -1;
  let mark = 0;
  while (n < name.length) {
    const step = pattern[p] === '*' ? null : matchOne(pattern, p, name[n] ?? '');
    if (pattern[p] === '*') {
      star = p++;
      mark = n;
    } else if (step !== null && step > 0) {
      p += step;
      n++;
    } else if (star >= 0) {
      // Give the last star one more character; earlier stars never need to be revisited.
      p = star + 1;
      n = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p >= pattern.length;
}

/** Whether a component needs the directory to be read. */
export function isPattern(component: string): boolean {
  return /[*?[\\]/.test(component);
}

/** Length of the pattern element at `p` that matches `c`, 0 when it does not. */
function matchOne(pattern: string, p: number, c: string): number {
  const element = pattern[p];
  if (element === undefined) return 0;
  if (element === '?') return 1;
  if (element === '\\' && p + 1 < pattern.length) return pattern[p + 1] === c ? 2 : 0;
  if (element === '[') {
    const end = pattern.indexOf(']', p + (pattern[p + 1] === '!' || pattern[p + 1] === '^' ? 3 : 2));
    if (end > 0) return inSet(pattern.slice(p + 1, end), c) ? end - p + 1 : 0;
  }
  return element === c ? 1 : 0;
}

function inSet(set: string, c: string): boolean {
  const inverted = set.startsWith('!') || set.startsWith('^');
  const body = inverted ? set.slice(1) : set;
  let found = false;
  for (let i = 0; i < body.length; i++) {
    const low = body[i] ?? '';
    const high = body[i + 1] === '-' && i + 2 < body.length ? (body[i + 2] ?? '') : low;
    if (high !== low) i += 2;
    if (low <= c && c <= high) found = true;
  }
  return found !== inverted;
}
