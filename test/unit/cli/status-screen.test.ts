// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createPaint, width } from '../../../lib/base/paint.ts';
import { renderInstance } from '../../../lib/cli/explain-instance.ts';
import { statusScreen } from '../../../lib/cli/status-screen.ts';
import { clip, durationText } from '../../../lib/cli/status-words.ts';
import { topScreen } from '../../../lib/cli/top.ts';
import { staleVrrp } from '../../../lib/control/core/stale.ts';
import { instanceStatus, now, part, statusDocument } from '../control/documents.ts';

const style = { paint: createPaint(false), width: 80, events: 5 };
const master = instanceStatus({
  state: 'MASTER',
  priority: { base: 100, effective: 80, sum: 80, parts: [part({ state: 'down', adds: -20 })] },
  addresses: [{ address: '192.0.2.100', prefixLength: 24, interface: 'eth0', excluded: false, held: true }],
  active: { address: '192.0.2.1', priority: 80, self: true, since: now - 62, lastAdvertAgeSeconds: 0.1 },
});

describe('the status screen', () => {
  it('has a line for each instance, in 80 columns', () => {
    const lines = statusScreen(statusDocument(master, instanceStatus({ name: 'VI_2', vrid: 52 })), style);
    assert.ok(
      lines.every((line) => width(line) <= 80),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((l) => /^● VI_1 eth0\/51\s+MASTER\s+80\s+1m 02s\s+this router\s+192\.0\.2\.100\/24$/.test(l)),
      lines.join('\n'),
    );
    assert.ok(
      lines.some((l) => /^○ VI_2 eth0\/52\s+BACKUP\s+100\s+1m 02s\s+192\.0\.2\.2 \(110\) 300ms ago/.test(l)),
      lines.join('\n'),
    );
    assert.ok(lines.some((l) => l.includes('80 = 100 − 20 (script chk)')));
  });

  it('says the same without colour as with it', () => {
    const plain = statusScreen(statusDocument(master), style);
    const coloured = statusScreen(statusDocument(master), { ...style, paint: createPaint(true) });
    assert.deepEqual(
      coloured.map((l) => l.replace(/\u001b\[[0-9]+m/g, '')),
      plain,
    );
  });

  it('never says MASTER of a process that does not answer, but as what it was', () => {
    const document = statusDocument(master);
    const { vrrp } = document;
    assert.ok(vrrp);
    const processes = document.daemon.processes.map((p) => ({ ...p, stale: true, ageSeconds: 12 }));
    const text = statusScreen({ ...document, daemon: { ...document.daemon, processes }, vrrp: staleVrrp(vrrp) }, style).join('\n');
    assert.match(text, /does not answer; last word 12s ago/);
    assert.match(text, /UNKNOWN was MASTER/);
    assert.equal(text.replaceAll('was MASTER', '').includes('MASTER'), false, text);
  });

  it('shows faults, missing addresses and a refused reload', () => {
    const document = statusDocument(instanceStatus({ state: 'FAULT', faults: ['interface eth0 is down'] }), {
      ...master,
      name: 'VI_2',
      addresses: master.addresses.map((a) => ({ ...a, held: false })),
    });
    const configuration = { ...document.daemon.configuration, lastRefusal: 'the configuration has errors' };
    const text = statusScreen({ ...document, daemon: { ...document.daemon, configuration } }, style).join('\n');
    assert.match(text, /✖ interface eth0 is down/);
    assert.match(text, /1 missing/);
    assert.match(text, /last reload was refused: the configuration has errors/);
  });

  it('has warnings in full, in lines that fit', () => {
    const document = statusDocument(master);
    const lastRefusal = `the configuration has errors: ${'a reason that nobody may cut '.repeat(5).trim()}`;
    const configuration = { ...document.daemon.configuration, lastRefusal };
    const lines = statusScreen({ ...document, daemon: { ...document.daemon, configuration } }, { ...style, width: 80 });
    assert.ok(lines.every((l) => width(l) <= 80));
    assert.ok(lines.join(' ').replace(/\s+/g, ' ').includes(`! the last reload was refused: ${lastRefusal}`), lines.join('\n'));
  });

  const instances = (count: number, faulty: (i: number) => boolean) =>
    Array.from({ length: count }, (_, i) =>
      instanceStatus({
        name: `A_VERY_LONG_INSTANCE_NAME_${i}`,
        vrid: i,
        since: now - 3600,
        state: faulty(i) ? 'FAULT' : i % 2 === 0 ? 'MASTER' : 'BACKUP',
        faults: faulty(i) ? [`interface eth${i} is down`, 'no IPv4 address to send from'] : [],
        active: { address: 'fe80::5054:ff:fe12:3456', priority: 200, self: false, since: null, lastAdvertAgeSeconds: 0.4 },
        addresses: [{ address: `2001:db8:0:1234:5678:9abc:def0:${i}`, prefixLength: 64, interface: 'eth0', excluded: false, held: true }],
      }),
    );

  for (const columns of [80, 120])
    for (const count of [1, 7, 20, 41, 255])
      it(`shows ${count} instances in ${columns} columns, those with a fault by name and reason`, () => {
        const lines = statusScreen(statusDocument(...instances(count, (i) => i % 50 === 6)), { ...style, width: columns });
        const text = lines.join('\n');
        assert.ok(
          lines.every((l) => width(l) <= columns),
          text,
        );
        assert.ok(lines.length <= 110, `${lines.length} lines`);
        if (count > 6) assert.match(text, /✖ A_VERY_…TANCE_NAME_6 eth0\/6 +FAULT .*interface eth6 is down/);
        // Neighbours are told apart by the end of their addresses.
        if (count === 1) assert.match(text, /0:0\/64/);
        if (count === 255) assert.match(text, /255 instances {3}● 123 MASTER {3}○ 127 BACKUP {3}✖ 5 FAULT/);
      });

  it('shows at most so many of hundreds of faults, and says that there are more', () => {
    const text = statusScreen(statusDocument(...instances(100, () => true)), style).join('\n');
    assert.match(text, /… and 80 more like these/);
  });

  it('shows of a pool of 2,000 servers those that are not as they should be', () => {
    const server = (i: number) => ({
      name: `10.0.${i >> 8}.${i & 255} 80`,
      state: i % 500 === 3 ? ('DOWN' as const) : ('UP' as const),
      inTable: i % 500 !== 3,
      weight: i === 10 ? 0 : 1,
      configuredWeight: 1,
      since: null,
      traffic: null,
      checks: [{ kind: 'TCP_CHECK', up: i % 500 !== 3, hasRun: true, tries: 0 }],
    });
    const pool = {
      name: '192.0.2.10 80',
      protocol: 'TCP',
      scheduler: 'wlc',
      quorum: 1,
      suspended: false,
      state: 'UP' as const,
      traffic: null,
    };
    const document = {
      ...statusDocument(),
      checkers: { at: now, pools: [{ ...pool, servers: Array.from({ length: 2000 }, (_, i) => server(i)) }] },
    };
    const lines = statusScreen(document, style);
    const text = lines.join('\n');
    assert.match(text, /1996\/2000 up, quorum 1/);
    for (const wanted of ['10.0.0.3 80', '10.0.1.247 80', '10.0.0.10 80', '… and 1995 more, all up'])
      assert.ok(text.includes(wanted), text);
    assert.ok(lines.length < 20 && lines.every((l) => width(l) <= 80), text);
  });
});

describe('the live screen', () => {
  const size = { rows: 24, columns: 80 };
  const view = {
    look: { kind: 'answer', document: statusDocument(master) } as const,
    last: statusDocument(master),
    lastAt: now,
    rates: null,
    scroll: 0,
  };

  it('fills the terminal exactly, whatever its size', () => {
    for (const [rows, columns] of [
      [24, 80],
      [5, 40],
      [1, 10],
    ] as const) {
      const lines = topScreen(view, { rows, columns }, false, now);
      assert.equal(lines.length, Math.max(1, rows));
      assert.ok(
        lines.every((l) => width(l) <= columns),
        lines.join('\n'),
      );
    }
  });

  it('says first that nobody answers, and how old the rest is', () => {
    const [first, second] = topScreen({ ...view, look: { kind: 'stale', text: 'no answer within 400 ms' } }, size, false, now + 3);
    assert.deepEqual([first, second], ['✖ no answer within 400 ms', 'what follows is 3.0s old']);
  });

  it('scrolls no further than its end', () => {
    assert.deepEqual(topScreen({ ...view, scroll: 999 }, size, false, now), topScreen(view, size, false, now));
  });
});

describe('an instance as text', () => {
  it('has its priority as a sum', () => {
    const text = renderInstance(master, [], now, style);
    assert.match(text, /100 {2}configured\n\s+−20 {2}script chk {2}down {2}weight -20\n\s+80 {2}in effect/);
  });
});

describe('an instance of a process that does not answer', () => {
  it('is UNKNOWN, with what it was and without a time or a cause of its own', () => {
    const { vrrp } = statusDocument(master);
    const [stale] = staleVrrp(vrrp ?? assert.fail()).instances;
    const text = renderInstance(stale ?? assert.fail(), { missing: 'the VRRP process does not answer' }, now, style);
    assert.match(text, /^\? VI_1 {2}UNKNOWN was MASTER\n {2}the VRRP process does not answer\n/);
  });
});

describe('what would happen to an instance', () => {
  const outcome = 'FAULT, with a farewell: others take over after their skew time, and with it all of sync group G';
  const prospect = { what: 'script must failed', priority: null, state: 'FAULT', afterSeconds: 0, outcome } as const;
  it('is in lines that fit, and not in words that are cut', () => {
    const lines = renderInstance(master, [prospect], now, style).split('\n');
    assert.ok(lines.every((l) => width(l) <= 80));
    assert.ok(lines.join(' ').replace(/\s+/g, ' ').includes(`script must failed: ${outcome}`), lines.join('\n'));
  });
  it('is said not to be known where nobody answers', () =>
    assert.match(renderInstance(master, { missing: 'the VRRP process does not answer' }, now, style), /not known: the VRRP process/));
});

describe('durations', () => {
  it('are read at a glance', () => {
    const of = [0, 0.34, 5.25, 59.9, 60, 3599, 3600, 86_400 * 3 + 7200].map(durationText);
    assert.deepEqual(of, ['0ms', '340ms', '5.3s', '59s', '1m 00s', '59m 59s', '1h 00m', '3d 02h']);
  });

  it('are cut visibly', () => assert.equal(clip('abcdef', 4), 'abc…'));
});
