// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { VrrpInstance } from '../../../lib/config/model.ts';
import type { RefusalReason } from '../../../lib/native/surface.ts';
import { refusalText } from '../../../lib/vrrp/refusals.ts';
import { advertLines } from '../../../lib/vrrp/shell/engine-lines.ts';
import { endpointOf, expectationOf, frameOf } from '../../../lib/vrrp/shell/settings.ts';
import { instance } from '../../support/configs.ts';

const text = (reason: RefusalReason, received = 0, expected = 0): string | null =>
  refusalText('VI_1', 2, { reason, source: '192.0.2.1', received, expected });

describe('lines for refused signatures', () => {
  it("are keepalived's for AH", () => {
    assert.equal(text('ah_header_mismatch', 1, 0), '(VI_1) Received AH header but auth type not AH from 192.0.2.1');
    assert.equal(text('ah_header_mismatch', 0, 1), '(VI_1) No AH header but auth type is AH from 192.0.2.1');
    assert.equal(text('ah_next_header', 6, 112), null);
    assert.equal(text('ah_icv'), '(VI_1) IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !');
    assert.equal(text('ah_spi', 4294967295, 1), 'IPSEC AH : invalid IPSEC SPI value. 4294967295 and expect 1');
    assert.equal(text('ah_sequence', 5, 9), '(VI_1) IPSEC-AH : sequence number 5 already processed. Packet dropped. Local(9)');
  });

  it('name what is wrong with a trailer, and who sent it', () => {
    assert.equal(text('auth_ext_not_peer'), '(VI_1) unicast source address 192.0.2.1 not a unicast peer');
    const others = ['missing', 'malformed', 'stale', 'unknown_key', 'invalid_hmac', 'replay'] as const;
    for (const reason of others) assert.match(text(`auth_ext_${reason}`) ?? '', /^\(VI_1\) .*192\.0\.2\.1/, reason);
  });
});

const keys = [
  { id: 1, hex: '11'.repeat(32), file: null },
  { id: 2, hex: '22'.repeat(64), file: null },
];
const signing = (mode: 'enforce' | 'permissive' | 'receive-only'): VrrpInstance =>
  instance({ auth_hmac: { keys, active_key: 2, time_window: 9, anti_replay: 'monotonic', mode } });

describe('the line for a TTL out of the range of its peer', () => {
  it('names the range', () => {
    const refusal = { reason: 'unicast_ttl', source: '192.0.2.2', received: 64, expected: 254 } as const;
    assert.equal(
      refusalText('VI_1', 2, refusal, { min_ttl: 254, max_ttl: 255 }),
      '(VI_1) TTL/HL 64 from 192.0.2.2 not in range [254, 255]',
    );
  });
});

describe('authentication on its way to the engine', () => {
  it('is a policy with every key, and a signer with the active one unless only receiving', () => {
    for (const mode of ['enforce', 'permissive', 'receive-only'] as const) {
      const { hmac } = expectationOf(signing(mode));
      assert.deepEqual([hmac?.mode, hmac?.antiReplay, hmac?.window, hmac?.keys.length], [mode, 'monotonic', 9, 2]);
      const signer = frameOf(signing(mode), '192.0.2.1' as never, 100, false).hmac;
      assert.deepEqual(signer?.key, mode === 'receive-only' ? undefined : { id: 2, key: new Uint8Array(64).fill(0x22) });
    }
    assert.equal('hmac' in expectationOf(instance({})), false);
  });

  it('opens sockets of protocol 51 for AH', () => {
    const ah = instance({ authentication: { auth_type: 'AH', auth_pass: 'secret' } });
    assert.equal(endpointOf(ah, 1, 'eth0', null)?.protocol, 51);
    assert.deepEqual(expectationOf(ah).authData, Uint8Array.from(Buffer.from('secret\0\0')));
  });

  it('tells once of a clock that drifts, and each time of a sequence that was passed', () => {
    const told = new Set<string>();
    const event = {
      ...{ kind: 'advert', key: 1, at: 0, source: '192.0.2.1', priority: 100, interval: 1e6, ttl: 255 },
      ...{ addressMismatch: 'none', mismatchDetail: 0, intervalMismatch: false, ahSynced: true, clockSkew: -7 },
    } as unknown as Parameters<typeof advertLines>[1];
    const skew = '(VI_1) authentication clock skew -7 sec from 192.0.2.1 approaching window 9 sec';
    const sync = '(VI_1) IPSEC-AH : Syncing seq_num - Increment seq';
    assert.deepEqual(advertLines({ ...signing('enforce'), name: 'VI_1' }, event, told), [skew, sync]);
    assert.deepEqual(advertLines({ ...signing('enforce'), name: 'VI_1' }, event, told), [sync]);
  });
});
