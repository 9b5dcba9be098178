// Standing orders: what the machines would do with what may happen next, asked of the machines themselves, so that the
// engine can do it before JavaScript wakes and the two can never disagree (decisions.md section 1). Pure: nothing happens.

import type { Ip } from '../../base/address.ts';
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

export interface Standing {
  readonly stances: readonly Stance[];
  /** When the last deadline runs out: effects of all, in order. null: something has to be decided then. */
  readonly takeover: readonly MemberEffect[] | null;
}

/** Routers that move together: a sync group with its state, or one that moves alone (state null). */
export interface Movers {
  readonly state: State | null;
  readonly members: readonly Member[];
}

const NOBODY: Standing = Object.freeze({ stances: Object.freeze([]), takeover: null });

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

/** What may happen next to these routers, as of `at`. Nothing while one of them is elsewhere than in Backup. */
export function standingOf(movers: Movers, at: Micros): Standing {
  const started = movers.members.filter((m) => m.instance.started);
  if (started.length === 0 || !started.every(({ instance: i }) => i.state === 'backup' && i.due !== null && i.notBefore <= at))
    return NOBODY;
  const stances = movers.members.flatMap((_, member) => stanceOf(movers, member, at) ?? []);
  return { stances, takeover: takeoverOf(movers, at) };
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

function takeoverOf(movers: Movers, at: Micros): readonly MemberEffect[] | null {
  const leader = movers.members.findIndex((m) => m.instance.started);
  const after = react(
    withHeld(movers, (n) => n !== leader),
    leader,
    { kind: 'expired', at, generation: instanceOf(movers, leader).generation },
  );
  const everybody = after.instances.every((i) => !i.started || i.state === 'active');
  return everybody && after.effects.every(({ effect }) => ORDERABLE.has(effect.kind)) ? after.effects : null;
}

/** The same routers, those started held as told. */
function withHeld(movers: Movers, held: (member: number) => boolean): Movers {
  const members = movers.members.map((m, n) => (m.instance.started ? { ...m, instance: { ...m.instance, held: held(n) } } : m));
  return { ...movers, members };
}

interface Reaction {
  readonly instances: readonly Instance[];
  readonly effects: readonly MemberEffect[];
  /** The group itself has something to tell. */
  readonly group: boolean;
}

function react({ state, members }: Movers, index: number, event: VrrpEvent): Reaction {
  const [only] = members;
  if (state === null && only) {
    const [instance, effects] = step(only.instance, only.settings, event);
    return { instances: [instance], effects: effects.map((effect) => ({ member: 0, effect })), group: false };
  }
  const after = stepGroup(state ?? 'initialize', members, index, event);
  const own = after.effects.flatMap((e) => (e.kind === 'member' ? [{ member: e.member, effect: e.effect }] : []));
  return { instances: after.members, effects: own, group: own.length < after.effects.length };
}

function instanceOf(movers: Movers, member: number): Instance {
  const found = movers.members[member];
  if (!found) throw new RangeError(`no member ${member}`);
  return found.instance;
}
