// SPDX-License-Identifier: MIT
// The cluster that `ka-ts lab` plays when no files are given: two proxies with one address, guarded by a check script.

/** Configuration of one node; they differ in state and priority as people write it. */
function proxy(id: string, state: 'MASTER' | 'BACKUP', priority: number): string {
  return `global_defs {
  router_id ${id}
}

vrrp_script chk_haproxy {
  script "killall -0 haproxy"
  interval 1
  weight 2
}

vrrp_instance VI_1 {
  virtual_router_id 51
  advert_int 1
  priority ${priority}
  state ${state}
  interface eth0
  virtual_ipaddress {
    192.0.2.15/24
  }
  authentication {
    auth_type PASS
    auth_pass 123456
  }
  track_script {
    chk_haproxy
  }
}
`;
}

export const builtinConfigurations: readonly [string, string] = [proxy('lb1', 'MASTER', 100), proxy('lb2', 'BACKUP', 99)];
