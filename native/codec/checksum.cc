// SPDX-License-Identifier: MIT
#include "codec/checksum.h"

namespace ka::codec {

Checksum& Checksum::add(std::span<const uint8_t> bytes) {
  size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum_ += static_cast<uint64_t>(bytes[i] << 8 | bytes[i + 1]);
  if (i < bytes.size()) sum_ += static_cast<uint64_t>(bytes[i] << 8);
  return *this;
}

Checksum& Checksum::add_pseudo_header(const Addr& source, const Addr& destination, uint8_t protocol,
                                      uint32_t length) {
  add(source.view()).add(destination.view());
  // IPv6 has 32-bit fields for length and next header, IPv4 {0, protocol} and 16 bits: the sums are the same.
  return add_word(protocol)
      .add_word(static_cast<uint16_t>(length >> 16))
      .add_word(static_cast<uint16_t>(length));
}

uint16_t Checksum::folded() const {
  uint64_t sum = sum_;
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

uint16_t update_checksum(uint16_t checksum, uint16_t old_word, uint16_t new_word) {
  return Checksum()
      .add_word(static_cast<uint16_t>(~checksum))
      .add_word(static_cast<uint16_t>(~old_word))
      .add_word(new_word)
      .result();
}

}  // namespace ka::codec
