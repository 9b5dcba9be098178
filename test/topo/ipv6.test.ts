// SPDX-License-Identifier: MIT
// VRRP over IPv6: elections by multicast and unicast with every pair of daemons.

import { describeFailovers } from '../support/v3-failover.ts';

describe('VRRPv3 over IPv6', () => {
  describeFailovers({
    multicast: ['fe80::11', 'fe80::12'],
    unicast: ['fd00:77::11', 'fd00:77::12'],
    addresses: ['fe80::77:1/64', 'fd00:77::100/64'],
    vip: 'fd00:77::100',
    ipv6: [
      ['fe80::11/64', 'fd00:77::11/64'],
      ['fe80::12/64', 'fd00:77::12/64'],
    ],
  });
});
