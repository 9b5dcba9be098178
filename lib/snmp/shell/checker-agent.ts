// SPDX-License-Identifier: MIT
// What the checker process shows over SNMP: pools and what the kernel counts for them, and the traps on their changes. It has a
// session with the master agent of its own, as keepalived's has.

import { errorText } from '../../base/errors.ts';
import { milliseconds } from '../../base/time.ts';
import type { Config } from '../../config/model.ts';
import type { CheckerShell, CheckersCounters, PoolCounters } from '../../ports/checkers.ts';
import type { PoolObserver } from '../../ports/pool-notifier.ts';
import { quorumTrap, serverTrap } from '../check-traps.ts';
import type { Column } from '../core/mib.ts';
import { globalColumns, type Host, keepalived, routerId } from '../mibs/globals.ts';
import type { SetWeight } from '../mibs/servers.ts';
import { checkColumns, checkRoot } from '../mibs/services.ts';
import { type SnmpOptions, startSubagent } from './start.ts';
import type { SubagentContext } from './subagent.ts';

/** A kernel that takes its time does not hold up an answer longer than this: the old counters go out. */
const patience = milliseconds(1000);

export interface CheckerAgentContext extends SubagentContext {
  readonly host: Host;
  readonly options: SnmpOptions;
}

export interface CheckerAgent extends PoolObserver {
  /** There are pools to see from here on. */
  attach(shell: Pick<CheckerShell, 'view' | 'counters'> & { readonly setWeight: SetWeight }): void;
  /** A configuration that is about to be put in force. */
  apply(config: Config): void;
  /** Any number of times. */
  close(): void;
}

export function createCheckerAgent(first: Config, context: CheckerAgentContext): CheckerAgent {
  const { clock, log, host, options } = context;
  let shell: Parameters<CheckerAgent['attach']>[0] | null = null;
  let config = first;
  const statistics = createStatistics();

  const columns = (): Column[] => {
    const globals = globalColumns(config.global_defs, host);
    if (!shell) return globals;
    const { setWeight } = shell;
    return [...globals, ...checkColumns(shell.view(), statistics.latest(), setWeight)];
  };
  const subagent = startSubagent(context, options.socket ?? first.global_defs.snmp_socket, {
    // The VRRP process shows what is global where it shows anything.
    subtrees: { own: [checkRoot], spare: [[...keepalived, 1]] },
    columns,
    prepare: (then) => statistics.prepare(then),
  });
  const trap = (bindings: Parameters<NonNullable<typeof subagent>['trap']>[0]) => {
    subagent?.refresh();
    if (config.global_defs.enable_traps) subagent?.trap(bindings);
  };

  return {
    attach(running) {
      shell = running;
      subagent?.refresh();
    },
    apply(next) {
      config = next;
      subagent?.refresh();
    },
    serverChanged: (vs, rs, up, serversUp) => trap(serverTrap(vs, rs, up, serversUp, routerId(config.global_defs, host))),
    quorumChanged: (vs, quorum, serversUp) => trap(quorumTrap(vs, quorum, serversUp, routerId(config.global_defs, host))),
    close: () => subagent?.close(),
  };

  /** Counters as old as the configuration allows; those of services and of servers have an age of their own. */
  function createStatistics() {
    let shown: CheckersCounters | null = null;
    let servicesAt = Number.NEGATIVE_INFINITY;
    let serversAt = Number.NEGATIVE_INFINITY;
    let failing = false;

    const take = (read: CheckersCounters) => {
      failing = false;
      const { snmp_vs_stats_update_interval: vs, snmp_rs_stats_update_interval: rs } = config.global_defs;
      const now = clock.now();
      const old = shown?.config === read.config ? shown.pools : [];
      const services = now - servicesAt >= vs || old.length === 0;
      const servers = now - serversAt >= rs || old.length === 0;
      if (services) servicesAt = now;
      if (servers) serversAt = now;
      const mixed = (pool: PoolCounters, before: PoolCounters | undefined): PoolCounters => ({
        ...(servers || !before ? pool : before),
        statistics: (services || !before ? pool : before).statistics,
      });
      shown = { config: read.config, pools: read.pools.map((pool, i) => mixed(pool, old[i])) };
    };
    const isFresh = () => {
      const { snmp_vs_stats_update_interval: vs, snmp_rs_stats_update_interval: rs } = config.global_defs;
      const now = clock.now();
      return shown?.config === config && now - servicesAt < vs && now - serversAt < rs;
    };
    return {
      latest: () => shown,
      prepare(then: () => void) {
        if (!shell || isFresh()) return then();
        let told = false;
        const done = () => {
          if (told) return;
          told = true;
          cancel();
          subagent?.refresh();
          then();
        };
        const cancel = clock.after(patience, done);
        shell
          .counters()
          .then(take, (error) => {
            if (!failing) log.info(`IPVS: counters for SNMP cannot be read: ${errorText(error)}`);
            failing = true;
          })
          .then(done);
      },
    };
  }
}
