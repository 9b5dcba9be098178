// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { ip } from '../../../../lib/base/address.ts';
import type { EndpointSpec, PacketEngine } from '../../../../lib/native/surface.ts';
import { createEndpoints, receiveShare } from '../../../../lib/vrrp/shell/endpoints.ts';
import { config, instance, virtualAddress } from '../../../support/configs.ts';

const spec = (ifindex: number): EndpointSpec => ({
  family: 4,
  protocol: 112,
  ifindex,
  ifname: 'eth0',
  kind: 'multicast',
  address: '224.0.0.18',
  receiveBuffer: 0,
});

function world() {
  const calls: string[] = [];
  let last = 0;
  const engine = {
    openEndpoint: (s: EndpointSpec) => {
      calls.push(`open ${s.ifindex} ${s.receiveBuffer}`);
      return ++last;
    },
    closeEndpoint: (id: number) => calls.push(`close ${id}`),
    setReceiveBuffer: (id: number, bytes: number) => calls.push(`buffer ${id} ${bytes}`),
  } as unknown as PacketEngine;
  return { endpoints: createEndpoints(engine), calls };
}

describe('shared sockets', () => {
  it('are opened once and closed with the last router on them', () => {
    const { endpoints, calls } = world();
    assert.deepEqual([endpoints.acquire(spec(2), 1, 0), endpoints.acquire(spec(2), 2, 0), endpoints.acquire(spec(3), 3, 0)], [1, 1, 2]);
    endpoints.release(1, 1);
    endpoints.release(1, 1);
    assert.deepEqual(calls, ['open 2 0', 'open 3 0']);
    endpoints.release(1, 2);
    assert.deepEqual(calls.slice(2), ['close 1']);
    assert.equal(endpoints.acquire(spec(2), 1, 0), 3);
  });

  it('have the sum of what their routers ask for as receive buffer', () => {
    const { endpoints, calls } = world();
    const id = endpoints.acquire(spec(2), 1, 5000);
    endpoints.acquire(spec(2), 2, 7500);
    assert.equal(endpoints.receiveBuffer(id), 12_500);
    endpoints.resize(id, 2, 7500);
    endpoints.resize(id, 2, 9000);
    endpoints.resize(id, 77, 9000);
    endpoints.release(id, 1);
    assert.deepEqual(calls, ['open 2 5000', `buffer ${id} 12500`, `buffer ${id} 14000`, `buffer ${id} 9000`]);
    endpoints.resize(id, 2, 0xffffffff);
    assert.equal(endpoints.receiveBuffer(id), 0x7fffffff);
  });
});

describe('the receive buffer of a router', () => {
  const { global_defs } = config();
  const share = (changes: Parameters<typeof instance>[0], globals: Partial<typeof global_defs>, mtu?: number) =>
    receiveShare(instance(changes), { ...global_defs, ...globals }, mtu);

  it("is the system's unless somebody asks", () => {
    assert.equal(share({}, {}), 0);
  });

  it('is what the instance says before any policy', () => {
    assert.equal(share({ kernel_rx_buf_size: 5000 }, { vrrp_rx_bufs_policy: 'MTU' }), 5000);
  });

  it('is a number, or so many times the MTU or the advert', () => {
    assert.equal(share({}, { vrrp_rx_bufs_policy: 77 }), 77);
    assert.equal(share({}, { vrrp_rx_bufs_policy: 'MTU', vrrp_rx_bufs_multiplier: 5 }, 9000), 45_000);
    assert.equal(share({}, { vrrp_rx_bufs_policy: 'MTU' }), 4500);
    assert.equal(share({}, { vrrp_rx_bufs_policy: 'ADVERT' }), 3 * 40);
    const v6 = { family: 6, version: 3, virtual_ipaddress: [virtualAddress('fe80::1'), virtualAddress('fd00::1')] } as const;
    assert.equal(share({ ...v6, mcast_dst_ip: ip('ff02::12') }, { vrrp_rx_bufs_policy: 'ADVERT' }), 3 * 40);
    const ah = { authentication: { auth_type: 'AH', auth_pass: 'x' } } as const;
    assert.equal(share(ah, { vrrp_rx_bufs_policy: 'ADVERT' }), 3 * 64);
  });
});
