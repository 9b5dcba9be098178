// SPDX-License-Identifier: MIT
#include "codec/announce.h"

namespace ka::codec {

size_t encode_announcement(const Addr& address, Mac mac, bool router, std::span<uint8_t> out) {
  return address.family == kIpv4 ? encode_garp(address, mac, out)
                                 : encode_unsolicited_na(address, mac, router, out);
}

}  // namespace ka::codec
