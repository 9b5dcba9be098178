// The VRRP child: adapters, trackers and notifier put together for the shell (vrrp/shell/runtime.ts).

import { createNotifier } from '../notify/transitions.ts';
import { createTracking } from '../track/shell.ts';
import { startVrrp } from '../vrrp/shell/runtime.ts';
import type { RoleDefinition } from './child.ts';
import { leaseDescriptor } from './messages.ts';

export const vrrpRole: RoleDefinition = {
  ident: 'Keepalived_vrrp',
  start: (config, context) =>
    startVrrp(config, {
      ...context,
      tracking: createTracking(context),
      notifier: createNotifier(context),
      leaseFd: leaseDescriptor,
      options: context.settings.vrrp,
    }),
};
