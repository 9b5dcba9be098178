// SPDX-License-Identifier: MIT
// The only way the codec touches packet bytes: big-endian readers and writers that cannot leave their span.
// Both stick at the first step out of bounds: reads give zero, writes vanish, ok() says so once at the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ka::codec {

class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t position() const { return position_; }
  size_t remaining() const { return ok_ ? bytes_.size() - position_ : 0; }

  /// The next `count` bytes; an empty span and a failed reader when there are fewer.
  std::span<const uint8_t> take(size_t count) {
    if (count > remaining()) {
      ok_ = false;
      return {};
    }
    const auto part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }
  void skip(size_t count) { take(count); }
  uint8_t u8() { return static_cast<uint8_t>(number<1>()); }
  uint16_t u16() { return static_cast<uint16_t>(number<2>()); }
  uint32_t u32() { return number<4>(); }

 private:
  template <size_t N>
  uint32_t number() {
    uint32_t value = 0;
    for (const uint8_t byte : take(N)) value = value << 8 | byte;
    return value;
  }

  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

class Writer {
 public:
  explicit Writer(std::span<uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t size() const { return position_; }

  void u8(uint8_t value) { number<1>(value); }
  void u16(uint16_t value) { number<2>(value); }
  void u32(uint32_t value) { number<4>(value); }
  void fill(uint8_t value, size_t count) {
    const auto place = claim(count);
    std::fill(place.begin(), place.end(), value);
  }
  void bytes(std::span<const uint8_t> source) {
    const auto place = claim(source.size());
    if (ok_) std::copy(source.begin(), source.end(), place.begin());
  }
  /// Overwrites two bytes written before, for lengths and checksums known only at the end.
  void patch_u16(size_t at, uint16_t value) {
    if (!ok_ || at + 2 > position_) {
      ok_ = false;
      return;
    }
    bytes_[at] = static_cast<uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<uint8_t>(value);
  }

 private:
  std::span<uint8_t> claim(size_t count) {
    if (!ok_ || count > bytes_.size() - position_) {
      ok_ = false;
      return {};
    }
    const auto place = bytes_.subspan(position_, count);
    position_ += count;
    return place;
  }
  template <size_t N>
  void number(uint32_t value) {
    size_t shift = 8 * N;
    for (uint8_t& byte : claim(N)) byte = static_cast<uint8_t>(value >> (shift -= 8));
  }

  std::span<uint8_t> bytes_;
  size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace ka::codec
