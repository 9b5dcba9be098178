// SPDX-License-Identifier: MIT
// Keeps a session with the master agent: connects, comes back when it was lost, looks whether the master still answers. The
// daemon never waits for it.

import { type Micros, milliseconds, seconds } from '../../base/time.ts';
import type { Cancel, Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Stream, StreamAddress, Streams } from '../../ports/streams.ts';
import { createAgent } from '../core/agent.ts';
import { type Column, createMib, type Mib } from '../core/mib.ts';
import { createSession, type Session, type Subtrees } from '../core/session.ts';
import type { VarBind } from '../core/value.ts';

/** A walk asks thousands of times a second; what it is told may be this old. */
const freshness = milliseconds(200);
const pingInterval = seconds(120);
/** For its answer, or for the connection and its registration; keepalived's own is a third of a second. */
const pingPatience = seconds(5);
/** Before the next connection: of the first failures, then of all others. */
const pauses = [seconds(1), seconds(2), seconds(5), seconds(15)] as const;
/** A session that was there so long was one: the next failure is a first one again. */
const lasting = seconds(60);
/** So many sessions of one outage that did not last are told; of those behind them, the one that does. */
const mostBrief = 2;

export interface SubagentContext {
  readonly streams: Streams;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SubagentSettings {
  readonly address: StreamAddress;
  /** As the master shows it among its sub-agents. */
  readonly description: string;
  readonly subtrees: Subtrees;
  /** Of the present moment. */
  readonly columns: () => readonly Column[];
  /** Before somebody is answered: calls `then`, now or when what is to be shown is there; what was shown is then made anew. */
  readonly prepare?: (then: () => void) => void;
}

export interface Subagent {
  trap(bindings: readonly VarBind[]): void;
  /** The state has changed: what was shown is not to be shown again. */
  refresh(): void;
  /** Any number of times. */
  close(): void;
}

export function createSubagent({ streams, clock, log }: SubagentContext, settings: SubagentSettings): Subagent {
  let stream: Stream | null = null;
  let session: Session | null = null;
  let failures = 0;
  /** Sessions that ended before they had lasted, since one that did. */
  let brief = 0;
  /** Registered, and has not lasted yet. */
  let young = false;
  let complained = false;
  let closed = false;
  let retry: Cancel = () => {};
  let pinging: Cancel = () => {};
  let settling: Cancel = () => {};
  let cached: { readonly mib: Mib; readonly at: Micros } | null = null;

  const agent = createAgent(() => {
    const now = clock.now();
    if (!cached || now - cached.at > freshness) cached = { mib: createMib(settings.columns()), at: now };
    return cached.mib;
  });
  /** Why we gave the connection up ourselves. */
  let gaveUp: string | null = null;
  /** The last one that was told: a master that goes on refusing is asked for ever. */
  let refusal = '';
  const complain = (line: string) => {
    // Once an outage: a master that is not there is tried for ever.
    if (!complained) log.info(line);
    complained = true;
  };
  const welcome = () => {
    complained = false;
    log.info('AgentX subagent connected');
  };
  const abandon = () => {
    pinging();
    settling();
    session = null;
  };
  const lost = (reason: string) => {
    abandon();
    stream = null;
    if (closed) return;
    if (young) brief++;
    young = false;
    const other = reason === '' ? 'AgentX master disconnected us, reconnecting' : `AgentX master cannot be reached: ${reason}`;
    complain(gaveUp ?? other);
    gaveUp = null;
    retry = clock.after(pauses[Math.min(failures, pauses.length - 1)] ?? seconds(15), connect);
    failures++;
  };
  const hangUp = () => {
    abandon();
    stream?.end();
  };
  const silent = () => {
    gaveUp = 'AgentX master does not answer, reconnecting';
    hangUp();
  };
  const ping = () => {
    pinging();
    pinging = clock.after(pingInterval, () => {
      session?.ping();
      pinging = clock.after(pingPatience, () => (session?.isAlive() ? ping() : silent()));
    });
  };
  const connect = () => {
    const current = streams.connect(settings.address, {
      onOpen() {
        session?.begin();
      },
      onData(bytes) {
        if (session && !session.feed(bytes)) hangUp();
      },
      onClose: lost,
    });
    stream = current;
    session = createSession(settings.description, settings.subtrees, agent, {
      send(bytes) {
        if (stream === current) current.write(bytes);
      },
      ...(settings.prepare && { prepare: settings.prepare }),
      onReady() {
        // A master may take every session and end each one at once: the pauses go on growing until one has lasted.
        young = true;
        if (brief < mostBrief) welcome();
        settling = clock.after(lasting, () => {
          young = false;
          failures = 0;
          brief = 0;
          refusal = '';
          if (complained) welcome();
        });
        ping();
      },
      onRefusal(what) {
        if (what !== refusal) log.info(`AgentX master refused: ${what}`);
        refusal = what;
      },
      onNonsense: (what) => {
        gaveUp = `AgentX master sent what is not AgentX (${what}), reconnecting`;
      },
    });
    pinging = clock.after(pingPatience, silent);
  };

  log.info('Starting SNMP subagent');
  connect();
  return {
    trap: (bindings) => session?.trap(bindings),
    refresh() {
      cached = null;
    },
    close() {
      closed = true;
      retry();
      session?.end();
      hangUp();
    },
  };
}
