// What an instance tracks: scripts and interfaces, with their weights.

import { type BuildContext, fatal, notice, repaired } from './build-context.ts';
import type { TrackEntry } from './entries.ts';
import { type Block, entriesOf, type Setting } from './keyword.ts';
import type { vrrpInstance } from './keywords/vrrp-instance.ts';
import type { TrackedInterface, TrackedScript, VrrpScript, Weight } from './model.ts';
import { nearest } from './suggest.ts';

/** Scripts by name; null: defined but disabled. */
export type KnownScripts = ReadonlyMap<string, { readonly script: VrrpScript | null; readonly order: number }>;

interface Instance {
  /** Priority 255: weights have no effect. */
  readonly owner: boolean;
  readonly interface: string | null;
  readonly dynamic: boolean;
}

interface Trackers {
  readonly track_script: readonly TrackedScript[];
  readonly track_interface: readonly TrackedInterface[];
}

export function buildTrackers(block: Block<typeof vrrpInstance>, instance: Instance, known: KnownScripts, context: BuildContext): Trackers {
  const drop = (at: Setting<TrackEntry>, code: string, message: string, more = {}) => {
    repaired(context, at.place, code, `(${block.name}) ${message}`, { scope: 'child', word: at.value.name, ...more });
    return [];
  };
  const ownerIgnores = (at: Setting<TrackEntry>, what: string, weight: Weight) =>
    drop(at, 'weight-owner', `ignoring tracked ${what} ${at.value.name} with weight ${weight.value} due to address_owner`);

  function scripts(): TrackedScript[] {
    const seen = new Set<string>();
    return entriesOf(block, 'track_script').flatMap((at) => {
      const { name } = at.value;
      const found = known.get(name);
      if (!found || found.order > block.order) {
        const hint = found ? `vrrp_script ${name} must be defined before the instance` : suggestion(name, known.keys());
        return drop(at, 'script-undefined', `track script ${name} not found, ignoring...`, { hint });
      }
      // Reported once for the script itself.
      if (!found.script) return [];
      if (seen.has(name)) return drop(at, 'duplicate', `duplicate track_script ${name} - ignoring`);
      seen.add(name);
      const weight = weightOf(at.value, found.script.weight);
      return instance.owner && weight.value !== 0 ? ownerIgnores(at, 'script', weight) : [{ name, weight }];
    });
  }

  function interfaces(): TrackedInterface[] {
    const seen = new Set<string>();
    return entriesOf(block, 'track_interface').flatMap((at) => {
      const { name } = at.value;
      if (name === instance.interface)
        return drop(at, 'track-own-interface', `Ignoring track_interface ${name} since own interface`, { scope: 'whole' });
      if (seen.has(name)) return drop(at, 'duplicate', `duplicate track_interface ${name} - ignoring`);
      seen.add(name);
      if (context.interfaces && !context.interfaces.has(name)) {
        if (instance.dynamic) {
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
      return instance.owner && weight.value !== 0 ? ownerIgnores(at, 'interface', weight) : [{ name, weight }];
    });
  }

  return { track_script: scripts(), track_interface: interfaces() };
}

function weightOf(entry: TrackEntry, usual: Weight): Weight {
  if (!entry.weight) return usual;
  return { value: entry.weight.value, reverse: entry.weight.reverse || (usual.reverse && !entry.noreverse) };
}

function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near) return `did you mean '${near}'?`;
  return names.length > 0 ? `defined are: ${names.slice(0, 8).join(', ')}` : 'no vrrp_script is defined';
}
