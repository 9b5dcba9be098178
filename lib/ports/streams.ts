// SPDX-License-Identifier: MIT
// Byte streams to another process of this machine or the network.

export type StreamAddress =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export interface StreamEvents {
  onOpen(): void;
  onData(bytes: Uint8Array): void;
  /** Once, also when it never opened; nothing follows. `reason`: errno word or the like, '' for an orderly end. */
  onClose(reason: string): void;
}

export interface Stream {
  /** Not before onOpen. A peer that does not read until much has gathered loses the connection (reason ENOBUFS). */
  write(bytes: Uint8Array): void;
  /** Any number of times. What was written is still sent if the peer takes it within a second; onClose follows whatever the peer does. */
  end(): void;
}

export interface Streams {
  connect(address: StreamAddress, events: StreamEvents): Stream;
}
