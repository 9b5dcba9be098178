// SPDX-License-Identifier: MIT
// The kernel's table as data: services by their key, each with its destinations by theirs.

import type { IpvsDestination, IpvsDestinationKey, IpvsEntry, IpvsService, IpvsServiceKey } from '../../ports/ipvs.ts';

export interface TableEntry {
  readonly service: IpvsService;
  readonly destinations: ReadonlyMap<string, IpvsDestination>;
}

/** In the order of being made. */
export type Table = ReadonlyMap<string, TableEntry>;

/** A table that follows what the kernel is told. */
export type KnownTable = Map<string, { service: IpvsService; readonly destinations: Map<string, IpvsDestination> }>;

/** As keepalived names it in messages: `192.0.2.1:tcp:80`, `Fwm 3`, `Fwm 3 inet6`. Different for different services. */
export function serviceId(key: IpvsServiceKey): string {
  if (key.kind === 'fwmark') return `Fwm ${key.mark}${key.family === 6 ? ' inet6' : ''}`;
  return `${key.ip}:${key.protocol.toLowerCase()}:${key.port}`;
}

/** `198.51.100.11:80` */
export function destinationId({ ip, port }: IpvsDestinationKey): string {
  return `${ip}:${port}`;
}

/** What the kernel has. */
export function tableOf(entries: readonly IpvsEntry[]): KnownTable {
  return new Map(
    entries.map(({ service, destinations }) => [
      serviceId(service.key),
      { service, destinations: new Map(destinations.map(({ destination }) => [destinationId(destination), destination])) },
    ]),
  );
}

export function isSameService(a: IpvsService, b: IpvsService): boolean {
  if (a.scheduler !== b.scheduler || a.flags !== b.flags || a.engine !== b.engine) return false;
  // The kernel keeps these of services that are not persistent too, where nothing looks at them.
  const persistent = (a.flags & 1) !== 0;
  return !persistent || (a.timeout === b.timeout && a.netmask === b.netmask);
}

export function isSameDestination(a: IpvsDestination, b: IpvsDestination): boolean {
  if (a === b) return true;
  return (
    a.weight === b.weight &&
    a.method === b.method &&
    a.upperThreshold === b.upperThreshold &&
    a.lowerThreshold === b.lowerThreshold &&
    a.tunnel?.type === b.tunnel?.type &&
    a.tunnel?.port === b.tunnel?.port &&
    a.tunnel?.checksum === b.tunnel?.checksum
  );
}
