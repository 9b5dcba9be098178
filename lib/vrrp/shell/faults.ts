// SPDX-License-Identifier: MIT
// Reasons to be in Fault, computed from what is true now: the kernel's links and addresses, the sockets and the trackers
// (reference: VRRP document, sections 6.6, 7.2 and 7.6). No counting of events, so nothing can get stuck.

import type { Ip } from '../../base/address.ts';
import { ownMade } from '../../config/made-interfaces.ts';
import type { VrrpInstance } from '../../config/model.ts';
import type { TrackingStatus } from '../../ports/tracking.ts';
import type { FaultReason } from '../core/types.ts';
import { devicesOf } from './holdings.ts';
import type { NetworkView } from './network-view.ts';
import { configuredSource, heldAddresses, linkLocalFor } from './settings.ts';

/** The source address the router's adverts carry now, null for none. `own` are all virtual addresses as ip/length. */
export function sourceOf(config: VrrpInstance, view: NetworkView, own: ReadonlySet<string>): Ip | null {
  const configured = configuredSource(config);
  if (configured) return configured;
  const made = config.vmac_xmit_base ? null : ownMade(config);
  if (made && config.family === 6)
    return made.kind === 'macvlan' ? linkLocalFor(config, made, view) : view.sourceAddress(made.name, 6, own);
  return config.interface === null ? null : view.sourceAddress(config.interface, config.family, own);
}

export interface FaultInputs {
  readonly config: VrrpInstance;
  readonly view: NetworkView;
  readonly source: Ip | null;
  readonly socketError: string | null;
  readonly tracking: TrackingStatus;
  /** Interfaces of the static objects whose track_group the instance is in. */
  readonly staticDevices: readonly string[];
  /** An instance before it has its VRID on the same wire: what to say (vrid-conflicts.ts). */
  readonly vridConflict: string | null;
}

export function faultsOf(inputs: FaultInputs): FaultReason[] {
  const { config, view, source } = inputs;
  const faults: FaultReason[] = config.config_faults.map((text) => ({ kind: 'config', text }));
  if (inputs.vridConflict !== null) faults.push({ kind: 'config', text: inputs.vridConflict });
  for (const name of trackedLinks(config, inputs.staticDevices)) {
    if (!view.byName(name)) faults.push({ kind: 'interface_missing', name });
    else if (!view.isUp(name) && !(config.dont_track_primary && isOwn(config, name))) faults.push({ kind: 'interface_down', name });
  }
  const reported = new Set(faults.map((f) => ('name' in f ? f.name : '')));
  const interfaceKnown = config.interface === null || view.byName(config.interface) !== undefined;
  if (source === null && interfaceKnown) faults.push({ kind: 'no_source_address', family: config.family });
  else if (source !== null && config.track_src_ip && !present(config, view, source)) faults.push({ kind: 'source_not_configured' });
  if (inputs.socketError !== null) faults.push({ kind: 'socket', text: inputs.socketError });
  for (const fault of inputs.tracking.faults) {
    const isLink = fault.kind === 'interface_down' || fault.kind === 'interface_missing';
    if (!isLink || !reported.has(fault.name)) faults.push(fault);
  }
  return faults;
}

/** Its interface, and the one made on it. */
function isOwn(config: VrrpInstance, name: string): boolean {
  return name === config.interface || name === ownMade(config)?.name;
}

/**
 * Own interface first, then what is made on it, then those of its addresses, routes and rules unless no_track, then those of
 * static objects that it tracks.
 */
export function trackedLinks(config: VrrpInstance, statics: readonly string[]): readonly string[] {
  const names = new Set<string>();
  if (config.interface !== null) names.add(config.interface);
  if (config.vrf !== null) names.add(config.vrf);
  const made = ownMade(config);
  if (made) names.add(made.name);
  for (const name of devicesOf(heldAddresses(config), config.virtual_routes, config.virtual_rules)) names.add(name);
  for (const name of statics) names.add(name);
  for (const a of heldAddresses(config)) {
    if (!a.no_track && a.made !== null) names.add(a.made);
  }
  return [...names];
}

function present(config: VrrpInstance, view: NetworkView, source: Ip): boolean {
  const names = config.interface === null ? view.names() : [config.interface];
  return names.some((name) => {
    const link = view.byName(name);
    return link !== undefined && view.addresses(link.ifindex, config.family).some((a) => a.address === source);
  });
}
