// SPDX-License-Identifier: MIT
// What an instance or a sync group tracks, with the weight each gives it.

import { type BuildContext, fatal, notice, repaired } from './build-context.ts';
import type { Known, KnownTracked } from './build-tracked.ts';
import type { TrackEntry } from './entries.ts';
import { type Block, entriesOf, type Setting } from './keyword.ts';
import type { vrrpInstance } from './keywords/vrrp-instance.ts';
import type { TrackedLists, TrackedObject, Weight } from './model.ts';
import { nearest } from './suggest.ts';

type Lists = Pick<typeof vrrpInstance, keyof TrackedLists>;

export interface Consumer {
  /** Priority 255: weights have no effect. */
  readonly owner: boolean;
  readonly interface: string | null;
  readonly dynamic: boolean;
}

export function buildTrackers(block: Block<Lists>, consumer: Consumer, known: KnownTracked, context: BuildContext): TrackedLists {
  const drop = (at: Setting<TrackEntry>, code: string, message: string, more = {}) => {
    repaired(context, at.place, code, `(${block.name}) ${message}`, { scope: 'child', word: at.value.name, ...more });
    return [];
  };
  const ownerIgnores = (at: Setting<TrackEntry>, what: string, weight: Weight) =>
    drop(at, 'weight-owner', `ignoring tracked ${what} ${at.value.name} with weight ${weight.value} due to address_owner`);

  function objects(key: keyof KnownTracked, what: string, missing: string, keepsWeight = false): TrackedObject[] {
    const seen = new Set<string>();
    const all: ReadonlyMap<string, Known<{ name: string; weight: Weight }>> = known[key];
    return entriesOf(block, key).flatMap((at) => {
      const { name } = at.value;
      const found = all.get(name);
      if (!found || found.order > block.order) {
        const hint = found ? `${definedBy[key]} ${name} must be defined before the instance` : suggestion(name, all.keys(), definedBy[key]);
        return drop(at, missing, `track ${what} ${name} not found, ignoring...`, { hint });
      }
      // Reported once for the object itself.
      if (!found.object) return [];
      if (seen.has(name)) return drop(at, 'duplicate', `duplicate ${key} ${name} - ignoring`);
      seen.add(name);
      const weight = weightOf(at.value, found.object.weight);
      const useless = consumer.owner && weight.value !== 0 && !keepsWeight;
      return useless ? ownerIgnores(at, what === 'BFD' ? 'bfd' : what, weight) : [{ name, weight }];
    });
  }

  function interfaces(): TrackedObject[] {
    const seen = new Set<string>();
    return entriesOf(block, 'track_interface').flatMap((at) => {
      const { name } = at.value;
      if (name === consumer.interface)
        return drop(at, 'track-own-interface', `Ignoring track_interface ${name} since own interface`, { scope: 'whole' });
      if (seen.has(name)) return drop(at, 'duplicate', `duplicate track_interface ${name} - ignoring`);
      seen.add(name);
      if (context.interfaces && !context.interfaces.has(name)) {
        if (consumer.dynamic) {
          notice(
            context,
            at.place,
            'interface-later',
            `Configuration specifies interface ${name} which doesn't currently exist - will use if created`,
            { word: name },
          );
        } else {
          fatal(context, at.place, 'interface-unknown', `(${block.name}) tracked interface ${name} doesn't exist`, {
            scope: 'child',
            word: name,
          });
        }
      }
      const weight = weightOf(at.value, { value: 0, reverse: false });
      return consumer.owner && weight.value !== 0 ? ownerIgnores(at, 'interface', weight) : [{ name, weight }];
    });
  }

  return {
    track_script: objects('track_script', 'script', 'script-undefined'),
    track_file: objects('track_file', 'file', 'track-undefined'),
    // keepalived says nothing here; an owner's priority does not change either way.
    track_process: objects('track_process', 'process', 'track-undefined', true),
    track_bfd: objects('track_bfd', 'BFD', 'track-undefined'),
    track_interface: interfaces(),
  };
}

const definedBy: Readonly<Record<keyof KnownTracked, string>> = {
  track_script: 'vrrp_script',
  track_file: 'track_file',
  track_process: 'vrrp_track_process',
  track_bfd: 'bfd_instance',
};

function weightOf(entry: TrackEntry, usual: Weight): Weight {
  if (!entry.weight) return usual;
  return { value: entry.weight.value, reverse: entry.weight.reverse || (usual.reverse && !entry.noreverse) };
}

function suggestion(name: string, known: Iterable<string>, keyword: string): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near) return `did you mean '${near}'?`;
  return names.length > 0 ? `defined are: ${names.slice(0, 8).join(', ')}` : `no ${keyword} is defined`;
}
