// SPDX-License-Identifier: MIT
// promote_secondaries: with it, deleting the first address of a network leaves the others of that network on the interface.
// Set where an instance asks for it, put back when none does (reference: VRRP document, section 11).

import type { VrrpInstance } from '../../config/model.ts';
import type { Log } from '../../ports/log.ts';
import type { System } from '../../ports/system.ts';
import type { NetworkView } from './network-view.ts';

export interface Promotion {
  /** Brings the interfaces in line with these instances; one that came back is set again. */
  apply(instances: readonly VrrpInstance[]): void;
}

export function createPromotion(system: Pick<System, 'readSetting' | 'writeSetting'>, view: NetworkView, log: Log): Promotion {
  /** Index of each interface that we changed: a new one of the same name has its own settings. */
  const changed = new Map<string, number>();
  const path = (name: string): string => `ipv4/conf/${name}/promote_secondaries`;
  const isOn = (name: string): boolean => Number.parseInt(system.readSetting(path(name)) ?? '1', 10) !== 0;
  const write = (name: string, value: '0' | '1'): boolean => {
    const fault = system.writeSetting(path(name), value);
    if (fault !== null) log.warning(`WARNING: cannot set net.ipv4.conf.${name}.promote_secondaries to ${value} (${fault})`);
    return fault === null;
  };
  return {
    apply(instances) {
      const wanted = new Set(instances.flatMap((i) => (i.promote_secondaries && i.interface !== null ? [i.interface] : [])));
      for (const name of wanted) {
        const link = view.byName(name);
        if (!link || changed.get(name) === link.ifindex || isOn(name)) continue;
        if (write(name, '1')) changed.set(name, link.ifindex);
      }
      for (const [name, ifindex] of changed) {
        if (wanted.has(name)) continue;
        changed.delete(name);
        if (view.byName(name)?.ifindex === ifindex && isOn(name)) write(name, '0');
      }
    },
  };
}
