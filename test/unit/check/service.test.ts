// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  effectiveWeight,
  isUp,
  judged,
  poolWeight,
  type ServiceEffect,
  type ServiceState,
  type Step,
  started,
  stopped,
  weighed,
} from '../../../lib/check/core/service.ts';
import type { VirtualServer } from '../../../lib/config/model-lvs.ts';
import { load } from '../config/load.ts';

/** One service with servers .1, .2 … of these lines, each with one TCP_CHECK. */
function service(lines: string, ...servers: readonly string[]): VirtualServer {
  const real = servers.map((s, i) => `real_server 10.0.1.${i + 1} 80 {\n${s}\nTCP_CHECK {\n}\n}`);
  const text = `virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n${lines}\n${real.join('\n')}\n}\n`;
  const [vs] = load(text).config?.virtual_server ?? [];
  assert.ok(vs);
  return vs;
}

function show(effect: ServiceEffect): string {
  switch (effect.kind) {
    case 'log':
      return effect.text;
    case 'add':
    case 'change':
      return `${effect.kind} ${effect.member} ${effect.weight}`;
    case 'remove':
      return `remove ${effect.member}`;
    case 'server_changed':
      return `server ${effect.server} ${effect.up ? 'UP' : 'DOWN'}${effect.scripts ? '' : ' quietly'}`;
    case 'service_changed':
      return `service ${effect.up ? 'UP' : 'DOWN'}${effect.scripts ? '' : ' quietly'}`;
    default:
      return effect.kind;
  }
}

const said = ([, effects]: Step): string[] => effects.map(show);
const down = (vs: VirtualServer, state: ServiceState, i: number) => judged(vs, state, i, 0, false);
const up = (vs: VirtualServer, state: ServiceState, i: number) => judged(vs, state, i, 0, true);

describe('a virtual server', () => {
  it('starts with all servers in the pool and tells that it has quorum', () => {
    const vs = service('', '', 'weight 3');
    assert.deepEqual(said(started(vs, false)), [
      'add_service',
      'Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80',
      'add 0 1',
      'Adding service [10.0.1.2]:tcp:80 to VS [10.0.0.1]:tcp:80',
      'add 1 3',
      'Gained quorum 1+0=1 <= 4 for VS [10.0.0.1]:tcp:80',
      'service UP',
    ]);
  });

  it('starts with the sorry server while servers wait for their first check', () => {
    const vs = service('alpha\nquorum 2\nhysteresis 1\nsorry_server 10.0.9.9 80', '', '', '');
    assert.deepEqual(said(started(vs, false)), [
      'add_service',
      'Starting with quorum down 2-1=1 > 0 for VS [10.0.0.1]:tcp:80',
      'add sorry 1',
    ]);
  });

  it('puts servers that are down in with weight 0 where they are inhibited', () => {
    const vs = service('alpha\ninhibit_on_failure', '');
    const step = started(vs, false);
    assert.deepEqual(said(step), ['add_service', 'add 0 0']);
    assert.deepEqual(said(up(vs, step[0], 0)), [
      'Enabling service [10.0.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'change 0 1',
      'server 0 UP',
      'Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80',
      'service UP',
    ]);
  });

  it('takes a server out and back in', () => {
    const vs = service('', '', '');
    const [first] = started(vs, false);
    const lost = down(vs, first, 1);
    assert.deepEqual(said(lost), ['Removing service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80', 'remove 1', 'server 1 DOWN']);
    assert.deepEqual(said(up(vs, lost[0], 1)), ['Adding service [10.0.1.2]:tcp:80 to VS [10.0.0.1]:tcp:80', 'add 1 1', 'server 1 UP']);
    assert.deepEqual(said(down(vs, lost[0], 1)), [], 'said twice');
  });

  it('gives the pool up for the sorry server when the quorum is lost, and takes it back', () => {
    const vs = service('quorum 2\nhysteresis 1\nsorry_server 10.0.9.9 80', 'weight 2', 'weight 2');
    let [state] = started(vs, false);
    const first = down(vs, state, 0);
    assert.deepEqual(said(first).slice(3), [], 'one server is enough for quorum less hysteresis');
    const second = down(vs, first[0], 1);
    assert.deepEqual(said(second), [
      'Removing service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80',
      'remove 1',
      'server 1 DOWN',
      'Lost quorum 2-1=1 > 0 for VS [10.0.0.1]:tcp:80',
      'Adding sorry server [10.0.9.9]:tcp:80 to VS [10.0.0.1]:tcp:80',
      'Removing alive servers from the pool for VS [10.0.0.1]:tcp:80',
      'add sorry 1',
      'service DOWN',
    ]);
    const third = up(vs, second[0], 0);
    assert.deepEqual(said(third), ['Adding service [10.0.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80', 'server 0 UP'], 'not enough: 2 of 3');
    [state] = up(vs, third[0], 1);
    assert.deepEqual(said(up(vs, third[0], 1)), [
      'Adding service [10.0.1.2]:tcp:80 to VS [10.0.0.1]:tcp:80',
      'server 1 UP',
      'Gained quorum 2+1=3 <= 4 for VS [10.0.0.1]:tcp:80',
      'Removing sorry server [10.0.9.9]:tcp:80 from VS [10.0.0.1]:tcp:80',
      'remove sorry',
      'Adding alive servers to the pool for VS [10.0.0.1]:tcp:80',
      'add 0 2',
      'add 1 2',
      'service UP',
    ]);
    assert.ok(state.servers.every((s) => s.present) && !state.sorryPresent);
  });

  it('keeps an inhibited sorry server in the table with weight 0', () => {
    const vs = service('sorry_server 10.0.9.9 80\nsorry_server_inhibit', '');
    const step = started(vs, false);
    assert.ok(said(step).includes('add sorry 0'));
    const lost = down(vs, step[0], 0);
    assert.ok(said(lost).includes('change sorry 1'));
    assert.ok(said(up(vs, lost[0], 0)).includes('change sorry 0'));
  });

  it('changes weights of members, and loses quorum by them', () => {
    const vs = service('quorum 3', 'weight 4');
    const [first] = started(vs, false);
    const less = weighed(vs, first, 0, 0, -2);
    assert.deepEqual(said(less), [
      'Changing weight from 4 to 2 for active service [10.0.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'change 0 2',
      'Lost quorum 3-0=3 > 2 for VS [10.0.0.1]:tcp:80',
      'service DOWN',
    ]);
    assert.deepEqual(said(weighed(vs, less[0], 0, 0, -9)).slice(0, 2), [
      'Changing weight from 2 to -5 for active service [10.0.1.1]:tcp:80 of VS [10.0.0.1]:tcp:80',
      'change 0 0',
    ]);
    assert.deepEqual(said(weighed(vs, less[0], 0, 0, -2)), []);
  });

  it('stops with a word for each server, scripts only with omega', () => {
    const quiet = service('', '');
    assert.deepEqual(said(stopped(quiet, started(quiet, false)[0], 'each')), [
      'Shutting down service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80',
      'remove 0',
      'server 0 DOWN quietly',
      'service DOWN quietly',
      'remove_service',
    ]);
    const omega = service('omega\ninhibit_on_failure', '', '');
    const [state] = down(omega, started(omega, false)[0], 1);
    assert.deepEqual(said(stopped(omega, state, 'each')), [
      'Shutting down service [10.0.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80',
      'remove 0',
      'server 0 DOWN',
      'Shutting down (inhibited) service [10.0.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80',
      'remove 1',
      'service DOWN',
      'remove_service',
    ]);
    assert.deepEqual(said(stopped(quiet, started(quiet, false)[0], 'VS')), [
      'server 0 DOWN quietly',
      'service DOWN quietly',
      'remove_service',
    ]);
    assert.ok(!said(stopped(quiet, started(quiet, false)[0], 'all')).includes('remove_service'));
  });

  it('keeps the table in step with the state, whatever happens in whatever order', () => {
    const vs = service('quorum 3\nhysteresis 1\nsorry_server 10.0.9.9 80', '', 'weight 2', 'inhibit_on_failure on', 'weight 0');
    const event = fc.record({
      server: fc.nat(3),
      what: fc.oneof(fc.boolean(), fc.integer({ min: -3, max: 3 })),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let [state, effects] = started(vs, false);
        const table = new Map<number | 'sorry', number>();
        const follow = (list: readonly ServiceEffect[]) => {
          for (const e of list) {
            if (e.kind === 'add') {
              assert.ok(!table.has(e.member), `${e.member} twice`);
              table.set(e.member, e.weight);
            } else if (e.kind === 'change') {
              assert.ok(table.has(e.member), `${e.member} is not there to be changed`);
              table.set(e.member, e.weight);
            } else if (e.kind === 'remove') assert.ok(table.delete(e.member), `${e.member} is not there to be removed`);
          }
        };
        follow(effects);
        for (const { server, what } of events) {
          [state, effects] = typeof what === 'boolean' ? judged(vs, state, server, 0, what) : weighed(vs, state, server, 0, what);
          follow(effects);
          for (const [i, s] of state.servers.entries()) {
            const rs = vs.real_server[i];
            assert.ok(rs);
            const serving = isUp(s) && state.quorumUp;
            assert.equal(table.has(i), serving || (rs.inhibit_on_failure && s.present), `server ${i}`);
            if (serving) assert.equal(table.get(i), Math.max(0, effectiveWeight(rs, s)));
            else if (table.has(i)) assert.equal(table.get(i), 0);
          }
          assert.equal(table.has('sorry'), !state.quorumUp);
          const sum = poolWeight(vs, state);
          assert.ok(state.quorumUp ? sum > 0 && sum >= vs.quorum - vs.hysteresis : sum < vs.quorum + vs.hysteresis);
        }
      }),
    );
  });
});
