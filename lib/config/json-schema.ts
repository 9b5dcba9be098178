// SPDX-License-Identifier: MIT
// JSON Schema (draft 2020-12), as much of it as the typed configuration needs.

export interface JsonSchema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly deprecated?: boolean;
  readonly default?: unknown;
}

export type JsonType = 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object';

/** An object with exactly these properties, all of them present. */
export function exactly(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

/** What many values look like. */
export const json = {
  text: { type: 'string' },
  truth: { type: 'boolean' },
  texts: { type: 'array', items: { type: 'string' } },
  octet: { type: 'integer', minimum: 0, maximum: 255 },
  address: { type: 'string', description: 'a numeric IPv4 or IPv6 address' },
  position: { $ref: '#/$defs/position' },
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** A span of time, bounds in microseconds too. */
export function duration(minimum: number, maximum: number): JsonSchema {
  return { type: 'integer', description: 'microseconds', minimum, ...(maximum <= Number.MAX_SAFE_INTEGER ? { maximum } : {}) };
}
