// SPDX-License-Identifier: MIT
// Receive buffers of the engine's rtnetlink sockets, asked of the kernel through copies of its descriptors.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadNative } from '../../lib/native/load.ts';
import type { EngineOptions } from '../../lib/native/surface.ts';

const ask = `
import ctypes, os, socket, sys
pidfd = os.pidfd_open(int(sys.argv[1]))
for fd in os.listdir(f'/proc/{sys.argv[1]}/fd'):
    try:
        if not os.readlink(f'/proc/{sys.argv[1]}/fd/{fd}').startswith('socket:'): continue
    except FileNotFoundError: continue
    copy = ctypes.CDLL(None).syscall(438, pidfd, int(fd), 0)
    if copy < 0: continue
    s = socket.socket(fileno=copy)
    if s.family == socket.AF_NETLINK and s.proto == 0: print(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
`;

function buffers(options: Partial<EngineOptions>): number[] {
  const engine = loadNative().createEngine({ realtimePriority: 0, lockMemory: false, leaseFd: -1, ...options }, () => {});
  try {
    const { stdout } = spawnSync('/usr/bin/python3', ['-c', ask, String(process.pid)], { encoding: 'utf8', timeout: 10_000 });
    return stdout
      .trim()
      .split('\n')
      .map(Number)
      .sort((a, b) => a - b);
  } finally {
    engine.close();
  }
}

describe('the rtnetlink sockets of the engine', () => {
  const most = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));

  it('have buffers of the engine’s choice, or those that are asked for', () => {
    // The kernel doubles what it is given, for its own needs. One socket renews leases of addresses and keeps its own size.
    assert.deepEqual(buffers({}), [2 << 20, 2 << 20, 8 << 20]);
    const asked = { commandBuffer: { bytes: 50_000, force: false }, monitorBuffer: { bytes: most * 3, force: true } };
    assert.deepEqual(buffers(asked), [100_000, 2 << 20, most * 6]);
  });

  it('stay within the system’s maximum where they are not forced', () => {
    assert.deepEqual(buffers({ monitorBuffer: { bytes: most * 3, force: false } }), [2 << 20, 2 << 20, most * 2]);
  });

  it('take no nonsense', () => {
    for (const bytes of [0, -1, 2 ** 31, 1.5]) assert.throws(() => buffers({ commandBuffer: { bytes, force: false } }), TypeError);
  });
});
