// SPDX-License-Identifier: MIT
// Checker blocks of a real server → the checks it gets (reference/lvs-and-checkers.md sections 3, 8 and 9). Values inherit
// service → server → check.

import { type Ip, ipFamily, isLinkLocal } from '../base/address.ts';
import { translatePattern } from '../base/pcre.ts';
import { type Micros, seconds } from '../base/time.ts';
import { type BuildContext, notice, repaired } from './build-context.ts';
import type { ScriptBuilder } from './build-scripts.ts';
import { type Block, blocksOf, placeOf, valueIn } from './keyword.ts';
import {
  bfdCheck,
  connection,
  dnsCheck,
  fileCheck,
  httpGet,
  miscCheck,
  smtpCheck,
  sslGet,
  timing,
  udpCheck,
  webPage,
} from './keywords/checkers.ts';
import type { realServer } from './keywords/virtual-server.ts';
import type { Checker, CheckTarget, CheckTiming, HandedDown, WebPage } from './model-lvs.ts';

type Server = Block<typeof realServer>;
type Checks = typeof timing & typeof connection;

/** What a check takes from its server and service where it says nothing itself. */
export interface CheckDefaults extends HandedDown {
  /** Of the server, for messages. */
  readonly name: string;
  readonly ip: Ip;
  /** Of the server, else of the service. */
  readonly port: number;
  /** Of the service itself: the time limit of scripts. */
  readonly service_delay_loop: Micros;
  readonly log_all_failures: boolean;
  /** First that is set of the server's and the service's. */
  readonly virtualhost: string | null;
  /** The service's alone: servers are not asked for it. */
  readonly sniHost: string | null;
}

export interface CheckerContext extends BuildContext {
  readonly checkScripts: ScriptBuilder;
  /** Names of track_file blocks that name a file, with their weight. */
  readonly trackFiles: ReadonlyMap<string, { readonly value: number; readonly reverse: boolean }>;
  /** BFD sessions by name, and whether they can run. */
  readonly sessions: ReadonlyMap<string, boolean>;
}

/** keepalived's own defaults where neither check, server nor service say anything (section 8.1). */
const usual: Readonly<Record<string, { readonly retry: number; readonly delay: Micros | null }>> = {
  HTTP_GET: { retry: 1, delay: seconds(3) },
  SSL_GET: { retry: 1, delay: seconds(3) },
  DNS_CHECK: { retry: 3, delay: null },
  MISC_CHECK: { retry: 0, delay: seconds(1) },
};
const usualElsewhere = { retry: 1, delay: seconds(1) };

/** Checks of one server, unusable ones reported and left out. */
export function buildCheckers(server: Server, defaults: CheckDefaults, context: CheckerContext): Checker[] {
  const of = { defaults, context };
  const checkers: Checker[] = [];
  for (const build of builders) build(server, of, checkers);
  return checkers;
}

/** `key` of a server, each of its blocks by `build`. */
function builder<K extends keyof typeof realServer & string>(key: K, build: (block: BlocksOf<K>, of: Of) => Checker[]) {
  return (server: Server, of: Of, checkers: Checker[]): void => {
    if (server.settings[key] === undefined) return;
    for (const block of blocksOf(server, key)) checkers.push(...build(block as BlocksOf<K>, of));
  };
}

type BlocksOf<K extends keyof typeof realServer & string> = ReturnType<typeof blocksOf<typeof realServer, K>>[number];

/** In the order in which keepalived has them. */
const builders = [
  builder('MISC_CHECK', misc),
  builder('SMTP_CHECK', smtp),
  builder('TCP_CHECK', (block, of) => networked(block, 'TCP_CHECK', of, (net) => ({ kind: 'TCP_CHECK', ...net }))),
  builder('PING_CHECK', (block, of) => networked(block, 'PING_CHECK', of, (net) => ({ kind: 'PING_CHECK', ...net }))),
  builder('UDP_CHECK', udp),
  builder('HTTP_GET', (block, of) => web(block, httpGet, 'HTTP_GET', of)),
  builder('SSL_GET', (block, of) => web(block, sslGet, 'SSL_GET', of)),
  builder('DNS_CHECK', dns),
  builder('FILE_CHECK', file),
  builder('BFD_CHECK', bfd),
];

interface Of {
  readonly defaults: CheckDefaults;
  readonly context: CheckerContext;
}

function timingOf(block: Block<typeof timing>, kind: string, { defaults }: Of): CheckTiming {
  const get = <K extends keyof typeof timing & string>(key: K) => valueIn(timing, block, key);
  const { retry, delay } = usual[kind] ?? usualElsewhere;
  const delay_loop = get('delay_loop') ?? defaults.delay_loop;
  return {
    delay_loop,
    warmup: get('warmup') ?? defaults.warmup ?? delay_loop,
    retry: get('retry') ?? defaults.retry ?? retry,
    delay_before_retry: get('delay_before_retry') ?? defaults.delay_before_retry ?? delay ?? delay_loop,
    alpha: get('alpha') ?? defaults.alpha,
    log_all_failures: get('log_all_failures') ?? defaults.log_all_failures,
  };
}

/** null, and reported, when nothing could ever be sent to it. */
function targetOf(block: Block<typeof connection>, { defaults, context }: Of): CheckTarget | null {
  const get = <K extends keyof typeof connection & string>(key: K) => valueIn(connection, block, key);
  const ip = get('connect_ip') ?? defaults.ip;
  const bindto = get('bindto') ?? null;
  const bind_if = get('bind_if') ?? null;
  if (isLinkLocal(ip) && bind_if === null) {
    repaired(context, placeOf(block, 'connect_ip'), 'check-link-local', `Checker link local address ${ip} requires a bind_if`, {
      scope: 'child',
      expected: 'bind_if IFNAME',
      effect: 'the check is left out',
    });
    return null;
  }
  const bindable = bindto === null || ipFamily(bindto) === ipFamily(ip);
  if (!bindable) {
    const message = `bindto address ${bindto} does not match address family of connect_ip - skipping`;
    repaired(context, placeOf(block, 'bindto'), 'check-family', message, { scope: 'child', effect: 'the system chooses the source' });
  }
  return {
    ip,
    port: get('connect_port') ?? defaults.port,
    bindto: bindable ? bindto : null,
    bind_port: get('bind_port') ?? null,
    bind_if,
    fwmark: get('fwmark') ?? 0,
    connect_timeout: get('connect_timeout') ?? defaults.connect_timeout,
  };
}

function networked(
  block: Block<Checks>,
  kind: Checker['kind'],
  of: Of,
  make: (net: { readonly timing: CheckTiming; readonly target: CheckTarget }) => Checker,
): Checker[] {
  const target = targetOf(block, of);
  return target ? [make({ timing: timingOf(block, kind, of), target })] : [];
}

function smtp(block: Block<typeof smtpCheck>, of: Of): Checker[] {
  const helo_name = valueIn(smtpCheck, block, 'helo_name') ?? 'smtpchecker.keepalived.org';
  const own = networked(block, 'SMTP_CHECK', of, (net) => ({ kind: 'SMTP_CHECK', helo_name, ...net }));
  // Deprecated: each is a check of its own.
  const hosts = blocksOf(block, 'host').flatMap((h) =>
    networked(h, 'SMTP_CHECK', of, (net) => ({ kind: 'SMTP_CHECK', helo_name, ...net })),
  );
  return [...own, ...hosts];
}

function udp(block: Block<typeof udpCheck>, of: Of): Checker[] {
  const payload = valueIn(udpCheck, block, 'payload')?.join('').toLowerCase() ?? null;
  const reply = valueIn(udpCheck, block, 'require_reply')?.join('').toLowerCase() ?? null;
  const usable = (key: 'payload' | 'require_reply', text: string | null, form: RegExp): string | null => {
    if (text === null || form.test(text)) return text;
    repaired(
      of.context,
      placeOf(block, key),
      'hex-invalid',
      `Invalid hex string for UDP_CHECK ${key === 'payload' ? 'payload' : 'reply'}`,
      {
        scope: 'child',
        word: text,
        expected: key === 'payload' ? 'pairs of hexadecimal digits' : 'pairs of hexadecimal digits, x for any',
        effect: `${key} is ignored`,
      },
    );
    return null;
  };
  return networked(block, 'UDP_CHECK', of, (net) => ({
    kind: 'UDP_CHECK',
    payload: usable('payload', payload, /^([0-9a-f]{2})+$/),
    require_reply: usable('require_reply', reply, /^([0-9a-fx]{2})*$/),
    min_reply_length: valueIn(udpCheck, block, 'min_reply_length') ?? 0,
    max_reply_length: valueIn(udpCheck, block, 'max_reply_length') ?? 255,
    ...net,
  }));
}

type Web = typeof httpGet | typeof sslGet;

function web(block: Block<typeof sslGet> | Block<typeof httpGet>, table: Web, kind: 'HTTP_GET' | 'SSL_GET', of: Of): Checker[] {
  const check = block as Block<typeof sslGet>;
  const get = <K extends keyof typeof httpGet & string>(key: K) => valueIn(httpGet, check, key);
  const host = get('virtualhost') ?? of.defaults.virtualhost ?? null;
  const sni = get('enable_sni') ? (get('virtualhost') ?? of.defaults.sniHost ?? null) : null;
  const compliant = table === sslGet && (valueIn(sslGet, check, 'tls_compliant') ?? false);
  const url = blocksOf(check, 'url').map((page) =>
    pageOf(page, { host, sni, sniEnabled: get('enable_sni') ?? false, compliant }, of.context),
  );
  if (url.length === 0) {
    repaired(of.context, block.place, 'check-empty', 'HTTP/SSL_GET checker has no urls specified - ignoring', {
      scope: 'child',
      expected: 'url { … }',
      effect: 'the check is left out',
    });
    return [];
  }
  const version = get('http_protocol') ?? '1.0';
  return networked(check, kind, of, (net) => ({
    kind,
    http_protocol: version === '1.0c' ? '1.0C' : version,
    fast_recovery: get('fast_recovery') ?? false,
    url,
    ...net,
  }));
}

function pageOf(
  page: Block<typeof webPage>,
  usualPage: { readonly host: string | null; readonly sni: string | null; readonly sniEnabled: boolean; readonly compliant: boolean },
  context: CheckerContext,
): WebPage {
  const get = <K extends keyof typeof webPage & string>(key: K) => valueIn(webPage, page, key);
  const own = get('virtualhost') ?? null;
  const pattern = get('regex');
  return {
    path: get('path') ?? '/',
    host: own ?? usualPage.host,
    sni: usualPage.sniEnabled ? (own ?? usualPage.sni) : null,
    digest: get('digest') ?? null,
    status_code: get('status_code') ?? [[200, 299]],
    regex:
      pattern === undefined || !isUsable(page, pattern, get('regex_options') ?? [], context)
        ? null
        : {
            pattern,
            options: get('regex_options') ?? [],
            no_match: get('regex_no_match') ?? false,
            min_offset: get('regex_min_offset') ?? 0,
            max_offset: get('regex_max_offset') ?? null,
          },
    tls_compliant: get('tls_compliant') ?? usualPage.compliant,
  };
}

/** The meaning is that of PCRE2; what JavaScript's engine cannot do so is refused, never guessed at. */
function isUsable(page: Block<typeof webPage>, pattern: string, options: readonly string[], context: CheckerContext): boolean {
  const translated = translatePattern(pattern, options);
  if (translated.ok) return true;
  repaired(context, placeOf(page, 'regex'), 'regex-unsupported', `regex "${pattern}" cannot be used: ${translated.reason}`, {
    scope: 'child',
    word: pattern,
    effect: 'the page is checked without it',
  });
  return false;
}

function dns(block: Block<typeof dnsCheck>, of: Of): Checker[] {
  const type = (valueIn(dnsCheck, block, 'type') ?? 'SOA').toUpperCase();
  return networked(block, 'DNS_CHECK', of, (net) => ({ kind: 'DNS_CHECK', type, name: valueIn(dnsCheck, block, 'name') ?? '.', ...net }));
}

function misc(block: Block<typeof miscCheck>, of: Of): Checker[] {
  const { context, defaults } = of;
  const get = <K extends keyof typeof miscCheck & string>(key: K) => valueIn(miscCheck, block, key);
  const command = get('misc_path');
  if (!command) {
    repaired(context, block.place, 'misc-check-empty', 'No script path has been specified for MISC_CHECKER - skipping', {
      scope: 'child',
      expected: 'misc_path COMMAND',
    });
    return [];
  }
  const user = get('user') ?? null;
  const nobody = user
    ? `Failed to set uid/gid for misc checker script '${command.text}' - removing`
    : `Unable to set default user for misc script '${command.text}' - removing`;
  const { script, failed } = context.checkScripts.script({ ...command, user }, placeOf(block, 'misc_path'), nobody);
  if (!script) {
    if (failed !== 'identity') {
      const why = failed === 'insecure' ? 'due to insecure' : 'since not found/accessible';
      notice(context, placeOf(block, 'misc_path'), 'misc-check-disabled', `Disabling misc script ${command.text} ${why}`, {
        effect: 'the check is left out',
      });
    }
    return [];
  }
  const limit = get('misc_timeout') ?? 0;
  return [
    {
      kind: 'MISC_CHECK',
      timing: timingOf(block, 'MISC_CHECK', of),
      script,
      misc_timeout: limit === 0 ? defaults.service_delay_loop : (limit as Micros),
      misc_dynamic: get('misc_dynamic') ?? false,
    },
  ];
}

function file(block: Block<typeof fileCheck>, { context }: Of): Checker[] {
  const name = valueIn(fileCheck, block, 'track_file');
  const tracked = name === undefined ? undefined : context.trackFiles.get(name);
  if (name === undefined || !tracked) {
    if (name !== undefined)
      repaired(context, placeOf(block, 'track_file'), 'track-undefined', `track_file ${name} not found`, { scope: 'child', word: name });
    repaired(context, block.place, 'file-check-empty', 'FILE_CHECK has no track_file specified - ignoring', { scope: 'child' });
    return [];
  }
  const words = valueIn(fileCheck, block, 'weight');
  const [number, option] = words ?? [];
  if (option !== undefined && option !== 'reverse' && option !== 'noreverse') {
    const message = `unknown track file weight option ${option} - ignoring`;
    repaired(context, placeOf(block, 'weight'), 'word-invalid', message, {
      scope: 'child',
      word: option,
      expected: 'reverse or noreverse',
    });
  }
  const weight = words === undefined ? tracked : { value: Number(number), reverse: option === 'reverse' };
  return [{ kind: 'FILE_CHECK', track_file: name, weight }];
}

function bfd(block: Block<typeof bfdCheck>, { context, defaults }: Of): Checker[] {
  const name = valueIn(bfdCheck, block, 'name');
  const usable = name === undefined ? undefined : context.sessions.get(name);
  // What is wrong with the session has been told where it stands.
  if (name !== undefined && usable === false) return [];
  if (name !== undefined && usable) return [{ kind: 'BFD_CHECK', name, alpha: valueIn(bfdCheck, block, 'alpha') ?? false }];
  const what = name === undefined ? 'No name has been specified for BFD_CHECKER - skipping' : `BFD_CHECK - BFD ${name} not configured`;
  repaired(context, name === undefined ? block.place : placeOf(block, 'name'), 'bfd-check-undefined', `(${defaults.name}) ${what}`, {
    scope: 'child',
    effect: 'the check is left out',
    ...(name === undefined ? {} : { word: name }),
  });
  return [];
}
