// SPDX-License-Identifier: MIT
// bfd_instance blocks as the BFD process runs them.

import assert from 'node:assert/strict';
import { load, problems } from './load.ts';

const sessions = (text: string) => load(text).config?.bfd_instance ?? [];

describe('a bfd_instance', () => {
  it('has keepalived’s defaults', () => {
    const [four, six] = sessions('bfd_instance a {\n neighbor_ip 192.0.2.9\n}\nbfd_instance b {\n neighbour_ip fd00::9\n}\n');
    const { name, position, ...rest } = four ?? assert.fail();
    assert.deepEqual(rest, {
      neighbor_ip: '192.0.2.9',
      source_ip: null,
      min_rx: 10_000,
      min_tx: 10_000,
      idle_tx: 1_000_000,
      multiplier: 5,
      passive: false,
      ttl: 255,
      max_hops: 0,
      multihop: false,
      weight: { value: 0, reverse: false },
      vrrp: false,
      checker: false,
    });
    assert.deepEqual([name, position.line, six?.ttl], ['a', 1, 64]);
  });

  it('is run whether or not somebody tracks it, and takes fractions of milliseconds', () => {
    const [session] = sessions('bfd_instance a {\n neighbor_ip 192.0.2.9\n min_tx 1.5\n max_hops -1\n multihop\n hoplimit 60\n}\n');
    assert.deepEqual([session?.min_tx, session?.max_hops, session?.multihop, session?.ttl], [1500, 255, true, 60]);
  });

  it('goes without what it cannot have', () => {
    const text =
      'bfd_instance a {\n neighbor_ip 192.0.2.9\n source_ip fd00::1\n ttl 5\n max_hops 6\n min_rx 20000\n}\nbfd_instance b {\n neighbor_ip 192.0.2.9\n}\n';
    const loaded = load(text);
    assert.deepEqual(problems(loaded), [
      '3:12 family-mismatch: Configuration error: BFD instance a source_ip and neighbor_ip are not of the same family - ignoring source_ip',
      '5:11 value-clamped: Configuration error: BFD instance a max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit',
      '9:14 duplicate: Configuration error: BFD instance b duplicate source/neighbor address pair - disabling instance',
    ]);
    assert.deepEqual(
      loaded.config?.bfd_instance.map((b) => [b.name, b.source_ip, b.max_hops]),
      [['a', null, 5]],
    );
    assert.ok(loaded.findings.some((f) => f.code === 'pacing-slow'));
  });
});
