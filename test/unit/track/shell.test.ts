// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { milliseconds, seconds } from '../../../lib/base/time.ts';
import type { VrrpInstance, VrrpScript } from '../../../lib/config/model.ts';
import type { News } from '../../../lib/ports/news.ts';
import type { LinkState, TrackingStatus } from '../../../lib/ports/tracking.ts';
import { createTracking } from '../../../lib/track/shell.ts';
import { instance as aRouter, config } from '../../support/configs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeProcessTable } from '../../support/fake-process-table.ts';
import { createFakeProcesses } from '../../support/fake-processes.ts';
import { createFakeFiles } from '../../support/fake-watched-files.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

const failed = { kind: 'exited', status: 1 } as const;

describe('tracking scripts', () => {
  it('runs a script at once and then on a fixed grid of its interval', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
    t.processes.last().exit();
    t.clock.advance(milliseconds(1999));
    assert.equal(t.processes.runs.length, 1);
    t.clock.advance(milliseconds(1));
    assert.equal(t.processes.runs.length, 2);
  });

  it('does not make up for runs that a stalled loop missed', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
    t.processes.last().exit();
    t.clock.stall(seconds(7));
    assert.equal(t.processes.runs.length, 2);
    t.processes.last().exit();
    t.clock.advance(milliseconds(999));
    assert.equal(t.processes.runs.length, 2);
    t.clock.advance(milliseconds(1));
    assert.equal(t.processes.runs.length, 3);
  });

  it('gives a script its timeout, user and configured name', () => {
    const run_as = { uid: 1, gid: 1 };
    const chk = script('chk', { script: { words: ['/a', 'b c'], user: null, text: '', path: '/real/a', run_as }, timeout: seconds(1) });
    const t = setup([instance('VI', { scripts: ['chk'] })], [chk]);
    const { command } = t.processes.last();
    assert.deepEqual([command.path, command.argv0, command.args], ['/real/a', '/a', ['b c']]);
    assert.deepEqual([command.identity, command.timeout], [run_as, seconds(1)]);
  });

  it('holds the instance until the first result of a weight-0 script and tells when it is in', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
    assert.equal(t.tracking.status('VI').waiting, true);
    t.processes.last().exit();
    assert.deepEqual(t.changes, [['VI', { trackingDelta: 0, faults: [], waiting: false }]]);
  });

  it('tells those who watch of each other word of a script, and of no word twice', () => {
    const t = setup([instance('A', { scripts: ['chk'] }), instance('B', { scripts: ['chk'] })], [script('chk')]);
    const states = () => t.news.map((n) => n.kind === 'tracker' && `${n.tracker} ${n.name} ${n.state}`);
    t.processes.last().exit();
    t.clock.advance(seconds(2));
    t.processes.last().exit();
    assert.deepEqual(states(), ['script chk up']);
    t.clock.advance(seconds(2));
    t.processes.last().exit(failed);
    // A reload is no news of a script that goes on.
    t.apply([instance('A', { scripts: ['chk'] })], [script('chk')]);
    assert.deepEqual(states(), ['script chk up', 'script chk down']);
  });

  it('turns a failing weight-0 script into a fault and back, with keepalived’s lines', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
    t.processes.last().exit(failed);
    t.clock.advance(seconds(2));
    t.processes.last().exit();
    assert.deepEqual(
      t.changes.map(([, status]) => status.faults),
      [[{ kind: 'script', name: 'chk' }], []],
    );
    assert.deepEqual(t.log.lines, [
      'Script `chk` now returning 1',
      'VRRP_Script(chk) failed (exited with status 1)',
      'Script `chk` now returning 0',
      'VRRP_Script(chk) succeeded',
    ]);
  });

  it('adds the weight of an instance and tells only whom it concerns', () => {
    const t = setup([instance('A', { scripts: ['chk'], weight: -20 }), instance('B')], [script('chk')]);
    t.processes.last().exit(failed);
    assert.deepEqual(t.changes, [['A', { trackingDelta: -20, faults: [], waiting: false }]]);
  });

  it('says nothing while a result merely repeats', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
    t.processes.last().exit();
    t.clock.advance(seconds(2));
    t.processes.last().exit();
    assert.equal(t.changes.length, 1);
  });

  it('skips a run while the last one goes on', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk', { timeout: seconds(10) })]);
    t.clock.advance(seconds(2));
    assert.equal(t.processes.runs.length, 1);
    assert.deepEqual(t.log.lines, ['Track script chk is already running, expect idle - skipping run']);
  });

  it('counts a timeout, and a command that cannot be started, as a failure', () => {
    for (const [result, line] of [
      [{ kind: 'timed_out' }, 'VRRP_Script(chk) timed_out'],
      [{ kind: 'not_started', code: 'ENOENT', text: 'gone' }, 'VRRP_Script(chk) failed (exited with status 127)'],
    ] as const) {
      const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
      t.processes.last().exit(result);
      assert.equal(t.log.lines.at(-1), line);
      assert.equal(t.tracking.status('VI').faults.length, 1);
    }
  });

  it('does not run a script that no instance tracks', () => {
    assert.equal(setup([instance('VI')], [script('chk')]).processes.runs.length, 0);
  });

  it('ends a running script at stop and then listens no more', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
    t.tracking.stop();
    assert.deepEqual(t.processes.last().signals, ['TERM']);
    t.processes.last().exit(failed);
    t.tracking.linkChanged('eth1');
    assert.deepEqual(t.changes, []);
    assert.equal(t.clock.pending(), 0);
  });

  it('keeps answering after its stop: routers leave after their trackers', () => {
    const t = setup([instance('VI', { scripts: ['chk'] })], [script('chk')]);
    t.processes.last().exit(failed);
    t.tracking.stop();
    assert.deepEqual(t.tracking.status('VI').faults, [{ kind: 'script', name: 'chk' }]);
  });
});

describe('tracking over a reload', () => {
  it('keeps result and schedule of a script that did not change', () => {
    const instances = [instance('VI', { scripts: ['chk'] })];
    const t = setup(instances, [script('chk')]);
    t.processes.last().exit(failed);
    t.clock.advance(seconds(1));
    t.apply(instances, [script('chk', { fall: 3 })]);
    assert.deepEqual(t.tracking.status('VI').faults, [{ kind: 'script', name: 'chk' }]);
    assert.equal(t.processes.runs.length, 1);
    t.clock.advance(seconds(1));
    assert.equal(t.processes.runs.length, 2);
    assert.ok(t.log.lines.includes('VRRP_Script(chk) considered unsuccessful on reload'));
  });

  it('ends a script whose command changed and starts the new one without holding the instance', () => {
    const instances = [instance('VI', { scripts: ['chk'] })];
    const t = setup(instances, [script('chk')]);
    const old = t.processes.last();
    t.apply(instances, [script('chk', { script: { words: ['/other'], user: null, text: '', path: null, run_as: null } })]);
    assert.deepEqual(old.signals, ['TERM']);
    assert.equal(t.processes.last().text, '/other');
    assert.equal(t.tracking.status('VI').waiting, false);
  });

  it('ends scripts and links that are gone', () => {
    const t = setup([instance('VI', { scripts: ['chk'], links: ['eth1'] })], [script('chk')]);
    t.apply([instance('VI')], []);
    assert.deepEqual(t.processes.last().signals, ['TERM']);
    t.links.set('eth1', 'down');
    t.tracking.linkChanged('eth1');
    assert.deepEqual(t.changes, []);
  });
});

describe('tracking interfaces', () => {
  it('faults while a tracked link is down or missing, and names which', () => {
    const t = setup([instance('VI', { links: ['eth1'] })], []);
    for (const state of ['down', 'missing', 'up'] as const) {
      t.links.set('eth1', state);
      t.tracking.linkChanged('eth1');
    }
    assert.deepEqual(
      t.changes.map(([, status]) => status.faults.map((f) => f.kind)),
      [['interface_down'], ['interface_missing'], []],
    );
  });

  it('adds weights, and ignores links that nobody tracks', () => {
    const t = setup([instance('VI', { links: ['eth1'], weight: 30 })], []);
    assert.equal(t.tracking.status('VI').trackingDelta, 30);
    t.tracking.linkChanged('eth7');
    t.links.set('eth1', 'down');
    t.tracking.linkChanged('eth1');
    t.tracking.linkChanged('eth1');
    assert.deepEqual(
      t.changes.map(([, s]) => s.trackingDelta),
      [0],
    );
  });

  it('knows no instance that is not configured', () => {
    assert.throws(() => setup([], []).tracking.status('VI'), /no instance VI/);
  });
});

function setup(instances: VrrpInstance[], scripts: VrrpScript[]) {
  const clock = createFakeClock();
  const processes = createFakeProcesses();
  const log = createMemoryLog();
  const links = new Map<string, LinkState>();
  const changes: [string, TrackingStatus][] = [];
  const news: News[] = [];
  const rest = { files: createFakeFiles(), table: createFakeProcessTable(), respawned: false };
  const tracking = createTracking({ clock, processes, log, ...rest, news: (one) => void news.push(one) });
  const inputs = {
    linkState: (name: string) => links.get(name) ?? 'up',
    onChange: (name: string, status: TrackingStatus) => void changes.push([name, status]),
  };
  const apply = (i: VrrpInstance[], s: VrrpScript[]) => tracking.apply({ ...config(...i), vrrp_script: s }, inputs);
  apply(instances, scripts);
  return { clock, processes, log, links, changes, news, tracking, apply };
}

function instance(name: string, tracked: { scripts?: string[]; links?: string[]; weight?: number } = {}): VrrpInstance {
  const weight = { value: tracked.weight ?? 0, reverse: false };
  const list = (names: string[] = []) => names.map((n) => ({ name: n, weight }));
  return aRouter({ name, priority: 100, track_script: list(tracked.scripts), track_interface: list(tracked.links) });
}

function script(name: string, changes: Partial<VrrpScript> = {}): VrrpScript {
  return {
    name,
    position: { file: 'x', line: 1, column: 1 },
    script: { words: [`/usr/bin/${name}`], user: null, text: '', path: null, run_as: null },
    interval: seconds(2),
    timeout: seconds(2),
    weight: { value: 0, reverse: false },
    rise: 1,
    fall: 1,
    init_fail: false,
    ...changes,
  };
}
