// SPDX-License-Identifier: MIT
// keepalived.data and keepalived_parent.data, and the lines that -d logs: one ` Key = value` per line, two more blanks per
// level (reference: process document, section 13).

import type { GlobalDefs, TrackGroup } from '../config/model.ts';
import { addressText, routeText, ruleText } from '../config/policy-text.ts';
import type { VrrpView } from '../ports/vrrp-view.ts';
import { globalLines, type ProcessFacts } from './global-definitions.ts';
import { groupLines } from './group-lines.ts';
import { instanceLines } from './instance-lines.ts';
import { linkLines, socketLines } from './network-lines.ts';
import { paceLines } from './pacing-lines.ts';
import { bfdLines, fileLines, processLines, scriptLines } from './tracker-lines.ts';

/** The lines of the VRRP process. */
export function vrrpDataLines(view: VrrpView, facts: ProcessFacts): string[] {
  const statics = view.config;
  return [
    ...globalLines(view.config.global_defs, facts),
    ...section(
      'Static Addresses',
      statics.static_ipaddress.map((a, i) => `     ${addressText(a, a.dev, a.track_group)}${view.staticsSet[i] ? ' set' : ''}`),
    ),
    ...section(
      'Static Routes',
      statics.static_routes.map((r) => `     ${routeText(r)}`),
    ),
    ...section(
      'Static Rules',
      statics.static_rules.map((r) => `     ${ruleText(r)}`),
    ),
    ...section('Static Track groups', statics.track_group.flatMap(trackGroupLines)),
    ...section('VRRP Topology', view.instances.flatMap(instanceLines)),
    ...section('VRRP Sockpool', view.sockets.flatMap(socketLines)),
    ...section('VRRP Sync groups', view.groups.flatMap(groupLines)),
    ...section(
      'VRRP Scripts',
      view.scripts.flatMap((s) => scriptLines(s, view)),
    ),
    ...section(
      'VRRP Track files',
      view.files.flatMap((f) => fileLines(f, view)),
    ),
    ...section(
      'VRRP Track processes',
      view.processes.flatMap((p) => processLines(p, view)),
    ),
    ...section(
      'VRRP Track BFDs',
      view.bfds.flatMap((b) => bfdLines(b, view)),
    ),
    ...section('Gratuitous ARP delays', paceLines(view)),
    ...section('Adverts sent late', latenessLines(view)),
    ...section(
      'Interfaces',
      view.links.flatMap((link) => linkLines(link, view)),
    ),
  ];
}

/** One line for each power of two that occurred. */
function latenessLines({ lateness }: VrrpView): string[] {
  return lateness.flatMap((count, i) => (count > 0 ? [` Less than ${2 ** i} usecs = ${count}`] : []));
}

function trackGroupLines({ name, group }: TrackGroup): string[] {
  return [` Static Track Group = ${name}`, '   VRRP member instances :', ...group.map((member) => `     ${member}`)];
}

/** The lines of the parent, which holds nothing but the settings. */
export function parentDataLines(globals: GlobalDefs, facts: ProcessFacts): string[] {
  return globalLines(globals, facts);
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`------< ${name} >------`, ...lines];
}
