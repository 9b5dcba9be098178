// SPDX-License-Identifier: MIT
// Tree × tables → Config. Pure: the system is only asked through the ports of the context.

import { type BuildContext, notice } from './build-context.ts';
import { buildGarpGroups } from './build-garp-groups.ts';
import { type BuiltGlobals, buildGlobals } from './build-globals.ts';
import { buildInstance } from './build-instance.ts';
import { buildLinks } from './build-links.ts';
import { buildLvsDefs } from './build-lvs-defs.ts';
import { buildNotifyDefs } from './build-notify.ts';
import { checkScriptUser, scriptBuilder } from './build-scripts.ts';
import { buildLvs } from './build-servers.ts';
import { buildStatics, buildTrackGroups, withinGroups, writtenGroups } from './build-statics.ts';
import { buildSyncGroups } from './build-sync-groups.ts';
import { buildTracked, type Known, type KnownTracked, usedOf } from './build-tracked.ts';
import { checkObjects } from './check-objects.ts';
import { checkConfig } from './checks.ts';
import { createNames } from './iproute-names.ts';
import { type Block, blocksOf, placeOf } from './keyword.ts';
import type { root } from './keywords/index.ts';
import { madeInterfaces, nameInterfaces } from './made-interfaces.ts';
import type { Config, TrackedLists, VrrpScript } from './model.ts';
import type { LvsConfig } from './model-lvs.ts';
import type { PolicyContext } from './policy-context.ts';

/** Findings of severity `fatal` in the context mean that the result must not be used. */
export function buildConfig(tree: Block<typeof root>, context: BuildContext): Config {
  const globals = buildGlobals(tree, context);
  const [globalBlock] = blocksOf(tree, 'global_defs');
  checkScriptUser(globals, globalBlock ? placeOf(globalBlock, 'script_user') : null, context);
  const edgeScripts = scriptBuilder(globals, 'start/shutdown scripts', context);
  const scripts = scriptBuilder(globals, 'scripts', context);
  const checkScripts = scriptBuilder(globals, 'check scripts', context);
  const notifyDefs = buildNotifyDefs(globalBlock ?? null, { edge: edgeScripts, vrrp: scripts, lvs: checkScripts }, context);
  edgeScripts.finish();

  const knownScripts = new Map<string, Known<VrrpScript>>();
  for (const block of blocksOf(tree, 'vrrp_script')) {
    if (knownScripts.has(block.name)) {
      notice(context, block.place, 'duplicate', `vrrp_script ${block.name} is defined twice`, {
        word: block.name,
        effect: 'the first one is used',
      });
      continue;
    }
    const { script, disabled } = scripts.tracked(block);
    if (script || disabled) knownScripts.set(block.name, { object: script, order: block.order });
  }
  const known = buildTracked(tree, knownScripts, context);

  const policy = policyContext(tree, globals, context);
  const statics = buildStatics(tree, globals.defs.default_interface, policy);
  const unnamed = blocksOf(tree, 'vrrp_instance').flatMap((block) => buildInstance(block, globals, scripts, known, policy) ?? []);
  const named = nameInterfaces(unnamed, globals.defs, context);
  const { groups, instances } = buildSyncGroups(tree, named, globals, scripts, known, context);
  const sessions = new Map([...known.track_bfd].map(([name, { object }]) => [name, object !== null]));
  const lvs = buildLvs(tree, globals.defs, checkScripts, sessions, context);
  const track_group = buildTrackGroups(tree, new Set(instances.map((i) => i.name)), policy);
  const madeNames = new Set(instances.flatMap((i) => madeInterfaces(i).map((m) => m.name)));
  const config: Config = {
    global_defs: { ...globals.defs, ...notifyDefs, ...buildLvsDefs(tree, instances, context) },
    ...trackedBy(known, [...instances, ...groups], lvs, context),
    ...buildLinks(tree, instances, globals.defs.dynamic_interfaces, context),
    vrrp_instance: instances,
    vrrp_sync_group: groups,
    garp_group: buildGarpGroups(tree, context, globals.defs.dynamic_interfaces, madeNames),
    ...lvs,
    track_group,
    ...withinGroups(statics, track_group),
  };
  checkObjects(tree, context, globals.defs.dynamic_interfaces);
  checkConfig(config, context);
  scripts.finish();
  return config;
}

function policyContext(tree: Block<typeof root>, { defs, iproute }: BuiltGlobals, context: BuildContext): PolicyContext {
  const next = { 4: 16384, 6: 16384 };
  return {
    context,
    names: createNames(context.files, iproute.usr, iproute.etc),
    dynamic: defs.dynamic_interfaces,
    groups: writtenGroups(tree),
    nextPreference: (family) => next[family]--,
  };
}

/** What is followed by somebody. keepalived names scripts that are not, and keeps processes all the same. */
function trackedBy(
  known: KnownTracked,
  consumers: readonly TrackedLists[],
  lvs: LvsConfig,
  context: BuildContext,
): Pick<Config, 'vrrp_script' | 'track_file' | 'vrrp_track_process' | 'bfd_instance'> {
  const names = (key: keyof KnownTracked) => new Set(consumers.flatMap((c) => c[key].map((t) => t.name)));
  const scripts = names('track_script');
  for (const { object: script } of known.track_script.values()) {
    if (!script || scripts.has(script.name)) continue;
    notice(context, script.position, 'script-unused', `Warning - script ${script.name} is not used`, {
      word: script.name,
      effect: 'it is not run',
    });
  }
  const checks = lvs.virtual_server.flatMap((vs) => vs.real_server.flatMap((rs) => rs.checkers));
  const files = checks.flatMap((c) => (c.kind === 'FILE_CHECK' ? c.track_file : []));
  return {
    vrrp_script: usedOf(known.track_script, scripts),
    track_file: usedOf(known.track_file, new Set([...names('track_file'), ...files])),
    vrrp_track_process: usedOf(known.track_process, new Set(known.track_process.keys())),
    bfd_instance: usedOf(known.track_bfd, new Set(known.track_bfd.keys())),
  };
}
