// SPDX-License-Identifier: MIT
// What the objects say of themselves (org.freedesktop.DBus.Introspectable).

export const vrrpInterface = 'org.keepalived.Vrrp1.Vrrp';
export const instanceInterface = 'org.keepalived.Vrrp1.Instance';
/** Ours, on an object of its own: keepalived's say of themselves what they say there. */
export const transitionsInterface = 'ka_ts.Transitions1';
export const genericInterfaces = {
  properties: 'org.freedesktop.DBus.Properties',
  introspectable: 'org.freedesktop.DBus.Introspectable',
  peer: 'org.freedesktop.DBus.Peer',
} as const;

const doctype = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
                      "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
`;

const generic = `  <interface name="${genericInterfaces.properties}">
    <method name="Get">
      <arg type="s" name="interface_name" direction="in"/>
      <arg type="s" name="property_name" direction="in"/>
      <arg type="v" name="value" direction="out"/>
    </method>
    <method name="GetAll">
      <arg type="s" name="interface_name" direction="in"/>
      <arg type="a{sv}" name="properties" direction="out"/>
    </method>
    <method name="Set">
      <arg type="s" name="interface_name" direction="in"/>
      <arg type="s" name="property_name" direction="in"/>
      <arg type="v" name="value" direction="in"/>
    </method>
    <signal name="PropertiesChanged">
      <arg type="s" name="interface_name"/>
      <arg type="a{sv}" name="changed_properties"/>
      <arg type="as" name="invalidated_properties"/>
    </signal>
  </interface>
  <interface name="${genericInterfaces.introspectable}">
    <method name="Introspect">
      <arg type="s" name="xml_data" direction="out"/>
    </method>
  </interface>
  <interface name="${genericInterfaces.peer}">
    <method name="Ping"/>
    <method name="GetMachineId">
      <arg type="s" name="machine_uuid" direction="out"/>
    </method>
  </interface>
`;

const own = {
  vrrp: `  <interface name="${vrrpInterface}">
    <method name="PrintData"/>
    <method name="PrintStats"/>
    <method name="PrintStatsClear"/>
    <method name="ReloadConfig"/>
    <signal name="VrrpStarted"/>
    <signal name="VrrpReloaded"/>
    <signal name="VrrpStopped"/>
  </interface>
`,
  instance: `  <interface name="${instanceInterface}">
    <method name="SendGarp"/>
    <signal name="VrrpStatusChange">
      <arg type="u" name="status"/>
    </signal>
    <property type="(s)" name="Name" access="read"/>
    <property type="(us)" name="State" access="read"/>
  </interface>
`,
  transitions: `  <interface name="${transitionsInterface}">
    <signal name="Transition">
      <arg type="s" name="instance"/>
      <arg type="s" name="from"/>
      <arg type="s" name="to"/>
      <arg type="s" name="cause"/>
      <arg type="s" name="reason"/>
      <arg type="s" name="evidence"/>
    </signal>
  </interface>
`,
} as const;

/** `kind` null: a place between objects. `children`: names of what is below. */
export function introspection(kind: keyof typeof own | null, children: readonly string[]): string {
  const below = children.map((name) => `  <node name="${name}"/>\n`).join('');
  return `${doctype}<node>\n${kind === null ? '' : `${generic}${own[kind]}`}${below}</node>\n`;
}
