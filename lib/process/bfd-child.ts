// SPDX-License-Identifier: MIT
// The BFD child: sessions put together with the engine that keeps their time (bfd/shell/runtime.ts). What changes is told to the
// parent, which passes it on to those who track sessions.

import { randomInt } from 'node:crypto';
import { startBfd } from '../bfd/shell/runtime.ts';
import { bfdPart } from '../control/core/other-parts.ts';
import { bfdDataLines } from '../observe/bfd-dump.ts';
import type { RoleDefinition } from './child.ts';
import { sessionDescriptor } from './messages.ts';

export const bfdRole: RoleDefinition = {
  log: { ident: 'Keepalived_bfd', name: 'bfd', filePart: 'bfd' },
  prefix: 'bfd',
  label: 'BFD',
  dataRole: 'bfd',
  async start(config, context) {
    // As keepalived's does: it holds on to no directory.
    process.chdir('/');
    context.native.confine();
    const shell = startBfd(config, {
      ...context,
      tell(change) {
        context.tell({ kind: 'bfd', change });
        context.tell({ kind: 'event', event: { kind: 'bfd', session: change.name, up: change.up } });
      },
      lossFd: sessionDescriptor,
      random: () => randomInt(1, 2 ** 32),
    });
    return {
      reload: async (next) => shell.reload(next),
      stop: async () => shell.stop(),
      status: () => bfdPart(shell.view(), Date.now() / 1000),
      dumps: {
        label: 'BFD',
        data: () => bfdDataLines(shell.view(), shell.refused()),
        statistics: () => null,
        clearStatistics: () => {},
        json: () => null,
      },
    };
  },
};
