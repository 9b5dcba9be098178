// SPDX-License-Identifier: MIT
// Unix sockets of the control server (ports/control.ts) on Node.

import { chmodSync, chownSync, lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { errorCode, errorText } from '../base/errors.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Connection, ControlListener, ControlPlace, ControlSockets, Opened, Peer } from '../ports/control.ts';

/** A living daemon takes a connection at once. */
const probeLimit = 500;
const backlog = 16;

export function createControlSockets(native: Pick<NativeAddon, 'peerOf'>): ControlSockets {
  return {
    listen(place, onConnection, done) {
      makeRoom(place.path, (error) => {
        if (error !== null) done({ error });
        else bind(place, native, onConnection, done);
      });
    },
  };
}

/** Removes a socket that nobody listens on. */
function makeRoom(path: string, done: (error: string | null) => void): void {
  try {
    if (!lstatSync(path).isSocket()) {
      done(`${path} exists and is no socket: remove it, or name another path`);
      return;
    }
  } catch (error) {
    done(errorCode(error) === 'ENOENT' ? null : errorText(error));
    return;
  }
  const probe = connect(path);
  const finish = (error: string | null) => {
    probe.removeAllListeners();
    probe.on('error', () => {});
    probe.destroy();
    done(error);
  };
  probe.setTimeout(probeLimit, () => finish(`another process listens on ${path} and does not answer`));
  probe.on('connect', () => finish(`another process listens on ${path}: is a second daemon running?`));
  probe.on('error', (error) => {
    if (errorCode(error) !== 'ECONNREFUSED') {
      finish(errorText(error));
      return;
    }
    try {
      rmSync(path, { force: true });
      finish(null);
    } catch (failure) {
      finish(errorText(failure));
    }
  });
}

type OnConnection = (connection: Connection, peer: Peer | null) => void;

function bind(place: ControlPlace, native: Pick<NativeAddon, 'peerOf'>, onConnection: OnConnection, done: (opened: Opened) => void): void {
  const server = createServer({ allowHalfOpen: true }, (socket) => onConnection(connectionOf(socket), peerOf(socket, native)));
  let told = false;
  const tell = (opened: Opened) => {
    if (!told) done(opened);
    told = true;
  };
  const listener: ControlListener = {
    close() {
      server.close();
      // At the end of the process nothing is left of the event loop to do this.
      if (server.listening) return;
      remove(place.path);
    },
  };
  server.on('error', (error) => tell({ error: errorText(error) }));
  // Bound before it may be opened by others: the file appears with the mode that the mask leaves.
  const mask = process.umask(0o177);
  try {
    server.listen({ path: place.path, backlog });
  } finally {
    process.umask(mask);
  }
  server.on('listening', () => {
    try {
      if (place.gid !== null) chownSync(place.path, process.getuid?.() ?? 0, place.gid);
      chmodSync(place.path, place.mode);
      tell({ listener });
    } catch (error) {
      listener.close();
      tell({ error: errorText(error) });
    }
  });
}

function remove(path: string): void {
  try {
    if (lstatSync(path).isSocket()) rmSync(path, { force: true });
  } catch {
    // Gone already.
  }
}

function peerOf(socket: Socket, native: Pick<NativeAddon, 'peerOf'>): Peer | null {
  try {
    // Node has no call for it; the handle has had this property since pipes exist.
    const fd = (socket as unknown as { _handle?: { fd?: unknown } })._handle?.fd;
    return typeof fd === 'number' && fd >= 0 ? native.peerOf(fd) : null;
  } catch {
    return null;
  }
}

/** Also for a connection that was not made through the socket file. */
export function connectionOf(socket: Socket): Connection {
  socket.setEncoding('utf8');
  socket.on('error', () => {});
  return {
    listen(events) {
      socket.on('data', (text: string) => events.onText(text));
      socket.on('end', () => events.onEnd());
      socket.on('close', () => events.onClose());
    },
    write(text) {
      if (!socket.destroyed && socket.writable) socket.write(text);
    },
    waiting: () => socket.writableLength,
    whenTaken(done) {
      // 'drain' comes only when the mark was passed.
      if (socket.writableNeedDrain) socket.once('drain', done);
      else socket.write('', () => done());
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
