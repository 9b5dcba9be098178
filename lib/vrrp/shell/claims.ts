// SPDX-License-Identifier: MIT
// Listens for claims of virtual addresses by others while their router is active, and performs what core/claims.ts decides.

import { type Ip, ipFamily, macText } from '../../base/address.ts';
import { errorText } from '../../base/errors.ts';
import { add, type Micros, micros, seconds } from '../../base/time.ts';
import type { AddressClaim, ClaimWatcher } from '../../native/surface.ts';
import type { Cancel } from '../../ports/clock.ts';
import { type ClaimEffect, type ClaimEvent, type Contention, hearClaim, wakeAt } from '../core/claims.ts';
import { contestedText, resolvedText } from '../messages.ts';
import { announceClaimed } from './announcements.ts';
import type { Router, RouterDeps } from './router.ts';
import { heldAddresses, interfaceOf } from './settings.ts';

export interface Claims {
  /** States, configurations or interfaces have changed: soon the right addresses are listened for, however often it is called. */
  changed(): void;
  stop(): void;
}

interface Conflict {
  contention: Contention;
  cancel: Cancel;
}

/** What one socket listens for. */
interface Listening {
  readonly ifindex: number;
  readonly family: 4 | 6;
  readonly addresses: string[];
}

/**
 * Who was active before us answers for the addresses until it has removed them, also to our own first announcements: that is
 * the end of its term, no conflict. Whoever goes on after this is told again.
 */
const GRACE = seconds(1);

/**
 * Who takes over from us announces the addresses right behind the advert that tells us so, on another socket: that advert is taken
 * before anything is called a conflict.
 */
const AFTER_ADVERTS = micros(10_000);

interface Heard {
  readonly router: Router;
  readonly at: Micros;
  readonly address: Ip;
  readonly mac: string;
}

/** Who hands over wants its successor to be heard. */
function claims({ instance }: Router): boolean {
  return instance.state === 'active' && instance.leaving === null;
}

/** `tell`: what has begun or is over, beside its line in the log; null: nobody listens for that router any more. */
export function createClaims(
  deps: RouterDeps,
  routers: () => Iterable<Router>,
  tell: (router: Router, effect: Exclude<ClaimEffect, { kind: 'announce' }> | null) => void,
): Claims {
  const conflicts = new Map<Router, Conflict>();
  let watcher: ClaimWatcher | null = null;
  /** By interface and family, as text. */
  let listening = new Map<string, Listening>();
  /** Whose an address is on an interface. */
  let holders = new Map<string, Router>();
  /** When a router was first seen active. */
  const since = new Map<Router, Micros>();
  let cancelUpdate: Cancel | null = null;
  let waiting: Heard[] = [];
  let cancelWaiting: Cancel | null = null;
  let told = '';
  let stopped = false;

  const place = (ifindex: number, address: string): string => `${ifindex} ${address}`;

  function update(): void {
    cancelUpdate = null;
    const wanted = new Map<string, Listening>();
    holders = new Map();
    for (const router of since.keys()) if (!claims(router)) since.delete(router);
    for (const router of routers()) {
      if (!claims(router)) continue;
      if (!since.has(router)) since.set(router, deps.native.now());
      collect(router, wanted);
    }
    for (const [router, { cancel }] of conflicts) {
      if (claims(router)) continue;
      cancel();
      conflicts.delete(router);
      tell(router, null);
    }
    for (const [key, old] of listening) if (!wanted.has(key)) listen({ ...old, addresses: [] });
    for (const [key, one] of wanted) if (listening.get(key)?.addresses.join() !== one.addresses.join() && !listen(one)) wanted.delete(key);
    listening = wanted;
  }

  function collect(router: Router, wanted: Map<string, Listening>): void {
    for (const a of heldAddresses(router.config)) {
      const name = interfaceOf(router.config, a);
      const link = name === null ? undefined : deps.view.byName(name);
      if (!link || !deps.view.canAnnounce(link)) continue;
      const family = ipFamily(a.ip);
      const key = `${link.ifindex} ${family}`;
      const one = wanted.get(key) ?? { ifindex: link.ifindex, family, addresses: [] };
      one.addresses.push(a.ip);
      wanted.set(key, one);
      holders.set(place(link.ifindex, a.ip), router);
    }
  }

  /** false: not now; the next change of the interface tries again. */
  function listen({ ifindex, family, addresses }: Listening): boolean {
    try {
      watcher ??= deps.native.watchClaims(onClaims);
      watcher.watch(ifindex, family, addresses);
      return true;
    } catch (error) {
      const text = errorText(error);
      // An interface that has just gone is no news.
      if (deps.view.byIndex(ifindex) && text !== told)
        deps.log.notice(`NOTICE: claims of virtual addresses by others are not heard: ${text}`);
      told = text;
      return false;
    }
  }

  function onClaims(claims: readonly AddressClaim[]): void {
    const own = new Set(deps.view.names().map((name) => macText(deps.view.byName(name)?.mac ?? new Uint8Array())));
    for (const { ifindex, address, mac } of claims) {
      const router = holders.get(place(ifindex, address));
      const from = macText(mac);
      if (router?.instance.state !== 'active' || own.has(from)) continue;
      const at = deps.native.now();
      if (at < add(since.get(router) ?? at, GRACE)) continue;
      waiting.push({ router, at, address: address as Ip, mac: from });
    }
    if (waiting.length > 0) cancelWaiting ??= deps.clock.after(AFTER_ADVERTS, judge);
  }

  function judge(): void {
    cancelWaiting = null;
    const heard = waiting;
    waiting = [];
    for (const { router, ...claim } of heard) {
      // It has given way meanwhile: that was its successor.
      if (!claims(router)) continue;
      router.tally.claims++;
      feed(router, { kind: 'claimed', ...claim });
    }
  }

  function feed(router: Router, event: ClaimEvent): void {
    const before = conflicts.get(router);
    before?.cancel();
    conflicts.delete(router);
    const { contention, effects } = hearClaim(before?.contention ?? null, event);
    for (const effect of effects) {
      if (effect.kind === 'announce') announceClaimed(deps, router, effect.addresses);
      else if (effect.kind === 'contested') deps.log.notice(contestedText(router.config.name, effect));
      else deps.log.info(resolvedText(router.config.name, effect));
      if (effect.kind !== 'announce') tell(router, effect);
    }
    if (contention === null) return;
    const cancel = deps.clock.after(until(wakeAt(contention)), () => feed(router, { kind: 'woken', at: deps.native.now() }));
    conflicts.set(router, { contention, cancel });
  }

  function until(time: Micros): Micros {
    return micros(Math.max(0, time - deps.native.now()));
  }

  return {
    changed() {
      // One look for all the transitions of a takeover, after the packets are out.
      if (!stopped) cancelUpdate ??= deps.clock.after(micros(0), update);
    },
    stop() {
      stopped = true;
      cancelUpdate?.();
      cancelWaiting?.();
      for (const { cancel } of conflicts.values()) cancel();
      conflicts.clear();
      watcher?.close();
    },
  };
}
