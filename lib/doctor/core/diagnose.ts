// SPDX-License-Identifier: MIT
// From facts to findings. Each rule looks at evidence first: what a rule of the packet filter would do counts only while
// nothing seen on the wire speaks against it.

import { heardFindings } from './diagnose-heard.ts';
import { machineFindings, placeFindings } from './diagnose-place.ts';
import { wayFindings } from './diagnose-way.ts';
import type { Facts, Finding, InstanceFacts, Severity } from './facts.ts';

/** Problems first. */
export function diagnose(facts: Facts): Finding[] {
  const findings = [...machineFindings(facts), ...facts.instances.flatMap((i) => instanceFindings(i, facts))];
  const rank: Readonly<Record<Severity, number>> = { problem: 0, warning: 1, note: 2 };
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

function instanceFindings(i: InstanceFacts, facts: Facts): Finding[] {
  const place = placeFindings(i, facts);
  // Without a working interface all that follows from it would only be noise.
  if (place.some((f) => f.severity === 'problem' && f.code !== 'not_a_member')) return place;
  const causes = [...place, ...wayFindings(i, facts), ...heardFindings(i, facts)];
  const explained = facts.daemon.state !== 'running' || causes.some((f) => f.severity === 'problem');
  return explained ? causes : [...causes, ...symptoms(i, facts)];
}

/** What is wrong although nothing explains it. */
function symptoms(i: InstanceFacts, { listened, daemon }: Facts): Finding[] {
  const say = (code: string, severity: Severity, seen: string, means: string, mend: readonly string[]): Finding[] => [
    { code, severity, instance: i.name, seen, means, mend },
  ];
  const span = `${(listened / 1e6).toFixed(1)} s`;
  const sent = i.sent.reduce((n, s) => n + s.count, 0);
  const active = i.addresses.length > 0 && i.held.length > 0;
  const other = i.heard.find((h) => h.vrid === i.vrid && h.priority > 0 && h.count > 1);
  const enough = listened >= 3 * i.interval;
  if (active && sent > 0 && other)
    return say(
      'both_active',
      'problem',
      `in ${span} this router sent ${sent} adverts and ${other.source} sent ${other.count} with priority ${other.priority}`,
      'both routers are Active at once, and nothing seen from here explains it',
      [`run ka-ts doctor on ${other.source} too`],
    );
  if (active && sent === 0 && enough && !other && i.answers.length === 0)
    return say(
      'silent_active',
      'problem',
      `${i.held.join(', ')} is on this machine, but no advert left in ${span}`,
      'the daemon runs and does not advertise: the addresses are left over, or its packet engine is stuck',
      [`kill -USR1 ${daemon.pid} and read the state of ${i.name} in the data dump`],
    );
  if (active && sent === 0 && other)
    return say(
      'address_left',
      'problem',
      `${i.held.join(', ')} is on this machine although ${other.source} is Active with priority ${other.priority} and nothing is sent from here`,
      'two machines hold the virtual address: this one has it from an earlier run, or from hand',
      i.held.map((address) => `ip address del ${address}/${address.includes(':') ? 128 : 32} dev ${i.vmac?.name ?? i.interface}`),
    );
  if (!active && sent === 0 && !i.heard.some((h) => h.vrid === i.vrid) && enough)
    return say(
      'nobody_active',
      'warning',
      `no advert for VRID ${i.vrid} in ${span}, neither from here nor from anybody else`,
      'no router of this VRID is Active: the instance waits in FAULT or INIT',
      ['read the daemon’s log for why'],
    );
  return [];
}
