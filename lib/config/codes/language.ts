// SPDX-License-Identifier: MIT
// Codes of files, words, definitions, arguments and entries, whatever they are about.

import { type CodeRow, row } from './row.ts';

export const languageCodes: Readonly<Record<string, CodeRow>> = {
  // Files
  'file-missing': row('f', 'The configuration file does not exist or cannot be read.'),
  'multiple-files': row('e', 'The name given matches several files; all are read.'),
  'include-skipped': row('w', 'An include matches no file, or one that cannot be read.', 'include /nowhere/*.conf'),
  'include-fatal': row(
    'f',
    'An include that was asked to be checked matches no file, or one that cannot be read.',
    'includem /nowhere/x.conf',
  ),
  'include-loop': row('e', 'A file includes itself, directly or by way of others.', 'include /etc/keepalived/keepalived.conf'),
  'include-check-invalid': row('e', 'A word of `include_check` is not one of its checks.', 'include_check wildcards', 'global_defs'),
  'limit-exceeded': row(
    'f',
    'Reading would cost too much: sequences, includes, blocks or files beyond the limit that is named.',
    '~SEQ(A, 1, 1000000) router_id x',
  ),
  'findings-truncated': row('n', 'There are more findings than are kept.'),
  'line-too-long': row('e', 'A line is longer than keepalived reads.', `router_id ${'x'.repeat(1100)}`, 'global_defs'),
  'nul-byte': row('e', 'A line holds a NUL byte.', 'router_id a\0b', 'global_defs'),

  // Words, quotes, braces
  'unterminated-quote': row('e', 'A `"` is not closed on its line.', 'script "/bin/check', 'instance'),
  'unmatched-quote': row(
    'e',
    'A quote is not closed; the words before it are used, a script is dropped.',
    'vrrp_script chk {\n    script "/bin/check \'x"\n}',
  ),
  'unknown-keyword': row('e', 'No such keyword exists in this block.', 'prioritty 100', 'instance'),
  'block-extra-words': row(
    'e',
    'Words between a block keyword and its brace that belong there not.',
    'virtual_ipaddress eth0 {\n    192.0.2.2\n}',
    'instance',
  ),
  'block-duplicate': row('e', 'A second block of the same name; it is ignored.', 'vrrp_instance VI_1 {\n}\nvrrp_instance VI_1 {\n}'),
  'brace-missing': row('e', 'A `}` is missing before this place.', 'virtual_ipaddress {\n    192.0.2.1\ntrack_script {\n}', 'instance'),
  'brace-extra': row('e', 'A `}` that closes nothing, or closes its block too early.', 'global_defs {\n}\n}'),
  'brace-expected': row('e', 'A block keyword without its `{`.', 'vrrp_script chk\n    script /bin/true\n}'),
  'brace-unexpected': row('e', 'A `{` behind something that has no block.', 'global_defs {\n    {\n    }\n}'),
  'parameter-missing': row('f', 'A keyword without its argument; keepalived ends at once.', 'priority', 'instance'),
  'keyword-repeated': row(
    'e',
    'A setting given a second time; the first one stays.',
    'notify_master /bin/true\nnotify_master /bin/false',
    'instance',
  ),
  'keyword-deprecated': row('w', 'A keyword that has a newer name.', 'lvs_timeouts tcp 1\nlvs_sync_daemon eth0 VI_1 5', 'global_defs'),

  // Definitions and sequences
  'sequence-invalid': row('e', 'A `~SEQ` or `~LST` that cannot be read; the line is ignored.', '~SEQ(A) router_id x'),
  'expansion-endless': row('e', 'A definition that refers to itself.', '$A=$A\nvrrp_instance $A {\n}'),
  'expansion-too-long': row(
    'e',
    'A line that is too long once its definitions are replaced.',
    `$A=${'x'.repeat(900)}\n$B=$A $A\nvrrp_instance $B {\n}`,
  ),
  'parameter-arguments': row('e', 'A built-in parameter with the wrong number of arguments.', `vrrp_instance $${'{_ENV}'} {\n}`),

  // Arguments
  'number-invalid': row('e', 'No number where one must stand.', 'virtual_router_id five', 'instance'),
  'number-range': row('e', 'A number outside its range.', 'priority 300', 'instance'),
  'number-junk': row('w', 'Characters behind a number, which a start of the daemon ignores.'),
  'number-places': row('e', 'More decimal places than count.', 'advert_int 1.0000001', 'instance'),
  'value-invalid': row('e', 'keepalived’s second line about a value it does not use.', 'priority 300', 'instance'),
  'value-clamped': row('e', 'A value beyond what is possible; the nearest one is used.', 'vrrp_rt_priority 120', 'global_defs'),
  'value-raised': row(
    'e',
    'A value too small; the least one is used.',
    'garp_lower_prio_repeat 0\ngarp_master_refresh_repeat 0',
    'instance',
  ),
  'bool-invalid': row('e', 'Neither on/yes/true nor off/no/false.', 'smtp_alert maybe', 'instance'),
  'word-invalid': row('e', 'A word that is none of those possible here.', 'state Master', 'instance'),
  'name-invalid': row('e', 'A name that is not possible here.', 'vrrp_iptables a a', 'global_defs'),
  'text-too-long': row('e', 'A name longer than it may be.', 'interface anamethatistoolong0', 'instance'),
  'address-invalid': row('e', 'No IP address where one must stand.', 'unicast_src_ip 192.0.2.300', 'instance'),
  'prefix-invalid': row(
    'e',
    'A prefix length that the address does not allow.',
    'virtual_ipaddress_excluded {\n    192.0.2.5/33\n}',
    'instance',
  ),
  'name-twice': row('e', 'A second name for the interface of a virtual MAC.', 'use_vmac vrrp.51 vrrp.52', 'instance'),
  'mac-invalid': row('e', 'No hardware address where one must stand.', 'use_vmac vrrp.51 01:00', 'instance'),
  'mask-invalid': row('e', 'No network mask where one must stand.', 'persistence_granularity 300.0.0.0', 'service'),
  'control-socket-invalid': row(
    'e',
    'No place or file mode for the control socket.',
    'ka_ts {\n    control_socket run.sock\n}',
    'global_defs',
  ),
  'flight-recorder-invalid': row(
    'e',
    'No folder, or no bounds, for the flight recorder.',
    'ka_ts {\n    flight_recorder /var/lib/ka-ts files 0\n}',
    'global_defs',
  ),
  'operations-file-invalid': row(
    'e',
    'No path of a file in which operations could be kept.',
    'ka_ts {\n    operations_file operations\n}',
    'global_defs',
  ),
  'http-invalid': row('e', 'No address, port or name for the status page.', 'ka_ts {\n    http localhost 80\n}', 'global_defs'),
  'umask-invalid': row('e', 'No file creation mask where one must stand.', 'umask rw', 'global_defs'),
  'digest-invalid': row(
    'e',
    'A digest is 32 hexadecimal digits.',
    'HTTP_GET {\n    url {\n        path /\n        digest abc\n    }\n}',
    'server',
  ),
  'domain-invalid': row(
    'e',
    'A name that no question of DNS can hold: a label is empty or too long, or all of it is. The root is asked for instead.',
    'DNS_CHECK {\n    name www..example.com\n}',
    'server',
  ),
  'status-invalid': row(
    'e',
    'No HTTP status code, or range of them.',
    'HTTP_GET {\n    url {\n        path /\n        status_code 20x\n    }\n}',
    'server',
  ),
  'pattern-words': row(
    'e',
    'More than one word where one pattern must stand.',
    'HTTP_GET {\n    url {\n        path /\n        regex "a b" c\n    }\n}',
    'server',
  ),
  'tunnel-options': row('e', 'Options of a tunnel that do not go with its type.', 'lvs_method TUN type gue', 'service'),

  // Entries of lists
  'entry-unknown-word': row(
    'e',
    'A word in an entry that is none of its options.',
    'virtual_ipaddress_excluded {\n    192.0.2.5 lable x\n}',
    'instance',
  ),
  'entry-option-invalid': row(
    'e',
    'An option of an address that does not fit it; it is left out.',
    'virtual_ipaddress_excluded {\n    192.0.2.5 scope moon\n}',
    'instance',
  ),
  'entry-dev-twice': row(
    'e',
    'An address with two interfaces; it is left out.',
    'virtual_ipaddress_excluded {\n    192.0.2.5 dev eth0 dev eth0\n}',
    'instance',
  ),
  duplicate: row(
    'e',
    'The same thing a second time; it is ignored.',
    'virtual_ipaddress_excluded {\n    192.0.2.1\n    192.0.2.1\n}',
    'instance',
  ),
  'family-mismatch': row('e', 'An address of the other family.', 'virtual_ipaddress {\n    2001:db8::1\n}', 'instance'),
  'weight-clamped': row('e', 'A weight of 254 where 253 is the most.', 'track_script {\n    chk weight 254\n}', 'instance'),
  'route-incomplete': row(
    'e',
    'A route without a destination, or with parts that contradict each other.',
    'virtual_routes {\n    via 192.0.2.254\n}',
    'instance',
  ),
  'route-unknown-word': row('e', 'A word that is none of a route.', 'virtual_routes {\n    192.0.2.128/25 vai 192.0.2.254\n}', 'instance'),
  'route-option-invalid': row(
    'e',
    'A value that an option of a route or rule does not take.',
    'virtual_routes {\n    192.0.2.128/25 dev eth0 mtu x\n}',
    'instance',
  ),
  'route-protocol': row(
    'e',
    'A tracked route must have the protocol number of keepalived.',
    'virtual_routes {\n    192.0.2.128/25 dev eth0 protocol 4\n}',
    'instance',
  ),
  'encap-invalid': row(
    'e',
    'An encapsulation that is not possible.',
    'virtual_routes {\n    192.0.2.128/25 dev eth0 encap vxlan\n}',
    'instance',
  ),
  'rule-actions': row('e', 'A rule without action, or with more than one.', 'virtual_rules {\n    from 192.0.2.0/24\n}', 'instance'),
  'rule-address': row(
    'e',
    'A rule with something that is no address or network.',
    'virtual_rules {\n    from 192.0.2.300 table 5\n}',
    'instance',
  ),
  'rule-unknown-word': row('e', 'A word that is none of a rule.', 'virtual_rules {\n    form 192.0.2.0/24 table 5\n}', 'instance'),
  'rule-protocol': row(
    'e',
    'A tracked rule must have the protocol number of keepalived.',
    'virtual_rules {\n    from 192.0.2.0/24 table 5 protocol 4\n}',
    'instance',
  ),
  'track-group': row(
    'e',
    'A track_group that is not defined, has no members, or is named by something that cannot be tracked.',
    'static_routes {\n    198.51.100.0/24 via 192.0.2.254 dev eth0 track_group nowhere\n}',
  ),
  'rule-preference': row(
    'w',
    'A rule without preference gets one; say it yourself to be sure of the order.',
    'virtual_rules {\n    from 192.0.2.0/24 table 5\n}',
    'instance',
  ),
};
