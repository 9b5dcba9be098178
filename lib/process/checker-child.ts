// The checker child: adapters, probes and notifier put together for the shell (check/shell/runtime.ts).

import { createProbes } from '../check/probes/index.ts';
import { startServiceTable } from '../check/shell/ipvs.ts';
import { startCheckers } from '../check/shell/runtime.ts';
import { createFifos } from '../kernel/fifos.ts';
import { createIpvs } from '../kernel/ipvs.ts';
import { createMailTransport } from '../kernel/mail.ts';
import { createOwnAddresses } from '../kernel/own-addresses.ts';
import { createProbeSockets } from '../kernel/probe-sockets.ts';
import { createTools } from '../kernel/tools.ts';
import { createWatchedFiles } from '../kernel/watched-files.ts';
import { createPoolNotifier } from '../notify/pools.ts';
import { checkerDataLines } from '../observe/checker-dump.ts';
import type { CheckerShell } from '../ports/checkers.ts';
import type { ChildContext, Dumps, RoleDefinition } from './child.ts';
import { mailIdentityOf } from './mail-identity.ts';

export const checkerRole: RoleDefinition = {
  log: { ident: 'Keepalived_healthcheckers', name: 'checkers', filePart: 'check' },
  prefix: 'checker',
  label: 'Healthcheck',
  dataRole: 'check',
  async start(config, context) {
    const { native, clock, system, settings } = context;
    const openIpvs = createIpvs(native, createTools());
    const shell = await startCheckers(config, {
      ...context,
      makeProbe: createProbes({ ...context, sockets: createProbeSockets(native) }),
      files: createWatchedFiles(native, clock),
      addresses: createOwnAddresses(native),
      notifier: createPoolNotifier({
        ...context,
        fifos: createFifos(native),
        mail: createMailTransport(clock),
        mailIdentity: () => mailIdentityOf(system),
      }),
      startTable: (lvs, pools) => startServiceTable(lvs, pools, { ...context, openIpvs }),
      options: settings.checkers,
      random: Math.random,
    });
    return {
      reload: (next) => shell.reload(next),
      stop: () => shell.stop(),
      bfdChanged: (name, up) => shell.bfdChanged(name, up),
      dumps: dumpsOf(shell, context),
    };
  },
};

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
