// SPDX-License-Identifier: MIT
// What a configuration says about the processes themselves: names, places, scheduling, reload, dumps.

import type { Micros } from '../base/time.ts';

/** Every default is applied. Part of GlobalDefs, which keeps keepalived's own words as keys. */
export interface ProcessDefs {
  /** Network namespace of all processes; null: the one the daemon was started in. The command line wins over it. */
  readonly net_namespace: string | null;
  /** Also true when `instance` or `net_namespace` ask for it. */
  readonly use_pid_dir: boolean;
  /** Part of pid files and syslog names. */
  readonly instance: string | null;
  /** At most 15 bytes, as the three that follow. */
  readonly process_name: string;
  readonly vrrp_process_name: string;
  readonly checker_process_name: string;
  readonly bfd_process_name: string;
  /** -1..99; 0: none, -1: none, and nothing is said about it. */
  readonly max_auto_priority: number;
  readonly min_auto_priority_delay: Micros;
  readonly vrrp_priority: number;
  readonly vrrp_no_swap: boolean;
  /** 1..99; null: the packet engine asks for its own default. */
  readonly vrrp_rt_priority: number | null;
  /** Empty: all. */
  readonly vrrp_cpu_affinity: readonly number[];
  /** null: no limit of ours. */
  readonly vrrp_rlimit_rttime: Micros | null;
  readonly checker_priority: number;
  readonly checker_no_swap: boolean;
  readonly checker_rt_priority: number | null;
  readonly checker_cpu_affinity: readonly number[];
  readonly checker_rlimit_rttime: Micros | null;
  readonly bfd_priority: number;
  readonly bfd_no_swap: boolean;
  readonly bfd_rt_priority: number | null;
  readonly bfd_cpu_affinity: readonly number[];
  readonly bfd_rlimit_rttime: Micros | null;
  /** null: 0177. The command line wins over it. */
  readonly umask: number | null;
  readonly reload_time_file: string | null;
  readonly reload_repeat: boolean;
  /** Marker file; '': beside the pid files; null: none. */
  readonly reload_file: string | null;
  /** Log of the test before a reload; '': none is kept; null: no test. */
  readonly reload_check_config: string | null;
  readonly data_use_instance: boolean;
  readonly json_version: 1 | 2;
  readonly state_dump_file: string | null;
  /** Where each load leaves a copy of what it read; null: nowhere. */
  readonly config_save_dir: string | null;
  readonly tmp_config_directory: string | null;
}
