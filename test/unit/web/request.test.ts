// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { ip } from '../../../lib/base/address.ts';
import { judgeRequest } from '../../../lib/web/core/request.ts';

const place = { address: ip('192.0.2.1'), port: 8112, names: ['ka.example.org'] };
const judge = (url: string, host: string | undefined = '192.0.2.1:8112', method = 'GET', at = place): string | number => {
  const answer = judgeRequest({ method, url, host }, at, 'LB1');
  return 'refuse' in answer ? answer.refuse : answer.resource;
};

describe('requests to the status page', () => {
  it('are answered for what is on the list', () => {
    assert.deepEqual(
      ['/', '/style.css', '/app.js', '/icon.svg', '/events', '/status.json', '/metrics'].map((url) => judge(url)),
      ['page', 'style', 'script', 'icon', 'events', 'status', 'metrics'],
    );
    assert.equal(judge('/', '192.0.2.1:8112', 'HEAD'), 'page');
  });

  it('are refused for anything else, however it is written', () => {
    for (const url of [
      '',
      '*',
      '//',
      '/?',
      '/../etc/passwd',
      '/%2e%2e/etc/passwd',
      '/app.js/',
      '/app.js?x',
      '/APP.JS',
      'http://192.0.2.1/',
      '/constructor',
      '/__proto__',
    ])
      assert.equal(judge(url), 404, url);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', ''])
      assert.equal(judge('/', '192.0.2.1:8112', method), 405, method);
  });

  it('must name this machine: a foreign name that points here is refused', () => {
    for (const host of ['192.0.2.1:8112', 'localhost:8112', 'lb1:8112', 'ka.example.org', 'KA.example.org:443'])
      assert.equal(judge('/', host), 'page', host);
    for (const host of [
      undefined,
      '',
      'evil.example:8112',
      '192.0.2.1:80',
      '192.0.2.2:8112',
      'lb1.evil.example:8112',
      'ka.example.org.evil.example',
      'a b',
      '[::1]:8112',
      'lb1@x',
      'localhost:8112, evil',
    ])
      assert.equal(judgeRequest({ method: 'GET', url: '/', host }, place, 'LB1') && judge('/', host ?? ''), 403, host);
    assert.equal(judge('/', '198.51.100.7:8112', 'GET', { ...place, address: ip('0.0.0.0') }), 'page');
    assert.equal(judge('/', '127.0.0.2:8112', 'GET', { ...place, address: ip('127.0.0.1') }), 'page');
    assert.equal(judge('/', '[::1]:8112', 'GET', { ...place, address: ip('::') }), 'page');
  });
});
