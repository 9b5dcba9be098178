// SPDX-License-Identifier: MIT
// KEEPALIVED-MIB, group `vrrp`: what is tracked and by whom (reference: snmp-objects.tsv).

import type { TrackedLists, TrackedObject, Weight } from '../../config/model.ts';
import type { ProcessView, ScriptView, VrrpView } from '../../ports/vrrp-view.ts';
import { type Column, numbered, table } from '../core/mib.ts';
import type { Oid } from '../core/oid.ts';
import { gauge, integer, text, truth, type Value } from '../core/value.ts';
import { vrrpRoot } from './instances.ts';
import { command, programOf } from './words.ts';

type ListName = Exclude<keyof TrackedLists, 'track_interface'>;

export function trackerColumns(view: VrrpView): Column[] {
  const entry = (number: number): Oid => [...vrrpRoot, number, 1];
  const instances = view.instances.map((i) => i.config);
  const groups = view.groups.map((g) => g.config);
  const tracked = (number: number, owners: readonly TrackedLists[], list: ListName) =>
    table(entry(number), () => owners.flatMap((owner, i) => numbered(owner[list], [i + 1])), {
      2: ({ name }) => text(name),
      3: ({ weight }) => integer(weight.value),
      4: ({ weight }) => truth(weight.reverse),
    });
  return [
    ...trackedInterfaces(entry(4), instances, view),
    ...tracked(5, instances, 'track_script'),
    ...tracked(12, instances, 'track_file'),
    ...trackedInterfaces(entry(14), groups, view),
    ...tracked(15, groups, 'track_script'),
    ...tracked(16, groups, 'track_file'),
    ...tracked(17, instances, 'track_bfd'),
    ...tracked(19, groups, 'track_bfd'),
    ...tracked(20, instances, 'track_process'),
    ...tracked(22, groups, 'track_process'),
    ...table(entry(9), () => numbered(view.scripts), scriptColumns),
    ...table(entry(13), () => numbered(view.files), {
      2: ({ config }) => text(config.name),
      3: ({ config }) => text(config.file),
      4: ({ value }) => integer(value),
      ...weightColumns(5, ({ config }) => config.weight),
    }),
    ...table(entry(18), () => numbered(view.bfds), {
      2: ({ config }) => text(config.name),
      3: ({ up }) => integer(up ? 1 : 0),
      ...weightColumns(4, ({ config }) => config.weight),
    }),
    ...table(entry(21), () => numbered(view.processes), processColumns),
  ];
}

/** Indexed by the number of the interface, not by its place in the list. */
function trackedInterfaces(entry: Oid, owners: readonly TrackedLists[], view: VrrpView): Column[] {
  const ifindex = new Map(view.links.map((link) => [link.name, link.ifindex]));
  const rows = () =>
    owners.flatMap((owner, i) =>
      owner.track_interface.flatMap((tracked): [Oid, TrackedObject][] => {
        const index = ifindex.get(tracked.name);
        return index === undefined ? [] : [[[i + 1, index], tracked]];
      }),
    );
  return table(entry, rows, { 1: ({ name }) => text(name), ...weightColumns(2, ({ weight }) => weight) });
}

/** Weight at this column, reverse at the next. */
function weightColumns<Row>(at: number, of: (row: Row) => Weight): Record<number, (row: Row) => Value> {
  return { [at]: (row) => integer(of(row).value), [at + 1]: (row) => truth(of(row).reverse) };
}

const scriptColumns: Record<number, (row: ScriptView) => Value | null> = {
  2: ({ config }) => text(config.name),
  3: ({ config }) => command(config.script),
  4: ({ config }) => integer(config.interval / 1e6),
  5: ({ config }) => integer(config.weight.value),
  6: ({ verdict }) => integer({ unknown: 1, down: 2, up: 3 }[verdict]),
  7: ({ config }) => gauge(config.rise),
  8: ({ config }) => gauge(config.fall),
  9: ({ config }) => truth(config.weight.reverse),
  10: ({ config }) => programOf(config.script),
  11: ({ config }) => gauge(config.interval),
  12: ({ config }) => gauge(config.timeout),
};

const processColumns: Record<number, (row: ProcessView) => Value | null> = {
  2: ({ config }) => text(config.name),
  3: ({ config }) => text(config.process[0] ?? ''),
  4: ({ config }) => text(config.process.slice(1).join(' ')),
  5: ({ config }) => integer({ none: 0, exact: 1, partial: 2, initial: 3 }[config.param_match]),
  ...weightColumns(6, ({ config }) => config.weight),
  8: ({ config }) => gauge(config.quorum),
  9: ({ config }) => integer(config.quorum_max ?? -1),
  10: ({ config }) => gauge(config.fork_delay),
  11: ({ config }) => gauge(config.terminate_delay),
  12: ({ config }) => truth(config.full_command),
  13: ({ count }) => integer(count),
  14: ({ hasQuorum }) => truth(hasQuorum),
};
