// SPDX-License-Identifier: MIT
// Either kind of announcement, by the family of the address.
#pragma once

#include "codec/arp.h"
#include "codec/ndisc.h"

namespace ka::codec {

inline constexpr size_t kMaxAnnouncementSize = kUnsolicitedNaSize;

/// Gratuitous ARP for IPv4, unsolicited NA for IPv6 (`router` matters only there). Returns the bytes written,
/// 0 when they do not fit or there is no address.
size_t encode_announcement(const Addr& address, Mac mac, bool router, std::span<uint8_t> out);

}  // namespace ka::codec
