// SPDX-License-Identifier: MIT
// The lines on the control socket: one JSON object each way per line, with the version of the protocol in `ka`.
// docs/reference/control-socket.md has it for readers. Pure; nothing here throws.

export const protocolVersion = 1;

/** A request is short; a longer line is refused before it is read. Bytes. */
export const longestRequest = 16_384;

export type RequestName = 'status' | 'watch' | 'ping' | 'prospects' | 'operate';

export interface Request {
  readonly id: string | number | null;
  readonly request: RequestName;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What went wrong, as a word for programs. */
export type ErrorCode = 'bad_request' | 'unknown_request' | 'too_long' | 'too_many' | 'denied' | 'refused' | 'busy' | 'failed';

export interface ProtocolError {
  readonly code: ErrorCode;
  readonly text: string;
}

export type ReadRequest =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly id: Request['id']; readonly error: ProtocolError };

const names: readonly RequestName[] = ['status', 'watch', 'ping', 'prospects', 'operate'];

/** One line without its line feed. */
export function readRequest(line: string): ReadRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return bad(null, 'a request is one line of JSON: {"ka":1,"id":1,"request":"status"}');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(null, 'a request is a JSON object');
  const { ka, id, request, args, ...rest } = value as Record<string, unknown>;
  const given = typeof id === 'string' || typeof id === 'number' ? id : null;
  if (ka !== protocolVersion) return bad(given, `this daemon speaks version ${protocolVersion} of the protocol: "ka":${protocolVersion}`);
  if (id !== undefined && given === null && id !== null) return bad(null, '"id" is a string or a number');
  const more = Object.keys(rest)[0];
  if (more !== undefined) return bad(given, `'${more.slice(0, 40)}' is no part of a request`);
  if (args !== undefined && (typeof args !== 'object' || args === null || Array.isArray(args))) return bad(given, '"args" is an object');
  const known = names.find((n) => n === request);
  if (known === undefined)
    return { ok: false, id: given, error: { code: 'unknown_request', text: `"request" is one of ${names.join(', ')}` } };
  return { ok: true, request: { id: given, request: known, args: (args ?? {}) as Record<string, unknown> } };
}

function bad(id: Request['id'], text: string): ReadRequest {
  return { ok: false, id, error: { code: 'bad_request', text } };
}

/** `answer`: finished JSON. */
export function answerLine(id: Request['id'], answer: string): string {
  return `{"ka":${protocolVersion},"id":${JSON.stringify(id)},"answer":${answer}}\n`;
}

export function errorLine(id: Request['id'], error: ProtocolError): string {
  return `${JSON.stringify({ ka: protocolVersion, id, error })}\n`;
}

/** One of a stream. `event`: finished JSON. */
export function eventLine(id: Request['id'], event: string): string {
  return `{"ka":${protocolVersion},"id":${JSON.stringify(id)},"event":${event}}\n`;
}

/** What a client gets. */
export type Reply =
  | { readonly id: Request['id']; readonly answer: unknown }
  | { readonly id: Request['id']; readonly event: unknown }
  | { readonly id: Request['id']; readonly error: ProtocolError };

/** null: no line of this protocol. */
export function readReply(line: string): Reply | null {
  try {
    const value = JSON.parse(line) as { ka?: unknown };
    return value.ka === protocolVersion ? (value as unknown as Reply) : null;
  } catch {
    return null;
  }
}
