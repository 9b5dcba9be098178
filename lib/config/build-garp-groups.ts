// SPDX-License-Identifier: MIT
// garp_group blocks: which interfaces have a pace of their own for gratuitous ARPs and unsolicited NAs (reference: VRRP
// document, section 9.2).

import type { Micros } from '../base/time.ts';
import { type BuildContext, notice, repaired } from './build-context.ts';
import { unknownInterface } from './check-objects.ts';
import { type Block, blocksOf, entriesOf, placeOf } from './keyword.ts';
import type { root } from './keywords/index.ts';
import type { GarpGroup } from './model.ts';
import type { Place } from './report.ts';

/** Groups with at least one interval; an interface is in the first one that names it. `made`: interfaces that instances make. */
export function buildGarpGroups(tree: Block<typeof root>, context: BuildContext, dynamic: boolean, made: ReadonlySet<string>): GarpGroup[] {
  const taken = new Set<string>();
  return blocksOf(tree, 'garp_group').flatMap((block) => {
    const { garp_interval, gna_interval } = block.settings;
    const usable = (name: string, place: Place): boolean => {
      // It shares the pace of the interface below, which carries its frames.
      if (made.has(name)) {
        const message = `garp_group interface ${name} is a VMAC - ignoring`;
        repaired(context, place, 'garp-group-vmac', message, { scope: 'child', word: name, hint: 'name the interface below it' });
        return false;
      }
      if (unknownInterface(name, `WARNING - interface ${name} specified for garp_group doesn't exist`, place, context, dynamic))
        return false;
      if (taken.has(name)) {
        repaired(context, place, 'duplicate', `garp_group already specified for ${name} - ignoring`, { scope: 'child', word: name });
        return false;
      }
      taken.add(name);
      return true;
    };
    if (!garp_interval && !gna_interval) {
      repaired(context, block.place, 'garp-group-empty', 'No garp_interval or gna_interval set for garp_group - ignoring', {
        scope: 'child',
      });
      return [];
    }
    const own = block.settings.interface;
    const shared = entriesOf(block, 'interfaces').filter(({ value, place }) => usable(value, place));
    const pace = (key: 'garp_interval' | 'gna_interval'): Micros | null => {
      const value = block.settings[key]?.value ?? null;
      if (value !== null && value >= 1e6) {
        notice(context, placeOf(block, key), 'pacing-slow', `The ${key} is very large - ${value / 1e6} seconds`, { word: key });
      }
      return value;
    };
    return {
      name: '',
      position: block.place,
      garp_interval: pace('garp_interval'),
      gna_interval: pace('gna_interval'),
      interface: own && usable(own.value, own.place) ? own.value : null,
      interfaces: shared.map(({ value }) => value),
    };
  });
}
