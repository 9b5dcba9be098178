// SPDX-License-Identifier: MIT
// VRRPv3 over IPv4: elections by multicast and unicast with every pair of daemons.

import { describeFailovers } from '../support/v3-failover.ts';

describe('VRRPv3 over IPv4', () => {
  describeFailovers({
    multicast: ['192.0.2.11', '192.0.2.12'],
    unicast: ['192.0.2.11', '192.0.2.12'],
    addresses: ['192.0.2.100/24', '192.0.2.101/24'],
    vip: '192.0.2.100',
    ipv6: [[], []],
  });
});
