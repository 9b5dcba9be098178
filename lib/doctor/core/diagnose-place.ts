// SPDX-License-Identifier: MIT
// The daemon and the place an instance has: interface, address, membership, size.

import type { Facts, Finding, InstanceFacts, LinkFacts } from './facts.ts';

export function machineFindings({ daemon, filterUnread }: Facts): Finding[] {
  const findings: Finding[] = [];
  if (daemon.state === 'absent')
    findings.push({
      code: 'daemon_absent',
      severity: 'problem',
      instance: null,
      seen: `no process behind ${daemon.pidFile}`,
      means: 'the daemon does not run: this machine neither advertises nor takes over',
      mend: ['systemctl start ka-ts (or keepalived), or name its pid file with -p'],
    });
  if (daemon.state === 'stopped')
    findings.push({
      code: 'daemon_stopped',
      severity: 'problem',
      instance: null,
      seen: `process ${daemon.pid} or a child of it is in state T (stopped)`,
      means: 'a stopped daemon sends nothing, while its addresses stay where they are: the others take over beside it',
      mend: [`kill -CONT ${daemon.pid}`, 'look for a debugger or a frozen control group that stopped it'],
    });
  if (filterUnread !== null)
    findings.push({
      code: 'filter_unread',
      severity: 'note',
      instance: null,
      seen: filterUnread,
      means: 'the rules of the packet filter could not be read; only what passed tells about it',
      mend: [],
    });
  return findings;
}

export function placeFindings(i: InstanceFacts, facts: Facts): Finding[] {
  const findings: Finding[] = [];
  const say = (code: string, severity: Finding['severity'], seen: string, means: string, ...mend: string[]) => {
    findings.push({ code, severity, instance: i.name, seen, means, mend });
  };
  if (i.interface !== null && i.link === null)
    say(
      'interface_missing',
      'problem',
      `there is no interface ${i.interface}`,
      'the instance stays in FAULT',
      `ip link show, then name the right interface in vrrp_instance ${i.name}`,
    );
  if (i.link) linkFindings(i, i.link, say);
  if (findings.length > 0) return findings;

  if (i.vmac && !i.vmac.exists && facts.daemon.state === 'running')
    say(
      'vmac_missing',
      'problem',
      `the interface ${i.vmac.name} for the virtual MAC ${i.vmac.mac} is not there`,
      'adverts of this instance have no interface to leave by: somebody deleted it, or it could not be made (no macvlan in the kernel?)',
      'modprobe macvlan',
      `kill -HUP ${facts.daemon.pid}`,
    );
  if (i.vmac?.exists && (i.vmac.rpFilter ?? 0) === 1)
    say(
      'vmac_reverse_path',
      'problem',
      `net.ipv4.conf.${i.vmac.name}.rp_filter is 1`,
      'what comes in through the virtual MAC fails the reverse-path test, adverts included',
      `sysctl -w net.ipv4.conf.${i.vmac.name}.rp_filter=0`,
    );
  if (i.member === false && facts.daemon.state === 'running')
    say(
      'not_a_member',
      'problem',
      `nobody on this machine has joined ${i.group} on ${i.vmac?.exists ? i.vmac.name : i.interface}`,
      'the running daemon does not listen there: it runs with another configuration, or its membership was lost',
      `kill -HUP ${facts.daemon.pid}`,
    );
  if (i.link && i.advertSize > i.link.mtu)
    say(
      'mtu',
      'problem',
      `an advert of this instance has ${i.advertSize} bytes, the MTU of ${i.link.name} is ${i.link.mtu}`,
      'it cannot leave in one piece, and VRRP is not to be fragmented',
      `ip link set ${i.link.name} mtu ${Math.max(1500, i.advertSize)}`,
      'or move addresses to virtual_ipaddress_excluded',
    );
  return findings;
}

type Say = (code: string, severity: Finding['severity'], seen: string, means: string, ...mend: string[]) => void;

function linkFindings(i: InstanceFacts, link: LinkFacts, say: Say): void {
  if (!link.up) {
    say('interface_down', 'problem', `${link.name} is down`, 'the instance stays in FAULT', `ip link set ${link.name} up`);
    return;
  }
  if (!link.carrier) {
    const means = 'the cable, the switch port or the other end of the link is off';
    say('no_carrier', 'problem', `${link.name} has no carrier`, means, `ethtool ${link.name}, and look at the switch port`);
    return;
  }
  if (i.peers.length === 0 && !link.multicast)
    say(
      'multicast_off',
      'problem',
      `${link.name} is without the flag MULTICAST`,
      'the kernel neither sends nor takes multicast there',
      `ip link set ${link.name} multicast on`,
    );
  if (link.master && link.master.kind === 'bridge')
    say(
      'bridge_port',
      'problem',
      `${link.name} is a port of the bridge ${link.master.name}`,
      'what arrives at a port belongs to the bridge: no socket on the port itself is given it',
      `name interface ${link.master.name} in vrrp_instance ${i.name}, and move the address there`,
    );
  const usable = link.addresses.filter((a) => a.usable);
  if (i.source === null || (usable.length === 0 && i.vmac === null)) {
    const family = i.family === 4 ? 'IPv4' : 'link-local IPv6';
    const waiting = link.addresses.some((a) => !a.usable);
    say(
      waiting ? 'address_unusable' : 'no_address',
      'problem',
      waiting
        ? `the addresses of ${link.name} are tentative or failed duplicate address detection`
        : `${link.name} has no ${family} address besides the virtual ones`,
      'adverts have no source address',
      waiting ? `ip -6 address show dev ${link.name} dadfailed` : `ip address add ADDRESS/LENGTH dev ${link.name}`,
    );
  }
}
