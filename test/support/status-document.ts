// SPDX-License-Identifier: MIT
// A status document for tests: two instances, a group, trackers, a pool and a BFD session, all in order.

import type { InstanceStatus, StatusDocument } from '../../lib/control/document.ts';

/** A moment that all times of day in the document count from, seconds since 1970. */
export const documentTime = 1_790_000_000;

export function instanceStatus(name: string, vrid: number, more: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    name,
    interface: 'eth0',
    family: 4,
    vrid,
    version: 3,
    state: 'MASTER',
    since: documentTime - 3600,
    wantedState: 'MASTER',
    group: 'G1',
    priority: {
      base: 100,
      effective: 150,
      sum: 150,
      parts: [
        { kind: 'script', name: 'chk_haproxy', state: 'up', weight: 50, reverse: false, adds: 50, faults: false, group: null },
        { kind: 'interface', name: 'eth1', state: 'up', weight: 0, reverse: false, adds: 0, faults: false, group: 'G1' },
      ],
    },
    preempt: true,
    preemptDelaySeconds: 0,
    intervalSeconds: 1,
    activeIntervalSeconds: 1,
    skewSeconds: 0.41,
    downIntervalSeconds: 3.41,
    timer: { what: 'advert', at: documentTime + 1 },
    source: '192.0.2.1',
    peers: [],
    addresses: [
      { address: `192.0.2.${vrid}`, prefixLength: 24, interface: 'eth0', excluded: false, held: true },
      { address: `198.51.100.${vrid}`, prefixLength: 24, interface: 'eth1', excluded: true, held: true },
    ],
    active: { address: '192.0.2.1', priority: 150, self: true, since: documentTime - 3600, lastAdvertAgeSeconds: 0.2 },
    faults: [],
    troubles: [],
    lastTransition: {
      at: documentTime - 3600,
      from: 'BACKUP',
      to: 'MASTER',
      priority: 150,
      cause: 'peer_silent',
      evidence: { lastAdvertAgeSeconds: 3.41 },
    },
    transitions: [
      { to: 'BACKUP', cause: 'start', count: 1 },
      { to: 'MASTER', cause: 'peer_silent', count: 1 },
    ],
    counters: {
      advertReceived: 12,
      advertSent: 3600,
      becameMaster: 1,
      releasedMaster: 0,
      priorityZeroReceived: 0,
      priorityZeroSent: 0,
      lateWakeUps: 0,
      claims: 0,
      refused: { checksum: 0, auth_failure: 2 },
    },
    ...more,
  };
}

export function statusDocument(more: Partial<StatusDocument> = {}): StatusDocument {
  const process = { state: 'running', restarts: 0, ageSeconds: 0.01, stale: false } as const;
  return {
    document: 1,
    at: documentTime,
    daemon: {
      name: 'ka-ts',
      version: '0.1.0',
      pid: 4711,
      hostName: 'lb1',
      namespace: null,
      instance: null,
      startedAt: documentTime - 86_400,
      phase: 'running',
      configuration: {
        file: '/etc/keepalived/keepalived.conf',
        loadedAt: documentTime - 86_400,
        loads: 1,
        refused: 0,
        lastRefusal: null,
        confirmBy: null,
      },
      heartbeat: { ageSeconds: 0.03, periodSeconds: 0.2, stale: false },
      processes: [
        { role: 'vrrp', pid: 4712, ...process },
        { role: 'checkers', pid: 4713, ...process },
      ],
      operations: [],
      control: {
        connections: 1,
        accepted: 3,
        requests: 90,
        refused: { connections: 0, bad_request: 0, too_long: 0, too_many: 0, slow_reader: 0, denied: 0 },
      },
    },
    vrrp: {
      at: documentTime,
      instances: [instanceStatus('VI_web', 51), instanceStatus('VI_db "x"\\y', 52)],
      groups: [{ name: 'G1', state: 'MASTER', members: ['VI_web', 'VI_db'], faulty: 0, waiting: 0 }],
      trackers: {
        scripts: [{ name: 'chk_haproxy', state: 'up', running: false, counter: 3, rise: 2, fall: 2, intervalSeconds: 1 }],
        files: [{ name: 'load', path: '/run/load', value: 3 }],
        processes: [{ name: 'haproxy', count: 2, quorum: 1, up: true }],
        bfd: [{ name: 'lb2', up: true }],
      },
      links: [{ name: 'eth0', ifindex: 2, up: true, mac: '02:00:00:00:00:01', mtu: 1500 }],
      unknownVrids: 0,
      lateness: [0, 0, 0, 0, 0, 10, 80, 8, 2],
    },
    checkers: {
      at: documentTime,
      pools: [
        {
          name: '192.0.2.10 80',
          protocol: 'TCP',
          scheduler: 'wlc',
          state: 'UP',
          quorum: 1,
          suspended: false,
          traffic: trafficOf(7),
          servers: [server('10.0.0.1 80', true), server('10.0.0.2 80', false)],
        },
      ],
    },
    bfd: {
      at: documentTime,
      sessions: [
        { name: 'lb2', neighbour: '192.0.2.2', state: 'Up', remoteState: 'Up', diagnostic: 0, everySeconds: 0.1, detectionSeconds: 0.5 },
      ],
    },
    events: [
      {
        id: 1,
        at: documentTime - 3600,
        kind: 'transition',
        instance: 'VI_web',
        from: 'BACKUP',
        to: 'MASTER',
        priority: 150,
        cause: 'peer_silent',
      },
      { id: 2, at: documentTime - 60, kind: 'server', pool: '192.0.2.10 80', server: '10.0.0.2 80', up: false },
    ],
    ...more,
  };
}

function trafficOf(connections: number) {
  return {
    connections,
    packetsIn: 10 * connections,
    packetsOut: 0,
    bytesIn: 1000 * connections,
    bytesOut: 0,
    connectionsPerSecond: 1,
    packetsInPerSecond: 10,
    packetsOutPerSecond: 0,
    bytesInPerSecond: 1000,
    bytesOutPerSecond: 0,
  };
}

function server(name: string, up: boolean) {
  const checks = [{ kind: 'HTTP_GET', up, hasRun: true, tries: up ? 0 : 3 }];
  return {
    name,
    state: up ? 'UP' : 'DOWN',
    inTable: up,
    weight: up ? 1 : 0,
    configuredWeight: 1,
    since: documentTime - 60,
    traffic: up ? { ...trafficOf(5), activeConnections: 2, inactiveConnections: 3, persistentConnections: 0 } : null,
    checks,
  } as const;
}
