// SPDX-License-Identifier: MIT
// What the targets share: the front of an input chooses a setting, the rest is what came from the wire. Packets are copied into
// memory of exactly their size, so that AddressSanitizer sees the first byte too far.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "codec/address.h"
#include "codec/bytes.h"

namespace ka::fuzz {

using Bytes = std::span<const uint8_t>;

/// A broken promise ends the run with a stack trace, as a sanitizer's finding does.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// A copy of exactly this size.
class Exact {
 public:
  explicit Exact(Bytes bytes) : size_(bytes.size()), bytes_(std::make_unique<uint8_t[]>(bytes.size())) {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
  }
  std::span<uint8_t> span() { return {bytes_.get(), size_}; }
  Bytes view() const { return {bytes_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> bytes_;
};

/// The rest of the input, behind what was read.
inline Bytes rest_of(codec::Reader& reader) { return reader.take(reader.remaining()); }

/// An address of the family; small numbers, so that two of them are often the same.
inline codec::Addr address_from(codec::Reader& reader, uint8_t family) {
  codec::Addr address;
  address.family = family;
  const uint8_t choice = reader.u8();
  if (choice < 8) {
    address.bytes[family == codec::kIpv4 ? 0 : 1] = 10;
    address.bytes[address.size() - 1] = choice;
    return address;
  }
  const auto bytes = reader.take(address.size());
  return bytes.empty() ? address : codec::make_address(family, bytes);
}

}  // namespace ka::fuzz
