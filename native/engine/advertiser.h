// Sends advertisements: periodically on an absolute grid, and farewells. What is received never moves the
// grid (reference/vrrp-protocol.md section 5: upstream's re-arming lets a stranger silence a master).
#pragma once

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

  /// Takes the new content and leaves the old one in its place. first_at 0: one at once, and the grid starts
  /// there.
  void start(Router& router, std::unique_ptr<AdvertContent>& content, sys::Micros every,
             sys::Micros first_at);
  /// The router's timer fired.
  void due(Router& router, sys::Micros now);
  /// One out of turn; the period stays.
  void once(Router& router) { send(router, false); }
  /// Ends the period, after this many adverts with priority 0.
  void quiet(Router& router, uint32_t farewells);

  const Lateness& lateness() const { return lateness_; }

 private:
  void send(Router& router, bool farewell);
  bool listens_first(Router& router, sys::Micros now);
  void note_lateness(sys::Micros late);

  Deadlines& deadlines_;
  EventStage& stage_;
  Lateness lateness_{};
};

}  // namespace ka::engine
