// SPDX-License-Identifier: MIT
// Interfaces whose state is debounced or polled (reference/vrrp-protocol.md section 7.2).

import { micros } from '../base/time.ts';
import { type BuildContext, repaired } from './build-context.ts';
import { unknownInterface } from './check-objects.ts';
import { type Block, entriesOf } from './keyword.ts';
import type { root } from './keywords/index.ts';
import type { InterfaceDelay, LinkbeatInterface, VrrpInstance } from './model.ts';
import type { Place } from './report.ts';

type Tree = Block<typeof root>;

/** Entries for interfaces that do not exist are dropped unless interfaces may come later; of two for one the last counts. */
export function buildLinks(
  tree: Tree,
  instances: readonly VrrpInstance[],
  dynamic: boolean,
  context: BuildContext,
): { readonly interface_up_down_delays: readonly InterfaceDelay[]; readonly linkbeat_interfaces: readonly LinkbeatInterface[] } {
  const delays = new Map<string, InterfaceDelay>();
  for (const { value, place } of entriesOf(tree, 'interface_up_down_delays')) {
    if (!unknownInterface(value.name, `unknown interface ${value.name} specified for up/down delay`, place, context, dynamic))
      delays.set(value.name, limited(value, instances, place, context));
  }
  const polled = new Map<string, LinkbeatInterface>();
  for (const { value, place } of entriesOf(tree, 'linkbeat_interfaces')) {
    if (!unknownInterface(value.name, `unknown interface ${value.name} specified for linkbeat`, place, context, dynamic))
      polled.set(value.name, value);
  }
  return { interface_up_down_delays: [...delays.values()], linkbeat_interfaces: [...polled.values()] };
}

/** A backup must learn of a lost link before it takes over for want of adverts. */
function limited(delay: InterfaceDelay, instances: readonly VrrpInstance[], place: Place, context: BuildContext): InterfaceDelay {
  let { down, up } = delay;
  for (const i of instances.filter((one) => one.interface === delay.name)) {
    const most = micros(Math.max(0, (i.down_timer_adverts - 1) * i.advert_int - Math.floor(i.advert_int / 256)));
    if (down <= most && up <= most) continue;
    const text = `${i.name}: interface ${delay.name} debounce timer(s) not less that ${i.down_timer_adverts - 1} * advert_int - resetting`;
    repaired(context, place, 'delay-long', text, { scope: 'child', word: delay.name, effect: `${most / 1e6} s at most` });
    down = micros(Math.min(down, most));
    up = micros(Math.min(up, most));
  }
  return { ...delay, down, up };
}
