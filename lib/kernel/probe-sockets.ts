// SPDX-License-Identifier: MIT
// Sockets of checks: the addon's, since Node's own know neither firewall marks nor interfaces, and cost three times as much for a
// connection that is over at once; Node speaks TLS over those that need it (reference/lvs-and-checkers.md 8.2).

import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { getSystemErrorName } from 'node:util';
import { errorCode } from '../base/errors.ts';
import type { CheckTarget, TlsMaterial } from '../config/model-lvs.ts';
import type { ProbeCalls, ProbeTargetSpec } from '../native/probe-surface.ts';
import type { ProbeError, ProbeSockets, ProbeStream, StreamListener, TlsWish } from '../ports/probes.ts';

/** Errors of connect(2) that say something of the target. */
const telling: Readonly<Record<string, ProbeError['kind']>> = {
  ECONNREFUSED: 'refused',
  ENETUNREACH: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ECONNRESET: 'broken',
  ECONNABORTED: 'broken',
  ETIMEDOUT: 'timeout',
};

function connectError(code: string): ProbeError {
  return { kind: telling[code] ?? 'local', code };
}

function errnoError(errno: number): ProbeError {
  return connectError(getSystemErrorName(-errno));
}

function specOf(target: CheckTarget, port = target.port): ProbeTargetSpec {
  return {
    address: target.ip,
    port,
    bindAddress: target.bindto ?? '',
    bindPort: target.bind_port ?? 0,
    bindInterface: target.bind_if ?? '',
    mark: target.fwmark,
  };
}

export interface TlsProbeSockets extends ProbeSockets {
  /** What TLS shows of us from now on; null: nothing. Throws for files that cannot be read or do not fit: all stays as it was. */
  useMaterial(material: TlsMaterial | null): Promise<void>;
}

/** Any version that the library allows. */
const oldest = { minVersion: 'TLSv1' } as const;

async function contextOf(material: TlsMaterial | null): Promise<SecureContext> {
  const { createSecureContext } = await import('node:tls');
  const file = (path: string | null | undefined) => (path ? readFileSync(path) : undefined);
  const [key, cert, ca] = [file(material?.key), file(material?.certificate), file(material?.ca)];
  return createSecureContext({
    ...oldest,
    ...(key ? { key } : {}),
    ...(cert ? { cert } : {}),
    ...(ca ? { ca } : {}),
    ...(material?.password ? { passphrase: material.password } : {}),
  });
}

export function createProbeSockets(native: ProbeCalls): TlsProbeSockets {
  let secure: Promise<SecureContext> | null = null;
  const context = () => {
    secure ??= contextOf(null);
    return secure;
  };
  /** Calls with what is wrong on this side, later as all else. */
  const attempt = <T>(start: () => T, failed: (error: ProbeError) => void): T | null => {
    try {
      return start();
    } catch (error) {
      setImmediate(failed, connectError(errorCode(error)));
      return null;
    }
  };

  return {
    knock(target, done) {
      let over = false;
      const tell = (error: ProbeError | null) => {
        if (!over) done(error);
        over = true;
      };
      const probe = attempt(
        () => native.connectProbe(specOf(target), false, (errno) => tell(errno === 0 ? null : errnoError(errno))),
        tell,
      );
      return () => {
        over = true;
        probe?.close();
      };
    },
    async useMaterial(material) {
      const made = await contextOf(material);
      secure = Promise.resolve(made);
    },
    open: (target, tls, listener) =>
      tls ? openSecure({ native, attempt, context }, target, tls, listener) : openPlain({ native, attempt }, target, listener),
    datagrams(kind, target, listener) {
      let open = true;
      const fail = (error: ProbeError) => {
        if (!open) return;
        open = false;
        listener.onError(error);
      };
      const spec = specOf(target, kind === 'echo' ? 0 : target.port);
      const probe = attempt(
        () =>
          native.datagramProbe(kind, spec, (errno, bytes) => {
            if (bytes === null) fail(errnoError(errno));
            else if (open) listener.onData(bytes);
          }),
        fail,
      );
      return {
        send(bytes) {
          const errno = probe?.send(bytes) ?? 0;
          return errno === 0 ? null : errnoError(errno);
        },
        close() {
          open = false;
          probe?.close();
        },
      };
    },
  };
}

type Attempt = <T>(start: () => T, failed: (error: ProbeError) => void) => T | null;

interface StreamContext {
  readonly native: ProbeCalls;
  readonly attempt: Attempt;
  /** Made once: it is most of the work of a connection. */
  readonly context: () => Promise<SecureContext>;
}

function openPlain(
  { native, attempt }: Pick<StreamContext, 'native' | 'attempt'>,
  target: CheckTarget,
  listener: StreamListener,
): ProbeStream {
  let over = false;
  const end = (act: () => void) => {
    if (over) return;
    over = true;
    act();
  };
  const probe = attempt(
    () =>
      native.streamProbe(specOf(target), (what, errno, bytes) => {
        if (what === 'data') {
          if (bytes && !over) listener.onData(bytes);
        } else if (what === 'open') listener.onOpen();
        else if (what === 'end') end(() => listener.onEnd());
        else if (what === 'refused') end(() => listener.onError(errnoError(errno)));
        else end(() => listener.onError({ kind: 'broken', code: getSystemErrorName(-errno) }));
      }),
    (error) => end(() => listener.onError(error)),
  );
  return {
    write(text) {
      if (!over) probe?.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    },
    close() {
      over = true;
      probe?.close();
    },
  };
}

function openSecure({ native, attempt, context }: StreamContext, target: CheckTarget, tls: TlsWish, listener: StreamListener): ProbeStream {
  let over = false;
  let socket: Socket | null = null;
  const end = (act: () => void) => {
    if (over) return;
    over = true;
    act();
  };
  const fail = (error: ProbeError) =>
    end(() => {
      socket?.destroy();
      listener.onError(error);
    });
  const attach = (stream: Socket) => {
    socket = stream;
    stream.on('data', (bytes: Buffer) => {
      if (!over) listener.onData(bytes);
    });
    stream.on('end', () => end(() => listener.onEnd()));
    stream.on('close', () => end(() => listener.onEnd()));
  };
  const connected = (fd: number) => {
    const plain = new Socket({ fd, readable: true, writable: true });
    plain.on('error', (error) => fail({ kind: 'broken', code: errorCode(error) }));
    socket = plain;
    // Certificates are never looked at: keepalived checks that a server answers, not who it is.
    void Promise.all([import('node:tls'), context()]).then(([{ connect }, secureContext]) => {
      if (over) return;
      const secure = connect({
        socket: plain,
        rejectUnauthorized: false,
        secureContext,
        ...(tls.serverName === null ? {} : { servername: tls.serverName }),
      });
      secure.on('error', (error) => fail({ kind: 'tls', code: errorCode(error) }));
      secure.once('secureConnect', () => {
        if (!over) listener.onOpen();
      });
      attach(secure);
    });
  };
  const probe = attempt(
    () =>
      native.connectProbe(specOf(target), true, (errno, fd) => {
        if (errno === 0) connected(fd);
        else fail(errnoError(errno));
      }),
    fail,
  );
  return {
    write(text) {
      if (!over) socket?.write(text);
    },
    close(politely = false) {
      over = true;
      probe?.close();
      if (politely && socket && !socket.destroyed) {
        // Whoever does not take the farewell is not waited for.
        socket.end(() => socket?.destroy());
        setTimeout(() => socket?.destroy(), farewell).unref();
      } else socket?.destroy();
    },
  };
}

/** Milliseconds for close_notify to leave. */
const farewell = 1000;
