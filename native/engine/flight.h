// SPDX-License-Identifier: MIT
// What the engine remembers of one router for whoever asks later why it moved: always the last advert heard and refused,
// and, with a recorder, the last packets and timer events in a ring. Written by the engine thread without a lock, a system
// call or an allocation; read by JavaScript's at any time (docs/decisions/0019-causes-and-recordings.md).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codec/address.h"
#include "codec/judge.h"
#include "sys/monotonic.h"
#include "sys/seqlock.h"

namespace ka::engine {

/// The last advert that was accepted, and what was refused.
struct Testimony {
  sys::Micros heard_at = 0;
  codec::Addr source;
  uint8_t priority = 0;
  /// sk_drops of its socket when it was queued.
  uint32_t drops = 0;
  /// Adverts refused since then.
  uint32_t refused = 0;
  /// The last one that ever was.
  codec::Refusal reason = codec::Refusal::none;
  sys::Micros refused_at = 0;
  codec::Addr refused_source;
};

enum class FlightKind : uint8_t { accepted, refused, sent, farewell, expired, woke_late, spoke_again, lease_lost };

/// A packet, or with no bytes a timer event.
struct FlightSlot {
  /// Counts from 1; 0: empty.
  uint64_t number = 0;
  sys::Micros at = 0;
  /// Of the moment it was noted.
  int64_t wall_us = 0;
  /// expired: generation; woke_late: lateness.
  int64_t first = 0;
  /// expired: lateness; sent: errno, 0 when it left.
  int64_t second = 0;
  codec::Addr source;
  codec::Addr destination;
  FlightKind kind = FlightKind::accepted;
  codec::Refusal reason = codec::Refusal::none;
  /// IPv6, where the bytes begin with VRRP: −1 when the kernel did not tell.
  int16_t hop_limit = -1;
  /// Of the packet; more than is kept of a long one.
  uint16_t length = 0;
  /// 20 addresses of IPv4 with password, or 9 of IPv6, and the header; the rest of a longer one is cut.
  static constexpr size_t kBytes = 168;
  std::array<uint8_t, kBytes> bytes{};

  void take(std::span<const uint8_t> packet);
};

class FlightRing {
 public:
  static constexpr size_t kMost = 1024;

  explicit FlightRing(size_t slots) : slots_(slots) {}

  /// Engine thread; numbers it and takes the time of day.
  void note(FlightSlot& slot);
  /// Any thread: oldest first.
  std::vector<FlightSlot> read() const;

  const void* memory() const { return slots_.data(); }
  size_t bytes() const { return slots_.size() * sizeof(slots_[0]); }

 private:
  std::vector<sys::Seqlock<FlightSlot>> slots_;
  uint64_t last_ = 0;
};

/// Of one router.
struct Flight {
  sys::Seqlock<Testimony> testimony;
  /// As it was when the deadline ran out last: who is contradicted by a takeover answers at once.
  sys::Seqlock<Testimony> at_expiry;
  /// Engine thread's own copy.
  Testimony now;
  /// nullptr: nothing is recorded.
  std::unique_ptr<FlightRing> ring;

  void heard(sys::Micros at, const codec::Addr& source, uint8_t priority, uint32_t drops);
  /// The deadline ran out.
  void expire(sys::Micros due, int64_t generation, sys::Micros late);
  /// A timer event.
  void tell(FlightKind kind, sys::Micros at, int64_t first, int64_t second);
  void refuse(sys::Micros at, const codec::Addr& source, codec::Refusal reason);
};

}  // namespace ka::engine
