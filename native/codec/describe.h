// SPDX-License-Identifier: MIT
// A plain look at an Ethernet frame for time lines and tests: FrameSummary of surface.ts. It believes nothing
// and never fails; what it does not know is `other`.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/vrrp.h"

namespace ka::codec {

enum class FrameKind : uint8_t { advert, garp, arp_request, arp_reply, na, echo_request, echo_reply, other };

/// The name in surface.ts.
const char* frame_kind_name(FrameKind kind);

struct FrameSummary {
  FrameKind kind = FrameKind::other;
  std::array<uint8_t, 6> source_mac{};
  std::array<uint8_t, 6> destination_mac{};
  Addr source;       ///< IP source or ARP sender
  Addr destination;  ///< IP destination or ARP target
  uint8_t ttl = 0;
  uint16_t ip_id = 0;
  uint8_t vrid = 0;
  uint8_t version = 0;
  uint8_t priority = 0;
  uint32_t interval_us = 0;
  uint8_t auth_type = 0;
  /// Of the upper-layer message; v3 over IPv4: with or without pseudo-header. true for ARP, which has none.
  bool checksum_ok = false;
  uint16_t echo_id = 0;
  uint16_t echo_sequence = 0;
  /// advert: its list; garp and na: the address announced.
  uint16_t count = 0;
  std::array<Addr, kMaxAddresses> addresses;
};

FrameSummary describe_frame(std::span<const uint8_t> frame);

}  // namespace ka::codec
