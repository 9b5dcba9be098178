// SPDX-License-Identifier: MIT
// What somebody else does to addresses, routes and rules of ours: noticed, put back, told. Reports of one batch are handled
// together, so that a flush of twenty addresses is one event for a router and one line in its log.

import type { EngineEvent, InterfaceAddress, NativeAddon } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import type { Statics } from './holdings.ts';
import { type KernelWriter, STATICS } from './kernel-writer.ts';

export interface KernelWatch {
  /**
   * An address vanished; removals of our own are no news. true: somebody took what is to be held. `excused`: it went with an
   * interface that comes back first.
   */
  addressLost(address: InterfaceAddress, excused: boolean): boolean;
  policyLost(event: Extract<EngineEvent, { kind: 'route' | 'rule' }>): void;
  /** An interface came or went up: the kernel dropped its routes without a word before, and static objects may wait for it. */
  linkChanged(isUp: boolean): void;
  /** After an overrun: everything is compared. */
  lookNow(): void;
  /** The end of a batch of reports. */
  flush(): void;
}

export interface WatchInputs {
  readonly native: Pick<NativeAddon, 'policySnapshot'>;
  readonly writer: KernelWriter;
  readonly log: Log;
  readonly statics: () => Statics;
  /** Routers whose track_group names static objects are told as well. */
  readonly membersOfStatics: () => readonly number[];
  /** Something of this router was taken. */
  readonly robbed: (key: number) => void;
  /** Something of this router is gone, but nobody took it. */
  readonly refill: (key: number) => void;
}

export function createKernelWatch(inputs: WatchInputs): KernelWatch {
  const { native, writer, log } = inputs;
  const robbed = new Set<number>();
  /** Why the kernel is to be asked: by itself it drops routes without a word; a replacement is somebody's doing. */
  let due: 'no' | 'dropped' | 'replaced' = 'no';
  let staticsDue = false;

  const look = (): void => {
    const because = due;
    due = 'no';
    if (because === 'no' || !writer.holdsPolicies()) return;
    const { routes, rules } = native.policySnapshot();
    for (const key of writer.compare(routes, rules)) {
      if (because === 'replaced' || key === STATICS) robbed.add(key);
      else inputs.refill(key);
    }
  };
  const restoreStatics = (): void => {
    staticsDue = false;
    const names = { address: 'address', route: 'route', rule: 'rule' } as const;
    for (const { kind, text } of writer.missingTexts(STATICS)) log.info(`Restoring deleted static ${names[kind]} ${text}`);
    writer.ownStatics(inputs.statics());
  };

  return {
    addressLost(address, excused) {
      const key = writer.deletedBy(address);
      if (key === null || excused) return false;
      robbed.add(key);
      // Routes from this source went with it.
      if (due === 'no') due = 'dropped';
      return true;
    },
    policyLost(event) {
      if (event.kind === 'route' && event.change === 'replaced') {
        due = 'replaced';
        return;
      }
      const key = event.kind === 'route' ? writer.routeLost(event.route) : writer.ruleLost(event.rule);
      if (key !== null) robbed.add(key);
    },
    linkChanged(isUp) {
      if (!isUp) return;
      if (due === 'no') due = 'dropped';
      staticsDue = true;
    },
    lookNow() {
      const { routes, rules } = writer.holdsPolicies() ? native.policySnapshot() : { routes: [], rules: [] };
      for (const key of writer.compare(routes, rules)) robbed.add(key);
      staticsDue = true;
    },
    flush() {
      look();
      const hasStatics = robbed.delete(STATICS);
      if (hasStatics || staticsDue) restoreStatics();
      if (hasStatics) for (const key of inputs.membersOfStatics()) robbed.add(key);
      const keys = [...robbed];
      robbed.clear();
      for (const key of keys) inputs.robbed(key);
    },
  };
}
