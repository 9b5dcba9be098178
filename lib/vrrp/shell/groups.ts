// SPDX-License-Identifier: MIT
// Sync groups at run time: which routers belong together, and the one way in which an event of a member reaches the pure
// machine of its group (core/group.ts). Routers without a group never come here.

import type { Micros } from '../../base/time.ts';
import type { SyncGroup } from '../../config/model.ts';
import type { VrrpEvent } from '../core/events.ts';
import { type GroupStep, reconcile, startGroup, stepGroup } from '../core/group.ts';
import type { Startup } from '../core/instance.ts';
import type { Happening } from '../core/replay.ts';
import type { State } from '../core/types.ts';
import { groupNoteText } from '../messages.ts';
import type { Moment } from './causes.ts';
import { taken } from './recorder.ts';
import { type Done, performAll, type Router, type RouterDeps, type RouterGroup } from './router.ts';

export interface Groups {
  /** In the order of the configuration. */
  readonly all: readonly Group[];
  /** Takes over the groups of a configuration; a group keeps its state by its name. Nothing is performed. */
  form(configs: readonly SyncGroup[], routers: Iterable<Router>): void;
  /** Members that begin, each with what is known of it, all of one group in one step. */
  start(starting: ReadonlyMap<Router, Startup>): void;
  /** After form(), before anything else happens to a member: those that joined follow their group. */
  reconcile(at: Micros): void;
}

export interface Group extends RouterGroup {
  readonly config: SyncGroup;
}

interface MutableGroup extends Group {
  config: SyncGroup;
  state: State;
  members: readonly Router[];
}

export function createGroups(deps: RouterDeps): Groups {
  let groups: readonly MutableGroup[] = [];

  const perform = (
    group: MutableGroup,
    { state, members, effects }: GroupStep,
    what: Happening,
    happened: Pick<Moment, 'eventOf' | 'leader'>,
    done: Done | null = null,
  ): void => {
    const before = new Map(group.members.map((router) => [router, router.instance]));
    const was = group.state;
    const instances = group.members.map((router) => router.instance);
    deps.recorder.note(group.members, group, () => taken(group.members, what, was, instances, members, { state, effects }));
    group.state = state;
    for (const [index, instance] of members.entries()) {
      const router = group.members[index];
      if (router) router.instance = instance;
    }
    for (const [router, instance] of before) deps.news.stepped(router, instance);
    performAll(
      deps,
      effects.map((e) => {
        const router = e.kind === 'member' ? group.members[e.member] : undefined;
        if (e.kind === 'member') return router ? { router, effect: e.effect } : null;
        if (e.kind === 'group_changed') return () => deps.onGroupTransition(group.config, e.to);
        const { text } = groupNoteText(group.config.name, e.note);
        return () => deps.log.info(text);
      }),
      { ...happened, before: (router) => before.get(router) },
      done,
    );
  };

  const create = (config: SyncGroup): MutableGroup => {
    const group: MutableGroup = {
      get name() {
        return group.config.name;
      },
      config,
      state: 'initialize',
      members: [],
      dispatch(router, event: VrrpEvent, done) {
        const index = group.members.indexOf(router);
        if (index < 0) return;
        const what: Happening = { kind: 'event', member: index, event };
        perform(group, stepGroup(group.state, group.members, index, event), what, { eventOf: () => event, leader: router }, done);
      },
    };
    return group;
  };

  return {
    get all() {
      return groups;
    },
    form(configs, routers) {
      const byName = new Map([...routers].map((r) => [r.config.name, r]));
      const before = new Map(groups.map((g) => [g.config.name, g]));
      for (const router of byName.values()) router.group = null;
      groups = configs.map((config) => {
        const group = before.get(config.name) ?? create(config);
        group.config = config;
        group.members = config.group.flatMap((name) => byName.get(name) ?? []);
        for (const router of group.members) router.group = group;
        return group;
      });
    },
    start(starting) {
      for (const group of groups) {
        const events = new Map<number, Startup>();
        for (const [index, router] of group.members.entries()) {
          const event = starting.get(router);
          if (event) events.set(index, event);
        }
        for (const router of group.members) deps.orders.catchUp(router);
        if (events.size === 0) continue;
        const eventOf = (router: Router) => events.get(group.members.indexOf(router)) ?? null;
        perform(group, startGroup(group.state, group.members, events), { kind: 'startup', events: [...events] }, { eventOf, leader: null });
      }
    },
    reconcile(at) {
      for (const group of groups) {
        for (const router of group.members) deps.orders.catchUp(router);
        perform(group, reconcile(group.state, group.members, at), { kind: 'reconcile', at }, { eventOf: () => null, leader: null });
      }
    },
  };
}
