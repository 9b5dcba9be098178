// What global_defs says of the agents that show and steer the daemon from outside: SNMP and D-Bus.

export interface AgentDefs {
  /** The KEEPALIVED-MIB of the VRRP process. */
  readonly enable_snmp_vrrp: boolean;
  /** RFC 2787. */
  readonly enable_snmp_rfcv2: boolean;
  /** RFC 6527. */
  readonly enable_snmp_rfcv3: boolean;
  readonly enable_snmp_checker: boolean;
  readonly enable_traps: boolean;
  /** Where the master agent listens, as written; null: the usual place. */
  readonly snmp_socket: string | null;
  readonly enable_dbus: boolean;
  /** Name on the bus; null: org.keepalived.Vrrp1. */
  readonly dbus_service_name: string | null;
  /** In the object path of an instance without interface; null: none. */
  readonly dbus_no_interface_name: string | null;
}
