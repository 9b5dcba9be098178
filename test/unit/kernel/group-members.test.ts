// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ip } from '../../../lib/base/address.ts';
import { isGroupMember } from '../../../lib/kernel/group-members.ts';

describe('membership of a multicast group', () => {
  // All hosts of a link are in 224.0.0.1 and ff02::1; nobody is in a group of a made-up interface.
  it('is read from the kernel, for each family and interface', function () {
    if (!readFileSync('/proc/net/igmp', 'utf8').includes('010000E0')) this.skip();
    assert.equal(isGroupMember(ip('224.0.0.1'), 'lo', 4), true);
    assert.equal(isGroupMember(ip('224.0.0.18'), 'lo', 4), false);
    assert.equal(isGroupMember(ip('224.0.0.1'), 'nowhere0', 4), false);
    assert.equal(isGroupMember(ip('ff02::12'), 'lo', 6), false);
  });
});
