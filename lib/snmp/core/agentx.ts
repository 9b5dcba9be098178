// SPDX-License-Identifier: MIT
// AgentX, the protocol between an SNMP master agent and its sub-agents (RFC 2741): bytes to messages and back.
// Own code because the only library for it (net-snmp) takes each chunk of a stream for one message, cannot carry binary
// strings or IP addresses, ignores the end of a search range and throws on what it does not know. See decisions/0014.

import type { Oid } from './oid.ts';
import type { Value, VarBind } from './value.ts';

/** Bytes of a header, and the longest payload that is taken: a master that sends more has lost its way. */
const headerLength = 20;
const longestPayload = 65_536;
/** RFC 2741 section 5.1. */
const longestOid = 128;

export interface SearchRange {
  readonly start: Oid;
  /** The start itself may be the answer. */
  readonly include: boolean;
  /** Exclusive; empty: no end. */
  readonly end: Oid;
}

/** What a master sends. */
export type Request =
  | { readonly kind: 'get' | 'getNext'; readonly ranges: readonly SearchRange[] }
  | {
      readonly kind: 'getBulk';
      readonly ranges: readonly SearchRange[];
      readonly nonRepeaters: number;
      readonly maxRepetitions: number;
    }
  | { readonly kind: 'testSet'; readonly bindings: readonly VarBind[] }
  | { readonly kind: 'commitSet' | 'undoSet' | 'cleanupSet' | 'close' }
  | { readonly kind: 'response'; readonly upTime: number; readonly error: number; readonly index: number };

/** What a sub-agent sends. */
export type Command =
  | { readonly kind: 'open'; readonly timeout: number; readonly id: Oid; readonly description: string }
  | { readonly kind: 'close'; readonly reason: number }
  | { readonly kind: 'register' | 'unregister'; readonly subtree: Oid; readonly priority: number; readonly timeout: number }
  | { readonly kind: 'notify'; readonly bindings: readonly VarBind[] }
  | { readonly kind: 'ping' }
  | { readonly kind: 'response'; readonly error: number; readonly index: number; readonly bindings: readonly VarBind[] };

export interface Identity {
  readonly session: number;
  readonly transaction: number;
  readonly packet: number;
}

export type Received = Identity & { readonly request: Request };

/** Bytes that are not AgentX. The connection is of no use any more. */
export class AgentXError extends Error {
  override readonly name = 'AgentXError';
}

const typeNumber = {
  open: 1,
  close: 2,
  register: 3,
  unregister: 4,
  get: 5,
  getNext: 6,
  getBulk: 7,
  testSet: 8,
  commitSet: 9,
  undoSet: 10,
  cleanupSet: 11,
  notify: 12,
  ping: 13,
  response: 18,
} as const;
const nameOfType = new Map<number, keyof typeof typeNumber>(
  Object.entries(typeNumber).map(([name, number]) => [number, name as keyof typeof typeNumber]),
);

const valueNumber = {
  integer: 2,
  octets: 4,
  null: 5,
  oid: 6,
  ip: 64,
  counter32: 65,
  gauge32: 66,
  timeticks: 67,
  opaque: 68,
  counter64: 70,
  noSuchObject: 128,
  noSuchInstance: 129,
  endOfMibView: 130,
} as const satisfies Record<Value['type'], number>;
const nameOfValue = new Map<number, Value['type']>(Object.entries(valueNumber).map(([name, number]) => [number, name as Value['type']]));

const networkByteOrder = 0x10;
const nonDefaultContext = 0x08;

/** Cuts a stream into messages. feed() throws AgentXError; after that it must not be used again. */
export function createDecoder(): { feed(chunk: Uint8Array): Received[] } {
  let rest = new Uint8Array(0);
  return {
    feed(chunk) {
      const bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
      const found: Received[] = [];
      let at = 0;
      while (bytes.length - at >= headerLength) {
        const view = new DataView(bytes.buffer, at);
        if (view.getUint8(0) !== 1) throw new AgentXError(`version ${view.getUint8(0)} is not AgentX`);
        const payload = view.getUint32(16, littleEndian(view.getUint8(2)));
        if (payload > longestPayload || payload % 4 !== 0) throw new AgentXError(`a message of ${payload} bytes`);
        if (bytes.length - at < headerLength + payload) break;
        found.push(decode(new DataView(bytes.buffer, at, headerLength + payload)));
        at += headerLength + payload;
      }
      rest = bytes.slice(at);
      return found;
    },
  };
}

function littleEndian(flags: number): boolean {
  return (flags & networkByteOrder) === 0;
}

function decode(view: DataView): Received {
  const flags = view.getUint8(2);
  const reader = new Reader(view, littleEndian(flags));
  const kind = nameOfType.get(view.getUint8(1));
  const identity = { session: reader.word(4), transaction: reader.word(8), packet: reader.word(12) };
  reader.at = headerLength;
  if (flags & nonDefaultContext) reader.octets();
  return { ...identity, request: requestOf(kind, view.getUint8(1), reader) };
}

function requestOf(kind: keyof typeof typeNumber | undefined, number: number, reader: Reader): Request {
  switch (kind) {
    case 'get':
    case 'getNext':
      return { kind, ranges: reader.all(() => reader.range()) };
    case 'getBulk': {
      const both = reader.uint16Pair();
      return { kind, nonRepeaters: both[0], maxRepetitions: both[1], ranges: reader.all(() => reader.range()) };
    }
    case 'testSet':
      return { kind, bindings: reader.all(() => reader.binding()) };
    case 'commitSet':
    case 'undoSet':
    case 'cleanupSet':
    case 'close':
      return { kind };
    case 'response': {
      const upTime = reader.word();
      const [error, index] = reader.uint16Pair();
      return { kind, upTime, error, index };
    }
    default:
      throw new AgentXError(`message type ${number} from a master`);
  }
}

class Reader {
  at = 0;
  private readonly view: DataView;
  private readonly little: boolean;

  constructor(view: DataView, little: boolean) {
    this.view = view;
    this.little = little;
  }

  all<T>(one: () => T): T[] {
    const found: T[] = [];
    while (this.at < this.view.byteLength) found.push(one());
    return found;
  }

  word(at = this.advance(4)): number {
    return this.view.getUint32(at, this.little);
  }

  uint16Pair(): [number, number] {
    const at = this.advance(4);
    return [this.view.getUint16(at, this.little), this.view.getUint16(at + 2, this.little)];
  }

  oid(): { oid: Oid; include: boolean } {
    const at = this.advance(4);
    const count = this.view.getUint8(at);
    const prefix = this.view.getUint8(at + 1);
    const include = this.view.getUint8(at + 2) !== 0;
    if (count > longestOid) throw new AgentXError(`an object identifier of ${count} parts`);
    const parts = prefix === 0 ? [] : [1, 3, 6, 1, prefix];
    for (let i = 0; i < count; i++) parts.push(this.word());
    return { oid: parts, include };
  }

  range(): SearchRange {
    const { oid: start, include } = this.oid();
    return { start, include, end: this.oid().oid };
  }

  octets(): Uint8Array {
    const length = this.word();
    if (length > longestPayload) throw new AgentXError(`a string of ${length} bytes`);
    const at = this.advance(length + padding(length));
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, length).slice();
  }

  binding(): VarBind {
    const [number] = this.uint16Pair();
    const type = nameOfValue.get(number);
    const { oid } = this.oid();
    return { oid, value: this.value(type, number) };
  }

  private value(type: Value['type'] | undefined, number: number): Value {
    switch (type) {
      case 'integer':
        return { type, value: this.word() | 0 };
      case 'counter32':
      case 'gauge32':
      case 'timeticks':
        return { type, value: this.word() };
      case 'counter64':
        return { type, value: this.view.getBigUint64(this.advance(8), this.little) };
      case 'octets':
      case 'opaque':
        return { type, value: this.octets() };
      case 'ip': {
        const value = this.octets();
        if (value.length !== 4) throw new AgentXError(`an IpAddress of ${value.length} bytes`);
        return { type, value };
      }
      case 'oid':
        return { type, value: this.oid().oid };
      case 'null':
      case 'noSuchObject':
      case 'noSuchInstance':
      case 'endOfMibView':
        return { type };
      case undefined:
        throw new AgentXError(`value type ${number}`);
    }
  }

  /** Where the next so many bytes are. */
  private advance(bytes: number): number {
    const at = this.at;
    if (at + bytes > this.view.byteLength) throw new AgentXError('a message that ends too early');
    this.at += bytes;
    return at;
  }
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

/** Bytes in network order. */
export function encode({ session, transaction, packet }: Identity, command: Command): Uint8Array {
  const writer = new Writer();
  writer.bytes([1, typeNumber[command.kind], networkByteOrder, 0]);
  writer.word(session);
  writer.word(transaction);
  writer.word(packet);
  writer.word(0);
  writeCommand(writer, command);
  return writer.finish();
}

function writeCommand(writer: Writer, command: Command): void {
  switch (command.kind) {
    case 'open':
      writer.bytes([command.timeout, 0, 0, 0]);
      writer.oid(command.id);
      writer.octets(new TextEncoder().encode(command.description));
      break;
    case 'close':
      writer.bytes([command.reason, 0, 0, 0]);
      break;
    case 'register':
    case 'unregister':
      writer.bytes([command.kind === 'register' ? command.timeout : 0, command.priority, 0, 0]);
      writer.oid(command.subtree);
      break;
    case 'notify':
      for (const binding of command.bindings) writer.binding(binding);
      break;
    case 'ping':
      break;
    case 'response':
      writer.word(0);
      writer.bytes([command.error >> 8, command.error & 0xff, command.index >> 8, command.index & 0xff]);
      for (const binding of command.bindings) writer.binding(binding);
  }
}

class Writer {
  private readonly parts: number[] = [];

  bytes(list: Iterable<number>): void {
    for (const byte of list) this.parts.push(byte);
  }

  word(value: number): void {
    this.parts.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  }

  oid(oid: Oid): void {
    const short = oid.length >= 5 && oid[0] === 1 && oid[1] === 3 && oid[2] === 6 && oid[3] === 1 && (oid[4] ?? 0) < 256;
    const parts = short ? oid.slice(5) : oid;
    this.bytes([parts.length, short ? (oid[4] ?? 0) : 0, 0, 0]);
    for (const part of parts) this.word(part);
  }

  octets(value: Uint8Array): void {
    this.word(value.length);
    this.bytes(value);
    for (let i = padding(value.length); i > 0; i--) this.parts.push(0);
  }

  binding({ oid, value }: VarBind): void {
    this.bytes([0, valueNumber[value.type], 0, 0]);
    this.oid(oid);
    switch (value.type) {
      case 'integer':
      case 'counter32':
      case 'gauge32':
      case 'timeticks':
        this.word(value.value);
        break;
      case 'counter64':
        this.word(Number(value.value >> 32n));
        this.word(Number(value.value & 0xffffffffn));
        break;
      case 'octets':
      case 'opaque':
      case 'ip':
        this.octets(value.value);
        break;
      case 'oid':
        this.oid(value.value);
    }
  }

  finish(): Uint8Array {
    const out = Uint8Array.from(this.parts);
    new DataView(out.buffer).setUint32(16, out.length - headerLength);
    return out;
  }
}
