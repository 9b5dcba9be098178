// SPDX-License-Identifier: MIT
// Patterns of PCRE2 as JavaScript's engine understands them: what means the same is carried over, what does not is refused with
// its reason. Subjects are bytes as Latin-1 text, or with `utf` decoded text. Pure.

export type Pattern =
  | { readonly ok: true; readonly source: string; readonly flags: string }
  | { readonly ok: false; readonly reason: string };

/** Of PCRE2, without effect on what matches, or agreeing with what JavaScript does anyway. */
const harmless = new Set([
  'auto_callout',
  'alt_bsux',
  'never_ucp',
  'never_utf',
  'never_backslash_c',
  'alt_verbnames',
  'no_auto_possess',
  'no_dotstar_anchor',
  'no_start_optimize',
  'use_offset_limit',
  'match_unset_backref',
  'dupnames',
]);
const known = new Set(['allow_empty_class', 'caseless', 'dollar_endonly', 'dotall', 'extended', 'multiline', 'no_auto_capture', 'utf']);

/** Members of a class in brackets. */
const posix: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\t-\\r ',
  blank: '\\t ',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\0-\\x1f\\x7f',
  xdigit: '0-9a-fA-F',
  word: '\\w',
};
const end = '(?![\\s\\S])';
const start = '(?<![\\s\\S])';
const syntax = /[\^$\\.*+?()[\]{}|/]/;

class Refusal extends Error {}

/** `options`: PCRE2's words in lower case. */
export function translatePattern(pattern: string, options: readonly string[]): Pattern {
  const set = new Set(options);
  const strange = options.find((option) => !harmless.has(option) && !known.has(option));
  if (strange !== undefined) return { ok: false, reason: `the option ${strange} has no counterpart` };
  // Beyond ASCII the two fold letters differently.
  if (set.has('caseless') && /[^ -~\s]/.test(pattern)) return { ok: false, reason: 'caseless letters beyond ASCII' };
  const flags = `${set.has('caseless') ? 'i' : ''}${set.has('utf') ? 'u' : ''}`;
  try {
    const source = translate(pattern, set);
    new RegExp(source, flags);
    return { ok: true, source, flags };
  } catch (error) {
    return { ok: false, reason: error instanceof Refusal ? error.message : (error as Error).message.replace(/^.*: /s, '') };
  }
}

function translate(pattern: string, set: ReadonlySet<string>): string {
  let out = '';
  let i = 0;
  while (i < pattern.length) {
    const c = pattern[i] ?? '';
    if (c === '\\') {
      const [text, length] = escaped(pattern, i, set, false);
      out += text;
      i += length;
    } else if (c === '[') {
      const [text, length] = bracket(pattern, i, set);
      out += text;
      i += length;
    } else if (c === '(') {
      const [text, length] = group(pattern, i, set);
      out += text;
      i += length;
    } else {
      if (c === '.') out += set.has('dotall') ? '[\\s\\S]' : '[^\\n]';
      else if (c === '^') out += set.has('multiline') ? `(?:${start}|(?<=\\n)(?!${end}))` : start;
      else if (c === '$') out += set.has('multiline') ? `(?:(?=\\n)|${end})` : set.has('dollar_endonly') ? end : `(?=\\n?${end})`;
      else if (set.has('extended') && /\s/.test(c)) out += '';
      else if (set.has('extended') && c === '#') {
        const line = pattern.indexOf('\n', i);
        i = line < 0 ? pattern.length : line;
      } else out += c === '/' ? '\\/' : c === ']' || (c === '}' && set.has('utf')) ? `\\${c}` : c;
      i++;
    }
  }
  return out;
}

function group(pattern: string, at: number, set: ReadonlySet<string>): [string, number] {
  if (pattern[at + 1] === '*') throw new Refusal('verbs like (*UTF8)');
  if (pattern[at + 1] !== '?') return [set.has('no_auto_capture') ? '(?:' : '(', 1];
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(pattern.slice(at));
  if (named) return [`(?<${named[1]}>`, named[0].length];
  const plain = /^\(\?(?::|=|!|<=|<!)/.exec(pattern.slice(at));
  if (plain) return [plain[0], plain[0].length];
  if (pattern[at + 2] === '#') {
    const close = pattern.indexOf(')', at);
    return ['', close < 0 ? pattern.length : close - at + 1];
  }
  throw new Refusal(`the group ${pattern.slice(at, at + 4)}`);
}

function escaped(pattern: string, at: number, set: ReadonlySet<string>, inClass: boolean): [string, number] {
  const c = pattern[at + 1];
  if (c === undefined) throw new Refusal('\\ at the end');
  const hex = /^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,2})\})/.exec(pattern.slice(at));
  if (hex) return [`\\x${(hex[1] ?? hex[2] ?? '').padStart(2, '0')}`, hex[0].length];
  if (/[dDwW]/.test(c)) return [`\\${c}`, 2];
  if (/[tnrfv]/.test(c)) return [c === 'v' ? unsupported(c) : `\\${c}`, 2];
  const inside = (members: string) => (inClass ? members : `[${members}]`);
  switch (c) {
    case 's':
      return [inside('\\t-\\r '), 2];
    case 'S':
      return [inClass ? unsupported('S in a class') : '[^\\t-\\r ]', 2];
    case 'h':
      return [inside('\\t \\xa0'), 2];
    case 'a':
      return ['\\x07', 2];
    case 'e':
      return ['\\x1b', 2];
    case '0':
      if (/^\\0[0-7]/.test(pattern.slice(at))) unsupported('octal numbers');
      return ['\\x00', 2];
  }
  if (inClass && c === 'b') return ['\\x08', 2];
  if (!inClass) {
    if (c === 'b' || c === 'B') return [`\\${c}`, 2];
    if (c === 'A') return [start, 2];
    if (c === 'z') return [end, 2];
    if (c === 'Z') return [`(?=\\n?${end})`, 2];
    if (/[1-9]/.test(c)) {
      if (!set.has('match_unset_backref')) throw new Refusal('back references without match_unset_backref');
      return [`\\${c}`, 2];
    }
  }
  if (c === 'u' && set.has('alt_bsux') && /^\\u[0-9a-fA-F]{4}/.test(pattern.slice(at))) return [pattern.slice(at, at + 6), 6];
  if (/[A-Za-z0-9]/.test(c)) unsupported(c);
  return [syntax.test(c) || (inClass && c === '-') ? `\\${c}` : c, 2];
}

function unsupported(what: string): never {
  throw new Refusal(`\\${what} has no counterpart`);
}

function bracket(pattern: string, at: number, set: ReadonlySet<string>): [string, number] {
  let i = at + 1;
  let out = '[';
  if (pattern[i] === '^') {
    out += '^';
    i++;
  }
  // A bracket that closes nothing yet stands for itself.
  if (pattern[i] === ']' && !set.has('allow_empty_class')) {
    out += '\\]';
    i++;
  }
  for (;;) {
    const c = pattern[i];
    if (c === undefined) throw new Refusal('a class without its end');
    if (c === ']') return [`${out}]`, i + 1 - at];
    const named = c === '[' ? /^\[:(\^?)([a-z]+):\]/.exec(pattern.slice(i)) : null;
    if (named) {
      const members = posix[named[2] ?? ''];
      if (members === undefined || named[1] === '^') throw new Refusal(`the class ${named[0]}`);
      out += members;
      i += named[0].length;
    } else if (c === '\\') {
      const [text, length] = escaped(pattern, i, set, true);
      out += text;
      i += length;
    } else {
      out += c === '[' || c === '/' ? `\\${c}` : c;
      i++;
    }
  }
}
