// SPDX-License-Identifier: MIT
// What to change so that the kernel's table becomes the wanted one: as few messages as possible, and servers that come before
// those that go, so that no pool is empty in between. Pure.

import type { IpvsMessage } from '../../ports/ipvs.ts';
import { destinationId, isSameDestination, isSameService, type KnownTable, serviceId, type Table, type TableEntry } from './ipvs-table.ts';

/**
 * `ours`: services that are taken away when they are not wanted; those of others stay. In a wanted service everything is as
 * wanted, whoever made it.
 */
export function compare(have: Table, want: Table, ours: Iterable<string>): IpvsMessage[] {
  const messages: IpvsMessage[] = [];
  for (const id of ours) {
    const old = have.get(id);
    if (old && !want.has(id)) messages.push({ command: 'delete_service', service: old.service.key });
  }
  for (const [id, wanted] of want) messages.push(...changes(have.get(id), wanted));
  return messages;
}

function* changes(old: TableEntry | undefined, { service, destinations }: TableEntry): Iterable<IpvsMessage> {
  const { key } = service;
  if (!old) yield { command: 'new_service', service };
  else if (!isSameService(old.service, service)) yield { command: 'set_service', service };
  for (const [id, destination] of destinations) {
    const known = old?.destinations.get(id);
    if (!known) yield { command: 'new_destination', service: key, destination };
    else if (!isSameDestination(known, destination)) yield { command: 'set_destination', service: key, destination };
  }
  for (const [id, { ip, port }] of old?.destinations ?? []) {
    if (!destinations.has(id)) yield { command: 'delete_destination', service: key, destination: { ip, port } };
  }
}

/** What is known of the table, after a message that the kernel has taken. */
export function remember(table: KnownTable, message: IpvsMessage): void {
  switch (message.command) {
    case 'flush':
      table.clear();
      return;
    case 'new_service':
    case 'set_service': {
      const id = serviceId(message.service.key);
      table.set(id, { service: message.service, destinations: table.get(id)?.destinations ?? new Map() });
      return;
    }
    case 'delete_service':
      table.delete(serviceId(message.service));
      return;
    case 'new_destination':
    case 'set_destination':
      table.get(serviceId(message.service))?.destinations.set(destinationId(message.destination), message.destination);
      return;
    case 'delete_destination':
      table.get(serviceId(message.service))?.destinations.delete(destinationId(message.destination));
  }
}
