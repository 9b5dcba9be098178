// SPDX-License-Identifier: MIT
// `Health checkers` of the checker's dump: each check of each real server with what it is now, as keepalived prints them. What is
// handed down from servers and services is shown where it counts.

import type { Micros } from '../base/time.ts';
import type { Checker, CheckTarget, CheckTiming, RealServer, Regex, VirtualServer, WebPage } from '../config/model-lvs.ts';
import type { CheckersView, CheckView, PoolView } from '../ports/checkers.ts';
import { commandText } from './words.ts';

const yes = (value: boolean): string => (value ? 'yes' : 'no');
const set = (value: boolean): string => (value ? 'set' : 'unset');
const secondsText = (time: Micros): string => (time / 1e6).toFixed(6);

export function checkLines(view: CheckersView): string[] {
  const lines = view.pools.flatMap(poolLines);
  return lines.length === 0 ? [] : ['------< Health checkers >------', ...lines, ...fileLines(view), ...bfdLines(view)];
}

function poolLines(pool: PoolView): string[] {
  return pool.config.real_server.flatMap((rs, i) =>
    rs.checkers.flatMap((checker, c) => {
      const now = pool.servers[i]?.checks[c];
      return now ? checkerLines(pool.config, rs, checker, now, pool.suspended) : [];
    }),
  );
}

function checkerLines(vs: VirtualServer, rs: RealServer, checker: Checker, now: CheckView, suspended: boolean): string[] {
  return [
    ` ${vs.name} -> ${rs.name}`,
    `   Enabled = ${yes(!suspended || !('timing' in checker))}`,
    `   Up = ${yes(now.up)}`,
    `   Has run = ${yes(now.hasRun)}`,
    `   Current weight = ${now.weight}`,
    ...('timing' in checker ? timingLines(checker.timing, now) : []),
    ...('target' in checker ? targetLines(checker.target) : []),
    ...methodLines(checker),
  ];
}

function timingLines(timing: CheckTiming, now: CheckView): string[] {
  return [
    `   Alpha = ${yes(timing.alpha)}`,
    `   Delay loop = ${timing.delay_loop} us`,
    `   Warmup = ${timing.warmup} us`,
    `   Retries = ${timing.retry}`,
    ...(timing.retry > 0 ? [`   Delay before retry = ${timing.delay_before_retry} us`, `   Retries iterations = ${now.tries}`] : []),
    `   Log all failures = ${yes(timing.log_all_failures)}`,
  ];
}

function targetLines(target: CheckTarget): string[] {
  const { ip, port, bindto, bind_port, bind_if, fwmark } = target;
  const bound = bindto !== null || bind_port !== null;
  return [
    '   Connection',
    `     Dest = [${ip}]:${port}`,
    ...(bound ? [`     Bind to = [${bindto ?? ''}]:${bind_port ?? 0}`] : []),
    ...(bind_if === null ? [] : [`     Bind i/f = ${bind_if}`]),
    ...(fwmark === 0 ? [] : [`     Mark = ${fwmark}`]),
    `     Timeout = ${secondsText(target.connect_timeout)}`,
  ];
}

function methodLines(checker: Checker): string[] {
  const method = `   Keepalive method = ${checker.kind}`;
  switch (checker.kind) {
    case 'TCP_CHECK':
    case 'PING_CHECK':
      return [method];
    case 'HTTP_GET':
    case 'SSL_GET':
      return [
        `${method}, http protocol ${checker.http_protocol}`,
        `   Enable SNI ${set(checker.url.some((page) => page.sni !== null))}`,
        `   Fast recovery ${set(checker.fast_recovery)}`,
        ...checker.url.flatMap(pageLines),
      ];
    case 'SMTP_CHECK':
      return [method, `   helo = ${checker.helo_name}`];
    case 'DNS_CHECK':
      return [method, `   Type = ${checker.type}`, `   Name = ${checker.name}`];
    case 'UDP_CHECK':
      return [method, ...udpLines(checker)];
    case 'MISC_CHECK':
      return [
        method,
        `   script = ${commandText(checker.script)}`,
        `   timeout = ${checker.misc_timeout / 1e6}`,
        `   dynamic = ${checker.misc_dynamic ? 'YES' : 'NO'}`,
        `   uid:gid = ${checker.script.run_as?.uid ?? 0}:${checker.script.run_as?.gid ?? 0}`,
      ];
    case 'FILE_CHECK':
      return [method, `     Tracked file = ${checker.track_file}`];
    case 'BFD_CHECK':
      return [method, `   Name = ${checker.name}`, `   Alpha is ${checker.alpha ? 'ON' : 'OFF'}`];
  }
}

function pageLines(page: WebPage): string[] {
  return [
    `   Checked url = ${page.path}`,
    ...(page.digest === null ? [] : [`     digest = ${page.digest}`]),
    '     HTTP Status Code(s)',
    ...page.status_code.map(([low, high]) => `       ${low === high ? low : `${low}-${high}`}`),
    ...(page.host === null ? [] : [`     Virtual host = ${page.host}`]),
    ...(page.regex ? regexLines(page.regex) : []),
    ...(page.tls_compliant ? ['     TLS compliant'] : []),
  ];
}

function regexLines(regex: Regex): string[] {
  const { min_offset: low, max_offset: high } = regex;
  return [
    `     Regex = "${regex.pattern}"`,
    ...(regex.no_match ? ['     Regex no match'] : []),
    ...(low > 0 || high !== null ? [`     Regex min offset = ${low}, max_offset = ${high ?? 'none'}`] : []),
    ...(regex.options.length > 0 ? [`     Regex options: ${regex.options.join(' ')}`] : []),
  ];
}

function udpLines(checker: Extract<Checker, { kind: 'UDP_CHECK' }>): string[] {
  const { payload, require_reply: reply } = checker;
  return [
    payload === null ? '   Payload specified = no' : `   Payload len = ${payload.length / 2}`,
    `   Require reply = ${yes(reply !== null)}`,
    ...(reply === null
      ? []
      : [
          `     Min reply length = ${checker.min_reply_length}`,
          `     Max reply length = ${checker.max_reply_length}`,
          `     Reply data len = ${reply.length / 2}`,
          ...(reply === '' ? [] : [`     Reply data mask = ${yes(reply.includes('x'))}`]),
        ]),
  ];
}

function* checksOf(view: CheckersView): Iterable<readonly [VirtualServer, RealServer, Checker]> {
  for (const { config: vs } of view.pools) for (const rs of vs.real_server) for (const checker of rs.checkers) yield [vs, rs, checker];
}

function fileLines(view: CheckersView): string[] {
  const users = [...checksOf(view)];
  const files = view.config.track_file.flatMap((file) => {
    const tracking = users.flatMap(([vs, rs, checker]) =>
      checker.kind === 'FILE_CHECK' && checker.track_file === file.name
        ? [`     ${vs.name} -> ${rs.name}, weight ${checker.weight.value}${checker.weight.reverse ? ' reverse' : ''}`]
        : [],
    );
    return tracking.length === 0 ? [] : [` Track file = ${file.name}`, `   File = ${file.file}`, '   Tracking instances :', ...tracking];
  });
  return files.length === 0 ? [] : ['------< Checker track files >------', ...files];
}

function bfdLines(view: CheckersView): string[] {
  const names = new Map<string, string[]>();
  for (const [, rs, checker] of checksOf(view))
    if (checker.kind === 'BFD_CHECK') names.set(checker.name, [...(names.get(checker.name) ?? []), `   ${rs.name}`]);
  const lines = [...names].flatMap(([name, servers]) => [` Checker Track BFD = ${name}`, '   Tracking RS :', ...servers]);
  return lines.length === 0 ? [] : ['------< Checker track BFDs >------', ...lines];
}
