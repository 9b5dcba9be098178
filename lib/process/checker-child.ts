// SPDX-License-Identifier: MIT
// The checker child: adapters, probes and notifier put together for the shell (check/shell/runtime.ts).

import { errorText, exitStatus, StartError } from '../base/errors.ts';
import { createProbes } from '../check/probes/index.ts';
import { startServiceTable } from '../check/shell/ipvs.ts';
import { startCheckers } from '../check/shell/runtime.ts';
import type { Config } from '../config/model.ts';
import { checkersPart } from '../control/core/other-parts.ts';
import { createFifos } from '../kernel/fifos.ts';
import { createIpvs } from '../kernel/ipvs.ts';
import { createMailTransport } from '../kernel/mail.ts';
import { createOwnAddresses } from '../kernel/own-addresses.ts';
import { createProbeSockets } from '../kernel/probe-sockets.ts';
import { createStreams } from '../kernel/streams.ts';
import { createTools } from '../kernel/tools.ts';
import { createWatchedFiles } from '../kernel/watched-files.ts';
import { createPoolNotifier } from '../notify/pools.ts';
import { checkerDataLines } from '../observe/checker-dump.ts';
import type { CheckerShell } from '../ports/checkers.ts';
import type { CheckerAgent } from '../snmp/shell/checker-agent.ts';
import { createPoolChanges } from './changes.ts';
import type { ChildContext, Dumps, RoleDefinition } from './child.ts';
import { mailIdentityOf } from './mail-identity.ts';
import { createRecentCounters } from './recent-counters.ts';

export const checkerRole: RoleDefinition = {
  log: { ident: 'Keepalived_healthcheckers', name: 'checkers', filePart: 'check' },
  prefix: 'checker',
  label: 'Healthcheck',
  dataRole: 'check',
  async start(config, context) {
    const { native, clock, system, settings } = context;
    const tools = createTools(native);
    const openIpvs = createIpvs(native, tools);
    const sockets = createProbeSockets(native);
    const useMaterial = async (next: Config) => {
      if (next.SSL && usesTls(next)) await sockets.useMaterial(next.SSL);
    };
    await useMaterial(config).catch((error) => {
      throw new StartError(`SSL: ${errorText(error)}`, exitStatus.fatal);
    });
    const agent = await snmpAgent(config, context);
    const changes = createPoolChanges((event) => context.tell({ kind: 'event', event }));
    const shell = await startCheckers(config, {
      ...context,
      ...(agent && { observer: agent }),
      makeProbe: createProbes({ ...context, sockets }),
      files: createWatchedFiles(native, clock),
      addresses: createOwnAddresses(native),
      notifier: changes.withEvents(
        createPoolNotifier({
          ...context,
          fifos: createFifos(native),
          mail: createMailTransport(clock),
          mailIdentity: () => mailIdentityOf(system),
        }),
      ),
      startTable: (lvs, pools) => startServiceTable(lvs, pools, { ...context, openIpvs, tools }),
      options: settings.checkers,
      random: Math.random,
    });
    agent?.attach({
      ...shell,
      setWeight(virtualServer, realServer, value) {
        if (!shell.setWeight(virtualServer, realServer, value)) return;
        // Operators have a say on weights too: the parent shows whoever had the last one.
        const vs = shell.view().config.virtual_server[virtualServer];
        const rs = vs?.real_server[realServer];
        if (vs && rs) context.tell({ kind: 'weight', pool: vs.name, server: rs.name, value });
      },
    });
    const counters = createRecentCounters(() => shell.counters(), clock, context.log);
    const reload = async (next: Config) => {
      await useMaterial(next).catch((error) => context.log.error(`SSL: ${errorText(error)} - keeping what was loaded before`));
      agent?.apply(next);
      await shell.reload(next);
    };
    return {
      reload,
      async stop() {
        await shell.stop();
        agent?.close();
      },
      bfdChanged: (name, up) => shell.bfdChanged(name, up),
      dumps: dumpsOf(shell, context),
      async status() {
        const counted = await counters();
        return checkersPart(shell.view(), Date.now() / 1000, changes.since, counted);
      },
    };
  },
};

/** Loaded only when somebody wants it. */
async function snmpAgent(config: Config, context: ChildContext): Promise<CheckerAgent | null> {
  const { system, settings } = context;
  if (!settings.snmp.all && !config.global_defs.enable_snmp_checker) return null;
  const { createCheckerAgent } = await import('../snmp/shell/checker-agent.ts');
  return createCheckerAgent(config, {
    ...context,
    streams: createStreams(),
    host: { hostName: system.hostName(), namespace: settings.identity.namespace ?? '' },
    options: settings.snmp,
  });
}

function usesTls(config: Config): boolean {
  return config.virtual_server.some((vs) => vs.real_server.some((rs) => rs.checkers.some((c) => c.kind === 'SSL_GET')));
}

function dumpsOf(shell: CheckerShell, { system, settings }: ChildContext): Dumps {
  return {
    label: 'checker',
    data: () =>
      checkerDataLines(shell.view(), {
        hostName: system.hostName(),
        umask: settings.umask,
        namespace: settings.identity.namespace,
        nextReload: null,
      }),
    statistics: () => null,
    clearStatistics: () => {},
    json: () => null,
  };
}
