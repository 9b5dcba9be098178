// SPDX-License-Identifier: MIT
// One auth_hmac block → AuthHmac: keys fetched, defaults applied, and switched off as a whole when it cannot sign
// (reference/vrrp-protocol.md 2.3).

import type { Micros } from '../base/time.ts';
import { type HmacKeyEntry, keyBytes } from './auth-args.ts';
import { type BuildContext, repaired } from './build-context.ts';
import { type Block, blocksOf, placeOf, type Setting, valueIn } from './keyword.ts';
import { authHmac } from './keywords/auth-hmac.ts';
import type { vrrpInstance } from './keywords/vrrp-instance.ts';
import type { AuthHmac } from './model.ts';
import type { Place } from './report.ts';

/** As written: the window may be left to the interval. */
type Written = Omit<AuthHmac, 'time_window'> & { readonly time_window: number | null };

/** Three intervals in whole seconds unless one is written, 5..300. */
export function withWindow(hmac: Written, interval: Micros): AuthHmac {
  const usual = Math.min(300, Math.max(5, 3 * Math.floor(interval / 1e6)));
  return { ...hmac, time_window: hmac.time_window ?? usual };
}

/** null: not configured, or unusable and reported. */
export function buildAuthHmac(block: Block<typeof vrrpInstance>, strict: boolean, context: BuildContext): Written | null {
  const written = blocksOf(block, 'auth_hmac')[0];
  if (!written) return null;
  const { name } = block;
  const fault = (place: Place, code: string, text: string, more = {}) => repaired(context, place, code, `(${name}) ${text}`, more);

  const keys: AuthHmac['keys'][number][] = [];
  for (const { value, place } of written.settings.key ?? []) {
    if (keys.some((k) => k.id === value.id)) {
      fault(place, 'auth-hmac-duplicate', `auth_hmac key ${value.id} already specified - ignoring`, { scope: 'child' });
      continue;
    }
    const hex = 'hex' in value.key ? value.key.hex : keyFromFile({ value, place }, value.key.file, name, context);
    if (hex !== null) keys.push({ id: value.id, hex, file: 'file' in value.key ? value.key.file : null });
  }

  const active_key = valueIn(authHmac, written, 'active_key') ?? 0;
  if (!keys.some((k) => k.id === active_key)) {
    const text = `auth_hmac active_key ${active_key} is not defined, disabling extension`;
    fault(placeOf(written, 'active_key'), 'auth-hmac-no-key', text, { expected: 'active_key ID of a key of this block' });
    return null;
  }
  let mode = valueIn(authHmac, written, 'mode');
  if (strict && mode !== 'enforce') {
    fault(placeOf(written, 'mode'), 'auth-hmac-strict', `Strict mode requires auth_hmac mode enforce. resetting`);
    mode = 'enforce';
  }
  return {
    keys,
    active_key,
    time_window: valueIn(authHmac, written, 'time_window') ?? null,
    anti_replay: valueIn(authHmac, written, 'anti_replay'),
    mode,
  };
}

/** In hex; null: refused, and reported. A relative path starts at the working directory of the daemon. */
function keyFromFile({ value, place }: Setting<HmacKeyEntry>, path: string, name: string, context: BuildContext): string | null {
  const { files } = context;
  if (!files) return null;
  const absolute = path.startsWith('/') ? path : `${files.directory()}/${path}`;
  const refuse = (why: string) => {
    const text = `(${name}) auth_hmac key ${value.id}: ${path}: ${why}`;
    repaired(context, place, 'auth-hmac-file', text, { scope: 'child', word: path, effect: 'the key is ignored' });
    return null;
  };
  const content = files.read(absolute);
  if (!content.ok) return refuse(`cannot be read (${content.error.replace('_', ' ')})`);
  if (files.exposed?.(absolute)) {
    const text = `(${name}) auth_hmac key ${value.id}: ${path} can be read or written by group or others`;
    context.findings.report(place, {
      code: 'auth-hmac-exposed',
      class: 'SECURITY_ERROR',
      severity: 'warning',
      message: text,
      word: path,
      hint: `chmod 600 ${path}`,
    });
  }
  const hex = keyBytes(new TextDecoder('utf-8').decode(content.value).trim());
  return hex ?? refuse('holds no key of 32 to 64 bytes');
}
