// SPDX-License-Identifier: MIT
// What a child says, looked at before the parent believes it: a child whose memory is damaged must not take its parent, which
// has to say farewell for it and to start the next one, along.

import type { Micros } from '../base/time.ts';
import type { GuardRecord } from '../ports/guard.ts';
import type { LastSent } from './guard-table.ts';
import type { FromChild } from './messages.ts';

type Shape = { readonly [name: string]: unknown };

/** The message, or null for something that no child of this version says. */
export function readFromChild(value: unknown): FromChild | null {
  if (!isObject(value) || typeof value.kind !== 'string') return null;
  switch (value.kind) {
    case 'guard':
      return isListOf(value.active, isPacked) && isListOf(value.gone, isKey) ? (value as unknown as FromChild) : null;
    case 'loaded':
      return Number.isInteger(value.generation) ? (value as unknown as FromChild) : null;
    case 'listening':
      return value.took === undefined || isWithin(value.took, longest) ? (value as unknown as FromChild) : null;
    case 'bfd':
      return isObject(value.change) && typeof value.change.name === 'string' ? (value as unknown as FromChild) : null;
    case 'answer':
      return Number.isInteger(value.id) && (value.text === null || isLine(value.text)) ? (value as unknown as FromChild) : null;
    case 'event':
      return isObject(value.event) && typeof value.event.kind === 'string' ? (value as unknown as FromChild) : null;
    case 'weight':
      return typeof value.pool === 'string' && typeof value.server === 'string' && isWithin(value.value, largestWeight)
        ? (value as unknown as FromChild)
        : null;
    default:
      return value as unknown as FromChild;
  }
}

/** Slots of the guard table: native/engine/guard.h. */
const slots = 65_536;
/** Of a real server, as SNMP has it. */
const largestWeight = 2 ** 31 - 1;
/** More than the longest interval and factor of any configuration. */
const longest = 1e12;

/** Throws RangeError, in words, for a record that cannot be acted on. */
export function checkRecord(value: unknown): GuardRecord {
  const fine =
    isObject(value) &&
    isKey(value.key) &&
    typeof value.name === 'string' &&
    (value.group === null || typeof value.group === 'string') &&
    isWithin(value.patience, longest) &&
    typeof value.trackingDelta === 'number' &&
    typeof value.prepared === 'boolean' &&
    (value.version === 2 || value.version === 3) &&
    isObject(value.endpoint) &&
    isObject(value.frame) &&
    isListOf(value.removal, (bytes) => bytes instanceof Uint8Array);
  if (!fine) throw new RangeError('its record is damaged');
  return value as unknown as GuardRecord;
}

/** A slot that the dead process may have damaged: no advert left in the future, none is rarer than peers are patient. */
export function plausible({ at, every, ahSequence }: LastSent, patience: Micros, now: Micros): LastSent {
  return { at: Math.min(Math.max(at, 0), now) as Micros, every: Math.min(every, patience) as Micros, ahSequence };
}

function isObject(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null;
}

/** It becomes part of one line on the control socket. */
function isLine(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\n');
}

function isListOf(value: unknown, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most;
}

function isKey(value: unknown): boolean {
  return Number.isInteger(value) && isWithin(value, slots - 1);
}

function isPacked(value: unknown): boolean {
  return (
    isObject(value) &&
    isKey(value.key) &&
    typeof value.name === 'string' &&
    typeof value.prepared === 'boolean' &&
    typeof value.text === 'string'
  );
}
