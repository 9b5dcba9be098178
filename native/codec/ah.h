// SPDX-License-Identifier: MIT
// The Authentication Header as keepalived uses it for VRRPv2 over IPv4 (RFC 2338 5.3.6.3; reference 2.2): it
// differs from RFC 4302 in what the ICV covers, so only the layout is IPsec's.
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +---------------+---------------+-------------------------------+
//   | next header   |   length 4    |          reserved, 0          |
//   +---------------+---------------+-------------------------------+
//   | SPI: the IPv4 source address                                  |
//   +---------------------------------------------------------------+
//   | sequence number                                               |
//   +---------------------------------------------------------------+
//   | ICV: the first 96 bits of HMAC-MD5 ...                        |
//   +---------------------------------------------------------------+
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/bytes.h"
#include "codec/hash.h"

namespace ka::codec {

inline constexpr size_t kAhSize = 24;
inline constexpr size_t kIcvSize = 12;

using AhKey = Hmac<Md5>;
using Icv = std::array<uint8_t, kIcvSize>;

struct AhHeader {
  uint8_t next_header = 0;
  uint32_t spi = 0;
  uint32_t sequence = 0;
  std::span<const uint8_t> icv;
};

/// `bytes` has kAhSize bytes.
AhHeader read_ah(std::span<const uint8_t> bytes);

/// An AH for VRRP without sequence and ICV; sign_ah puts them in.
void write_ah(std::span<const uint8_t> source, Writer& out);

/// The ICV of a packet in three parts: IP header with its options, AH, VRRP message. Covered as sent: IP
/// identification, total length, addresses, options and, for multicast, the TTL. Covered as zero: TOS,
/// fragment field, header checksum, the ICV itself, and the TTL of unicast.
Icv ah_icv(const AhKey& key, std::span<const uint8_t> ip_header, std::span<const uint8_t> ah,
           std::span<const uint8_t> message);

/// Puts SPI, sequence and ICV into a packet of encode_advert that has its identification and destination
/// already. false, and nothing changed, for bytes that encode_advert cannot have made.
bool sign_ah(const AhKey& key, std::span<uint8_t> packet, uint32_t sequence);

/// One counter for both directions: a backup that takes over goes on above the last number it heard, which is
/// what the others expect.
class AhSequence {
 public:
  /// The counter never passes this: it sticks, and is "cycled".
  static constexpr uint32_t kLast = 0xfffffffd;

  AhSequence() = default;
  explicit AhSequence(uint32_t last) : last_(last) {}

  /// Last number accepted or sent.
  uint32_t last() const { return last_; }
  bool cycled() const { return cycled_; }

  /// The number of the next advert; all its copies share it.
  uint32_t next() {
    if (last_ >= kLast) {
      cycled_ = true;
    } else {
      ++last_;
    }
    return last_;
  }
  bool is_new(uint32_t received) const { return received > last_; }
  void accept(uint32_t received) { last_ = received; }
  /// As backup: the active router counts on, so may we.
  void heard_as_backup() { cycled_ = false; }
  /// As active router, from one that has to yield: go past whatever else it has sent.
  void skip_one() {
    if (last_ < kLast) ++last_;
  }
  void become_active() {
    if (cycled_) *this = AhSequence();
  }

 private:
  uint32_t last_ = 0;
  bool cycled_ = false;
};

}  // namespace ka::codec
