// Typed configurations for tests that do not care how they were read.

import { ip } from '../../lib/base/address.ts';
import { micros, seconds } from '../../lib/base/time.ts';
import type { Config, GlobalDefs, VirtualAddress, VrrpInstance } from '../../lib/config/model.ts';

const position = { file: 'test.conf', line: 1, column: 1 };

export function virtualAddress(text: string, changes: Partial<VirtualAddress> = {}): VirtualAddress {
  return {
    ip: ip(text),
    prefixLength: text.includes(':') ? 128 : 32,
    dev: null,
    scope: 0,
    broadcast: null,
    label: null,
    peer: null,
    home: false,
    dad: false,
    mngtmpaddr: false,
    noprefixroute: false,
    autojoin: false,
    no_track: false,
    preferred_lft: null,
    position,
    ...changes,
  };
}

export function instance(changes: Partial<VrrpInstance> = {}): VrrpInstance {
  return {
    name: 'VI_1',
    position,
    family: 4,
    version: 2,
    state: 'BACKUP',
    interface: 'eth0',
    virtual_router_id: 51,
    priority: 150,
    advert_int: seconds(1),
    nopreempt: false,
    preempt_delay: micros(0),
    down_timer_adverts: 3,
    mcast_src_ip: null,
    unicast_src_ip: null,
    mcast_dst_ip: ip('224.0.0.18'),
    unicast_peer: [],
    unicast_ttl: null,
    check_unicast_src: false,
    track_src_ip: false,
    dont_track_primary: false,
    virtual_ipaddress: [virtualAddress('192.0.2.100')],
    virtual_ipaddress_excluded: [],
    authentication: null,
    auth_hmac: null,
    track_script: [],
    track_interface: [],
    notify_master: null,
    notify_backup: null,
    notify_fault: null,
    notify_stop: null,
    notify: null,
    lower_prio_no_advert: false,
    higher_prio_send_advert: false,
    owner_ignore_adverts: false,
    skip_check_adv_addr: false,
    v3_checksum_as_v2: false,
    strict_mode: false,
    accept: true,
    config_faults: [],
    garp_master_delay: seconds(5),
    garp_master_repeat: 5,
    garp_master_refresh: micros(0),
    garp_master_refresh_repeat: 1,
    garp_lower_prio_delay: seconds(5),
    garp_lower_prio_repeat: 5,
    ...changes,
  };
}

const globalDefs: GlobalDefs = {
  router_id: null,
  script_user: null,
  enable_script_security: false,
  vrrp_version: 2,
  vrrp_mcast_group4: ip('224.0.0.18'),
  vrrp_mcast_group6: ip('ff02::12'),
  vrrp_garp_interval: micros(0),
  vrrp_gna_interval: micros(0),
  log_unknown_vrids: false,
  dynamic_interfaces: false,
  vrrp_rt_priority: null,
  vrrp_no_swap: false,
  child_wait_time: seconds(5),
  ka_ts: { lease: null },
};

export function config(...instances: VrrpInstance[]): Config {
  return { global_defs: globalDefs, vrrp_script: [], vrrp_instance: instances };
}
