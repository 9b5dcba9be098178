// SPDX-License-Identifier: MIT
// Codes of instances, what they track, their groups, and what is said of the whole daemon.

import { type CodeRow, row } from './row.ts';

/** A block that works, and one line more. */
function hmacBlock(line: string): string {
  return `auth_hmac {\n    key 1 ${'0123456789abcdef'.repeat(2)}\n    active_key 1\n    ${line}\n}`;
}

export const routerCodes: Readonly<Record<string, CodeRow>> = {
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
};
