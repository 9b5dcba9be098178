// SPDX-License-Identifier: MIT
// What there is to say about the command line itself, before anything is done.

import type { Remarks } from './options.ts';

export function remark({ warnings, operands }: Remarks): void {
  for (const text of warnings) process.stderr.write(`${text}\n`);
  if (operands.length > 0) process.stdout.write(`Unexpected argument(s): ${operands.join(' ')} \n`);
}
