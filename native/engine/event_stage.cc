// SPDX-License-Identifier: MIT
#include "engine/event_stage.h"

#include <algorithm>

namespace ka::engine {

void EventStage::add(const Event& event) {
  Event& slot = buffers_[filling_][fill_];
  slot = event;
  slot.order = fill_++;
}

namespace {

/// Reading the later one alone comes to the same.
bool says_the_same(const Event& a, const Event& b) {
  return a.priority > 0 && !a.done && !b.done && a.address == b.address && a.priority == b.priority && a.first == b.first &&
         a.ah_synced == b.ah_synced && a.address_mismatch == b.address_mismatch &&
         a.interval_mismatch == b.interval_mismatch && a.old_unicast_sum == b.old_unicast_sum;
}

}  // namespace

void EventStage::add_advert(const Event& event, Router& router) {
  if (router.staged_batch == batch_ && (pressed() || says_the_same(buffers_[filling_][router.staged_index], event))) {
    Event& slot = buffers_[filling_][router.staged_index];
    const uint32_t order = slot.order;
    slot = event;
    slot.order = order;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  router.staged_batch = batch_;
  router.staged_index = fill_;
  add(event);
}

void EventStage::add_expiry(const Event& event, Router& router) {
  router.staged_batch = 0;
  add(event);
}

bool EventStage::add_optional(const Event& event) {
  if (pressed()) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  add(event);
  return true;
}

bool EventStage::publish() {
  if (fill_ == 0) return false;
  if (with_reader_.load()) {
    waiting_.store(true);
    // The reader may have given its buffer back between the two lines and not have seen that we wait.
    if (with_reader_.load()) return false;
    waiting_.store(false);
  }
  auto& buffer = buffers_[filling_];
  std::sort(buffer.begin(), buffer.begin() + fill_,
            [](const Event& a, const Event& b) { return a.at != b.at ? a.at < b.at : a.order < b.order; });
  handed_ = filling_;
  handed_fill_ = fill_;
  filling_ ^= 1;
  fill_ = 0;
  ++batch_;
  with_reader_.store(true);
  return true;
}

std::span<Event> EventStage::take() {
  if (!with_reader_.load()) return {};
  return {buffers_[handed_].data(), handed_fill_};
}

bool EventStage::release() {
  with_reader_.store(false);
  return waiting_.exchange(false);
}

void EventStage::clear() {
  const auto free_objects = [](std::span<Event> events) {
    for (Event& event : events) delete std::exchange(event.object, nullptr);
  };
  free_objects(take());
  free_objects({buffers_[filling_].data(), fill_});
  with_reader_.store(false);
  fill_ = 0;
}

}  // namespace ka::engine
