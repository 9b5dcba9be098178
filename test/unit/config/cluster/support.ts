// SPDX-License-Identifier: MIT
// Clusters from configuration text.

import { checkCluster } from '../../../../lib/config/cluster/index.ts';
import type { ClusterFinding, ClusterReport, Outcome, RouterReport } from '../../../../lib/config/cluster/types.ts';
import { loadConfig } from '../../../../lib/config/load.ts';
import type { Loaded } from '../../../../lib/config/options.ts';
import { scenarioFile } from '../../../support/shared.ts';
import { memoryFiles } from '../memory-files.ts';

export function loadAs(file: string, text: string): Loaded {
  return loadConfig(memoryFiles({ [`/etc/keepalived/${file}`]: text }), { file, configId: '', seed: 1 });
}

/** Files are called lb1.conf, lb2.conf and so on. */
export function clusterOf(...texts: readonly string[]): ClusterReport {
  return checkCluster(texts.map((text, i) => ({ file: `lb${i + 1}.conf`, loaded: loadAs(`lb${i + 1}.conf`, text) })));
}

export function scenarioCluster(...names: readonly string[]): ClusterReport {
  return checkCluster(names.map((file) => ({ file, loaded: loadAs(file, scenarioFile(file)) })));
}

/** One instance VI_1 on VRID 51 with 10.0.0.9; `lines` come last and may set anything again. */
export function node(lines: string, { before = '', vips = '10.0.0.9', name = 'VI_1', vrid = 51 } = {}): string {
  return `${before}\nvrrp_instance ${name} {\n    interface eth0\n    virtual_router_id ${vrid}\n    virtual_ipaddress {\n        ${vips.split(' ').join('\n        ')}\n    }\n    ${lines.split(';').join('\n    ')}\n}\n`;
}

export function script(name: string, weight: number | string, more = ''): string {
  return `vrrp_script ${name} {\n    script "/bin/true"\n    interval 2\n    weight ${weight}\n    ${more.split(';').join('\n    ')}\n}\n`;
}

export function tracking(...names: readonly string[]): string {
  return `track_script {;${names.join(';')};}`;
}

export function codes(report: ClusterReport): string[] {
  return report.findings.map((f) => f.code);
}

/** The only finding of `code`; throws with what there is. */
export function finding(report: ClusterReport, code: string): ClusterFinding {
  const found = report.findings.filter((f) => f.code === code);
  if (!found[0] || found.length > 1) throw new Error(`${found.length} findings ${code} among: ${codes(report).join(', ')}`);
  return found[0];
}

export function router(report: ClusterReport): RouterReport {
  const [only] = report.routers;
  if (!only) throw new Error('no router');
  return only;
}

/** The outcome when exactly these fail, such as `lb1: chk_haproxy`. */
export function outcome(report: ClusterReport, ...failed: readonly string[]): Outcome {
  const found = router(report).outcomes.find((o) => o.case.kind === 'checks' && o.case.failed.join() === failed.join());
  if (!found) throw new Error(`no outcome for ${failed.join(' and ') || 'no failure'}`);
  return found;
}
