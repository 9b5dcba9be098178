// SPDX-License-Identifier: MIT
// Virtual servers as text for dump.ts: everything inherited is written where it counts.

import { block, type DumpOptions, type Block as Lines, rows, type Values } from './dump-rows.ts';
import type { Table } from './keyword.ts';
import {
  bfdCheck,
  dnsCheck,
  fileCheck,
  httpGet,
  miscCheck,
  pingCheck,
  smtpCheck,
  sslGet,
  tcpCheck,
  udpCheck,
  webPage,
} from './keywords/checkers.ts';
import { realServer, tlsMaterial, virtualServer } from './keywords/virtual-server.ts';
import { quoteWord } from './lexer.ts';
import type { Checker, GroupEntry, HandedDown, LvsConfig, RealServer, VirtualServer, WebPage } from './model-lvs.ts';

export function dumpLvs({ SSL, virtual_server, virtual_server_group }: LvsConfig, options: DumpOptions): string[] {
  return [
    ...(SSL ? block('SSL', tlsMaterial, given(SSL), '', options) : []),
    ...virtual_server_group.flatMap((g) => [
      `virtual_server_group ${quoteWord(g.name)} {`,
      ...g.entries.map((e) => `    ${groupEntry(e)}`),
      '}',
    ]),
    ...virtual_server.flatMap(service),
  ];
}

/** Without what was not given. */
function given(values: object): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function groupEntry(entry: GroupEntry): string {
  if (entry.kind === 'fwmark') return `fwmark ${entry.mark}${entry.family === null ? '' : entry.family === 4 ? ' inet' : ' inet6'}`;
  const range = entry.first === entry.last ? entry.first : `${entry.first}-${entry.last}`;
  return entry.port === 0 ? range : `${range} ${entry.port}`;
}

function section(header: string, table: Table, values: Values, inner: readonly string[]): Lines {
  return [`${header} {`, ...rows(table, values, '    ', {}), ...inner.map((line) => `    ${line}`), '}'];
}

function service(vs: VirtualServer): Lines {
  const { key, persistence, sorry_server: sorry } = vs;
  const header =
    key.kind === 'address' ? `${key.ip} ${key.port}` : key.kind === 'fwmark' ? `fwmark ${key.mark}` : `group ${quoteWord(key.group)}`;
  const values: Values = {
    ip_family: key.kind === 'address' ? undefined : key.family === 4 ? 'inet' : 'inet6',
    protocol: key.kind === 'fwmark' ? undefined : key.protocol,
    lvs_sched: vs.lvs_sched,
    ops: vs.ops || undefined,
    'flag-1': vs.flags['sched-1'] || undefined,
    'flag-2': vs.flags['sched-2'] || undefined,
    'flag-3': vs.flags['sched-3'] || undefined,
    persistence_timeout: persistence?.timeout,
    persistence_granularity: persistence?.granularity === null ? undefined : persistence && String(persistence.granularity),
    persistence_engine: persistence?.engine ?? undefined,
    quorum: vs.quorum > 0 ? vs.quorum : undefined,
    hysteresis: vs.hysteresis,
    quorum_up: vs.quorum_up ?? undefined,
    quorum_down: vs.quorum_down ?? undefined,
    omega: vs.omega || undefined,
    ha_suspend: vs.ha_suspend || undefined,
    smtp_alert: vs.smtp_alert,
    snmp_name: vs.snmp_name ?? undefined,
    weight: vs.weight,
    inhibit_on_failure: vs.inhibit_on_failure || undefined,
    lvs_method: vs.lvs_method,
    ...handedDown(vs),
    alpha: vs.alpha || undefined,
    sorry_server: sorry ? { ip: sorry.ip, port: sorry.port || null } : undefined,
    sorry_server_inhibit: sorry?.inhibit || undefined,
    sorry_server_lvs_method: sorry?.lvs_method,
  };
  return section(
    `virtual_server ${header}`,
    virtualServer,
    values,
    vs.real_server.flatMap((rs) => server(rs, rs.virtualhost ?? vs.virtualhost)),
  );
}

function handedDown({ alpha, delay_loop, connect_timeout, retry, delay_before_retry, warmup, virtualhost }: HandedDown): Values {
  return given({ alpha, delay_loop, connect_timeout, retry, delay_before_retry, warmup, virtualhost });
}

/** `virtualhost`: what a page has that names none. */
function server(rs: RealServer, virtualhost: string | null): Lines {
  const values: Values = {
    weight: rs.weight,
    lvs_method: rs.lvs_method,
    uthreshold: rs.uthreshold,
    lthreshold: rs.lthreshold,
    inhibit_on_failure: rs.inhibit_on_failure,
    notify_up: rs.notify_up ?? undefined,
    notify_down: rs.notify_down ?? undefined,
    smtp_alert: rs.smtp_alert,
    snmp_name: rs.snmp_name ?? undefined,
    ...handedDown(rs),
  };
  return section(
    `real_server ${rs.ip}${rs.port === 0 ? '' : ` ${rs.port}`}`,
    realServer,
    values,
    rs.checkers.flatMap((c) => checker(c, virtualhost)),
  );
}

const tables = {
  TCP_CHECK: tcpCheck,
  PING_CHECK: pingCheck,
  UDP_CHECK: udpCheck,
  HTTP_GET: httpGet,
  SSL_GET: sslGet,
  SMTP_CHECK: smtpCheck,
  DNS_CHECK: dnsCheck,
  MISC_CHECK: miscCheck,
  FILE_CHECK: fileCheck,
  BFD_CHECK: bfdCheck,
} as const satisfies Readonly<Record<Checker['kind'], Table>>;

function checker(c: Checker, virtualhost: string | null): Lines {
  const table = tables[c.kind];
  switch (c.kind) {
    case 'MISC_CHECK': {
      const { script, misc_timeout, misc_dynamic, timing } = c;
      const values = {
        ...timing,
        misc_path: { ...script, user: null },
        user: script.user ?? undefined,
        misc_timeout,
        misc_dynamic: misc_dynamic || undefined,
      };
      return section(c.kind, table, values, []);
    }
    case 'FILE_CHECK':
      return section(
        c.kind,
        table,
        { track_file: c.track_file, weight: [String(c.weight.value), ...(c.weight.reverse ? ['reverse'] : [])] },
        [],
      );
    case 'BFD_CHECK':
      return section(c.kind, table, { name: c.name, alpha: c.alpha }, []);
    default:
      return section(
        c.kind,
        table,
        networked(c),
        c.kind === 'HTTP_GET' || c.kind === 'SSL_GET' ? c.url.flatMap((p) => page(p, c.kind, virtualhost)) : [],
      );
  }
}

function networked(c: Extract<Checker, { target: unknown }>): Values {
  const { ip, port, bindto, bind_port, bind_if, fwmark, connect_timeout } = c.target;
  const shared = {
    ...c.timing,
    connect_ip: ip,
    connect_port: port || undefined,
    bindto: bindto ?? undefined,
    bind_port: bind_port ?? undefined,
    bind_if: bind_if ?? undefined,
    fwmark,
    connect_timeout,
  };
  switch (c.kind) {
    case 'UDP_CHECK': {
      const { payload, require_reply, min_reply_length, max_reply_length } = c;
      const reply = require_reply === null ? undefined : require_reply === '' ? [] : [require_reply];
      return { ...shared, payload: payload === null ? undefined : [payload], require_reply: reply, min_reply_length, max_reply_length };
    }
    case 'HTTP_GET':
    case 'SSL_GET':
      return { ...shared, http_protocol: c.http_protocol, fast_recovery: c.fast_recovery, enable_sni: c.url.some((p) => p.sni !== null) };
    case 'SMTP_CHECK':
      return { ...shared, helo_name: c.helo_name };
    case 'DNS_CHECK':
      return { ...shared, type: c.type, name: c.name };
    default:
      return shared;
  }
}

function page(p: WebPage, kind: 'HTTP_GET' | 'SSL_GET', inherited: string | null): Lines {
  const { regex } = p;
  const values: Values = {
    path: p.path,
    digest: p.digest ?? undefined,
    status_code: p.status_code,
    // Else it is that of server or service, and the SNI that of the service.
    virtualhost: p.host !== null && (p.host !== inherited || p.sni === p.host) ? p.host : undefined,
    regex: regex?.pattern,
    regex_no_match: regex?.no_match || undefined,
    regex_options: regex && regex.options.length > 0 ? regex.options : undefined,
    regex_min_offset: regex?.min_offset,
    regex_max_offset: regex?.max_offset ?? undefined,
    tls_compliant: kind === 'SSL_GET' ? p.tls_compliant : undefined,
  };
  return section('url', webPage, values, []);
}
