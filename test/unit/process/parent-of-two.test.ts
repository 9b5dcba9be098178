// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { micros, seconds } from '../../../lib/base/time.ts';
import type { Config } from '../../../lib/config/model.ts';
import type { Role } from '../../../lib/process/messages.ts';
import type { ParentSettings } from '../../../lib/process/parent.ts';
import { config, configOf, exited, killed, type Options, setup } from '../../support/parent.ts';

describe('the parent of two children', () => {
  function both(options: Options = {}) {
    const p = setup({ config: config(1, false, 2), ...options });
    p.parent.start();
    const child = (role: Role) => {
      const found = p.children.findLast((c) => c.role === role);
      assert.ok(found, role);
      return found;
    };
    const answer = (role: Role, generation: number) => {
      child(role).say({ kind: 'listening' });
      child(role).say({ kind: 'loaded', generation });
    };
    return { ...p, of: child, answer };
  }

  it('starts the checkers first, gives each its share of the configuration, and is complete when both have it', () => {
    const p = both();
    assert.deepEqual(
      p.children.map((c) => c.role),
      ['checkers', 'vrrp'],
    );
    p.answer('checkers', 1);
    assert.ok(!p.log.lines.includes('Startup complete'));
    p.answer('vrrp', 1);
    assert.deepEqual(p.log.lines, [
      'Starting Healthcheck child process, pid=1000',
      'Starting VRRP child process, pid=1001',
      'Startup complete',
    ]);
    const shares = p.children.map((c) => configOf(c.sent[0]));
    assert.deepEqual(
      shares.map((c) => [c?.virtual_server.length, c?.vrrp_instance.length]),
      [
        [2, 0],
        [0, 1],
      ],
    );
    assert.deepEqual(p.files.written.slice(1), [
      ['/run/c.pid', '1000\n'],
      ['/run/v.pid', '1001\n'],
    ]);
  });

  it('obeys --vrrp and --check', () => {
    const roles = (settings: Partial<ParentSettings>) => both({ settings }).children.map((c) => c.role);
    assert.deepEqual([roles({ runCheckers: false }), roles({ runVrrp: false })], [['vrrp'], ['checkers']]);
  });

  it('starts a BFD child for sessions, and passes their words to whom they are for, also when those come later', () => {
    const conf = { ...config(1, false, 1), bfd_instance: [{}] } as unknown as Config;
    const p = setup({ config: conf });
    p.parent.start();
    assert.deepEqual(
      p.children.map((c) => c.role),
      ['checkers', 'vrrp', 'bfd'],
    );
    const [checkers, vrrp, bfd] = p.children;
    const heard = (child: (typeof p.children)[number] | undefined) =>
      child?.sent.filter((m) => m.kind === 'bfd').map((m) => [m.name, m.up]);
    const change = (name: string, up: boolean, vrrp: boolean, checkers: boolean) =>
      bfd?.say({ kind: 'bfd', change: { name, up, at: micros(1), vrrp, checkers } });
    for (const child of p.children) child.say({ kind: 'listening' });
    change('a', true, true, false);
    change('b', true, true, true);
    assert.deepEqual(heard(vrrp), [
      ['a', true],
      ['b', true],
    ]);
    assert.deepEqual(heard(checkers), [['b', true]]);
    assert.deepEqual(heard(bfd), []);
    change('b', false, true, true);
    checkers?.say({ kind: 'loaded', generation: 1 });
    assert.deepEqual(heard(checkers)?.at(-1), ['b', false]);
  });

  it('passes a data dump to both, other dumps to VRRP alone', () => {
    const p = both();
    for (const role of ['checkers', 'vrrp'] as const) p.answer(role, 1);
    p.parent.dump('data');
    p.parent.dump('statistics');
    const asked = (role: Role) => p.of(role).sent.flatMap((m) => (m.kind === 'dump' ? m.what : []));
    assert.deepEqual([asked('checkers'), asked('vrrp')], [['data'], ['data', 'statistics']]);
  });

  it('ends VRRP first, and itself when both have ended; who does not is killed', () => {
    const p = both();
    for (const role of ['checkers', 'vrrp'] as const) p.answer(role, 1);
    p.parent.stop();
    assert.deepEqual([p.of('checkers').signals, p.of('vrrp').signals], [['SIGTERM'], ['SIGTERM']]);
    p.of('vrrp').end(exited(0));
    assert.equal(p.status(), null);
    p.clock.advance(seconds(30));
    assert.ok(p.log.lines.includes('Healthcheck process failed to die - forcing termination'));
    assert.deepEqual(p.of('checkers').signals, ['SIGTERM', 'SIGKILL']);
    p.of('checkers').end(killed);
    assert.equal(p.status(), 0);
  });

  it('starts a dead one again and leaves the other alone; a permanent error of one ends both', () => {
    const p = both();
    for (const role of ['checkers', 'vrrp'] as const) p.answer(role, 1);
    p.of('checkers').end(killed);
    p.clock.advance(seconds(1));
    assert.deepEqual(
      p.children.map((c) => c.role),
      ['checkers', 'vrrp', 'checkers'],
    );
    p.answer('checkers', 1);
    const [start] = p.of('checkers').sent;
    assert.ok(start?.kind === 'start' && start.settings.checkers.respawned);
    p.of('checkers').end(exited(1));
    assert.deepEqual(p.of('vrrp').signals, ['SIGTERM']);
    p.of('vrrp').end(exited(0));
    assert.equal(p.status(), 1);
  });

  it('restarts only who does not answer a reload, and waits for both', () => {
    const p = both();
    for (const role of ['checkers', 'vrrp'] as const) p.answer(role, 1);
    p.parent.reload();
    p.of('vrrp').say({ kind: 'loaded', generation: 2 });
    p.clock.advance(seconds(30));
    assert.deepEqual([p.of('checkers').signals, p.of('vrrp').signals], [['SIGKILL'], []]);
    p.of('checkers').end(killed);
    p.clock.advance(seconds(1));
    p.answer('checkers', 2);
    assert.equal(p.log.lines.at(-1), 'Reload complete');
  });

  it('hears of a weight set over SNMP, and the next checker process begins with it', () => {
    let marked = false;
    const p = both({ overlaid: (c) => (marked ? { ...c, virtual_server: [...c.virtual_server].reverse() } : c) });
    const weight = { kind: 'weight', pool: 'V', server: 'R', value: 40 } as const;
    p.of('checkers').say({ kind: 'listening' });
    // It has not answered yet: the load undoes what was set before.
    p.of('checkers').say(weight);
    for (const role of ['checkers', 'vrrp'] as const) p.answer(role, 1);
    assert.ok(!p.told.some((word) => word.startsWith('weight')));
    marked = true;
    p.of('checkers').say(weight);
    assert.ok(p.told.includes('weight V R 40'));
    p.of('checkers').end(killed);
    p.clock.advance(seconds(1));
    p.of('checkers').say({ kind: 'listening' });
    const [start] = p.of('checkers').sent;
    assert.ok(start?.kind === 'start');
    assert.notEqual(start.config.virtual_server, p.config.virtual_server);
  });

  it('starts a child that a reload asks for', () => {
    const p = both({ config: config(1, false, 0) });
    p.answer('vrrp', 1);
    p.next(config(1, false, 1));
    p.parent.reload();
    assert.deepEqual(
      p.children.map((c) => c.role),
      ['vrrp', 'checkers'],
    );
    p.of('vrrp').say({ kind: 'loaded', generation: 2 });
    p.answer('checkers', 2);
    assert.equal(p.log.lines.at(-1), 'Reload complete');
  });
});
