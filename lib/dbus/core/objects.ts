// SPDX-License-Identifier: MIT
// keepalived's objects on the bus: who is where, what they are asked, what they answer (reference: notifications document,
// section 6). Pure.

import type { BusCall, BusReply, BusSignal } from '../../ports/bus.ts';
import { genericInterfaces, instanceInterface, introspection, transitionsInterface, vrrpInterface } from './introspection.ts';

/** One virtual router, as the bus sees it. */
export interface BusInstance {
  readonly name: string;
  /** Configured one; null for none. */
  readonly interface: string | null;
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly state: BusState;
}

export const stateNumbers = { Init: 0, Backup: 1, Master: 2, Fault: 3, Deleted: 97, Stop: 98 } as const;
export type BusState = keyof typeof stateNumbers;

export type VrrpMethod = 'PrintData' | 'PrintStats' | 'PrintStatsClear' | 'ReloadConfig';

export interface BusWorld {
  readonly instances: readonly BusInstance[];
  readonly machineId: string;
  perform(method: VrrpMethod): void;
  sendGarp(instance: string): void;
}

export interface Places {
  /** Network namespace and instance of the daemon, where they are set. */
  readonly above: readonly string[];
  /** dbus_no_interface_name */
  readonly noInterface: string;
}

const root = '/org/keepalived/Vrrp1';

/** Object paths allow letters, digits and underscores only. */
function part(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '_');
}

export function vrrpPath({ above }: Places): string {
  return [root, ...above.map(part), 'Vrrp'].join('/');
}

export function instancePath(i: Omit<BusInstance, 'state' | 'name'>, { above, noInterface }: Places): string {
  return [root, ...above.map(part), 'Instance', part(i.interface ?? noInterface), i.vrid, `IPv${i.family}`].join('/');
}

export function statusSignal(i: Omit<BusInstance, 'state'>, state: BusState, places: Places): BusSignal {
  return {
    path: instancePath(i, places),
    interface: instanceInterface,
    member: 'VrrpStatusChange',
    signature: 'u',
    body: [stateNumbers[state]],
  };
}

export function vrrpSignal(member: 'VrrpStarted' | 'VrrpReloaded' | 'VrrpStopped', places: Places): BusSignal {
  return { path: vrrpPath(places), interface: vrrpInterface, member, signature: '', body: [] };
}

/** Where transitions are told with their causes. In no list of what is below: that is as keepalived has it. */
export const transitionsPath = '/ka_ts/Transitions1';

/** `evidence`: JSON. */
export function transitionSignal(t: {
  readonly instance: string;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly reason: string;
  readonly evidence: string;
}): BusSignal {
  return {
    path: transitionsPath,
    interface: transitionsInterface,
    member: 'Transition',
    signature: 'ssssss',
    body: [t.instance, t.from, t.to, t.cause, t.reason, t.evidence],
  };
}

const nothing: BusReply = { kind: 'return', signature: '', body: [] };

function failure(name: string, text: string): BusReply {
  return { kind: 'error', name: `org.freedesktop.DBus.Error.${name}`, text };
}

export function answerCall(call: BusCall, world: BusWorld, places: Places): BusReply {
  const paths = new Map(world.instances.map((i) => [instancePath(i, places), i]));
  const isVrrp = call.path === vrrpPath(places);
  const instance = paths.get(call.path) ?? null;
  const isOurs = call.path === transitionsPath;
  const children = childrenOf(call.path, [vrrpPath(places), ...paths.keys()]);
  if (call.interface === genericInterfaces.peer) return peer(call, world);
  if (!isVrrp && !instance && !isOurs && children.length === 0) {
    // keepalived's words where somebody asks for an instance that is not there.
    const missing = new RegExp(`^${root}/.*Instance/([^/]+)/([0-9]+)/(IPv[46])$`).exec(call.path);
    return missing
      ? failure('InvalidArgs', `Instance '${missing[1]}/${missing[2]}/${missing[3]}' not found`)
      : failure('UnknownObject', `No object at path ${call.path}`);
  }
  if (call.interface === genericInterfaces.introspectable || (call.interface === '' && call.member === 'Introspect')) {
    if (call.member !== 'Introspect') return unknownMethod(call);
    return {
      kind: 'return',
      signature: 's',
      body: [introspection(isVrrp ? 'vrrp' : instance ? 'instance' : isOurs ? 'transitions' : null, children)],
    };
  }
  if (call.interface === genericInterfaces.properties) return properties(call, instance, isVrrp);
  if (isVrrp && (call.interface === vrrpInterface || call.interface === '')) return method(call, world);
  if (instance && (call.interface === instanceInterface || call.interface === '')) {
    if (call.member !== 'SendGarp') return unknownMethod(call);
    if (call.signature !== '') return wrongArguments(call);
    world.sendGarp(instance.name);
    return nothing;
  }
  return failure('UnknownInterface', `No interface ${call.interface} on object at path ${call.path}`);
}

function method(call: BusCall, world: BusWorld): BusReply {
  switch (call.member) {
    case 'PrintData':
    case 'PrintStats':
    case 'PrintStatsClear':
    case 'ReloadConfig':
      if (call.signature !== '') return wrongArguments(call);
      world.perform(call.member);
      return nothing;
    default:
      return unknownMethod(call);
  }
}

function peer(call: BusCall, world: BusWorld): BusReply {
  if (call.member === 'Ping') return nothing;
  if (call.member === 'GetMachineId') return { kind: 'return', signature: 's', body: [world.machineId] };
  return unknownMethod(call);
}

function properties(call: BusCall, instance: BusInstance | null, isVrrp: boolean): BusReply {
  const [name, property] = call.body;
  const expected = { Get: 'ss', GetAll: 's', Set: 'ssv' }[call.member];
  if (expected === undefined) return unknownMethod(call);
  if (call.signature !== expected) return wrongArguments(call);
  const known = (isVrrp && name === vrrpInterface) || (instance !== null && name === instanceInterface);
  if (!known) return failure('InvalidArgs', `No such interface “${String(name)}”`);
  const values = instance ? propertiesOf(instance) : {};
  if (call.member === 'GetAll') return { kind: 'return', signature: 'a{sv}', body: [Object.entries(values)] };
  const value = Object.hasOwn(values, String(property)) ? values[String(property)] : undefined;
  if (!value) return failure('InvalidArgs', `No such property “${String(property)}”`);
  if (call.member === 'Set') return failure('InvalidArgs', `Property “${String(property)}” is not writable`);
  return { kind: 'return', signature: 'v', body: [value] };
}

/** As variants. Each stands in a structure of its own, as keepalived has it. */
function propertiesOf({ name, state }: BusInstance): Record<string, readonly [signature: string, value: unknown]> {
  return { Name: ['(s)', [name]], State: ['(us)', [stateNumbers[state], state]] };
}

function unknownMethod({ member, interface: name }: BusCall): BusReply {
  return failure('UnknownMethod', `No such method “${member}”${name === '' ? '' : ` in ${name}`}`);
}

function wrongArguments({ member, signature }: BusCall): BusReply {
  return failure('InvalidArgs', `${member} does not take arguments of type “${signature}”`);
}

/** Names of the next parts of those paths that go on below this one. */
function childrenOf(path: string, all: readonly string[]): string[] {
  const prefix = path === '/' ? '/' : `${path}/`;
  return [...new Set(all.filter((p) => p.startsWith(prefix)).map((p) => p.slice(prefix.length).split('/', 1)[0] ?? ''))];
}
