// SPDX-License-Identifier: MIT
// The VRRP child: adapters, trackers and notifier put together for the shell (vrrp/shell/runtime.ts).

import { vrrpPart } from '../control/core/vrrp-part.ts';
import type { EventBody } from '../control/document.ts';
import { createFifos } from '../kernel/fifos.ts';
import { createIpvs } from '../kernel/ipvs.ts';
import { createMailTransport } from '../kernel/mail.ts';
import { createProcessTable } from '../kernel/process-table.ts';
import { createRecordings } from '../kernel/recordings.ts';
import { createTools } from '../kernel/tools.ts';
import { createWatchedFiles } from '../kernel/watched-files.ts';
import { createNotifier } from '../notify/transitions.ts';
import { vrrpDataLines } from '../observe/data-dump.ts';
import { jsonText } from '../observe/json-dump.ts';
import { statsText } from '../observe/stats.ts';
import type { VrrpShell } from '../ports/vrrp-shell.ts';
import { createTracking } from '../track/shell.ts';
import { startVrrp } from '../vrrp/shell/runtime.ts';
import { createSyncDaemon } from '../vrrp/shell/sync-daemon.ts';
import { createRouterChanges, withinBounds } from './changes.ts';
import type { ChildContext, Dumps, RoleDefinition } from './child.ts';
import { packUpdate } from './guard-messages.ts';
import { mailIdentityOf } from './mail-identity.ts';
import { guardDescriptor, leaseDescriptor, sessionDescriptor } from './messages.ts';
import { startAgents } from './vrrp-agents.ts';

export const vrrpRole: RoleDefinition = {
  log: { ident: 'Keepalived_vrrp', name: 'vrrp', filePart: 'vrrp' },
  prefix: 'vrrp',
  label: 'VRRP',
  dataRole: '',
  async start(config, context) {
    const agents = await startAgents(config, context);
    const notifier = createNotifier({
      ...context,
      fifos: createFifos(context.native),
      mail: createMailTransport(context.clock),
      mailIdentity: () => mailIdentityOf(context.system),
    });
    const tell = (event: EventBody) => context.tell({ kind: 'event', event });
    const changes = createRouterChanges(tell);
    const news = withinBounds(tell, context.clock);
    const tools = createTools(context.native);
    const sync = createSyncDaemon(createIpvs(context.native, tools), context.log);
    const tracking = createTracking({
      ...context,
      files: createWatchedFiles(context.native, context.clock),
      table: createProcessTable(context.native, context.clock),
      respawned: context.settings.vrrp.respawned,
      news,
    });
    const shell = await startVrrp(config, {
      ...context,
      tracking,
      notifier: changes.withEvents(agents.withAgents(sync.withSyncDaemon(notifier))),
      tools,
      recordings: createRecordings(),
      leaseFd: leaseDescriptor,
      guardFd: guardDescriptor,
      sessionFd: sessionDescriptor,
      guard: (update) => context.tell(packUpdate(update)),
      options: context.settings.vrrp,
      operated: context.reason.operated,
      news,
    });
    const attached = agents.attach(shell);
    return {
      ...attached,
      async stop() {
        await attached.stop();
        await sync.stop();
      },
      dumps: dumpsOf(shell, context),
      status: () => vrrpPart(shell.view(), Date.now() / 1000, changes),
      prospects: (instance) => shell.prospects(instance),
      bfdChanged: (name, up) => tracking.bfdChanged(name, up),
    };
  },
};

function dumpsOf(shell: VrrpShell, { system, settings }: ChildContext): Dumps {
  return {
    label: 'VRRP',
    data: () =>
      vrrpDataLines(shell.view(), {
        hostName: system.hostName(),
        umask: settings.umask,
        namespace: settings.identity.namespace,
        nextReload: null,
      }),
    statistics: () => statsText(shell.view()),
    clearStatistics: () => shell.clearStatistics(),
    json: () => {
      const view = shell.view();
      return jsonText(view, view.config.global_defs.json_version);
    },
  };
}
