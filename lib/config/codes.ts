// Every code a finding can have: what it means and a configuration that shows it. docs/reference/errors.md is made of this,
// and a test holds each example to what it is said to give. A code is never reused for another meaning.

import type { Severity } from './report.ts';

export interface CodeRow {
  /** Of the example; a rule may be milder or stricter elsewhere. */
  readonly severity: Severity;
  readonly meaning: string;
  /** Absent: it takes more than one file of text to show. */
  readonly example?: string;
  /** Where the lines of the example stand: at root level when absent. */
  readonly within?: 'root' | 'instance' | 'service' | 'server' | 'global_defs';
}

const severities = { f: 'fatal', e: 'error', w: 'warning', n: 'notice' } as const;

function row(severity: keyof typeof severities, meaning: string, example?: string, within?: CodeRow['within']): CodeRow {
  return { severity: severities[severity], meaning, ...(example === undefined ? {} : { example }), ...(within ? { within } : {}) };
}

/** A block that works, and one line more. */
function hmacBlock(line: string): string {
  return `auth_hmac {\n    key 1 ${'0123456789abcdef'.repeat(2)}\n    active_key 1\n    ${line}\n}`;
}

export const codes: Readonly<Record<string, CodeRow>> = {
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

  // Instances
  'vrid-missing': row('f', 'An instance without virtual_router_id.', 'vrrp_instance VI_1 {\n    interface eth0\n}'),
  'vrid-duplicate': row(
    'f',
    'Two instances with the same VRID on one network.',
    'vrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.2\n    }\n}\nvrrp_instance VI_3 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.3\n    }\n}',
  ),
  'vip-missing': row(
    'w',
    'An instance without a virtual address.',
    'vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n}',
  ),
  'vips-do-not-fit': row(
    'e',
    'More addresses than fit into an advert.',
    'vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        ~SEQ(N, 1, 255) 192.0.2.$N\n    ~SEQ(N, 1, 255) 198.51.100.$N\n    }\n}',
  ),
  'vip-not-link-local': row(
    'w',
    'RFC 9568 wants a link-local address first in an IPv6 instance.',
    'vrrp_instance VI_6 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        2001:db8::1\n    }\n}',
  ),
  'interface-missing': row(
    'f',
    'An instance without interface.',
    'vrrp_instance VI_1 {\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1 dev eth0\n    }\n}',
  ),
  'interface-unknown': row(
    'f',
    'An interface that this machine does not have.',
    'vrrp_instance VI_1 {\n    interface eth7\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'interface-unknown-entry': row('e', 'An interface of an entry that this machine does not have.', 'linkbeat_interfaces {\n    eth7\n}'),
  'interfaces-missing': row(
    'f',
    'Because of an interface that does not exist the daemon does not start.',
    'vrrp_instance VI_1 {\n    interface eth7\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'interface-later': row(
    'w',
    'An interface that does not exist yet; dynamic_interfaces lets the daemon wait for it.',
    'global_defs {\n    dynamic_interfaces\n}\nvrrp_instance VI_1 {\n    interface eth7\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'interface-loopback': row(
    'f',
    'An instance on a loopback interface.',
    'vrrp_instance VI_1 {\n    interface lo\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'interface-no-multicast': row(
    'e',
    'An interface that cannot send multicast.',
    'vrrp_instance VI_1 {\n    interface tun0\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'address-no-interface': row(
    'e',
    'A virtual address without any interface; it is left out.',
    'vrrp_instance VI_1 {\n    virtual_router_id 51\n    unicast_src_ip 192.0.2.7\n    unicast_peer {\n        192.0.2.8\n    }\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'source-link-local': row(
    'f',
    'A link-local source address means nothing without an interface.',
    'vrrp_instance VI_1 {\n    virtual_router_id 51\n    unicast_src_ip fe80::7\n    unicast_peer {\n        fe80::8\n    }\n    virtual_ipaddress {\n        fe80::1 dev eth0\n    }\n}',
  ),
  'group-scope': row('w', 'A multicast group of a scope that routers may pass on.', 'vrrp_mcast_group6 ff0e::12', 'global_defs'),
  'group-unicast': row(
    'e',
    'A multicast group together with unicast peers; it is ignored.',
    'mcast_dst_ip 224.0.0.99\nunicast_peer {\n    192.0.2.8\n}',
    'instance',
  ),
  'ttl-multicast': row('e', 'unicast_ttl without unicast peers.', 'unicast_ttl 5', 'instance'),
  'unicast-no-peers': row('w', 'A unicast keyword, but no peers: multicast is used.', 'unicast_src_ip 192.0.2.7', 'instance'),
  'strict-unicast': row('f', 'Strict mode knows no unicast.', 'strict_mode\nunicast_peer {\n    192.0.2.8\n}', 'instance'),
  'state-strict': row(
    'e',
    'In strict mode state MASTER is for the owner of the addresses alone.',
    'strict_mode\npriority 100\nstate MASTER',
    'instance',
  ),
  'state-ah': row(
    'e',
    'State MASTER does not go with AH authentication.',
    'state MASTER\npriority 100\nauthentication {\n    auth_type AH\n    auth_pass x\n}',
    'instance',
  ),
  'version-ipv6': row(
    'e',
    'VRRP version 2 is for IPv4.',
    'vrrp_instance VI_6 {\n    strict_mode\n    version 2\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        fe80::1\n    }\n}',
  ),
  'accept-strict': row('e', 'accept contradicts strict mode with version 2.', 'strict_mode\naccept', 'instance'),
  'auth-strict': row(
    'e',
    'Strict mode knows no authentication.',
    'strict_mode\nauthentication {\n    auth_type PASS\n    auth_pass x\n}',
    'instance',
  ),
  'auth-v3': row(
    'e',
    'VRRP version 3 knows no authentication.',
    'version 3\nauthentication {\n    auth_type PASS\n    auth_pass x\n}',
    'instance',
  ),
  'auth-ipv6': row(
    'e',
    'AH authentication is for IPv4.',
    'vrrp_instance VI_6 {\n    version 2\n    interface eth0\n    virtual_router_id 51\n    authentication {\n        auth_type AH\n        auth_pass x\n    }\n    virtual_ipaddress {\n        fe80::1\n    }\n}',
  ),
  'auth-no-password': row('e', 'Authentication without a password is none.', 'authentication {\n    auth_type PASS\n}', 'instance'),
  'auth-pass-cut': row(
    'e',
    'A password longer than 8 bytes; the rest is not sent.',
    'authentication {\n    auth_type PASS\n    auth_pass averylongone\n}',
    'instance',
  ),
  'auth-hmac-key': row('e', 'A key of auth_hmac has 32 to 64 bytes.', hmacBlock('key 2 short'), 'instance'),
  'auth-hmac-duplicate': row('e', 'A second key with the same number.', hmacBlock(`key 1 ${'k'.repeat(32)}`), 'instance'),
  'auth-hmac-no-key': row('e', 'Without a usable active_key auth_hmac is switched off.', hmacBlock('active_key 2'), 'instance'),
  'auth-hmac-strict': row('e', 'Strict mode enforces auth_hmac.', `strict_mode\n${hmacBlock('mode permissive')}`, 'instance'),
  'auth-hmac-file': row('e', 'The file of a key cannot be read or holds none.', hmacBlock('key 2 file:/nowhere/key'), 'instance'),
  'auth-hmac-exposed': row(
    'w',
    'Group or others can read or write the file of a key; a configuration test ends with the status of a security error.',
  ),
  'auth-hmac-legacy': row(
    'e',
    'auth_hmac replaces authentication.',
    `${hmacBlock('mode enforce')}\nauthentication {\n    auth_type PASS\n    auth_pass x\n}`,
    'instance',
  ),
  'interval-rounded': row('e', 'An advert interval that the version cannot carry; it is rounded.', 'advert_int 1.5', 'instance'),
  'interval-clamped': row('e', 'An advert interval longer than version 3 can carry.', 'version 3\nadvert_int 60', 'instance'),
  'lease-short': row(
    'w',
    'The lease of the engine ends before the next advert.',
    'global_defs {\n    ka_ts {\n        lease 1\n    }\n}\nvrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    advert_int 5\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'nopreempt-master': row(
    'w',
    'nopreempt does not go with state MASTER; it is cleared.',
    'state MASTER\npriority 100\nnopreempt',
    'instance',
  ),
  'nopreempt-owner': row('e', 'The owner of the addresses always preempts.', 'priority 255\nnopreempt', 'instance'),
  'preempt-delay-nopreempt': row('e', 'preempt_delay without preemption has no meaning.', 'nopreempt\npreempt_delay 5', 'instance'),
  'preempt-delay-master': row('w', 'preempt_delay does not go with state MASTER.', 'state MASTER\npreempt_delay 5', 'instance'),
  'preempt-delay-strict': row('e', 'Strict mode knows no preempt_delay.', 'strict_mode\npreempt_delay 5', 'instance'),
  'down-timer-strict': row('e', 'Strict mode has three lost adverts.', 'strict_mode\ndown_timer_adverts 5', 'instance'),
  'garp-strict': row('e', 'Strict mode repeats no gratuitous ARP on lower adverts.', 'strict_mode\ngarp_lower_prio_repeat 5', 'instance'),
  'lower-prio-strict': row('e', 'Strict mode does not answer lower adverts.', 'strict_mode\nlower_prio_no_advert off', 'instance'),
  'higher-prio-strict': row(
    'e',
    'Strict mode does not send an advert before yielding.',
    'strict_mode\nhigher_prio_send_advert',
    'instance',
  ),
  'owner-ignores': row('e', 'owner_ignore_adverts is for the owner of the addresses.', 'owner_ignore_adverts', 'instance'),
  'expired-timer-preempt': row('e', 'timer_expired_backup is for nopreempt.', 'timer_expired_backup', 'instance'),
  'vmac-unicast': row(
    'e',
    'A virtual MAC with unicast adverts needs vmac_xmit_base.',
    'use_vmac\nunicast_peer {\n    192.0.2.8\n}',
    'instance',
  ),
  'vmac-and-ipvlan': row('e', 'A virtual MAC or an ipvlan, not both.', 'use_vmac\nuse_ipvlan ipv0 192.0.2.7', 'instance'),
  'vmac-no-interface': row(
    'f',
    'A virtual MAC without the interface that it stands on.',
    'vrrp_instance VI_1 {\n    virtual_router_id 51\n    unicast_src_ip 192.0.2.7\n    unicast_peer {\n        192.0.2.8\n    }\n    use_vmac\n    vmac_xmit_base\n    virtual_ipaddress {\n        192.0.2.1 dev eth0\n    }\n}',
  ),
  'vmac-mac-strict': row('e', 'Strict mode has the virtual MAC of the RFC.', 'strict_mode\nuse_vmac 02:00:00:00:00:07', 'instance'),
  'vmac-name-taken': row('e', 'The name of the virtual MAC belongs to another interface.', 'use_vmac eth0', 'instance'),
  'vmac-shared': row(
    'e',
    'Two instances cannot put addresses on the same virtual MAC.',
    'vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    use_vmac\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}\nvrrp_instance VI_2 {\n    interface eth1\n    virtual_router_id 51\n    virtual_ipaddress {\n        198.51.100.1 dev eth0 use_vmac\n    }\n}',
  ),
  'ipvlan-no-address': row('e', 'An IPv4 ipvlan needs an address of its own to send from.', 'use_ipvlan', 'instance'),
  'link-group-unknown': row('e', 'No link group of that name.', 'use_vmac group nosuchgroup', 'instance'),
  'vrf-interface': row('e', 'vrf is for unicast without an interface.', 'vrf blue', 'instance'),
  'xmit-base-alone': row('e', 'vmac_xmit_base is for virtual MACs.', 'vmac_xmit_base', 'instance'),
  'xmit-base-strict': row('e', 'Strict mode sends adverts from the virtual MAC.', 'use_vmac\nstrict_mode\nvmac_xmit_base', 'instance'),
  'promote-vmac': row('e', 'promote_secondaries is always so for virtual MACs.', 'use_vmac\npromote_secondaries', 'instance'),
  'pacing-slow': row('w', 'Gratuitous ARPs further apart than makes sense.', 'vrrp_garp_interval 2', 'global_defs'),
  'weight-owner': row(
    'e',
    'Weights do not change the priority of an address owner.',
    'priority 255\ntrack_interface {\n    eth1 weight 5\n}',
    'instance',
  ),

  // Tracking and scripts
  'track-own-interface': row('e', 'An instance tracks its own interface anyway.', 'track_interface {\n    eth0\n}', 'instance'),
  'track-undefined': row('e', 'A tracked file, process or BFD session that is not defined.', 'track_file {\n    nothing\n}', 'instance'),
  'track-file-no-file': row('e', 'A track_file without a file.', 'track_file t {\n    weight 5\n}'),
  'delay-long': row(
    'e',
    'A link delay so long that a backup would take over before it counts.',
    'interface_up_down_delays {\n    eth0 5\n}\nvrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 52\n    virtual_ipaddress {\n        192.0.2.9\n    }\n}',
  ),
  'track-process-no-process': row('e', 'A vrrp_track_process without a process.', 'vrrp_track_process t {\n    weight 5\n}'),
  'track-process-quorum': row(
    'e',
    'More processes wanted than allowed.',
    'vrrp_track_process t {\n    process httpd\n    quorum_max 2\n    quorum 3\n}',
  ),
  'script-undefined': row('e', 'A tracked script that is not defined.', 'track_script {\n    chk\n}', 'instance'),
  'script-unused': row('w', 'A script that no instance tracks; it is not run.', 'vrrp_script chk {\n    script /bin/true\n}'),
  'script-not-set': row('e', 'A vrrp_script without a script.', 'vrrp_script chk {\n    interval 2\n}'),
  'script-empty': row('e', 'An empty script.', 'vrrp_script chk {\n    script ""\n}'),
  'script-missing': row('w', 'A script that is not there.', 'vrrp_script chk {\n    script /nowhere/check\n}'),
  'script-disabled': row('e', 'A vrrp_script that is not run, and why.', 'vrrp_script chk {\n    script /nowhere/check\n}'),
  'script-not-executable': row('w', 'A script that its user may not execute.', 'vrrp_script chk {\n    script /etc/not-executable\n}'),
  'script-path-search': row(
    'w',
    'A script without path: which one runs depends on PATH.',
    'vrrp_script chk {\n    script "killall -0 haproxy"\n}',
  ),
  'script-symlink': row('w', 'A directory of the path is a symbolic link.', 'vrrp_script chk {\n    script /link/check\n}'),
  'script-unsafe': row(
    'w',
    'Somebody who is not root can change a script that runs as root.',
    'vrrp_script chk {\n    script /shared/check\n}',
  ),
  'script-security': row('w', 'Scripts run although others may change them.', 'vrrp_script chk {\n    script /shared/check\n}'),
  'script-wrong-type': row(
    'w',
    'Something on the path is neither directory nor regular file.',
    'vrrp_script chk {\n    script /dev/null\n}',
  ),
  'script-user-unknown': row(
    'e',
    'The user who shall run a script does not exist.',
    'vrrp_script chk {\n    script /bin/true\n    user nobody-knows\n}',
  ),
  'notify-dropped': row('w', 'A notify script that is not run.', 'notify_master /nowhere/notify', 'instance'),
  'fifo-shared': row(
    'w',
    'The FIFO for some events is the FIFO for all of them; only that one is used.',
    'notify_fifo /run/events\nvrrp_notify_fifo /run/events',
    'global_defs',
  ),

  // Groups
  'sync-group-empty': row('e', 'A sync group without instances.', 'vrrp_sync_group G {\n    group {\n    }\n}'),
  'sync-group-unknown': row(
    'e',
    'A sync group names an instance that does not exist.',
    'vrrp_sync_group G {\n    group {\n        VI_9\n    }\n}',
  ),
  'sync-group-twice': row(
    'e',
    'An instance in two sync groups.',
    'vrrp_sync_group A {\n    group {\n        VI_1\n    }\n}\nvrrp_sync_group B {\n    group {\n        VI_1\n    }\n}\nvrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'sync-group-single': row(
    'w',
    'A sync group of one instance does nothing.',
    'vrrp_sync_group A {\n    group {\n        VI_1\n    }\n}\nvrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'sync-group-owners': row(
    'w',
    'A sync group whose members are address owners in part: the others never want to be MASTER with them.',
    'vrrp_sync_group G {\n    group {\n        VI_1 VI_2\n    }\n}\nvrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority 255\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}\nvrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 52\n    virtual_ipaddress {\n        192.0.2.2\n    }\n}',
  ),
  'sync-group-weight': row(
    'e',
    'A member of a sync group tracks something with a weight of its own: weights move the whole group only at the group itself, or with sync_group_tracking_weight.',
    'vrrp_sync_group G {\n    group {\n        VI_1 VI_2\n    }\n}\nvrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    track_interface {\n        eth0.7 weight 5\n    }\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}\nvrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 52\n    virtual_ipaddress {\n        192.0.2.2\n    }\n}',
  ),
  'sync-group-tracked-twice': row(
    'e',
    'An instance tracks what its sync group tracks: the entry of the group counts.',
    'vrrp_sync_group G {\n    group {\n        VI_1 VI_2\n    }\n    track_interface {\n        eth0.7\n    }\n}\nvrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    track_interface {\n        eth0.7\n    }\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}\nvrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 52\n    virtual_ipaddress {\n        192.0.2.2\n    }\n}',
  ),
  'garp-group-empty': row('e', 'A garp_group without an interval.', 'garp_group {\n    interface eth0\n}'),
  'garp-group-vmac': row(
    'e',
    'A garp_group names a VMAC; its frames keep the pace of the interface below.',
    'garp_group {\n    garp_interval 0.1\n    interface vrrp.51\n}\nvrrp_instance VI_1 {\n    interface eth0\n    use_vmac\n    virtual_router_id 51\n    virtual_ipaddress {\n        192.0.2.1\n    }\n}',
  ),
  'bfd-no-neighbour': row('e', 'A BFD session without neighbour.', 'bfd_instance B {\n    source_ip 192.0.2.7\n}'),

  // Virtual servers
  'sync-instance-undefined': row(
    'w',
    'The IPVS sync daemon is to follow an instance that does not exist.',
    'lvs_sync_daemon eth0 inst VI_9',
    'global_defs',
  ),
  'service-empty': row(
    'e',
    'A virtual server without real servers.',
    'virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n}',
  ),
  'server-group-empty': row('e', 'A virtual server group without entries.', 'virtual_server_group G {\n}'),
  'protocol-default': row(
    'e',
    'A virtual server without protocol.',
    'virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method NAT\n    real_server 192.0.2.11 80 {\n    }\n}',
  ),
  'scheduler-default': row(
    'e',
    'A virtual server without scheduler.',
    'virtual_server 192.0.2.1 80 {\n    lvs_method NAT\n    protocol TCP\n    real_server 192.0.2.11 80 {\n    }\n}',
  ),
  'forwarding-default': row(
    'e',
    'A virtual server without forwarding method.',
    'virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    protocol TCP\n    real_server 192.0.2.11 80 {\n    }\n}',
  ),
  'port-zero': row(
    'e',
    'Port 0 needs persistence.',
    'virtual_server 192.0.2.1 0 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    real_server 192.0.2.11 0 {\n    }\n}',
  ),
  'ports-differ': row(
    'w',
    'Only NAT can change the port.',
    'virtual_server 192.0.2.1 80 {\n    lvs_sched rr\n    lvs_method DR\n    protocol TCP\n    real_server 192.0.2.11 8080 {\n    }\n}',
  ),
  'quorum-reduced': row('w', 'A quorum that the real servers can never reach.', 'lvs_method NAT\nquorum 5', 'service'),
  'hysteresis-reduced': row('w', 'A hysteresis that the quorum does not allow.', 'lvs_method NAT\nhysteresis 5', 'service'),
  'protocol-ignored': row(
    'w',
    'A service by mark has no protocol.',
    'virtual_server fwmark 1 {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    real_server 192.0.2.11 80 {\n    }\n}',
  ),
  'ops-reset': row('e', 'Only datagrams can be scheduled one by one.', 'lvs_method NAT\nops', 'service'),
  'ha-suspend-reset': row(
    'e',
    'There is no address whose absence could suspend the checks.',
    'virtual_server fwmark 1 {\n    lvs_sched rr\n    lvs_method NAT\n    ha_suspend\n    real_server 192.0.2.11 80 {\n    }\n}',
  ),
  'server-duplicate': row('e', 'The same real server twice.', 'lvs_method NAT\nreal_server 192.0.2.11 80 {\n}', 'service'),
  'server-family': row(
    'e',
    'A real server of another family than its service.',
    'lvs_method NAT\nreal_server 2001:db8::1 80 {\n}',
    'service',
  ),
  'sorry-inhibit': row(
    'e',
    'The sorry server is one of the real servers, with another `inhibit_on_failure`.',
    'lvs_method NAT\nsorry_server 192.0.2.11 80\nsorry_server_inhibit',
    'service',
  ),
  'server-group-undefined': row(
    'e',
    'A virtual server names a group that does not exist.',
    'virtual_server group web {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    real_server 192.0.2.11 80 {\n    }\n}',
  ),
  'server-group-family': row(
    'e',
    'A virtual server is of another family than its group.',
    'virtual_server_group web {\n    192.0.2.1 80\n}\nvirtual_server group web {\n    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n    ip_family inet6\n    real_server 2001:db8::1 80 {\n    }\n}',
  ),
  'server-group-mixed': row(
    'e',
    'A group of both families has a mark that does not say which it is.',
    'virtual_server_group web {\n    192.0.2.1 80\n    2001:db8::1 80\n    fwmark 1\n}',
  ),
  'check-link-local': row('e', 'A link-local address needs an interface.', 'TCP_CHECK {\n    connect_ip fe80::1\n}', 'server'),
  'check-family': row('e', 'Source and target of a check are of different families.', 'TCP_CHECK {\n    bindto 2001:db8::1\n}', 'server'),
  'check-empty': row('e', 'An HTTP_GET or SSL_GET without url.', 'HTTP_GET {\n}', 'server'),
  'hex-invalid': row('e', 'Not pairs of hexadecimal digits.', 'UDP_CHECK {\n    payload 0x1\n}', 'server'),
  'regex-unsupported': row(
    'e',
    'A pattern that JavaScript cannot match as PCRE2 does.',
    'HTTP_GET {\n    url {\n        path /\n        regex "(?i)ok"\n    }\n}',
    'server',
  ),
  'bfd-check-undefined': row('e', 'A BFD_CHECK without session, or of one that does not exist.', 'BFD_CHECK {\n}', 'server'),
  'misc-check-disabled': row(
    'w',
    'The script of a MISC_CHECK cannot be run.',
    'MISC_CHECK {\n    misc_path /etc/not-executable\n}',
    'server',
  ),
  'file-check-empty': row('e', 'A FILE_CHECK without file.', 'FILE_CHECK {\n}', 'server'),
  'misc-check-empty': row('e', 'A MISC_CHECK without script.', 'MISC_CHECK {\n}', 'server'),
};
