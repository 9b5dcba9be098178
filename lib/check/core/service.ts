// SPDX-License-Identifier: MIT
// A virtual server and its pool: what its checks say, who gets connections, quorum and sorry server
// (reference/lvs-and-checkers.md section 4). Pure: `step` gives the new state and what to do, in the order to do it.

import type { RealServer, VirtualServer } from '../../config/model-lvs.ts';

export interface ServerState {
  /** Checks that say no, by their index. */
  readonly failed: ReadonlySet<number>;
  /** What checks add to the weight, by their index. */
  readonly contributions: ReadonlyMap<number, number>;
  /** It is in the kernel's table, perhaps with weight 0. */
  readonly present: boolean;
}

export interface ServiceState {
  readonly servers: readonly ServerState[];
  readonly quorumUp: boolean;
  /** It is in the kernel's table, perhaps with weight 0. */
  readonly sorryPresent: boolean;
}

/** Index of a real server, or the sorry server. */
export type Member = number | 'sorry';

export type ServiceEffect =
  | { readonly kind: 'add_service' }
  | { readonly kind: 'remove_service' }
  | { readonly kind: 'add'; readonly member: Member; readonly weight: number }
  | { readonly kind: 'change'; readonly member: Member; readonly weight: number }
  | { readonly kind: 'remove'; readonly member: Member }
  | { readonly kind: 'log'; readonly text: string }
  /** Script, FIFO, trap. Without `scripts` the trap alone (a stop without omega). */
  | { readonly kind: 'server_changed'; readonly server: number; readonly up: boolean; readonly scripts: boolean }
  /** A reload took one away that was up. */
  | { readonly kind: 'server_gone'; readonly server: RealServer }
  /** `text`: why, for the mail. `ending`: not for want of servers, the service goes. */
  | {
      readonly kind: 'service_changed';
      readonly up: boolean;
      readonly scripts: boolean;
      readonly text: string;
      readonly ending?: true;
    };

export type Step = readonly [ServiceState, readonly ServiceEffect[]];

/** The sorry server has no weight of its own. */
const sorryWeight = 1;
const largestWeight = 2 ** 31 - 1;

export function isUp(state: ServerState): boolean {
  return state.failed.size === 0;
}

/** Configured weight and what checks add; may be negative. */
export function effectiveWeight(server: RealServer, state: ServerState): number {
  // A pool of thousands is summed up for each of them that fails: most have nothing to add.
  if (state.contributions.size === 0) return server.weight;
  return [...state.contributions.values()].reduce((sum, w) => sum + w, server.weight);
}

/** As the kernel takes it. */
export function kernelWeight(server: RealServer, state: ServerState): number {
  return Math.min(largestWeight, Math.max(0, effectiveWeight(server, state)));
}

/** What those that are up weigh together: held against the quorum. */
export function poolWeight(vs: VirtualServer, state: ServiceState): number {
  let sum = 0;
  for (let i = 0; i < state.servers.length; i++) {
    const server = vs.real_server[i];
    const s = state.servers[i];
    if (server && s && isUp(s)) sum += Math.max(0, effectiveWeight(server, s));
  }
  return sum;
}

/** A service at the start of the daemon. `initNotifies`: rs_init_notifies. */
export function started(vs: VirtualServer, initNotifies: boolean): Step {
  const servers = vs.real_server.map(freshServer);
  const draft: ServiceState = { servers, quorumUp: true, sorryPresent: false };
  const enough = poolWeight(vs, draft) >= vs.quorum + vs.hysteresis;
  const effects: ServiceEffect[] = [{ kind: 'add_service' }];
  const builder = build(vs, { ...draft, quorumUp: enough || vs.sorry_server === null }, effects);
  if (vs.sorry_server?.inhibit) builder.put('sorry', 0);
  for (const [i, state] of servers.entries()) {
    const server = vs.real_server[i];
    if (!server) continue;
    if (isUp(state) && (enough || vs.sorry_server === null)) {
      builder.log(`Adding service ${server.name} to VS ${vs.name}`);
      builder.put(i, kernelWeight(server, state));
    } else if (server.inhibit_on_failure) builder.put(i, 0);
    if (isUp(state) && initNotifies) effects.push({ kind: 'server_changed', server: i, up: true, scripts: true });
  }
  if (enough) {
    builder.set({ quorumUp: true });
    const sums = gainedSums(vs, poolWeight(vs, builder.state()));
    builder.log(`Gained quorum ${sums} for VS ${vs.name}`);
    effects.push({ kind: 'service_changed', up: true, scripts: true, text: `Starting with quorum up ${sums}` });
  } else {
    builder.set({ quorumUp: false });
    if (vs.sorry_server) {
      builder.log(`Starting with quorum down ${lostSums(vs, poolWeight(vs, builder.state()))} for VS ${vs.name}`);
      builder.sorryIn();
    }
  }
  return [builder.state(), effects];
}

function freshServer(server: RealServer): ServerState {
  const failed = new Set<number>();
  for (const [i, c] of server.checkers.entries()) if (startsDown(c)) failed.add(i);
  return { failed, contributions: new Map(), present: false };
}

function startsDown(checker: RealServer['checkers'][number]): boolean {
  if (checker.kind === 'FILE_CHECK') return false;
  return checker.kind === 'BFD_CHECK' ? checker.alpha : checker.timing.alpha;
}

/** A check of server `i` has given its word. */
export function judged(vs: VirtualServer, before: ServiceState, i: number, checker: number, up: boolean): Step {
  const server = vs.real_server[i];
  const old = before.servers[i];
  if (!server || !old || old.failed.has(checker) === !up) return [before, []];
  const failed = new Set(old.failed);
  if (up) failed.delete(checker);
  else failed.add(checker);
  const effects: ServiceEffect[] = [];
  const state: ServerState = { ...old, failed };
  const builder = build(vs, withServer(before, i, state), effects);
  if (isUp(state) === isUp(old)) return [builder.state(), effects];
  builder.log(transitionText(vs, server, isUp(state)));
  // Without quorum the sorry server serves: the pool is put together when the quorum is back.
  if (before.quorumUp || !vs.sorry_server) {
    if (isUp(state)) builder.put(i, kernelWeight(server, state));
    else builder.takeOut(i);
  }
  effects.push({ kind: 'server_changed', server: i, up: isUp(state), scripts: true });
  evaluateQuorum(vs, builder, effects);
  return [builder.state(), effects];
}

/** A check of server `i` adds `weight` from now on (a delta; 0 takes it back). */
export function weighed(vs: VirtualServer, before: ServiceState, i: number, checker: number, weight: number): Step {
  const server = vs.real_server[i];
  const old = before.servers[i];
  if (!server || !old || (old.contributions.get(checker) ?? 0) === weight) return [before, []];
  const contributions = new Map(old.contributions).set(checker, weight);
  const state: ServerState = { ...old, contributions };
  const effects: ServiceEffect[] = [];
  const builder = build(vs, withServer(before, i, state), effects);
  const active = isUp(state) ? '' : 'in';
  builder.log(
    `Changing weight from ${effectiveWeight(server, old)} to ${effectiveWeight(server, state)} for ${active}active service ${server.name} of VS ${vs.name}`,
  );
  if (isUp(state) && old.present && inPool(vs, before)) builder.put(i, kernelWeight(server, state));
  evaluateQuorum(vs, builder, effects);
  return [builder.state(), effects];
}

export function inPool(vs: VirtualServer, state: ServiceState): boolean {
  return state.quorumUp || !vs.sorry_server;
}

/**
 * The daemon ends, or a reload takes the service away (`removed`). Else lvs_flush_on_stop; `VS` removes the service alone and
 * leaves its servers to the kernel, `all` nothing at all, since the whole table goes.
 */
export function stopped(vs: VirtualServer, before: ServiceState, how: 'each' | 'VS' | 'all' | 'removed'): Step {
  const effects: ServiceEffect[] = [];
  const builder = build(vs, before, effects);
  const scripts = vs.omega;
  const oneByOne = how === 'each' || how === 'removed';
  if (oneByOne && before.sorryPresent) builder.drop('sorry');
  for (const [i, server] of vs.real_server.entries()) {
    const state = before.servers[i];
    if (!state) continue;
    if (oneByOne) {
      const inhibited = server.inhibit_on_failure && !isUp(state) ? '(inhibited) ' : '';
      builder.log(`${how === 'removed' ? 'Removing' : 'Shutting down'} ${inhibited}service ${server.name} from VS ${vs.name}`);
      if (state.present) builder.drop(i);
    }
    if (isUp(state)) effects.push({ kind: 'server_changed', server: i, up: false, scripts });
  }
  effects.push({ kind: 'service_changed', up: false, scripts, text: 'Shutting down', ending: true });
  if (how !== 'all') effects.push({ kind: 'remove_service' });
  return [builder.state(), effects];
}

export function transitionText(vs: VirtualServer, server: RealServer, up: boolean): string {
  if (server.inhibit_on_failure) return `${up ? 'Enabling' : 'Disabling'} service ${server.name} of VS ${vs.name}`;
  return up ? `Adding service ${server.name} to VS ${vs.name}` : `Removing service ${server.name} from VS ${vs.name}`;
}

function gainedSums(vs: VirtualServer, sum: number): string {
  return `${vs.quorum}+${vs.hysteresis}=${vs.quorum + vs.hysteresis} <= ${sum}`;
}

function lostSums(vs: VirtualServer, sum: number): string {
  return `${vs.quorum}-${vs.hysteresis}=${vs.quorum - vs.hysteresis} > ${sum}`;
}

/** Section 4.3; hysteresis keeps a pool at the edge from flapping. */
export function evaluateQuorum(vs: VirtualServer, builder: Builder, effects: ServiceEffect[]): void {
  const before = builder.state();
  const sum = poolWeight(vs, before);
  const sorry = vs.sorry_server;
  const sorryName = sorry ? sorryServerName(vs) : '';
  if (!before.quorumUp && sum >= vs.quorum + vs.hysteresis) {
    builder.set({ quorumUp: true });
    const gained = `Gained quorum ${gainedSums(vs, sum)}`;
    builder.log(`${gained} for VS ${vs.name}`);
    if (sorry) {
      builder.log(`${sorry.inhibit ? 'Disabling' : 'Removing'} sorry server ${sorryName} from VS ${vs.name}`);
      if (sorry.inhibit) builder.put('sorry', 0);
      else builder.drop('sorry');
      builder.log(`Adding alive servers to the pool for VS ${vs.name}`);
      for (const [i, server] of vs.real_server.entries()) {
        const state = before.servers[i];
        if (state && isUp(state)) builder.put(i, kernelWeight(server, state));
      }
    }
    effects.push({ kind: 'service_changed', up: true, scripts: true, text: gained });
  } else if (before.quorumUp && (sum < vs.quorum - vs.hysteresis || sum === 0)) {
    builder.set({ quorumUp: false });
    const lost = `Lost quorum ${lostSums(vs, sum)}`;
    builder.log(`${lost} for VS ${vs.name}`);
    if (sorry) {
      builder.log(`${sorry.inhibit ? 'Enabling' : 'Adding'} sorry server ${sorryName} to VS ${vs.name}`);
      builder.log(`Removing alive servers from the pool for VS ${vs.name}`);
      for (const [i] of vs.real_server.entries()) {
        const state = before.servers[i];
        if (state && isUp(state)) builder.takeOut(i);
      }
      builder.sorryIn();
    }
    effects.push({ kind: 'service_changed', up: false, scripts: true, text: lost });
  }
}

/** As messages and FIFOs name it. */
export function sorryServerName(vs: VirtualServer): string {
  const protocol = vs.key.kind === 'fwmark' ? 'none' : vs.key.protocol.toLowerCase();
  return vs.sorry_server ? `[${vs.sorry_server.ip}]:${protocol}:${vs.sorry_server.port}` : '';
}

function withServer(state: ServiceState, i: number, server: ServerState): ServiceState {
  return { ...state, servers: state.servers.with(i, server) };
}

/** Changes of the kernel's table and of what is known of it, together. */
export interface Builder {
  state(): ServiceState;
  set(change: Partial<ServiceState>): void;
  log(text: string): void;
  /** Present with this weight. */
  put(member: Member, weight: number): void;
  /** Out of service: gone, or with inhibit_on_failure there with weight 0. */
  takeOut(server: number): void;
  drop(member: Member): void;
  sorryIn(): void;
}

export function build(vs: VirtualServer, first: ServiceState, effects: ServiceEffect[]): Builder {
  let now = first;
  const presence = (member: Member, present: boolean) => {
    const server = member === 'sorry' ? undefined : now.servers[member];
    if (member === 'sorry') now = { ...now, sorryPresent: present };
    else if (server) now = withServer(now, member, { ...server, present });
  };
  const isPresent = (member: Member) => (member === 'sorry' ? now.sorryPresent : (now.servers[member]?.present ?? false));
  const builder: Builder = {
    state: () => now,
    set(change) {
      now = { ...now, ...change };
    },
    log: (text) => void effects.push({ kind: 'log', text }),
    put(member, weight) {
      effects.push({ kind: isPresent(member) ? 'change' : 'add', member, weight });
      presence(member, true);
    },
    takeOut(server) {
      if (vs.real_server[server]?.inhibit_on_failure) builder.put(server, 0);
      else if (isPresent(server)) builder.drop(server);
    },
    drop(member) {
      effects.push({ kind: 'remove', member });
      presence(member, false);
    },
    sorryIn: () => builder.put('sorry', sorryWeight),
  };
  return builder;
}
