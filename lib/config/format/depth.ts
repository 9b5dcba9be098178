// SPDX-License-Identifier: MIT
// How deep a line stands. `@ID` lines make one text several configurations: braces are counted in each of them, and
// those that balance give the indentation.

import { limits } from '../limits.ts';
import type { Code, Condition, Obstacle } from './read.ts';

/** More names than this in one file share the count of the others. */
const maxNames = 64;

interface World {
  /** null: a name that the file does not mention. */
  readonly id: string | null;
  readonly open: Code[];
  obstacle: Obstacle | null;
}

export interface Depth {
  /** Blocks open around a line with this condition. */
  around(condition: Condition | null): number;
  take(code: Code, token: string): void;
}

export type DepthResult = { readonly ok: true; readonly depth: Depth } | { readonly ok: false; readonly obstacle: Obstacle };

/** Counts once through; what comes back starts again at the beginning. */
export function depthOf(codes: readonly Code[]): DepthResult {
  const names = new Set<string>();
  for (const { condition } of codes) if (condition && names.size < maxNames) names.add(condition.id);
  const worlds = [null, ...names].map((id): World => ({ id, open: [], obstacle: null }));
  const count = counter(worlds);
  for (const code of codes) for (const token of code.tokens) count.take(code, token);
  for (const world of worlds) {
    const unclosed = world.open.at(-1);
    if (unclosed) world.obstacle ??= { line: unclosed.line, reason: 'a { that is never closed' };
  }
  const balanced = worlds.filter((w) => w.obstacle === null);
  const obstacle = worlds[0]?.obstacle;
  if (balanced.length === 0 && obstacle) return { ok: false, obstacle };
  return { ok: true, depth: counter(balanced.map(({ id }) => ({ id, open: [], obstacle: null }))) };
}

function counter(worlds: readonly World[]): Depth {
  const isIn = (world: World, condition: Condition | null) => condition === null || (world.id === condition.id) !== condition.not;
  return {
    around(condition) {
      const here = worlds.filter((w) => isIn(w, condition));
      return Math.max(0, ...(here.length > 0 ? here : worlds).map((w) => w.open.length));
    },
    take(code, token) {
      for (const world of worlds) {
        if (!isIn(world, code.condition)) continue;
        if (token === '{') {
          if (world.open.length < limits.blockDepth) world.open.push(code);
          else world.obstacle ??= { line: code.line, reason: `more than ${limits.blockDepth} blocks within one another` };
        } else if (token === '}' && !world.open.pop()) world.obstacle ??= { line: code.line, reason: 'a } that closes nothing' };
      }
    },
  };
}
