// SPDX-License-Identifier: MIT
// What the kernel has counted, by the virtual servers of the configuration. Pure.

import type { Config } from '../../config/model.ts';
import type { PoolCounters, ServerCounters } from '../../ports/checkers.ts';
import type { IpvsDestinationEntry, IpvsEntry, IpvsStatistics } from '../../ports/ipvs.ts';
import { place, serviceKeys } from './ipvs-desired.ts';
import { destinationId, serviceId } from './ipvs-table.ts';

/** In the order of virtual_server. */
export function countersOf({ virtual_server, virtual_server_group }: Config, entries: readonly IpvsEntry[]): PoolCounters[] {
  const services = new Map(
    entries.map(({ service, statistics, destinations }) => [
      serviceId(service.key),
      { statistics, destinations: new Map(destinations.map((d) => [destinationId(d.destination), d])) },
    ]),
  );
  return virtual_server.map((vs) => {
    const present = serviceKeys(vs, virtual_server_group).flatMap((key) => {
      const service = services.get(serviceId(key));
      return service ? [{ key, ...service }] : [];
    });
    const of = (server: Parameters<typeof place>[0]): ServerCounters | null => {
      const found = present.flatMap(({ key, destinations }) => destinations.get(destinationId(place(server, key))) ?? []);
      return found.length === 0 ? null : together(found);
    };
    return {
      statistics: sum(present.map((service) => service.statistics)),
      servers: vs.real_server.map(of),
      sorry: vs.sorry_server && of(vs.sorry_server),
    };
  });
}

function together(list: readonly IpvsDestinationEntry[]): ServerCounters {
  const total = (of: (entry: IpvsDestinationEntry) => number) => list.reduce((n, entry) => n + of(entry), 0);
  return {
    activeConnections: total((e) => e.activeConnections),
    inactiveConnections: total((e) => e.inactiveConnections),
    persistentConnections: total((e) => e.persistentConnections),
    statistics: sum(list.map((e) => e.statistics)),
  };
}

function sum(list: readonly IpvsStatistics[]): IpvsStatistics {
  const total = (name: keyof IpvsStatistics) => list.reduce((n, statistics) => n + statistics[name], 0);
  return {
    connections: total('connections'),
    packetsIn: total('packetsIn'),
    packetsOut: total('packetsOut'),
    bytesIn: total('bytesIn'),
    bytesOut: total('bytesOut'),
    connectionRate: total('connectionRate'),
    packetRateIn: total('packetRateIn'),
    packetRateOut: total('packetRateOut'),
    byteRateIn: total('byteRateIn'),
    byteRateOut: total('byteRateOut'),
  };
}
