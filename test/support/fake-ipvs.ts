// SPDX-License-Identifier: MIT
// The kernel's load balancer in memory: answers as the kernel does, and keeps what it was told as lines that one can read.

import type { Ipvs, IpvsDaemon, IpvsDestination, IpvsMessage, IpvsService, IpvsTimeouts } from '../../lib/ports/ipvs.ts';

const ENOENT = 2;
const ESRCH = 3;
const EEXIST = 17;

interface Kept {
  service: IpvsService;
  readonly destinations: Map<string, IpvsDestination>;
}

export interface FakeIpvs extends Ipvs {
  /** `new_service 10.0.0.1:TCP:80`, `set_destination 10.0.0.1:TCP:80 -> 10.0.1.1:80 w3` …; a line `--` ends each batch. */
  readonly calls: string[];
  /** Calls since the last time, without the ends of batches. */
  taken(): string[];
  /** How often the whole table was read. */
  reads: number;
  /** The table as `service -> destination weight` lines. */
  shown(): string[];
  /** Schedulers that this kernel has no module for. */
  readonly unknownSchedulers: Set<string>;
  /** Answers of the next batch are lost: what is done is done, and nobody knows. */
  loseNext: boolean;
  /** Error{code} of the next read. */
  readError: string | null;
  closed: boolean;
}

const noStatistics = {
  connections: 0,
  packetsIn: 0,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  connectionRate: 0,
  packetRateIn: 0,
  packetRateOut: 0,
  byteRateIn: 0,
  byteRateOut: 0,
};

export function createFakeIpvs(): FakeIpvs {
  const table = new Map<string, Kept>();
  const daemons = new Map<string, IpvsDaemon>();
  let timeouts: Required<IpvsTimeouts> = { tcp: 900, tcpfin: 120, udp: 300 };
  const entry = ({ service, destinations }: Kept) => ({
    service,
    statistics: noStatistics,
    destinations: [...destinations.values()].map((destination) => ({
      destination,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      statistics: noStatistics,
    })),
  });
  const execute = (m: IpvsMessage): number => {
    switch (m.command) {
      case 'flush':
        table.clear();
        return 0;
      case 'new_service':
      case 'set_service': {
        const old = table.get(JSON.stringify(m.service.key));
        if (m.command === 'new_service' ? old : !old) return old ? EEXIST : ESRCH;
        if (fake.unknownSchedulers.has(m.service.scheduler)) return ENOENT;
        table.set(JSON.stringify(m.service.key), { service: m.service, destinations: old?.destinations ?? new Map() });
        return 0;
      }
      case 'delete_service':
        return table.delete(JSON.stringify(m.service)) ? 0 : ESRCH;
      case 'new_destination':
      case 'set_destination':
      case 'delete_destination': {
        const destinations = table.get(JSON.stringify(m.service))?.destinations;
        if (!destinations) return ESRCH;
        const id = `${m.destination.ip}:${m.destination.port}`;
        if (m.command === 'delete_destination') return destinations.delete(id) ? 0 : ENOENT;
        if (destinations.has(id) !== (m.command === 'set_destination')) return destinations.has(id) ? EEXIST : ENOENT;
        destinations.set(id, m.destination);
        return 0;
      }
      case 'new_daemon':
        if (daemons.has(m.daemon.state)) return EEXIST;
        daemons.set(m.daemon.state, m.daemon);
        return 0;
      case 'delete_daemon':
        return daemons.delete(m.daemon.state) ? 0 : ESRCH;
      case 'set_timeouts':
        timeouts = { ...timeouts, ...m.timeouts };
        return 0;
      default:
        return 0;
    }
  };
  const fake: FakeIpvs = {
    calls: [],
    reads: 0,
    unknownSchedulers: new Set(),
    loseNext: false,
    readError: null,
    closed: false,
    taken: () => fake.calls.splice(0).filter((line) => line !== '--'),
    shown: () =>
      [...table.values()].flatMap(({ service, destinations }) => [
        `${keyText(service.key)} ${service.scheduler}`,
        ...[...destinations.values()].map((d) => `${keyText(service.key)} -> ${d.ip}:${d.port} w${d.weight}`),
      ]),
    async apply(messages) {
      fake.calls.push(...messages.map(messageText), '--');
      const errors = messages.map(execute);
      const lost = fake.loseNext;
      fake.loseNext = false;
      return lost ? errors.map(() => 110) : errors;
    },
    async read() {
      fake.reads++;
      const code = fake.readError;
      fake.readError = null;
      if (code) throw Object.assign(new Error(`netlink request: ${code}`), { code });
      return [...table.values()].map(entry);
    },
    async readService(key) {
      const kept = table.get(JSON.stringify(key));
      return kept ? entry(kept) : null;
    },
    timeouts: async () => timeouts,
    daemons: async () => [...daemons.values()],
    close() {
      fake.closed = true;
    },
  };
  return fake;
}

function keyText(key: IpvsService['key']): string {
  return key.kind === 'fwmark' ? `mark ${key.mark} IPv${key.family}` : `${key.ip}:${key.protocol}:${key.port}`;
}

function messageText(m: IpvsMessage): string {
  switch (m.command) {
    case 'new_service':
    case 'set_service':
      return `${m.command} ${keyText(m.service.key)}`;
    case 'delete_service':
    case 'zero_service':
      return `${m.command} ${keyText(m.service)}`;
    case 'delete_destination':
      return `${m.command} ${keyText(m.service)} -> ${m.destination.ip}:${m.destination.port}`;
    case 'new_destination':
    case 'set_destination':
      return `${m.command} ${keyText(m.service)} -> ${m.destination.ip}:${m.destination.port} w${m.destination.weight}`;
    case 'new_daemon':
    case 'delete_daemon':
      return `${m.command} ${m.daemon.state} ${m.daemon.ifname} ${m.daemon.syncId}`;
    case 'set_timeouts':
      return `${m.command} ${Object.entries(m.timeouts).flat().join(' ')}`;
    default:
      return m.command;
  }
}
