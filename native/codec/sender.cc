// SPDX-License-Identifier: MIT
#include "codec/sender.h"

#include "codec/bytes.h"
#include "codec/vrrp.h"

namespace ka::codec {

namespace {

constexpr uint8_t kAdvertisementType = 1;
constexpr uint16_t kFragmentOffset = 0x1fff;

}  // namespace

bool decode_sender(std::span<const uint8_t> packet, uint8_t family, Sender& out) {
  Reader ip(packet);
  Addr source;
  uint8_t protocol = 0;
  if (family == kIpv4) {
    const uint8_t first = ip.u8();
    ip.skip(5);
    const uint16_t fragment = ip.u16();
    ip.skip(1);
    protocol = ip.u8();
    ip.skip(2);
    source = make_address(kIpv4, ip.take(4));
    ip.skip(4);
    const size_t header = size_t{4} * (first & 0x0f);
    if (!ip.ok() || first >> 4 != 4 || header < 20 || (fragment & kFragmentOffset) != 0) return false;
    ip.skip(header - 20);
  } else {
    const uint8_t first = ip.u8();
    ip.skip(5);
    protocol = ip.u8();
    ip.skip(1);
    source = make_address(kIpv6, ip.take(16));
    ip.skip(16);
    if (!ip.ok() || first >> 4 != 6) return false;
  }
  if (protocol == kProtocolAh) {
    protocol = ip.u8();
    // RFC 4302 2.2: in words of four bytes, minus two.
    const size_t length = (size_t{ip.u8()} + 2) * 4;
    if (length < 12) return false;
    ip.skip(length - 2);
  }
  const uint8_t type = ip.u8();
  Sender sender{source, ip.u8(), ip.u8()};
  if (!ip.ok() || protocol != kProtocolVrrp || (type & 0x0f) != kAdvertisementType) return false;
  out = sender;
  return true;
}

}  // namespace ka::codec
