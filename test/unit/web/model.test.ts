// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { eventLine, pageModel } from '../../../lib/web/core/model.ts';
import { documentTime, instanceStatus, statusDocument } from '../../support/status-document.ts';

const withInstances = (instances: ReturnType<typeof instanceStatus>[]) => {
  const d = statusDocument();
  return d.vrrp ? { ...d, vrrp: { ...d.vrrp, instances } } : d;
};

describe('the model of the status page', () => {
  it('says first what is wrong, and has it first', () => {
    const d = withInstances([instanceStatus('a', 1), instanceStatus('b', 2, { state: 'FAULT', faults: ['eth1 is down'] })]);
    const model = pageModel(d);
    assert.deepEqual(model.verdict, { tone: 'bad', text: '1 instance in FAULT, 1 server down' });
    assert.deepEqual(
      model.instances.map((i) => i.name),
      ['b', 'a'],
    );
    assert.equal(pageModel({ ...withInstances([instanceStatus('a', 1)]), checkers: null }).verdict.text, 'All is well');
    assert.equal(pageModel({ ...d, vrrp: null, checkers: null }).verdict.text, 'Nothing is configured');
  });

  it('is stale as soon as the engine or a process is, whatever the states say', () => {
    const d = statusDocument();
    assert.equal(pageModel(d).stale, false);
    const heartbeat = { ageSeconds: 1, periodSeconds: 0.2, stale: true };
    assert.equal(pageModel({ ...d, daemon: { ...d.daemon, heartbeat } }).verdict.tone, 'unknown');
    const processes = d.daemon.processes.map((p) => ({ ...p, state: 'dead' as const }));
    assert.equal(pageModel({ ...d, daemon: { ...d.daemon, processes } }).stale, true);
  });

  it('does not change while nothing happens', () => {
    const later = withInstances([
      instanceStatus('VI_web', 51, {
        counters: { ...instanceStatus('x', 1).counters, advertSent: 9 },
        timer: { what: 'advert', at: documentTime + 9 },
      }),
    ]);
    const d = withInstances([instanceStatus('VI_web', 51)]);
    const daemon = { ...later.daemon, heartbeat: { ageSeconds: 0.19, periodSeconds: 0.2, stale: false } };
    assert.deepEqual(pageModel({ ...later, at: d.at + 8, daemon }), pageModel(d));
  });

  it('tells transitions with their causes, and the history of each server', () => {
    const model = pageModel(statusDocument());
    assert.deepEqual(
      model.events.map((e) => `${e.title} (${e.detail})`),
      ['server 10.0.0.2 80 down (192.0.2.10 80)', 'VI_web BACKUP → MASTER (peer silent)'],
    );
    assert.equal(model.instances[0]?.cause, 'peer silent: last advert age 3.41 s');
    assert.deepEqual(model.pools[0]?.servers[1]?.history, [{ at: documentTime - 60, up: false }]);
    assert.equal(model.pools[0]?.servers[1]?.text, 'HTTP_GET fails');
  });

  it('has a line for each kind of event', () => {
    const at = documentTime;
    const titles = [
      eventLine({ id: 1, at, kind: 'group', group: 'G', to: 'FAULT' }),
      eventLine({
        id: 2,
        at,
        kind: 'priority',
        instance: 'a',
        from: 100,
        to: 90,
        base: 100,
        parts: [{ kind: 'script', name: 'chk', adds: -10 }],
      }),
      eventLine({ id: 3, at, kind: 'pool', pool: 'p', up: false, quorum: 2, text: 'Lost quorum' }),
      eventLine({ id: 4, at, kind: 'bfd', session: 's', up: true }),
      eventLine({ id: 5, at, kind: 'process', role: 'vrrp', what: 'died', pid: 7, text: 'signal 9' }),
      eventLine({ id: 6, at, kind: 'reload', taken: false, text: 'no' }),
      eventLine({ id: 7, at, kind: 'notice', name: 'address_claimed', about: 'a', text: 'by x' }),
    ].map((e) => `${e.tone} ${e.title}`);
    assert.deepEqual(titles, [
      'fault group G → FAULT',
      'note a priority 100 → 90',
      'bad pool p below quorum',
      'good BFD session s up',
      'bad vrrp process died',
      'bad reload refused',
      'note a address claimed',
    ]);
  });
});
