// SPDX-License-Identifier: MIT
// Where events wait for JavaScript. Two buffers: the engine fills one while JavaScript reads the other, so a
// waiting batch can still be put in order and thinned out, however long JavaScript is away.
//
// Nothing that matters is lost when it is away for long: an advert replaces the one before it of the same router when it
// says the same, from half full on whatever it says; notices are then dropped and counted; when full, the engine stops
// reading sockets and reporting expiries, so the kernel's queue keeps the adverts, with their receive times,
// before the expiries.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "engine/event.h"
#include "engine/router.h"

namespace ka::engine {

class EventStage {
 public:
  static constexpr uint32_t kCapacity = 1024;
  /// Slots that only lease_lost may use.
  static constexpr uint32_t kReserved = 1;

  // Engine thread.
  bool room(uint32_t events = 1) const { return fill_ + events + kReserved <= kCapacity; }
  /// Half full: what can wait or be done without is no longer staged.
  bool pressed() const { return fill_ >= kCapacity / 2; }
  /// State event; the caller has looked for room.
  void add(const Event& event);
  /// Caller has looked for room.
  void add_advert(const Event& event, Router& router);
  /// An expiry ends the replacing: an advert before it must stay before it.
  void add_expiry(const Event& event, Router& router);
  /// A notice that can be done without. false: dropped.
  bool add_optional(const Event& event);
  /// Hands the batch over, in order of time. true: JavaScript has something to take and must be called.
  bool publish();

  // JavaScript thread.
  /// The batch handed over last, empty when there is none.
  std::span<Event> take();
  /// Gives the buffer back. true: more is waiting, the engine must be woken to publish it.
  bool release();

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  /// Events of a closed engine that nobody took; frees their objects.
  void clear();

 private:
  using Buffer = std::array<Event, kCapacity>;

  std::array<Buffer, 2> buffers_;
  uint32_t filling_ = 0;
  uint32_t fill_ = 0;
  uint64_t batch_ = 1;
  uint32_t handed_ = 0;
  uint32_t handed_fill_ = 0;
  std::atomic<bool> with_reader_{false};
  std::atomic<bool> waiting_{false};
  std::atomic<uint64_t> dropped_{0};
};

}  // namespace ka::engine
