// SPDX-License-Identifier: MIT
// Status documents for tests.

import type { InstanceStatus, PriorityPart, StatusDocument } from '../../../lib/control/document.ts';

export const now = 1_800_000_000;

export function part(changes: Partial<PriorityPart> = {}): PriorityPart {
  return { kind: 'script', name: 'chk', state: 'up', weight: -20, reverse: false, adds: 0, faults: false, group: null, ...changes };
}

export function instanceStatus(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    name: 'VI_1',
    interface: 'eth0',
    family: 4,
    vrid: 51,
    version: 3,
    state: 'BACKUP',
    since: now - 62,
    wantedState: 'BACKUP',
    group: null,
    priority: { base: 100, effective: 100, sum: 100, parts: [] },
    preempt: true,
    preemptDelaySeconds: 0,
    intervalSeconds: 1,
    activeIntervalSeconds: 1,
    skewSeconds: 0.609375,
    downIntervalSeconds: 3.609375,
    timer: { what: 'down', at: now + 3 },
    source: '192.0.2.1',
    peers: [],
    addresses: [{ address: '192.0.2.100', prefixLength: 24, interface: 'eth0', excluded: false, held: false }],
    active: { address: '192.0.2.2', priority: 110, self: false, since: now - 60, lastAdvertAgeSeconds: 0.3 },
    faults: [],
    troubles: [],
    lastTransition: { at: now - 62, from: 'INIT', to: 'BACKUP', priority: 100 },
    transitions: [],
    counters: {
      advertReceived: 60,
      advertSent: 0,
      becameMaster: 0,
      releasedMaster: 0,
      priorityZeroReceived: 0,
      priorityZeroSent: 0,
      lateWakeUps: 0,
      claims: 0,
      refused: {},
    },
    ...changes,
  };
}

export function statusDocument(...instances: InstanceStatus[]): StatusDocument {
  return {
    document: 1,
    at: now,
    daemon: {
      name: 'ka-ts',
      version: '0.1.0',
      pid: 42,
      hostName: 'node-a',
      namespace: null,
      instance: null,
      startedAt: now - 70,
      phase: 'running',
      configuration: {
        file: '/etc/keepalived/keepalived.conf',
        loadedAt: now - 69,
        loads: 1,
        refused: 0,
        lastRefusal: null,
        confirmBy: null,
      },
      heartbeat: { ageSeconds: 0.003, periodSeconds: 0.1, stale: false },
      processes: [{ role: 'vrrp', pid: 43, state: 'running', restarts: 0, ageSeconds: 0.0001, stale: false }],
      operations: [],
      control: {
        connections: 1,
        accepted: 1,
        requests: 1,
        refused: { connections: 0, bad_request: 0, too_long: 0, too_many: 0, slow_reader: 0, denied: 0 },
      },
    },
    vrrp: {
      at: now,
      instances,
      groups: [],
      trackers: { scripts: [], files: [], processes: [], bfd: [] },
      links: [],
      unknownVrids: 0,
      lateness: [],
    },
    checkers: null,
    bfd: null,
    events: [],
  };
}
