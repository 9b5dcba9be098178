// SPDX-License-Identifier: MIT
// A BFD session as a pure machine (RFC 5880 6.8, as keepalived has it: reference, notifications document, section 7). The shell
// feeds packets and silences, keeps what comes back, and has the engine do what wireOf() says about it.

import { type Micros, micros } from '../../base/time.ts';

export type BfdState = 'AdminDown' | 'Down' | 'Init' | 'Up';

/** Numbers of the states in packets. */
export const stateNumbers: Readonly<Record<BfdState, number>> = { AdminDown: 0, Down: 1, Init: 2, Up: 3 };
const stateNames: readonly BfdState[] = ['AdminDown', 'Down', 'Init', 'Up'];

/** RFC 5880 4.1 */
export const diagnostic = { none: 0, expired: 1, neighbourDown: 3, administrativelyDown: 7 } as const;

export interface Settings {
  readonly minRx: Micros;
  readonly minTx: Micros;
  /** Between packets while not Up. */
  readonly idleTx: Micros;
  readonly multiplier: number;
  /** Silent until the neighbour has spoken. */
  readonly passive: boolean;
}

/** What the neighbour has said of itself; its initial values are RFC 5880 6.8.1's. */
export interface Remote {
  readonly discriminator: number;
  readonly state: BfdState;
  readonly diagnostic: number;
  readonly minTx: Micros;
  readonly minRx: Micros;
  readonly multiplier: number;
  readonly demand: boolean;
}

export interface Session {
  readonly state: BfdState;
  readonly discriminator: number;
  readonly diagnostic: number;
  readonly remote: Remote;
  /** A poll sequence waits for its answer. */
  readonly polling: boolean;
}

/** As in packets of the neighbour. */
export interface Received {
  readonly diagnostic: number;
  readonly state: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly myDiscriminator: number;
  readonly desiredMinTx: number;
  readonly requiredMinRx: number;
}

/** `fresh`: a discriminator that no session has, for the case that one is needed. */
export type SessionEvent =
  | { readonly kind: 'packet'; readonly packet: Received; readonly fresh: number }
  /** The neighbour was silent for the detection time. */
  | { readonly kind: 'expired'; readonly fresh: number };

/** What follows beyond the new state. */
export interface Outcome {
  readonly session: Session;
  /** Answer a poll. */
  readonly final: boolean;
  /** Who tracks the session is to be told. */
  readonly tell: 'up' | 'down' | null;
}

const nobody: Remote = Object.freeze({
  discriminator: 0,
  state: 'Down',
  diagnostic: 0,
  minTx: micros(0),
  minRx: micros(1),
  multiplier: 0,
  demand: false,
});

export function initial(discriminator: number): Session {
  return Object.freeze({ state: 'Down', discriminator, diagnostic: diagnostic.none, remote: nobody, polling: false });
}

/** A session that cannot send: its socket could not be opened. */
export function adminDown(session: Session): Session {
  return { ...session, state: 'AdminDown', diagnostic: diagnostic.administrativelyDown, remote: nobody, polling: false };
}

export function step(before: Session, s: Settings, e: SessionEvent): Outcome {
  return e.kind === 'expired' ? silent(before, e.fresh) : heard(before, s, e.packet, e.fresh);
}

/** RFC 5880 6.8.6 */
function heard(before: Session, s: Settings, p: Received, fresh: number): Outcome {
  if (before.state === 'AdminDown') return { session: before, final: false, tell: null };
  const state = stateNames[p.state] ?? 'Down';
  const remote: Remote = {
    discriminator: p.myDiscriminator,
    state,
    diagnostic: p.diagnostic,
    minTx: micros(p.desiredMinTx),
    minRx: micros(p.requiredMinRx),
    multiplier: p.multiplier,
    demand: p.demand,
  };
  const session: Session = { ...before, remote, polling: before.polling && !p.final };
  const next = moved(session, state);
  const up = next === 'Up' && before.state !== 'Up';
  const fell = next === 'Down' && before.state !== 'Down';
  if (!up && !fell) return { session: { ...session, state: next }, final: p.poll, tell: null };
  if (up) {
    // Our interval changes from idle to that of a session that is up, which the neighbour has to confirm.
    const polling = s.idleTx !== s.minTx;
    return { session: { ...session, state: 'Up', diagnostic: diagnostic.none, polling }, final: p.poll, tell: 'up' };
  }
  const wasUp = before.state === 'Up';
  return {
    session: {
      ...session,
      state: 'Down',
      diagnostic: diagnostic.neighbourDown,
      polling: false,
      discriminator: wasUp ? fresh : session.discriminator,
    },
    final: p.poll,
    // An administrator's word is no failure (RFC 5882 4.2).
    tell: wasUp && state !== 'AdminDown' ? 'down' : null,
  };
}

function moved({ state }: Session, remote: BfdState): BfdState {
  if (remote === 'AdminDown') return 'Down';
  switch (state) {
    case 'Down':
      return remote === 'Down' ? 'Init' : remote === 'Init' ? 'Up' : 'Down';
    case 'Init':
      return remote === 'Init' || remote === 'Up' ? 'Up' : 'Init';
    default:
      return remote === 'Down' ? 'Down' : state;
  }
}

function silent(before: Session, fresh: number): Outcome {
  if (before.state === 'AdminDown') return { session: before, final: false, tell: null };
  if (before.state === 'Down') return { session: { ...before, remote: nobody, polling: false }, final: false, tell: null };
  const wasUp = before.state === 'Up';
  const session: Session = {
    state: 'Down',
    discriminator: wasUp ? fresh : before.discriminator,
    diagnostic: diagnostic.expired,
    remote: { ...nobody, diagnostic: before.remote.diagnostic },
    polling: false,
  };
  return { session, final: false, tell: wasUp ? 'down' : null };
}

/** What goes out and what is waited for in a state: a function of nothing else. */
export interface Wire {
  readonly packet: Received & { readonly yourDiscriminator: number };
  /** Between packets, before jitter; 0: none are sent (RFC 5880 6.8.7). */
  readonly every: Micros;
  /** Silence of the neighbour that ends the session; 0: nobody has spoken (RFC 5880 6.8.4). */
  readonly detection: Micros;
}

export function wireOf(session: Session, s: Settings): Wire {
  const { remote, state } = session;
  const desired = state === 'Up' ? s.minTx : s.idleTx;
  // Up at once, not only when the neighbour is known to be: it may expect packets as often as ours promise from the first on.
  const fast = state === 'Up' || (state === 'Init' && remote.state === 'Up');
  const mute =
    state === 'AdminDown' ||
    (s.passive && remote.discriminator === 0) ||
    remote.minRx === 0 ||
    (remote.demand && state === 'Up' && remote.state === 'Up' && !session.polling);
  return {
    packet: {
      diagnostic: session.diagnostic,
      state: stateNumbers[state],
      poll: session.polling,
      final: false,
      demand: false,
      multiplier: s.multiplier,
      myDiscriminator: session.discriminator,
      yourDiscriminator: remote.discriminator,
      desiredMinTx: desired,
      requiredMinRx: s.minRx,
    },
    every: mute ? micros(0) : micros(Math.max(fast ? s.minTx : s.idleTx, remote.minRx)),
    detection: micros(remote.multiplier * Math.max(s.minRx, remote.minTx)),
  };
}

/** The same packet again would change nothing, so the engine need not tell of it. */
export function isSteady(session: Session, s: Settings, packet: Received): boolean {
  if (packet.poll || packet.final) return false;
  const again = step(session, s, { kind: 'packet', packet, fresh: 0 });
  return again.tell === null && JSON.stringify(again.session) === JSON.stringify(session);
}
