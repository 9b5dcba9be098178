// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import type { TrackFile } from '../../../lib/config/model.ts';
import type { TrackingStatus } from '../../../lib/ports/tracking.ts';
import { createTracking } from '../../../lib/track/shell.ts';
import { bfdInstance, config, instance } from '../../support/configs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeProcessTable } from '../../support/fake-process-table.ts';
import { createFakeProcesses } from '../../support/fake-processes.ts';
import { createFakeFiles } from '../../support/fake-watched-files.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const position = { file: 'x', line: 1, column: 1 };
const weight = (value: number, reverse = false) => ({ value, reverse });
const file = (name: string, changes: Partial<TrackFile> = {}): TrackFile => ({
  name,
  position,
  file: `/run/${name}`,
  weight: weight(1),
  init_file: null,
  ...changes,
});
const follows = (name: string, value = 1, reverse = false) =>
  instance({ name: 'VI', track_file: [{ name, weight: weight(value, reverse) }] });

function setup(definitions: TrackFile[], instances = [follows('f')], contents: Record<string, string> = {}, respawned = false) {
  const files = createFakeFiles(contents);
  const log = createMemoryLog();
  const changes: TrackingStatus[] = [];
  const context = { clock: createFakeClock(), processes: createFakeProcesses(), table: createFakeProcessTable(), files, log, respawned };
  const tracking = createTracking(context);
  const inputs = { linkState: () => 'up' as const, onChange: (_: string, s: TrackingStatus) => void changes.push(s) };
  const apply = (d: TrackFile[], i = instances) => tracking.apply({ ...config(...i), track_file: d }, inputs);
  apply(definitions);
  return { files, log, changes, tracking, apply };
}

describe('tracking files', () => {
  it('counts from the start, and follows each write, replacement and deletion', () => {
    const t = setup([file('f')], [follows('f', 2)], { '/run/f': '5\n' });
    assert.equal(t.tracking.status('VI').trackingDelta, 10);
    t.files.change('/run/f', '-3\n');
    t.files.change('/run/f', null);
    assert.deepEqual(
      t.changes.map((s) => s.trackingDelta),
      [-6, 0],
    );
  });

  it('tells nobody while the number is the same', () => {
    const t = setup([file('f')], [follows('f')], { '/run/f': '5' });
    t.files.change('/run/f', '0x5 ');
    assert.deepEqual(t.changes, []);
  });

  it('goes to Fault and leaves it with keepalived’s lines', () => {
    const t = setup([file('f')], [follows('f', 0)]);
    t.files.change('/run/f', '1');
    t.files.change('/run/f', 'abc');
    assert.deepEqual(
      t.changes.map((s) => s.faults),
      [[{ kind: 'file', name: 'f', status: -254 }], []],
    );
    assert.deepEqual(t.log.lines, ['(VI): tracked file f now FAULT state', '(VI): tracked file f leaving FAULT state']);
  });

  it('keeps the former number when the new one is too big, and says so', () => {
    const t = setup([file('f')], [follows('f')], { '/run/f': '7' });
    t.files.change('/run/f', '99999999999');
    assert.equal(t.tracking.status('VI').trackingDelta, 7);
    assert.deepEqual(t.log.lines, ['Invalid number 99999999999 read from /run/f - ignoring']);
  });

  it('does not watch what nobody follows, and no longer what a reload drops', () => {
    const t = setup([file('f'), file('g')]);
    assert.deepEqual(t.files.watched(), ['/run/f']);
    t.apply([], [instance({ name: 'VI' })]);
    assert.deepEqual(t.files.watched(), []);
  });

  it('keeps its number over a reload with another weight; another path is read anew', () => {
    const t = setup([file('f')], [follows('f')], { '/run/f': '7', '/run/other': '9' });
    t.apply([file('f', { weight: weight(3) })], [follows('f', 3)]);
    assert.equal(t.tracking.status('VI').trackingDelta, 21);
    t.apply([file('f', { file: '/run/other' })]);
    assert.equal(t.tracking.status('VI').trackingDelta, 9);
    assert.deepEqual(t.files.watched(), ['/run/other']);
    t.files.change('/run/f', '1');
    assert.deepEqual(t.changes, []);
  });

  it('is silent after its stop', () => {
    const t = setup([file('f')]);
    t.tracking.stop();
    t.files.change('/run/f', '5');
    assert.deepEqual([t.files.watched(), t.changes], [[], []]);
  });

  it('says once why it has to look now and then', () => {
    const t = setup([file('f')]);
    t.files.trouble('/run/f', 'its directory cannot be watched (ENOENT)');
    assert.deepEqual(t.log.lines, ['Track file f: its directory cannot be watched (ENOENT); /run/f is looked at once a second']);
  });
});

describe('init_file', () => {
  const init = (value: number, overwrite = false) => file('f', { init_file: { value, overwrite } });

  it('writes a missing file, and an existing one only with overwrite', () => {
    assert.equal(setup([init(3)]).files.contents.get('/run/f'), '3\n');
    assert.equal(setup([init(3)], undefined, { '/run/f': '9' }).tracking.status('VI').trackingDelta, 9);
    assert.equal(setup([init(-4, true)], undefined, { '/run/f': '9' }).tracking.status('VI').trackingDelta, -4);
  });

  it('writes nothing at a reload and nothing after a crash', () => {
    const t = setup([file('f')]);
    t.apply([init(3)]);
    assert.equal(t.files.contents.has('/run/f'), false);
    assert.equal(setup([init(3, true)], undefined, { '/run/f': '9' }, true).files.contents.get('/run/f'), '9');
  });

  it('refuses what is no regular file, and says what cannot be written', () => {
    const device = setup([file('f', { file: '/dev/null', init_file: { value: 1, overwrite: true } })]);
    assert.deepEqual(device.log.lines, ['Track file /dev/null is not a regular file - not initialised']);
    const readonly = setup([file('f', { file: '/readonly/f', init_file: { value: 1, overwrite: false } })]);
    assert.deepEqual(readonly.log.lines, ['Unable to initialise track file /readonly/f - EROFS']);
  });
});

describe('tracking BFD sessions', () => {
  const bfd = bfdInstance({ name: 'b' });

  it('count as down until the first word, with keepalived’s lines, and keep their state over a reload', () => {
    const changes: TrackingStatus[] = [];
    const log = createMemoryLog();
    const tracking = createTracking({
      clock: createFakeClock(),
      processes: createFakeProcesses(),
      table: createFakeProcessTable(),
      files: createFakeFiles(),
      log,
      respawned: false,
    });
    const inputs = { linkState: () => 'up' as const, onChange: (_: string, s: TrackingStatus) => void changes.push(s) };
    const conf = { ...config(instance({ name: 'VI', track_bfd: [{ name: 'b', weight: weight(0) }] })), bfd_instance: [bfd] };
    tracking.apply(conf, inputs);
    assert.deepEqual(tracking.status('VI').faults, [{ kind: 'bfd', name: 'b' }]);
    tracking.bfdChanged('b', true);
    tracking.bfdChanged('b', true);
    tracking.bfdChanged('unknown', true);
    tracking.apply(conf, inputs);
    assert.deepEqual(tracking.status('VI').faults, []);
    tracking.bfdChanged('b', false);
    assert.equal(changes.length, 2);
    assert.deepEqual(log.lines, ['VRRP_Instance(VI) Tracked BFD instance b is UP', 'VRRP_Instance(VI) Tracked BFD instance b is DOWN']);
  });
});
