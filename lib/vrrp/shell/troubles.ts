// SPDX-License-Identifier: MIT
// Keeps the rivals and the hearing of each router (core/rivals.ts, core/hearing.ts), brings them what the engine, the link and
// the kernel tell, and tells the world. In peace it looks once in ten seconds; a packet socket is open only while somebody is
// to be identified or may be unheard (docs/decisions/0028-rivals-and-deafness.md).

import { type Ip, macText } from '../../base/address.ts';
import { errorText } from '../../base/errors.ts';
import { type Micros, micros, seconds } from '../../base/time.ts';
import type { AdvertSender, EngineEvent, SenderWatcher } from '../../native/surface.ts';
import type { Cancel } from '../../ports/clock.ts';
import type { System } from '../../ports/system.ts';
import type { TransitionRecord } from '../core/cause.ts';
import type { ClaimEffect } from '../core/claims.ts';
import { type Hearing, type HearingEvent, hear, hearsAll, looksAtLink } from '../core/hearing.ts';
import { hearRival, type RivalEvent, type Rivals, troubleOf, unidentified } from '../core/rivals.ts';
import type { Trouble, TroubleNews } from '../core/troubles.ts';
import type { State } from '../core/types.ts';
import { troubleText } from '../trouble-text.ts';
import type { Router, RouterDeps } from './router.ts';
import { advertInterface, isUnicast } from './settings.ts';

export interface Troubles {
  /** After its packets are out. */
  transition(router: Router, to: State, record: TransitionRecord): void;
  advert(router: Router, event: Extract<EngineEvent, { kind: 'advert' }>): void;
  refused(router: Router, event: Extract<EngineEvent, { kind: 'refused' }>): void;
  /** What core/claims.ts found, and has logged; null: nobody listens for claims any more. */
  claim(router: Router, effect: Exclude<ClaimEffect, { kind: 'announce' }> | null): void;
  /** What stands wrong now, with what was said of it. */
  of(router: Router): readonly (Trouble & { readonly text: string })[];
  stop(): void;
}

interface Watched {
  rivals: Rivals;
  hearing: Hearing;
  claim: Trouble | null;
  /** What was said, by trouble. */
  readonly texts: Map<string, string>;
  /** The last refused advert that was looked at. */
  refusedAt: number;
}

interface Context {
  readonly routers: () => Iterable<Router>;
  readonly system: Pick<System, 'isGroupMember'>;
  readonly tell: (router: Router, news: TroubleNews, text: string) => void;
}

/** Between two looks at everybody, and at those about whom something is open. */
const SLOW = seconds(10);
const QUICK = seconds(2);

export function createTroubles(deps: RouterDeps, { routers, system, tell }: Context): Troubles {
  const { native, engine, clock, log, view } = deps;
  const watched = new Map<Router, Watched>();
  let watcher: SenderWatcher | null = null;
  /** VRIDs by interface and family. */
  let listening = new Map<string, readonly number[]>();
  let told = '';
  let slowAt = native.now();
  let quick = false;
  let stopped = false;
  let cancel: Cancel = () => {};

  const of = (router: Router): Watched => {
    let found = watched.get(router);
    if (found === undefined) {
      found = { rivals: [], hearing: hearsAll, claim: null, texts: new Map(), refusedAt: native.now() };
      watched.set(router, found);
    }
    return found;
  };
  const settings = ({ settings: s, instance, config }: Router) => ({
    interval: s.advertisementInterval,
    unicast: isUnicast(config),
    priority: instance.effectivePriority,
    preempt: s.preempt,
  });
  const say = (router: Router, news: readonly TroubleNews[]) => {
    for (const one of news) {
      const text = troubleText(one, {
        vrid: router.config.virtual_router_id,
        interface: advertInterface(router.config),
        group: router.config.mcast_dst_ip,
        priority: router.instance.effectivePriority,
        now: native.now(),
      });
      if (one.over) of(router).texts.delete(keyOf(one.trouble));
      else of(router).texts.set(keyOf(one.trouble), text);
      const word = one.over ? (one.trouble.kind === 'deaf' ? 'heard again' : 'resolved') : one.trouble.kind;
      const line = `(${router.config.name}) ${word}: ${text}`;
      // Its own lines are written where claims are answered.
      if (one.trouble.kind === 'deaf' || one.trouble.why !== 'claim') {
        if (one.over) log.info(line);
        else log.notice(line);
      }
      // A refusal of the same kind is worth a word again.
      if (one.over && one.trouble.kind === 'contested' && one.trouble.why === 'refused' && router.endpoint !== null)
        engine.clearRefusals(router.key);
      tell(router, one, text);
      if (!one.over && one.trouble.why === 'not_a_member') join(router);
    }
  };
  const join = ({ endpoint, config }: Router) => {
    try {
      if (endpoint !== null) engine.rejoin(endpoint);
    } catch (error) {
      log.error(`(${config.name}) cannot join ${config.mcast_dst_ip} again: ${errorText(error)}`);
    }
  };
  const rival = (router: Router, event: RivalEvent) => {
    const w = of(router);
    const { rivals, news } = hearRival(w.rivals, settings(router), event);
    w.rivals = rivals;
    say(router, news);
  };
  const hearing = (router: Router, event: HearingEvent) => {
    const w = of(router);
    const { hearing: after, news } = hear(w.hearing, settings(router), event);
    w.hearing = after;
    say(router, news);
  };
  const isOpen = (w: Watched | undefined) =>
    w !== undefined &&
    (w.rivals.length > 0 ||
      (w.hearing.activeSince !== null &&
        (w.hearing.lost !== null || w.hearing.arrived !== null || native.now() - w.hearing.activeSince < SLOW)) ||
      w.hearing.told.length > 0 ||
      w.hearing.missed > 0);

  function look(): void {
    const now = native.now();
    const all = now >= slowAt;
    if (all) slowAt = micros(now + SLOW);
    const members = new Map<string, boolean>();
    for (const router of routers()) if (all || isOpen(watched.get(router))) lookAt(router, now, members);
    listen();
    plan();
  }

  function lookAt(router: Router, now: Micros, members: Map<string, boolean>): void {
    if (router.endpoint === null) return;
    const { heardAt, refusedAt, refusedSource, reason } = engine.testimony(router.key, now);
    const w = of(router);
    if (reason !== '' && refusedAt > w.refusedAt)
      rival(router, { kind: 'refused', at: micros(refusedAt), source: refusedSource as Ip, reason });
    w.refusedAt = Math.max(w.refusedAt, refusedAt);
    rival(router, { kind: 'looked', at: now });
    const name = advertInterface(router.config);
    const linkUp = name === null || view.isUp(name);
    const member = name === null || isUnicast(router.config) || !linkUp ? null : isMember(router, name, members);
    hearing(router, { kind: 'looked', at: now, heardAt: micros(Math.max(heardAt, refusedAt)), linkUp, member });
  }

  function isMember({ config }: Router, name: string, known: Map<string, boolean>): boolean {
    const key = `${config.mcast_dst_ip} ${name}`;
    const found = known.get(key) ?? system.isGroupMember(config.mcast_dst_ip, name, config.family);
    known.set(key, found);
    return found;
  }

  /** Opens, changes and closes what is needed to see who sends. */
  function listen(): void {
    const now = native.now();
    const wanted = new Map<string, Set<number>>();
    for (const [router, w] of watched) {
      if (router.endpoint === null || router.ifindex === 0) continue;
      if (!looksAtLink(w.hearing, settings(router), now) && (isUnicast(router.config) || unidentified(w.rivals).length === 0)) continue;
      const place = `${router.ifindex} ${router.config.family}`;
      const vrids = wanted.get(place) ?? new Set();
      wanted.set(place, vrids.add(router.config.virtual_router_id));
    }
    const next = new Map<string, readonly number[]>();
    for (const place of new Set([...listening.keys(), ...wanted.keys()])) {
      const vrids = [...(wanted.get(place) ?? [])].sort((a, b) => a - b);
      const [ifindex, family] = place.split(' ').map(Number);
      if (vrids.join() !== (listening.get(place)?.join() ?? '') && !watch(ifindex ?? 0, family === 6 ? 6 : 4, vrids)) continue;
      if (vrids.length > 0) next.set(place, vrids);
    }
    listening = next;
  }

  /** false: not now; the next look tries again. */
  function watch(ifindex: number, family: 4 | 6, vrids: readonly number[]): boolean {
    try {
      watcher ??= native.watchSenders(onSenders);
      watcher.watch(ifindex, family, vrids);
      return true;
    } catch (error) {
      const text = errorText(error);
      // An interface that has just gone is no news.
      if (view.byIndex(ifindex) && text !== told) log.notice(`NOTICE: senders of adverts are not seen: ${text}`);
      told = text;
      return false;
    }
  }

  function onSenders(senders: readonly AdvertSender[]): void {
    const at = native.now();
    const own = new Set(view.names().map((name) => macText(view.byName(name)?.mac ?? new Uint8Array())));
    for (const sender of senders) {
      const mac = macText(sender.mac);
      if (own.has(mac)) continue;
      for (const router of watched.keys()) {
        if (router.ifindex !== sender.ifindex || router.config.virtual_router_id !== sender.vrid || router.config.family !== sender.family)
          continue;
        const source = sender.source as Ip;
        if (!isUnicast(router.config)) rival(router, { kind: 'identified', at, source, mac });
        if (router.instance.state === 'active') hearing(router, { kind: 'arrived', at, source, mac, priority: sender.priority });
      }
    }
  }

  /** The next look. */
  function plan(): void {
    if (stopped) return;
    quick = [...watched.values()].some(isOpen);
    cancel();
    cancel = clock.after(quick ? QUICK : micros(Math.max(0, slowAt - native.now())), look);
  }

  function hurry(): void {
    if (!quick) plan();
  }

  function claim(router: Router, effect: Parameters<Troubles['claim']>[1]): void {
    const w = of(router);
    const at = native.now();
    if (effect?.kind === 'contested') {
      const { address, mac } = effect;
      w.claim = { kind: 'contested', why: 'claim', address, mac, priority: null, reason: '', since: at };
      say(router, [{ over: false, trouble: w.claim }]);
    } else if (w.claim !== null) {
      const trouble = w.claim;
      w.claim = null;
      const lasted = effect === null ? micros(at - trouble.since) : effect.lasted;
      say(router, [{ over: true, trouble, ending: effect === null ? 'left' : 'silent', lasted }]);
    }
  }

  function troublesOf(router: Router): ReturnType<Troubles['of']> {
    const w = watched.get(router);
    if (w === undefined) return [];
    const all = [...w.rivals.filter((r) => r.told).map(troubleOf), ...(w.claim === null ? [] : [w.claim]), ...w.hearing.told];
    return all.map((t) => ({ ...t, text: w.texts.get(keyOf(t)) ?? '' }));
  }

  plan();
  return {
    transition(router, to, record) {
      const at = native.now();
      if (to === 'active') {
        const { peer, peerPriority, lastAdvertAgeSeconds: age } = record.evidence;
        const silent = record.cause === 'peer_silent' || record.cause === 'receive_drops';
        const lost =
          silent && peer !== undefined && peerPriority !== undefined && age !== undefined
            ? { address: peer as Ip, priority: peerPriority, lastAt: micros(at - age * 1e6) }
            : null;
        hearing(router, { kind: 'became_active', at, lost });
        // Not before the announcements are out: opening a socket takes its time.
        clock.after(micros(0), () => stopped || listen());
      } else if (watched.has(router)) {
        hearing(router, { kind: 'left', at });
        rival(router, { kind: 'left', at });
        claim(router, null);
      }
      if (to === 'initialize') {
        const rest = troublesOf(router).map(
          (trouble): TroubleNews => ({ over: true, trouble, ending: 'left', lasted: micros(at - trouble.since) }),
        );
        say(router, rest);
        watched.delete(router);
      }
      hurry();
    },
    advert(router, { at, source, priority, addressMismatch }) {
      const active = router.instance.state === 'active';
      const otherAddresses = addressMismatch !== 'none';
      const w = watched.get(router);
      if (!active && !otherAddresses && (w === undefined || w.rivals.length + w.hearing.told.length === 0)) return;
      const asked = w === undefined ? 0 : unidentified(w.rivals).length;
      hearing(router, { kind: 'heard', at, source: source as Ip });
      rival(router, { kind: 'advert', at, source: source as Ip, priority, active, otherAddresses });
      if (unidentified(of(router).rivals).length > asked) listen();
      hurry();
    },
    refused(router, { at, source, reason }) {
      of(router).refusedAt = at;
      hearing(router, { kind: 'heard', at, source: source as Ip });
      rival(router, { kind: 'refused', at, source: source as Ip, reason });
      listen();
      hurry();
    },
    claim,
    of: troublesOf,
    stop() {
      stopped = true;
      cancel();
      watcher?.close();
    },
  };
}

function keyOf({ why, address }: Trouble): string {
  return `${why} ${address}`;
}
