// SPDX-License-Identifier: MIT
// One virtual server at work: the state of its pool and the checks of its servers.

import type { Micros } from '../../base/time.ts';
import type { Checker, RealServer, VirtualServer } from '../../config/model-lvs.ts';
import type { CheckView, PoolView } from '../../ports/checkers.ts';
import type { Log } from '../../ports/log.ts';
import { firstState, keptState, stateOfAdded } from '../core/checker.ts';
import { type Carried, serverIdentity } from '../core/reload.ts';
import { effectiveWeight, isUp, judged, type ServiceState, type Step, weighed } from '../core/service.ts';
import { bfdText, fileText } from '../messages.ts';
import { type ActiveChecker, isActive, type MakeProbe } from '../probes/index.ts';
import { type Check, type CheckMemory, createCheck, isSameCheck, newMemory } from './check.ts';
import type { Member } from './rounds.ts';
import type { FileStates } from './track-files.ts';

/** What is set from outside counts like a check that none of the server's is. */
const fromOutside = -1;

export interface PoolContext {
  readonly log: Log;
  readonly files: FileStates;
  /** The address of the service is on this machine, or that does not matter. */
  isHere(vs: VirtualServer): boolean;
  readonly makeProbe: MakeProbe;
  /** During a reload: when a check of the former pool was due; null: it was not. */
  dueOf(former: Member): Micros | null;
  /** Performs what a step of this pool says; its state is the new one already. */
  perform(pool: Pool, step: Step): void;
  /** A check has another word on a server. `up`, `changed`: the server after it, and whether it was the other before. */
  mail(pool: Pool, server: number, up: boolean, text: string, changed: boolean): void;
}

/** What a pool knew before a reload. */
export interface PoolMemory {
  readonly config: VirtualServer;
  readonly state: ServiceState;
  /** Per server, per check. */
  readonly checks: readonly (readonly (Check | Told)[])[];
}

/** A check that is told: by a file or a BFD session. */
interface Told {
  readonly config: Extract<Checker, { kind: 'FILE_CHECK' | 'BFD_CHECK' }>;
  up: boolean;
}

export interface Pool {
  readonly config: VirtualServer;
  readonly index: number;
  /** Resolves when everything so far has been told to the world: what comes next waits for it. */
  told: Promise<void>;
  state(): ServiceState;
  checks(): readonly (readonly (Check | Told)[])[];
  /** Takes the first step and what files say; what is to be performed of it, in order. */
  begin(first: Step): readonly Step[];
  /** Of its servers' checks, what they know already. */
  carried(): readonly Carried[];
  members(): readonly Member[];
  activationLines(): readonly string[];
  bfdChanged(name: string, up: boolean): void;
  /** In place of the configured one, as long as this pool lives. */
  setWeight(server: number, weight: number): boolean;
  /** Addresses came or went: checks are held back or let go, and that is told. */
  lookForAddress(): void;
  view(): PoolView;
  /** Nothing is told to it any more. */
  close(): void;
}

export function createPool(config: VirtualServer, index: number, memory: PoolMemory | null, context: PoolContext): Pool {
  let state: ServiceState = { servers: [], quorumUp: false, sorryPresent: false };
  const closing: (() => void)[] = [];
  const formerly = new Map(memory?.config.real_server.map((rs, i) => [serverIdentity(rs), memory.checks[i] ?? []]));
  let suspended = !context.isHere(config);

  const take = (step: Step): Step => {
    [state] = step;
    return step;
  };
  const judge = (server: number, check: number, up: boolean): Step => take(judged(config, state, server, check, up));
  const weigh = (server: number, check: number, weight: number): Step => take(weighed(config, state, server, check, weight));
  const serverIsUp = (server: number): boolean =>
    isUp(state.servers[server] ?? { failed: new Set(), contributions: new Map(), present: false });

  const onVerdict = (server: number, check: number, up: boolean, text: string) => {
    const before = serverIsUp(server);
    context.perform(pool, judge(server, check, up));
    const after = serverIsUp(server);
    context.mail(pool, server, after, text, before !== after);
  };

  const createActive = (rs: RealServer, server: number, checker: ActiveChecker, check: number): Check => {
    const former = formerly.get(serverIdentity(rs));
    const same = former?.find((c): c is Check => 'member' in c && isSameCheck(c.config, checker));
    const first = memory && !former ? stateOfAdded(checker.timing) : firstState(checker.timing);
    const remembered: CheckMemory = same
      ? { state: keptState(same.state(), checker.timing), page: same.page(), due: context.dueOf(same.member) }
      : newMemory(first);
    return createCheck(checker, remembered, {
      names: { rs: rs.name, vs: config.name },
      weight: rs.weight,
      log: context.log,
      makeProbe: context.makeProbe,
      listener: {
        onVerdict: ({ up, text }) => onVerdict(server, check, up, text),
        onWeight: (weight) => context.perform(pool, weigh(server, check, weight)),
        isSuspended: () => suspended,
      },
    });
  };

  const createTold = (rs: RealServer, checker: Told['config']): Told => {
    const same = formerly.get(serverIdentity(rs))?.find((c): c is Told => 'up' in c && isSameCheck(c.config, checker));
    return { config: checker, up: same?.up ?? (checker.kind === 'FILE_CHECK' || !checker.alpha) };
  };

  const checks: readonly (readonly (Check | Told)[])[] = config.real_server.map((rs, server) =>
    rs.checkers.map((checker, i) => (isActive(checker) ? createActive(rs, server, checker, i) : createTold(rs, checker))),
  );

  const each = function* (): Generator<readonly [server: number, check: number, one: Check | Told, rs: RealServer]> {
    for (const [server, list] of checks.entries()) {
      const rs = config.real_server[server];
      if (rs) for (const [check, one] of list.entries()) yield [server, check, one, rs];
    }
  };

  /** What a file says of the server, as steps. */
  const followFile = (server: number, check: number, told: Told, rs: RealServer, value: number): Step[] => {
    if (told.config.kind !== 'FILE_CHECK') return [];
    const { track_file, weight } = told.config;
    const { up, contribution } = fileVerdict(value, weight);
    if (told.up !== up) context.log.detail(fileText(rs.name, track_file, !up));
    told.up = up;
    return [weigh(server, check, contribution), judge(server, check, up)];
  };

  const healthcheckerLines = (doing: string): string[] =>
    [...each()].flatMap(([, , one, rs]) =>
      'member' in one ? [`${doing} healthchecker for service ${rs.name} for VS ${config.name}`] : [],
    );

  const pool: Pool = {
    config,
    index,
    told: Promise.resolve(),
    state: () => state,
    checks: () => checks,
    begin(first) {
      const steps = [take(first)];
      for (const [server, check, one, rs] of each()) {
        if ('member' in one || one.config.kind !== 'FILE_CHECK') continue;
        const follow = (value: number) => followFile(server, check, one, rs, value);
        steps.push(...follow(context.files.value(one.config.track_file)));
        closing.push(
          context.files.listen(one.config.track_file, (value) => {
            for (const step of follow(value)) context.perform(pool, step);
          }),
        );
      }
      return steps;
    },
    carried: () =>
      checks.map((list, server) => {
        const failed = new Set<number>();
        const rs = config.real_server[server];
        const contributions = new Map<number, number>();
        const before = rs && memory ? memory.config.real_server.findIndex((old) => serverIdentity(old) === serverIdentity(rs)) : -1;
        for (const [i, one] of list.entries()) {
          if (!('member' in one ? one.state().up : one.up)) failed.add(i);
          const was = memory?.checks[before]?.findIndex((c) => isSameCheck(c.config, one.config)) ?? -1;
          const weight = memory && was >= 0 ? formerWeight(before, was) : undefined;
          if (weight !== undefined) contributions.set(i, weight);
        }
        return { failed, contributions };
      }),
    members: () => [...each()].flatMap(([, , one]) => ('member' in one ? [one.member] : [])),
    lookForAddress() {
      const before = suspended;
      suspended = !context.isHere(config);
      if (suspended !== before) for (const line of healthcheckerLines(suspended ? 'Suspending' : 'Activating')) context.log.info(line);
    },
    activationLines: () => healthcheckerLines(suspended ? 'Deactivating' : 'Activating'),
    bfdChanged(name, up) {
      for (const [server, check, one, rs] of each()) {
        if ('member' in one || one.config.kind !== 'BFD_CHECK' || one.config.name !== name || one.up === up) continue;
        one.up = up;
        context.log.info(bfdText(name, rs.name, up));
        onVerdict(server, check, up, `BFD CHECK ${name} ${up ? 'succeeded' : 'failed'} on service`);
      }
    },
    setWeight(server, weight) {
      const rs = config.real_server[server];
      if (rs) context.perform(pool, weigh(server, fromOutside, weight - rs.weight));
      return rs !== undefined;
    },
    view: () => ({
      config,
      quorumUp: state.quorumUp,
      suspended,
      servers: state.servers.map((s, i) => {
        const rs = config.real_server[i];
        return {
          up: isUp(s),
          present: s.present,
          weight: rs ? effectiveWeight(rs, s) : 0,
          checks: (checks[i] ?? []).map(
            (one, c): CheckView => ({
              ...('member' in one ? one.state() : { up: one.up, hasRun: true, tries: 0 }),
              weight: s.contributions.get(c) ?? 0,
            }),
          ),
        };
      }),
    }),
    close() {
      for (const end of closing) end();
    },
  };
  return pool;

  function formerWeight(server: number, check: number): number | undefined {
    return memory?.state.servers[server]?.contributions.get(check);
  }
}

/** Weight 0: the number itself is the word, 0 is good. Else number times weight is added, and what is as low as can be is down. */
function fileVerdict(value: number, { value: weight, reverse }: { readonly value: number; readonly reverse: boolean }) {
  if (weight === 0) return { up: (value === 0) !== reverse, contribution: 0 };
  const contribution = value * weight * (reverse ? -1 : 1);
  return contribution <= -(2 ** 31) ? { up: false, contribution: 0 } : { up: true, contribution };
}
