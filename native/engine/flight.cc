// SPDX-License-Identifier: MIT
#include "engine/flight.h"

#include <algorithm>

namespace ka::engine {

void FlightSlot::take(std::span<const uint8_t> packet) {
  length = static_cast<uint16_t>(std::min<size_t>(packet.size(), UINT16_MAX));
  std::copy_n(packet.begin(), std::min(packet.size(), kBytes), bytes.begin());
}

void FlightRing::note(FlightSlot& slot) {
  slot.number = ++last_;
  slot.wall_us = sys::wall_us();
  slots_[(last_ - 1) % slots_.size()].store(slot);
}

std::vector<FlightSlot> FlightRing::read() const {
  std::vector<FlightSlot> found;
  found.reserve(slots_.size());
  FlightSlot slot;
  for (const auto& one : slots_) {
    if (one.load(slot)) found.push_back(slot);
  }
  std::ranges::sort(found, {}, &FlightSlot::number);
  return found;
}

void Flight::heard(sys::Micros at, const codec::Addr& source, uint8_t priority, uint32_t drops) {
  now.heard_at = at;
  now.source = source;
  now.priority = priority;
  now.drops = drops;
  now.refused = 0;
  testimony.store(now);
}

void Flight::expire(sys::Micros due, int64_t generation, sys::Micros late) {
  at_expiry.store(now);
  tell(FlightKind::expired, due, generation, late);
}

void Flight::tell(FlightKind kind, sys::Micros at, int64_t first, int64_t second) {
  if (ring == nullptr) return;
  FlightSlot slot;
  slot.kind = kind;
  slot.at = at;
  slot.first = first;
  slot.second = second;
  ring->note(slot);
}

void Flight::refuse(sys::Micros at, const codec::Addr& source, codec::Refusal reason) {
  ++now.refused;
  now.reason = reason;
  now.refused_at = at;
  now.refused_source = source;
  testimony.store(now);
}

}  // namespace ka::engine
