// SPDX-License-Identifier: MIT
// Sockets of health checks across the addon's border. Part of surface.ts.

/** Where a check goes, and by which way. */
export interface ProbeTargetSpec {
  readonly address: string;
  /** 0 for echo requests. */
  readonly port: number;
  /** '' and 0: the system chooses. */
  readonly bindAddress: string;
  readonly bindPort: number;
  /** '' for none; also the zone of a link-local address. */
  readonly bindInterface: string;
  /** Firewall mark, 0 for none. */
  readonly mark: number;
}

/** None of them keeps the process alive; close() any number of times. */
export interface ProbeCalls {
  /**
   * onConnected is called once with the errno of the connection, 0: it stands, and with `keep` its descriptor, which is the
   * caller's from there on. Throws Error{code} for what is wrong on this side: ENODEV, EADDRNOTAVAIL, EADDRINUSE, EPERM, EMFILE …
   */
  connectProbe(target: ProbeTargetSpec, keep: boolean, onConnected: (errno: number, fd: number) => void): { close(): void };
  /**
   * A connection that is spoken over. onEvent: `open`; then `data` with what came, at most 128 KiB at a time; once and last `end`, or
   * `refused` before and `broken` after `open`, with an errno. write() before `open` and after the end does nothing. Throws
   * Error{code} as connectProbe.
   */
  streamProbe(
    target: ProbeTargetSpec,
    onEvent: (what: 'open' | 'data' | 'end' | 'refused' | 'broken', errno: number, bytes: Uint8Array | null) => void,
  ): { write(bytes: Uint8Array): void; close(): void };
  /**
   * A connected socket for datagrams or echo requests (whose id is the kernel's). onDatagram: errno 0 and what came, or once and
   * last an errno. send answers an errno, 0 for done. Throws Error{code} as connectProbe, and for a target that cannot be reached.
   */
  datagramProbe(
    kind: 'udp' | 'echo',
    target: ProbeTargetSpec,
    onDatagram: (errno: number, bytes: Uint8Array | null) => void,
  ): { send(bytes: Uint8Array): number; close(): void };
  /**
   * Called when addresses of this machine may have changed; what they are, networkSnapshot() tells. receiveBuffer: of its socket,
   * bytes, 0..2147483647, 0 as the system has it; force: beyond the system's maximum.
   */
  watchAddresses(onChange: () => void, receiveBuffer: number, force: boolean): { close(): void };
}
