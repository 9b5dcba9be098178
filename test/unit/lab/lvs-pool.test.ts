// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { poolOf } from '../../../lib/lab/lvs-pool.ts';

const text = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A4D0033:0050 rr
  -> 0A4D000D:0050      Route   9      0          0
TCP  0A4D0032:0050 rr
  -> 0A4D000C:0050      Route   1      0          12
  -> 0A4D000B:0050      Masq    0      3          0
FWM  00000003 wlc
  -> 0A4D000E:0000      Route   7      0          0
TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 rr
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0050      Route   1      0          0
TCP  0A4D0034:1F90 wlc
`;

describe("the lab's view of a pool", () => {
  it('is the servers of one service with their weights', () => {
    assert.deepEqual(poolOf(text, '10.77.0.50', 80), [
      { address: '10.77.0.12', weight: 1 },
      { address: '10.77.0.11', weight: 0 },
    ]);
    assert.deepEqual(poolOf(text, '10.77.0.51', 80), [{ address: '10.77.0.13', weight: 9 }]);
  });

  it('tells an empty pool from a service that is not there', () => {
    assert.deepEqual(poolOf(text, '10.77.0.52', 8080), []);
    assert.equal(poolOf(text, '10.77.0.50', 81), null);
    assert.equal(poolOf('', '10.77.0.50', 80), null);
  });
});
