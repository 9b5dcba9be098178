// SPDX-License-Identifier: MIT
// A virtual server after a reload: what is known of servers that stay is kept, the pool is put together anew
// (reference/lvs-and-checkers.md section 7). Pure.

import type { RealServer, ServiceKey, SorryServer, VirtualServer } from '../../config/model-lvs.ts';
import {
  build,
  effectiveWeight,
  evaluateQuorum,
  inPool,
  isUp,
  kernelWeight,
  type ServerState,
  type ServiceEffect,
  type ServiceState,
  type Step,
  transitionText,
} from './service.ts';

/** What two configurations know a service by. */
export function serviceIdentity(key: ServiceKey): string {
  switch (key.kind) {
    case 'group':
      return `group ${key.group} ${key.index}`;
    case 'fwmark':
      return `fwmark ${key.mark} ${key.family}`;
    case 'address':
      return `${key.protocol} ${key.ip} ${key.port}`;
  }
}

/** What two configurations know a server of one service by. */
export function serverIdentity({ ip, port }: Pick<RealServer, 'ip' | 'port'>): string {
  return `${ip} ${port}`;
}

/** A server of the new configuration: what its checks say, those that stay as before and those that are new as at a start. */
export type Carried = Pick<ServerState, 'failed' | 'contributions'>;

/** `carried`: for each server of `vs`. */
export function reconfigured(old: VirtualServer, before: ServiceState, vs: VirtualServer, carried: readonly Carried[]): Step {
  const effects: ServiceEffect[] = [];
  const staying = new Set(vs.real_server.map(serverIdentity));
  const formerly = new Map(old.real_server.map((rs, i) => [serverIdentity(rs), { rs, state: before.servers[i] }]));
  for (const [i, server] of old.real_server.entries()) {
    const state = before.servers[i];
    if (!state || staying.has(serverIdentity(server))) continue;
    effects.push({ kind: 'log', text: `service ${server.name} no longer exist` });
    effects.push({ kind: 'log', text: `Removing service ${server.name} from VS ${old.name}` });
    if (isUp(state)) effects.push({ kind: 'server_gone', server });
  }
  const servers = vs.real_server.map((rs, i): ServerState => {
    const { failed, contributions } = carried[i] ?? { failed: new Set(), contributions: new Map() };
    return { failed, contributions, present: formerly.get(serverIdentity(rs))?.state?.present ?? false };
  });
  const sorryPresent = isSameSorry(old.sorry_server, vs.sorry_server) && before.sorryPresent;
  const builder = build(vs, { servers, quorumUp: before.quorumUp, sorryPresent }, effects);
  const pooled = inPool(vs, before);
  const changed: ServiceEffect[] = [];
  for (const [i, rs] of vs.real_server.entries()) {
    const state = servers[i];
    if (!state) continue;
    const former = formerly.get(serverIdentity(rs));
    const up = isUp(state);
    if (former?.state) {
      const weights = [effectiveWeight(former.rs, former.state), effectiveWeight(rs, state)];
      if (weights[0] !== weights[1])
        builder.log(`Changing weight from ${weights[0]} to ${weights[1]} for ${up ? '' : 'in'}active service ${rs.name} of VS ${vs.name}`);
      if (isUp(former.state) !== up) {
        builder.log(transitionText(vs, rs, up));
        changed.push({ kind: 'server_changed', server: i, up, scripts: true });
      }
    } else if (up) builder.log(`Adding service ${rs.name} to VS ${vs.name}`);
    if (up && pooled) builder.put(i, kernelWeight(rs, state));
    else builder.takeOut(i);
  }
  if (!builder.state().quorumUp && vs.sorry_server) builder.sorryIn();
  else if (vs.sorry_server?.inhibit) builder.put('sorry', 0);
  effects.push(...changed);
  evaluateQuorum(vs, builder, effects);
  return [builder.state(), effects];
}

function isSameSorry(a: SorryServer | null, b: SorryServer | null): boolean {
  return a !== null && b !== null && serverIdentity(a) === serverIdentity(b);
}
