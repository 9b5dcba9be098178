// SPDX-License-Identifier: MIT
// The one clock of ka-ts: CLOCK_MONOTONIC, in nanoseconds or microseconds since boot (suspend excluded).
#pragma once

#include <time.h>

#include <cstdint>

namespace ka::sys {

/// A time or duration in whole microseconds, `Micros` on the TypeScript side; times are CLOCK_MONOTONIC.
using Micros = int64_t;

inline int64_t clock_ns(clockid_t clock) {
  timespec t;
  ::clock_gettime(clock, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

inline int64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }

/// Whole microseconds, rounded down: `Micros` on the TypeScript side.
inline int64_t monotonic_us() { return monotonic_ns() / 1000; }

/// Unix time in µs, for what other machines must understand: the wall clock may be stepped.
inline int64_t wall_us() { return clock_ns(CLOCK_REALTIME) / 1000; }

/// What to add to a CLOCK_REALTIME stamp (packet timestamps) to get CLOCK_MONOTONIC, in ns. Ask per batch:
/// the wall clock may be stepped. Error: half the distance of the two monotonic readings, usually below 100
/// ns.
inline int64_t realtime_to_monotonic_ns() {
  int64_t best_width = INT64_MAX;
  int64_t offset = 0;
  // The narrowest of three sandwiches: a preemption between the readings would shift every stamp of the
  // batch.
  for (int i = 0; i < 3; ++i) {
    const int64_t before = monotonic_ns();
    const int64_t wall = clock_ns(CLOCK_REALTIME);
    const int64_t after = monotonic_ns();
    if (after - before >= best_width) continue;
    best_width = after - before;
    offset = before + best_width / 2 - wall;
  }
  return offset;
}

}  // namespace ka::sys
