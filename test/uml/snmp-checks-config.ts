// SPDX-License-Identifier: MIT
// Virtual servers with everything that the check half of the KEEPALIVED-MIB has an object for.

/** What the first server of the first service is checked by; 8002 is the second one's, and nobody listens on 8003. */
export const checkedByPort = '8001';

const check = (port: number, more = '') => `TCP_CHECK {
      connect_ip 127.0.0.1
      connect_port ${port}
      retry 0
      delay_loop 1
      warmup 0
      ${more}
    }`;

const kinds = ['lblc', 'lblcr', 'sed', 'nq', 'lc', 'wlc', 'fo', 'ovf'].map(
  (scheduler, i) => `virtual_server 10.0.5.${i + 1} 80 {
  protocol TCP
  lvs_sched ${scheduler}
  lvs_method NAT
  sorry_server 10.0.2.1 80
  real_server 10.0.1.1 80 {
  }
}
`,
);

/** `socket`: of the master agent. */
export function services(socket: string): string {
  return `global_defs {
  router_id test-node
  enable_traps
  enable_snmp_checker
  snmp_socket ${socket}
  script_user root
  lvs_timeouts tcp 100 udp 300
  lvs_sync_daemon eth0 inst VI_1 id 9 maxlen 1300 port 8849 ttl 3 group 224.0.0.82
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress {
    10.0.0.100
  }
}
virtual_server_group G {
  10.0.10.1 80
  10.0.10.2-4 81
  fwmark 11
}
virtual_server_group SIX {
  2001:db8:5::1-3 80
  2001:db8:5::ff 81
}
virtual_server_group UNUSED {
  10.0.77.1 80
  fwmark 12
}
virtual_server 10.0.4.1 80 {
  protocol TCP
  lvs_sched wrr
  lvs_method NAT
  delay_loop 1.5
  retry 2
  delay_before_retry 0.5
  warmup 3
  connect_timeout 4
  weight 7
  virtualhost www.example.org
  persistence_timeout 50
  persistence_granularity 255.255.255.0
  quorum 3
  hysteresis 1
  quorum_up "/usr/bin/true up x"
  quorum_down /usr/bin/true
  omega
  alpha
  smtp_alert
  inhibit_on_failure
  snmp_name service-one
  sorry_server 10.0.2.1 80
  sorry_server_inhibit
  real_server 10.0.1.1 80 {
    weight 3
    uthreshold 100
    lthreshold 7
    notify_up "/usr/bin/true 1"
    notify_down /usr/bin/true
    snmp_name server-one
    ${check(8001)}
  }
  real_server 10.0.1.2 8080 {
    lvs_method DR
    virtualhost other.example.org
    delay_loop 2.25
    retry 5
    delay_before_retry 1.25
    warmup 0.5
    connect_timeout 6
    smtp_alert
    ${check(8002)}
    ${check(8002, 'alpha')}
  }
  real_server 10.0.1.3 8080 {
  }
}
virtual_server 10.0.4.2 53 {
  protocol UDP
  ops
  lvs_sched sh
  sh-port
  sh-fallback
  lvs_method NAT
  real_server 10.0.1.1 53 {
  }
}
virtual_server 10.0.4.3 53 {
  protocol SCTP
  lvs_sched mh
  mh-port
  mh-fallback
  lvs_method DR
  quorum 2
  real_server 10.0.1.1 53 {
    ${check(8003)}
  }
  real_server 10.0.1.2 53 {
  }
}
virtual_server 2001:db8::1 80 {
  protocol TCP
  lvs_sched dh
  flag-3
  lvs_method NAT
  persistence_timeout 60
  persistence_granularity 64
  real_server 2001:db8:1::1 80 {
  }
}
virtual_server fwmark 5 {
  lvs_sched rr
  lvs_method DR
  persistence_timeout 7
  persistence_granularity 255.255.0.0
  real_server 10.0.1.1 {
  }
}
virtual_server group G {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  real_server 10.0.1.1 80 {
  }
}
virtual_server group SIX {
  protocol TCP
  lvs_sched rr
  lvs_method NAT
  real_server 2001:db8:1::1 80 {
  }
}
virtual_server fwmark 6 {
  lvs_sched rr
  lvs_method DR
  ip_family inet6
  real_server 2001:db8:1::1 {
  }
}
virtual_server 10.0.4.9 80 {
  real_server 10.0.1.1 {
    retry 7
  }
}
virtual_server 10.0.4.10 80 {
  protocol TCP
  lvs_sched rr
  lvs_method TUN type gue port 6080 csum
  sorry_server 10.0.2.1 80
  real_server 10.0.1.1 80 {
  }
  real_server 10.0.1.2 80 {
    lvs_method TUN type gre
  }
}
virtual_server 10.0.4.11 80 {
  protocol TCP
  lvs_sched rr
  lvs_method TUN type ipip
  real_server 10.0.1.1 80 {
  }
}
${kinds.join('')}`;
}
