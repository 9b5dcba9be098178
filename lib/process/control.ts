// SPDX-License-Identifier: MIT
// The control socket in the parent: where it lies as the configuration says, what it answers with, and its end.

import { hostname } from 'node:os';
import { seconds } from '../base/time.ts';
import { version } from '../base/version.ts';
import type { Config } from '../config/model.ts';
import { createHistory } from '../control/core/history.ts';
import type { DaemonStatus, EventBody } from '../control/document.ts';
import { createGatherer, type RoleSource } from '../control/shell/gatherer.ts';
import { type ControlServer, createControlServer } from '../control/shell/server.ts';
import { createControlSockets } from '../kernel/control-sockets.ts';
import { groupId } from '../kernel/script-checks.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { ControlListener, ControlPlace } from '../ports/control.ts';
import type { Log } from '../ports/log.ts';
import type { Operated, Operator } from '../ports/operator.ts';
import { createOperations } from './operations.ts';
import type { ParentState } from './parent.ts';
import { configurationBeside, type Identity, operationsBeside, socketBeside } from './places.ts';

/** Of a large sync group they take a while. */
const prospectsLimit = seconds(5);
/** Events that are kept for those who come later. */
const eventsKept = 200;

export interface ControlContext {
  readonly native: Pick<NativeAddon, 'peerOf'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Identity;
  readonly pidFile: string;
  readonly configFile: string;
  readonly pid: number;
}

/** What it looks at; there once the parent is. */
export interface Watched {
  readonly roles: readonly RoleSource[];
  state(): ParentState;
  askProspects(instance: string, answer: (text: string | null) => void): void;
  reload(by: Operator | null): void;
  reapply(by: Operator): void;
}

export interface Control {
  readonly server: ControlServer;
  onEvent(event: EventBody): void;
  /** Of a real server, set over SNMP and in force. */
  onWeight(pool: string, server: string, value: number): void;
  /** From here on there is something to tell. */
  attach(parent: Watched): void;
  /** A configuration with what operators have changed. */
  overlaid(config: Config): Config;
  operated(config: Config): readonly Operated[];
  /** A configuration is in force: the socket is opened, moved or closed as it says. */
  follow(config: Config): void;
  /** Any number of times. */
  close(): void;
}

export function timeOfDay(): number {
  return Date.now() / 1000;
}

export function createControl(context: ControlContext): Control {
  const { clock, log } = context;
  const history = createHistory(eventsKept);
  const sockets = createControlSockets(context.native);
  const startedAt = timeOfDay();
  let gatherer: ReturnType<typeof createGatherer> | null = null;
  let open: { readonly place: string; readonly listener: ControlListener } | null = null;
  /** As JSON: what was asked for last, open or not. */
  let wanted = '';
  let closed = false;
  let watched: Watched | null = null;

  const server = createControlServer({
    clock,
    timeOfDay,
    history,
    status: (done) => (gatherer ? gatherer.status(done) : done('null')),
    heartbeat: () => gatherer?.heartbeat() ?? null,
    prospects(instance, done) {
      let cancel: Cancel = () => {};
      const once = (text: string | null) => {
        cancel();
        done(text);
        done = () => {};
      };
      cancel = clock.after(prospectsLimit, () => once(null));
      if (watched) watched.askProspects(instance, once);
      else once(null);
    },
    operate: (request, peer, done) => operations.operate(request, peer, done),
  });
  const operations = createOperations({
    clock,
    timeOfDay,
    log,
    history,
    file: operationsBeside(context.pidFile),
    configFile: context.configFile,
    keptFile: configurationBeside(context.pidFile),
    uid: process.getuid?.() ?? 0,
    reload: (by) => watched?.reload(by),
    reapply: (by) => watched?.reapply(by),
  });

  const describe = (parent: Watched): Omit<DaemonStatus, 'heartbeat' | 'processes'> => {
    const { phase, ...configuration } = parent.state();
    return {
      name: 'ka-ts',
      version: version.own,
      pid: context.pid,
      hostName: hostname(),
      namespace: context.identity.namespace,
      instance: context.identity.instance,
      startedAt,
      phase,
      configuration: { file: context.configFile, ...configuration, confirmBy: operations.confirmBy() },
      control: server.counters(),
      operations: operations.overlay(),
    };
  };

  const place = ({ global_defs }: Config): ControlPlace | null => {
    const { control_socket, no_control_socket } = global_defs.ka_ts;
    if (no_control_socket) return null;
    if (control_socket === null) return { path: socketBeside(context.pidFile), mode: 0o600, gid: null };
    const { path, mode, group } = control_socket;
    const gid = group === null ? null : groupId(group);
    if (group === null || gid !== null) return { path, mode, gid };
    log.warning(`control_socket: there is no group ${group} - the socket is for root alone`);
    return { path, mode: 0o600, gid: null };
  };

  const shut = () => {
    open?.listener.close();
    open = null;
  };

  return {
    server,
    onEvent: (event) => history.add(timeOfDay(), event),
    onWeight: (pool, server, value) => operations.hearWeight(pool, server, value),
    overlaid: (config) => operations.overlaid(config),
    operated: (config) => operations.operated(config),
    attach(parent) {
      watched = parent;
      gatherer = createGatherer({ clock, timeOfDay, roles: parent.roles, daemon: () => describe(parent), events: () => history.text() });
    },
    follow(config) {
      operations.follow(config);
      const next = place(config);
      const text = JSON.stringify(next);
      if (text === wanted || closed) return;
      wanted = text;
      shut();
      if (next === null) return;
      sockets.listen(
        next,
        (connection, peer) => server.serve(connection, peer),
        (opened) => {
          if ('error' in opened) {
            log.error(`No control socket - ${opened.error}`);
            // The next reload tries again.
            wanted = '';
          } else if (closed || text !== wanted) opened.listener.close();
          else {
            open = { place: next.path, listener: opened.listener };
            log.detail(`Control socket ${next.path}`);
          }
        },
      );
    },
    close() {
      closed = true;
      operations.stop();
      server.close();
      shut();
    },
  };
}
