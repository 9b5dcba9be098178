// SPDX-License-Identifier: MIT
// The Internet checksum (RFC 1071), its pseudo-headers and its incremental form (RFC 1624).
#pragma once

#include <cstdint>
#include <span>

#include "codec/address.h"

namespace ka::codec {

/// A running one's complement sum. Parts must have even length, but for the last one.
class Checksum {
 public:
  Checksum& add(std::span<const uint8_t> bytes);
  /// A 16-bit word in host order, as a pseudo-header field.
  Checksum& add_word(uint16_t word) {
    sum_ += word;
    return *this;
  }
  /// Source, destination, protocol and upper-layer length: IPv4 as VRRPv3 and UDP use it (RFC 5798 5.2.8),
  /// IPv6 as in RFC 8200 8.1. Both addresses are of one family.
  Checksum& add_pseudo_header(const Addr& source, const Addr& destination, uint8_t protocol, uint32_t length);
  /// What belongs into the checksum field, host order.
  uint16_t result() const { return static_cast<uint16_t>(~folded()); }
  /// For a sum that included the received checksum field: true when it was right.
  bool verifies() const { return folded() == 0xffff; }

 private:
  uint16_t folded() const;
  uint64_t sum_ = 0;
};

/// New checksum after one 16-bit word under it changed (RFC 1624 equation 3); equal to a full computation.
uint16_t update_checksum(uint16_t checksum, uint16_t old_word, uint16_t new_word);

}  // namespace ka::codec
