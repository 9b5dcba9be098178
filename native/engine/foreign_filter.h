// SPDX-License-Identifier: MIT
// Adverts of routers that do not live here, kept out by the kernel while there are too many of them.
//
// Few are read and counted one by one. From kLimit in a second on, a classic BPF program on the receive socket lets one in
// kSample through, which counts for all of them, until the flood has had time to end.
#pragma once

#include <array>
#include <cstdint>

#include "codec/address.h"
#include "sys/monotonic.h"
#include "sys/unique_fd.h"

namespace ka::engine {

/// A bit for each VRID.
using VridSet = std::array<uint32_t, 8>;

class ForeignFilter {
 public:
  static constexpr uint32_t kLimit = 1000;
  static constexpr uint32_t kSample = 256;
  static constexpr sys::Micros kWindow = 1'000'000;
  /// How long it stays: a flood that goes on brings it back after kLimit packets.
  static constexpr sys::Micros kStay = 30'000'000;

  /// A packet for a VRID that is not in `own` was received at `at`. How many it counts for.
  uint32_t seen(const sys::UniqueFd& socket, uint8_t family, uint8_t protocol, const VridSet& own, sys::Micros at);
  /// Takes the program away: at the latest before somebody else's packets are wanted.
  void remove(const sys::UniqueFd& socket);
  bool engaged() const { return attached_at_ != 0; }
  bool expired(sys::Micros now) const { return engaged() && now - attached_at_ > kStay; }

 private:
  sys::Micros window_start_ = 0;
  uint32_t in_window_ = 0;
  /// What was received before has not been sampled. 0: not engaged.
  sys::Micros attached_at_ = 0;
};

/// False when the kernel refuses it: then nothing is filtered. A packet too short to have a VRID passes.
bool attach_vrid_filter(const sys::UniqueFd& socket, uint8_t family, uint8_t protocol, const VridSet& own);

}  // namespace ka::engine
