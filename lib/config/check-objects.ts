// SPDX-License-Identifier: MIT
// Rules that look at several blocks of one kind or at names that lead from one block to another, which no builder sees alone.

import { type BuildContext, notice, repaired } from './build-context.ts';
import type { TrackEntry } from './entries.ts';
import { type Block, blocksOf, entriesOf, type Setting } from './keyword.ts';
import type { root } from './keywords/index.ts';

type Tree = Block<typeof root>;
type Rule = (tree: Tree, context: BuildContext, dynamic: boolean) => void;

export const objectRules: Readonly<Record<string, Rule>> = {
  'bfd-without-neighbour': bfdWithoutNeighbour,
  'undefined-tracked-object': undefinedTrackedObject,
};

/** `dynamic`: interfaces may come later. */
export function checkObjects(tree: Tree, context: BuildContext, dynamic: boolean): void {
  for (const rule of Object.values(objectRules)) rule(tree, context, dynamic);
}

function bfdWithoutNeighbour(tree: Tree, context: BuildContext): void {
  for (const block of blocksOf(tree, 'bfd_instance')) {
    if (block.settings.neighbor_ip) continue;
    repaired(
      context,
      block.place,
      'bfd-no-neighbour',
      `Configuration error: BFD instance ${block.name} has no neighbor address set, disabling instance`,
      {
        scope: 'child',
        expected: 'neighbor_ip IPADDR',
      },
    );
  }
}

/** Class FATAL, yet the daemon runs on without the entry. True when the name cannot be used. */
export function unknownInterface(
  name: string,
  message: string,
  place: Setting<unknown>['place'],
  context: BuildContext,
  dynamic: boolean,
): boolean {
  if (!context.interfaces || context.interfaces.has(name)) return false;
  if (dynamic)
    notice(
      context,
      place,
      'interface-later',
      `Configuration specifies interface ${name} which doesn't currently exist - will use if created`,
    );
  else
    repaired(context, place, 'interface-unknown-entry', message, {
      class: 'FATAL',
      scope: 'child',
      word: name,
      effect: 'the entry is ignored',
    });
  return !dynamic;
}

/** Those of instances are checked where they are built. */
function undefinedTrackedObject(tree: Tree, context: BuildContext): void {
  const files = namesOf(blocksOf(tree, 'track_file').filter((b) => b.settings.file));
  const processes = namesOf(blocksOf(tree, 'vrrp_track_process').filter((b) => b.settings.process));
  const sessions = namesOf(blocksOf(tree, 'bfd_instance'));
  const check = (name: string, order: number, entries: readonly Setting<TrackEntry>[], known: Known, what: string) => {
    for (const { value, place } of entries) {
      if ((known.get(value.name) ?? Number.POSITIVE_INFINITY) < order) continue;
      repaired(context, place, 'track-undefined', `(${name}) track ${what} ${value.name} not found, ignoring...`, {
        scope: 'child',
        word: value.name,
      });
    }
  };
  for (const block of blocksOf(tree, 'vrrp_sync_group')) {
    check(block.name, block.order, entriesOf(block, 'track_file'), files, 'file');
    check(block.name, block.order, entriesOf(block, 'track_process'), processes, 'process');
    check(block.name, block.order, entriesOf(block, 'track_bfd'), sessions, 'BFD');
  }
}

type Known = ReadonlyMap<string, number>;

/** Name → reading order: an object must be written before it is referred to. */
function namesOf(blocks: readonly { readonly name: string; readonly order: number }[]): Known {
  const known = new Map<string, number>();
  for (const { name, order } of blocks) if (!known.has(name)) known.set(name, order);
  return known;
}
