// SPDX-License-Identifier: MIT
// The metrics of a daemon as a table: what each is called, and how the status document gives it. A row is a metric, its
// documentation and its line on docs/reference/metrics.md. Names follow OpenMetrics: base units, `_total` for counters.

import type { InstanceState, StatusDocument } from '../../control/document.ts';
import { checkerRows } from './checker-rows.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of a histogram: `_bucket` or `_count`; absent: the metric itself. */
  readonly suffix?: '_bucket' | '_count';
}

export interface MetricRow {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  /** What a label stands for where its name does not say it, for the reference page. */
  readonly labels: readonly string[];
  readonly of: (document: StatusDocument) => readonly Sample[];
}

export const one = (value: number, labels: Labels = {}): Sample[] => [{ labels, value }];
const bit = (is: boolean): number => (is ? 1 : 0);
const states: readonly InstanceState[] = ['INIT', 'BACKUP', 'MASTER', 'FAULT', 'UNKNOWN'];

const instances = (d: StatusDocument) => d.vrrp?.instances ?? [];
type Instance = ReturnType<typeof instances>[number];
/** One sample of each instance; null leaves it out. */
const perInstance =
  (value: (i: Instance) => number | null, labels: (i: Instance) => Labels = () => ({})) =>
  (d: StatusDocument): Sample[] =>
    instances(d).flatMap((i) => {
      const v = value(i);
      return v === null ? [] : one(v, { vrrp_instance: i.name, ...labels(i) });
    });

const counter = (name: string, help: string, value: (i: Instance) => number): MetricRow => ({
  name: `ka_vrrp_${name}_total`,
  type: 'counter',
  help,
  labels: ['vrrp_instance'],
  of: perInstance(value),
});

const count = (i: Instance, kind: string): number => i.troubles.filter((t) => t.kind === kind).length;

const daemonRows: readonly MetricRow[] = [
  {
    name: 'ka_build_info',
    type: 'gauge',
    help: 'Version of the daemon; always 1.',
    labels: ['name', 'version'],
    of: ({ daemon }) => one(1, { name: daemon.name, version: daemon.version }),
  },
  {
    name: 'ka_start_time_seconds',
    type: 'gauge',
    help: 'When the daemon was started, seconds since 1970.',
    labels: [],
    of: ({ daemon }) => one(daemon.startedAt),
  },
  {
    name: 'ka_engine_heartbeat_age_seconds',
    type: 'gauge',
    help: 'Age of the last sign of life of the packet engine.',
    labels: [],
    of: ({ daemon }) => (daemon.heartbeat ? one(daemon.heartbeat.ageSeconds) : []),
  },
  {
    name: 'ka_engine_stale',
    type: 'gauge',
    help: '1 while the packet engine hangs or is stopped: no state is known then.',
    labels: [],
    of: ({ daemon }) => (daemon.heartbeat ? one(bit(daemon.heartbeat.stale)) : []),
  },
  {
    name: 'ka_process_up',
    type: 'gauge',
    help: '1 while the process of this role runs.',
    labels: ['role'],
    of: ({ daemon }) => daemon.processes.flatMap((p) => one(bit(p.state === 'running'), { role: p.role })),
  },
  {
    name: 'ka_process_stale',
    type: 'gauge',
    help: '1 while the process of this role does not answer.',
    labels: ['role'],
    of: ({ daemon }) => daemon.processes.flatMap((p) => one(bit(p.stale), { role: p.role })),
  },
  {
    name: 'ka_process_restarts_total',
    type: 'counter',
    help: 'How often the process of this role had to be started again.',
    labels: ['role'],
    of: ({ daemon }) => daemon.processes.flatMap((p) => one(p.restarts, { role: p.role })),
  },
  {
    name: 'ka_configuration_loads_total',
    type: 'counter',
    help: 'Configurations that were taken, the first among them.',
    labels: [],
    of: ({ daemon }) => one(daemon.configuration.loads),
  },
  {
    name: 'ka_configuration_refused_total',
    type: 'counter',
    help: 'Reloads that were refused.',
    labels: [],
    of: ({ daemon }) => one(daemon.configuration.refused),
  },
  {
    name: 'ka_configuration_loaded_timestamp_seconds',
    type: 'gauge',
    help: 'When the present configuration came into force.',
    labels: [],
    of: ({ daemon }) => (daemon.configuration.loadedAt === null ? [] : one(daemon.configuration.loadedAt)),
  },
  {
    name: 'ka_control_requests_total',
    type: 'counter',
    help: 'Requests on the control socket.',
    labels: [],
    of: ({ daemon }) => one(daemon.control.requests),
  },
  {
    name: 'ka_control_refused_total',
    type: 'counter',
    help: 'Connections and requests that the control socket refused.',
    labels: ['reason'],
    of: ({ daemon }) => Object.entries(daemon.control.refused).flatMap(([reason, n]) => one(n, { reason })),
  },
];

const vrrpRows: readonly MetricRow[] = [
  {
    name: 'ka_vrrp_state',
    type: 'gauge',
    help: '1 for the state that the instance is in, 0 for the others; UNKNOWN while its process does not answer.',
    labels: ['vrrp_instance', 'state', 'vrid', 'interface', 'family'],
    of: (d) =>
      instances(d).flatMap((i) =>
        states.flatMap((state) =>
          one(bit(i.state === state), {
            vrrp_instance: i.name,
            state,
            vrid: String(i.vrid),
            interface: i.interface ?? '',
            family: `ipv${i.family}`,
          }),
        ),
      ),
  },
  {
    name: 'ka_vrrp_priority',
    type: 'gauge',
    help: 'Effective priority: what the adverts carry.',
    labels: ['vrrp_instance'],
    of: perInstance((i) => i.priority.effective),
  },
  {
    name: 'ka_vrrp_priority_base',
    type: 'gauge',
    help: 'Priority without trackers.',
    labels: ['vrrp_instance'],
    of: perInstance((i) => i.priority.base),
  },
  {
    name: 'ka_vrrp_priority_part',
    type: 'gauge',
    help: 'What one tracker adds to the priority now.',
    labels: ['vrrp_instance', 'kind', 'name'],
    of: (d) =>
      instances(d).flatMap((i) => i.priority.parts.flatMap((p) => one(p.adds, { vrrp_instance: i.name, kind: p.kind, name: p.name }))),
  },
  {
    name: 'ka_vrrp_last_transition_timestamp_seconds',
    type: 'gauge',
    help: 'When the instance last changed its state, and why.',
    labels: ['vrrp_instance', 'from', 'to', 'cause'],
    of: perInstance(
      (i) => i.lastTransition?.at ?? null,
      ({ lastTransition: t }) => ({ from: t?.from ?? '', to: t?.to ?? '', cause: t?.cause ?? '' }),
    ),
  },
  {
    name: 'ka_vrrp_active_priority',
    type: 'gauge',
    help: 'Priority of the Active router as far as this one knows.',
    labels: ['vrrp_instance', 'address', 'self'],
    of: perInstance(
      (i) => i.active?.priority ?? null,
      ({ active }) => ({ address: active?.address ?? '', self: String(active?.self ?? false) }),
    ),
  },
  {
    name: 'ka_vrrp_last_advert_age_seconds',
    type: 'gauge',
    help: 'Age of the last advert of the Active router, sent or received.',
    labels: ['vrrp_instance'],
    of: perInstance((i) => i.active?.lastAdvertAgeSeconds ?? null),
  },
  {
    name: 'ka_vrrp_advert_interval_seconds',
    type: 'gauge',
    help: 'Advertisement_Interval that the instance counts with.',
    labels: ['vrrp_instance'],
    of: perInstance((i) => i.activeIntervalSeconds),
  },
  {
    name: 'ka_vrrp_address_held',
    type: 'gauge',
    help: '1 while the virtual address is in the kernel and ours.',
    labels: ['vrrp_instance', 'address'],
    of: (d) => instances(d).flatMap((i) => i.addresses.flatMap((a) => one(bit(a.held), { vrrp_instance: i.name, address: a.address }))),
  },
  counter('adverts_sent', 'Adverts sent.', (i) => i.counters.advertSent),
  counter('adverts_received', 'Adverts received.', (i) => i.counters.advertReceived),
  counter('farewells_sent', 'Adverts with priority 0 sent.', (i) => i.counters.priorityZeroSent),
  counter('farewells_received', 'Adverts with priority 0 received.', (i) => i.counters.priorityZeroReceived),
  counter('became_master', 'Transitions to MASTER.', (i) => i.counters.becameMaster),
  counter('released_master', 'Transitions away from MASTER.', (i) => i.counters.releasedMaster),
  {
    name: 'ka_vrrp_transitions_total',
    type: 'counter',
    help: 'Changes of state, by where it went and why (causes.md).',
    labels: ['vrrp_instance', 'to', 'cause'],
    of: (d) =>
      instances(d).flatMap((i) => i.transitions.flatMap(({ to, cause, count }) => one(count, { vrrp_instance: i.name, to, cause }))),
  },
  counter('late_wakeups', 'Times the engine woke so late that it listened before it spoke.', (i) => i.counters.lateWakeUps),
  counter('claims', 'Messages of others that claimed an address of ours while we were Active.', (i) => i.counters.claims),
  {
    name: 'ka_vrrp_contested',
    type: 'gauge',
    help: 'How many others contest the role of the instance now: adverts beside ours, a stranger with its VRID, a claim of its address.',
    labels: ['vrrp_instance'],
    of: perInstance((i) => count(i, 'contested')),
  },
  {
    name: 'ka_vrrp_deaf',
    type: 'gauge',
    help: '1 while the instance does not hear what it should: a better router fell silent, adverts are dropped on this host, the multicast membership is gone.',
    labels: ['vrrp_instance'],
    of: perInstance((i) => bit(count(i, 'deaf') > 0)),
  },
  {
    name: 'ka_vrrp_adverts_refused_total',
    type: 'counter',
    help: 'Adverts that were refused.',
    labels: ['vrrp_instance', 'reason'],
    of: (d) =>
      instances(d).flatMap((i) => Object.entries(i.counters.refused).flatMap(([reason, n]) => one(n, { vrrp_instance: i.name, reason }))),
  },
  {
    name: 'ka_vrrp_unknown_vrids_total',
    type: 'counter',
    help: 'Adverts for virtual routers that are not ours.',
    labels: [],
    of: ({ vrrp }) => (vrrp ? one(vrrp.unknownVrids) : []),
  },
  {
    name: 'ka_vrrp_advert_lateness_seconds',
    type: 'histogram',
    help: 'How much later than due adverts were sent. Without _sum: the engine counts, it does not add.',
    labels: ['le'],
    of: ({ vrrp }) => (vrrp ? lateness(vrrp.lateness) : []),
  },
  {
    name: 'ka_vrrp_group_state',
    type: 'gauge',
    help: '1 for the state that the sync group is in.',
    labels: ['group', 'state'],
    of: ({ vrrp }) => (vrrp?.groups ?? []).flatMap((g) => states.flatMap((state) => one(bit(g.state === state), { group: g.name, state }))),
  },
  {
    name: 'ka_tracker_up',
    type: 'gauge',
    help: '1 while what is tracked is up; a script that has not ended yet is neither.',
    labels: ['kind', 'name'],
    of: ({ vrrp }) => {
      if (!vrrp) return [];
      const { scripts, processes, bfd } = vrrp.trackers;
      return [
        ...scripts.filter((s) => s.state !== 'unknown').flatMap((s) => one(bit(s.state === 'up'), { kind: 'script', name: s.name })),
        ...processes.flatMap((p) => one(bit(p.up), { kind: 'process', name: p.name })),
        ...bfd.flatMap((b) => one(bit(b.up), { kind: 'bfd', name: b.name })),
      ];
    },
  },
  {
    name: 'ka_tracker_file_value',
    type: 'gauge',
    help: 'Value read from a tracked file.',
    labels: ['name'],
    of: ({ vrrp }) => (vrrp?.trackers.files ?? []).flatMap((f) => one(f.value, { name: f.name })),
  },
];

/** Cumulative, as histograms are; index i of `counts` has those less than 2^i µs late. */
function lateness(counts: readonly number[]): Sample[] {
  let all = 0;
  const buckets = counts.map((count, i) => {
    all += count;
    return { suffix: '_bucket', labels: { le: String(2 ** i / 1e6) }, value: all } as const;
  });
  return [...buckets, { suffix: '_bucket', labels: { le: '+Inf' }, value: all }, { suffix: '_count', labels: {}, value: all }];
}

/** 1: the daemon answers and its engine lives. Of all metrics the only one that is there when nobody answers. */
export const upRow = {
  name: 'ka_up',
  type: 'gauge',
  help: '1 while the daemon answers; 0: it hangs, is stopped or does not run, and there are no other metrics.',
  labels: [],
} as const;

export const metricRows: readonly MetricRow[] = [...daemonRows, ...vrrpRows, ...checkerRows];
