// SPDX-License-Identifier: MIT
// The rules of GNU getopt_long, which commander does not follow: options may be abbreviated, a value that is optional
// counts only when attached (-tFILE, --config-test=FILE), a required value may start with a dash, and operands stand
// anywhere. Turns an argument list into canonical words (`--long`, `--long=value`) in the order given.

export interface OptionShape {
  /** One letter, without dash. */
  readonly short?: string;
  readonly long: string;
  readonly value: 'none' | 'required' | 'optional';
  /** Everything after this option belongs to somebody else and is not looked at. */
  readonly last?: boolean;
}

export interface Normalised {
  /** `--long` or `--long=value`, canonical, in order. */
  readonly words: readonly string[];
  readonly operands: readonly string[];
  /** What stopped the reading, in keepalived's words; options before it are in `words`. */
  readonly error: string | null;
  /** Arguments after an option with `last`. */
  readonly rest: readonly string[];
}

/** Never throws. An operand `--` ends the options. */
export function normalise(argv: readonly string[], shapes: readonly OptionShape[]): Normalised {
  const words: string[] = [];
  const operands: string[] = [];
  const queue = [...argv];
  const stop = (error: string | null): Normalised => ({ words, operands, error, rest: queue });

  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') {
      operands.push(...queue.splice(0));
    } else if (word.startsWith('--')) {
      const cut = word.indexOf('=');
      const name = cut < 0 ? word.slice(2) : word.slice(2, cut);
      const attached = cut < 0 ? null : word.slice(cut + 1);
      const shape = findLong(name, shapes);
      if (!shape || (shape.value === 'none' && attached !== null)) return stop(`Unknown option ${word}`);
      const value = attached ?? (shape.value === 'required' ? (queue.shift() ?? null) : null);
      // An explicitly empty value counts as missing.
      if (shape.value === 'required' && !value) return stop(`Missing parameter for option --${shape.long}`);
      words.push(canonical(shape, value));
      if (shape.last) return stop(null);
    } else if (word.startsWith('-') && word.length > 1) {
      for (let i = 1; i < word.length; i++) {
        const letter = word[i];
        const shape = shapes.find((s) => s.short === letter);
        if (!shape) return stop(`Unknown option -${letter}`);
        if (shape.value === 'none') {
          words.push(canonical(shape, null));
          if (shape.last) return stop(null);
          continue;
        }
        const attached = word.slice(i + 1);
        const value = attached !== '' ? attached : shape.value === 'required' ? (queue.shift() ?? null) : null;
        if (shape.value === 'required' && value === null) return stop(`Missing parameter for option -${letter}`);
        words.push(canonical(shape, value));
        break;
      }
    } else {
      operands.push(word);
    }
  }
  return stop(null);
}

/** An exact name, or the only one that starts so. */
function findLong(name: string, shapes: readonly OptionShape[]): OptionShape | null {
  const exact = shapes.find((s) => s.long === name);
  if (exact) return exact;
  const candidates = shapes.filter((s) => s.long.startsWith(name));
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

function canonical(shape: OptionShape, value: string | null): string {
  return value === null ? `--${shape.long}` : `--${shape.long}=${value}`;
}
