// SPDX-License-Identifier: MIT
// Blocks of the health checkers inside a real_server. What several share stands once.

import { address, anyWords, bool, constant, flag, oneOf, script, scriptUser, text, wordList } from '../args.ts';
import { keywords } from '../keyword.ts';
import { digest, domainName, regexPattern, statusCodes } from '../lvs-args.ts';
import { integer, secondsDecimal, secondsWhole } from '../numbers.ts';

const uint32 = 0xffffffff;
const live = 'live' as const;
/** Upper end of keepalived's 64-bit microseconds, in seconds. */
export const longest = 2 ** 64 / 1e6;
const port = integer(1, 65535);
/** Several pages: each is another object. */
const several = constant('' as string);

export const timing = keywords({
  retry: { arg: integer(0, uint32), reload: live, doc: 'Further tries before failure' },
  delay_before_retry: { arg: secondsDecimal(0, longest), reload: live, doc: 'Wait between tries' },
  warmup: { arg: secondsDecimal(0, longest), reload: live, doc: 'Upper bound of the random first delay, 0 disables' },
  delay_loop: { arg: secondsDecimal(0.000001, longest), reload: live, doc: 'Check period' },
  alpha: { arg: bool, reload: live, doc: 'Start as down until checked' },
  log_all_failures: { arg: bool, reload: live, doc: 'Log each failed try' },
});

export const connection = keywords({
  connect_ip: { arg: address(), reload: live, doc: 'Address to connect to' },
  connect_port: { arg: port, reload: live, doc: 'Port to connect to' },
  bindto: { arg: address(), reload: live, doc: 'Source address' },
  bind_port: { arg: port, reload: live, doc: 'Source port' },
  bind_if: { arg: text('IFNAME', { max: 15 }), reload: live, doc: 'Source interface' },
  connect_timeout: { arg: secondsDecimal(0.000001, 4294.967295), reload: live, doc: 'Connection timeout' },
  fwmark: { arg: integer(0, uint32), reload: live, doc: 'Mark of outgoing packets' },
});

export const tcpCheck = keywords({ ...connection, ...timing });
export const pingCheck = tcpCheck;

export const miscCheck = keywords({
  ...timing,
  misc_path: { arg: script({ users: false }), reload: live, doc: 'Command to run; words after it are ignored' },
  misc_timeout: { arg: secondsWhole(0, 4294), reload: live, doc: 'Run time limit' },
  misc_dynamic: { arg: flag, reload: live, doc: 'The exit status sets the weight' },
  user: { arg: scriptUser, reload: live, doc: 'Identity of the script' },
});

export const smtpCheck = keywords({
  helo_name: { arg: text(), reload: live, doc: 'Name sent in HELO' },
  ...connection,
  ...timing,
  host: { block: tcpCheck, doc: 'Another host to ask' },
});

export const udpCheck = keywords({
  ...connection,
  ...timing,
  payload: { arg: wordList('HEX'), reload: live, doc: 'What is sent; random data when absent' },
  require_reply: { arg: anyWords, reload: live, doc: 'Reply that must come; x matches any nibble' },
  min_reply_length: { arg: integer(0, 65535, { strict: true }), reload: live, doc: 'Shortest reply' },
  max_reply_length: { arg: integer(0, 65535, { strict: true }), reload: live, doc: 'Longest reply' },
});

const recordTypes = ['A', 'NS', 'CNAME', 'SOA', 'MX', 'TXT', 'AAAA', 'RRSIG', 'DNSKEY'] as const;

export const dnsCheck = keywords({
  ...connection,
  ...timing,
  type: {
    arg: oneOf([...recordTypes, ...recordTypes.map((t) => t.toLowerCase())], undefined, true),
    reload: live,
    doc: 'Record type to ask for',
  },
  name: { arg: domainName, reload: live, doc: 'Name to ask for' },
});

/** Names of PCRE2. */
const regexOptions =
  'allow_empty_class, alt_bsux, auto_callout, caseless, dollar_endonly, dotall, dupnames, extended, firstline, match_unset_backref, multiline, never_ucp, never_utf, no_auto_capture, no_auto_possess, no_dotstar_anchor, no_start_optimize, ucp, ungreedy, utf, never_backslash_c, alt_circumflex, alt_verbnames, use_offset_limit';

const url = {
  path: { arg: text(), reload: live, doc: 'Request path' },
  digest: { arg: digest, reload: live, doc: 'Expected MD5 of the body' },
  status_code: { arg: statusCodes, reload: live, doc: 'Accepted status codes' },
  virtualhost: { arg: text(), reload: live, doc: 'Host header' },
  regex: { arg: regexPattern, reload: live, doc: 'Pattern the body must match' },
  regex_no_match: { arg: flag, reload: live, doc: 'Matching means failure' },
  regex_options: { arg: { ...wordList('NAME'), doc: regexOptions }, reload: live, doc: 'Pattern compile options' },
  regex_min_offset: { arg: integer(0, Number.MAX_SAFE_INTEGER), reload: live, doc: 'First offset to search' },
  regex_max_offset: { arg: integer(0, Number.MAX_SAFE_INTEGER), reload: live, doc: 'Last offset where a match may start' },
  regex_stack: { arg: wordList('START MAX', 2), reload: live, doc: 'JIT stack size in bytes' },
} as const;

const web = {
  ...connection,
  ...timing,
  nb_get_retry: { as: 'retry', arg: integer(0, uint32), reload: live, deprecated: { use: 'retry' }, doc: 'Further tries before failure' },
  virtualhost: { arg: text(), reload: live, doc: 'Host header' },
  http_protocol: { arg: oneOf(['1.0', '1.0C', '1.0c', '1.1']), reload: live, doc: 'Request version; C adds a close header' },
  enable_sni: { arg: bool, reload: live, doc: 'Send the server name in the TLS hello' },
  fast_recovery: { arg: bool, reload: live, doc: 'Check all urls at once after start or failure' },
} as const;

export const httpGet = keywords({ ...web, url: { block: keywords(url), header: several, doc: 'A page to fetch' } });

/** A page as SSL_GET knows it: all that HTTP_GET knows, and more. */
export const webPage = keywords({ ...url, tls_compliant: { arg: bool, reload: live, doc: 'Close TLS properly for this page' } });

export const sslGet = keywords({
  ...web,
  tls_compliant: { arg: bool, reload: live, doc: 'Close TLS properly' },
  url: { block: webPage, header: several, doc: 'A page to fetch' },
});

export const fileCheck = keywords({
  track_file: { arg: text('NAME'), reload: live, doc: 'File to follow' },
  weight: { arg: wordList('N [reverse|noreverse]'), reload: live, doc: 'Multiplier of the number read' },
});

export const bfdCheck = keywords({
  name: { arg: text('NAME'), reload: live, doc: 'Session to follow' },
  alpha: { arg: bool, reload: live, doc: 'Start as down until an event' },
});
