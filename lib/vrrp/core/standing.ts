// SPDX-License-Identifier: MIT
// Standing orders: what the machines would do with what may happen next, asked of the machines themselves, so that the
// engine can do it before JavaScript wakes and the two can never disagree (decisions.md section 1). Pure: nothing happens.

import { type Ip, ip } from '../../base/address.ts';
import { type Micros, micros } from '../../base/time.ts';
import type { VrrpEffect } from './effects.ts';
import type { VrrpEvent } from './events.ts';
import { type Member, stepGroup } from './group.ts';
import { step } from './instance.ts';
import type { Instance, State } from './types.ts';

/** What may be done with the deadline of one router in Backup. */
export interface Stance {
  /** Index of the member. */
  readonly member: number;
  readonly generation: number;
  /** The advert that changes nothing but the deadline, which goes `down` behind it; null: there is none. */
  readonly refresh: { readonly source: Ip; readonly priority: number; readonly interval: Micros; readonly down: Micros } | null;
  /** Where an advert with Priority 0 puts the deadline, counted from it; 0: more happens than that. */
  readonly skew: Micros;
  readonly held: boolean;
  /** Deadline again this much later when it runs out before those of other members; 0: more happens than that. */
  readonly wait: Micros;
}

export interface MemberEffect {
  readonly member: number;
  readonly effect: VrrpEffect;
}

/** What all do when one of them hears a better router: fall silent and give away what they hold. */
export interface Yielding {
  /** Deadline of each, counted from the advert. */
  readonly downs: readonly { readonly member: number; readonly down: Micros }[];
  /** Whom each gives way to: a higher priority, or the same from a higher address, at this interval. */
  readonly concessions: readonly Concession[];
}

export interface Concession {
  readonly member: number;
  readonly priority: number;
  readonly address: Ip;
  readonly interval: Micros;
  /** It advertises once more first. */
  readonly lastWord: boolean;
}

export interface Standing {
  readonly stances: readonly Stance[];
  /** When the last deadline runs out: effects of all, in order. null: something has to be decided then. */
  readonly takeover: readonly MemberEffect[] | null;
  /** Once all are Active: now, or after the takeover. */
  readonly yielding: Yielding | null;
}

/** Routers that move together: a sync group with its state, or one that moves alone (state null). */
export interface Movers {
  readonly state: State | null;
  readonly members: readonly Member[];
}

const NOBODY: Standing = Object.freeze({ stances: Object.freeze([]), takeover: null, yielding: null });
/** Of an advert that wins a tie. */
const HIGHEST: Readonly<Record<4 | 6, Ip>> = { 4: ip('255.255.255.255'), 6: ip('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff') };

/** What a takeover may consist of for the engine to execute it; what is not the engine's follows when it is told. */
const ORDERABLE: ReadonlySet<VrrpEffect['kind']> = new Set([
  'disarm',
  'advertise',
  'own_addresses',
  'announce',
  'announce_periodically',
  'announce_extra',
  'clear_refusals',
  'state_changed',
  'note',
]);

/** Giving way: what the engine does of it, and what follows when it is told. */
const CONCEDED: ReadonlySet<VrrpEffect['kind']> = new Set([
  'quiet',
  'arm',
  'cancel_announcements',
  'release_addresses',
  'clear_refusals',
  'state_changed',
  'note',
]);

/** What may happen next to these routers, as of `at`: all in Backup, or all Active. Otherwise nothing. */
export function standingOf(movers: Movers, at: Micros): Standing {
  const started = movers.members.filter((m) => m.instance.started);
  if (started.some((m) => m.instance.state === 'active')) return { ...NOBODY, yielding: yieldingOf(movers, at) };
  if (started.length === 0 || !started.every(({ instance: i }) => i.state === 'backup' && i.due !== null && i.notBefore <= at))
    return NOBODY;
  const stances = movers.members.flatMap((_, member) => stanceOf(movers, member, at) ?? []);
  const taken = takeoverOf(movers, at);
  return { stances, takeover: taken?.effects ?? null, yielding: taken && yieldingOf(taken.movers, at) };
}

function stanceOf(movers: Movers, member: number, at: Micros): Stance | null {
  const i = instanceOf(movers, member);
  if (!i.started) return null;
  const heard = i.preemptDelayUntil === null ? i.heard : null;
  const advert = (source: Ip, priority: number): VrrpEvent => ({ kind: 'advert', at, source, priority, interval: i.activeAdverInterval });
  const down = heard ? delayOf(movers, member, advert(heard.address, heard.priority), i.held) : null;
  const others = withHeld(movers, (n) => n === member);
  const wait = movers.members.length === 1 ? null : delayOf(others, member, { kind: 'expired', at, generation: i.generation }, true);
  return {
    member,
    generation: i.generation,
    refresh: heard && down !== null ? { source: heard.address, priority: heard.priority, interval: i.activeAdverInterval, down } : null,
    skew: i.heard === null ? micros(0) : (delayOf(movers, member, advert(i.heard.address, 0), true) ?? micros(0)),
    held: i.held,
    wait: wait ?? micros(0),
  };
}

/**
 * How far behind the event the deadline of the member goes, if nothing but that comes of it (and `held`, and what there is to
 * say when it is `told`); null: more does.
 */
function delayOf(movers: Movers, member: number, event: VrrpEvent, told: boolean): Micros | null {
  const before = instanceOf(movers, member);
  const after = react(movers, member, event);
  const deeds = after.effects.filter((e) => !(told && e.effect.kind === 'note'));
  const arm = deeds[0]?.effect;
  if (deeds.length !== 1 || after.group || deeds[0]?.member !== member || arm?.kind !== 'arm') return null;
  const same = after.instances.every((i, n) => {
    if (n !== member) return i === instanceOf(movers, n);
    const moved = { ...before, due: arm.due, generation: before.generation + 1, held: i.held };
    return (Object.keys(moved) as (keyof Instance)[]).every((name) => i[name] === moved[name]);
  });
  return same ? micros(arm.due - event.at) : null;
}

function takeoverOf(movers: Movers, at: Micros): { readonly effects: readonly MemberEffect[]; readonly movers: Movers } | null {
  const leader = movers.members.findIndex((m) => m.instance.started);
  const after = react(
    withHeld(movers, (n) => n !== leader),
    leader,
    { kind: 'expired', at, generation: instanceOf(movers, leader).generation },
  );
  const everybody = after.instances.every((i) => !i.started || i.state === 'active');
  if (!everybody || !after.effects.every(({ effect }) => ORDERABLE.has(effect.kind))) return null;
  const members = movers.members.map((m, n) => ({ ...m, instance: after.instances[n] ?? m.instance }));
  return { effects: after.effects, movers: { state: after.state, members } };
}

/** null: somebody has to decide, or it depends on who is beaten. */
function yieldingOf(movers: Movers, at: Micros): Yielding | null {
  const started = movers.members.flatMap((m, n) => (m.instance.started ? [n] : []));
  const settled = ({ state, due, notBefore, wokeLate, leaving, source }: Instance) =>
    state === 'active' && due === null && notBefore <= at && wokeLate === null && leaving === null && source !== null;
  if (!started.every((n) => settled(instanceOf(movers, n)))) return null;
  const concessions = started.map((n) => concessionOf(memberOf(movers, n), n, at));
  const [only] = concessions;
  if (movers.state === null) return only ? { downs: [{ member: 0, down: only.down }], concessions: [only.concession] } : null;
  // Whoever is beaten leads, the others follow, each in its way: asked with two leaders, each of them has followed once.
  const asked = started.slice(0, 2).map((n) => givingWay(movers, started, n, beating(memberOf(movers, n), at)));
  const downs = asked[0]?.downs ?? null;
  const alike = asked.every((a) => a !== null && downs !== null && sameDowns(a.downs, downs));
  const found = concessions.flatMap((c, n) => (c !== null && c.down === downs?.[n]?.down ? [c.concession] : []));
  return downs !== null && alike && found.length === started.length ? { downs, concessions: found } : null;
}

/** What of a fault the engine does, and what follows when it is told. */
const SURRENDERED: ReadonlySet<VrrpEffect['kind']> = new Set([
  'quiet',
  'listen',
  'cancel_announcements',
  'release_addresses',
  'clear_refusals',
  'state_changed',
  'note',
]);

/**
 * Farewells of each when an event of `member` puts Active routers, all of them, into Fault; null: something else, or more, comes
 * of it.
 */
export function surrenderOf(
  movers: Movers,
  member: number,
  event: VrrpEvent,
): readonly { readonly member: number; readonly farewells: number }[] | null {
  const started = movers.members.flatMap((m, n) => (m.instance.started ? [n] : []));
  const after = react(movers, member, event);
  const count = (n: number, kind: VrrpEffect['kind']) => after.effects.filter((e) => e.member === n && e.effect.kind === kind).length;
  const once = (n: number) => ['quiet', 'cancel_announcements', 'release_addresses'].every((k) => count(n, k as VrrpEffect['kind']) === 1);
  const plain = after.effects.every(({ effect: e }) => SURRENDERED.has(e.kind) && !(e.kind === 'listen' && e.on));
  if (!plain || !started.every((n) => once(n) && after.instances[n]?.state === 'fault')) return null;
  return after.effects.flatMap(({ member: n, effect: e }) => (e.kind === 'quiet' ? [{ member: n, farewells: e.farewells }] : []));
}

/** The advert that beats a member by its address alone. */
function beating({ instance: i, settings: s }: Member, at: Micros): Extract<VrrpEvent, { kind: 'advert' }> {
  return { kind: 'advert', at, source: HIGHEST[s.family], priority: i.effectivePriority, interval: s.advertisementInterval };
}

/** What beats this member, by priority or by address, and the deadline that it has then; null: not the same in both cases. */
function concessionOf(m: Member, member: number, at: Micros): { readonly concession: Concession; readonly down: Micros } | null {
  const { effectivePriority: priority, source } = m.instance;
  if (source === null) return null;
  const alone: Movers = { state: null, members: [m] };
  const tie = beating(m, at);
  const byAddress = givingWay(alone, [0], 0, tie);
  const byPriority = priority < 255 ? givingWay(alone, [0], 0, { ...tie, source, priority: priority + 1 }) : byAddress;
  const [a, b] = [byAddress?.downs[0]?.down, byPriority?.downs[0]?.down];
  if (byAddress === null || a === undefined || a !== b || byAddress.lastWord !== byPriority?.lastWord) return null;
  return { concession: { member, priority, address: source, interval: tie.interval, lastWord: byAddress.lastWord }, down: a };
}

/** What comes of an advert that beats a member, if that is nothing but what giving way consists of. */
function givingWay(
  movers: Movers,
  started: readonly number[],
  member: number,
  event: VrrpEvent,
): { readonly downs: Yielding['downs']; readonly lastWord: boolean } | null {
  const after = react(movers, member, event);
  const [first] = after.effects;
  const lastWord = first?.member === member && first.effect.kind === 'advertise' && first.effect.first === 'now';
  const deeds = lastWord ? after.effects.slice(1) : after.effects;
  if (!deeds.every(({ effect: e }) => CONCEDED.has(e.kind) && !(e.kind === 'quiet' && e.farewells > 0))) return null;
  const counts = new Map(started.map((n) => [n, { quiet: 0, arm: 0, cancel_announcements: 0, release_addresses: 0, down: micros(0) }]));
  for (const { member: n, effect: e } of deeds) {
    const count = counts.get(n);
    if (!count) return null;
    if (e.kind === 'quiet' || e.kind === 'cancel_announcements' || e.kind === 'release_addresses') count[e.kind]++;
    else if (e.kind === 'arm') {
      count.arm++;
      count.down = micros(e.due - event.at);
    }
  }
  for (const [n, count] of counts) {
    const once = count.quiet === 1 && count.arm === 1 && count.cancel_announcements === 1 && count.release_addresses === 1;
    const i = after.instances[n];
    if (!once || count.down <= 0 || i?.state !== 'backup' || i.generation !== instanceOf(movers, n).generation + 1) return null;
  }
  return { downs: [...counts].map(([n, { down }]) => ({ member: n, down })), lastWord };
}

function sameDowns(a: Yielding['downs'], b: Yielding['downs']): boolean {
  return a.length === b.length && a.every(({ member, down }, n) => b[n]?.member === member && b[n]?.down === down);
}

/** The same routers, those started held as told. */
function withHeld(movers: Movers, held: (member: number) => boolean): Movers {
  const members = movers.members.map((m, n) => (m.instance.started ? { ...m, instance: { ...m.instance, held: held(n) } } : m));
  return { ...movers, members };
}

export interface Reaction {
  readonly instances: readonly Instance[];
  readonly effects: readonly MemberEffect[];
  /** Of the group, null without one. */
  readonly state: State | null;
  /** The group itself has something to tell. */
  readonly group: boolean;
}

/** Their machines over one event of one of them. */
export function react({ state, members }: Movers, index: number, event: VrrpEvent): Reaction {
  const [only] = members;
  if (state === null && only) {
    const [instance, effects] = step(only.instance, only.settings, event);
    return { instances: [instance], effects: effects.map((effect) => ({ member: 0, effect })), state, group: false };
  }
  const after = stepGroup(state ?? 'initialize', members, index, event);
  const own = after.effects.flatMap((e) => (e.kind === 'member' ? [{ member: e.member, effect: e.effect }] : []));
  return { instances: after.members, effects: own, state: after.state, group: own.length < after.effects.length };
}

function memberOf(movers: Movers, member: number): Member {
  const found = movers.members[member];
  if (!found) throw new RangeError(`no member ${member}`);
  return found;
}

function instanceOf(movers: Movers, member: number): Instance {
  return memberOf(movers, member).instance;
}
