// SPDX-License-Identifier: MIT
// The HTTP server of the page: few resources, everything bounded, one stream of events to each reader. It lives in a process
// of its own without rights; what it knows comes from the source.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpPlace } from '../../config/model.ts';
import { judgeRequest, type Resource } from '../core/request.ts';
import type { Assets } from './assets.ts';
import type { Source } from './source.ts';

export interface PageServerOptions {
  readonly place: HttpPlace;
  readonly ownName: string;
  readonly assets: Assets;
  readonly source: Source;
  /** As OpenMetrics text; loaded when first asked for. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
}

/** For tests and the operations page. */
export const limits = {
  connections: 64,
  streams: 24,
  headerBytes: 8192,
  /** Milliseconds for the head of a request, and between two requests. */
  headTime: 5000,
  idleTime: 5000,
  /** Bytes that may wait for a reader of events. */
  backlog: 4 * 2 ** 20,
  /** Milliseconds in which a reader takes what waits. */
  patience: 10_000,
} as const;

const security = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

export function createPageServer(options: PageServerOptions): Server {
  const { place, ownName, assets, source } = options;
  let streams = 0;

  const refuse = (response: ServerResponse, status: number, text: string) => {
    const headers = { ...security, 'Content-Type': 'text/plain; charset=utf-8', ...(status === 405 ? { Allow: 'GET, HEAD' } : {}) };
    response.writeHead(status, { ...headers, Connection: 'close' });
    response.end(`${text}\n`);
  };
  const send = (response: ServerResponse, type: string, body: string) => {
    response.writeHead(200, { ...security, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    response.end(response.req.method === 'HEAD' ? '' : body);
  };

  const stream = (request: IncomingMessage, response: ServerResponse) => {
    if (streams >= limits.streams) return refuse(response, 503, `${limits.streams} readers are connected already`);
    response.writeHead(200, { ...security, 'Content-Type': 'text/event-stream; charset=utf-8' });
    if (request.method === 'HEAD') return void response.end();
    streams++;
    const { socket } = request;
    socket.setNoDelay(true);
    let slow: NodeJS.Timeout | undefined;
    const leave = source.follow((name, data) => {
      if (socket.writableLength > limits.backlog) return void socket.destroy();
      const taken = response.write(`event: ${name}\ndata: ${data}\n\n`);
      if (taken || slow !== undefined) return;
      slow = setTimeout(() => socket.destroy(), limits.patience);
      response.once('drain', () => {
        clearTimeout(slow);
        slow = undefined;
      });
    });
    response.on('close', () => {
      streams--;
      clearTimeout(slow);
      leave();
    });
  };

  const give = async (resource: Resource, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    switch (resource) {
      case 'page':
        return send(response, 'text/html; charset=utf-8', assets.page);
      case 'style':
        return send(response, 'text/css; charset=utf-8', assets.style);
      case 'script':
        return send(response, 'text/javascript; charset=utf-8', assets.script);
      case 'icon':
        return send(response, 'image/svg+xml', assets.icon);
      case 'events':
        return stream(request, response);
      case 'status': {
        const text = await source.document();
        return text === null ? refuse(response, 503, 'the daemon does not answer') : send(response, 'application/json', text);
      }
      case 'metrics': {
        const { type, text } = await options.metrics();
        return send(response, type, text);
      }
    }
  };

  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headTime,
      requestTimeout: limits.headTime,
      keepAliveTimeout: limits.idleTime,
      connectionsCheckingInterval: 1000,
      insecureHTTPParser: false,
    },
    (request, response) => {
      const { method = '', url = '', headers } = request;
      // Nobody has anything to say here.
      request.resume();
      response.on('error', () => {});
      const answer = judgeRequest({ method, url, host: headers.host }, place, ownName);
      if ('refuse' in answer) return refuse(response, answer.refuse, answer.text);
      if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
        return refuse(response, 413, 'no body is taken here');
      give(answer.resource, request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = limits.connections;
  server.on('clientError', (_error: Error, socket: Socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  // Who sends nothing after connecting, and who reads nothing of an answer.
  server.on('connection', (socket: Socket) => socket.on('error', () => {}));
  return server;
}
