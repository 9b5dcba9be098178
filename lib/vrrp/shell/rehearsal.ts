// JavaScript that has never run is compiled when it is needed: on a first takeover that alone costs some 0.3 ms. So the
// way of a takeover is walked once at start, with a hypothetical router: everything that only computes, nothing that acts.

import type { Ip } from '../../base/address.ts';
import { micros } from '../../base/time.ts';
import type { VrrpInstance } from '../../config/model.ts';
import type { VrrpEvent } from '../core/events.ts';
import { initial, step } from '../core/instance.ts';
import type { Instance, Settings } from '../core/types.ts';
import { noteText } from '../messages.ts';
import type { RouterDeps } from './router.ts';
import { addressSpecOf, announcementOf, frameOf, heldAddresses } from './settings.ts';

/** Computes a takeover and a resignation of an instance with this configuration, and forgets the result. */
export function rehearse(
  config: VrrpInstance,
  settings: Settings,
  source: Ip,
  deps: Pick<RouterDeps, 'view' | 'native' | 'forwards'>,
): void {
  const { view, native, forwards } = deps;
  const at = micros(0);
  const tracking = { source, faults: [], trackingDelta: 0, waiting: false };
  let instance = initial(settings);
  const walk = (event: VrrpEvent): Instance => {
    const [next, effects] = step(instance, settings, event);
    for (const effect of effects) if (effect.kind === 'note') noteText(config.name, effect.note);
    instance = next;
    return next;
  };
  const waiting = walk({ kind: 'startup', at, ...tracking });
  walk({ kind: 'advert', at, source, priority: 0, interval: config.advert_int });
  if (waiting.due !== null) walk({ kind: 'expired', at: waiting.due, generation: instance.generation });
  frameOf(config, source, instance.effectivePriority);
  for (const address of heldAddresses(config)) {
    const spec = addressSpecOf(config, address, view);
    if (spec) native.encodeAddress('add', spec);
    announcementOf(config, address, view, forwards);
  }
  walk({ kind: 'shutdown', at });
}
