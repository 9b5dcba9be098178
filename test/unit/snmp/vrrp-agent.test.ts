// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { micros } from '../../../lib/base/time.ts';
import type { Notification } from '../../../lib/ports/notifier.ts';
import type { VrrpView } from '../../../lib/ports/vrrp-view.ts';
import { createVrrpAgent } from '../../../lib/snmp/shell/vrrp-agent.ts';
import { config, globalDefs } from '../../support/configs.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemoryLog } from '../../support/memory-log.ts';

function lab() {
  const clock = createFakeClock();
  const configured = { ...config(), global_defs: { ...globalDefs, enable_snmp_vrrp: true, enable_traps: true } };
  let looks = 0;
  const agent = createVrrpAgent({
    clock,
    log: createMemoryLog(),
    streams: { connect: () => ({ write() {}, end() {} }) },
    host: { hostName: 'one', namespace: '' },
    options: { all: false, socket: null },
    view: () => {
      looks++;
      return { config: configured, instances: [], groups: [] } as Partial<VrrpView> as VrrpView;
    },
    adjust: { priority() {}, preempt() {}, accept() {} },
  });
  agent.start(configured);
  const became = (name: string): Notification => ({
    kind: 'INSTANCE',
    name,
    state: 'MASTER',
    priority: 100,
    specific: null,
    generic: null,
    mail: false,
  });
  return { agent, clock, became, looks: () => looks };
}

describe('SNMP of a VRRP process', () => {
  it('looks at the routers once for all transitions of a moment', () => {
    const { agent, clock, became, looks } = lab();
    agent.attached();
    for (let n = 0; n < 255; n++) agent.tell(became(`VI_${n}`));
    clock.advance(micros(1000));
    assert.equal(looks(), 1);
    agent.tell(became('VI_1'));
    clock.advance(micros(1000));
    assert.equal(looks(), 2);
  });

  it('tells of the last ones before it is closed', () => {
    const { agent, became, looks } = lab();
    agent.tell(became('VI_1'));
    agent.close();
    assert.equal(looks(), 1);
  });
});
