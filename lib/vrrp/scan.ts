// SPDX-License-Identifier: MIT
// What adverts on a wire say of the virtual routers there, and what is wrong with them. Pure; every byte is a stranger's.

import type { FrameSummary } from '../native/tap-surface.ts';

export interface Sender {
  readonly family: 4 | 6;
  readonly vrid: number;
  readonly source: string;
  readonly mac: string;
  readonly version: number;
  readonly priority: number;
  /** 0 none, 1 PASS, 2 AH. */
  readonly authType: number;
  readonly destination: string;
  readonly ttl: number;
  readonly addresses: readonly string[];
  readonly count: number;
  /** The interval in the packet, and the mean of those heard; null: heard once. */
  readonly intervalSeconds: number;
  readonly heardSeconds: number | null;
  readonly checksumOk: boolean;
  /** It said priority 0. */
  readonly resigned: boolean;
}

export interface ScanResult {
  readonly senders: readonly Sender[];
  readonly problems: readonly { readonly family: 4 | 6; readonly vrid: number; readonly text: string }[];
  /** VRIDs nobody was heard with: `1-50, 52-255`. */
  readonly free: { readonly ipv4: string; readonly ipv6: string };
  /** Senders beyond the 1024 that are kept. */
  readonly leftOut: number;
}

export interface Scan {
  /** `at`: µs. */
  hear(at: number, frame: FrameSummary): void;
  result(): ScanResult;
}

const MOST = 1024;

export function createScan(): Scan {
  const senders = new Map<string, { first: number; last: number; facts: Sender }>();
  let leftOut = 0;
  return {
    hear(at, f) {
      if (f.kind !== 'advert') return;
      const family = f.source.includes(':') ? 6 : 4;
      const key = `${family} ${f.vrid} ${f.source} ${f.sourceMac}`;
      const before = senders.get(key);
      if (!before && senders.size >= MOST) {
        leftOut++;
        return;
      }
      const resigned = f.priority === 0;
      const first = before?.first ?? at;
      const count = (before?.facts.count ?? 0) + 1;
      const { vrid, source, sourceMac: mac, version, authType, destination, ttl, addresses } = f;
      const facts: Sender = {
        ...{ family, vrid, source, mac, version, authType, destination, ttl, addresses, count },
        priority: resigned ? (before?.facts.priority ?? 0) : f.priority,
        intervalSeconds: f.interval / 1e6,
        // A farewell is out of turn.
        heardSeconds: resigned || !before ? (before?.facts.heardSeconds ?? null) : (at - first) / (count - 1) / 1e6,
        checksumOk: f.checksumOk && (before?.facts.checksumOk ?? true),
        resigned: resigned || (before?.facts.resigned ?? false),
      };
      senders.set(key, { first, last: at, facts });
    },
    result() {
      const all = [...senders.values()].map((s) => s.facts);
      all.sort((a, b) => a.family - b.family || a.vrid - b.vrid || b.priority - a.priority || (a.source < b.source ? -1 : 1));
      return { senders: all, problems: problemsOf(all), free: { ipv4: freeOf(all, 4), ipv6: freeOf(all, 6) }, leftOut };
    },
  };
}

function problemsOf(all: readonly Sender[]): ScanResult['problems'] {
  const found: { family: 4 | 6; vrid: number; text: string }[] = [];
  for (const s of all) {
    const say = (text: string): void => void found.push({ family: s.family, vrid: s.vrid, text: `${s.source} ${text}` });
    const isMulticast = s.destination === '224.0.0.18' || s.destination.startsWith('ff');
    if (isMulticast && s.ttl !== 255) say(`sends with TTL ${s.ttl}: routers accept 255 only`);
    if (!s.checksumOk) say('sends wrong checksums');
    if (s.heardSeconds !== null && s.count > 2 && s.heardSeconds > 1.5 * s.intervalSeconds)
      say(`is heard every ${s.heardSeconds.toFixed(2)} s, and promises ${s.intervalSeconds} s: adverts are lost or late`);
  }
  for (const [family, vrid, same] of groups(all)) {
    const say = (text: string): void => void found.push({ family, vrid, text });
    const active = same.filter((s) => !s.resigned && s.priority > 0 && s.count > 1);
    const names = active.map((s) => `${s.source} (${s.mac}, priority ${s.priority})`).join(' and ');
    if (active.length > 1) say(`several routers are Active at once: ${names}`);
    const lists = new Set(same.map((s) => s.addresses.toSorted().join(' ')));
    if (lists.size > 1) say(`its routers have different addresses, ${[...lists].join(' / ')}: another cluster with this VRID?`);
    if (new Set(same.map((s) => s.version)).size > 1) say('its routers speak different versions of VRRP');
  }
  const holders = new Map<string, Sender>();
  for (const s of all)
    for (const address of s.addresses) {
      const other = holders.get(address);
      if (other && other.vrid !== s.vrid)
        found.push({ family: s.family, vrid: s.vrid, text: `${address} is advertised by VRID ${other.vrid} too, from ${other.source}` });
      else holders.set(address, s);
    }
  return found;
}

function groups(all: readonly Sender[]): (readonly [4 | 6, number, readonly Sender[]])[] {
  const byRouter = new Map<string, Sender[]>();
  for (const s of all) byRouter.set(`${s.family} ${s.vrid}`, [...(byRouter.get(`${s.family} ${s.vrid}`) ?? []), s]);
  return [...byRouter.values()].flatMap((same) => (same[0] ? [[same[0].family, same[0].vrid, same] as const] : []));
}

function freeOf(all: readonly Sender[], family: 4 | 6): string {
  const taken = new Set(all.filter((s) => s.family === family).map((s) => s.vrid));
  const ranges: string[] = [];
  for (let first = 1; first <= 255; first++) {
    if (taken.has(first)) continue;
    let last = first;
    while (last < 255 && !taken.has(last + 1)) last++;
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
    first = last;
  }
  return ranges.join(', ');
}

/** The same for people. */
export function scanText(ifname: string, seconds: number, { senders, problems, free, leftOut }: ScanResult): string {
  const auth = ['', ' PASS', ' AH'];
  const lines = senders.flatMap((s) => {
    const heard = s.heardSeconds === null ? 'heard once' : `heard every ${s.heardSeconds.toFixed(3)} s`;
    return [
      `VRID ${s.vrid}  IPv${s.family}  VRRPv${s.version}${auth[s.authType] ?? ''}  priority ${s.priority}${s.resigned ? ' (resigned)' : ''}`,
      `    from ${s.source} (${s.mac}) to ${s.destination}, every ${s.intervalSeconds} s, ${heard}, ${s.count} adverts`,
      `    ${s.addresses.join(' ')}`,
    ];
  });
  return [
    ...(senders.length === 0 ? [`No advert was heard on ${ifname} in ${seconds} s.`] : lines),
    ...(leftOut > 0 ? [`Adverts of further senders were left out: ${leftOut}`] : []),
    ...(problems.length > 0 ? ['', 'Problems:', ...problems.map((p) => `  VRID ${p.vrid} IPv${p.family}: ${p.text}`)] : []),
    '',
    `Free VRIDs, IPv4: ${free.ipv4}`,
    `Free VRIDs, IPv6: ${free.ipv6}`,
    '',
  ].join('\n');
}
