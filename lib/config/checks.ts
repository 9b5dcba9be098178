// SPDX-License-Identifier: MIT
// Rules across instances, each by its name. A rule sees the whole configuration and reports; it changes nothing.

import { type BuildContext, fatal, notice } from './build-context.ts';
import type { Config, VrrpInstance } from './model.ts';

type Rule = (config: Config, context: BuildContext) => void;

export const rules: Readonly<Record<string, Rule>> = {
  'duplicate-vrid': duplicateVrid,
  'non-existent-interface': nonExistentInterface,
  'lease-shorter-than-interval': leaseShorterThanInterval,
};

export function checkConfig(config: Config, context: BuildContext): void {
  for (const rule of Object.values(rules)) rule(config, context);
}

/** Reference section 13: multicast is told apart by interface and group, unicast by local address and peers. */
function duplicateVrid(config: Config, context: BuildContext): void {
  const sameVrid = new Map<string, VrrpInstance[]>();
  for (const b of config.vrrp_instance) {
    const key = `${b.virtual_router_id} ${b.family} ${b.interface} ${isUnicast(b) ? b.unicast_src_ip : b.mcast_dst_ip} ${isUnicast(b)}`;
    const before = sameVrid.get(key) ?? [];
    sameVrid.set(key, [...before, b]);
    const a = isUnicast(b) ? before.find((other) => sharePeer(other, b)) : before[0];
    if (!a) continue;
    const text = isUnicast(b)
      ? `(${b.name}) duplicate VRID conflict with ${a.name} VRID ${b.virtual_router_id}`
      : `${a.name} and ${b.name} both use VRID ${b.virtual_router_id} with IPv${b.family} on interface ${b.interface}`;
    fatal(context, b.position, 'vrid-duplicate', text, {
      word: b.name,
      hint: `first used by ${a.name} at ${a.position.file}:${a.position.line}`,
    });
  }
}

function isUnicast(i: VrrpInstance): boolean {
  return i.unicast_peer.length > 0;
}

function sharePeer(a: VrrpInstance, b: VrrpInstance): boolean {
  return a.unicast_peer.some((p) => b.unicast_peer.some((q) => q.ip === p.ip));
}

/** keepalived's closing line, of a lower class than the one at the interface itself. */
function nonExistentInterface(_config: Config, context: BuildContext): void {
  if (!context.findings.list.some((f) => f.code === 'interface-unknown')) return;
  context.findings.report(null, {
    code: 'interfaces-missing',
    class: 'FATAL',
    severity: 'fatal',
    message: 'Non-existent interface specified in configuration',
    hint: 'dynamic_interfaces in global_defs lets the daemon wait for interfaces',
  });
}

function leaseShorterThanInterval(config: Config, context: BuildContext): void {
  const { lease } = config.global_defs.ka_ts;
  if (lease === null) return;
  for (const i of config.vrrp_instance) {
    if (i.advert_int > lease) {
      notice(context, i.position, 'lease-short', `(${i.name}) the lease of ${lease / 1e6} s is shorter than the advert interval`, {
        word: i.name,
      });
    }
  }
}
