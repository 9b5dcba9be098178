// SPDX-License-Identifier: MIT
// A GuardUpdate on its way between two processes. Records travel as text with their bytes in Base64, and are read only when they
// are needed: most never are.

import type { GuardRecord, GuardUpdate } from '../ports/guard.ts';
import { checkRecord } from './from-child.ts';

export interface PackedUpdate {
  readonly kind: 'guard';
  readonly active: readonly PackedRecord[];
  readonly gone: readonly number[];
}

export interface PackedRecord {
  readonly key: number;
  readonly name: string;
  readonly prepared: boolean;
  readonly text: string;
}

const mark = '$bytes';

export function packUpdate({ active, gone }: GuardUpdate): PackedUpdate {
  return {
    kind: 'guard',
    active: active.map((record) => ({ key: record.key, name: record.name, prepared: record.prepared, text: pack(record) })),
    gone,
  };
}

/** Throws SyntaxError or RangeError for what packUpdate() cannot have made. */
export function unpackRecord({ text }: PackedRecord): GuardRecord {
  return checkRecord(
    JSON.parse(text, (_, value) =>
      typeof value === 'object' && value !== null && typeof value[mark] === 'string'
        ? new Uint8Array(Buffer.from(value[mark], 'base64'))
        : value,
    ),
  );
}

function pack(record: GuardRecord): string {
  return JSON.stringify(record, (_, value) =>
    value instanceof Uint8Array ? { [mark]: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') } : value,
  );
}
