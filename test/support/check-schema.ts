// SPDX-License-Identifier: MIT
// As much of a JSON Schema validator as the schema of the configuration needs. An unknown word in a schema is an error: a
// check that is not made must not pass.

import type { JsonSchema, JsonType } from '../../lib/config/json-schema.ts';

const notes = ['$schema', '$defs', 'title', 'description', 'deprecated', 'default'];
const known = [
  '$ref',
  'type',
  'enum',
  'anyOf',
  'minimum',
  'maximum',
  'maxLength',
  'items',
  'properties',
  'required',
  'additionalProperties',
];

/** What in `value` does not conform: `path: reason`, one each. Throws for a schema that this does not understand. */
export function schemaFaults(root: JsonSchema, value: unknown): string[] {
  return faults(root, root, value, '');
}

function faults(root: JsonSchema, schema: JsonSchema, value: unknown, path: string): string[] {
  for (const word of Object.keys(schema)) if (!notes.includes(word) && !known.includes(word)) throw new Error(`${path}: ${word}?`);
  if (schema.$ref !== undefined) return faults(root, referred(root, schema.$ref), value, path);
  const found: string[] = [];
  const fault = (reason: string) => found.push(`${path || '/'}: ${reason}`);
  const types = schema.type === undefined ? null : [schema.type].flat();
  if (types && !types.some((type) => isType(value, type))) fault(`${JSON.stringify(value)} is not ${types.join(' or ')}`);
  if (schema.enum && !schema.enum.some((e) => e === value)) fault(`${JSON.stringify(value)} is none of ${JSON.stringify(schema.enum)}`);
  if (schema.anyOf) {
    const tries = schema.anyOf.map((s) => faults(root, s, value, path));
    if (tries.every((t) => t.length > 0)) found.push(...(tries.find((t) => t.length > 0) ?? []));
  }
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) fault(`${value} is below ${schema.minimum}`);
    if (schema.maximum !== undefined && value > schema.maximum) fault(`${value} is above ${schema.maximum}`);
  }
  if (typeof value === 'string' && schema.maxLength !== undefined && value.length > schema.maxLength) fault('too long');
  if (Array.isArray(value)) for (const [i, item] of value.entries()) found.push(...faults(root, schema.items ?? {}, item, `${path}/${i}`));
  if (!isType(value, 'object')) return found;
  const properties = schema.properties ?? {};
  for (const name of schema.required ?? []) if (!Object.hasOwn(value as object, name)) fault(`${name} is missing`);
  for (const [name, inner] of Object.entries(value as object)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (own) found.push(...faults(root, own, inner, `${path}/${name}`));
    else if (schema.additionalProperties === false) fault(`${name} is unknown`);
  }
  return found;
}

function referred(root: JsonSchema, reference: string): JsonSchema {
  const schema = root.$defs?.[reference.replace('#/$defs/', '')];
  if (!schema) throw new Error(`${reference} leads nowhere`);
  return schema;
}

function isType(value: unknown, type: JsonType): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}
