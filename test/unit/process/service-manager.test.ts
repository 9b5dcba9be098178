// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createServiceManager } from '../../../lib/process/service-manager.ts';

describe('the service manager', () => {
  it('is told about ready, reloading, stopping and failed', () => {
    const sent: [string, string][] = [];
    const manager = createServiceManager({ sendNotify: (socket, text) => void sent.push([socket, text]) }, '/run/notify');
    manager.reloading();
    manager.ready();
    manager.failed(22);
    manager.stopping();
    assert.deepEqual(
      sent.map(([, text]) => text.replace(/USEC=\d+$/, 'USEC=…')),
      ['RELOADING=1\nMONOTONIC_USEC=…', `READY=1\nMAINPID=${process.pid}`, 'ERRNO=22', 'STOPPING=1'],
    );
    assert.ok(sent.every(([socket]) => socket === '/run/notify'));
  });

  it('is nobody without a socket, and no reason to fail when it does not listen', () => {
    const refuse = () => {
      throw new Error('ECONNREFUSED');
    };
    createServiceManager({ sendNotify: refuse }, null).ready();
    createServiceManager({ sendNotify: refuse }, '/run/notify').ready();
  });
});
