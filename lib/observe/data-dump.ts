// keepalived.data and keepalived_parent.data, and the lines that -d logs: one ` Key = value` per line, two more blanks per
// level (reference: process document, section 13).

import type { GlobalDefs } from '../config/model.ts';
import type { ScriptView, VrrpView } from '../ports/vrrp-view.ts';
import { globalLines, type ProcessFacts } from './global-definitions.ts';
import { instanceLines } from './instance-lines.ts';
import { linkLines, socketLines } from './network-lines.ts';
import { paceLines } from './pacing-lines.ts';
import { commandText } from './words.ts';

/** The lines of the VRRP process. */
export function vrrpDataLines(view: VrrpView, facts: ProcessFacts): string[] {
  return [
    ...globalLines(view.config.global_defs, facts),
    ...section('VRRP Topology', view.instances.flatMap(instanceLines)),
    ...section('VRRP Sockpool', view.sockets.flatMap(socketLines)),
    ...section(
      'VRRP Scripts',
      view.scripts.flatMap((s) => scriptLines(s, view)),
    ),
    ...section('Gratuitous ARP delays', paceLines(view)),
    ...section(
      'Interfaces',
      view.links.flatMap((link) => linkLines(link, view)),
    ),
  ];
}

/** The lines of the parent, which holds nothing but the settings. */
export function parentDataLines(globals: GlobalDefs, facts: ProcessFacts): string[] {
  return globalLines(globals, facts);
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`------< ${name} >------`, ...lines];
}

function scriptLines({ config, counter, verdict, running }: ScriptView, view: VrrpView): string[] {
  const { uid, gid } = config.script.run_as ?? { uid: 0, gid: 0 };
  const tracking = view.instances.flatMap((i) => {
    const tracked = i.config.track_script.find((t) => t.name === config.name);
    return tracked ? [`     ${i.config.name}, weight ${tracked.weight.value}${tracked.weight.reverse ? ' reverse' : ''}`] : [];
  });
  return [
    ` VRRP Script = ${config.name}`,
    `   Command = ${commandText(config.script)}`,
    `   Interval = ${config.interval / 1e6} sec`,
    `   Timeout = ${config.timeout / 1e6} sec`,
    `   Weight = ${config.weight.value}${config.weight.reverse ? ' reverse' : ''}`,
    `   Rise = ${config.rise}`,
    `   Fall = ${config.fall}`,
    `   Result = ${counter}`,
    '   Insecure = no',
    `   Init state = ${config.init_fail ? 'failed' : 'unknown'}`,
    `   Status = ${verdict === 'up' ? 'GOOD' : verdict === 'down' ? 'BAD' : 'INIT'}`,
    `   Script uid:gid = ${uid}:${gid}`,
    '   VRRP instances :',
    '   Tracking instances :',
    ...tracking,
    `   State = ${running ? 'running' : 'idle'}`,
  ];
}
