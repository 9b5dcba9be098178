// SPDX-License-Identifier: MIT
// What an operation asks for, as a change of the overlay, or why it makes no sense. Pure.

import type { Config } from '../../config/model.ts';
import type { OverlayEntry } from '../document.ts';
import { isPriority, isWeight, type Overlay, targetOf, withEntry, without } from './overlay.ts';

export interface Asking {
  readonly uid: number;
  readonly pid: number;
  readonly user: string | null;
}

/** `text`: what was asked for, for the log. */
export type Planned =
  | { readonly kind: 'overlay'; readonly overlay: Overlay; readonly operation: string; readonly text: string }
  | { readonly kind: 'reload'; readonly operation: 'reload'; readonly text: string }
  /** `seconds` null: for good. */
  | { readonly kind: 'apply'; readonly operation: 'apply'; readonly file: string; readonly seconds: number | null; readonly text: string }
  | { readonly kind: 'confirm' | 'revert'; readonly operation: string; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string };

/** Whoever may not change the configuration may not have it read from elsewhere: it names programs that run as root. */
export const forRootAlone: readonly Planned['kind'][] = ['apply', 'confirm', 'revert'];

/** A day: what nobody confirmed until then, nobody looks at. Seconds. */
export const longestTrial = 86_400;

/** The longest time that can be asked for: a year. Seconds. */
export const longest = 31_536_000;

/** A router that shall not be Active has this priority: any other one is better. */
const leastPriority = 1;

/** A router that shall be Active has this priority: only an address owner's is better. */
const greatestPriority = 254;

/** `now`: time of day, seconds. */
export function planOperation(
  args: Readonly<Record<string, unknown>>,
  overlay: Overlay,
  config: Config,
  who: Asking,
  now: number,
): Planned {
  const { operation, forSeconds = null } = args;
  if (forSeconds !== null && !(typeof forSeconds === 'number' && forSeconds >= 1 && forSeconds <= longest)) {
    return wrong(`"forSeconds" is a number from 1 to ${longest}`);
  }
  const common = { at: now, until: forSeconds === null ? null : now + forSeconds, uid: who.uid, pid: who.pid, user: who.user };
  const change = (name: string, entry: OverlayEntry): Planned => ({
    kind: 'overlay',
    overlay: withEntry(overlay, entry),
    operation: name,
    text: `${targetOf(entry)}${entry.kind === 'disabled' ? '' : ` ${entry.value}`}${forSeconds === null ? '' : ` for ${forSeconds} s`}`,
  });
  const reset = (name: string, target: string): Planned => ({
    kind: 'overlay',
    overlay: without(overlay, target),
    operation: name,
    text: `${target} as configured`,
  });
  switch (operation) {
    case 'reload':
      return { kind: 'reload', operation, text: '' };
    case 'apply': {
      const { file, confirmSeconds = null } = args;
      if (typeof file !== 'string' || !file.startsWith('/') || file.includes('\0'))
        return wrong('"file" is the absolute path of a configuration');
      if (confirmSeconds !== null && !(typeof confirmSeconds === 'number' && confirmSeconds >= 1 && confirmSeconds <= longestTrial))
        return wrong(`"confirmSeconds" is a number from 1 to ${longestTrial}`);
      const text = confirmSeconds === null ? file : `${file}, to be confirmed within ${confirmSeconds} s`;
      return { kind: 'apply', operation, file, seconds: confirmSeconds, text };
    }
    case 'confirm':
    case 'revert':
      return { kind: operation, operation, text: '' };
    case 'maintenance':
    case 'takeover': {
      const value = operation === 'takeover' ? greatestPriority : leastPriority;
      if (args.on === true) return change(operation, { kind: 'priority', instance: null, value, why: operation, ...common });
      return args.on === false ? reset(operation, 'priority *') : wrong('"on" is true or false');
    }
    case 'failover':
    case 'priority': {
      const { instance } = args;
      if (typeof instance !== 'string' || !config.vrrp_instance.some((i) => i.name === instance))
        return wrong(noSuch('instance', instance, config.vrrp_instance));
      const value = operation === 'failover' ? leastPriority : args.value;
      if (value === null) return reset(operation, `priority ${instance}`);
      if (!isPriority(value)) return wrong('"value" is a priority from 1 to 254, or null for the configured one');
      return change(operation, { kind: 'priority', instance, value, why: operation, ...common });
    }
    case 'weight':
    case 'disable':
    case 'enable': {
      const vs = config.virtual_server.find((v) => v.name === args.pool);
      if (!vs) return wrong(noSuch('pool', args.pool, config.virtual_server));
      const rs = vs.real_server.find((r) => r.name === args.server);
      if (!rs) return wrong(noSuch('server', args.server, vs.real_server));
      const [pool, server] = [vs.name, rs.name];
      if (operation === 'disable') return change(operation, { kind: 'disabled', pool, server, value: 0, why: operation, ...common });
      if (operation === 'enable') return enabled(overlay, pool, server);
      if (args.value === null) return reset(operation, `weight ${pool} ${server}`);
      if (!isWeight(args.value)) return wrong('"value" is a weight from 0 to 65535, or null for the configured one');
      return change(operation, { kind: 'weight', pool, server, value: args.value, why: operation, ...common });
    }
    default:
      return wrong(
        '"operation" is one of failover, maintenance, takeover, priority, weight, disable, enable, reload, apply, confirm, revert',
      );
  }
}

/** It takes connections again: neither left out nor drained. */
function enabled(overlay: Overlay, pool: string, server: string): Planned {
  const drained = overlay.some((e) => e.kind === 'weight' && e.pool === pool && e.server === server && e.value === 0);
  const rest = without(overlay, `disabled ${pool} ${server}`);
  return {
    kind: 'overlay',
    overlay: drained ? without(rest, `weight ${pool} ${server}`) : rest,
    operation: 'enable',
    text: `${pool} ${server} as configured`,
  };
}

function noSuch(what: string, name: unknown, all: readonly { readonly name: string }[]): string {
  const names = all
    .slice(0, 20)
    .map((o) => o.name)
    .join(', ');
  return `there is no ${what} ${typeof name === 'string' ? `'${name.slice(0, 60)}'` : 'without a name'}; there are: ${names || 'none'}`;
}

function wrong(text: string): Planned {
  return { kind: 'wrong', text };
}
