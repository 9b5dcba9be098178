// SPDX-License-Identifier: MIT
// The status page as the parent sees it: a process that may die as it likes, started where `http` is configured, without rights
// and with one connection that answers `status`. Nothing waits for it.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { errorText } from '../base/errors.ts';
import type { Config } from '../config/model.ts';
import type { ControlServer } from '../control/shell/server.ts';
import { connectionOf } from '../kernel/control-sockets.ts';
import type { NativeAddon } from '../native/surface.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RunAs } from '../ports/script-checks.ts';
import { roleVariable } from './messages.ts';
import { ownCommand } from './own-program.ts';
import { createRespawn } from './respawn.ts';
import { startedWith } from './role-rights.ts';

const controlDescriptor = 3;
const placeVariable = 'KA_TS_HTTP';
/** What it may say about why it cannot serve. */
const mostWords = 1000;
/** Its heap, MB: the largest document of thousands of instances fits several times. */
const mostHeap = 128;

export interface WebChildContext {
  readonly native: Pick<NativeAddon, 'withLesserRights'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly server: Pick<ControlServer, 'serve'>;
  /** Whom it runs as: the first of these users that exists. */
  readonly identity: (user: string) => RunAs | null;
}

export interface WebChild {
  /** A configuration is in force. */
  follow(config: Config): void;
  /** Any number of times. */
  close(): void;
}

/** keepalived's user for scripts, else the one that owns nothing. */
const users = ['keepalived_script', 'nobody'];

export function createWebChild({ native, clock, log, server, identity }: WebChildContext): WebChild {
  /** As JSON; '': no page. */
  let wanted = '';
  let child: ChildProcess | null = null;
  let respawn = createRespawn();
  let cancelStart: Cancel = () => {};

  const start = () => {
    const place = wanted;
    const who = users.map(identity).find((found) => found !== null);
    if (!who) return log.error(`No status page - there is no user ${users.join(' or ')} that it could run as`);
    let own: ChildProcess;
    try {
      const command = ownCommand([`--max-old-space-size=${mostHeap}`]);
      own = startedWith(native, [], () =>
        spawn(command.path, command.arguments, {
          stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
          cwd: '/',
          // Nothing of the daemon's environment is for it.
          env: { [roleVariable]: 'web', [placeVariable]: place, NODE_ENV: 'production' },
          ...(process.geteuid?.() === 0 ? who : {}),
        }),
      );
    } catch (error) {
      return log.error(`No status page - ${errorText(error)}`);
    }
    child = own;
    respawn.started(clock.now());
    let words = '';
    own.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, mostWords);
    });
    own.stderr?.on('error', () => {});
    const socket = (own.stdio as typeof own.stdio | undefined)?.[controlDescriptor] as Socket | null | undefined;
    if (socket) server.serve(connectionOf(socket), null);
    let over = false;
    const ended = (how: string) => {
      if (over) return;
      over = true;
      socket?.destroy();
      if (child !== own) return;
      child = null;
      if (place !== wanted) return;
      const delay = respawn.died(clock.now());
      const why = words.trim().split('\n')[0] ?? '';
      log.error(`Status page process ${how}${why === '' ? '' : `: ${why}`}; next start in ${delay / 1e6} s`);
      cancelStart = clock.after(delay, start);
    };
    own.on('error', (error) => ended(`could not be started - ${errorText(error)}`));
    own.on('exit', (status, signal) => ended(signal === null ? `ended with status ${status}` : `was ended by ${signal}`));
    const { address, port } = JSON.parse(place) as { address: string; port: number };
    log.info(`Status page on http://${address.includes(':') ? `[${address}]` : address}:${port}/, pid=${own.pid}`);
  };

  const end = () => {
    cancelStart();
    cancelStart = () => {};
    const old = child;
    child = null;
    old?.kill('SIGKILL');
  };

  return {
    follow({ global_defs }) {
      const { http } = global_defs.ka_ts;
      const next = http === null ? '' : JSON.stringify(http);
      if (next === wanted) return;
      wanted = next;
      respawn = createRespawn();
      end();
      if (next !== '') start();
    },
    close() {
      wanted = '';
      end();
    },
  };
}
