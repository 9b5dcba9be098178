// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ip, ipFromBytes } from '../../../../lib/base/address.ts';
import { seconds } from '../../../../lib/base/time.ts';
import { accepts, contest } from '../../../../lib/vrrp/core/election.ts';
import { initial } from '../../../../lib/vrrp/core/instance.ts';
import { effectivePriority, startsActive } from '../../../../lib/vrrp/core/priority.ts';
import { routerAddress, testSettings } from '../../../support/fake-machine.ts';

const { low, ours, high } = routerAddress;

describe('election', () => {
  it('[RFC9568-6.4.3-6] the higher Priority wins whatever the addresses', () => {
    assert.equal(contest({ priority: 100, address: high }, { priority: 101, source: low }), 'lose');
    assert.equal(contest({ priority: 101, address: low }, { priority: 100, source: high }), 'win');
  });

  it('[RFC9568-6.4.3-6] equal Priority: the higher address wins, compared as a number and not as text', () => {
    assert.equal(contest({ priority: 100, address: ours }, { priority: 100, source: high }), 'lose');
    assert.equal(contest({ priority: 100, address: ours }, { priority: 100, source: low }), 'win');
    assert.equal(contest({ priority: 100, address: ip('192.0.2.9') }, { priority: 100, source: ip('192.0.2.10') }), 'lose');
    assert.equal(contest({ priority: 100, address: ip('10.0.0.1') }, { priority: 100, source: ip('9.255.255.255') }), 'win');
    assert.equal(contest({ priority: 100, address: ip('fe80::9') }, { priority: 100, source: ip('fe80::10') }), 'lose');
  });

  it('[KA-6.5-3] our own address from somebody else is neither won nor lost', () => {
    assert.equal(contest({ priority: 100, address: ours }, { priority: 100, source: ours }), 'same_address');
    assert.equal(contest({ priority: 100, address: ours }, { priority: 101, source: ours }), 'lose');
  });

  it('a router without an address loses every tie', () => {
    assert.equal(contest({ priority: 100, address: null }, { priority: 100, source: low }), 'lose');
    assert.equal(contest({ priority: 101, address: null }, { priority: 100, source: low }), 'win');
  });

  it('[RFC9568-6.4.3-6] of two routers exactly one wins', () => {
    const candidate = fc.record({
      priority: fc.integer({ min: 99, max: 101 }),
      source: fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipFromBytes),
    });
    fc.assert(
      fc.property(candidate, candidate, (a, b) => {
        fc.pre(a.source !== b.source);
        const forA = contest({ priority: a.priority, address: a.source }, b);
        const forB = contest({ priority: b.priority, address: b.source }, a);
        assert.deepEqual([forA, forB].sort(), ['lose', 'win']);
      }),
    );
  });

  it('[RFC9568-6.4.2-6] a backup accepts any advert without Preempt_Mode, and what is not below its own Priority with it', () => {
    const heard = (priority: number) => ({ at: seconds(1), source: low, priority });
    const preempting = testSettings();
    const patient = testSettings({ preempt: false });
    assert.equal(accepts(preempting, initial(preempting), heard(100)), true);
    assert.equal(accepts(preempting, initial(preempting), heard(99)), false);
    assert.equal(accepts(patient, initial(patient), heard(1)), true);
  });
});

describe('priority', () => {
  it('[KA-7.1-1] is the configured one plus tracking, from 1 to 254', () => {
    const s = testSettings({ priority: 100 });
    assert.equal(effectivePriority(s, 4, false), 104);
    assert.equal(effectivePriority(s, -100, false), 1);
    assert.equal(effectivePriority(s, 253, false), 254);
    assert.equal(effectivePriority(testSettings({ priority: 254 }), 1, false), 254);
  });

  it('[RFC9568-6.1-5] 255 is the owner’s alone and does not move, but for stepping down to 254', () => {
    const owner = testSettings({ priority: 255 });
    assert.equal(effectivePriority(owner, -253, false), 255);
    assert.equal(effectivePriority(owner, 0, true), 254);
  });

  it('[KA-6.1-1] only an owner with state MASTER starts active', () => {
    assert.equal(startsActive(testSettings({ priority: 255, wantsActive: true })), true);
    assert.equal(startsActive(testSettings({ priority: 255 })), false);
    assert.equal(startsActive(testSettings({ priority: 254, wantsActive: true })), false);
  });
});
