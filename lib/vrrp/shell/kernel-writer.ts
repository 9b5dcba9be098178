// SPDX-License-Identifier: MIT
// The one writer of addresses, routes and rules. It remembers what it put into the kernel and which removals are its own,
// so that a removal by somebody else can be told apart, and it knows the messages that would take everything away again
// (the lease order of the engine).

import type { Ip } from '../../base/address.ts';
import { errnoText } from '../../base/errno.ts';
import { createLog } from '../../base/log.ts';
import type { VrrpInstance } from '../../config/model.ts';
import type { InterfaceAddress, KernelRoute, KernelRule, NativeAddon, PacketEngine } from '../../native/surface.ts';
import type { Log } from '../../ports/log.ts';
import { instanceObjects, type Statics, staticObjects } from './holdings.ts';
import { addressId, encode, type KernelObject, type Operation } from './kernel-objects.ts';
import { messageName, reached } from './netlink-words.ts';
import type { NetworkView } from './network-view.ts';
import { createPresence } from './presence.ts';
import { heldAddresses } from './settings.ts';
import { createVipLeases, sameButLifetime } from './vip-lease.ts';

/** Key under which the host itself holds its static objects; routers have others. */
export const STATICS = 0;
/** IFA_PROTO of what keepalived and we add. */
const OUR_PROTOCOL = 18;
const ENODEV = 19;
/** Tickets of prepared batches, most of which are never submitted, lie above those of submitted ones. */
const PREPARED = 0x8000_0000;

export interface KernelWriter {
  /**
   * Adds what the instance does not hold yet, and puts back what was taken from it. Returns the netlink ticket, 0 when there
   * was nothing to do.
   */
  own(key: number, config: VrrpInstance): number;
  /**
   * What own() would submit for these routers that hold nothing, in one batch that the engine may submit by itself. Nothing
   * is held or asked for before adopt().
   */
  prepare(routers: readonly { readonly key: number; readonly config: VrrpInstance }[]): PreparedBatch;
  /** The same for what release() would submit for these routers. */
  prepareRelease(keys: readonly number[]): PreparedRelease;
  /** Another number when prepareRelease() may answer something else for this router. */
  revision(key: number): number;
  /** The same for the host; an object that is there already and not ours is left there at the end. */
  ownStatics(statics: Statics): number;
  /** Removes everything held under this key: rules, routes, addresses. */
  release(key: number): number;
  /** After a reload of an active instance: removes what is gone, adds what is new. added: an address is new. */
  change(key: number, config: VrrpInstance): { ticket: number; added: boolean };
  changeStatics(statics: Statics): void;
  /**
   * Around the change()s of a reload: what these routers will hold. An address that moves from one that holds it to another one
   * stays in the kernel meanwhile.
   */
  moving(routers: readonly { readonly key: number; readonly config: VrrpInstance }[]): void;
  /** Removes what an earlier run of ours left behind in the kernel (section 6.2). */
  clearLeftovers(configs: readonly VrrpInstance[]): number;
  /** Hands other complete messages to the netlink thread, in their turn; what they answer is not looked at. */
  submitOther(messages: readonly Uint8Array[]): number;
  /** Complete messages that remove what the instance holds now. */
  removalMessages(key: number): readonly Uint8Array[];
  /** Something it should hold is not in the kernel, as far as is known. */
  missing(key: number): boolean;
  /** Texts of what is missing and is to be put back. */
  missingTexts(key: number): readonly { readonly kind: KernelObject['kind']; readonly text: string }[];
  /** An address vanished from the kernel. The key of who should hold it, if somebody else removed it. */
  deletedBy(address: InterfaceAddress): number | null;
  /** Somebody else removed a route or rule: as deletedBy. */
  routeLost(route: KernelRoute): number | null;
  ruleLost(rule: KernelRule): number | null;
  /** Routes or rules are held at all. */
  holdsPolicies(): boolean;
  /** Takes what the kernel has now for true. Returns the keys that miss something. */
  compare(routes: readonly KernelRoute[], rules: readonly KernelRule[]): readonly number[];
  done(ticket: number, errors: readonly number[]): void;
  /** Resolves when every submitted message was answered, or at the deadline (milliseconds). */
  settled(timeout: number): Promise<boolean>;
}

export interface PreparedBatch {
  /** Its netlink ticket. */
  readonly ticket: number;
  /** Complete messages; none when there is nothing to do. */
  readonly messages: readonly Uint8Array[];
  /** Complete messages that take away again what is the router's. */
  removalMessages(key: number): readonly Uint8Array[];
  /** The engine has submitted it: this router holds its part now. As own(): the ticket. */
  adopt(key: number): number;
  /** What takes all of it away again. */
  readonly release: PreparedRelease;
}

export interface PreparedRelease {
  readonly ticket: number;
  readonly messages: readonly Uint8Array[];
  /** The engine has submitted it: this router holds nothing any more. As release(): the ticket. */
  adopt(key: number): number;
}

interface Step {
  readonly operation: Operation;
  readonly object: KernelObject;
  readonly key: number;
  /** A failure is no news. */
  readonly quiet: boolean;
}

type Held = Map<string, KernelObject>;

export function createKernelWriter(native: NativeAddon, engine: PacketEngine, view: NetworkView, log: Log): KernelWriter {
  const held = new Map<number, Held>();
  const presence = createPresence();
  const pending = new Map<number, readonly Step[]>();
  /** Deletions of addresses of our own that the kernel has not reported yet. */
  const ownDeletions = new Map<string, number>();
  /** Static addresses that were there before us. */
  const foreign = new Set<string>();
  const waiters = new Set<() => void>();
  /** Addresses that routers will hold when a reload is through. */
  let coming: ReadonlySet<string> = new Set();
  const leases = createVipLeases(native, engine);
  /** What a key holds from now on, null: nothing. Before it is performed: the renewal must not bring back what goes. */
  const hold = (key: number, objects: Held | null, how: 'hold' | 'held' = 'hold'): void => {
    if (objects) held.set(key, objects);
    else held.delete(key);
    changed(key);
    leases[how](key, objects?.values() ?? null);
  };
  const revisions = new Map<number, number>();
  const changed = (key: number): void => void revisions.set(key, (revisions.get(key) ?? 0) + 1);
  let nextTicket = 1;
  let nextPrepared = PREPARED;

  const submit = (steps: readonly Step[]): number => {
    if (steps.length === 0) return 0;
    const ticket = nextTicket++;
    expect(ticket, steps);
    engine.submitNetlink(
      ticket,
      steps.map((s) => encode(native, s.operation, s.object)),
    );
    return ticket;
  };
  /** These are on their way to the kernel. */
  const expect = (ticket: number, steps: readonly Step[]): void => {
    pending.set(ticket, steps);
    for (const { operation, object, key } of steps) {
      if (object.kind !== 'address') (operation === 'delete' ? presence.forget : presence.note)(key, object);
      else if (operation === 'delete') ownDeletions.set(object.id, (ownDeletions.get(object.id) ?? 0) + 1);
    }
  };
  const forgetDeletion = (id: string): boolean => {
    const n = ownDeletions.get(id) ?? 0;
    if (n === 0) return false;
    if (n === 1) ownDeletions.delete(id);
    else ownDeletions.set(id, n - 1);
    return true;
  };
  const has = (key: number, object: KernelObject): boolean =>
    object.kind === 'address'
      ? view.has(object.spec.ifindex, object.spec.address, object.spec.prefixLength) && !ownDeletions.has(object.id)
      : presence.has(key, object);
  const steps = (operation: Operation, key: number, objects: Iterable<KernelObject>, quiet = false): Step[] =>
    [...objects].map((object) => ({ operation, object, key, quiet }));

  /** What somebody else took and is not tracked stays away until the next transition. */
  const ownAll = (key: number, objects: readonly KernelObject[]): number => {
    const before = held.get(key);
    hold(key, new Map(objects.map((o) => [o.id, o])));
    return submit(
      steps(
        'add',
        key,
        objects.filter((o) => !has(key, o) && (o.tracked || !before?.has(o.id))),
      ),
    );
  };
  const changeAll = (key: number, objects: readonly KernelObject[]): { ticket: number; added: boolean } => {
    const before = held.get(key);
    // Not active: it holds nothing and gets the new objects when it becomes so.
    if (!before) return { ticket: 0, added: false };
    const after: Held = new Map(objects.map((o) => [o.id, o]));
    hold(key, after);
    const same = (a: KernelObject, b: KernelObject | undefined): boolean =>
      b !== undefined && JSON.stringify(a.spec) === JSON.stringify(b.spec);
    const ages = (a: KernelObject, b: KernelObject | undefined): boolean => b !== undefined && !same(a, b) && sameButLifetime(a, b);
    const renewed = objects.filter((o) => ages(o, before.get(o.id)));
    const gone = [...before.values()].filter((o) => !same(o, after.get(o.id)) && !ages(o, after.get(o.id)));
    const fresh = objects.filter((o) => !same(o, before.get(o.id)) && !renewed.includes(o));
    const replaced = new Set(fresh.filter((f) => isReplaced(f, gone, objects)));
    const places = new Set([...replaced].map((o) => o.place));
    const goes = (o: KernelObject): boolean =>
      !(o.kind === 'route' && places.has(o.place)) && !(coming.has(o.id) && !after.has(o.id)) && isOurs(key, o);
    const removed = removalOrder(gone.filter(goes));
    for (const o of gone) presence.forget(key, o);
    return {
      ticket: submit([
        ...steps('delete', key, removed, true),
        ...steps('renew', key, renewed),
        ...fresh.flatMap((o) => steps(replaced.has(o) ? 'replace' : 'add', key, [o])),
      ]),
      added: fresh.some((o) => o.kind === 'address'),
    };
  };
  const isOurs = (key: number, object: KernelObject): boolean =>
    object.kind === 'address' ? !(key === STATICS && foreign.has(object.id)) : presence.mayBe(key, object);
  /** A router that came in the place of one that still served has it too. */
  const isShared = (object: KernelObject): boolean => [...held.values()].some((mine) => mine.has(object.id));
  const holder = (find: (object: KernelObject) => boolean): { key: number; object: KernelObject } | null => {
    for (const [key, mine] of held) for (const object of mine.values()) if (find(object)) return { key, object };
    return null;
  };
  const releaseLater = (routers: readonly (readonly [number, readonly KernelObject[]])[]): PreparedRelease => {
    const keys = new Set(routers.map(([key]) => key));
    const others = [...held].filter(([key]) => !keys.has(key)).map(([, mine]) => mine);
    // What two of them hold goes once.
    const told = new Set<string>();
    const batch = routers.flatMap(([key, objects]) => {
      const mine = objects.filter((o) => !told.has(o.id) && !others.some((other) => other.has(o.id)));
      for (const o of mine) told.add(o.id);
      return steps('delete', key, removalOrder(mine));
    });
    const ticket = nextPrepared++;
    let expected = batch.length === 0;
    return {
      ticket,
      messages: batch.map((s) => encode(native, s.operation, s.object)),
      adopt(key) {
        hold(key, null, 'held');
        if (!expected) expect(ticket, batch);
        expected = true;
        return batch.length === 0 ? 0 : ticket;
      },
    };
  };
  const lost = (found: { key: number; object: KernelObject } | null): number | null => {
    if (!found) return null;
    presence.lose(found.key, found.object);
    changed(found.key);
    return found.object.tracked ? found.key : null;
  };

  return {
    own: (key, config) => ownAll(key, instanceObjects(config, view, log)),
    prepare(routers) {
      const objects = new Map(routers.map(({ key, config }) => [key, instanceObjects(config, view, silent)]));
      const batch = [...objects].flatMap(([key, mine]) => steps('add', key, mine));
      const ticket = nextPrepared++;
      for (const [key, mine] of objects) leases.prepare(key, mine);
      return {
        ticket,
        messages: batch.map((s) => encode(native, s.operation, s.object)),
        removalMessages: (key) => removalOrder(objects.get(key) ?? []).map((o) => encode(native, 'delete', o)),
        adopt(key) {
          hold(key, new Map((objects.get(key) ?? []).map((o) => [o.id, o])), 'held');
          if (batch.length === 0) return 0;
          expect(ticket, batch);
          return ticket;
        },
        release: releaseLater([...objects].map(([key, mine]) => [key, mine])),
      };
    },
    prepareRelease: (keys) => releaseLater(keys.map((key) => [key, [...(held.get(key)?.values() ?? [])].filter((o) => isOurs(key, o))])),
    revision: (key) => revisions.get(key) ?? 0,
    ownStatics(statics) {
      const objects = staticObjects(statics, view);
      const before = held.get(STATICS);
      for (const o of objects) {
        if (o.kind !== 'address' || before?.has(o.id)) continue;
        const { ifindex, address, prefixLength } = o.spec;
        const there = view.find(ifindex, address, prefixLength);
        if (there && there.protocol !== OUR_PROTOCOL) foreign.add(o.id);
      }
      return ownAll(STATICS, objects);
    },
    release(key) {
      const mine = [...(held.get(key)?.values() ?? [])].filter((o) => isOurs(key, o));
      hold(key, null);
      return submit(steps('delete', key, removalOrder(mine.filter((o) => !isShared(o)))));
    },
    change: (key, config) => changeAll(key, instanceObjects(config, view, log)),
    moving(routers) {
      const objects = routers.filter(({ key }) => held.has(key)).flatMap(({ config }) => instanceObjects(config, view, silent));
      coming = new Set(objects.flatMap((o) => (o.kind === 'address' ? [o.id] : [])));
    },
    changeStatics(statics) {
      if (held.has(STATICS)) changeAll(STATICS, staticObjects(statics, view));
    },
    clearLeftovers(configs) {
      const wanted = configs.flatMap((c) => instanceObjects(c, view, silent));
      const found = wanted.some((o) => o.kind !== 'address') ? native.policySnapshot() : null;
      const inKernel = createPresence();
      if (found) inKernel.compare(new Map([[STATICS, wanted]]), found.routes, found.rules);
      const there = wanted.filter((o) =>
        o.kind === 'address' ? view.has(o.spec.ifindex, o.spec.address, o.spec.prefixLength) : inKernel.has(STATICS, o),
      );
      return submit(steps('delete', STATICS, removalOrder(there), true));
    },
    submitOther(messages) {
      const ticket = nextTicket++;
      pending.set(ticket, []);
      engine.submitNetlink(ticket, messages);
      return ticket;
    },
    removalMessages: (key) =>
      removalOrder([...(held.get(key)?.values() ?? [])].filter((o) => isOurs(key, o))).map((o) => encode(native, 'delete', o)),
    missing: (key) => [...(held.get(key)?.values() ?? [])].some((o) => o.tracked && !has(key, o)),
    missingTexts: (key) =>
      [...(held.get(key)?.values() ?? [])].filter((o) => o.tracked && !has(key, o)).map(({ kind, text }) => ({ kind, text })),
    deletedBy(address) {
      const id = addressId(address.ifindex, address.address, address.prefixLength);
      if (forgetDeletion(id)) return null;
      foreign.delete(id);
      for (const [key, mine] of held) if (mine.get(id)?.tracked) return key;
      return null;
    },
    routeLost: (route) => lost(holder((o) => o.kind === 'route' && presence.isRoute(o, route))),
    ruleLost: (rule) => lost(holder((o) => o.kind === 'rule' && presence.isRule(o, rule))),
    holdsPolicies: () => holder((o) => o.kind !== 'address') !== null,
    compare(routes, rules) {
      presence.compare(new Map([...held].map(([key, mine]) => [key, [...mine.values()]])), routes, rules);
      for (const key of held.keys()) changed(key);
      return [...held].filter(([key, mine]) => [...mine.values()].some((o) => o.tracked && !has(key, o))).map(([key]) => key);
    },
    done(ticket, errors) {
      const batch = pending.get(ticket);
      pending.delete(ticket);
      for (const [i, { operation, object, key, quiet }] of (batch ?? []).entries()) {
        const errno = errors[i] ?? 0;
        if (errno === 0) continue;
        if (operation === 'delete' && object.kind === 'address') forgetDeletion(object.id);
        const gone = errno === ENODEV && object.kind === 'address' && !view.byIndex(object.spec.ifindex);
        if (gone || reached(operation, object.kind, errno)) continue;
        if (operation !== 'delete') presence.forget(key, object);
        changed(key);
        if (quiet) continue;
        const what = object.kind === 'address' ? 'address' : object.kind;
        log.info(`Netlink: error: ${errnoText(errno)}(${errno}), type=${messageName(operation, object.kind)}, ${what}=${object.text}`);
      }
      if (pending.size > 0) return;
      for (const wake of waiters) wake();
      waiters.clear();
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

const silent = createLog([], 0);

/** Rules, routes, addresses; each in the order of the configuration. */
function removalOrder(objects: readonly KernelObject[]): KernelObject[] {
  return (['rule', 'route', 'address'] as const).flatMap((kind) => objects.filter((o) => o.kind === kind));
}

/** The only route of its place before and after: the kernel can change it without a gap. */
function isReplaced(fresh: KernelObject, gone: readonly KernelObject[], after: readonly KernelObject[]): boolean {
  const alone = (list: readonly KernelObject[]) => list.filter((o) => o.kind === 'route' && o.place === fresh.place).length === 1;
  return fresh.kind === 'route' && alone(gone) && alone(after);
}

/** Keys under which the view must not offer our own addresses as a source. */
export function ownAddressKeys(configs: readonly VrrpInstance[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const c of configs) for (const a of heldAddresses(c)) keys.add(`${a.ip as Ip}/${a.prefixLength}`);
  return keys;
}
