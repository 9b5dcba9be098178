// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from '../../../lib/base/time.ts';
import { createApply } from '../../../lib/process/apply.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

describe('a configuration on trial', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const text = (name: string) => readFileSync(at(name), 'utf8');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ka-apply-'));
    writeFileSync(at('keepalived.conf'), 'old', { mode: 0o640 });
    writeFileSync(at('new.conf'), 'new', { mode: 0o600 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** `refuses`: what a reload says of a text. */
  const trial = (refuses: (text: string) => string | null = () => null) => {
    const clock = createFakeClock();
    const log = createMemoryLog();
    const reloads: string[] = [];
    const make = () => {
      const made = createApply({
        clock,
        timeOfDay: () => 1_000_000 + clock.now() / 1e6,
        log,
        configFile: at('keepalived.conf'),
        keptFile: at('keepalived.before'),
        reload(done) {
          reloads.push(text('keepalived.conf'));
          done(refuses(text('keepalived.conf')));
        },
      });
      made.begin();
      return made;
    };
    const apply = make();
    const said: (string | null)[] = [];
    return { apply, again: make, clock, log, reloads, said, done: (refusal: string | null) => void said.push(refusal) };
  };
  const leftovers = () =>
    ['keepalived.before', 'keepalived.before.until', '.keepalived.conf.ka-ts-new'].filter((name) => existsSync(at(name)));

  it('stays for good without a time', () => {
    const t = trial();
    t.apply.apply(at('new.conf'), null, t.done);
    assert.deepEqual([t.said, t.reloads, text('keepalived.conf'), leftovers()], [[null], ['new'], 'new', []]);
    assert.equal(statSync(at('keepalived.conf')).mode & 0o777, 0o640);
    assert.equal(t.apply.confirmBy(), null);
  });

  it('stays when it is confirmed in time', () => {
    const t = trial();
    t.apply.apply(at('new.conf'), 60, t.done);
    assert.ok(Math.abs((t.apply.confirmBy() ?? 0) - 1_000_060 - t.clock.now() / 1e6) < 1);
    t.clock.advance(seconds(59));
    assert.equal(t.apply.confirm(), null);
    t.clock.advance(seconds(100));
    assert.deepEqual([t.reloads, leftovers()], [['new'], []]);
    assert.equal(t.apply.confirm(), 'nothing is on trial');
  });

  it('goes when nobody says so', () => {
    const t = trial();
    t.apply.apply(at('new.conf'), 60, t.done);
    t.clock.advance(seconds(61));
    assert.deepEqual([t.reloads, text('keepalived.conf'), leftovers()], [['new', 'old'], 'old', []]);
    assert.ok(t.log.lines.some((line) => line.includes('was not confirmed in time')));
  });

  it('goes when it is taken back', () => {
    const t = trial();
    t.apply.apply(at('new.conf'), 60, t.done);
    t.apply.revert(t.done);
    assert.deepEqual([t.said, t.reloads, leftovers()], [[null, null], ['new', 'old'], []]);
  });

  it('goes at once when the daemon refuses it, with the reason', () => {
    const t = trial((its) => (its === 'new' ? 'it has errors' : null));
    t.apply.apply(at('new.conf'), 60, t.done);
    assert.deepEqual([t.said, text('keepalived.conf'), leftovers()], [['it has errors'], 'old', []]);
    assert.equal(t.clock.pending(), 0);
  });

  it('goes after a restart of the daemon, too: when its time is over, or was over before', () => {
    const t = trial();
    t.apply.apply(at('new.conf'), 60, t.done);
    t.apply.stop();
    t.clock.advance(seconds(30));
    const second = t.again();
    assert.notEqual(second.confirmBy(), null);
    second.stop();
    t.clock.advance(seconds(100));
    assert.equal(text('keepalived.conf'), 'new');
    t.again();
    assert.deepEqual([text('keepalived.conf'), leftovers()], ['old', []]);
  });

  it('is one at a time, and a file', () => {
    const t = trial();
    t.apply.apply(folder, 60, t.done);
    t.apply.apply(at('nothing.conf'), 60, t.done);
    t.apply.apply(at('new.conf'), 60, t.done);
    t.apply.apply(at('new.conf'), 60, t.done);
    assert.match(String(t.said[0]), /is no configuration file/);
    assert.match(String(t.said[1]), /ENOENT/);
    assert.equal(t.said[2], null);
    assert.match(String(t.said[3]), /another configuration is on trial/);
    assert.deepEqual(t.reloads, ['new']);
  });
});
