// SPDX-License-Identifier: MIT
// How the kernel treats this process: scheduling, limits, and the children that nobody else collects. All throw
// SystemError.
#pragma once

#include <cstdint>
#include <span>

namespace ka::sys {

/// Nice value -20..19 of every thread there is; later threads inherit it.
void set_nice(int value);

/// The processors every thread may run on; later threads inherit them. Throws EINVAL when none of them exists.
void set_cpu_affinity(std::span<const int> cpus);

/// Whether the calling thread may run on more than one processor. Real-time safe; never throws.
bool has_other_processor();

/// SCHED_RR of the calling thread, 1..99; 0 for ordinary scheduling. Not inherited by programs and threads it starts.
void set_realtime_priority(int priority);

enum class Limit { kCore, kRealtimeTime };

/// Soft and hard limit, UINT64_MAX for none: bytes of a core file, or microseconds that a real-time thread may run
/// without sleeping.
void set_limit(Limit limit, uint64_t soft, uint64_t hard);

/// Soft and hard limit as they are.
struct LimitValues {
  uint64_t soft;
  uint64_t hard;
};
LimitValues get_limit(Limit limit);

/// Collects one child that has ended; false when it runs, or is no child of ours.
bool reap_child(int pid);

}  // namespace ka::sys
