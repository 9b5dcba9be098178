// SPDX-License-Identifier: MIT
// A NativeAddon that does nothing but remember what it was asked, as lines one can read in an assertion, and lets a test
// play the engine's events. Its clock stands still until the test moves it.

import type { Ip } from '../../lib/base/address.ts';
import { add, type Micros, micros } from '../../lib/base/time.ts';
import type { Deed, Deeds, StandingOrders } from '../../lib/native/standing-surface.ts';
import type {
  AddressSpec,
  EngineEvent,
  EngineOptions,
  InterfaceAddress,
  KernelRoute,
  KernelRule,
  Link,
  NativeAddon,
  PacketEngine,
  RouterCounters,
  RouteSpec,
  RuleSpec,
} from '../../lib/native/surface.ts';

export interface FakeNative {
  readonly addon: NativeAddon;
  /** What the engine was told, oldest first: `arm 1 3000000 g1`, `advertise 1 p150 now`, `netlink 1: add 10.0.0.9/32 @2` … */
  readonly calls: string[];
  /** The standing orders given last. */
  orders: StandingOrders | null;
  /** Executes their takeover at the deadline of this router, as the engine would. */
  takeOver(key: number): void;
  /** The engine has done this by its orders and not yet said so. */
  did(...done: Deed[]): void;
  now: Micros;
  links: Link[];
  addresses: InterfaceAddress[];
  /** What policySnapshot() tells. */
  routes: KernelRoute[];
  rules: KernelRule[];
  /** Answer submitted netlink messages by themselves, and report the addresses as the kernel would. */
  kernelAnswers: boolean;
  /** Error thrown by the next openEndpoint. */
  endpointError: string | null;
  emit(...events: EngineEvent[]): void;
  /** Messages still unanswered. */
  takeCalls(): string[];
}

export function link(ifindex: number, name: string, changes: Partial<Link> = {}): Link {
  return {
    ifindex,
    name,
    flags: 0x1 | 0x40,
    mtu: 1500,
    type: 1,
    mac: Uint8Array.of(2, 0, 0, 0, 0, ifindex),
    parentIndex: 0,
    linkKind: 'veth',
    mode: 0,
    modeFlags: 0,
    masterIndex: 0,
    group: 0,
    alias: '',
    vrfTable: 0,
    ...changes,
  };
}

export function address(ifindex: number, text: string, prefixLength = 24, changes: Partial<InterfaceAddress> = {}): InterfaceAddress {
  return {
    family: text.includes(':') ? 6 : 4,
    ifindex,
    address: text as Ip,
    prefixLength,
    scope: 0,
    flags: 0,
    label: '',
    protocol: 0,
    ...changes,
  };
}

/** What the fake's messages hold. */
type Message =
  | { readonly kind: 'address'; readonly operation: 'add' | 'delete'; readonly spec: AddressSpec }
  | { readonly kind: 'route'; readonly operation: string; readonly spec: RouteSpec }
  | { readonly kind: 'rule'; readonly operation: string; readonly spec: RuleSpec };

export function createFakeNative(): FakeNative {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let onEvents: (events: EngineEvent[]) => void = () => {};
  let nextEndpoint = 1;
  const refused = () => {
    throw new Error('not in the fake');
  };
  let deeds: Deeds | null = null;
  const fake: FakeNative = {
    calls: [],
    orders: null,
    takeOver(key) {
      const takeover = fake.orders?.takeover;
      if (!takeover) throw new Error('no takeover is ordered');
      for (const r of takeover.routers) engine.advertise(r.key, r.frame, r.every, 0);
      if (takeover.netlink.length > 0) engine.submitNetlink(takeover.ticket, takeover.netlink);
      for (const plan of takeover.announcements) engine.announce(plan.key, { ...plan, at: plan.at > 0 ? add(fake.now, plan.at) : plan.at });
      for (const r of takeover.routers) engine.setLeaseOrder(r.key, r.resignation);
      deeds = { deeds: [{ kind: 'expired', key, at: fake.now, late: micros(0) }], deadlines: [] };
    },
    did(...done) {
      deeds = { deeds: done, deadlines: [] };
    },
    now: micros(1_000_000),
    links: [],
    addresses: [],
    routes: [],
    rules: [],
    kernelAnswers: true,
    endpointError: null,
    emit: (...events) => onEvents(events),
    takeCalls: () => fake.calls.splice(0),
    addon: undefined as unknown as NativeAddon,
  };
  const say = (text: string): void => {
    fake.calls.push(text);
  };

  function answer(ticket: number, messages: readonly Uint8Array[]): void {
    const events: EngineEvent[] = [];
    const errors = messages.map((m) => {
      const { kind, operation, spec } = JSON.parse(decoder.decode(m)) as Message;
      if (kind !== 'address') return 0;
      const known = fake.addresses.find(
        (a) => a.ifindex === spec.ifindex && a.address === spec.address && a.prefixLength === spec.prefixLength,
      );
      if (operation === 'add' && known) return 17;
      if (operation === 'delete' && !known) return 99;
      const changed = known ?? address(spec.ifindex, spec.address, spec.prefixLength);
      fake.addresses = operation === 'add' ? [...fake.addresses, changed] : fake.addresses.filter((a) => a !== known);
      events.push({ kind: 'address', at: fake.now, change: operation === 'add' ? 'new' : 'deleted', address: changed });
      return 0;
    });
    queueMicrotask(() => onEvents([...events, { kind: 'netlink_done', ticket, at: fake.now, errors }]));
  }

  const engine: PacketEngine = {
    openEndpoint(spec) {
      if (fake.endpointError) {
        const text = fake.endpointError;
        fake.endpointError = null;
        throw new Error(text);
      }
      say(`open ${spec.kind} ${spec.address} @${spec.ifindex}`);
      return nextEndpoint++;
    },
    rejoin: (id) => say(`rejoin ${id}`),
    setReceiveBuffer: (id, bytes) => say(`receive buffer ${id} ${bytes}`),
    closeEndpoint: (id) => say(`close endpoint ${id}`),
    addRouter: (key, endpoint, vrid) => say(`add ${key} e${endpoint} vrid ${vrid}`),
    removeRouter: (key) => say(`remove ${key}`),
    setExpectation: (key) => say(`expect ${key}`),
    listen: (key, on) => say(`listen ${key} ${on ? 'on' : 'off'}`),
    arm: (key, due, generation) => say(`arm ${key} ${due} g${generation}`),
    disarm: (key) => say(`disarm ${key}`),
    advertise: (key, frame, _every, firstAt) =>
      say(`advertise ${key} p${frame.priority} from ${frame.source} ${firstAt === 0 ? 'now' : 'next'}`),
    quiet: (key, farewells) => say(`quiet ${key} ${farewells}`),
    announce: (key, plan) =>
      say(`announce ${key} ${plan.announcements.map((a) => a.address).join(',')} x${plan.repeat} at ${plan.at} after ${plan.afterTicket}`),
    cancelAnnouncements: (key) => say(`cancel ${key}`),
    setLeaseOrder: (key, order) => say(`lease order ${key}: ${order.farewells} farewells, ${order.netlink.length} messages`),
    renewLease: () => {},
    clearRefusals: (key) => say(`clear refusals ${key}`),
    counters: () => ({
      advertReceived: 0,
      advertSent: 0,
      priorityZeroReceived: 0,
      priorityZeroSent: 0,
      refused: {} as RouterCounters['refused'],
    }),
    clearCounters: (key) => say(`clear counters ${key}`),
    stats: () => ({
      realtimeError: '',
      lockError: '',
      lateness: [],
      eventsDropped: 0,
      unknownVrid: 0,
      tooShort: 0,
      announcementsSent: 0,
      heartbeat: fake.now,
    }),
    submitNetlink(ticket, messages) {
      const parts = messages.map((m) => {
        const message = JSON.parse(decoder.decode(m)) as Message;
        if (message.kind === 'rule') return `${message.operation} rule ${message.spec.preference}`;
        if (message.kind === 'route') return `${message.operation} ${message.spec.destination.address}/${message.spec.destination.length}`;
        return `${message.operation} ${message.spec.address}/${message.spec.prefixLength} @${message.spec.ifindex}`;
      });
      say(`netlink ${ticket}: ${parts.join(', ')}`);
      if (fake.kernelAnswers) answer(ticket, messages);
    },
    giveOrders: (orders) => {
      fake.orders = orders;
    },
    confirmOrders: () => {},
    withholdOrders: () => {
      const done = deeds;
      deeds = null;
      return done;
    },
    renewAddresses: (parts) => void (parts.length > 0 && say(`renew ${parts.map((p) => `${p.key}:${p.messages.length}`).join(' ')}`)),
    setRenewed: (key, on) => say(`renewed ${key} ${on ? 'on' : 'off'}`),
    setAhSequence: (key, last) => say(`ah ${key} ${last}`),
    record: (key, slots) => say(`record ${key} ${slots}`),
    recorded: () => [],
    testimony: () => ({ heardAt: 0, source: '', priority: 0, drops: 0, refused: 0, reason: '', refusedAt: 0, refusedSource: '' }),
    close: () => say('close engine'),
  };

  (fake as { addon: NativeAddon }).addon = {
    now: () => fake.now,
    createEngine(_options: EngineOptions, handler) {
      onEvents = handler;
      return engine;
    },
    openIpvs: refused,
    watchDirectories: refused,
    watchClaims: refused,
    watchSenders: refused,
    createBfdEngine: refused,
    watchProcesses: refused,
    linkStatus: () => null,
    encodeLink: refused,
    executeNetlink: refused,
    createGuardTable: refused,
    sendFarewell: refused,
    encodeAddress: (operation, spec) => encoder.encode(JSON.stringify({ kind: 'address', operation, spec })),
    encodeRoute: (operation, spec) => encoder.encode(JSON.stringify({ kind: 'route', operation, spec })),
    encodeRule: (operation, spec) => encoder.encode(JSON.stringify({ kind: 'rule', operation, spec })),
    policySnapshot: () => ({ routes: [...fake.routes], rules: [...fake.rules] }),
    networkSnapshot: () => ({ links: [...fake.links], addresses: [...fake.addresses] }),
    encodeAdvert: refused,
    judgeAdvert: refused,
    encodeAnnouncement: refused,
    describeFrame: refused,
    openTap: refused,
    syslogOpen: refused,
    syslog: refused,
    setParentDeathSignal: refused,
    setChildSubreaper: refused,
    setProcessName: refused,
    outliveUnusedSignals: refused,
    listenToSignal: refused,
    enterNetworkNamespace: refused,
    networkNamespaceId: refused,
    lockFile: refused,
    makeFifo: refused,
    sendNotify: refused,
    isolateMounts: refused,
    bindMount: refused,
    unmount: refused,
    setNice: refused,
    lockProgram: refused,
    setV8Flags: refused,
    giveBackProgramText: refused,
    giveBackFreeMemory: refused,
    setCpuAffinity: refused,
    setRealtimePriority: refused,
    limit: refused,
    setLimit: refused,
    reapChild: refused,
    connectProbe: refused,
    streamProbe: refused,
    datagramProbe: refused,
    watchAddresses: refused,
    startProgram: refused,
    takeEnding: refused,
    socketPair: refused,
    openChannel: refused,
    peerOf: refused,
    replaceProgram: refused,
    createMemoryFile: refused,
    withLesserRights(_capabilities, start) {
      start();
      return true;
    },
    asUsualRoot: (start) => start(),
    confine: refused,
  };
  return fake;
}
