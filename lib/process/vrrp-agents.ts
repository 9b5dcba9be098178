// SNMP beside the VRRP shell: it sees each transition after everybody else has been told, and may change an instance until the
// configuration is read again. Loaded only when somebody wants it.

import type { Config, VrrpInstance } from '../config/model.ts';
import { createStreams } from '../kernel/streams.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { VrrpShell } from '../ports/vrrp-shell.ts';
import type { VrrpView } from '../ports/vrrp-view.ts';
import type { VrrpAgent } from '../snmp/shell/vrrp-agent.ts';
import type { ChildContext } from './child.ts';

export interface Agents {
  /** `inner`, with the agents behind it. */
  withAgents(inner: Notifier): Notifier;
  /** From here on there is something to see. */
  attach(shell: VrrpShell): Pick<VrrpShell, 'reload' | 'stop'>;
}

export async function startAgents(config: Config, context: ChildContext): Promise<Agents> {
  let shell: VrrpShell | null = null;
  let inForce = config;
  /** What is set from outside changes one instance; nothing is opened anew as at a reload. */
  let adjusting = false;
  const adjust = (name: string, change: Partial<VrrpInstance>) => {
    inForce = { ...inForce, vrrp_instance: inForce.vrrp_instance.map((i) => (i.name === name ? { ...i, ...change } : i)) };
    adjusting = true;
    void shell?.reload(inForce).finally(() => {
      adjusting = false;
    });
  };
  const view = (): VrrpView => {
    if (!shell) throw new Error('nothing runs yet');
    return shell.view();
  };
  const agent = await snmpAgent(config, context, view, adjust);

  return {
    withAgents: (inner) => ({
      ...inner,
      apply(next) {
        if (!adjusting) inner.apply(next);
      },
      notify(notification) {
        inner.notify(notification);
        agent?.tell(notification);
      },
    }),
    attach(running) {
      shell = running;
      agent?.attached();
      return {
        async reload(next) {
          inForce = next;
          await running.reload(next);
        },
        async stop() {
          await running.stop();
          agent?.close();
        },
      };
    },
  };
}

type Adjust = (instance: string, change: Partial<VrrpInstance>) => void;

async function snmpAgent(config: Config, context: ChildContext, view: () => VrrpView, adjust: Adjust): Promise<VrrpAgent | null> {
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
        const before = view().instances.find((i) => i.config.name === name)?.config.priority;
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
