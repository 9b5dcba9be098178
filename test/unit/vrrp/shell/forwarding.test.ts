// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { add, micros, seconds } from '../../../../lib/base/time.ts';
import { createForwarding } from '../../../../lib/vrrp/shell/forwarding.ts';

describe('whether an interface forwards', () => {
  it('is asked once in 5 s for each interface', () => {
    let time = micros(0);
    const asked: string[] = [];
    let answer = true;
    const forwards = createForwarding(
      (ifname) => {
        asked.push(ifname);
        return answer;
      },
      () => time,
    );
    assert.equal(forwards('eth0'), true);
    answer = false;
    time = add(time, micros(4_999_999));
    assert.equal(forwards('eth0'), true);
    assert.equal(forwards('eth1'), false);
    time = add(time, seconds(1));
    assert.equal(forwards('eth0'), false);
    assert.deepEqual(asked, ['eth0', 'eth1', 'eth0']);
  });
});
