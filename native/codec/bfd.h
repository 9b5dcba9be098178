// SPDX-License-Identifier: MIT
// BFD control packets (RFC 5880 4.1), without authentication.
#pragma once

#include <cstdint>
#include <span>

namespace ka::codec {

inline constexpr size_t kBfdSize = 24;

struct BfdPacket {
  /// 0..8 (RFC 5880 4.1).
  uint8_t diagnostic = 0;
  /// 0 AdminDown, 1 Down, 2 Init, 3 Up.
  uint8_t state = 0;
  bool poll = false;
  bool final = false;
  bool control_plane_independent = false;
  bool authenticated = false;
  bool demand = false;
  uint8_t multiplier = 0;
  uint32_t my_discriminator = 0;
  uint32_t your_discriminator = 0;
  /// Microseconds.
  uint32_t desired_min_tx = 0;
  uint32_t required_min_rx = 0;
  uint32_t required_min_echo_rx = 0;
};

/// Why a packet is not for any session, in the order looked at (reference/notifications.md section 7).
enum class BfdFault : uint8_t {
  none,
  too_short,
  length,
  version,
  multiplier,
  multipoint,
  my_discriminator,
  your_discriminator,
  poll_and_final,
  diagnostic,
};

/// The payload of one datagram. Fills `out` only when the answer is `none`.
BfdFault decode_bfd(std::span<const uint8_t> packet, BfdPacket& out);

/// Writes the packet; false when it does not fit.
bool encode_bfd(const BfdPacket& packet, std::span<uint8_t> out);

}  // namespace ka::codec
