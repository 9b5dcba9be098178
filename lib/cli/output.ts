// SPDX-License-Identifier: MIT
// Where a command writes, and what that can show.

export interface Output {
  write(text: string): void;
  error(text: string): void;
}

export interface ScreenOutput extends Output {
  /** Columns. */
  readonly width: number;
  readonly colour: boolean;
}

/** Standard output and error. `least`: columns that a command makes do with; `elsewhere`: columns where there is no terminal. */
export function terminal(least = 60, elsewhere = 80): ScreenOutput {
  const { stdout, stderr, env } = process;
  return {
    write: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    width: stdout.isTTY ? Math.max(least, stdout.columns) : elsewhere,
    colour: stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
  };
}
