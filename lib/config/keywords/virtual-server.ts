// SPDX-License-Identifier: MIT
// virtual_server, its real servers, groups of services, and TLS material: the IPVS side.

import { bool, constant, flag, oneOf, optionalInteger, script, text } from '../args.ts';
import { keywords } from '../keyword.ts';
import { endpoint, forwarding, granularity, schedulers, serverHeader, transport } from '../lvs-args.ts';
import { integer, secondsDecimal } from '../numbers.ts';
import {
  bfdCheck,
  dnsCheck,
  fileCheck,
  httpGet,
  longest,
  miscCheck,
  pingCheck,
  smtpCheck,
  sslGet,
  tcpCheck,
  udpCheck,
} from './checkers.ts';

const uint32 = 0xffffffff;
const live = 'live' as const;
const users = script({ users: true });
/** Several blocks of one kind: each is another checker. */
const several = constant('' as string);

const defaults = keywords({
  retry: { arg: integer(1, uint32, { strict: true }), reload: live, doc: 'Default retry of the checkers' },
  delay_before_retry: { arg: secondsDecimal(0, longest), reload: live, doc: 'Default delay_before_retry' },
  warmup: { arg: secondsDecimal(0, longest), reload: live, doc: 'Default upper bound of the random first delay' },
  connect_timeout: { arg: secondsDecimal(0.000001, 4294.967295), reload: live, doc: 'Default connection timeout' },
  delay_loop: { arg: secondsDecimal(0.000001, longest), reload: live, doc: 'Default check period' },
  smtp_alert: { arg: bool, reload: live, doc: 'Mail on change' },
  virtualhost: { arg: text(), reload: live, doc: 'Default Host header for HTTP and SSL checks' },
  snmp_name: { arg: text(), reload: live, doc: 'Text reported over SNMP' },
});

function notify(keyword: string, doc: string) {
  return { arg: users, repeat: { first: `(%s) ${keyword} script already specified - ignoring %v` }, reload: live, doc };
}

export const realServer = keywords({
  weight: { arg: integer(0, 2147483647), reload: live, doc: 'Weight' },
  lvs_method: { arg: forwarding, reload: live, doc: 'Forwarding method' },
  uthreshold: { arg: integer(0, uint32), reload: live, doc: 'Upper connection limit' },
  lthreshold: { arg: integer(0, uint32), reload: live, doc: 'Lower connection limit' },
  inhibit_on_failure: { arg: bool, reload: live, doc: 'On failure set weight 0 instead of removing the server' },
  notify_up: notify('notify_up', 'Run when the server comes up'),
  notify_down: notify('notify_down', 'Run when the server goes down'),
  alpha: { arg: bool, reload: live, doc: 'Start as down until checked' },
  ...defaults,
  MISC_CHECK: { block: miscCheck, header: several, doc: 'Check by a script' },
  SMTP_CHECK: { block: smtpCheck, header: several, doc: 'Check an SMTP dialogue' },
  TCP_CHECK: { block: tcpCheck, header: several, doc: 'Check by TCP connect' },
  PING_CHECK: { block: pingCheck, header: several, doc: 'Check by ICMP echo' },
  UDP_CHECK: { block: udpCheck, header: several, doc: 'Check by a UDP exchange' },
  HTTP_GET: { block: httpGet, header: several, doc: 'Check HTTP pages' },
  SSL_GET: { block: sslGet, header: several, doc: 'Check HTTPS pages' },
  DNS_CHECK: { block: dnsCheck, header: several, doc: 'Check by a DNS query over UDP' },
  FILE_CHECK: { block: fileCheck, header: several, doc: 'Weight or state from a track_file' },
  BFD_CHECK: { block: bfdCheck, header: several, doc: 'Follow a BFD session' },
});

const scheduler = { arg: oneOf(schedulers), reload: live, doc: 'Scheduler' } as const;

export const virtualServer = keywords({
  ip_family: { arg: oneOf(['inet', 'inet6']), reload: live, doc: 'Family of a fwmark service' },
  ...defaults,
  inhibit_on_failure: { arg: flag, reload: live, doc: 'On failure set weight 0 instead of removing the server' },
  lb_algo: { as: 'lvs_sched', ...scheduler },
  lvs_sched: scheduler,
  hashed: { arg: flag, reload: live, deprecated: { use: 'sh-port', quietly: true }, doc: 'No effect' },
  ops: { arg: flag, reload: live, doc: 'One packet scheduling' },
  'flag-1': { arg: flag, reload: live, doc: 'First scheduler flag' },
  'flag-2': { arg: flag, reload: live, doc: 'Second scheduler flag' },
  'flag-3': { arg: flag, reload: live, doc: 'Third scheduler flag' },
  'sh-port': { arg: flag, reload: live, doc: 'Hash the port too' },
  'sh-fallback': { arg: flag, reload: live, doc: 'Fall back when the target is down' },
  'mh-port': { arg: flag, reload: live, doc: 'Hash the port too' },
  'mh-fallback': { arg: flag, reload: live, doc: 'Fall back when the target is down' },
  lb_kind: { as: 'lvs_method', arg: forwarding, reload: live, doc: 'Forwarding method' },
  lvs_method: { arg: forwarding, reload: live, doc: 'Forwarding method' },
  persistence_engine: { arg: text('NAME', { cut: 16 }), reload: live, doc: 'Persistence engine (kernel offers sip)' },
  persistence_timeout: {
    arg: optionalInteger(1, 2678400, 360),
    reload: live,
    invalid: 'persistence_timeout invalid',
    doc: 'Persistence time in seconds; 360 when bare',
  },
  persistence_granularity: { arg: granularity, reload: live, doc: 'Client grouping' },
  protocol: { arg: transport, reload: live, doc: 'Transport' },
  ha_suspend: { arg: flag, reload: live, doc: 'Suspend checks while the address is absent' },
  alpha: { arg: flag, reload: live, doc: 'Servers start as down until checked' },
  omega: { arg: flag, reload: live, doc: 'Run down notifies at shutdown' },
  quorum_up: notify('quorum_up', 'Run when quorum is gained'),
  quorum_down: notify('quorum_down', 'Run when quorum is lost'),
  quorum: { arg: integer(1, uint32), default: 1, reload: live, doc: 'Total live weight needed' },
  hysteresis: { arg: integer(0, uint32), default: 0, reload: live, doc: 'Slack around quorum' },
  weight: { arg: integer(1, 2147483647), default: 1, reload: live, doc: 'Default weight of real servers' },
  sorry_server: { arg: endpoint('Invalid sorry server ip %v'), reload: live, doc: 'Server used without quorum' },
  sorry_server_inhibit: { arg: flag, reload: live, doc: 'inhibit_on_failure for it' },
  sorry_server_lvs_method: { arg: forwarding, reload: live, doc: 'Forwarding for it' },
  real_server: { block: realServer, header: serverHeader, doc: 'A server of the pool', example: '198.51.100.11 80' },
});

export const tlsMaterial = keywords({
  password: { arg: text(), reload: live, secret: true, doc: 'Key pass phrase' },
  ca: { arg: text('FILE'), reload: live, doc: 'CA file' },
  certificate: { arg: text('FILE'), reload: live, doc: 'Certificate file' },
  key: { arg: text('FILE'), reload: live, secret: true, doc: 'Private key file' },
});
