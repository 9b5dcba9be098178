// SPDX-License-Identifier: MIT
// pcapng as Wireshark and tshark read it: section header, interfaces, packets with comments, and events without a packet as
// entries of the journal (draft-ietf-opsawg-pcapng; little endian, times in µs since 1970).

export interface CaptureInterface {
  readonly name: string;
  readonly description: string;
}

export type CaptureItem =
  | {
      readonly kind: 'packet';
      readonly interface: number;
      readonly at: number;
      readonly direction: 'in' | 'out';
      readonly bytes: Uint8Array;
      /** Of the whole packet. */
      readonly length: number;
      readonly comment: string;
    }
  | { readonly kind: 'event'; readonly at: number; readonly text: string };

/** The link type whose packets begin with an IPv4 or IPv6 header. */
const LINKTYPE_RAW = 101;
const text = new TextEncoder();

/** `program` and `comment` go into the section header. */
export function pcapng(
  program: string,
  comment: string,
  interfaces: readonly CaptureInterface[],
  items: readonly CaptureItem[],
): Uint8Array {
  const blocks = [section(program, comment), ...interfaces.map(description)];
  for (const item of items.toSorted((a, b) => a.at - b.at)) blocks.push(item.kind === 'packet' ? packet(item) : entry(item));
  const all = new Uint8Array(blocks.reduce((sum, b) => sum + b.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}

function section(program: string, comment: string): Uint8Array {
  const fixed = bytes(16, (v) => {
    v.setUint32(0, 0x1a2b3c4d, true);
    v.setUint16(4, 1, true);
    v.setBigInt64(8, -1n, true);
  });
  return block(0x0a0d0d0a, fixed, [
    [1, text.encode(comment)],
    [4, text.encode(program)],
  ]);
}

function description({ name, description: about }: CaptureInterface): Uint8Array {
  const fixed = bytes(8, (v) => v.setUint16(0, LINKTYPE_RAW, true));
  return block(1, fixed, [
    [2, text.encode(name)],
    [3, text.encode(about)],
    // if_tsresol: 10^-6 s
    [9, Uint8Array.of(6)],
  ]);
}

function packet(p: Extract<CaptureItem, { kind: 'packet' }>): Uint8Array {
  const fixed = bytes(20 + padded(p.bytes.length), (v, all) => {
    const at = BigInt(Math.round(p.at));
    v.setUint32(0, p.interface, true);
    v.setUint32(4, Number(at >> 32n), true);
    v.setUint32(8, Number(at & 0xffffffffn), true);
    v.setUint32(12, p.bytes.length, true);
    v.setUint32(16, Math.max(p.length, p.bytes.length), true);
    all.set(p.bytes, 20);
  });
  return block(6, fixed, [
    [1, text.encode(p.comment)],
    // epb_flags: inbound or outbound
    [2, Uint8Array.of(p.direction === 'in' ? 1 : 2, 0, 0, 0)],
  ]);
}

function entry({ at, text: message }: Extract<CaptureItem, { kind: 'event' }>): Uint8Array {
  const lines = text.encode(`__REALTIME_TIMESTAMP=${Math.round(at)}\nMESSAGE=${message.replaceAll('\n', ' ')}\n`);
  return block(
    9,
    bytes(padded(lines.length), (_, all) => all.set(lines)),
    null,
  );
}

/** options null: the block has none at all. */
function block(type: number, fixed: Uint8Array, options: readonly (readonly [code: number, value: Uint8Array])[] | null): Uint8Array {
  const extra = (options ?? []).reduce((sum, [, value]) => sum + 4 + padded(value.length), options === null ? 0 : 4);
  const total = 12 + fixed.length + extra;
  return bytes(total, (v, all) => {
    v.setUint32(0, type, true);
    v.setUint32(4, total, true);
    all.set(fixed, 8);
    let at = 8 + fixed.length;
    for (const [code, value] of options ?? []) {
      v.setUint16(at, code, true);
      v.setUint16(at + 2, value.length, true);
      all.set(value, at + 4);
      at += 4 + padded(value.length);
    }
    v.setUint32(total - 4, total, true);
  });
}

function bytes(length: number, fill: (view: DataView, all: Uint8Array) => void): Uint8Array {
  const all = new Uint8Array(length);
  fill(new DataView(all.buffer), all);
  return all;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
