// SPDX-License-Identifier: MIT
// Codes of virtual and real servers and their checks.

import { type CodeRow, row } from './row.ts';

export const serverCodes: Readonly<Record<string, CodeRow>> = {
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
