// SPDX-License-Identifier: MIT
// What others say in ARP (RFC 826) and Neighbor Discovery (RFC 4861) about whose an address is: a router that
// is active wants to know when somebody else says it of a virtual one (RFC 5227 2.4).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codec/address.h"
#include "codec/arp.h"

namespace ka::codec {

/// "This address is at that MAC."
struct Claim {
  Addr address;
  std::array<uint8_t, 6> mac{};
};

/// packet: from the ARP header on. An Ethernet request or reply claims its sender address; a probe (sender
/// 0.0.0.0) claims nothing. false, and `out` untouched, for that and for anything malformed.
bool decode_arp_claim(std::span<const uint8_t> packet, Claim& out);

/// packet: from the IPv6 header on. A Neighbor Advertisement claims its target, a Neighbor Solicitation its
/// source; those that RFC 4861 7.1 has receivers discard, and solicitations of duplicate address detection,
/// claim nothing. The MAC is that of the link-layer address option, else link_source, which the frame came
/// from. false, and `out` untouched, for anything else.
bool decode_nd_claim(std::span<const uint8_t> packet, Mac link_source, Claim& out);

}  // namespace ka::codec
