// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createResponseReader, hostOf, requestText } from '../../../lib/check/protocol/http1.ts';

function read(...chunks: readonly string[]) {
  let body = '';
  const reader = createResponseReader((bytes) => {
    body += Buffer.from(bytes).toString('latin1');
  });
  for (const chunk of chunks) reader.feed(Buffer.from(chunk, 'latin1'));
  return { reader, body };
}

describe('an HTTP response', () => {
  it('is split into header and body wherever the pieces end', () => {
    const text = 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const { reader, body } = read(...at.slice(1).map((to, i) => text.slice(at[i], to)));
        assert.deepEqual([reader.status(), reader.contentLength(), reader.received(), body], [200, 5, 5, 'hello']);
      }),
    );
  });

  it('has a status only where three digits and a blank follow the first blank', () => {
    const status = (line: string) => read(`${line}\r\n\r\n`).reader.status();
    assert.deepEqual(
      [status('HTTP/1.1 404 Not Found'), status('HTTP/1.0 200'), status('HTTP/1.0 20 x'), status('200 OK')],
      [404, null, null, null],
    );
  });

  it('gives no more of the body than it announced, and counts all of it', () => {
    const { reader, body } = read('H 200 \r\nContent-Length: 3\r\n\r\nhe', 'llo');
    assert.deepEqual([body, reader.received()], ['hel', 5]);
  });

  it('reads the length in one spelling alone', () => {
    assert.equal(read('H 200 \r\ncontent-length: 3\r\n\r\n').reader.contentLength(), null);
  });

  it('refuses a header that does not end', () => {
    const { reader } = read('x'.repeat(4000), 'x'.repeat(4000), '\r\n\r\n');
    assert.equal(reader.header(), null);
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
        const reader = createResponseReader(() => {});
        for (const chunk of chunks) reader.feed(chunk);
        reader.status();
      }),
    );
  });
});

describe('an HTTP request', () => {
  it('is written as keepalived writes it', () => {
    const path = '/a?b';
    const head = 'User-Agent: KeepAliveClient\r\n';
    assert.equal(requestText({ path, host: 'x', protocol: '1.0' }), `GET /a?b HTTP/1.0\r\n${head}Host: x\r\n\r\n`);
    assert.equal(requestText({ path, host: 'x', protocol: '1.0C' }), `GET /a?b HTTP/1.0\r\n${head}Connection: close\r\nHost: x\r\n\r\n`);
    assert.equal(requestText({ path, host: 'x', protocol: '1.1' }), `GET /a?b HTTP/1.1\r\n${head}Connection: close\r\nHost: x\r\n\r\n`);
    assert.deepEqual([hostOf('192.0.2.1', 80), hostOf('2001:db8::1', 443)], ['192.0.2.1:80', '[2001:db8::1]:443']);
  });
});
