// SPDX-License-Identifier: MIT
// HTTP_GET and SSL_GET: one page over one connection (reference/lvs-and-checkers.md 9.2). Node's own HTTP client would decode and
// refuse what keepalived counts byte by byte.

import { createHash } from 'node:crypto';
import { add, type Micros, micros, seconds } from '../../base/time.ts';
import type { CheckTarget, WebPage } from '../../config/model-lvs.ts';
import type { ProbeError } from '../../ports/probes.ts';
import type { Outcome } from '../core/outcome.ts';
import { createResponseReader, type HttpRequest, hostOf, requestText } from '../protocol/http1.ts';
import { createPageMatcher } from './page-match.ts';
import { down, type Probe, type ProbeContext, type Try, tryOnce } from './probe.ts';

export interface WebCheck {
  readonly kind: 'HTTP_GET' | 'SSL_GET';
  readonly http_protocol: HttpRequest['protocol'];
  readonly target: CheckTarget;
  readonly page: WebPage;
}

/** A server that drips a byte a second keeps each read within its limit: the whole may take so many of them, or this long. */
const mostPhases = 20;
const longestTry = seconds(60);

export function webProbe(check: WebCheck, { sockets, clock }: ProbeContext): Probe {
  const { target, page } = check;
  const secure = check.kind === 'SSL_GET';
  const limit = target.connect_timeout;
  const request = requestText({ path: page.path, host: page.host ?? hostOf(target.ip, target.port), protocol: check.http_protocol });
  const newMatch = page.regex === null ? null : createPageMatcher(page.regex);
  /** Bytes that the last response had too few or too many; told once for each. */
  let toldDifference: number | null = null;

  return (done) =>
    tryOnce(clock, done, (one) => {
      const whole: Micros = add(clock.now(), micros(Math.max(longestTry, mostPhases * limit)));
      const md5 = page.digest === null ? null : createHash('md5');
      const match = newMatch?.() ?? null;
      const reader = createResponseReader((bytes) => void md5?.update(bytes));
      let open = false;
      let received = 0;

      const late = () => down(reader.header() === null ? 'Timeout WEB read' : `Timeout ${secure ? 'SSL' : 'HTTP'} read`);
      const judge = (): Exclude<Outcome, { kind: 'unable' }> => {
        const status = reader.status();
        if (received === 0 || reader.header() === null) return down('Read, no data received from ');
        if (status === null || !page.status_code.some(([low, high]) => status >= low && status <= high))
          return down('HTTP status code error to');
        if (md5 && md5.digest('hex') !== page.digest) return down('MD5 digest error to');
        if (match && !match.matches()) return down('Regex match failed');
        const succeeded = (what: string) => `${what} success to %r url(${page.path})`;
        return {
          kind: 'up',
          recovered: [
            succeeded('HTTP status code'),
            ...(md5 ? [succeeded('MD5 digest')] : []),
            ...(match ? [succeeded('Regex match')] : []),
          ],
        };
      };
      const conclude = () => {
        const outcome = judge();
        if (secure && page.tls_compliant) stream.close(true);
        const notes = lengthNotes(reader.contentLength(), reader.received());
        one.finish(notes.length === 0 ? outcome : { ...outcome, notes });
      };
      const lengthNotes = (announced: number | null, came: number): string[] => {
        const difference = announced === null || reader.header() === null ? 0 : announced - came;
        if (difference === 0 || difference === toldDifference) return [];
        toldDifference = difference;
        const url = `${page.host ?? ''}${page.path}`;
        return [`http_check for RS %r VS %v url ${url}: content_length (${announced}) does not match received bytes (${came})`];
      };

      one.phase(limit, down('Timeout connecting'));
      const stream = sockets.open(target, secure ? { serverName: page.sni } : null, {
        onOpen() {
          open = true;
          stream.write(request);
          one.phase(limit, late());
        },
        onData(bytes) {
          received += bytes.length;
          reader.feed(bytes);
          if (match && reader.header() !== null) match.feed(bytes);
          // A header that is too long never ends: there is nothing to wait for.
          if (reader.isRefused()) return conclude();
          const left = micros(Math.max(0, whole - clock.now()));
          one.phase(micros(Math.min(limit, left)), late());
        },
        onEnd: conclude,
        onError: (error) => failed(one, error, open, secure),
      });
      return () => stream.close();
    });
}

function failed(one: Try, { kind, code }: ProbeError, open: boolean, secure: boolean): void {
  one.finish(kind === 'local' ? { kind: 'unable', why: code } : down(textOf(kind, code, open, secure)));
}

function textOf(kind: ProbeError['kind'], code: string, open: boolean, secure: boolean): string {
  if (open) return secure ? 'SSL read error from' : 'Read error with';
  if (kind === 'tls') return 'SSL handshake/communication error connecting to';
  if (kind === 'timeout') return 'Timeout connecting';
  return code === 'ENETUNREACH' ? 'HTTP/SSL_CHECK - network unreachable' : 'Connection failed';
}
