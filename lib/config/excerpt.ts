// SPDX-License-Identifier: MIT
// The line of source text under a finding, with a caret: passwords masked, tabs and wide characters counted as a terminal
// shows them, control characters made harmless, long lines cut around the place.

export interface Excerpt {
  readonly text: string;
  /** Blanks and `^` to print below `text`. */
  readonly marks: string;
}

const mask = '********';
const tabStop = 4;

/**
 * `column` counts characters from 1; `word` is the word at fault when it is known; `width` the columns there are, at least 20.
 * `secret`: the whole line may be a password.
 */
export function excerptOf(line: string, column: number, word: string | null, width: number, secret = false): Excerpt {
  const { text, hidden } = maskSecrets(line, secret);
  const at = Math.min(Math.max(0, column - 1), hidden ?? text.length, text.length);
  // Under the word at fault, or under whatever stands at its place.
  const length = word && text.startsWith(word, at) ? word.length : (/^[^\s{}]+/.exec(text.slice(at))?.[0].length ?? 1);
  const before = cells(text.slice(0, at), 0);
  const marked = cells(text.slice(at, at + length), before.length);
  const after = cells(text.slice(at + length), before.length + marked.length);
  return windowed([...before, ...marked, ...after], before.length, Math.max(1, marked.length), Math.max(20, width));
}

/** Text as it may go to a terminal: no control character of the input acts there. */
export function harmless(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** What each column shows; the second column of a wide character is empty. */
function cells(text: string, from: number): string[] {
  const out: string[] = [];
  for (const c of text) {
    const last = out.length - 1;
    if (c === '\t') {
      for (let n = tabStop - ((from + out.length) % tabStop); n > 0; n--) out.push(' ');
    } else if (/\p{Mn}|\p{Me}|\u200d/u.test(c) && last >= 0) out[last] += c;
    else {
      out.push(harmless(c));
      if (isWide(c.codePointAt(0) ?? 0)) out.push('');
    }
  }
  return out;
}

const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

function isWide(code: number): boolean {
  return wideRanges.some(([first, last]) => code >= first && code <= last);
}

function windowed(all: readonly string[], at: number, length: number, width: number): Excerpt {
  let from = 0;
  if (all.length > width && at + length > width - 1) from = Math.max(0, Math.min(at - Math.floor(width / 3), all.length - width + 1));
  const cutEnd = all.length - from > width;
  const shown = all.slice(from, cutEnd ? from + width - 1 : undefined);
  if (from > 0) shown[0] = '…';
  if (cutEnd) shown.push('…');
  const room = Math.max(1, shown.length - (at - from));
  return { text: shown.join(''), marks: `${' '.repeat(at - from)}${'^'.repeat(Math.min(length, room))}` };
}

// The first word of a line, also misspelt, and definitions that look like one; words in the middle only when they are exact.
const secretWord = /^\s*(?:@\S*\s+)?(?!authentication\b|auth_type\b|auth_hmac\b|active_key\b)\S*?(?:auth|pas|key|secr|hmac)[^\s=]*[\s=]+/i;
const secretInside = /(?:^|[\s{"'])-*(?:auth_pas\S*|password|passwd|secret|token|key)[\s=]+(?=\S)/i;

/** `hidden`: where the masked part begins, null when nothing was masked. */
function maskSecrets(text: string, all: boolean): { text: string; hidden: number | null } {
  const whole = all ? /^\s*/ : null;
  const found = [whole, secretWord, secretInside].flatMap((pattern) => {
    const match = pattern?.exec(text);
    return match ? [match.index + match[0].length] : [];
  });
  const at = Math.min(...found);
  // Nothing behind the keyword: nothing to hide.
  if (at >= text.length || /^[\s{]*$/.test(text.slice(at))) return { text, hidden: null };
  return { text: text.slice(0, at) + mask, hidden: at };
}

/** A line as it may be passed on: columns as they are, up to what is masked. */
export function maskedLine(text: string, secret = false): string {
  return maskSecrets(text, secret).text;
}

/** Whether a password or key stands in this line. */
export function isSecret(text: string | null): boolean {
  return text !== null && maskSecrets(text, false).hidden !== null;
}
