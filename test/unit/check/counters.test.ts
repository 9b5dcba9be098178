// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { countersOf } from '../../../lib/check/shell/counters.ts';
import { desired } from '../../../lib/check/shell/ipvs-desired.ts';
import type { IpvsEntry } from '../../../lib/ports/ipvs.ts';
import { load } from '../config/load.ts';

const statistics = (n: number) => ({
  connections: n,
  packetsIn: 2 * n,
  packetsOut: 0,
  bytesIn: 2 ** 40,
  bytesOut: 0,
  connectionRate: 0,
  packetRateIn: 0,
  packetRateOut: 0,
  byteRateIn: 0,
  byteRateOut: 0,
});

describe('what the kernel counts', () => {
  it('is added up over the services of a group, each server by the port it has there', () => {
    const { config } = load(`virtual_server_group G {
  10.0.10.1-2 80
  fwmark 7
}
virtual_server group G {
  protocol TCP
  lvs_sched rr
  lvs_method DR
  real_server 10.0.1.1 {
  }
  real_server 10.0.1.2 {
  }
}
virtual_server 10.0.0.9 80 {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  sorry_server 10.0.2.1 80
  real_server 10.0.1.1 8080 {
  }
}
`);
    assert.ok(config);
    const up = { failed: new Set<number>(), contributions: new Map<number, number>(), present: true };
    const pools = [
      { servers: [up, { ...up, present: false }], quorumUp: true, sorryPresent: false },
      { servers: [up], quorumUp: true, sorryPresent: true },
    ];
    const entries: IpvsEntry[] = [...desired(config, pools).values()].map(({ service, destinations }, i) => ({
      service,
      statistics: statistics(10 ** i),
      destinations: [...destinations.values()].map((destination) => ({
        destination,
        activeConnections: 10 ** i,
        inactiveConnections: 0,
        persistentConnections: 0,
        statistics: statistics(10 ** i),
      })),
    }));
    assert.equal(entries.length, 4);
    const [group, web] = countersOf(config, entries);
    assert.deepEqual([group?.statistics.connections, group?.statistics.packetsIn, group?.statistics.bytesIn], [111, 222, 3 * 2 ** 40]);
    assert.deepEqual(
      group?.servers.map((server) => server?.activeConnections),
      [111, undefined],
    );
    assert.equal(group?.sorry, null);
    assert.equal(web?.servers[0]?.statistics.connections, 1000);
    assert.equal(web?.sorry?.activeConnections, 1000);
    // A table that is gone counts nothing.
    assert.equal(countersOf(config, [])[1]?.statistics.connections, 0);
  });
});
