// SPDX-License-Identifier: MIT
// Scripts, files, processes and BFD sessions in keepalived.data.

import { withGroupTracking } from '../config/group-tracking.ts';
import type { TrackedLists } from '../config/model.ts';
import type { BfdView, FileView, ProcessView, ScriptView, VrrpView } from '../ports/vrrp-view.ts';
import { commandText, weightText } from './words.ts';

export function scriptLines({ config, counter, verdict, running }: ScriptView, view: VrrpView): string[] {
  const { uid, gid } = config.script.run_as ?? { uid: 0, gid: 0 };
  return [
    ` VRRP Script = ${config.name}`,
    `   Command = ${commandText(config.script)}`,
    `   Interval = ${config.interval / 1e6} sec`,
    `   Timeout = ${config.timeout / 1e6} sec`,
    `   Weight = ${weightText(config.weight)}`,
    `   Rise = ${config.rise}`,
    `   Fall = ${config.fall}`,
    `   Result = ${counter}`,
    '   Insecure = no',
    `   Init state = ${config.init_fail ? 'failed' : 'unknown'}`,
    `   Status = ${verdict === 'up' ? 'GOOD' : verdict === 'down' ? 'BAD' : 'INIT'}`,
    `   Script uid:gid = ${uid}:${gid}`,
    '   VRRP instances :',
    '   Tracking instances :',
    ...followers(view, 'track_script', config.name),
    `   State = ${running ? 'running' : 'idle'}`,
  ];
}

export function fileLines({ config, value }: FileView, view: VrrpView): string[] {
  return [
    ` Track file = ${config.name}`,
    `   File = ${config.file}`,
    `   Status = ${value}`,
    `   Weight = ${weightText(config.weight)}`,
    ...tracking(view, 'track_file', config.name),
  ];
}

export function processLines({ config, count, hasQuorum, timer }: ProcessView, view: VrrpView): string[] {
  const { process, param_match, quorum, quorum_max } = config;
  const [command = '', ...parameters] = process;
  const delay = (t: number) => `${(t / 1e6).toFixed(6)}s`;
  const running = (kind: 'fork' | 'terminate') => (timer === kind ? 'running' : 'not running');
  return [
    ` VRRP Track process = ${config.name}`,
    `   Process = ${command}`,
    ...(parameters.length > 0 ? [`   Parameters = ${parameters.join(' ')}`] : []),
    // An exact match has no word of its own.
    ...(param_match === 'none' ? [] : [param_match === 'exact' ? '   Param match' : `   Param match = ${param_match}`]),
    `   Min processes = ${quorum}`,
    ...(quorum_max === null ? [] : [`   Max processes = ${quorum_max}`]),
    `   Current processes = ${count}`,
    `   Have quorum = ${hasQuorum}`,
    `   Weight = ${weightText(config.weight)}`,
    `   Terminate delay = ${delay(config.terminate_delay)}`,
    `   Fork delay = ${delay(config.fork_delay)}`,
    `   Fork delay timer ${running('fork')}`,
    `   Terminate delay timer ${running('terminate')}`,
    `   Full command = ${config.full_command}`,
    ...tracking(view, 'track_process', config.name),
  ];
}

export function bfdLines({ config, up }: BfdView, view: VrrpView): string[] {
  return [
    ` VRRP Track BFD = ${config.name}`,
    `   Weight = ${weightText(config.weight)}`,
    `   Bfd is ${up ? 'up' : 'down'}`,
    '   Tracking VRRP instances :',
    ...tracking(view, 'track_bfd', config.name),
  ];
}

/** Nothing when nobody follows it. */
function tracking(view: VrrpView, list: keyof TrackedLists, name: string): string[] {
  const lines = followers(view, list, name);
  return lines.length === 0 ? [] : ['   Tracking instances :', ...lines];
}

function followers(view: VrrpView, list: keyof TrackedLists, name: string): string[] {
  return withGroupTracking(view.config).flatMap((i) =>
    i[list].filter((t) => t.name === name).map((t) => `     ${i.name}, weight ${weightText(t.weight)}`),
  );
}
