// ProcessDefs as settings that can be written: what is at its default and has no word for that is left out.

import type { ProcessDefs } from './model-process.ts';

type Values = Readonly<Record<string, unknown>>;

/** For the root level. */
export function rootValues({ net_namespace, instance, use_pid_dir }: ProcessDefs): Values {
  return { net_namespace: net_namespace ?? undefined, instance: instance ?? undefined, use_pid_dir };
}

/** For global_defs, over the plain values. */
export function daemonValues(defs: ProcessDefs): Values {
  const unlessUsual = (name: string) => (name === 'keepalived' ? undefined : name);
  const unlessEmpty = (list: readonly number[]) => (list.length === 0 ? undefined : list);
  return {
    process_name: unlessUsual(defs.process_name),
    vrrp_process_name: unlessUsual(defs.vrrp_process_name),
    checker_process_name: unlessUsual(defs.checker_process_name),
    bfd_process_name: unlessUsual(defs.bfd_process_name),
    vrrp_cpu_affinity: unlessEmpty(defs.vrrp_cpu_affinity),
    checker_cpu_affinity: unlessEmpty(defs.checker_cpu_affinity),
    bfd_cpu_affinity: unlessEmpty(defs.bfd_cpu_affinity),
    checker_priority: defs.checker_priority || undefined,
    bfd_priority: defs.bfd_priority || undefined,
    reload_file: optional(defs.reload_file),
    reload_check_config: optional(defs.reload_check_config),
  };
}

/** null in a table is the bare word, undefined no word at all. */
function optional(value: string | null): string | null | undefined {
  return value === null ? undefined : value || null;
}
