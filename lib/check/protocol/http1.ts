// SPDX-License-Identifier: MIT
// The HTTP dialogue of checks and genhash: one request, one response read to its end (reference/lvs-and-checkers.md 9.2).
// Pure; whatever bytes come in, nothing throws and no more than a header is kept.

export interface HttpRequest {
  readonly path: string;
  /** As it goes into the header: `name`, `192.0.2.1:80` or `[2001:db8::1]:80`. */
  readonly host: string;
  /** C: with `Connection: close`, as 1.1 has it too. */
  readonly protocol: '1.0' | '1.0C' | '1.1';
}

/** Byte for byte keepalived's. */
export function requestText({ path, host, protocol }: HttpRequest): string {
  const close = protocol === '1.0' ? '' : 'Connection: close\r\n';
  return `GET ${path} HTTP/${protocol === '1.1' ? '1.1' : '1.0'}\r\nUser-Agent: KeepAliveClient\r\n${close}Host: ${host}\r\n\r\n`;
}

/** `192.0.2.1:80`, `[2001:db8::1]:80` */
export function hostOf(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

export interface ResponseReader {
  feed(bytes: Uint8Array): void;
  /** With the empty line that ends it; null: not there yet, or longer than it may be. */
  header(): Uint8Array | null;
  /** The header is longer than it may be: nothing more is read of it. */
  isRefused(): boolean;
  /** Three digits with a blank behind them; null: none. */
  status(): number | null;
  /** Bytes of the body so far, more than Content-Length too. */
  received(): number;
  /** As the header says, null: it does not. */
  contentLength(): number | null;
}

/** A longer header is none. */
const longestHeader = 4095;

/** `onBody` gets the body as it comes, at most as much of it as Content-Length says: what a digest covers. */
export function createResponseReader(onBody: (bytes: Uint8Array) => void): ResponseReader {
  let kept = new Uint8Array(0);
  let header: Uint8Array | null = null;
  let refused = false;
  let length: number | null = null;
  let received = 0;

  const body = (bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    const left = length === null ? bytes.length : Math.max(0, length - received);
    received += bytes.length;
    if (left > 0) onBody(bytes.subarray(0, Math.min(left, bytes.length)));
  };
  return {
    feed(bytes) {
      if (refused) return;
      if (header) {
        body(bytes);
        return;
      }
      const all = new Uint8Array(kept.length + bytes.length);
      all.set(kept);
      all.set(bytes, kept.length);
      const end = headerEnd(all, Math.max(0, kept.length - 3));
      if (end < 0 ? all.length > longestHeader : end > longestHeader) refused = true;
      else if (end < 0) kept = all;
      else {
        header = all.slice(0, end);
        length = contentLengthIn(header);
        body(all.subarray(end));
      }
    },
    header: () => header,
    isRefused: () => refused,
    status: () => header && statusIn(header),
    received: () => received,
    contentLength: () => length,
  };
}

/** Offset behind CR LF CR LF, -1 when it is not there. */
function headerEnd(bytes: Uint8Array, from: number): number {
  for (let i = from; i + 3 < bytes.length; i++) {
    if (bytes[i] === 13 && bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) return i + 4;
  }
  return -1;
}

function statusIn(header: Uint8Array): number | null {
  const match = /^[^ ]* ([0-9]{3}) /.exec(latin1(header));
  return match ? Number(match[1]) : null;
}

/** The word is looked for in just this spelling, as keepalived does. */
function contentLengthIn(header: Uint8Array): number | null {
  const match = /Content-Length:[ \t]*([0-9]{1,15})/.exec(latin1(header));
  return match ? Number(match[1]) : null;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
