// SPDX-License-Identifier: MIT
// Who sends adverts, as the link shows it: a raw socket of the protocol knows no MAC address, and nothing of what a packet
// filter of this host takes away before it.
#pragma once

#include <cstdint>
#include <span>

#include "codec/address.h"

namespace ka::codec {

struct Sender {
  Addr source;
  uint8_t vrid = 0;
  uint8_t priority = 0;
};

/// packet: from the IP header on, of this family (4 or 6). false, and `out` untouched, for what is no advertisement of VRRP,
/// plain or behind an authentication header. Nothing else of it is checked: it may be one that the ladder refuses.
bool decode_sender(std::span<const uint8_t> packet, uint8_t family, Sender& out);

}  // namespace ka::codec
