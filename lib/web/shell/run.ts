// SPDX-License-Identifier: MIT
// The process of the status page. It is started without rights, has one connection to the parent, which answers questions about
// the daemon and nothing else, and ends with it.

import { Socket } from 'node:net';
import { hostname } from 'node:os';
import { errorText } from '../../base/errors.ts';
import type { HttpPlace } from '../../config/model.ts';
import { createClientOn } from '../../control/client.ts';
import type { StatusDocument } from '../../control/document.ts';
import { readAssets } from './assets.ts';
import { createPageServer } from './server.ts';
import { createSource } from './source.ts';

/** Its end of the connection to the parent, and where it writes why it cannot serve. */
export const controlDescriptor = 3;
export const placeVariable = 'KA_TS_HTTP';
/** The source has a patience of its own; the connection must outlive a daemon that is stopped for a while. */
const longestAnswer = 24 * 3600 * 1000;
/** Milliseconds between two signs of life: the control server ends a connection that asks nothing for ten minutes. */
const signEvery = 60_000;

/** Runs for the life of the process. */
export function runWeb(): void {
  const place = JSON.parse(process.env[placeVariable] ?? 'null') as HttpPlace;
  const connection = new Socket({ fd: controlDescriptor, readable: true, writable: true });
  connection.on('close', () => process.exit(0));
  process.on('SIGINT', () => {});
  const client = createClientOn(connection, longestAnswer);
  setInterval(() => client.request('ping').catch(() => {}), signEvery);
  const source = createSource(async () => (await client.request('status')) as StatusDocument);
  const server = createPageServer({
    place,
    ownName: hostname(),
    assets: readAssets(),
    source,
    async metrics() {
      const { contentTypes, metricsText } = await import('../../metrics/text.ts');
      return { type: contentTypes.openmetrics, text: await metricsText(await source.look(), 'openmetrics') };
    },
  });
  server.on('error', (error) => {
    process.stderr.write(`${errorText(error)}\n`);
    process.exit(1);
  });
  server.listen({ host: place.address, port: place.port, backlog: 64 });
}
