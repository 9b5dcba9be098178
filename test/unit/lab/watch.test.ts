// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { micros, seconds } from '../../../lib/base/time.ts';
import { createWatch } from '../../../lib/lab/watch.ts';
import type { FrameSummary } from '../../../lib/native/surface.ts';

const macs = { lb1: '02:00:00:00:00:01', lb2: '02:00:00:00:00:02', client: '02:00:00:00:00:03' };

function frame(kind: FrameSummary['kind'], more: Partial<FrameSummary>): FrameSummary {
  return {
    kind,
    sourceMac: '',
    destinationMac: '',
    source: '',
    destination: '',
    ttl: 255,
    ipId: 1,
    vrid: 0,
    version: 0,
    priority: 0,
    interval: micros(0),
    authType: 0,
    addresses: [],
    checksumOk: true,
    echoId: 0,
    echoSequence: 0,
    ...more,
  };
}

const request = frame('echo_request', { sourceMac: macs.client, source: '192.0.2.100', destination: '192.0.2.15' });
const reply = (mac: string) => frame('echo_reply', { sourceMac: mac, source: '192.0.2.15', destination: '192.0.2.100' });

function watch() {
  return createWatch({
    vrid: 51,
    vip: '192.0.2.15',
    client: '192.0.2.100',
    nodes: new Map([
      [macs.lb1, 'lb1'],
      [macs.lb2, 'lb2'],
      ['192.0.2.11', 'lb1'],
    ]),
    patience: seconds(0.1),
  });
}

describe('what the lab makes of frames and log lines', () => {
  it('knows a node by its MAC address, else by its IP address', () => {
    const w = watch();
    const advert = frame('advert', { sourceMac: '00:00:5e:00:01:33', source: '192.0.2.11', vrid: 51, priority: 102 });
    assert.equal((w.frame(seconds(1), advert)[0] as { node: string }).node, 'lb1');
    assert.deepEqual(w.frame(seconds(1), { ...advert, vrid: 52 }), []);
  });

  it('tells who answers, only when that changes', () => {
    const w = watch();
    assert.deepEqual(
      w.frame(seconds(1), reply(macs.lb1)).map((e) => e.kind),
      ['answer', 'reached'],
    );
    assert.deepEqual(
      w.frame(seconds(1.02), reply(macs.lb1)).map((e) => e.kind),
      ['answer'],
    );
    assert.deepEqual(w.frame(seconds(1.04), reply(macs.lb2))[1], { kind: 'reached', at: seconds(1.04), node: 'lb2', outage: 0, lost: 0 });
  });

  it('tells a silence once, and how long it was and how many pings it cost', () => {
    const w = watch();
    w.frame(seconds(1), reply(macs.lb1));
    for (const at of [1.02, 1.04, 1.06]) w.frame(seconds(at), request);
    assert.deepEqual(w.tick(seconds(1.11)), []);
    assert.deepEqual(w.tick(seconds(1.2)), [{ kind: 'unreachable', at: seconds(1.2), since: seconds(1) }]);
    assert.deepEqual(w.tick(seconds(1.3)), []);
    w.frame(seconds(1.61), request);
    assert.deepEqual(w.frame(seconds(1.62), reply(macs.lb2))[1], {
      kind: 'reached',
      at: seconds(1.62),
      node: 'lb2',
      outage: seconds(0.62),
      lost: 3,
    });
  });

  it('calls it no silence when no ping was sent', () => {
    const w = watch();
    w.frame(seconds(1), request);
    w.frame(seconds(1), reply(macs.lb1));
    assert.deepEqual(w.tick(seconds(3)), []);
  });

  it('has nothing to tell before the first answer', () => {
    assert.deepEqual(watch().tick(seconds(9)), []);
  });

  it('reads states and priorities out of the log', () => {
    const w = watch();
    assert.deepEqual(w.line(seconds(1), 'lb1', '(VI_1) Entering BACKUP STATE (init)'), [
      { kind: 'state', at: seconds(1), node: 'lb1', state: 'BACKUP', initial: true },
    ]);
    assert.deepEqual(w.line(seconds(1), 'lb1', '(VI_1) Changing effective priority from 100 to 102'), [
      { kind: 'priority', at: seconds(1), node: 'lb1', from: 100, to: 102 },
    ]);
    assert.equal(w.line(seconds(1), 'lb1', 'Startup complete')[0]?.kind, 'log');
  });
});
