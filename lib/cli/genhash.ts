// SPDX-License-Identifier: MIT
// genhash, or `-T`: fetches a page once and prints the MD5 of its body, for `digest` of HTTP_GET (reference/cli-and-process.md
// section 12). Certificates are not looked at, as the checks do not.

import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Ip } from '../base/address.ts';
import { exitStatus } from '../base/errors.ts';
import { milliseconds } from '../base/time.ts';
import { createResponseReader, type HttpRequest, hostOf, requestText } from '../check/protocol/http1.ts';
import type { ProbeSockets } from '../ports/probes.ts';
import { normalise, type OptionShape } from './getopt.ts';

interface Wish {
  readonly server: string;
  readonly port: number;
  readonly url: string;
  readonly tls: boolean;
  readonly sni: boolean;
  readonly virtualHost: string | null;
  readonly protocol: HttpRequest['protocol'];
  /** Milliseconds for each phase. */
  readonly timeout: number;
  readonly verbose: boolean;
  /** Firewall mark of outgoing packets, 0 none. */
  readonly mark: number;
}

type Output = (text: string) => void;

const options: readonly OptionShape[] = [
  { short: 's', long: 'server', value: 'required' },
  { short: 'p', long: 'port', value: 'required' },
  { short: 'u', long: 'url', value: 'required' },
  { short: 'S', long: 'use-ssl', value: 'none' },
  { short: 'I', long: 'use-sni', value: 'none' },
  { short: 'V', long: 'use-virtualhost', value: 'required' },
  { short: 'm', long: 'fwmark', value: 'required' },
  { short: 'P', long: 'protocol', value: 'required' },
  { short: 't', long: 'timeout', value: 'required' },
  { short: 'v', long: 'verbose', value: 'none' },
  { short: 'h', long: 'help', value: 'none' },
];

const usage = `Usage: genhash -s ADDRESS -p PORT -u PATH [OPTIONS]

   -s, --server ADDRESS        where to fetch from, a numeric address
   -p, --port PORT             its port
   -u, --url PATH              what to ask for
   -S, --use-ssl               by TLS
   -I, --use-sni               name the virtual host in the TLS hello (see -V)
   -V, --use-virtualhost NAME  the Host header
   -P, --protocol VERSION      1.0, 1.0c (1.0 with 'Connection: close') or 1.1
   -m, --fwmark MARK           mark of outgoing packets
   -t, --timeout SECONDS       for connecting, and for each read; 5 when not given
   -v, --verbose               show what was received
   -h, --help                  this text
`;

/** Prints the hash, or why there is none. The exit status is 1 for a wrong command line, else 0, as keepalived's. */
export async function genhash(argv: readonly string[], out: Output, complain: Output, sockets: ProbeSockets): Promise<number> {
  const wish = wishOf(argv);
  if (typeof wish === 'string') {
    complain(`${wish}${wish === '' ? '' : '\n'}${usage}`);
    return exitStatus.fatal;
  }
  await fetchOnce(wish, out, complain, sockets);
  return exitStatus.ok;
}

/** What is wrong with the words, '' for too few. */
function wishOf(argv: readonly string[]): Wish | string {
  const { words, operands, error } = normalise(argv, options);
  if (error !== null || operands.length > 0) return '';
  const given = new Map(words.map((word) => word.slice(2).split(/=(.*)/s, 2) as [string, string | undefined]));
  const server = given.get('server');
  const url = given.get('url');
  const port = given.get('port');
  const seconds = given.get('timeout') ?? '5';
  const protocol = given.get('protocol') ?? '1.0';
  const mark = Number(given.get('fwmark') ?? 0);
  if (given.has('help')) return '';
  if (server !== undefined && !isIP(server)) return `server should be an IP, not ${server}`;
  if (port !== undefined && !(/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535))
    return `invalid port number '${port}'`;
  if (!/^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(seconds) || Number(seconds) === 0) return `invalid timeout '${seconds}'`;
  if (!['1.0', '1.0c', '1.0C', '1.1'].includes(protocol)) return `invalid protocol version '${protocol}'`;
  if (!(Number.isInteger(mark) && mark >= 0 && mark <= 0xffff_ffff)) return `invalid fwmark '${given.get('fwmark')}'`;
  if (server === undefined || url === undefined || port === undefined) return '';
  if (/[\r\n]/.test(url + (given.get('use-virtualhost') ?? ''))) return 'a line break cannot be part of a request';
  return {
    server,
    port: Number(port),
    url,
    tls: given.has('use-ssl'),
    sni: given.has('use-sni'),
    virtualHost: given.get('use-virtualhost') ?? null,
    protocol: protocol === '1.0c' ? '1.0C' : (protocol as HttpRequest['protocol']),
    timeout: Number(seconds) * 1000,
    verbose: given.has('verbose'),
    mark,
  };
}

function fetchOnce(wish: Wish, out: Output, complain: Output, sockets: ProbeSockets): Promise<void> {
  const began = performance.now();
  const md5 = createHash('md5');
  let shown = false;
  const showHeader = () => {
    const header = reader.header();
    if (!wish.verbose || shown || !header) return;
    shown = true;
    const text = Buffer.from(header).toString('latin1');
    out(`${title('    HTTP Header Buffer    ')}${hexDump(header)}${title(' HTTP Header Ascii Buffer ')}${text}\n`);
  };
  const reader = createResponseReader((bytes) => {
    md5.update(bytes);
    showHeader();
    if (wish.verbose) out(`${title('        HTML Buffer        ')}${hexDump(bytes)}\n`);
  });
  const target = {
    ip: wish.server as Ip,
    port: wish.port,
    bindto: null,
    bind_port: null,
    bind_if: null,
    fwmark: wish.mark,
    connect_timeout: milliseconds(wish.timeout),
  };
  let connected = false;
  return new Promise((resolve) => {
    let over = false;
    const end = (text: string) => {
      if (over) return;
      over = true;
      clearTimeout(patience);
      stream.close();
      out(text);
      resolve();
    };
    const late = () => end(!connected ? 'Timeout connecting\n' : reader.header() ? 'Timeout HTTP read\n' : 'Timeout WEB read\n');
    const patience = setTimeout(late, wish.timeout);
    const stream = sockets.open(target, wish.tls ? { serverName: wish.sni ? wish.virtualHost : null } : null, {
      onOpen() {
        connected = true;
        patience.refresh();
        const { url: path, protocol } = wish;
        stream.write(requestText({ path, host: wish.virtualHost ?? hostOf(wish.server, wish.port), protocol }));
      },
      onData(bytes) {
        patience.refresh();
        reader.feed(bytes);
        showHeader();
      },
      onEnd: finish,
      onError({ kind, code }) {
        if (connected) return finish();
        if (kind === 'local') complain(`genhash: ${code}\n`);
        end(kind === 'tls' ? 'SSL handshake/communication error connecting to\n' : 'Connection failed\n');
      },
    });

    function finish(): void {
      if (over) return;
      if (!reader.header()) {
        // The one reason that keepalived gives on standard error.
        complain('no data received from remote webserver\n');
        end('');
        return;
      }
      const hash = md5.digest();
      const text = `${hash.toString('hex')}\n`;
      const time = Math.round((performance.now() - began) * 1000);
      if (!wish.verbose) end(text);
      else {
        end(
          `${title('    HTML hash resulting    ')}${hexDump(hash)}${title(' HTML hash final resulting ')}${text}\nGlobal response time for [${wish.url}] = ${time} usecs\n`,
        );
      }
    }
  });
}

function title(text: string): string {
  const dashes = '-'.repeat(23);
  return `${dashes}[${text}]${dashes}\n`;
}

/** Sixteen bytes a line, decimal offset, hexadecimal, text. */
function hexDump(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 16) {
    const line = [...bytes.subarray(at, at + 16)];
    const hex = line.map((b) => b.toString(16).padStart(2, '0'));
    const left = hex.slice(0, 8).join(' ').padEnd(23);
    const right = hex.slice(8).join(' ').padEnd(23);
    const shown = line.map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('');
    text += `${String(at).padStart(4, '0')}  ${left} - ${right}   ${shown.padEnd(16)}\n`;
  }
  return text;
}
