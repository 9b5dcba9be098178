// SPDX-License-Identifier: MIT
// What the engine leaves to whoever outlives it: a table in shared memory with a slot for each router key, which the
// parent process reads when this process has died (docs/decisions/0012-guardian.md). Written by the engine thread while
// it sends, without a system call.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "sys/monotonic.h"

namespace ka::engine {

/// lib/process/guard-table.ts reads the same bytes.
struct GuardSlot {
  /// When the last advert left, µs of CLOCK_MONOTONIC.
  std::atomic<int64_t> last_sent;
  /// Period of the adverts in µs; 0: it does not advertise.
  std::atomic<uint32_t> every;
  /// Last sequence number of AH.
  std::atomic<uint32_t> ah_sequence;

  void sent(sys::Micros at, uint32_t sequence) {
    last_sent.store(at, std::memory_order_relaxed);
    ah_sequence.store(sequence, std::memory_order_relaxed);
  }
};
static_assert(sizeof(GuardSlot) == 16 && std::atomic<int64_t>::is_always_lock_free);

/// The slot that no router has: when the engine thread was last awake, and how often it is at least.
constexpr uint32_t kHeartbeatKey = 0;
constexpr sys::Micros kHeartbeatPeriod = 100'000;

class GuardTable {
 public:
  static constexpr size_t kSlots = 65'536;
  static constexpr size_t kBytes = kSlots * sizeof(GuardSlot);

  /// Maps what the descriptor stands for and closes it. −1, or something that is no memory: there is no table.
  explicit GuardTable(int fd);
  ~GuardTable();
  GuardTable(const GuardTable&) = delete;
  GuardTable& operator=(const GuardTable&) = delete;

  /// An empty slot for a key below kSlots; nullptr without a table.
  GuardSlot* claim(uint32_t key);

 private:
  GuardSlot* slots_ = nullptr;
};

}  // namespace ka::engine
