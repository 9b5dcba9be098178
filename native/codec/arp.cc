// SPDX-License-Identifier: MIT
#include "codec/arp.h"

#include "codec/bytes.h"

namespace ka::codec {

size_t encode_garp(const Addr& address, Mac mac, std::span<uint8_t> out) {
  if (address.family != kIpv4) return 0;
  Writer frame(out);
  frame.fill(0xff, 6);
  frame.bytes(mac);
  frame.u16(0x0806);
  frame.u16(1);       // Ethernet
  frame.u16(0x0800);  // IPv4
  frame.u8(6);
  frame.u8(4);
  frame.u16(1);  // request: more stacks refresh their caches on it than on a reply
  frame.bytes(mac);
  frame.bytes(address.view());
  frame.fill(0xff, 6);
  frame.bytes(address.view());
  return frame.ok() ? frame.size() : 0;
}

}  // namespace ka::codec
