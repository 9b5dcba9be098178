// SPDX-License-Identifier: MIT
// auth_hmac: the HMAC-SHA-256 trailer of adverts (reference/vrrp-protocol.md 2.3).

import { oneOf } from '../args.ts';
import { hmacKey } from '../auth-args.ts';
import { keywords } from '../keyword.ts';
import { integer } from '../numbers.ts';

const live = 'live' as const;

export const authHmac = keywords({
  key: { arg: hmacKey, repeat: 'all', reload: live, secret: true, doc: 'A key; any of them may have signed an advert' },
  active_key: { arg: integer(1, 255, { strict: true }), reload: live, doc: 'The key that signs' },
  time_window: {
    arg: integer(1, 300, { strict: true }),
    reload: live,
    doc: 'Accepted difference of clocks in seconds, with anti_replay time',
  },
  anti_replay: { arg: oneOf(['time', 'monotonic']), fallback: 'time', default: 'time', reload: live, doc: 'Replay defence' },
  mode: {
    arg: oneOf(['enforce', 'permissive', 'receive-only']),
    fallback: 'enforce',
    default: 'enforce',
    reload: live,
    doc: 'enforce: sign, and demand it; permissive: sign, and accept adverts without; receive-only: do not sign',
  },
});
