// SPDX-License-Identifier: MIT
// global_defs and root keywords → ProcessDefs.

import { type Micros, micros, seconds } from '../base/time.ts';
import { type BuildContext, repaired } from './build-context.ts';
import { type Block, placeOf, valueIn } from './keyword.ts';
import { globalDefs } from './keywords/global-defs.ts';
import type { root } from './keywords/index.ts';
import type { ProcessDefs } from './model-process.ts';

type Globals = Block<typeof globalDefs> | null;
type Role = 'vrrp' | 'checker' | 'bfd';

const usualName = 'keepalived';

export function buildProcesses(tree: Block<typeof root>, block: Globals, context: BuildContext): ProcessDefs {
  const get = <K extends keyof typeof globalDefs & string>(key: K) => valueIn(globalDefs, block, key);
  const namespace = tree.settings.net_namespace?.value ?? null;
  const instance = tree.settings.instance?.value ?? null;
  const named = block?.settings.process_names !== undefined;
  return {
    net_namespace: namespace,
    use_pid_dir: tree.settings.use_pid_dir !== undefined || namespace !== null || instance !== null,
    instance,
    process_name: get('process_name') ?? usualName,
    vrrp_process_name: get('vrrp_process_name') ?? (named ? 'keepalived_vrrp' : usualName),
    checker_process_name: get('checker_process_name') ?? (named ? 'keepalived_lvs' : usualName),
    bfd_process_name: get('bfd_process_name') ?? (named ? 'keepalived_bfd' : usualName),
    max_auto_priority: get('max_auto_priority') ?? 0,
    min_auto_priority_delay: micros(get('min_auto_priority_delay') ?? seconds(1)),
    vrrp_priority: get('vrrp_priority') ?? 0,
    vrrp_no_swap: get('vrrp_no_swap'),
    vrrp_rt_priority: rtPriority('vrrp', block, context),
    vrrp_cpu_affinity: get('vrrp_cpu_affinity') ?? [],
    vrrp_rlimit_rttime: rttime('vrrp', block),
    checker_priority: get('checker_priority') ?? 0,
    checker_no_swap: get('checker_no_swap') ?? false,
    checker_rt_priority: rtPriority('checker', block, context),
    checker_cpu_affinity: get('checker_cpu_affinity') ?? [],
    checker_rlimit_rttime: rttime('checker', block),
    bfd_priority: get('bfd_priority') ?? 0,
    bfd_no_swap: get('bfd_no_swap') ?? false,
    bfd_rt_priority: rtPriority('bfd', block, context),
    bfd_cpu_affinity: get('bfd_cpu_affinity') ?? [],
    bfd_rlimit_rttime: rttime('bfd', block),
    umask: get('umask') ?? null,
    reload_time_file: get('reload_time_file') ?? null,
    reload_repeat: get('reload_repeat') ?? false,
    reload_file: optional(block, 'reload_file'),
    reload_check_config: optional(block, 'reload_check_config'),
    data_use_instance: get('data_use_instance') ?? false,
    json_version: get('json_version') === 2 ? 2 : 1,
    state_dump_file: get('state_dump_file') ?? null,
    config_save_dir: get('config_save_dir') ?? null,
    tmp_config_directory: get('tmp_config_directory') ?? null,
  };
}

/** '' for a keyword without its optional word, null for none. */
function optional(block: Globals, key: 'reload_file' | 'reload_check_config'): string | null {
  return block?.settings[key] === undefined ? null : (valueIn(globalDefs, block, key) ?? '');
}

/** Half of it is the soft limit, so 1 would leave none. */
function rttime(role: Role, block: Globals): Micros | null {
  const value = valueIn(globalDefs, block, `${role}_rlimit_rttime`);
  return value === undefined ? null : micros(Math.max(2, value));
}

function rtPriority(role: Role, block: Globals, context: BuildContext): number | null {
  const key = `${role}_rt_priority` as const;
  const value = valueIn(globalDefs, block, key);
  if (value === undefined || !block) return null;
  if (value >= 1 && value <= 99) return value;
  const clamped = value < 1 ? 1 : 99;
  const repair = value < 1 ? 'less than minimum 1 - setting to minimum' : 'greater than maximum 99 - setting to maximum';
  repaired(context, placeOf(block, key), 'value-clamped', `${role} process real-time priority ${value} ${repair}`, {
    scope: 'parent',
    expected: '1..99',
  });
  return clamped;
}
