// SPDX-License-Identifier: MIT
// The VRRP process on the system bus: a signal for each transition, and the methods that operators call.

import type { Config, VrrpInstance } from '../../config/model.ts';
import type { Bus, Buses, BusSignal } from '../../ports/bus.ts';
import type { Log } from '../../ports/log.ts';
import type { Notification } from '../../ports/notifier.ts';
import type { StateWord, VrrpView } from '../../ports/vrrp-view.ts';
import {
  answerCall,
  type BusInstance,
  type BusState,
  type Places,
  statusSignal,
  transitionSignal,
  type VrrpMethod,
  vrrpSignal,
} from '../core/objects.ts';

const usualName = 'org.keepalived.Vrrp1';
const stateOf: Record<StateWord, BusState> = { INIT: 'Init', BACKUP: 'Backup', MASTER: 'Master', FAULT: 'Fault' };
const told: Partial<Record<Notification['state'], BusState>> = {
  MASTER: 'Master',
  BACKUP: 'Backup',
  FAULT: 'Fault',
  STOP: 'Stop',
  DELETED: 'Deleted',
};

export interface VrrpServiceContext {
  readonly buses: Buses;
  readonly log: Log;
  /** null: there is nothing to see yet, or any more. */
  readonly view: () => VrrpView | null;
  readonly machineId: () => string;
  /** Network namespace and instance of the daemon, where they are set. */
  readonly above: readonly string[];
  readonly actions: {
    dump(kind: 'data' | 'statistics' | 'clear_statistics', why: string): void;
    reload(): void;
    sendGarp(instance: string): void;
  };
}

export interface VrrpService {
  /** There is something to see from here on. */
  attached(): void;
  tell(notification: Notification): void;
  /** After a reload. */
  reloaded(config: Config): void;
  close(): Promise<void>;
}

export async function startVrrpService(config: Config, context: VrrpServiceContext): Promise<VrrpService> {
  const { log, actions } = context;
  const defs = config.global_defs;
  const name = defs.dbus_service_name ?? usualName;
  const places: Places = { above: context.above, noInterface: defs.dbus_no_interface_name ?? 'none' };
  let known: readonly VrrpInstance[] = config.vrrp_instance;

  const instances = (): BusInstance[] => {
    const states = new Map(context.view()?.instances.map((i) => [i.config.name, i.state]));
    return known.map((i) => ({ ...objectOf(i), state: stateOf[states.get(i.name) ?? 'INIT'] }));
  };
  const perform = (method: VrrpMethod) => {
    switch (method) {
      case 'PrintData':
        return actions.dump('data', 'DBus request');
      case 'PrintStats':
        return actions.dump('statistics', 'DBus request');
      case 'PrintStatsClear':
        return actions.dump('clear_statistics', 'DBus request');
      case 'ReloadConfig':
        return actions.reload();
    }
  };
  const sendGarp = (instance: string) => {
    log.info(`Sending garps on ${instance} on DBus request`);
    actions.sendGarp(instance);
  };
  /** Of each instance, for whoever comes later than it. */
  const last = new Map<string, BusSignal>();
  const tellTransition = (instance: string) => {
    const signal = last.get(instance);
    if (signal) bus.signal(signal);
  };
  /** The name was ours before there were states to tell. */
  let owed = false;
  const tellStates = () => {
    owed = context.view() === null;
    if (owed) return;
    for (const instance of instances()) {
      bus.signal(statusSignal(instance, instance.state, places));
      tellTransition(instance.name);
    }
  };
  const bus: Bus = await context.buses.own(name, {
    onName() {
      log.info(`Acquired DBus bus ${name}`);
      log.info(`Acquired the name ${name} on the session bus`);
      bus.signal(vrrpSignal('VrrpStarted', places));
      tellStates();
    },
    onLost: (reason) => log.info(`Lost the name ${name} on the session bus (${reason})`),
    onCall: (call) => answerCall(call, { instances: instances(), machineId: context.machineId(), perform, sendGarp }, places),
  });

  return {
    attached() {
      if (owed) tellStates();
    },
    tell(n) {
      const state = told[n.state];
      const instance = n.kind === 'INSTANCE' && known.find((i) => i.name === n.name);
      if (state && instance) bus.signal(statusSignal(objectOf(instance), state, places));
      if (n.kind !== 'INSTANCE' || !n.why) return;
      const { from, cause, text: reason, evidence } = n.why;
      last.set(n.name, transitionSignal({ instance: n.name, from, to: n.state, cause, reason, evidence: JSON.stringify(evidence) }));
      tellTransition(n.name);
    },
    reloaded(next) {
      const stays = new Set(next.vrrp_instance.map((i) => i.name));
      for (const { name: gone } of known) if (!stays.has(gone)) log.info(`Deleted DBus object for instance ${gone}`);
      for (const gone of last.keys()) if (!stays.has(gone)) last.delete(gone);
      known = next.vrrp_instance;
      bus.signal(vrrpSignal('VrrpReloaded', places));
    },
    async close() {
      bus.signal(vrrpSignal('VrrpStopped', places));
      await bus.close();
      log.info('Released DBus');
    },
  };
}

function objectOf(i: VrrpInstance): Omit<BusInstance, 'state'> {
  return { name: i.name, interface: i.interface, vrid: i.virtual_router_id, family: i.family };
}
