// SPDX-License-Identifier: MIT
// What a scan makes of adverts; on a real wire: test/topo/recordings.test.ts has one at its end.

import assert from 'node:assert/strict';
import { micros } from '../../../lib/base/time.ts';
import type { FrameSummary } from '../../../lib/native/tap-surface.ts';
import { createScan, scanText } from '../../../lib/vrrp/scan.ts';

const advert = (changes: Partial<FrameSummary> = {}): FrameSummary => ({
  kind: 'advert',
  sourceMac: '02:00:00:00:00:01',
  destinationMac: '01:00:5e:00:00:12',
  source: '192.0.2.1',
  destination: '224.0.0.18',
  ttl: 255,
  ipId: 1,
  vrid: 51,
  version: 3,
  priority: 150,
  interval: micros(1_000_000),
  authType: 0,
  addresses: ['192.0.2.100'],
  checksumOk: true,
  echoId: 0,
  echoSequence: 0,
  ...changes,
});

/** Each of these, once a second for four seconds. */
function heard(...frames: FrameSummary[]) {
  const scan = createScan();
  for (let s = 0; s < 4; s++) for (const frame of frames) scan.hear(s * 1e6, frame);
  return scan.result();
}

describe('a scan', () => {
  it('lists who is there, and finds nothing wrong with a healthy router', () => {
    const { senders, problems, free } = heard(advert(), advert({ kind: 'garp' }));
    assert.deepEqual(
      senders.map((s) => [s.vrid, s.count, s.intervalSeconds, s.heardSeconds]),
      [[51, 4, 1, 1]],
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(free, { ipv4: '1-50, 52-255', ipv6: '1-255' });
  });

  const other = { source: '192.0.2.2', sourceMac: '02:00:00:00:00:02' };
  for (const [what, frames, text] of [
    ['a TTL', [advert({ ttl: 64 })], /TTL 64/],
    ['a checksum', [advert({ checksumOk: false })], /wrong checksums/],
    ['two Active routers', [advert(), advert({ ...other, priority: 100 })], /several .*192\.0\.2\.1 .*02:00:00:00:00:02/],
    ['another cluster', [advert(), advert({ ...other, addresses: ['10.0.0.1'] })], /another cluster/],
    ['an address of two routers', [advert(), advert({ ...other, vrid: 52 })], /advertised by VRID 51 too/],
    ['lost adverts', [advert({ interval: micros(250_000) })], /lost or late/],
  ] as const)
    it(`finds ${what}`, () =>
      assert.ok(
        heard(...frames).problems.some((p) => text.test(p.text)),
        JSON.stringify(heard(...frames).problems),
      ));

  it('keeps 1024 senders of a flood, and says so', () => {
    const scan = createScan();
    for (let n = 0; n < 2000; n++) scan.hear(n, advert({ source: `10.0.${n >> 8}.${n & 255}` }));
    assert.equal(scan.result().senders.length, 1024);
    assert.match(scanText('eth0', 5, scan.result()), /left out: 976/);
  });
});
