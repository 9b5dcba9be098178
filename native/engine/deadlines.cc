// SPDX-License-Identifier: MIT
#include "engine/deadlines.h"

#include <cassert>

namespace ka::engine {

bool Deadlines::before(const Timer& a, const Timer& b) {
  return a.due != b.due ? a.due < b.due : a.sequence < b.sequence;
}

void Deadlines::arm(Timer& timer, sys::Micros due) {
  timer.due = due;
  timer.sequence = ++armed_so_far_;
  if (timer.armed()) {
    const auto index = static_cast<size_t>(timer.index);
    rise(index);
    sink(static_cast<size_t>(timer.index));
    return;
  }
  assert(heap_.size() < heap_.capacity());
  heap_.push_back(&timer);
  place(heap_.size() - 1, &timer);
  rise(heap_.size() - 1);
}

void Deadlines::disarm(Timer& timer) {
  if (!timer.armed()) return;
  const auto index = static_cast<size_t>(timer.index);
  timer.index = -1;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(index, last);
  rise(index);
  sink(static_cast<size_t>(last->index));
}

void Deadlines::reserve(std::vector<Timer*>& bigger) {
  if (bigger.capacity() <= heap_.capacity()) return;
  bigger.assign(heap_.begin(), heap_.end());
  heap_.swap(bigger);
}

void Deadlines::place(size_t index, Timer* timer) {
  heap_[index] = timer;
  timer->index = static_cast<int32_t>(index);
}

void Deadlines::rise(size_t index) {
  Timer* timer = heap_[index];
  while (index > 0) {
    const size_t parent = (index - 1) / 2;
    if (!before(*timer, *heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, timer);
}

void Deadlines::sink(size_t index) {
  Timer* timer = heap_[index];
  for (;;) {
    size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], *timer)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, timer);
}

}  // namespace ka::engine
