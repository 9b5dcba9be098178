// SPDX-License-Identifier: MIT
// The auth_hmac trailer of keepalived 2.4 (reference/vrrp-protocol.md 2.3): 28 bytes behind a complete VRRP
// message of any version and family, with what stops replay.
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +---------------+---------------+-------------------------------+
//   |    type 1     |    key id     |          reserved, 0          |
//   +---------------+---------------+-------------------------------+
//   | stamp: Unix time in seconds                                   |
//   +-------------------------------+-------------------------------+
//   | in 1/65536 s                  | counter                       |
//   +-------------------------------+-------------------------------+
//   | the first 128 bits of HMAC-SHA-256 ...                        |
//   +---------------------------------------------------------------+
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/address.h"
#include "codec/hash.h"

namespace ka::codec {

inline constexpr size_t kTrailerSize = 28;
inline constexpr uint8_t kTrailerType = 1;

/// Seconds << 32 | 1/65536 s << 16 | counter. Compared as serial numbers: a minus b, signed.
using Stamp = uint64_t;

/// `a` is later than `b`.
constexpr bool is_after(Stamp a, Stamp b) { return static_cast<int64_t>(a - b) > 0; }
/// Unix time in µs → the stamp with counter 0.
constexpr Stamp stamp_of(int64_t wall_us) {
  const auto seconds = static_cast<uint64_t>(wall_us / 1'000'000);
  const auto fraction = static_cast<uint64_t>(wall_us % 1'000'000) * 65'536 / 1'000'000;
  return seconds << 32 | fraction << 16;
}
/// a − b in whole seconds, as far as 32 bits tell.
constexpr int32_t seconds_between(Stamp a, Stamp b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a >> 32) - static_cast<uint32_t>(b >> 32));
}
/// Whether two stamps are at most `window` seconds apart, either way.
constexpr bool within(Stamp a, Stamp b, uint32_t window) {
  const int64_t apart = seconds_between(a, b);
  return (apart < 0 ? -apart : apart) <= window;
}

enum class HmacMode : uint8_t { receive_only, permissive, enforce };

/// How replay is stopped: by time, with a window in seconds (1..300), or by growth alone.
struct AntiReplay {
  bool by_time = true;
  uint32_t window = 5;
};

struct HmacKey {
  uint8_t id = 0;  ///< 1..255
  Hmac<Sha256> mac;
};

/// What a router asks of the trailers it receives.
struct HmacPolicy {
  HmacMode mode = HmacMode::enforce;
  AntiReplay anti_replay;
  /// Any of them may have signed.
  std::vector<HmacKey> keys;

  /// nullptr for an id that is not known.
  const HmacKey* key(uint8_t id) const;
};

/// What a router signs its adverts with.
struct HmacSigner {
  HmacKey key;
  AntiReplay anti_replay;
};

struct Trailer {
  uint8_t type = 0;
  uint8_t key_id = 0;
  uint16_t reserved = 0;
  Stamp stamp = 0;
  std::span<const uint8_t> hmac;
};

/// `bytes` has kTrailerSize bytes.
Trailer read_trailer(std::span<const uint8_t> bytes);

/// Writes the trailer into the last kTrailerSize bytes of `message`: a VRRP message and room for it. The IP
/// header and the destination are not covered, and the checksum counts as zero: one signature serves every
/// copy. false, and nothing changed, when the message is too short.
bool sign_trailer(const HmacKey& key, const Addr& source, Stamp stamp, std::span<uint8_t> message);

/// Whether the trailer at the end of `message` was signed with this key for this message and source.
bool trailer_verifies(const HmacKey& key, const Addr& source, std::span<const uint8_t> message);

/// Stamps of the adverts we send: strictly growing, the clock where it is ahead.
class StampSource {
 public:
  /// `clock`: the present time, counter 0.
  Stamp next(Stamp clock, const AntiReplay& anti_replay);

 private:
  std::optional<Stamp> last_;
};

/// The highest stamp accepted from each sender.
class HighWaterMarks {
 public:
  static constexpr size_t kMulticastSenders = 4;

  /// For multicast: four senders, of whom the one not heard for longest gives way to a new one.
  HighWaterMarks() : marks_(kMulticastSenders) {}
  /// For unicast: each peer has its place for good.
  explicit HighWaterMarks(std::span<const Addr> peers);

  /// `now` matters by time: a mark outside the window is void, since nothing as old as it would be accepted
  /// anyway and one from the future would lock its sender out.
  bool is_new(const Addr& source, Stamp stamp, Stamp now, const AntiReplay& anti_replay) const;
  /// Call only with what was verified.
  void accept(const Addr& source, Stamp stamp);
  /// Takes over the marks of those who have a place here. Does not allocate.
  void adopt(const HighWaterMarks& others);

 private:
  struct Mark {
    Addr source;  ///< none: free
    Stamp stamp = 0;
    uint64_t heard = 0;  ///< grows with each advert; 0: not heard yet
  };
  const Mark* of(const Addr& source) const;
  /// nullptr when the source can have none.
  Mark* place_for(const Addr& source);

  std::vector<Mark> marks_;
  bool fixed_ = false;
  uint64_t heard_ = 0;
};

}  // namespace ka::codec
