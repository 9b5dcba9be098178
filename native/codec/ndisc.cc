// SPDX-License-Identifier: MIT
#include "codec/ndisc.h"

#include "codec/bytes.h"
#include "codec/checksum.h"

namespace ka::codec {

namespace {

constexpr uint8_t kIcmpv6 = 58;
constexpr size_t kEthernetSize = 14;
constexpr size_t kIpv6HeaderSize = 40;
constexpr uint16_t kMessageSize = 32;
constexpr uint8_t kRouter = 0x80;
constexpr uint8_t kOverride = 0x20;
/// ff02::1
constexpr Addr kAllNodes{kIpv6, {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

}  // namespace

size_t encode_unsolicited_na(const Addr& address, Mac mac, bool router, std::span<uint8_t> out) {
  if (address.family != kIpv6) return 0;
  Writer frame(out);
  frame.u16(0x3333);
  frame.u32(1);
  frame.bytes(mac);
  frame.u16(0x86dd);

  frame.u32(0x60000000);
  frame.u16(kMessageSize);
  frame.u8(kIcmpv6);
  frame.u8(255);  // RFC 4861 7.1.2: receivers refuse anything else
  frame.bytes(address.view());
  frame.bytes(kAllNodes.view());

  frame.u8(136);
  frame.u8(0);
  frame.u16(0);
  frame.u8(kOverride | (router ? kRouter : 0));
  frame.fill(0, 3);
  frame.bytes(address.view());
  frame.u8(2);  // target link-layer address
  frame.u8(1);  // in units of 8 bytes
  frame.bytes(mac);
  if (!frame.ok()) return 0;

  constexpr size_t kMessage = kEthernetSize + kIpv6HeaderSize;
  frame.patch_u16(kMessage + 2, Checksum()
                                    .add_pseudo_header(address, kAllNodes, kIcmpv6, kMessageSize)
                                    .add(out.subspan(kMessage, kMessageSize))
                                    .result());
  return frame.size();
}

}  // namespace ka::codec
