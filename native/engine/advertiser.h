// SPDX-License-Identifier: MIT
// Sends advertisements: periodically on an absolute grid, and farewells. What is received never moves the
// grid (reference/vrrp-protocol.md section 5: upstream's re-arming lets a stranger silence a master).
//
// Grids begin at common points of time, so that hundreds of routers are due together: one wake-up and one system call
// for many of them (docs/decisions/0025-many-routers.md).
#pragma once

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/deadlines.h"
#include "engine/event_stage.h"
#include "engine/router.h"

namespace ka::engine {

class Advertiser {
 public:
  /// first_at of start(): keep the running schedule.
  static constexpr sys::Micros kKeepSchedule = -1;
  static constexpr size_t kLatenessBuckets = 24;
  /// Bucket i counts adverts less than 2^i µs late; the last one also all later ones.
  using Lateness = std::array<std::atomic<uint64_t>, kLatenessBuckets>;

  Advertiser(Deadlines& deadlines, EventStage& stage) : deadlines_(deadlines), stage_(stage) {}

  /// Takes the new content and leaves the old one in its place. first_at 0: one at once, and the next one after an
  /// interval or, so that it shares a point of time with others, up to a sixteenth of it earlier.
  void start(Router& router, std::unique_ptr<AdvertContent>& content, sys::Micros every,
             sys::Micros first_at);
  /// The router's timer fired. What it sends waits for flush().
  void due(Router& router, sys::Micros now);
  /// Sends what has gathered; before anything is done with these routers.
  void flush();
  /// One out of turn; the period stays.
  void once(Router& router) { send(router, false); }
  /// Ends the period, after this many adverts with priority 0.
  void quiet(Router& router, uint32_t farewells);

  const Lateness& lateness() const { return lateness_; }

 private:
  static constexpr size_t kBatch = 32;
  /// Grids are at multiples of a sixteenth of the interval, or of this.
  static constexpr sys::Micros kCoarsest = 1000;

  static sys::Micros grid_after(sys::Micros now, sys::Micros every);
  void send(Router& router, bool farewell);
  void gather(Router& router);
  /// After the attempt. failed: the first copy that did not leave, nullptr: all did; sent: how many did.
  void conclude(Router& router, bool farewell, const Stamps& stamps, size_t sent, const AdvertCopy* failed, int failure);
  bool listens_first(Router& router, sys::Micros now);
  void note_lateness(sys::Micros late);

  Deadlines& deadlines_;
  EventStage& stage_;
  Lateness lateness_{};
  /// Of one socket.
  std::array<Router*, kBatch> gathered_{};
  std::array<Stamps, kBatch> stamps_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> vectors_{};
  unsigned count_ = 0;
};

}  // namespace ka::engine
