// The one writer of virtual addresses. It remembers what it put into the kernel and which removals are its own, so that
// a removal by somebody else can be told apart, and it knows the messages that would take everything away again (the
// lease order of the engine).

import type { Ip } from '../../base/address.ts';
import type { VirtualAddress, VrrpInstance } from '../../config/model.ts';
import type { AddressSpec, InterfaceAddress, NativeAddon, PacketEngine } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import type { NetworkView } from './network-view.ts';
import { addressSpecOf, heldAddresses, interfaceOf } from './settings.ts';

const EEXIST = 17;
const ENODEV = 19;
const EADDRNOTAVAIL = 99;

export interface KernelWriter {
  /** Adds every address the instance does not hold yet. Returns the netlink ticket, 0 when there was nothing to do. */
  own(key: number, config: VrrpInstance): number;
  /** Removes every address the instance holds. */
  release(key: number, config: VrrpInstance): number;
  /** After a reload of an active instance: removes what is gone, adds what is new. added: something is new. */
  change(key: number, config: VrrpInstance): { ticket: number; added: boolean };
  /** Removes addresses found in the kernel that an earlier run of ours left behind (section 6.2). */
  clearLeftovers(configs: readonly VrrpInstance[]): number;
  /** Hands other complete messages to the netlink thread, in their turn; what they answer is not looked at. */
  submitOther(messages: readonly Uint8Array[]): number;
  /** Complete messages that remove what the instance holds now. */
  removalMessages(key: number): readonly Uint8Array[];
  /** An address it should hold is not in the kernel as the view knows it. */
  missing(key: number): boolean;
  /** An address vanished from the kernel. The key of the instance that should hold it, if somebody else removed it. */
  deletedBy(address: InterfaceAddress): number | null;
  done(ticket: number, errors: readonly number[]): void;
  /** Resolves when every submitted message was answered, or at the deadline (milliseconds). */
  settled(timeout: number): Promise<boolean>;
}

interface Held {
  readonly spec: AddressSpec;
  readonly text: string;
}

interface Pending {
  readonly operations: readonly {
    readonly operation: 'add' | 'delete';
    readonly spec: AddressSpec;
    readonly text: string;
    readonly quiet: boolean;
  }[];
}

export function createKernelWriter(native: NativeAddon, engine: PacketEngine, view: NetworkView, log: Log): KernelWriter {
  const held = new Map<number, Map<string, Held>>();
  const pending = new Map<number, Pending>();
  /** Deletions of our own that the kernel has not reported yet, by address. */
  const ownDeletions = new Map<string, number>();
  const waiters = new Set<() => void>();
  let nextTicket = 1;

  const id = (ifindex: number, address: string, prefixLength: number): string => `${ifindex} ${address}/${prefixLength}`;
  const idOf = (s: AddressSpec): string => id(s.ifindex, s.address, s.prefixLength);
  const textOf = (config: VrrpInstance, a: VirtualAddress): string => `${a.ip}/${a.prefixLength} dev ${interfaceOf(config, a) ?? '?'}`;

  const submit = (operations: Pending['operations']): number => {
    if (operations.length === 0) return 0;
    const ticket = nextTicket++;
    pending.set(ticket, { operations });
    for (const o of operations) {
      if (o.operation !== 'delete') continue;
      const key = idOf(o.spec);
      ownDeletions.set(key, (ownDeletions.get(key) ?? 0) + 1);
    }
    engine.submitNetlink(
      ticket,
      operations.map((o) => native.encodeAddress(o.operation, o.spec)),
    );
    return ticket;
  };
  const forgetDeletion = (key: string): boolean => {
    const n = ownDeletions.get(key) ?? 0;
    if (n === 0) return false;
    if (n === 1) ownDeletions.delete(key);
    else ownDeletions.set(key, n - 1);
    return true;
  };
  const wanted = (config: VrrpInstance): Map<string, Held> => {
    const all = new Map<string, Held>();
    for (const a of heldAddresses(config)) {
      const spec = addressSpecOf(config, a, view);
      if (spec) all.set(idOf(spec), { spec, text: textOf(config, a) });
      else log.info(`Not adding address ${a.ip} to ${interfaceOf(config, a) ?? '?'} since interface doesn't exist`);
    }
    return all;
  };

  return {
    own(key, config) {
      const all = wanted(config);
      held.set(key, all);
      const missing = [...all.values()].filter(
        (h) => !view.has(h.spec.ifindex, h.spec.address, h.spec.prefixLength) || ownDeletions.has(idOf(h.spec)),
      );
      return submit(missing.map((h) => ({ operation: 'add', spec: h.spec, text: h.text, quiet: false })));
    },
    release(key) {
      const mine = held.get(key);
      held.delete(key);
      return submit([...(mine?.values() ?? [])].map((h) => ({ operation: 'delete', spec: h.spec, text: h.text, quiet: false })));
    },
    change(key, config) {
      const before = held.get(key);
      // Not active: it holds nothing and gets the new addresses when it becomes so.
      if (!before) return { ticket: 0, added: false };
      const all = wanted(config);
      held.set(key, all);
      const gone = [...before.entries()].filter(([k]) => !all.has(k)).map(([, h]) => h);
      const fresh = [...all.entries()].filter(([k]) => !before.has(k)).map(([, h]) => h);
      const ticket = submit([
        ...gone.map((h) => ({ operation: 'delete' as const, spec: h.spec, text: h.text, quiet: false })),
        ...fresh.map((h) => ({ operation: 'add' as const, spec: h.spec, text: h.text, quiet: false })),
      ]);
      return { ticket, added: fresh.length > 0 };
    },
    clearLeftovers(configs) {
      const operations: Pending['operations'][number][] = [];
      for (const config of configs) {
        for (const a of heldAddresses(config)) {
          const spec = addressSpecOf(config, a, view);
          if (!spec || !view.has(spec.ifindex, spec.address, spec.prefixLength)) continue;
          operations.push({ operation: 'delete', spec, text: textOf(config, a), quiet: true });
        }
      }
      return submit(operations);
    },
    submitOther(messages) {
      const ticket = nextTicket++;
      pending.set(ticket, { operations: [] });
      engine.submitNetlink(ticket, messages);
      return ticket;
    },
    removalMessages: (key) => [...(held.get(key)?.values() ?? [])].map((h) => native.encodeAddress('delete', h.spec)),
    missing: (key) => [...(held.get(key)?.values() ?? [])].some((h) => !view.has(h.spec.ifindex, h.spec.address, h.spec.prefixLength)),
    deletedBy(address) {
      const k = id(address.ifindex, address.address, address.prefixLength);
      if (forgetDeletion(k)) return null;
      for (const [key, mine] of held) if (mine.has(k)) return key;
      return null;
    },
    done(ticket, errors) {
      const batch = pending.get(ticket);
      pending.delete(ticket);
      for (const [i, operation] of (batch?.operations ?? []).entries()) {
        const errno = errors[i] ?? 0;
        if (errno === 0) continue;
        if (operation.operation === 'delete') forgetDeletion(idOf(operation.spec));
        // Already there, or already gone with its interface: the wanted state is reached.
        const gone = errno === ENODEV && !view.byIndex(operation.spec.ifindex);
        const reached = operation.operation === 'add' ? errno === EEXIST || gone : errno === EADDRNOTAVAIL || errno === ENODEV;
        if (reached || operation.quiet) continue;
        const type = operation.operation === 'add' ? 'RTM_NEWADDR(20)' : 'RTM_DELADDR(21)';
        log.info(`Netlink: error: ${errnoText(errno)}(${errno}), type=${type}, address=${operation.text}`);
      }
      if (pending.size === 0) {
        for (const wake of waiters) wake();
        waiters.clear();
      }
    },
    settled(timeout) {
      if (pending.size === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          resolve(true);
        };
        const timer = setTimeout(() => {
          waiters.delete(wake);
          resolve(false);
        }, timeout);
        waiters.add(wake);
      });
    },
  };
}

const ERRNO_TEXT: Readonly<Record<number, string>> = {
  1: 'Operation not permitted',
  12: 'Cannot allocate memory',
  13: 'Permission denied',
  16: 'Device or resource busy',
  17: 'File exists',
  19: 'No such device',
  22: 'Invalid argument',
  95: 'Operation not supported',
  99: 'Cannot assign requested address',
  100: 'Network is down',
  105: 'No buffer space available',
};

/** strerror for the numbers netlink and raw sockets answer with. */
export function errnoText(errno: number): string {
  return ERRNO_TEXT[errno] ?? `error ${errno}`;
}

/** Keys under which the view must not offer our own addresses as a source. */
export function ownAddressKeys(configs: readonly VrrpInstance[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const c of configs) for (const a of heldAddresses(c)) keys.add(`${a.ip as Ip}/${a.prefixLength}`);
  return keys;
}
