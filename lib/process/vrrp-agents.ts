// SPDX-License-Identifier: MIT
// SNMP and D-Bus beside the VRRP shell: they see each transition after everybody else has been told, and SNMP may change an
// instance until the configuration is read again. Loaded only when somebody wants them.

import type { Config, VrrpInstance } from '../config/model.ts';
import type { VrrpService } from '../dbus/shell/vrrp-service.ts';
import { createBuses } from '../kernel/bus.ts';
import { createStreams } from '../kernel/streams.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { LoadReason, Operated } from '../ports/operator.ts';
import type { VrrpShell } from '../ports/vrrp-shell.ts';
import type { VrrpView } from '../ports/vrrp-view.ts';
import type { VrrpAgent } from '../snmp/shell/vrrp-agent.ts';
import type { ChildContext } from './child.ts';

export interface Agents {
  /** `inner`, with the agents behind it. */
  withAgents(inner: Notifier): Notifier;
  /** From here on there is something to see. The shell, as whoever steers it is to use it. */
  attach(shell: VrrpShell): VrrpShell;
}

export async function startAgents(config: Config, context: ChildContext): Promise<Agents> {
  let shell: VrrpShell | null = null;
  let inForce = config;
  /** What is set from outside changes one instance; nothing is opened anew as at a reload. */
  let adjusting = false;
  let { operated } = context.reason;
  const adjust = (name: string, change: Partial<VrrpInstance>) => {
    const former = inForce.vrrp_instance.find((i) => i.name === name);
    if (former && change.priority !== undefined) operated = withOperated(operated, former, change.priority);
    inForce = { ...inForce, vrrp_instance: inForce.vrrp_instance.map((i) => (i.name === name ? { ...i, ...change } : i)) };
    adjusting = true;
    const reason: LoadReason = { occasion: 'operator', by: viaSnmp, operated };
    void shell?.reload(inForce, reason).finally(() => {
      adjusting = false;
    });
  };
  const view = (): VrrpView | null => {
    try {
      return shell?.view() ?? null;
    } catch {
      // It has stopped.
      return null;
    }
  };
  const agent = await snmpAgent(config, context, view, adjust);
  const service = await busService(config, context, view, (name) => shell?.announce(name));

  return {
    withAgents: (inner) => ({
      ...inner,
      apply(next) {
        if (!adjusting) inner.apply(next);
      },
      notify(notification) {
        inner.notify(notification);
        service?.tell(notification);
        agent?.tell(notification);
      },
      refused: (instance, refusal) => agent?.refused(instance, refusal),
    }),
    attach(running) {
      shell = running;
      agent?.attached();
      service?.attached();
      return {
        ...running,
        async reload(next, reason) {
          inForce = next;
          operated = reason?.operated ?? [];
          await running.reload(next, reason);
          service?.reloaded(next);
        },
        async stop() {
          await running.stop();
          agent?.close();
          await service?.close();
        },
      };
    },
  };
}

/** The kernel knows nobody who asks by SNMP. */
const viaSnmp = { operation: 'snmp', uid: null, pid: null, user: null } as const;

function withOperated(all: readonly Operated[], { name, priority }: VrrpInstance, next: number): Operated[] {
  const configured = all.find((o) => o.instance === name)?.configured ?? priority;
  const others = all.filter((o) => o.instance !== name);
  return next === configured ? others : [...others, { instance: name, configured, priority: next, by: viaSnmp }];
}

type View = () => VrrpView | null;

async function busService(
  config: Config,
  context: ChildContext,
  view: View,
  sendGarp: (instance: string) => void,
): Promise<VrrpService | null> {
  if (!config.global_defs.enable_dbus) return null;
  const { startVrrpService } = await import('../dbus/shell/vrrp-service.ts');
  const { namespace, instance } = context.settings.identity;
  return startVrrpService(config, {
    log: context.log,
    buses: createBuses(process.env),
    view,
    machineId: () => context.system.machineId(),
    above: [namespace, instance].filter((part) => part !== null),
    actions: {
      dump: context.dump,
      reload: () => process.kill(process.ppid, 'SIGHUP'),
      sendGarp,
    },
  });
}

type Adjust = (instance: string, change: Partial<VrrpInstance>) => void;

async function snmpAgent(config: Config, context: ChildContext, view: View, adjust: Adjust): Promise<VrrpAgent | null> {
  const { log, system, settings } = context;
  const defs = config.global_defs;
  if (!settings.snmp.all && !defs.enable_snmp_vrrp && !defs.enable_snmp_rfcv2 && !defs.enable_snmp_rfcv3) return null;
  const { createVrrpAgent } = await import('../snmp/shell/vrrp-agent.ts');
  const agent = createVrrpAgent({
    ...context,
    streams: createStreams(),
    host: { hostName: system.hostName(), namespace: settings.identity.namespace ?? '' },
    options: settings.snmp,
    view,
    adjust: {
      priority(name, value) {
        const before = view()?.instances.find((i) => i.config.name === name)?.config.priority;
        log.info(`(${name}) base priority changed from ${before} to ${value} via SNMP.`);
        adjust(name, { priority: value });
      },
      preempt(name, on) {
        log.info(`(${name}) preemption ${on ? 'enabled' : 'disabled'} with SNMP`);
        adjust(name, { nopreempt: !on });
      },
      accept(name, on) {
        log.info(`(${name}) accept mode ${on ? 'enabled' : 'disabled'} with SNMP`);
        adjust(name, { accept: on });
      },
    },
  });
  agent.start(config);
  return agent;
}
