import assert from 'node:assert/strict';
import { explainInstance } from '../../../lib/control/core/explain.ts';
import { instanceStatus, part } from './documents.ts';

const priority = (effective: number, ...parts: ReturnType<typeof part>[]) => ({ base: 100, effective, sum: effective, parts });

function outcomeOf(what: string, i: ReturnType<typeof instanceStatus>) {
  const found = explainInstance(i).prospects.find((p) => p.what === what);
  assert.ok(found, `${what} is not among ${explainInstance(i).prospects.map((p) => p.what)}`);
  return found;
}

describe('an instance explained', () => {
  it('says who keeps it a backup', () => {
    assert.equal(explainInstance(instanceStatus()).because, '192.0.2.2 advertises priority 110');
  });

  it('says what nopreempt does', () => {
    const i = instanceStatus({
      preempt: false,
      active: { address: '192.0.2.2', priority: 90, self: false, since: null, lastAdvertAgeSeconds: 0 },
    });
    assert.match(explainInstance(i).because, /nopreempt/);
  });

  it('tells when it would take over: after the whole down interval, or the skew time', () => {
    assert.match(outcomeOf('192.0.2.2 fell silent', instanceStatus()).outcome, /MASTER 3\.61 s after its last advert/);
    assert.match(outcomeOf('192.0.2.2 ended in order', instanceStatus()).outcome, /after 609 ms/);
  });

  it('computes the priority after a failed check, and what comes of it', () => {
    const i = instanceStatus({ state: 'MASTER', active: null, priority: priority(100, part()) });
    assert.deepEqual(outcomeOf('script chk failed', i), {
      what: 'script chk failed',
      priority: 80,
      outcome: 'it stays MASTER unless a backup that preempts has more than 80',
    });
  });

  it('computes when a recovered check takes the router back', () => {
    const i = instanceStatus({
      priority: priority(80, part({ state: 'down', adds: -20 })),
      active: { address: '192.0.2.2', priority: 90, self: false, since: null, lastAdvertAgeSeconds: 0 },
    });
    const { priority: after, outcome } = outcomeOf('script chk came up', i);
    assert.equal(after, 100);
    assert.match(outcome, /takes over from 192\.0\.2\.2 \(90\) after 3\.61 s/);
  });

  it('says that a weight cannot move the address', () => {
    const i = instanceStatus({ priority: priority(100, part({ weight: 5, state: 'down' })) });
    assert.equal(outcomeOf('script chk came up', i).outcome, 'it stays BACKUP: 192.0.2.2 has 110');
  });

  it('knows that weight 0 means FAULT, and which fault is the last', () => {
    const up = instanceStatus({ priority: priority(100, part({ weight: 0 })) });
    assert.match(outcomeOf('script chk failed', up).outcome, /^FAULT/);
    const down = part({ weight: 0, state: 'down', faults: true });
    const one = instanceStatus({ state: 'FAULT', faults: ['script chk fails'], priority: priority(100, down) });
    assert.match(outcomeOf('script chk came up', one).outcome, /leaves FAULT/);
    const two = instanceStatus({ state: 'FAULT', faults: ['script chk fails', 'interface eth0 is down'], priority: priority(100, down) });
    assert.equal(outcomeOf('script chk came up', two).outcome, 'nothing changes');
  });

  it('leaves an address owner its 255', () => {
    const i = instanceStatus({ state: 'MASTER', priority: { base: 255, effective: 255, sum: 255, parts: [part()] } });
    assert.equal(outcomeOf('script chk failed', i).priority, 255);
  });
});
