// SPDX-License-Identifier: MIT
// What can be followed besides scripts: files, processes and BFD sessions, each defined once and known by its name.

import type { Micros } from '../base/time.ts';
import { bfdBuilder } from './build-bfd.ts';
import { type BuildContext, repaired } from './build-context.ts';
import { type Block, blocksOf, placeOf, valueIn } from './keyword.ts';
import type { root } from './keywords/index.ts';
import { trackFile, trackProcess } from './keywords/track-objects.ts';
import type { BfdInstance, TrackFile, TrackProcess, VrrpScript, Weight } from './model.ts';
import type { Place } from './report.ts';

/** object null: defined but disabled. order: an object must be written before it is referred to. */
export interface Known<T extends { readonly weight: Weight }> {
  readonly object: T | null;
  readonly order: number;
}

/** Everything that instances and sync groups may track, by name. */
export interface KnownTracked {
  readonly track_script: ReadonlyMap<string, Known<VrrpScript>>;
  readonly track_file: ReadonlyMap<string, Known<TrackFile>>;
  readonly track_process: ReadonlyMap<string, Known<TrackProcess>>;
  readonly track_bfd: ReadonlyMap<string, Known<BfdInstance>>;
}

type Tree = Block<typeof root>;

export function buildTracked(tree: Tree, scripts: KnownTracked['track_script'], context: BuildContext): KnownTracked {
  return {
    track_script: scripts,
    track_file: firstOf(blocksOf(tree, 'track_file'), (b) => fileOf(b, context)),
    track_process: firstOf(blocksOf(tree, 'vrrp_track_process'), (b) => processOf(b, context)),
    track_bfd: firstOf(blocksOf(tree, 'bfd_instance'), bfdBuilder(context)),
  };
}

/** Names are not checked for duplicates: the first definition is used. */
function firstOf<B extends { readonly name: string; readonly order: number }, T extends { readonly weight: Weight }>(
  blocks: readonly B[],
  build: (block: B) => T | null,
): Map<string, Known<T>> {
  const known = new Map<string, Known<T>>();
  for (const block of blocks) {
    const object = build(block);
    if (object && !known.has(block.name)) known.set(block.name, { object, order: block.order });
  }
  return known;
}

function fileOf(block: Block<typeof trackFile>, context: BuildContext): TrackFile | null {
  const file = valueIn(trackFile, block, 'file');
  if (!file) {
    repaired(context, block.place, 'track-file-no-file', `No file set for track_file ${block.name} - ignoring`, {
      scope: 'child',
      expected: 'file PATH',
    });
    return null;
  }
  return {
    name: block.name,
    position: block.place,
    file,
    weight: valueIn(trackFile, block, 'weight'),
    init_file: valueIn(trackFile, block, 'init_file') ?? null,
  };
}

function processOf(block: Block<typeof trackProcess>, context: BuildContext): TrackProcess | null {
  const get = <K extends keyof typeof trackProcess & string>(key: K) => valueIn(trackProcess, block, key);
  const process = get('process');
  if (!process?.[0]) {
    repaired(context, block.place, 'track-process-no-process', `track process '${block.name}' process name not specified`, {
      scope: 'child',
      expected: 'process COMMAND [PARAM...]',
    });
    return null;
  }
  const { param_match: written, delay } = block.settings;
  const param_match = written ? written.value || 'exact' : process.length > 1 ? 'exact' : 'none';
  // `delay` stands for both; what is written behind it wins.
  const delayOf = (key: 'terminate_delay' | 'fork_delay'): Micros => {
    const own = block.settings[key];
    if (!delay || (own && isBehind(own.place, delay.place))) return get(key);
    return delay.value;
  };
  return {
    name: block.name,
    position: block.place,
    process,
    param_match,
    weight: get('weight'),
    ...quorumOf(block, context),
    terminate_delay: delayOf('terminate_delay'),
    fork_delay: delayOf('fork_delay'),
    full_command: get('full_command') || param_match !== 'none',
  };
}

/** Whichever of the two was written last and contradicts the other is dropped; 0 with the default quorum says "none may run". */
function quorumOf(block: Block<typeof trackProcess>, context: BuildContext): { quorum: number; quorum_max: number | null } {
  const { quorum: least, quorum_max: most } = block.settings;
  const ignored = (key: 'quorum' | 'quorum_max', text: string) =>
    repaired(context, placeOf(block, key), 'track-process-quorum', text, { scope: 'child', expected: 'quorum <= quorum_max' });
  if (least && most && least.value > most.value) {
    if (isBehind(most.place, least.place)) {
      if (most.value !== 0 || least.value !== 1) {
        ignored('quorum_max', 'quorum_max is less than quorum - ignoring');
        return { quorum: least.value, quorum_max: null };
      }
    } else {
      ignored('quorum', 'Quorum is greater than quorum_max - ignoring');
    }
    return { quorum: 1, quorum_max: most.value };
  }
  return { quorum: least?.value ?? 1, quorum_max: most?.value ?? null };
}

function isBehind(a: Place, b: Place): boolean {
  return a.line > b.line || (a.line === b.line && a.column > b.column);
}

/** The objects that somebody names, in the order of their definitions. */
export function usedOf<T extends { readonly name: string; readonly weight: Weight }>(
  known: ReadonlyMap<string, Known<T>>,
  names: ReadonlySet<string>,
): T[] {
  return [...known.values()].flatMap(({ object }) => (object && names.has(object.name) ? [object] : []));
}
