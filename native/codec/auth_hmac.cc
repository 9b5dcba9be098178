// SPDX-License-Identifier: MIT
#include "codec/auth_hmac.h"

#include <algorithm>

#include "codec/bytes.h"

namespace ka::codec {
namespace {

constexpr size_t kHeaderSize = 8;
constexpr size_t kChecksumOffset = 6;
/// Type, key id, reserved and stamp: the part of the trailer that is signed.
constexpr size_t kSigned = 12;
constexpr size_t kHmacSize = kTrailerSize - kSigned;

using TrailerHmac = std::array<uint8_t, kHmacSize>;

/// `message` ends with the trailer.
TrailerHmac hmac_of(const HmacKey& key, const Addr& source, std::span<const uint8_t> message) {
  const auto pdu = message.first(message.size() - kTrailerSize);
  std::array<uint8_t, 20> pseudo_header{};
  pseudo_header[0] = source.family;
  pseudo_header[1] = pdu[0] >> 4;
  pseudo_header[2] = pdu[1];
  std::copy(source.bytes.begin(), source.bytes.end(), pseudo_header.begin() + 4);
  static constexpr std::array<uint8_t, 2> kNoChecksum{};
  static constexpr TrailerHmac kNoHmac{};
  const auto digest =
      key.mac.of({pseudo_header, pdu.first(kChecksumOffset), kNoChecksum, pdu.subspan(kHeaderSize),
                  message.last(kTrailerSize).first(kSigned), kNoHmac});
  TrailerHmac hmac;
  std::copy_n(digest.begin(), hmac.size(), hmac.begin());
  return hmac;
}

}  // namespace

const HmacKey* HmacPolicy::key(uint8_t id) const {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const HmacKey& key) { return key.id == id; });
  return found == keys.end() ? nullptr : &*found;
}

Trailer read_trailer(std::span<const uint8_t> bytes) {
  Reader reader(bytes);
  Trailer trailer;
  trailer.type = reader.u8();
  trailer.key_id = reader.u8();
  trailer.reserved = reader.u16();
  trailer.stamp = Stamp{reader.u32()} << 32;
  trailer.stamp |= reader.u32();
  trailer.hmac = reader.take(kHmacSize);
  return trailer;
}

bool sign_trailer(const HmacKey& key, const Addr& source, Stamp stamp, std::span<uint8_t> message) {
  if (message.size() < kHeaderSize + kTrailerSize) return false;
  const auto trailer = message.last(kTrailerSize);
  Writer out(trailer);
  out.u8(kTrailerType);
  out.u8(key.id);
  out.u16(0);
  out.u32(static_cast<uint32_t>(stamp >> 32));
  out.u32(static_cast<uint32_t>(stamp));
  const TrailerHmac hmac = hmac_of(key, source, message);
  out.bytes(hmac);
  return true;
}

bool trailer_verifies(const HmacKey& key, const Addr& source, std::span<const uint8_t> message) {
  if (message.size() < kHeaderSize + kTrailerSize) return false;
  return same_in_constant_time(hmac_of(key, source, message), message.last(kHmacSize));
}

Stamp StampSource::next(Stamp clock, const AntiReplay& anti_replay) {
  // A clock that was stepped back would otherwise make us send stamps that the others find too far ahead.
  const bool stepped_back = last_ && anti_replay.by_time && is_after(*last_, clock) &&
                            !within(*last_, clock, anti_replay.window);
  last_ = !last_ || is_after(clock, *last_) || stepped_back ? clock : *last_ + 1;
  return *last_;
}

HighWaterMarks::HighWaterMarks(std::span<const Addr> peers) : fixed_(true) {
  for (const Addr& peer : peers) marks_.push_back({.source = peer});
}

const HighWaterMarks::Mark* HighWaterMarks::of(const Addr& source) const {
  const auto mark =
      std::find_if(marks_.begin(), marks_.end(), [&](const Mark& one) { return one.source == source; });
  return mark == marks_.end() ? nullptr : &*mark;
}

HighWaterMarks::Mark* HighWaterMarks::place_for(const Addr& source) {
  if (const Mark* known = of(source)) return const_cast<Mark*>(known);
  if (fixed_) return nullptr;
  // Free places were never heard.
  return &*std::min_element(marks_.begin(), marks_.end(),
                            [](const Mark& a, const Mark& b) { return a.heard < b.heard; });
}

bool HighWaterMarks::is_new(const Addr& source, Stamp stamp, Stamp now, const AntiReplay& anti_replay) const {
  const Mark* mark = of(source);
  if (mark == nullptr || mark->heard == 0) return true;
  if (anti_replay.by_time && !within(mark->stamp, now, anti_replay.window)) return true;
  return is_after(stamp, mark->stamp);
}

void HighWaterMarks::accept(const Addr& source, Stamp stamp) {
  if (Mark* place = place_for(source)) *place = {source, stamp, ++heard_};
}

void HighWaterMarks::adopt(const HighWaterMarks& others) {
  for (const Mark& other : others.marks_) {
    if (other.heard == 0) continue;
    Mark* place = place_for(other.source);
    if (place != nullptr && place->heard < other.heard) *place = other;
  }
  heard_ = std::max(heard_, others.heard_);
}

}  // namespace ka::codec
