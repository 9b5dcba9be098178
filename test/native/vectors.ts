// SPDX-License-Identifier: MIT
// The golden frames that lie beside the repository (../shared/vectors) and what follows from their configurations.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { micros, seconds } from '../../lib/base/time.ts';
import type { AdvertFrame, Expectation, HmacKey, Stamps } from '../../lib/native/surface.ts';
import { sharedPath } from '../support/shared.ts';

export const root = resolve(import.meta.dirname, '..', '..');

/** One captured Ethernet frame. */
export interface GoldenFrame {
  readonly frame: number;
  readonly kind: 'advert' | 'advert-priority-0' | 'garp' | 'na';
  readonly eth: { readonly src: string; readonly dst: string };
  readonly ip?: { src: string; dst: string; ttl: number; tos: number; proto: number; id?: number };
  readonly vrrp?: {
    readonly version: 2 | 3;
    readonly vrid: number;
    readonly priority: number;
    readonly count: number;
    readonly interval: number;
    readonly addresses: readonly string[];
    readonly checksum: string;
    readonly checksum_kind: 'plain' | 'pseudo' | 'bad';
    readonly hex: string;
    readonly auth_type?: number;
  };
  readonly ah?: { readonly spi: string; readonly seq: number; readonly icv: string };
  readonly hmac?: { readonly key_id: number; readonly seconds: number; readonly fraction: number; readonly counter: number };
  readonly arp?: { readonly op: number; readonly sha: string; readonly spa: string };
  readonly na?: { readonly target: string; readonly router: boolean; readonly tlla: string };
  readonly hex: string;
}

export interface GoldenFile {
  readonly name: string;
  readonly made_by: string;
  /** keepalived's configuration text; absent for foreign implementations. */
  readonly config?: string;
  /** `ah`: the password; `hmac N`: key N in hex. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly host?: { readonly addresses: readonly string[] };
  readonly frames: readonly GoldenFrame[];
}

function vectorFolder(): string {
  const folder = sharedPath('vectors');
  if (!existsSync(folder))
    throw new Error(`${folder} is needed for this test: put the shared folder beside the repository or set KA_SHARED`);
  return folder;
}

/** All files with frames. Throws a sentence when they are not there: these tests have no meaning without them. */
export function goldenFiles(): GoldenFile[] {
  const folder = vectorFolder();
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== 'published.json')
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as GoldenFile);
}

/** The two published auth_hmac images. */
export function publishedImages(): { name: string; hex: string; source: string; destination?: string; addresses: string[] }[] {
  return JSON.parse(readFileSync(join(vectorFolder(), 'published.json'), 'utf8')).images;
}

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function isAdvert(frame: GoldenFrame): boolean {
  return frame.kind === 'advert' || frame.kind === 'advert-priority-0';
}

/** Needs AH or auth_hmac to be understood. */
export function isSigned(file: GoldenFile): boolean {
  return /-ah$|hmac/.test(file.name);
}

/** The packet as a raw socket delivers it: IPv4 with its header, IPv6 without; Ethernet padding only when asked for. */
export function socketPacket(frame: GoldenFrame, padding = false): Uint8Array {
  const ethernet = bytes(frame.hex);
  const view = new DataView(ethernet.buffer);
  if (view.getUint16(12) === 0x86dd) return ethernet.slice(54, 54 + view.getUint16(18));
  return padding ? ethernet.slice(14) : ethernet.slice(14, 14 + view.getUint16(16));
}

/** Every VRRP packet of every file, for decoders that must survive them. */
export function vectorPackets(): { family: 4 | 6; protocol: number; packet: Uint8Array }[] {
  return goldenFiles().flatMap((file) =>
    file.frames.filter(isAdvert).map((frame) => ({
      family: frame.ip?.src.includes(':') ? (6 as const) : (4 as const),
      protocol: frame.ip?.proto ?? 112,
      packet: socketPacket(frame),
    })),
  );
}

/** What a configuration says about the advertisements, read by a few regular expressions instead of our own parser. */
export interface GoldenRouter {
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  readonly interval: number;
  readonly authType: 0 | 1 | 2;
  readonly authData: Uint8Array;
  readonly addresses: readonly string[];
  readonly v3ChecksumAsV2: boolean;
  readonly source: string;
  readonly destination: string;
  readonly kind: 'multicast' | 'unicast';
  readonly hmac: HmacKey | null;
}

export function goldenRouter(file: GoldenFile): GoldenRouter {
  const config = file.config ?? '';
  const word = (key: string) => new RegExp(`^\\s*${key}\\s+(\\S+)`, 'm').exec(config)?.[1];
  const block = (key: string) =>
    (new RegExp(`${key} \\{([^}]*)\\}`).exec(config)?.[1] ?? '')
      .trim()
      .split(/\s+/)
      .filter((text) => text !== '');
  const addresses = block('virtual_ipaddress').map((text) => text.replace(/\/.*/, ''));
  const ipv6 = addresses[0]?.includes(':') ?? false;
  const own = (file.host?.addresses ?? []).map((text) => text.replace(/\/.*/, ''));
  const interfaceAddress = own.find((text) => (ipv6 ? text.startsWith('fe80:') : !text.includes(':'))) ?? '';
  const auth = word('auth_type');
  const peer = block('unicast_peer')[0];
  return {
    version: Number(word('version') ?? (ipv6 ? 3 : 2)) as 2 | 3,
    vrid: Number(word('virtual_router_id')),
    priority: Number(word('priority')),
    interval: Number(word('advert_int')),
    authType: auth === 'PASS' ? 1 : auth === 'AH' ? 2 : 0,
    authData: auth ? Uint8Array.from(Buffer.from((word('auth_pass') ?? '').padEnd(8, '\0'), 'latin1')) : new Uint8Array(0),
    addresses,
    v3ChecksumAsV2: /^\s*v3_checksum_as_v2/m.test(config),
    source: word('unicast_src_ip') ?? interfaceAddress,
    destination: peer ?? (ipv6 ? 'ff02::12' : '224.0.0.18'),
    kind: peer ? 'unicast' : 'multicast',
    hmac: file.keys?.['hmac 1'] ? { id: 1, key: bytes(file.keys['hmac 1']) } : null,
  };
}

/** The advertisement that this router sends; 0 for a farewell. */
export function advertFrame(router: GoldenRouter, priority: number): AdvertFrame {
  return {
    version: router.version,
    vrid: router.vrid,
    priority,
    authType: router.authType,
    authData: router.authData,
    interval: seconds(router.interval),
    addresses: router.addresses,
    v3ChecksumAsV2: router.v3ChecksumAsV2,
    source: router.source,
    destinations: [router.destination],
    ttl: 255,
    ...(router.hmac ? { hmac: { key: router.hmac, antiReplay: 'time', window: 5 } } : {}),
  };
}

/** What the sender of this frame counted. */
export function stampsOf({ ah, hmac }: GoldenFrame): Stamps {
  return {
    ...(ah ? { ahSequence: ah.seq } : {}),
    ...(hmac ? { seconds: hmac.seconds, fraction: hmac.fraction, counter: hmac.counter } : {}),
  };
}

/** What a router with the same configuration expects of its peer. */
export function expectation(router: Partial<GoldenRouter> & Pick<GoldenRouter, 'version'>): Expectation {
  return {
    version: router.version,
    authType: router.authType ?? 0,
    authData: router.authData ?? new Uint8Array(0),
    interval: micros((router.interval ?? 1) * 1e6),
    addresses: router.addresses ?? [],
    peers: [],
    checkUnicastSource: false,
    v3ChecksumAsV2: router.v3ChecksumAsV2 ?? false,
    ignoreAdverts: false,
    skipAddressCheck: false,
    ...(router.hmac ? { hmac: { mode: 'enforce', antiReplay: 'time', window: 5, keys: [router.hmac] } } : {}),
  };
}
