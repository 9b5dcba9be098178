// SPDX-License-Identifier: MIT
// Gratuitous ARP (RFC 5227 "ARP Announcement" sent as keepalived does, reference 9.1).
#pragma once

#include <cstdint>
#include <span>

#include "codec/address.h"

namespace ka::codec {

using Mac = std::span<const uint8_t, 6>;

inline constexpr size_t kGarpSize = 42;

/// Ethernet frame of an ARP request for our own IPv4 address, to everybody. Returns 42; 0 for another family
/// or when it does not fit.
size_t encode_garp(const Addr& address, Mac mac, std::span<uint8_t> out);

}  // namespace ka::codec
