// SPDX-License-Identifier: MIT
// ports/streams.ts on Node's sockets.

import { connect } from 'node:net';
import { errorCode } from '../base/errors.ts';
import type { Stream, StreamAddress, StreamEvents, Streams } from '../ports/streams.ts';

/** Bytes that may wait for a peer. */
const mostWaiting = 1 << 20;
/** Milliseconds in which what was written last must have gone. */
const farewellTime = 1000;

export function createStreams(): Streams {
  return { connect: open };
}

function open(address: StreamAddress, events: StreamEvents): Stream {
  let reason = '';
  const socket = connect(address.kind === 'path' ? { path: address.path } : { host: address.host, port: address.port });
  socket.on('connect', () => events.onOpen());
  socket.on('data', (bytes) => events.onData(bytes));
  socket.on('error', (error) => {
    reason ||= errorCode(error);
  });
  socket.on('close', () => events.onClose(reason));
  return {
    write(bytes) {
      if (socket.destroyed) return;
      socket.write(bytes);
      if (socket.writableLength <= mostWaiting) return;
      reason = 'ENOBUFS';
      socket.destroy();
    },
    end() {
      // A peer that hangs neither reads nor closes its side, and would keep the connection for ever.
      socket.destroySoon();
      setTimeout(() => socket.destroy(), farewellTime).unref();
    },
  };
}
