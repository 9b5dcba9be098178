// SPDX-License-Identifier: MIT
#include "engine/standing.h"

#include <sched.h>
#include <unistd.h>

namespace ka::engine {

bool Hold::withhold() {
  constexpr int kYields = 64;
  uint64_t word = word_.load(std::memory_order_acquire);
  for (int tries = 0;;) {
    if ((word & kHolder) == kEngine) {
      // About a microsecond, unless the engine thread was preempted there.
      if (++tries % kYields == 0) {
        ::usleep(50);
      } else {
        ::sched_yield();
      }
      word = word_.load(std::memory_order_acquire);
      continue;
    }
    const uint64_t mine = ((word & ~kHolder) + kStep) | kScript;
    if (word_.compare_exchange_weak(word, mine, std::memory_order_acq_rel)) return (word & kHolder) == kNobody;
  }
}

}  // namespace ka::engine
