// SPDX-License-Identifier: MIT
// The regular expression of a page: over the response from the first byte of the piece that ended its header, as keepalived does
// (reference/lvs-and-checkers.md 9.2). What a server sends must not hold up the process: the subject is bounded, and so is the
// time that a match may take.

import { createContext, Script } from 'node:vm';
import { type Pattern, translatePattern } from '../../base/pcre.ts';
import type { Regex } from '../../config/model-lvs.ts';

/** What is kept of a response. */
export const longestSubject = 1 << 20;
/** Milliseconds. */
const patience = 200;

export interface PageMatch {
  feed(bytes: Uint8Array): void;
  /** The response is as the configuration wants it. */
  matches(): boolean;
}

/** Throws for a pattern that has no counterpart: the configuration has refused it. */
export function createPageMatcher(regex: Regex): () => PageMatch {
  const pattern: Pattern = translatePattern(regex.pattern, regex.options);
  if (!pattern.ok) throw new Error(pattern.reason);
  const unicode = pattern.flags.includes('u');
  const sandbox = createContext(
    Object.assign(Object.create(null), { source: pattern.source, flags: `${pattern.flags}g`, from: regex.min_offset, text: '' }),
  );
  const script = new Script(
    '{ const r = new RegExp(source, flags); r.lastIndex = from; const m = r.exec(text); m === null ? -1 : m.index; }',
  );
  const find = (text: string): number => {
    sandbox.text = text;
    try {
      return script.runInContext(sandbox, { timeout: patience }) as number;
    } catch {
      // Out of time: what cannot be decided is no match.
      return -1;
    } finally {
      sandbox.text = '';
    }
  };

  return () => {
    const pieces: Buffer[] = [];
    let length = 0;
    return {
      feed(bytes) {
        const left = longestSubject - length;
        if (left <= 0) return;
        const piece = Buffer.from(bytes.subarray(0, left));
        pieces.push(piece);
        length += piece.length;
      },
      matches() {
        const at = find(Buffer.concat(pieces).toString(unicode ? 'utf8' : 'latin1'));
        const found = at >= 0 && (regex.max_offset === null || at <= regex.max_offset);
        return found !== regex.no_match;
      },
    };
  };
}
