// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { allRows } from '../../../lib/grammar.ts';
import { instanceText, load, problems } from './load.ts';

const eth0 = { name: 'eth0', mtu: 1500, loopback: false, multicast: true };
const said = (text: string, options = {}) => problems(load(text, options)).map((p) => p.replace(/^[0-9]+:[0-9]+ /, ''));

describe('keywords', () => {
  it('are checked in a block that is refused for another reason', () => {
    const loaded = load('bfd_instance B {\n neighbor_ip 10.0.0.2\n min_rx 0.5\n bogus\n}\n');
    assert.deepEqual(
      loaded.findings.map((f) => [f.code, f.place?.line]),
      [
        ['number-range', 3],
        ['unknown-keyword', 4],
      ],
    );
  });

  it('a BFD session without neighbour is removed', () => {
    assert.deepEqual(said('bfd_instance B {\n}\n'), [
      'bfd-no-neighbour: Configuration error: BFD instance B has no neighbor address set, disabling instance',
    ]);
    assert.deepEqual(said('bfd_instance B {\n neighbour_ip 10.0.0.2\n}\n'), []);
  });

  it('an unknown interface with a delay alone gives test status 4', () => {
    const loaded = load('interface_up_down_delays {\n eth7 1 2\n}\n', { interfaces: [eth0] });
    assert.deepEqual(
      [problems(loaded), loaded.testStatus, loaded.startStatus],
      [['2:2 interface-unknown-entry: unknown interface eth7 specified for up/down delay'], 4, 0],
    );
  });

  it('a track_file needs a file, and must come before those that track it', () => {
    const tracker = instanceText('track_file {\n F\n}');
    assert.deepEqual(said(`track_file F {\n}\n${tracker}`), [
      'track-file-no-file: No file set for track_file F - ignoring',
      'track-undefined: (VI_1) track file F not found, ignoring...',
    ]);
    assert.deepEqual(said(`track_file F {\n file /x\n}\n${tracker}`), []);
    assert.deepEqual(said(`vrrp_track_file F {\n file /x\n}\n${tracker}`), []);
    assert.equal(said(`${tracker}track_file F {\n file /x\n}\n`).length, 1);
  });

  it('every row has a sentence about it', () => {
    for (const [path, keyword, row] of allRows()) assert.ok(row.doc.length > 5, `${path} ${keyword}`);
  });

  it('every row is stored under its own key or that of a row', () => {
    const keys = new Set([...allRows()].map(([path, keyword]) => `${path} ${keyword}`));
    for (const [path, keyword, row] of allRows()) if (row.as) assert.ok(keys.has(`${path} ${row.as}`), `${path} ${keyword}`);
  });
});
