// SPDX-License-Identifier: MIT
// What a request gets, judged by its first lines alone. Everything that is not on the list is refused.

import { isLoopback, parseIp } from '../../base/address.ts';
import type { HttpPlace } from '../../config/model.ts';

export type Resource = 'page' | 'style' | 'script' | 'icon' | 'events' | 'status' | 'metrics';

export type Answer = { readonly resource: Resource } | { readonly refuse: number; readonly text: string };

const resources: Readonly<Record<string, Resource>> = {
  '/': 'page',
  '/style.css': 'style',
  '/app.js': 'script',
  '/icon.svg': 'icon',
  '/events': 'events',
  '/status.json': 'status',
  '/metrics': 'metrics',
};

/** `url` is the request target as it came, `host` the Host header. `ownName`: of this machine. */
export function judgeRequest(
  request: { readonly method: string; readonly url: string; readonly host: string | undefined },
  place: HttpPlace,
  ownName: string,
): Answer {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { refuse: 405, text: 'this page is read only: GET and HEAD' };
  // A page elsewhere whose name was pointed at this address may not read what is here.
  if (!isOurs(request.host, place, ownName))
    return { refuse: 403, text: 'this name is not served here: use the address, or add the name behind http in ka_ts' };
  const resource = resources[request.url];
  return resource === undefined ? { refuse: 404, text: 'there is nothing here' } : { resource };
}

function isOurs(host: string | undefined, place: HttpPlace, ownName: string): boolean {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/.exec(host ?? '') ?? [];
  const name = (bracketed ?? plain)?.toLowerCase();
  if (name === undefined) return false;
  if (port !== undefined && Number(port) !== place.port && !place.names.includes(name)) return false;
  const ip = parseIp(name);
  if (ip.ok)
    return (
      place.names.includes(name) ||
      ip.value === place.address ||
      isAny(place.address) ||
      (isLoopback(place.address) && isLoopback(ip.value))
    );
  return name === 'localhost' || name === ownName.toLowerCase() || place.names.includes(name);
}

/** It listens on every address, so any may be meant. */
function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
