// SPDX-License-Identifier: MIT
// Absolute times in a binary heap of intrusive timers: arming, moving and disarming cost O(log n) and no
// memory. The room for the heap is made by the thread that creates timers (reserve), because the engine
// thread does not allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sys/monotonic.h"

namespace ka::engine {

enum class TimerKind : uint8_t { advert, plan, pacer, expiry, lease, order_grace };

/// Part of its owner; must be disarmed before the owner goes.
struct Timer {
  TimerKind kind;
  /// What `kind` says: Router, AnnouncePlan, Pacer or nothing.
  void* owner = nullptr;
  sys::Micros due = 0;
  /// Timers with the same due time fire in the order they were armed.
  uint64_t sequence = 0;
  /// Place in the heap, −1 when not armed.
  int32_t index = -1;

  bool armed() const { return index >= 0; }
};

class Deadlines {
 public:
  /// Puts the timer at `due`, wherever it was. The heap must have room for it.
  void arm(Timer& timer, sys::Micros due);
  void disarm(Timer& timer);
  /// The earliest timer, nullptr when there is none.
  Timer* first() const { return heap_.empty() ? nullptr : heap_.front(); }
  size_t size() const { return heap_.size(); }
  size_t capacity() const { return heap_.capacity(); }
  /// Takes over a bigger, empty buffer and leaves the old one in its place.
  void reserve(std::vector<Timer*>& bigger);

 private:
  static bool before(const Timer& a, const Timer& b);
  void place(size_t index, Timer* timer);
  void rise(size_t index);
  void sink(size_t index);

  std::vector<Timer*> heap_;
  uint64_t armed_so_far_ = 0;
};

}  // namespace ka::engine
