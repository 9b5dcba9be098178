// SPDX-License-Identifier: MIT
// `Global definitions`, the section that starts every data dump. What ka-ts has no setting for shows the value in force,
// which is keepalived's default; sections of components that it does not have (libnftnl) are left out.

import type { GlobalDefs, NotifyFifo, Script } from '../config/model.ts';
import { scriptText } from './words.ts';

export interface ProcessFacts {
  /** Node name, where router_id says nothing. */
  readonly hostName: string;
  /** File creation mask. */
  readonly umask: number;
  /** In force: of the command line, else of the configuration. */
  readonly namespace: string | null;
  /** When the next reload by reload_time_file is due; null: none is, or this process does not know. */
  readonly nextReload: string | null;
}

const yes = (value: boolean): string => (value ? 'true' : 'false');
const processes = [
  ['VRRP', 'vrrp'],
  ['Checker', 'checker'],
  ['BFD', 'bfd'],
] as const;
const buffers = ['vrrp_netlink_cmd', 'vrrp_netlink_monitor', 'process_monitor', 'lvs_netlink_cmd', 'lvs_netlink_monitor'] as const;

export function globalLines(g: GlobalDefs, facts: ProcessFacts): string[] {
  return [
    '------< Global definitions >------',
    ...(g.config_save_dir === null ? [] : [` Config save dir = ${g.config_save_dir}`]),
    ` Network namespace = ${facts.namespace ?? '(default)'}`,
    ` Network namespace ipvs = ${g.net_namespace_ipvs || '(main namespace)'}`,
    ...nameLines(g),
    ` Router ID = ${g.router_id ?? facts.hostName}`,
    ...mailLines(g, facts),
    ' Checkers log all failures = false',
    ...reloadLines(g, facts),
    ...(g.data_use_instance ? [' Use instance name in data dumps'] : []),
    ...(g.state_dump_file === null ? [] : [` State dump file = ${g.state_dump_file}`]),
    ` Dynamic interfaces = ${yes(g.dynamic_interfaces)}`,
    ...(g.default_interface === null ? [] : [` Default interface = ${g.default_interface}`]),
    ...timeoutLines(g),
    ` Disable local IGMP = ${g.disable_local_igmp ? 'yes' : 'no'}`,
    ...lvsLines(g),
    ...fifoLines(g),
    ` FIFO write vrrp states on reload = ${yes(g.fifo_write_vrrp_states_on_reload)}`,
    ` VRRP notify priority changes = ${yes(g.vrrp_notify_priority_changes)}`,
    ` VRRP IPv4 mcast group = ${g.vrrp_mcast_group4}`,
    ` VRRP IPv6 mcast group = ${g.vrrp_mcast_group6}`,
    ` Gratuitous ARP delay = ${g.vrrp_garp_master_delay / 1e6}`,
    ` Gratuitous ARP repeat = ${g.vrrp_garp_master_repeat}`,
    ` Gratuitous ARP refresh timer = ${g.vrrp_garp_master_refresh / 1e6}`,
    ` Gratuitous ARP refresh repeat = ${g.vrrp_garp_master_refresh_repeat}`,
    ` Gratuitous ARP lower priority delay = ${g.vrrp_garp_lower_prio_delay / 1e6}`,
    ` Gratuitous ARP lower priority repeat = ${g.vrrp_garp_lower_prio_repeat}`,
    ` Num adverts before down = ${g.vrrp_down_timer_adverts}`,
    ` Gratuitous ARP for each secondary ${g.vrrp_garp_extra_if.all ? 'i/f' : 'VMAC'} = ${g.vrrp_garp_extra_if.seconds}s`,
    ` Send advert after receive lower priority advert = ${yes(!g.vrrp_lower_prio_no_advert)}`,
    ` Send advert after receive higher priority advert = ${yes(g.vrrp_higher_prio_send_advert)}`,
    ` Gratuitous ARP interval = ${(g.vrrp_garp_interval / 1e6).toFixed(6)}`,
    ` Gratuitous NA interval = ${(g.vrrp_gna_interval / 1e6).toFixed(6)}`,
    ` VRRP default protocol version = ${g.vrrp_version}`,
    ...firewallLines(g.firewall),
    ` VRRP check unicast_src = ${yes(g.vrrp_check_unicast_src)}`,
    ` VRRP skip check advert addresses = ${yes(g.vrrp_skip_check_adv_addr)}`,
    ` VRRP strict mode = ${yes(g.vrrp_strict)}`,
    ` Max auto priority = ${g.max_auto_priority}`,
    ` Min auto priority delay = ${g.min_auto_priority_delay} usecs`,
    ...processes.flatMap(([name, prefix]) => [
      ` ${name} process priority = ${g[`${prefix}_priority`]}`,
      ` ${name} don't swap = ${yes(g[`${prefix}_no_swap`])}`,
      ` ${name} realtime priority = ${g[`${prefix}_rt_priority`] ?? 0}`,
      ...(g[`${prefix}_cpu_affinity`].length > 0 ? [` ${name} CPU Affinity = ${g[`${prefix}_cpu_affinity`].join(' ')}`] : []),
      ` ${name} realtime limit = ${g[`${prefix}_rlimit_rttime`] ?? 10_000}`,
    ]),
    ...agentLines(g),
    ` Script security ${g.enable_script_security ? 'enabled' : 'disabled'}`,
    ...buffers.flatMap((name) => [
      ` ${name}_rcv_bufs = ${g[`${name}_rcv_bufs`]}`,
      ` ${name}_rcv_bufs_force = ${Number(g[`${name}_rcv_bufs_force`])}`,
    ]),
    ' rs_init_notifies = 0',
    ' no_checker_emails = 0',
    ...(g.vrrp_rx_bufs_policy === null ? [] : [` rx_bufs_policy = ${g.vrrp_rx_bufs_policy}`]),
    ` rx_bufs_multiples = ${g.vrrp_rx_bufs_multiplier}`,
    ` umask = 0${facts.umask.toString(8)}`,
    ...(g.vrrp_startup_delay === null ? [] : [` vrrp_startup_delay = ${g.vrrp_startup_delay / 1e6}`]),
    ...(g.vrrp_delay_after_boot === null ? [] : [` vrrp_delay_after_boot = ${g.vrrp_delay_after_boot / 1e6}`]),
    ...(g.vmac_prefix === 'vrrp' ? [] : [` VMAC prefix = ${g.vmac_prefix}`]),
    ...(g.vmac_addr_prefix === g.vmac_prefix ? [] : [` VMAC address prefix = ${g.vmac_addr_prefix}`]),
  ];
}

function timeoutLines({ lvs_timeouts: times }: GlobalDefs): string[] {
  const line = (name: string, value: number | undefined) => (value === undefined ? [] : [` LVS ${name} timeout = ${value}`]);
  return [...line('TCP', times?.tcp), ...line('TCP FIN', times?.tcpfin), ...line('UDP', times?.udp)];
}

function lvsLines({ lvs_sync_daemon: sync, lvs_flush, lvs_flush_on_stop }: GlobalDefs): string[] {
  const line = (name: string, value: string | number | null | undefined) =>
    value === null || value === undefined ? [] : [` LVS ${name} = ${value}`];
  return [
    ...line('syncd interface', sync?.interface),
    ...line('syncd vrrp instance', sync?.instance),
    ...line('syncd syncid', sync?.id),
    ...line('syncd maxlen', sync?.maxlen),
    ...(sync?.group ? [` LVS mcast group ${sync.group}`] : []),
    ...line('syncd mcast port', sync?.port),
    ...line('syncd mcast ttl', sync?.ttl),
    ` LVS flush = ${yes(lvs_flush)}`,
    ` LVS flush on stop = ${{ each: 'disabled', VS: 'VS', all: 'full' }[lvs_flush_on_stop]}`,
  ];
}

function mailLines(g: GlobalDefs, { hostName }: ProcessFacts): string[] {
  const setting = (value: boolean | null) => (value === null ? 'unset' : value ? 'on' : 'off');
  const server = g.smtp_server && [
    ` Smtp server = ${g.smtp_server.host}`,
    ` Smtp server port = ${g.smtp_server.port}`,
    ` Smtp HELO name = ${g.smtp_helo_name ?? hostName}`,
    ` Smtp server connection timeout = ${g.smtp_connect_timeout / 1e6}`,
  ];
  return [
    ...(server ?? []),
    ...(g.notification_email_from === null ? [] : [` Email notification from = ${g.notification_email_from}`]),
    ...(g.notification_email.length > 0 ? [' Email notification to:', ...g.notification_email.map((address) => `   ${address}`)] : []),
    ` Default smtp_alert = ${setting(g.smtp_alert)}`,
    ` Default smtp_alert_vrrp = ${setting(g.smtp_alert_vrrp)}`,
    ` Default smtp_alert_checker = ${setting(g.smtp_alert_checker)}`,
  ];
}

function fifoLines(g: GlobalDefs): string[] {
  const lines = (name: string, fifo: NotifyFifo | null, script: Script | null) =>
    fifo === null
      ? []
      : [
          ` ${name} notify fifo = ${fifo.path}, uid:gid ${fifo.owner?.uid ?? 0}:${fifo.owner?.gid ?? 0}`,
          ...(script ? [` ${name} notify fifo script = ${scriptText({ ...script, words: [...script.words, fifo.path] })}`] : []),
        ];
  return [
    ...lines('Global', g.notify_fifo, g.notify_fifo_script),
    ...lines('VRRP', g.vrrp_notify_fifo, g.vrrp_notify_fifo_script),
    ...lines('LVS', g.lvs_notify_fifo, g.lvs_notify_fifo_script),
  ];
}

function firewallLines(f: GlobalDefs['firewall']): string[] {
  const { nftables, vrrp_iptables: chains, vrrp_ipsets: sets } = f;
  if (nftables === null && chains) {
    return [
      ` Iptables input chain = ${chains.input}`,
      ` Iptables output chain = ${chains.output}`,
      ` Using ipsets = ${yes(sets !== null)}`,
      ...(sets ? [` ipset IPv4 address set = ${sets.address4}`, ` ipset IPv6 address set = ${sets.address6}`] : []),
    ];
  }
  if (nftables === null) return [];
  return [
    ` nftables table name = ${nftables}`,
    ` nftables base chain priority = ${f.nftables_priority}`,
    ` nftables ${f.nftables_ifindex ? '' : "don't "}force use ifindex for link local IPv6`,
    ` nftables with${f.nftables_counters ? '' : 'out'} counters`,
  ];
}

/** Names that are not the usual ones. */
function nameLines(g: GlobalDefs): string[] {
  const names = [
    ['Parent process', g.process_name],
    ['VRRP process', g.vrrp_process_name],
    ['LVS process', g.checker_process_name],
    ['BFD process', g.bfd_process_name],
  ] as const;
  return [
    ...(g.instance === null ? [] : [` Instance name = ${g.instance}`]),
    ...names.filter(([, name]) => name !== 'keepalived').map(([what, name]) => ` ${what} name = ${name}`),
  ];
}

function reloadLines(g: GlobalDefs, facts: ProcessFacts): string[] {
  const lines = [
    g.reload_check_config === null ? ' No test config before reload' : ` Test config before reload, log to ${g.reload_check_config}`,
  ];
  if (g.reload_time_file !== null) {
    lines.push(` Reload time file = ${g.reload_time_file}${g.reload_repeat ? ' (repeat)' : ''}`);
    lines.push(facts.nextReload === null ? ' No reload scheduled' : ` Reload scheduled for ${facts.nextReload}`);
  }
  if (g.reload_file !== null) lines.push(` Reload_file = ${g.reload_file}`);
  return lines;
}

function agentLines(g: GlobalDefs): string[] {
  const enabled = (value: boolean): string => (value ? 'enabled' : 'disabled');
  return [
    ` SNMP vrrp ${enabled(g.enable_snmp_vrrp)}`,
    ` SNMP checker ${enabled(g.enable_snmp_checker)}`,
    ` SNMP RFCv2 ${enabled(g.enable_snmp_rfcv2)}`,
    ` SNMP RFCv3 ${enabled(g.enable_snmp_rfcv3)}`,
    ` SNMP traps ${enabled(g.enable_traps)}`,
    ` SNMP socket = ${g.snmp_socket ?? 'default (unix:/var/agentx/master)'}`,
    ` DBus ${enabled(g.enable_dbus)}`,
    ` DBus service name = ${g.dbus_service_name ?? ''}`,
  ];
}
