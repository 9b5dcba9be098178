// SPDX-License-Identifier: MIT
// Scopes of addresses by name: those of the kernel, and the tables of iproute2 (reference: configuration language, section 6).

import { type BuildContext, repaired } from './build-context.ts';
import type { AddressEntry } from './entries.ts';
import type { Names } from './iproute-names.ts';
import type { Place } from './report.ts';

/** The number of an address's scope; global, with an error, for a name that no table has. */
export function scopeOf({ ip, scope }: Pick<AddressEntry, 'ip' | 'scope'>, place: Place, names: Names, context: BuildContext): number {
  if (typeof scope === 'number') return scope;
  const number = names.lookUp('rt_scopes', scope);
  if (number !== null && number <= 255) return number;
  const message = `Invalid scope '${scope}' specified for ${ip} - ignoring`;
  repaired(context, place, 'entry-option-invalid', message, { scope: 'child', word: scope });
  return 0;
}
